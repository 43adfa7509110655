//! Cargo programs that the build and the tests call.
//!
//! They are compiled once into the user's cache, a folder a version, so checkouts
//! share them and a version bump does not disturb another branch. Speed of the
//! tool counts less than the wait for its compilation: optimisation is turned down.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::tools_folder;
use crate::{sh, workspace};

/// The test runner's version; any newer one that is on `PATH` will do as well.
const NEXTEST: &str = "0.9.151";

/// A program at a known version.
pub(crate) struct Tool {
    pub(crate) path: PathBuf,
    pub(crate) version: String,
}

/// The `wasm-bindgen` program of exactly the library's version, installed if need be.
pub(crate) fn bindgen() -> Result<Tool> {
    let version = workspace::locked_version("wasm-bindgen")?
        .context("Cargo.lock has no wasm-bindgen: build the engine once")?;
    let named = |path: &PathBuf| {
        sh::output(sh::command(path).arg("--version"))
            .is_ok_and(|text| text.split_whitespace().nth(1) == Some(version.as_str()))
    };
    if let Some(path) = sh::which("wasm-bindgen").filter(named) {
        return Ok(Tool { path, version });
    }
    // Only the one program, and without the HTTP client that another one of them needs.
    let only = ["--bin", "wasm-bindgen", "--no-default-features"];
    let path = installed("wasm-bindgen-cli", "wasm-bindgen", &version, "1", &only)?;
    Ok(Tool { path, version })
}

/// The `cargo-nextest` program, installed if there is none.
pub(crate) fn nextest() -> Result<PathBuf> {
    if let Some(path) = sh::which("cargo-nextest") {
        return Ok(path);
    }
    // What is left out updates the program itself, which a folder a version does not want. All that it
    // does is start tests, so it is not optimised.
    installed("cargo-nextest", "cargo-nextest", NEXTEST, "0", &["--no-default-features"])
}

/// A program of a crate in the cache, compiled at an optimisation level with `extra` arguments if it is not there.
fn installed(krate: &str, program: &str, version: &str, level: &str, extra: &[&str]) -> Result<PathBuf> {
    let folder = tools_folder()?.join(format!("{program}-{version}"));
    let path = folder.join("bin").join(program).with_extension(std::env::consts::EXE_EXTENSION);
    if path.is_file() {
        return Ok(path);
    }
    let install = || {
        let mut cargo = sh::cargo();
        cargo.args(["install", krate, "--quiet", "--version", &format!("={version}"), "--root"]);
        cargo.arg(&folder).args(extra);
        for (name, value) in
            [("OPT_LEVEL", level), ("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "0"), ("STRIP", "true")]
        {
            cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
        }
        // The folder of this workspace's target is no place for another program's.
        cargo.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
        cargo
    };
    eprintln!("compiling {krate} {version}, once; this takes some minutes");
    if let Err(error) = sh::output(install().arg("--locked")) {
        // A mirror may lag behind the versions that the tool's own lock file names.
        eprintln!("{error}; trying with other versions of its dependencies");
        sh::run(&mut install()).with_context(|| format!("cannot install {krate} {version}"))?;
    }
    Ok(path)
}
