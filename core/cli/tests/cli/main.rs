//! The program as its users run it: arguments in, output and exit code out.
//!
//! What completes and generates runs the model `tiny` where a test names none, which
//! `cargo xtask setup` puts into the cache; everything that needs no sensible text runs
//! models of a few layers of `tests/conformance`.
#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests read files and the clock, as the program does")]

mod complete;
mod errors;
mod eval;
mod explain;
mod fingerprint;
mod generate;
mod inspect;
mod models;
mod scrub;
#[cfg(unix)]
mod terminal;
mod usage;

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A file below `tests/conformance`.
fn conformance(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance").join(name);
    path.to_str().expect("the path of a checkout is UTF-8").to_owned()
}

/// A run with exactly these arguments, and the default model where they name none.
fn command_as_is(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ghostlight"));
    command.args(arguments);
    command
}

/// A run with the smallest model where it takes one and `arguments` name none.
fn command(arguments: &[&str]) -> Command {
    let mut command = command_as_is(arguments);
    let runs_a_model = matches!(arguments.first(), Some(&("complete" | "eval" | "generate")));
    let asks_none =
        |argument: &&str| matches!(*argument, "--help" | "--model" | "--outcomes" | "--retrieval");
    if runs_a_model && !arguments.iter().any(asks_none) {
        command.args(["--model", "tiny"]);
    }
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

/// What a run that succeeds prints.
#[track_caller]
fn prints(arguments: &[&str]) -> String {
    let output = output(&mut command(arguments));
    let errors = utf8(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    assert_eq!(errors, "", "{arguments:?}: nothing for people where no terminal is");
    utf8(&output.stdout).to_owned()
}

#[track_caller]
fn json(arguments: &[&str]) -> Value {
    let printed = prints(arguments);
    assert_eq!(printed.lines().count(), 1, "one object on one line");
    serde_json::from_str(&printed).expect("the line is JSON")
}

/// A run that fails with one line that holds all of `parts`.
#[track_caller]
fn fails(command: &mut Command, parts: &[&str]) {
    let output = output(command);
    let errors = utf8(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{command:?}: {errors}");
    assert_eq!(utf8(&output.stdout), "", "{command:?}");
    assert!(errors.starts_with("error: ") && errors.lines().count() == 1, "{command:?}: {errors}");
    for part in parts {
        assert!(errors.contains(part), "{command:?}: no {part:?} in {errors}");
    }
}

/// A folder with one file in it, and the file's path.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file in it");
    let path = path.to_str().expect("a temporary path is UTF-8").to_owned();
    (folder, path)
}
