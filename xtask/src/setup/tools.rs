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
    let path = installed("wasm-bindgen-cli", "wasm-bindgen", &version)?;
    Ok(Tool { path, version })
}

/// The `cargo-nextest` program, installed if there is none.
pub(crate) fn nextest() -> Result<PathBuf> {
    if let Some(path) = sh::which("cargo-nextest") {
        return Ok(path);
    }
    installed("cargo-nextest", "cargo-nextest", NEXTEST)
}

/// A program of a crate in the cache.
fn installed(krate: &str, program: &str, version: &str) -> Result<PathBuf> {
    let folder = tools_folder()?.join(format!("{program}-{version}"));
    let path = folder.join("bin").join(program).with_extension(std::env::consts::EXE_EXTENSION);
    if path.is_file() {
        return Ok(path);
    }
    let install = |locked: bool| {
        let mut cargo = sh::cargo();
        cargo.args(["install", krate, "--quiet", "--version", &format!("={version}"), "--root"]).arg(&folder);
        if locked {
            cargo.arg("--locked");
        }
        for (name, value) in
            [("OPT_LEVEL", "1"), ("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "0"), ("STRIP", "true")]
        {
            cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
        }
        // The folder of this workspace's target is no place for another program's.
        cargo.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
        sh::run(&mut cargo)
    };
    eprintln!("compiling {krate} {version}, once; this takes some minutes");
    // A mirror may lag behind the versions that the tool's own lock file names.
    install(true).or_else(|_| install(false)).with_context(|| format!("cannot install {krate} {version}"))?;
    Ok(path)
}
