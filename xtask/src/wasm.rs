//! WebAssembly from a crate: Cargo, then `wasm-bindgen` (glue) and `wasm-opt` (size), each only where something changed.
//!
//! Three things are made this way: the modules that browsers load, the runtime of syntax packs, and the
//! edge worker. What differs between them stands in their own files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::stamp::{Inputs, Stamp};
use crate::{setup, sh};

/// How much time is spent on what is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// As it is published.
    Release,
    /// `wasm-opt` does only what takes little: 5 % larger, and built a minute earlier.
    Demo,
    /// As for the demo, but what is built for GPUs as [`Effort::Dev`] makes it: right, not fast.
    Tests,
    /// No optimisation over crates, no `wasm-opt`.
    Dev,
}

impl Effort {
    /// Cargo's profile.
    pub(crate) fn profile(self) -> &'static str {
        if self == Self::Dev { "wasm-dev" } else { "wasm" }
    }

    /// Level for `wasm-opt` where a release has `release`; `None` leaves it out.
    fn level(self, release: &'static str) -> Option<&'static str> {
        match self {
            Self::Release => Some(release),
            Self::Demo | Self::Tests => Some("-O1"),
            Self::Dev => None,
        }
    }

    /// What may be there already, where this is wanted: what was made with more effort will do.
    fn at_least(self) -> impl Iterator<Item = Self> {
        let better = matches!(self, Self::Demo | Self::Tests).then_some(Self::Release);
        std::iter::once(self).chain(better)
    }
}

/// For `wasm-opt`: what the engine's WebAssembly may use, and what browsers need not get.
///
/// The pass that is left out puts vector constants where they are used, out of the registers that
/// the compiler kept them in; V8 then makes them anew in each turn of a loop, which costs the
/// products a third of their speed (16 for 25 GMAC/s).
const OPTIMIZE: &[&str] = &[
    "--enable-simd",
    "--enable-relaxed-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-threads",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--skip-pass=precompute-propagate",
    "--strip-debug",
    "--strip-producers",
];

/// Cargo with a command for WebAssembly, under the flags of `.cargo/config.toml`, which a variable would replace.
pub(crate) fn cargo(command: &str, profile: &str) -> Command {
    let mut cargo = sh::cargo();
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.args([command, "--target", setup::WASM_TARGET, "--profile", profile]);
    cargo
}

/// Runs `cargo build` for a package's library, with what `cargo` has beside it; the module that it leaves
/// in `target`.
pub(crate) fn compile(mut cargo: Command, package: &str, profile: &str, target: &Path) -> Result<PathBuf> {
    sh::run(cargo.args(["--lib", "--package", package, "--target-dir"]).arg(target))?;
    Ok(compiled(package, profile, target))
}

/// Where Cargo leaves a package's module.
pub(crate) fn compiled(package: &str, profile: &str, target: &Path) -> PathBuf {
    target.join(setup::WASM_TARGET).join(profile).join(stem(package) + ".wasm")
}

/// Name of the files that Cargo and `wasm-bindgen` make of a package, without what ends them.
pub(crate) fn stem(package: &str) -> String {
    package.replace('-', "_")
}

/// Glue for a compiled module, in a folder that is made anew; the module in there.
pub(crate) fn bind(built: &Path, folder: &Path, arguments: &[&str]) -> Result<PathBuf> {
    sh::remove_folder(folder)?;
    let stem = built.file_stem().unwrap_or_default().to_string_lossy();
    let mut bindgen = sh::command(setup::bindgen()?.path);
    bindgen.args(["--target", "web", "--out-name", &stem, "--out-dir"]).arg(folder);
    sh::run(bindgen.args(arguments).arg(built))?;
    Ok(folder.join(format!("{stem}_bg.wasm")))
}

/// Puts a module through `wasm-opt`, or copies it where no level is given. The two may be one file.
pub(crate) fn optimize(level: Option<&str>, from: &Path, to: &Path) -> Result<()> {
    match level {
        Some(level) => {
            let mut optimizer = sh::command("node_modules/.bin/wasm-opt");
            sh::run(optimizer.arg(level).args(OPTIMIZE).arg(from).arg("-o").arg(to))
        }
        None if from == to => Ok(()),
        None => {
            let copied = std::fs::copy(from, to);
            copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display())).map(drop)
        }
    }
}

/// What is made of a compiled module.
pub(crate) struct Artifact<'a> {
    /// What people read of it.
    pub(crate) name: &'a str,
    pub(crate) built: &'a Path,
    /// What else it depends on: profile, scripts.
    pub(crate) how: &'a str,
    /// Level for `wasm-opt` in a release.
    pub(crate) level: &'static str,
    pub(crate) stamp: Stamp,
    pub(crate) outputs: &'a [&'a Path],
}

impl Artifact<'_> {
    /// Makes it, with the level that it is to have, unless it is there and nothing changed.
    pub(crate) fn make(
        &self,
        effort: Effort,
        make: impl FnOnce(Option<&'static str>) -> Result<()>,
    ) -> Result<()> {
        let built = self.built.display();
        let wasm = std::fs::read(self.built).with_context(|| format!("cannot read {built}"))?;
        let (bindgen, optimizer) = (setup::bindgen()?.version, optimizer_version()?);
        let hash = |effort: Effort| {
            let how = format!("{} {:?} {OPTIMIZE:?}", self.how, effort.level(self.level));
            let mut inputs = Inputs::new(&how);
            inputs.add(bindgen.as_bytes());
            inputs.add(optimizer.as_bytes());
            inputs.add(&wasm);
            inputs.hex()
        };
        if effort.at_least().any(|effort| self.stamp.is_fresh(&hash(effort), self.outputs)) {
            eprintln!("  {} is up to date", self.name);
            return Ok(());
        }
        make(effort.level(self.level))?;
        self.stamp.write(&hash(effort))
    }
}

fn optimizer_version() -> Result<String> {
    sh::output(sh::command("node_modules/.bin/wasm-opt").arg("--version"))
        .context("wasm-opt comes with the npm package binaryen")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_takes_what_a_release_made_but_not_the_reverse() {
        let made = |effort: Effort| effort.at_least().collect::<Vec<_>>();
        assert_eq!(made(Effort::Demo), [Effort::Demo, Effort::Release]);
        assert_eq!(made(Effort::Tests), [Effort::Tests, Effort::Release]);
        assert_eq!(made(Effort::Release), [Effort::Release]);
        assert_eq!(made(Effort::Dev), [Effort::Dev]);
    }
}
