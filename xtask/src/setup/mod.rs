//! Everything this repository needs that is not in it.
//!
//! The idea: a list of parts, each of which first looks whether it is there (well
//! under a second for all of them) and else gets it from the registries that a
//! developer has anyway: Cargo's, npm's, PyPI's and the system's packages. What
//! cannot be done automatically is one line that says what to do by hand.

mod node;
mod system;
mod tools;
mod wasm_target;

use anyhow::{Result, bail};
use ghostlight_models::{Cache, Terminal};

pub(crate) use system::{CHROMIUM, chromium};
pub(crate) use tools::{bindgen, nextest};
pub(crate) use wasm_target::TARGET as WASM_TARGET;

/// Install what the other commands need; quick when all is there.
#[derive(clap::Args)]
pub(crate) struct Options {
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

/// All parts, cheapest first.
const ALL: &[Part] = &[
    Part::Clang,
    Part::Chromium,
    Part::Vulkan,
    Part::Wasm,
    Part::Node,
    Part::Model,
    Part::Tiny,
    Part::Embedder,
    Part::Bindgen,
    Part::Nextest,
];

pub(crate) fn main(options: &Options) -> Result<()> {
    if let Some(folder) = &options.wasm_sysroot {
        return wasm_target::from_debian(folder);
    }
    ensure(if options.parts.is_empty() { ALL } else { &options.parts })?;
    eprintln!("everything is set up");
    Ok(())
}

/// Sets up everything.
pub(crate) fn all() -> Result<()> {
    ensure(ALL)
}

/// Sets up what is missing of `parts`; goes on after a failure, so that all of them are told at once.
pub(crate) fn ensure(parts: &[Part]) -> Result<()> {
    let mut faults = Vec::new();
    // In one go: the package manager takes long to start.
    faults.extend(system::ensure(parts).err());
    for part in parts {
        let outcome = match part {
            Part::Wasm => wasm_target::ensure(),
            Part::Clang | Part::Chromium | Part::Vulkan => Ok(()),
            Part::Nextest => tools::nextest().map(drop),
            Part::Bindgen => tools::bindgen().map(drop),
            Part::Node => node::ensure(),
            Part::Model => model(None),
            Part::Tiny => model(Some("tiny")),
            Part::Embedder => model(Some("minilm")),
        };
        faults.extend(outcome.err());
    }
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
