//! Cases whose tests can be run: the file with the suggestion in it, in a box.
//!
//! What runs is code that a model wrote. It gets a folder of its own, an empty
//! environment, limits on time, memory and file sizes, and where the system
//! allows it no network, no sight of other processes and a user that owns
//! nothing. Which of these there were is told, since they differ by system:
//! Linux with `unshare`, `setpriv` and `prlimit` (util-linux) has all of them.
//! Files that everybody may read can be read: this is a fence, not a vault.
//!
//! A case that takes too long, or whose program cannot be started, fails.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ghostlight_eval::{Case, Outcome, Test};
use ghostlight_models::{Progress, Terminal};

/// Wall-clock time of one program.
const TIME: Duration = Duration::from_secs(20);
/// Processor seconds.
const PROCESSOR: u64 = 15;
/// Bytes of address space; Node.js reserves more than it uses and is held by its own option.
const MEMORY: u64 = 1 << 30;
/// Likewise for the compiler, which takes more.
const COMPILER_MEMORY: u64 = 4 << 30;
/// Bytes of a file that is written.
const FILE: u64 = 64 << 20;

/// How programs are shut in.
#[derive(Debug, Clone)]
struct Sandbox {
    /// Put before a program that runs code of the model.
    fence: Vec<&'static str>,
    /// Put before the compiler, which needs the user's files.
    compiler: Vec<&'static str>,
    limits: bool,
}

impl Sandbox {
    /// The strongest that this system allows.
    fn find() -> Self {
        const SPACES: [&str; 6] = ["unshare", "--net", "--pid", "--ipc", "--fork", "--kill-child"];
        const NOBODY: [&str; 6] =
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--"];
        const MAPPED: [&str; 8] =
            ["unshare", "--user", "--map-current-user", "--net", "--pid", "--ipc", "--fork", "--kill-child"];
        let works = |fence: &[&str]| {
            let mut words = fence.iter().copied().chain(["true"]);
            let program = words.next().unwrap_or("true");
            let mut command = Command::new(program);
            command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        let limits = works(&["prlimit", "--cpu=5", "--"]);
        let strongest = [SPACES, NOBODY].concat();
        if works(&strongest) {
            return Self { fence: strongest, compiler: SPACES.to_vec(), limits };
        }
        if works(&MAPPED) {
            return Self { fence: MAPPED.to_vec(), compiler: MAPPED.to_vec(), limits };
        }
        Self { fence: Vec::new(), compiler: Vec::new(), limits }
    }

    /// A program behind the fence.
    fn command(&self, fence: &[&'static str], memory: Option<u64>, program: &Path, folder: &Path) -> Command {
        let mut words: Vec<OsString> = fence.iter().map(OsString::from).collect();
        if self.limits {
            words.push("prlimit".into());
            words.push(format!("--cpu={PROCESSOR}").into());
            words.push(format!("--fsize={FILE}").into());
            words.push("--core=0".into());
            words.extend(memory.map(|bytes| format!("--as={bytes}").into()));
            words.push("--".into());
        }
        words.push(program.into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(folder).env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", folder).env("TMPDIR", folder);
        command
    }

    fn describe(&self) -> String {
        let mut parts = vec!["time limit, own folder, empty environment".to_owned()];
        if self.limits {
            parts.push("limits of processor time, memory and files (prlimit)".to_owned());
        }
        if self.fence.contains(&"--net") {
            parts.push("no network, no other processes (unshare)".to_owned());
        }
        if self.fence.contains(&"setpriv") {
            parts.push("a user that owns nothing (setpriv)".to_owned());
        }
        parts.join("; ")
    }
}

/// A program, and the strongest fence behind which it still starts.
struct Tool {
    path: PathBuf,
    fence: Vec<&'static str>,
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
    for fence in [&sandbox.fence, &sandbox.compiler] {
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
    let mut jobs = Vec::new();
    for (at, outcome) in outcomes.iter().enumerate() {
        if let Some(case) = by_id.get(outcome.id.as_str())
            && let Some(test) = &case.test
            && tools.has(test.language())
        {
            jobs.push((at, *case, test, outcome.text.clone()));
        }
    }
    // It takes minutes: where no terminal is, a line for every tenth.
    let mut progress = Terminal::counting();
    progress.begin("running tests", jobs.len() as u64);
    let (next, (send, receive)) = (AtomicUsize::new(0), mpsc::channel());
    let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs.len().max(1));
    let done = thread::scope(|scope| -> Result<()> {
        for _ in 0..workers {
            let (send, next, jobs) = (send.clone(), &next, &jobs);
            let (sandbox, tools) = (&sandbox, &tools);
            scope.spawn(move || {
                while let Some((at, case, test, text)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let passes = passes(sandbox, tools, folder, case, test, text)
                        .with_context(|| format!("run the test of {}", case.id));
                    if send.send((*at, passes)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        for (count, (at, passes)) in receive.into_iter().enumerate() {
            outcomes[at].passes = Some(passes?);
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
    Ok(told)
}

/// Whether the test passes with the suggestion.
fn passes(
    sandbox: &Sandbox,
    tools: &Tools,
    suite: &Path,
    case: &Case,
    test: &Test,
    suggestion: &str,
) -> Result<bool> {
    let folder = Scratch::new()?;
    let file = format!("{}{suggestion}{}", case.prefix, case.suffix);
    let entry = match test {
        Test::Append { language, code } => {
            let name = match language.as_str() {
                "python" => "program.py",
                "javascript" => "program.mjs",
                _ => "program.rs",
            };
            std::fs::write(folder.0.join(name), format!("{file}\n{code}"))?;
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
            entry.clone()
        }
    };
    open_to_all(&folder.0)?;
    let run = |fence: &[&'static str], memory, program: &Path, arguments: &[&str]| {
        let mut command = sandbox.command(fence, memory, program, &folder.0);
        succeeds(command.args(arguments))
    };
    let missing = "looked for before";
    match test.language() {
        "python" => {
            let python = tools.python.as_ref().context(missing)?;
            run(&python.fence, Some(MEMORY), &python.path, &["-s", "-E", "-B", &entry])
        }
        "javascript" => {
            let node = tools.node.as_ref().context(missing)?;
            run(&node.fence, None, &node.path, &["--max-old-space-size=256", &entry])
        }
        _ => {
            let rustc = tools.rustc.as_deref().context(missing)?;
            let arguments =
                ["--edition=2021", "--test", "-Cdebuginfo=0", "--cap-lints=allow", "-otests", &entry];
            if !run(&sandbox.compiler, Some(COMPILER_MEMORY), rustc, &arguments)? {
                return Ok(false);
            }
            open_to_all(&folder.0)?;
            let tests = folder.0.join("tests");
            run(&sandbox.fence, Some(MEMORY), &tests, &["--test-threads=1"])
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

/// Waits for a program, but not for ever.
fn succeeds(command: &mut Command) -> Result<bool> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return Ok(false) };
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if start.elapsed() > TIME {
            // With its fence goes everything behind it.
            let _ = child.kill();
            let _ = child.wait();
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(5));
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
