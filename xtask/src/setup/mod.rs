//! Everything this repository needs that is not in it.
//!
//! The idea: a list of parts, each of which first looks whether it is there (well
//! under a second for all of them) and else gets it from the registries that a
//! developer has anyway: Cargo's, npm's, PyPI's and the system's packages. What
//! cannot be done automatically is one line that says what to do by hand.

mod node;
mod python;
mod system;
mod tools;
mod wasm_target;

use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

use anyhow::{Result, bail};
use ghostlight_models::{Cache, Terminal};

use crate::steps::glance;

pub(crate) use node::npm_packages;
pub(crate) use python::{python, python_with};
pub(crate) use system::{CHROMIUM, chromium};
pub(crate) use tools::{bindgen, nextest};
pub(crate) use wasm_target::TARGET as WASM_TARGET;

/// Install what the other commands need; quick when all is there.
#[derive(clap::Args)]
pub(crate) struct SetupOptions {
    /// Only these parts.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Build the standard library for WebAssembly from Debian's sources into this folder, even
    /// where the target is installed: the way taken where rustup's server is out of reach.
    #[arg(long, value_name = "FOLDER")]
    wasm_sysroot: Option<std::path::PathBuf>,
}

/// One thing that is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// The Rust target wasm32-unknown-unknown.
    Wasm,
    /// clang, which compiles C for WebAssembly.
    Clang,
    /// Chromium, which runs the browser tests.
    Chromium,
    /// A Vulkan driver in software, which runs the GPU tests.
    Vulkan,
    /// cargo-nextest, which runs the tests.
    Nextest,
    /// wasm-bindgen at the version of Cargo.lock.
    Bindgen,
    /// The npm packages of package-lock.json.
    Node,
    /// The default model.
    Model,
    /// The smallest model that completes text, which most tests run.
    Tiny,
    /// The embedding model, which tests compare with another implementation of it.
    Embedder,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = clap::ValueEnum::to_possible_value(self);
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

impl Part {
    /// Whether it comes as a package of the operating system.
    pub(crate) fn is_system(&self) -> bool {
        matches!(self, Self::Clang | Self::Chromium | Self::Vulkan)
    }

    /// Whether it takes a core rather than a network.
    fn is_compiled(&self) -> bool {
        matches!(self, Self::Bindgen | Self::Nextest)
    }

    /// Sets it up if it is missing, unless a package of the system does.
    fn ensure(self) -> Result<()> {
        match self {
            Self::Wasm => wasm_target::ensure(),
            Self::Clang | Self::Chromium | Self::Vulkan => Ok(()),
            Self::Nextest => tools::nextest().map(drop),
            Self::Bindgen => tools::bindgen().map(drop),
            Self::Node => node::ensure(),
            Self::Model => model(None),
            Self::Tiny => model(Some("tiny")),
            Self::Embedder => model(Some("minilm")),
        }
    }
}

/// All parts, cheapest first; the last of them nobody needs who does not test the embedding model
/// or search by meaning (`--embeddings`).
pub(crate) const ALL: &[Part] = &[
    Part::Clang,
    Part::Chromium,
    Part::Vulkan,
    Part::Wasm,
    Part::Node,
    Part::Model,
    Part::Tiny,
    Part::Bindgen,
    Part::Nextest,
    Part::Embedder,
];

/// What building, demo and completing need.
const USUAL: &[Part] = ALL.split_at(ALL.len() - 1).0;

pub(crate) fn main(options: &SetupOptions) -> Result<()> {
    if let Some(folder) = &options.wasm_sysroot {
        return wasm_target::from_debian(folder);
    }
    ensure(if options.parts.is_empty() { USUAL } else { &options.parts })?;
    eprintln!("everything is set up");
    Ok(())
}

/// Sets up what is missing of `parts`, downloads beside compilations; goes on after a failure, so
/// that all of them are told at once.
pub(crate) fn ensure(parts: &[Part]) -> Result<()> {
    // In one go: the package manager takes long to start.
    let system = || glance("packages of the system", || system::ensure(parts)).err().into_iter().collect();
    let others = |compiled: bool| -> Vec<anyhow::Error> {
        let parts = parts.iter().filter(|part| !part.is_system() && part.is_compiled() == compiled);
        parts.filter_map(|part| glance(&part.to_string(), || part.ensure()).err()).collect()
    };
    let faults: Vec<_> = std::thread::scope(|scope| {
        let threads = [scope.spawn(system), scope.spawn(|| others(false)), scope.spawn(|| others(true))];
        let join =
            |thread: ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        threads.into_iter().flat_map(join).collect()
    });
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &faults {
        eprintln!("cannot set up: {fault:#}");
    }
    bail!(
        "{} of the set-up could not be done; see above",
        if faults.len() == 1 { "a part" } else { "parts" }
    );
}

fn model(id: Option<&str>) -> Result<()> {
    ghostlight_models::fetch(id, &mut Terminal::new())?;
    Ok(())
}

/// The folder for tools that are installed for this user, not for this checkout.
fn tools_folder() -> Result<std::path::PathBuf> {
    Ok(Cache::from_env()?.tools())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_the_embedding_model_who_did_not_ask() {
        assert!(!USUAL.contains(&Part::Embedder));
    }
}
