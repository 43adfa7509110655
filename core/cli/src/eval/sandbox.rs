//! A box for programs that run what a model wrote.
//!
//! A program gets a folder of its own, an empty environment, limits on time,
//! memory, processes and file sizes, and where the system allows it no network,
//! no sight of other processes and a user that owns nothing. Which of these there
//! were is told, since they differ by system: Linux with `timeout` (coreutils),
//! `unshare`, `setpriv` and `prlimit` (util-linux) has all of them. Files that
//! everybody may read can be read: this is a fence, not a vault.
//!
//! **Nothing outlives its case.** `timeout` is the first process of a namespace of
//! processes: when it ends, the system ends all others in there, whatever session
//! or group they moved to. It ends when the program does, when time is up, and
//! when its parent is killed (`--kill-child`), and it counts by itself, so that
//! nobody has to live for the limit to hold. It stands before `setpriv`, since a
//! process that changes its user forgets that it was to end with its parent.
//! Without namespaces the process group is killed, which a program can leave.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Wall-clock seconds of one program.
const TIME: u64 = 20;
/// After these, whoever should have ended the program by itself is killed.
const PATIENCE: Duration = Duration::from_secs(TIME + 5);
/// Processor seconds.
const PROCESSOR: u64 = 15;
/// Bytes at the end of what a program says that are looked at.
const TAIL: u64 = 64 << 10;
/// Bytes of a file that is written.
const FILE: u64 = 64 << 20;
/// Processes and threads of the user that owns nothing: several programs run at a time.
const PROCESSES: u64 = 512;

const SPACES: [&str; 6] = ["unshare", "--net", "--pid", "--ipc", "--fork", "--kill-child"];
const MAPPED: [&str; 8] =
    ["unshare", "--user", "--map-current-user", "--net", "--pid", "--ipc", "--fork", "--kill-child"];
const NOBODY: [&str; 6] =
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--"];

/// Memory that a program may take, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Memory {
    /// Of address space.
    Space(u64),
    /// That can be written, for programs that reserve far more space than they use.
    Data(u64),
}

/// What stands around a program, from the outside to the inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fence {
    spaces: Vec<&'static str>,
    nobody: bool,
}

/// How programs are shut in.
#[derive(Debug, Clone)]
pub(super) struct Sandbox {
    /// Around a program that runs code of the model.
    pub(super) fence: Fence,
    /// Around what needs the user's files, such as the compiler.
    pub(super) weaker: Fence,
    timeout: bool,
    limits: bool,
    seconds: u64,
}

impl Sandbox {
    /// The strongest that this system allows.
    pub(super) fn find() -> Self {
        let timeout = starts(&["timeout", "--signal=KILL", "5"]);
        let limits = starts(&["prlimit", "--cpu=5", "--"]);
        let (fence, weaker) = if starts(&[&SPACES[..], &NOBODY].concat()) {
            let spaces = SPACES.to_vec();
            (Fence { spaces: spaces.clone(), nobody: true }, Fence { spaces, nobody: false })
        } else if starts(&MAPPED) {
            let fence = Fence { spaces: MAPPED.to_vec(), nobody: false };
            (fence.clone(), fence)
        } else {
            (Fence::default(), Fence::default())
        };
        Self { fence, weaker, timeout, limits, seconds: TIME }
    }

    /// A program behind a fence.
    pub(super) fn command(
        &self,
        fence: &Fence,
        memory: Option<Memory>,
        program: &Path,
        folder: &Path,
    ) -> Command {
        let mut words: Vec<OsString> = fence.spaces.iter().map(OsString::from).collect();
        if self.timeout {
            words.extend(["timeout", "--signal=KILL"].map(OsString::from));
            words.push(self.seconds.to_string().into());
        }
        if fence.nobody {
            words.extend(NOBODY.map(OsString::from));
        }
        if self.limits {
            words.push("prlimit".into());
            words.push(format!("--cpu={PROCESSOR}").into());
            words.push(format!("--fsize={FILE}").into());
            words.push("--core=0".into());
            // Of the user's own processes there may be any number already.
            words.extend(fence.nobody.then(|| format!("--nproc={PROCESSES}").into()));
            words.extend(memory.map(|memory| match memory {
                Memory::Space(bytes) => format!("--as={bytes}").into(),
                Memory::Data(bytes) => format!("--data={bytes}").into(),
            }));
            words.push("--".into());
        }
        words.push(program.into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(folder).env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", folder).env("TMPDIR", folder);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    /// What programs are held by, for people.
    pub(super) fn describe(&self) -> String {
        let mut parts = vec!["time limit, own folder, empty environment".to_owned()];
        if self.limits {
            parts.push("limits of processor time, memory and files (prlimit)".to_owned());
        }
        if self.fence.spaces.is_empty() {
            parts.push("no fence: a program can leave processes behind".to_owned());
        } else {
            parts.push("no network, no other processes (unshare)".to_owned());
        }
        if self.fence.nobody {
            parts.push("a user that owns nothing (setpriv)".to_owned());
        }
        parts.join("; ")
    }
}

/// Whether a program does what it should in the time it has. When this returns, nothing of it is left.
pub(super) fn succeeds(command: &mut Command) -> Result<bool> {
    ends_well(command.stdout(Stdio::null()))
}

/// Likewise, and whether what it says ends with some lines that have `proof` in them; they go by way of a file.
pub(super) fn says(command: &mut Command, proof: &str, output: &Path) -> Result<bool> {
    let mut file = File::options().read(true).write(true).create(true).truncate(true).open(output)?;
    if !ends_well(command.stdout(file.try_clone()?))? {
        return Ok(false);
    }
    let start = file.metadata()?.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(String::from_utf8_lossy(&tail).contains(proof))
}

fn ends_well(command: &mut Command) -> Result<bool> {
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return Ok(false) };
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(None) if start.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(5)),
            ended => break ended,
        }
    };
    end(&mut child);
    Ok(status?.is_some_and(|status| status.success()))
}

