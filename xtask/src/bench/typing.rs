//! What somebody who types sees, and how soon: replayed in the playground.
//!
//! The texts are files of pinned packages that are not in this repository: npm
//! fetches some into the cache, the others are sources of crates that Cargo has
//! brought anyway. `tests/bench/typing.mjs` types them and prints.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use ghostlight_models::Cache;
use serde::{Deserialize, Serialize};

use crate::setup::{self, Part};
use crate::{build, sh};

const CORPUS: &str = "tests/bench/typing/corpus.json";

/// Type real files into the playground and measure when ghost text comes, how much of it is right, and what it costs.
///
/// A table goes to stdout, progress to stderr. Takes about a quarter of an hour; leave the machine alone meanwhile.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Print everything as one JSON object on the last line too.
    #[arg(long)]
    json: bool,
    /// Which kernels to use.
    #[arg(long, value_enum, default_value_t = Engine::Cpu)]
    engine: Engine,
    /// Threads of the CPU engine [default: as the page chooses]
    #[arg(long, default_value_t = 0)]
    threads: u32,
    /// How many sequences to type [default: 48, or 12 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=400))]
    sequences: Option<u32>,
    /// Fewer sequences.
    #[arg(long)]
    quick: bool,
    /// Which places are typed, with which slips, and when.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Measure what is built, without building anew.
    #[arg(long)]
    no_build: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Engine {
    Cpu,
    Webgpu,
}

/// What `tests/bench/typing.mjs` is asked.
#[derive(Serialize)]
struct Request {
    engine: Engine,
    threads: u32,
    sequences: u32,
    seed: u32,
    machine: String,
    cache: PathBuf,
    crates: BTreeMap<String, PathBuf>,
    json: bool,
}

pub(crate) fn main(options: &Options) -> Result<()> {
    setup::ensure(&[Part::Wasm, Part::Node, Part::Bindgen, Part::Chromium, Part::Model])?;
    let request = Request {
        engine: options.engine,
        threads: options.threads,
        sequences: options.sequences.unwrap_or(if options.quick { 12 } else { 48 }),
        seed: options.seed,
        machine: super::engines::machine(),
        cache: Cache::from_env()?.root().join("typing"),
        crates: crates()?,
        json: options.json,
    };
    if !options.no_build {
        build::main(&build::Options::default())?;
    }
    let mut node = sh::command("node");
    node.arg("tests/bench/typing.mjs").stdin(Stdio::piped());
    if let Some(chromium) = setup::chromium() {
        node.env(setup::CHROMIUM, chromium);
    }
    let line = sh::line(&node);
    eprintln!("$ {line}");
    let mut child = node.spawn().with_context(|| format!("cannot start `{line}`"))?;
    let mut input = child.stdin.take().expect("its standard input is a pipe");
    input.write_all(&serde_json::to_vec(&request)?).with_context(|| format!("cannot ask `{line}`"))?;
    drop(input);
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// A row of the corpus, as far as it is looked at here.
#[derive(Deserialize)]
struct Row {
    #[serde(rename = "crate")]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

/// The folders of the crates that the corpus names.
fn crates() -> Result<BTreeMap<String, PathBuf>> {
    let text =
        std::fs::read_to_string(sh::root().join(CORPUS)).with_context(|| format!("cannot read {CORPUS}"))?;
    let rows: Vec<Row> = serde_json::from_str(&text).with_context(|| format!("cannot read {CORPUS}"))?;
    let wanted: Vec<String> = rows.into_iter().filter_map(|row| row.name).collect();
    let metadata = sh::output(sh::cargo().args(["metadata", "--format-version", "1"]))?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("cannot read what Cargo says")?;
    let mut folders = BTreeMap::new();
    for package in metadata.packages {
        if wanted.contains(&package.name)
            && let Some(folder) = package.manifest_path.parent()
        {
            folders.insert(package.name, folder.to_owned());
        }
    }
    Ok(folders)
}
