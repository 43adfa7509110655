//! All tests, on a machine that has nothing yet.
//!
//! Rust first (nextest, then documentation examples, which nextest does not run),
//! then the packages and the browser. A failure does not keep the later kinds from
//! running: one run tells everything.

use anyhow::{Result, bail};

use crate::modules::Effort;
use crate::{build, edge, packs, recipe, setup, sh, steps};

/// Run all tests, setting up whatever they need.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Only tests whose name contains this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Only the tests in Rust, without a build for browsers.
    #[arg(long)]
    rust: bool,
}

/// npm workspaces that have tests, in order.
const PACKAGES: &[&str] = &["web/package", "tests/bench", "tests/browser"];

pub(crate) fn main(options: &Options) -> Result<()> {
    setup::all()?;
    let mut failed = Vec::new();
    let mut step = |name: &'static str, run: &mut dyn FnMut() -> Result<()>| {
        if steps::step(name, run).is_err() {
            failed.push(name);
        }
    };
    let filter = options.filter.as_deref();
    // Some gigabytes, which come while the compiler works.
    let mut environment = filter.is_none().then(|| std::thread::spawn(recipe::environment));
    step("tests in Rust", &mut || rust(filter));
    if filter.is_none() {
        step("documentation examples", &mut || {
            sh::run(sh::cargo().args(["test", "--doc", "--workspace", "--profile", "checked", "--quiet"]))
        });
    }
    if environment.is_some() {
        step("models/recipe", &mut || match environment.take().map(|thread| thread.join()) {
            Some(Ok(environment)) => recipe::tests(environment, "checked"),
            _ => bail!("setting up its environment panicked"),
        });
    }
    if !options.rust {
        let mut is_built = false;
        step("build for browsers", &mut || {
            // All of it, but for the minutes that `wasm-opt` takes to make it some percent smaller.
            build::make(&build::Plan::new(|_| true, packs::names(), Effort::Demo), &[])?;
            is_built = true;
            Ok(())
        });
        // Tests of what is not there, or is of yesterday, say nothing.
        if is_built {
            for package in PACKAGES.iter().filter(|package| has_tests(package)) {
                step(package, &mut || npm(package, filter));
            }
        }
        step("tests/edge", &mut || {
            edge::worker(true)?;
            npm("tests/edge", filter)
        });
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn rust(filter: Option<&str>) -> Result<()> {
    let mut nextest = sh::command(setup::nextest()?);
    nextest.args(["nextest", "run", "--cargo-profile", "checked", "--workspace"]);
    if let Some(filter) = filter {
        // A filter that fits only a browser test is no mistake here.
        nextest.args(["--no-tests", "pass", filter]);
    }
    sh::run(&mut nextest)
}

/// Whether a package has a test script.
fn has_tests(package: &str) -> bool {
    let manifest = sh::root().join(package).join("package.json");
    std::fs::read_to_string(manifest)
        .ok()
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        .is_some_and(|manifest| manifest["scripts"]["test"].is_string())
}

fn npm(package: &str, filter: Option<&str>) -> Result<()> {
    let mut npm = sh::npm();
    npm.args(["test", "--loglevel=error", "--workspace", package]);
    if let Some(filter) = filter {
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
