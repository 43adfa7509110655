//! What somebody who types sees, and how soon: replayed in the playground.
//!
//! The texts are files of pinned packages that are not in this repository: npm
//! fetches some into the cache, the others are sources of crates that Cargo has
//! brought anyway. `tests/bench/typing.mjs` types them and prints.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use ghostlight_models::{Cache, Catalog, Terminal};
use serde::{Deserialize, Serialize};

use crate::setup::{self, Part};
use crate::{build, node, sh};

const CORPUS: &str = "tests/bench/typing/corpus.json";
const CATALOG: &str = "models/catalog.toml";

/// Type real files into the playground and measure when ghost text comes, how much of it is right, and what it costs.
///
/// A table goes to stdout, progress to stderr. Takes about a quarter of an hour; leave the machine alone meanwhile.
#[derive(clap::Args)]
pub(crate) struct TypingOptions {
    /// Print everything as one JSON object on the last line too.
    #[arg(long)]
    json: bool,
    /// Which kernels to use.
    #[arg(long, value_enum, default_value_t = TypingEngine::Cpu)]
    engine: TypingEngine,
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
    /// Id or alias of a fetched model [default: the default model]
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Show everything, fit how likely the model's suggestions are to what was typed, and write that into
    /// models/catalog.toml; by default 160 sequences.
    #[arg(long)]
    fit: bool,
    /// Without drafts of tokens, for comparison.
    #[arg(long)]
    no_speculation: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum TypingEngine {
    Cpu,
    Webgpu,
}

/// What `tests/bench/typing.mjs` is asked.
#[derive(Serialize)]
struct TypingRequest {
    engine: TypingEngine,
    threads: u32,
    sequences: u32,
    seed: u32,
    machine: String,
    cache: PathBuf,
    crates: BTreeMap<String, PathBuf>,
    json: bool,
    fit: bool,
    speculation: bool,
}

/// What `tests/bench/typing.mjs` says at its end, as far as it is looked at here.
#[derive(Deserialize)]
struct TypingReport {
    calibration: Option<Calibration>,
}

/// The curve that fits the samples, and the threshold that lets enough of the wanted ones through.
#[derive(Deserialize)]
struct Calibration {
    samples: u32,
    at_certain: f64,
    slope: f64,
    threshold: Option<f64>,
}

pub(crate) fn main(options: &TypingOptions) -> Result<()> {
    setup::ensure(&[Part::Wasm, Part::Node, Part::Bindgen, Part::Chromium])?;
    let path = ghostlight_models::fetch(options.model.as_deref(), &mut Terminal::new())?;
    let request = TypingRequest {
        engine: options.engine,
        threads: options.threads,
        sequences: options.sequences.unwrap_or(match (options.quick, options.fit) {
            (true, _) => 12,
            (false, true) => 160,
            (false, false) => 48,
        }),
        seed: options.seed,
        machine: super::engines::machine(),
        cache: Cache::from_env()?.root().join("typing"),
        crates: crates()?,
        json: options.json || options.fit,
        fit: options.fit,
        speculation: !options.no_speculation,
    };
    if !options.no_build {
        build::main(&build::BuildOptions::default())?;
    }
    let mut node = node::script("tests/bench/typing.mjs");
    let output = node::ask(node.env("GHOSTLIGHT_MODEL_PATH", &path), &request)?;
    if options.fit {
        let last = output.lines().last().unwrap_or_default();
        let report: TypingReport = serde_json::from_str(last).context("no report came")?;
        let model = Catalog::builtin()?.model(options.model.as_deref())?.id.clone();
        record(&model, report.calibration.as_ref())?;
    }
    Ok(())
}

/// Writes a fit into the catalogue's entry of the model.
fn record(model: &str, fit: Option<&Calibration>) -> Result<()> {
    let fit = fit.context("fit the likelihood: fewer than 20 suggestions came")?;
    let Calibration { samples, at_certain, slope, .. } = *fit;
    let threshold = fit.threshold.with_context(|| {
        format!("fit the likelihood: of {samples} suggestions too few were typed for any threshold")
    })?;
    if slope < 0.0 {
        bail!(
            "fit the likelihood: surer suggestions were typed less often (slope {slope}, {samples} samples)"
        );
    }
    let value = format!("{{ at_certain = {at_certain:?}, slope = {slope:?}, threshold = {threshold:?} }}");
    let path = sh::root().join(CATALOG);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {CATALOG}"))?;
    let text = with_likelihood(&text, model, &value)
        .with_context(|| format!("{CATALOG} has no entry for {model}"))?;
    Catalog::parse(&text)?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {CATALOG}"))?;
    eprintln!("{CATALOG} has likelihood = {value} for {model}; run `cargo xtask types`");
    Ok(())
}

/// The catalogue with another likelihood in the entry of one model: in the place of the old one, or as
/// the last line of the entry's own keys.
fn with_likelihood(text: &str, model: &str, value: &str) -> Option<String> {
    let (head, entry) = text.split_once(&format!("\nid = \"{model}\"\n"))?;
    let end = entry.find("\n\n").unwrap_or(entry.trim_end().len());
    let (keys, rest) = entry.split_at(end);
    let mut keys: Vec<&str> = keys.lines().filter(|line| !line.starts_with("likelihood = ")).collect();
    let line = format!("likelihood = {value}");
    keys.push(&line);
    Some(format!("{head}\nid = \"{model}\"\n{}{rest}", keys.join("\n")))
}

/// A row of the corpus, as far as it is looked at here.
#[derive(Deserialize)]
struct CorpusRow {
    #[serde(rename = "crate")]
    name: Option<String>,
}

#[derive(Deserialize)]
struct CrateList {
    packages: Vec<CrateSources>,
}

#[derive(Deserialize)]
struct CrateSources {
    name: String,
    manifest_path: PathBuf,
}

/// The folders of the crates that the corpus names.
fn crates() -> Result<BTreeMap<String, PathBuf>> {
    let text =
        std::fs::read_to_string(sh::root().join(CORPUS)).with_context(|| format!("cannot read {CORPUS}"))?;
    let rows: Vec<CorpusRow> =
        serde_json::from_str(&text).with_context(|| format!("cannot read {CORPUS}"))?;
    let wanted: Vec<String> = rows.into_iter().filter_map(|row| row.name).collect();
    let metadata = sh::output(sh::cargo().args(["metadata", "--format-version", "1"]))?;
    let metadata: CrateList = serde_json::from_str(&metadata).context("cannot read what Cargo says")?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_stands_once_in_its_models_entry() {
        let text = std::fs::read_to_string(sh::root().join(CATALOG)).unwrap();
        let mut made = text;
        for (model, threshold) in
            [("smollm2-135m-q4_1", 0.25), ("smollm2-135m-q4_1", 0.5), ("starcoder2-3b-q4_k_m", 0.75)]
        {
            let value = format!("{{ at_certain = -0.5, slope = 2.0, threshold = {threshold:?} }}");
            made = with_likelihood(&made, model, &value).unwrap();
            let catalog = Catalog::parse(&made).unwrap();
            let likelihood = catalog.find(model).unwrap().likelihood.unwrap();
            assert_eq!((likelihood.slope, f64::from(likelihood.threshold)), (2.0, threshold), "{model}");
        }
        assert_eq!(with_likelihood(&made, "no-such-model", ""), None);
        let without = |text: &str| {
            text.lines().filter(|line| !line.starts_with("likelihood")).map(str::to_owned).collect::<Vec<_>>()
        };
        let old = std::fs::read_to_string(sh::root().join(CATALOG)).unwrap();
        assert_eq!(without(&made), without(&old), "nothing else changes");
    }

    #[test]
    fn a_fit_that_cannot_be_one_is_refused() {
        let fit = |slope, threshold| Calibration { samples: 30, at_certain: 0.1, slope, threshold };
        for (fit, what) in [
            (None, "fewer than 20"),
            (Some(fit(1.0, None)), "too few"),
            (Some(fit(-1.0, Some(0.2))), "less often"),
        ] {
            let message = record("smollm2-135m-q4_1", fit.as_ref()).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        }
    }
}
