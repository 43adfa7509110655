//! What a change has to pass: gates, the cheapest first, then all tests, on a machine that has nothing yet.
//!
//! Every step runs even where one before it failed, so that one run tells everything. A table at the
//! end has the time of each step, and what mends those that failed.

use std::cell::RefCell;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::setup::Part;
use crate::steps::step;
use crate::wasm::Effort;
use crate::{build, checked, edge, packs, recipe, setup, sh, size, tidy, types};

/// Run every gate and all tests, setting up whatever they need.
///
/// Every step is run even where one before it failed. What each is about: `--only` below.
#[derive(clap::Args, Default)]
pub(crate) struct TestOptions {
    /// Only tests whose name contains this, and no gates.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["only", "rust"])]
    filter: Option<String>,
    /// Only this step, and the build where it needs that; may be given several times.
    #[arg(long, value_enum, value_name = "STEP")]
    only: Vec<Step>,
    /// Only the tests in Rust, without a build for browsers.
    #[arg(long, conflicts_with = "only")]
    rust: bool,
}

/// A step, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Gate: layers, folders, licences, file lengths, what documents say of the code.
    Tidy,
    /// Gate: the code that is generated from the protocol, the guard's rules and the catalogue.
    Types,
    /// Gate: rustfmt.
    Fmt,
    /// Everything that is not in the repository, as `cargo xtask setup` gets it.
    Setup,
    /// Gate: Prettier, for TypeScript, JavaScript, HTML, CSS, JSON and Markdown.
    Prettier,
    /// Gate: ESLint, for TypeScript and JavaScript.
    Eslint,
    /// Gate: clippy, while all of the tests' Rust is compiled.
    Clippy,
    /// Gate and tests: examples in the documentation, and rustdoc's lints.
    Docs,
    /// Gate: clippy for what runs in browsers and at the edge.
    ClippyWasm,
    /// Tests: all tests in Rust.
    Rust,
    /// Tests: training data and training.
    Recipe,
    /// Builds everything for browsers, with little optimisation by wasm-opt.
    Build,
    /// Gate: the builds' sizes against tests/sizes.json.
    Sizes,
    /// Gate: types of TypeScript.
    Typescript,
    /// Tests: web/package.
    Package,
    /// Tests: tests/bench.
    Bench,
    /// Tests: tests/browser, in Chromium.
    Browser,
    /// Tests: tests/edge, against the edge worker.
    Edge,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether names choose among what it runs.
    fn has_names(self) -> bool {
        matches!(self, Self::Rust | Self::Package | Self::Bench | Self::Browser | Self::Edge)
    }

    /// Whether it says nothing where there is no build, or one of yesterday.
    fn needs_build(self) -> bool {
        matches!(self, Self::Sizes | Self::Typescript | Self::Package | Self::Bench | Self::Browser)
    }

    /// What it needs of the set-up.
    fn parts(self) -> &'static [Part] {
        match self {
            Self::Tidy | Self::Types | Self::Fmt | Self::Setup | Self::Clippy | Self::Docs => &[],
            Self::Prettier | Self::Eslint | Self::Typescript => &[Part::Node],
            Self::ClippyWasm => &[Part::Wasm],
            _ => setup::ALL,
        }
    }

    /// What to do where it failed.
    fn remedy(self) -> &'static str {
        match self {
            Self::Tidy => "each line above says what is wrong; `cargo xtask tidy` looks again",
            Self::Types => "run `cargo xtask types` and commit what it writes",
            Self::Fmt => "run `cargo fmt --all`",
            Self::Setup => "each line above says what to install; `cargo xtask setup` tries again",
            Self::Prettier => "run `npm run format`",
            Self::Eslint => "run `npm run lint -- --fix`, and do by hand what is left",
            Self::Clippy => "each warning above says how; `cargo xtask test --only clippy` looks again",
            Self::Docs => "run `cargo test --doc --profile checked -p CRATE` for a failed example",
            Self::ClippyWasm => {
                "each warning above says how; `cargo xtask test --only clippy-wasm` looks again"
            }
            Self::Rust => "run `cargo nextest run --cargo-profile checked -p CRATE` for one crate",
            Self::Recipe => "run `cargo xtask recipe test`",
            Self::Build => "run `cargo xtask build --dev` while mending",
            Self::Sizes => "run `cargo xtask build`, then `cargo xtask size`, and commit tests/sizes.json",
            Self::Typescript => "run `npm run check`",
            Self::Package => "run `npm test -w web/package`",
            Self::Bench => "run `npm test -w tests/bench`",
            Self::Browser => "run `npm test -w tests/browser -- --test-name-pattern NAME`",
            Self::Edge => "run `npm test -w tests/edge -- --test-name-pattern NAME`",
        }
    }
}