/// Kills a child and its process group. With the outermost part of a fence goes everything behind it.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        // The group outlives its first process as long as somebody else is in it.
        let mut kill = Command::new("kill");
        kill.args(["-KILL", "--", &format!("-{}", child.id())]);
        let _ = kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
    // It may have ended meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

/// Whether `true` starts behind these words.
fn starts(words: &[&str]) -> bool {
    let mut words = words.iter().copied().chain(["true"]);
    let mut command = Command::new(words.next().unwrap_or("true"));
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    /// A shell script in the box; what it is told to leave behind moves to a session of its own where that
    /// is no way out.
    fn script(sandbox: &Sandbox, text: &str) -> Command {
        let setsid = if sandbox.fence.spaces.is_empty() { "" } else { "setsid" };
        let mut command = sandbox.command(&sandbox.fence, None, Path::new("/bin/sh"), Path::new("/"));
        command.args(["-c", &text.replace("SETSID", setsid)]);
        command
    }

    /// Processes of this system that were started with this word.
    fn running(word: &str) -> usize {
        let lines = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let line = std::fs::read(entry.ok()?.path().join("cmdline")).ok()?;
            Some(String::from_utf8_lossy(&line).into_owned())
        });
        lines.filter(|line| line.starts_with("sleep\0") && line.split('\0').any(|part| part == word)).count()
    }

    #[track_caller]
    fn wait_for(word: &str, count: usize) {
        let start = Instant::now();
        while running(word) != count {
            assert!(start.elapsed() < Duration::from_secs(60), "{} processes of {word}", running(word));
            thread::yield_now();
        }
    }

    #[test]
    fn a_program_says_how_it_went() {
        let sandbox = Sandbox::find();
        assert!(succeeds(&mut script(&sandbox, "exit 0")).unwrap());
        assert!(!succeeds(&mut script(&sandbox, "exit 3")).unwrap());
        assert!(!succeeds(&mut Command::new("/no/such/program")).unwrap());
    }

    #[test]
    fn a_program_that_says_nothing_has_not_come_to_its_end() {
        let (sandbox, folder) = (Sandbox::find(), tempfile::tempdir().unwrap());
        let output = folder.path().join("output");
        for (text, expected) in [
            ("echo done", true),
            ("yes | head -c 200000; echo done", true),
            ("exit 0; echo done", false),
            ("echo done; exit 1", false),
            ("echo done; yes | head -c 200000", false),
        ] {
            assert_eq!(says(&mut script(&sandbox, text), "done", &output).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn nothing_stays_when_a_program_ends() {
        let sandbox = Sandbox::find();
        assert!(succeeds(&mut script(&sandbox, "SETSID sleep 86311 & exit 0")).unwrap());
        assert_eq!(running("86311"), 0);
    }

    #[test]
    fn nothing_stays_when_time_is_up() {
        let sandbox = Sandbox { seconds: 1, ..Sandbox::find() };
        assert!(!succeeds(&mut script(&sandbox, "trap '' TERM; SETSID sleep 86312 & sleep 86312")).unwrap());
        assert_eq!(running("86312"), 0);
    }

    /// A process that changes its user forgets that it was to end with its parent: a Python process that
    /// waited for something stayed behind for as long as it waited.
    #[test]
    fn nothing_stays_when_the_fence_is_killed() {
        let sandbox = Sandbox { seconds: 86_000, ..Sandbox::find() };
        let mut child = script(&sandbox, "SETSID sleep 86313 & sleep 86313").spawn().unwrap();
        wait_for("86313", 2);
        end(&mut child);
        wait_for("86313", 0);
    }
}
