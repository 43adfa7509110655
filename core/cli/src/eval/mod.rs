//! `ghostlight eval`: a suite of holes, a model, and what its suggestions are worth.
//!
//! What is measured is `ghostlight-eval`'s; here are files, threads and the
//! clock. Each thread has a model of its own with one kernel thread: that uses
//! cores better than several threads on one case, and gives the same tokens.
//! Whatever is printed for people goes to stderr; `--json` prints one object.

mod execute;
mod parse;
mod part;
mod retrieval;
mod run;
mod sandbox;
mod table;
#[cfg(feature = "grammars")]
mod trees;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use ghostlight_context::Order;
use ghostlight_eval::{
    Case, Comparison, EvalError, Kind, Measure, Outcome, Score, compare, read_outcomes, read_suite, report,
    sample, score, write_outcome,
};
use ghostlight_models::sha256_file;

use crate::args::EngineOptions;
use crate::terminal::{self, INTERRUPTED, note};
use part::Part;

/// Chance that is taken for a difference.
const SIGNIFICANT: f64 = 0.05;

/// Largest suite that is read, in bytes.
const LARGEST: u64 = 1 << 30;

/// Measure what suggestions are worth, on a suite of files with holes.
///
/// Suites are JSON lines: ours, or those of HumanEval-Infilling, CrossCodeEval and SAFIM.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight eval suite.jsonl --limit 100
  ghostlight eval suite.jsonl --model coder.gguf --json --output coder.jsonl
  ghostlight eval suite.jsonl --against base.jsonl    is it worse than that run?
  ghostlight eval suite.jsonl --retrieval --embeddings    is what a hole needs found?")]
pub(crate) struct EvalOptions {
    /// The suite.
    #[arg(value_name = "SUITE")]
    suite: PathBuf,
    /// A part of the suite that stands for the whole: so many cases, the same each time.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only holes of this kind, such as `single_line` or `random_span`; may be given several times.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Vec<Kind>,
    /// The bare model: no filters, and as many lines as the hole has.
    #[arg(long)]
    raw: bool,
    /// Leave out a part, to see what it is worth: `trees` (files are read by brackets and indentation, as
    /// a browser does that has fetched no grammar), `workspace` (the files that go along with a case),
    /// `threshold`, `guard`, `lines`, `healing`, `scope`, `whole`, `valid`, `filters`, or one of these by its name.
    #[arg(long, value_name = "PART", value_parser = Part::parse, conflicts_with = "raw")]
    without: Vec<Part>,
    /// Search the files that go along with a case by meaning too, with the fetched model minilm.
    #[arg(long)]
    embeddings: bool,
    /// Ask no model: how often is the piece that a hole needs among the first that are found?
    #[arg(long, conflicts_with_all = ["without", "raw", "execute", "limit", "output", "outcomes", "against"])]
    retrieval: bool,
    /// Word pieces of a text that the embedding model reads [default: 256, its most].
    #[arg(long, value_name = "N", requires = "retrieval", value_parser = clap::value_parser!(u32).range(2..=256))]
    read: Option<u32>,
    /// Run the tests of cases that have some, each in a sandbox.
    #[arg(long)]
    execute: bool,
    /// Most tokens of a suggestion.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: u32,
    /// Most tokens of a prompt [default: what an editor gets].
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(64..))]
    budget: Option<u32>,
    /// Put one side of the cursor first in all prompts [default: what an editor gets].
    #[arg(long, value_enum)]
    order: Option<PromptOrder>,
    /// Write what was suggested, a line a case.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Take suggestions from such a file instead of asking a model.
    #[arg(long, value_name = "FILE", conflicts_with = "raw")]
    outcomes: Option<PathBuf>,
    /// Compare with an earlier run of the same suite; exits with 1 when this one is worse by more than chance.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineOptions,
}

/// Orders of a prompt by their usual names.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum PromptOrder {
    /// Prefix, suffix, middle.
    Psm,
    /// Suffix, prefix, middle.
    Spm,
}

impl From<PromptOrder> for Order {
    fn from(order: PromptOrder) -> Self {
        match order {
            PromptOrder::Psm => Self::Psm,
            PromptOrder::Spm => Self::Spm,
        }
    }
}

impl EvalOptions {
    /// Whether this part is left out.
    fn lacks(&self, part: Part) -> bool {
        self.without.contains(&part)
    }
}