/// The steps that are asked for.
fn chosen(options: &TestOptions) -> Vec<Step> {
    let is_named = |step: Step| options.only.contains(&step);
    let needs_build = options.only.iter().any(|step| step.needs_build());
    let is_chosen = |step: &Step| match (&options.filter, options.rust, &options.only[..]) {
        (Some(_), ..) => matches!(step, Step::Setup | Step::Build) || step.has_names(),
        (None, true, _) => matches!(step, Step::Setup | Step::Docs | Step::Rust | Step::Recipe),
        (None, false, []) => true,
        (None, false, _) => is_named(*step) || *step == Step::Build && needs_build,
    };
    Step::value_variants().iter().copied().filter(is_chosen).collect()
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ok,
    Failed,
    /// It needed a build that failed.
    LeftOut,
}

pub(crate) fn main(options: &TestOptions) -> Result<()> {
    let steps = chosen(options);
    let run = Run::new(options.filter.as_deref(), &steps);
    let ended = run_all(&steps, |it| step(&it.name(), || run.run(it)).is_ok());
    eprint!("{}", table(&ended));
    let failed: Vec<String> = ended
        .iter()
        .filter(|(_, outcome, _)| *outcome != Outcome::Ok)
        .map(|(step, ..)| step.name())
        .collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Runs all steps, but for those whose build failed.
fn run_all(steps: &[Step], mut succeeds: impl FnMut(Step) -> bool) -> Vec<(Step, Outcome, Duration)> {
    let mut ended: Vec<(Step, Outcome, Duration)> = Vec::new();
    for &step in steps {
        let start = Instant::now();
        let is_built =
            !ended.iter().any(|(step, outcome, _)| *step == Step::Build && *outcome != Outcome::Ok);
        let outcome = if step.needs_build() && !is_built {
            Outcome::LeftOut
        } else if succeeds(step) {
            Outcome::Ok
        } else {
            Outcome::Failed
        };
        ended.push((step, outcome, start.elapsed()));
    }
    ended
}

/// The time of each step, and what mends those that failed.
fn table(ended: &[(Step, Outcome, Duration)]) -> String {
    let mut text = format!("\n{:<12} {:>8}\n", "step", "s");
    for (step, outcome, took) in ended {
        let note = match outcome {
            Outcome::Ok => String::new(),
            Outcome::Failed => format!("  FAILED: {}", step.remedy()),
            Outcome::LeftOut => "  left out: the build failed".to_owned(),
        };
        text += &format!("{:<12} {:>8.1}{note}\n", step.name(), took.as_secs_f64());
    }
    let total: Duration = ended.iter().map(|(.., took)| took).sum();
    text + &format!("{:<12} {:>8.1}\n", "all", total.as_secs_f64())
}

/// What the steps of one run share.
struct Run<'a> {
    filter: Option<&'a str>,
    /// Whether a step sets everything up, so that the others need not look.
    sets_up: bool,
    /// PyTorch for the recipe: some gigabytes, which come while the compiler works.
    environment: RefCell<Option<JoinHandle<Result<PathBuf>>>>,
}

impl<'a> Run<'a> {
    fn new(filter: Option<&'a str>, steps: &[Step]) -> Self {
        let environment = steps.contains(&Step::Recipe).then(|| std::thread::spawn(recipe::environment));
        Self { filter, sets_up: steps.contains(&Step::Setup), environment: RefCell::new(environment) }
    }

    fn run(&self, step: Step) -> Result<()> {
        if !self.sets_up {
            setup::ensure(step.parts())?;
        }
        match step {
            Step::Tidy => tidy::main(&tidy::TidyOptions {}),
            Step::Types => types::main(&types::TypesOptions { check: true }),
            Step::Fmt => sh::run(sh::cargo().args(["fmt", "--all", "--check"])),
            Step::Setup => setup::ensure(setup::ALL),
            Step::Prettier => script("format:check"),
            Step::Eslint => script("lint"),
            Step::Clippy => checked::clippy(),
            Step::Docs => checked::documentation(),
            Step::ClippyWasm => checked::clippy_wasm(),
            Step::Rust => self.rust(),
            Step::Recipe => match self.environment.take().map(JoinHandle::join) {
                Some(Ok(environment)) => recipe::tests(environment, checked::PROFILE),
                _ => bail!("setting up its environment panicked"),
            },
            // All of it, but for the minutes that `wasm-opt` takes to make it some percent smaller.
            Step::Build => build::make(&build::Plan::new(|_| true, packs::names(), Effort::Tests), &[]),
            Step::Sizes => size::main(&size::SizeOptions { check: true, crates: false }),
            Step::Typescript => script("check"),
            Step::Package => self.npm("web/package"),
            Step::Bench => self.npm("tests/bench"),
            Step::Browser => self.npm("tests/browser"),
            Step::Edge => {
                edge::worker(true)?;
                self.npm("tests/edge")
            }
        }
    }

