//! The workspace as its tests run it: optimised, with every check on, and linted by clippy while it is compiled.
//!
//! The idea: clippy is the compiler with more lints, so what it compiles can be run. `cargo clippy`
//! itself only checks, and what is checked cannot be linked: all dependencies would be compiled a
//! second time, which takes seven minutes on two cores. rustdoc, too, would have them checked; but it
//! is called for the documentation examples anyway, with all that it needs, so that its lints are taken there.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{setup, sh, wasm, workspace};

/// Cargo's profile.
pub(crate) const PROFILE: &str = "checked";

/// The variable that has this program stand in for rustdoc, and names the real one.
const RUSTDOC: &str = "GHOSTLIGHT_RUSTDOC";

/// The variable that then says where documentation goes.
const RUSTDOC_FOLDER: &str = "GHOSTLIGHT_RUSTDOC_FOLDER";

/// A program of the toolchain that is in use.
fn tool(name: &str) -> Result<PathBuf> {
    let sysroot = PathBuf::from(sh::output(sh::command("rustc").args(["--print", "sysroot"]))?);
    let tool = sysroot.join("bin").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if !tool.is_file() {
        bail!("there is no {}: run `rustup component add clippy`", tool.display());
    }
    Ok(tool)
}

/// Has Cargo compile our crates under clippy.
pub(crate) fn under_clippy(command: &mut Command) -> Result<&mut Command> {
    Ok(command.env("RUSTC_WORKSPACE_WRAPPER", tool("clippy-driver")?))
}

/// A line of Cargo's JSON, as far as it is one of the compiler's messages.
#[derive(Deserialize)]
struct CargoLine {
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    level: String,
    rendered: Option<String>,
    #[serde(default)]
    spans: Vec<serde_json::Value>,
}

/// Compiles everything that tests run, and takes warnings as errors; what was compiled can be run nevertheless.
pub(crate) fn clippy() -> Result<()> {
    let mut cargo = sh::cargo();
    cargo.args(["build", "--workspace", "--all-targets", "--profile", PROFILE]);
    let cargo = under_clippy(cargo.args(["--message-format", "json", "--keep-going"]))?;
    let line = sh::line(cargo);
    eprintln!("$ {line}");
    let mut child = cargo.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{line}`"))?;
    let output = child.stdout.take().expect("its standard output is a pipe");
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    let told = complaints(lines, |text| eprint!("{text}"));
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    if told > 0 {
        bail!("{told} warnings");
    }
    Ok(())
}

/// Hands out what the compiler complains of at a place of the sources, each once: a library is compiled
/// for its tests too. Returns how much that was.
fn complaints(lines: impl Iterator<Item = String>, mut tell: impl FnMut(&str)) -> usize {
    let mut told = HashSet::new();
    for line in lines {
        let Ok(CargoLine { message: Some(message) }) = serde_json::from_str::<CargoLine>(&line) else {
            continue;
        };
        let is_complaint = matches!(&*message.level, "warning" | "error") && !message.spans.is_empty();
        let Some(text) = message.rendered.filter(|_| is_complaint) else { continue };
        if !told.contains(&text) {
            tell(&text);
            told.insert(text);
        }
    }
    told.len()
}

/// What runs in browsers and at the edge, held to the same lints for WebAssembly.
///
/// Without the engine's feature `webgpu`, whose code is the model's and was linted before: it would
/// bring a hundred crates more.
pub(crate) fn clippy_wasm() -> Result<()> {
    let mut cargo = wasm::cargo("clippy", "wasm");
    for package in ["ghostlight-engine", "ghostlight-workspace", "ghostlight-edge"] {
        cargo.args(["--package", package]);
    }
    cargo.args(["--lib", "--features", "ghostlight-engine/relaxed-simd", "--quiet", "--keep-going"]);
    sh::run(cargo.args(["--", "--deny", "warnings"]))
}

/// Runs the examples of the documentation, and writes the documentation for rustdoc's lints; warnings are errors.
pub(crate) fn documentation() -> Result<()> {
    let mut cargo = sh::cargo();
    cargo.args(["test", "--doc", "--workspace", "--profile", PROFILE, "--quiet", "--no-fail-fast"]);
    let this = std::env::current_exe().context("cannot tell where this program is")?;
    let folder = workspace::Metadata::load()?.target_directory.join("xtask/doc");
    cargo.env("RUSTDOC", this).env(RUSTDOC, tool("rustdoc")?).env(RUSTDOC_FOLDER, folder);
    sh::run(under_clippy(&mut cargo)?)
}

/// Does what rustdoc is asked, and where that is to run examples, writes the documentation as well;
/// `None` if nobody wants a rustdoc.
pub(crate) fn as_rustdoc() -> Option<ExitCode> {
    let (rustdoc, folder) = (std::env::var_os(RUSTDOC)?, std::env::var(RUSTDOC_FOLDER).ok()?);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let succeeds = |arguments: &[String]| match Command::new(&rustdoc).args(arguments).status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("cannot start rustdoc: {error}");
            false
        }
    };
    let is_documented = documenting(&arguments, &folder).is_none_or(|arguments| succeeds(&arguments));
    let is_fine = succeeds(&arguments) && is_documented;
    Some(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The arguments that write what is tested into a folder; `None` if nothing is tested.
fn documenting(arguments: &[String], folder: &str) -> Option<Vec<String>> {
    let mut kept = Vec::new();
    let mut is_test = false;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--test" => is_test = true,
            "--no-run" | "--no-capture" | "--nocapture" => {}
            "--test-run-directory" | "--test-args" | "--test-runtool" | "--test-runtool-arg" => {
                rest.next();
            }
            _ => kept.push(argument.clone()),
        }
    }
    kept.extend(["--deny", "warnings", "--out-dir", folder].map(str::to_owned));
    is_test.then_some(kept)
}

/// The test runner over our crates, as clippy compiled them.
pub(crate) fn nextest() -> Result<Command> {
    let mut nextest = sh::command(setup::nextest()?);
    nextest.args(["nextest", "run", "--cargo-profile", PROFILE, "--workspace", "--no-fail-fast"]);
    under_clippy(&mut nextest)?;
    Ok(nextest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_is_told_once_and_counts() {
        let warning = r#"{"reason":"compiler-message","message":{"level":"warning","rendered":"warning: a","spans":[{}]}}"#;
        let total = r#"{"reason":"compiler-message","message":{"level":"warning","rendered":"1 warning emitted","spans":[]}}"#;
        let note =
            r#"{"reason":"compiler-message","message":{"level":"note","rendered":"a note","spans":[{}]}}"#;
        let artifact = r#"{"reason":"compiler-artifact","fresh":true}"#;
        let lines = [artifact, warning, note, warning, total, "no JSON"].map(str::to_owned);
        let mut told = String::new();
        assert_eq!(complaints(lines.into_iter(), |text| told += text), 1);
        assert_eq!(told, "warning: a");
    }

    #[test]
    fn what_is_tested_is_documented_too() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let asked = "--edition=2024 --test src/lib.rs --test-run-directory core --crate-name a -L deps";
        assert_eq!(
            documenting(&words(asked), "doc").unwrap(),
            words("--edition=2024 src/lib.rs --crate-name a -L deps --deny warnings --out-dir doc")
        );
        assert_eq!(documenting(&words("--version"), "doc"), None);
    }
}
