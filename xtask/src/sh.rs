//! Running other programs: say what is run, fail with its name, never guess.
//!
//! No shell is involved, so no quoting; output goes straight to the user unless
//! it is the result that was asked for.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A command in the root of the repository, without what `cargo run` sets for xtask itself.
///
/// Build scripts of other crates must not see that: Cargo builds them, and all that depends on them,
/// anew whenever it changes, which it does between a program that hands it on to Cargo and one that does not.
pub(crate) fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// `cargo` as this process was started by it.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from))
}

/// `npm` in the root of the repository.
pub(crate) fn npm() -> Command {
    command(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// Prints a command and runs it to its end.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    eprintln!("$ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs a command, silently; its standard output, trimmed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } = captured(command)?;
    if !status.success() {
        let stderr = String::from_utf8_lossy(&stderr);
        bail!("`{}` failed ({status}): {}", line(command), stderr.trim());
    }
    Ok(String::from_utf8_lossy(&stdout).trim().to_owned())
}

/// Runs a command, silently; whether it succeeded. A program that is not there did not.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    captured(command).is_ok_and(|output| output.status.success())
}

fn captured(command: &mut Command) -> Result<Output> {
    let line = line(command);
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{line}`"))
}

/// Like [`run`], but ends the program when it takes longer than `limit`.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let line = line(command);
    eprintln!("$ {line}");
    let mut child = command.spawn().with_context(|| format!("cannot start `{line}`"))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return if status.success() {
                Ok(())
            } else {
                Err(anyhow::anyhow!("`{line}` failed ({status})"))
            };
        }
        if start.elapsed() > limit {
            end(&mut child);
            bail!("`{line}` took longer than {} s", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Ends a child and collects it.
pub(crate) fn end(child: &mut Child) {
    // An error means that it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

/// Removes a folder with all that is in it, if it is there.
pub(crate) fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// A program's path, if it is on `PATH`.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let extensions = if cfg!(windows) { &["exe", "cmd"][..] } else { &[""] };
    std::env::split_paths(&path)
        .flat_map(|folder| extensions.iter().map(move |ext| folder.join(program).with_extension(ext)))
        .find(|candidate| candidate.is_file())
}

/// A command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    let arguments = command.get_args().map(|argument| {
        let argument = argument.to_string_lossy();
        if argument.contains([' ', '"', '$']) { format!("'{argument}'") } else { argument.into_owned() }
    });
    std::iter::once(name.into_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_as_typed() {
        let mut command = Command::new("/usr/bin/tool");
        command.args(["-a", "b c"]);
        assert_eq!(line(&command), "tool -a 'b c'");
    }

    #[test]
    fn failures_name_the_command() {
        let message = format!("{:#}", run(&mut Command::new("no-such-program-anywhere")).unwrap_err());
        assert!(message.contains("cannot start `no-such-program-anywhere`"), "{message}");
        assert!(!succeeds(&mut Command::new("no-such-program-anywhere")));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended() {
        let message =
            run_within(Command::new("sleep").arg("600"), Duration::from_millis(10)).unwrap_err().to_string();
        assert!(message.contains("took longer"), "{message}");
        assert!(run_within(&mut Command::new("true"), Duration::from_secs(60)).is_ok());
        assert_eq!(output(Command::new("echo").arg("x")).unwrap(), "x");
    }

    #[test]
    fn no_program_is_taken_for_a_part_of_this_one() {
        // Cargo sets it for the tests, as `cargo run` does for xtask.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        for command in [command("tool"), cargo(), npm()] {
            let removed: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).collect();
            for (name, _) in std::env::vars_os() {
                let is_ours = name.to_string_lossy().starts_with("CARGO_PKG_");
                assert!(!is_ours || removed.iter().any(|(removed, _)| *removed == name), "{name:?}");
            }
        }
    }

    #[test]
    fn the_root_is_the_repository() {
        assert!(root().join("Cargo.lock").is_file() && root().join("xtask").is_dir());
    }
}