    fn rust(&self) -> Result<()> {
        let mut nextest = checked::nextest()?;
        if let Some(filter) = self.filter {
            // A filter that fits only a browser test is no mistake here.
            nextest.args(["--no-tests", "pass", filter]);
        }
        sh::run(&mut nextest)
    }

    fn npm(&self, package: &str) -> Result<()> {
        let mut npm = sh::npm();
        npm.args(["test", "--loglevel=error", "--workspace", package]);
        if let Some(filter) = self.filter {
            npm.args(["--", "--test-name-pattern", filter]);
        }
        if let Some(chromium) = setup::chromium() {
            npm.env(setup::CHROMIUM, chromium);
        }
        if package == "tests/edge"
            && let Some(model) = edge::backend()?
        {
            npm.env(edge::MODEL, model);
        }
        sh::run(&mut npm)
    }
}

/// Runs a script of the root's package.json.
fn script(name: &str) -> Result<()> {
    sh::run(sh::npm().args(["run", "--loglevel=error", name]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> String {
        std::fs::read_to_string(sh::root().join(path)).unwrap()
    }

    #[test]
    fn the_readme_and_ci_run_the_same_command_and_it_runs_everything() {
        let readme = file("README.md");
        let command = |line: &str| line.split('#').next().unwrap().trim().to_owned();
        let tests = readme.lines().map(command).find(|line| line.starts_with("cargo xtask test"));
        let ci = file(".ci/run").lines().find_map(|line| line.strip_prefix("exec ").map(str::to_owned));
        assert_eq!((tests.as_deref(), ci.as_deref()), (Some("cargo xtask test"), Some("cargo xtask test")));
        assert_eq!(chosen(&TestOptions::default()), Step::value_variants());
    }

    #[test]
    fn every_gate_is_a_step_with_a_remedy_and_in_the_documents() {
        let gates = "tidy types fmt prettier eslint clippy docs clippy-wasm sizes typescript";
        let names: Vec<String> = Step::value_variants().iter().map(|step| step.name()).collect();
        for gate in gates.split(' ') {
            assert!(names.iter().any(|name| name == gate), "{gate}");
        }
        let guide = file("CONTRIBUTING.md");
        for step in Step::value_variants() {
            assert!(!step.remedy().is_empty());
            assert!(guide.contains(&format!("| `{}` |", step.name())), "{step:?} is not in CONTRIBUTING.md");
        }
    }

    #[test]
    fn every_package_with_tests_is_run() {
        let manifest: serde_json::Value = serde_json::from_str(&file("package.json")).unwrap();
        let source = file("xtask/src/test.rs");
        let workspaces = manifest["workspaces"].as_array().unwrap().iter().filter_map(|it| it.as_str());
        for workspace in workspaces.filter(|workspace| !workspace.ends_with('*')) {
            assert!(source.contains(&format!("self.npm(\"{workspace}\")")), "{workspace}");
        }
    }

    #[test]
    fn names_and_steps_choose() {
        let named = TestOptions { only: vec![Step::Sizes, Step::Fmt], ..TestOptions::default() };
        assert_eq!(chosen(&named), [Step::Fmt, Step::Build, Step::Sizes]);
        let filtered = chosen(&TestOptions { filter: Some("x".to_owned()), ..TestOptions::default() });
        assert!(filtered.contains(&Step::Browser) && !filtered.contains(&Step::Clippy), "{filtered:?}");
        let rust = chosen(&TestOptions { rust: true, ..TestOptions::default() });
        assert_eq!(rust, [Step::Setup, Step::Docs, Step::Rust, Step::Recipe]);
    }

    #[test]
    fn what_failed_is_told_and_does_not_end_the_rest() {
        let steps = [Step::Fmt, Step::Build, Step::Browser, Step::Edge];
        let ended = run_all(&steps, |step| !matches!(step, Step::Fmt | Step::Build));
        let outcomes: Vec<Outcome> = ended.iter().map(|(_, outcome, _)| *outcome).collect();
        assert_eq!(outcomes, [Outcome::Failed, Outcome::Failed, Outcome::LeftOut, Outcome::Ok]);
        let table = table(&ended);
        assert!(table.contains("FAILED: run `cargo fmt --all`"), "{table}");
        assert!(table.contains("left out") && table.lines().count() == 7, "{table}");
    }
}