pub(crate) async fn main(options: &EvalOptions) -> Result<ExitCode> {
    let suite = &options.suite;
    let mut cases = read_suite(&read(suite)?).with_context(|| format!("cannot use {}", suite.display()))?;
    cases.retain(|case| options.kind.is_empty() || options.kind.contains(&case.kind));
    if cases.is_empty() {
        bail!("evaluate {}: it has no hole of the kinds that are asked for", suite.display());
    }
    if options.retrieval {
        let found = retrieval::run(&cases, options)?;
        note(&retrieval::table(&found));
        if options.json {
            terminal::json(&found)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut earlier = options.against.as_deref().map(outcomes).transpose()?;
    let mut cases = sample(cases, options.limit.unwrap_or(usize::MAX));
    let mut found = match &options.outcomes {
        Some(path) => outcomes(path)?,
        None => match run::run(&cases, options)? {
            Some(found) => found,
            None => return Ok(ExitCode::from(INTERRUPTED)),
        },
    };
    let asked = cases.len();
    let answered: HashSet<&str> = found.iter().map(|outcome| outcome.id.as_str()).collect();
    cases.retain(|case| answered.contains(case.id.as_str()));
    if cases.is_empty() {
        bail!("evaluate {}: no outcome is of one of its cases", suite.display());
    }
    let unanswered = asked - cases.len();
    if unanswered > 0 {
        note(&format!("{unanswered} of {asked} cases have no outcome: the figures are without them"));
    }
    let mut sandbox = None;
    if options.execute {
        let folder = suite.parent().unwrap_or(Path::new("."));
        sandbox = Some(execute::run(&cases, folder, &mut found)?);
    }
    parse::run(&cases, &mut found);
    if let Some(earlier) = &mut earlier {
        // By the same grammars, whatever the earlier run had.
        parse::run(&cases, earlier);
    }
    if let Some(path) = &options.output {
        let lines: Vec<String> = found.iter().map(write_outcome).collect();
        std::fs::write(path, lines.join("\n") + "\n").with_context(|| format!("write {}", path.display()))?;
    }

    let scores = scores(&cases, &found);
    let report = report(&model_name(options)?, &scores);
    note(&table::table(&report));
    if let Some(sandbox) = sandbox {
        note(&format!("tests ran with: {sandbox}"));
    }
    let (mut comparisons, mut by_kind) = (Vec::new(), BTreeMap::new());
    if let Some(earlier) = earlier {
        let before = self::scores(&cases, &earlier);
        if before.len() < scores.len() {
            let (missing, all) = (scores.len() - before.len(), scores.len());
            note(&format!("{missing} of {all} cases are not in the earlier run: compared without them"));
        }
        comparisons = compared(&before, &scores)?;
        for kind in Kind::ALL {
            let of_kind: Vec<Score> = scores.iter().filter(|score| score.kind == kind).cloned().collect();
            if let Ok(found) = compared(&before, &of_kind) {
                by_kind.insert(kind.name(), found);
            }
        }
        note(&table::comparisons(&comparisons, &by_kind));
    }
    if options.json {
        let mut json = serde_json::to_value(&report)?;
        json["unanswered"] = unanswered.into();
        if !comparisons.is_empty() {
            json["against"] = serde_json::to_value(&comparisons)?;
            json["against_by_kind"] = serde_json::to_value(&by_kind)?;
        }
        terminal::json(&json)?;
    }
    let is_worse = |comparison: &Comparison| comparison.is_worse(SIGNIFICANT);
    if comparisons.iter().any(is_worse) {
        note("worse than the earlier run by more than chance explains");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// All measures that any case has in both runs.
///
/// # Errors
/// When the runs have no case in common.
fn compared(before: &[Score], scores: &[Score]) -> Result<Vec<Comparison>, EvalError> {
    let mut found = Vec::new();
    for measure in Measure::ALL {
        match compare(measure, before, scores) {
            // Not every suite has files that can be parsed or run.
            Err(EvalError::Disjoint { .. }) if !measure.is_of_all() => {}
            one => found.push(one?),
        }
    }
    Ok(found)
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let names = Kind::ALL.map(Kind::name).join(", ");
        format!("it is none of {names}")
    })
}

fn scores(cases: &[Case], outcomes: &[Outcome]) -> Vec<Score> {
    let by_id: HashMap<&str, &Outcome> =
        outcomes.iter().map(|outcome| (outcome.id.as_str(), outcome)).collect();
    let one = |case: &Case| by_id.get(case.id.as_str()).map(|outcome| score(case, outcome));
    cases.iter().filter_map(one).collect()
}

fn outcomes(path: &Path) -> Result<Vec<Outcome>> {
    read_outcomes(&read(path)?).with_context(|| format!("cannot use {}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let length = std::fs::metadata(path).with_context(|| format!("open {name}"))?.len();
    if length > LARGEST {
        bail!("read {name}: it has {length} bytes, at most {LARGEST} are read");
    }
    std::fs::read(path).with_context(|| format!("read {name}"))
}

/// The id of a fetched model, or the start of a file's hash: a name that means one thing.
fn model_name(options: &EvalOptions) -> Result<String> {
    if let (Some(path), None) = (&options.outcomes, &options.engine.model) {
        return Ok(path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
    }
    let catalog = ghostlight_models::Catalog::builtin()?;
    let Some(name) = &options.engine.model else { return Ok(catalog.default) };
    if let Some(model) = catalog.find(name) {
        return Ok(model.id.clone());
    }
    let path = Path::new(name);
    let hash = sha256_file(path)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(format!("{stem}@{}", hash.get(..8).unwrap_or(&hash)))
}
