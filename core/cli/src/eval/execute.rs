//! Cases whose tests can be run: the file with the suggestion in it, in a box.
//!
//! What runs is code that a model wrote; [`Sandbox`] shuts it in. Tests of packages
//! run in a copy of the package.
//!
//! A case that takes too long, or whose program cannot be started, fails, and so
//! does one without a suggestion. Where a test fails with what stood in the hole,
//! too, it says nothing about the suggestion: then it is not counted, and told.
//!
//! A program that ends well has not passed yet: it may have ended before its test
//! ran. So the test is also made to say something at its end ([`PROOF`]).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};
use ghostlight_eval::{Case, Outcome, Test};
use ghostlight_models::{Progress, Terminal};

use super::sandbox::{Fence, Memory, Sandbox, says, succeeds};

/// What a test says at its end, where it is ours to say.
const PROOF: &str = "ghostlight: the test ran to its end";
/// What the test program of the Rust compiler says.
const RUST_PROOF: &str = "\ntest result: ok. ";

/// Bytes that a program may use.
const MEMORY: u64 = 1 << 30;
/// Likewise for the compiler, which takes more.
const COMPILER_MEMORY: u64 = 4 << 30;

/// A program, and the strongest fence behind which it still starts.
struct Tool {
    path: PathBuf,
    fence: Fence,
}

/// Where the interpreters and the compiler are.
struct Tools {
    python: Option<Tool>,
    node: Option<Tool>,
    rustc: Option<PathBuf>,
}

impl Tools {
    fn find(sandbox: &Sandbox) -> Self {
        // The compiler behind rustup's front, which wants the user's environment.
        let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().ok();
        let rustc = sysroot.filter(|output| output.status.success()).map(|output| {
            PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()).join("bin").join("rustc")
        });
        Self {
            python: tool("python3", sandbox),
            node: tool("node", sandbox),
            rustc: rustc.filter(|path| path.is_file()),
        }
    }

    fn has(&self, language: &str) -> bool {
        match language {
            "python" => self.python.is_some(),
            "javascript" => self.node.is_some(),
            "rust" => self.rustc.is_some(),
            _ => false,
        }
    }
}

/// The first program of this name that starts. One in a home folder is closed to a user that owns nothing: then
/// another one, or else the weaker fence.
fn tool(name: &str, sandbox: &Sandbox) -> Option<Tool> {
    let path = std::env::var_os("PATH")?;
    let usual = ["/usr/bin", "/usr/local/bin"].map(PathBuf::from);
    let found: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join(name))
        .filter(|path| path.is_file())
        .collect();
    for fence in [&sandbox.fence, &sandbox.weaker] {
        for path in &found {
            let mut command = sandbox.command(fence, None, path, Path::new("/"));
            if succeeds(command.arg("--version")).unwrap_or(false) {
                return Some(Tool { path: path.clone(), fence: fence.clone() });
            }
        }
    }
    None
}

/// Fills in [`Outcome::passes`]; says what shut the programs in. Tests of packages lie in `folder`.
pub(super) fn run(cases: &[Case], folder: &Path, outcomes: &mut [Outcome]) -> Result<String> {
    let sandbox = Sandbox::find();
    let tools = Tools::find(&sandbox);
    let by_id: std::collections::HashMap<&str, &Case> =
        cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let (mut jobs, mut lacking) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for (at, outcome) in outcomes.iter().enumerate() {
        let Some(case) = by_id.get(outcome.id.as_str()) else { continue };
        let Some(test) = &case.test else { continue };
        if tools.has(test.language()) {
            jobs.push((at, *case, test, outcome.text.clone()));
        } else {
            *lacking.entry(test.language()).or_default() += 1;
        }
    }
    // It takes minutes: where no terminal is, a line for every tenth.
    let mut progress = Terminal::counting();
    progress.begin("running tests", jobs.len() as u64);
    let (next, (send, receive)) = (AtomicUsize::new(0), mpsc::channel());
    let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs.len().max(1));
    let mut uncounted = 0;
    let done = thread::scope(|scope| -> Result<()> {
        for _ in 0..workers {
            let (send, next, jobs) = (send.clone(), &next, &jobs);
            let (sandbox, tools) = (&sandbox, &tools);
            scope.spawn(move || {
                while let Some((at, case, test, text)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let passes = verdict(case, text, |file| passes(sandbox, tools, folder, case, test, file))
                        .with_context(|| format!("run the test of {}", case.id));
                    if send.send((*at, passes)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        for (count, (at, passes)) in receive.into_iter().enumerate() {
            outcomes[at].passes = passes?;
            uncounted += usize::from(outcomes[at].passes.is_none());
            progress.at(count as u64 + 1);
        }
        Ok(())
    });
    progress.end();
    done?;
    let mut told = sandbox.describe();
    for (name, tool) in [("Python", &tools.python), ("Node.js", &tools.node)] {
        if tool.as_ref().is_some_and(|tool| tool.fence != sandbox.fence) {
            told += &format!("; {name} as this user, since it lies in a home folder");
        }
    }
    for (language, count) in lacking {
        told += &format!("; {count} tests were not run, since there is no {language}");
    }
    if uncounted > 0 {
        told += &format!("; {uncounted} tests fail with what stood in the hole, too, and are not counted");
    }
    Ok(told)
}

/// What a test says about a suggestion; nothing where it fails with the truth, too.
fn verdict(case: &Case, text: &str, passes: impl Fn(&str) -> Result<bool>) -> Result<Option<bool>> {
    if text.trim().is_empty() {
        return Ok(Some(false));
    }
    let (file, truth) = (case.file_with(text), case.file_with(&case.truth));
    if passes(&file)? {
        return Ok(Some(true));
    }
    Ok((file != truth && passes(&truth)?).then_some(false))
}

/// Whether the test passes with the file as it is here.
fn passes(
    sandbox: &Sandbox,
    tools: &Tools,
    suite: &Path,
    case: &Case,
    test: &Test,
    file: &str,
) -> Result<bool> {
    let folder = Scratch::new()?;
    let (proof, last) = match test.language() {
        "python" => (PROOF, format!("\nprint({PROOF:?})\n")),
        "javascript" => (PROOF, format!("\nconsole.log({PROOF:?})\n")),
        _ => (RUST_PROOF, String::new()),
    };
    let entry = match test {
        Test::Append { language, code } => {
            let name = match language.as_str() {
                "python" => "program.py",
                "javascript" => "program.mjs",
                _ => "program.rs",
            };
            std::fs::write(folder.0.join(name), format!("{file}\n{code}{last}"))?;
            name.to_owned()
        }
        Test::Package { folder: package, entry, .. } => {
            for part in [package.as_str(), entry, case.path.as_str()] {
                let is_inside =
                    Path::new(part).components().all(|part| matches!(part, std::path::Component::Normal(_)));
                if !is_inside || part.is_empty() {
                    bail!("the path {part:?} leaves its folder");
                }
            }
            copy(&suite.join(package), &folder.0)?;
            std::fs::write(folder.0.join(&case.path), file)?;
            let mut entry_file = std::fs::OpenOptions::new().append(true).open(folder.0.join(entry))?;
            entry_file.write_all(last.as_bytes())?;
            entry.clone()
        }
    };
    open_to_all(&folder.0)?;
    let command = |fence: &Fence, memory, program: &Path, arguments: &[&str]| {
        let mut command = sandbox.command(fence, Some(memory), program, &folder.0);
        command.args(arguments);
        command
    };
    let told = Scratch::new()?;
    let run = |fence: &Fence, memory, program: &Path, arguments: &[&str]| {
        says(&mut command(fence, memory, program, arguments), proof, &told.0.join("output"))
    };
    let missing = "looked for before";
    match test.language() {
        "python" => {
            let python = tools.python.as_ref().context(missing)?;
            run(&python.fence, Memory::Space(MEMORY), &python.path, &["-s", "-E", "-B", &entry])
        }
        "javascript" => {
            let node = tools.node.as_ref().context(missing)?;
            run(&node.fence, Memory::Data(MEMORY), &node.path, &["--max-old-space-size=256", &entry])
        }
        _ => {
            let rustc = tools.rustc.as_deref().context(missing)?;
            let arguments =
                ["--edition=2021", "--test", "-Cdebuginfo=0", "--cap-lints=allow", "-otests", &entry];
            if !succeeds(&mut command(&sandbox.weaker, Memory::Space(COMPILER_MEMORY), rustc, &arguments))? {
                return Ok(false);
            }
            open_to_all(&folder.0)?;
            let tests = folder.0.join("tests");
            run(&sandbox.fence, Memory::Space(MEMORY), &tests, &["--test-threads=1"])
        }
    }
}

/// A folder for one run, which goes with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("ghostlight-eval-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        // What is there already is somebody else's.
        std::fs::create_dir(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What a program left open goes with the system's own cleaning.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Files and folders, without links.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from).with_context(|| format!("open {}", from.display()))? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            std::fs::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Lets the user that owns nothing read what is in the folder, and write in it.
#[cfg(unix)]
fn open_to_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let all = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(folder, all(0o777))?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_to_all(&entry.path())?;
        } else {
            std::fs::set_permissions(entry.path(), all(0o755))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn open_to_all(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, passing: &[&str]) -> Option<bool> {
        let line = r#"{"id":"a","kind":"other","prefix":"[","suffix":"]","truth":"1\n"}"#;
        let case = ghostlight_eval::read_suite(line.as_bytes()).unwrap().remove(0);
        verdict(&case, text, |file| Ok(passing.contains(&file))).unwrap()
    }

    #[test]
    fn a_test_is_held_to_what_stood_in_the_hole() {
        for (text, passing, expected) in [
            ("1", &["[1\n]"][..], Some(true)),
            ("2", &["[1\n]"], Some(false)),
            ("2", &["[1\n]", "[2\n]"], Some(true)),
            ("1", &[], None),
            ("2", &[], None),
            // Nothing was suggested, and the test does not notice.
            ("", &["[]", "[\n]"], Some(false)),
        ] {
            assert_eq!(told(text, passing), expected, "{text:?}, {passing:?}");
        }
    }
}
