//! What speculation saves over a committed corpus of cursors.
//!
//! The native command line does the measuring (`ghostlight bench`), off and on
//! in turns; here its lines become a table with medians. The corpus is a list
//! of places in this repository's own files.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::sh;

const CORPUS: &str = "tests/bench/corpus/places.txt";

/// Measure decoding with speculation and without, natively on the CPU.
///
/// Both take turns at every place of the corpus, in one run. Fails when they do not give the same text.
#[derive(clap::Args)]
pub(crate) struct SpeculationOptions {
    /// Print everything as one JSON object on the last line too.
    #[arg(long)]
    json: bool,
    /// How often each place is completed each way.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// A list of places, FILE:LINE:COL each.
    #[arg(long, value_name = "PATH", default_value = CORPUS)]
    corpus: PathBuf,
    /// A GGUF file to use in place of the default model.
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
}

/// A line of `ghostlight bench`.
#[derive(Deserialize)]
#[serde(untagged)]
enum BenchLine {
    Place(Place),
    Costs { step_cost: Vec<f64> },
}

#[derive(Deserialize)]
struct Place {
    place: String,
    prompt_tokens: usize,
    tokens: usize,
    off_ms: f64,
    on_ms: f64,
    drafted: usize,
    accepted: usize,
}

/// What is printed of a place.
#[derive(Serialize)]
struct SpeculationRow {
    place: String,
    prompt_tokens: usize,
    tokens: usize,
    /// Tokens a second.
    off: f64,
    on: f64,
    /// Of the times: above 1, speculation is faster.
    ratio: f64,
    drafted: usize,
    accepted: usize,
}

#[derive(Serialize)]
struct Summary {
    rows: Vec<SpeculationRow>,
    /// Median over the places.
    ratio: f64,
    /// The place that gains least.
    least: f64,
    /// Of the time for all places.
    total: f64,
    drafted: usize,
    accepted: usize,
    /// Of steps of 1, 2, 3... tokens, in steps of one.
    step_cost: Vec<f64>,
}

pub(crate) fn main(options: &SpeculationOptions) -> Result<()> {
    let path = sh::root().join(&options.corpus);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let places = places(&text).into_iter().map(nearest).collect::<Result<Vec<_>>>()?;
    if places.is_empty() {
        bail!("{} has no places", path.display());
    }
    let mut command = sh::cargo();
    command.args(["run", "--release", "--quiet", "-p", "ghostlight", "--no-default-features", "--", "bench"]);
    command.args(["--rounds", &options.rounds.to_string()]);
    if let Some(model) = &options.model {
        let model = std::path::absolute(model).context("cannot find the model")?;
        command.arg("--model").arg(model);
    }
    command.args(&places);

    eprintln!("$ cargo run --release -p ghostlight --no-default-features -- bench ({} places)", places.len());
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let stdout = child.stdout.take().context("the output is a pipe")?;
    println!("| place | tokens | off, tok/s | on, tok/s | ratio | accepted of drafted |");
    println!("|---|---|---|---|---|---|");
    let (mut rows, mut costs) = (Vec::new(), Vec::new());
    let mut times = (0.0, 0.0);
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cannot read the measurements")?;
        match serde_json::from_str(&line).with_context(|| format!("not a measurement: {line}"))? {
            BenchLine::Costs { step_cost } => costs = step_cost,
            BenchLine::Place(place) => {
                times = (times.0 + place.off_ms, times.1 + place.on_ms);
                let row = SpeculationRow::from(place);
                println!(
                    "| `{}` | {} | {:.1} | {:.1} | {:.3} | {} of {} |",
                    row.place, row.tokens, row.off, row.on, row.ratio, row.accepted, row.drafted
                );
                rows.push(row);
            }
        }
    }
    let status = child.wait().context("cannot wait for the measurements")?;
    if !status.success() || rows.len() != places.len() {
        bail!("`ghostlight bench` failed ({status}) after {} of {} places", rows.len(), places.len());
    }

    let mut ratios: Vec<f64> = rows.iter().map(|row| row.ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let summary = Summary {
        ratio: ratios[(ratios.len() - 1) / 2],
        least: ratios[0],
        total: round(times.0 / times.1, 1e3),
        drafted: rows.iter().map(|row| row.drafted).sum(),
        accepted: rows.iter().map(|row| row.accepted).sum(),
        rows,
        step_cost: costs,
    };
    println!();
    println!(
        "median ratio {:.3}, least {:.3}, of the whole time {:.3}; accepted {} of {} drafted tokens",
        summary.ratio, summary.least, summary.total, summary.accepted, summary.drafted
    );
    println!("a step of 1, 2, 3... tokens costs {:?} steps of one", summary.step_cost);
    if options.json {
        println!("{}", serde_json::to_string(&summary)?);
    }
    Ok(())
}

impl From<Place> for SpeculationRow {
    fn from(place: Place) -> Self {
        let rate = |ms: f64| if ms > 0.0 { round(place.tokens as f64 / ms * 1e3, 10.0) } else { 0.0 };
        let (off, on) = (rate(place.off_ms), rate(place.on_ms));
        let ratio = if place.on_ms > 0.0 { round(place.off_ms / place.on_ms, 1e3) } else { 1.0 };
        let Place { place, prompt_tokens, tokens, drafted, accepted, .. } = place;
        Self { place, prompt_tokens, tokens, off, on, ratio, drafted, accepted }
    }
}

fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// The places of a list; lines that begin with `#` are notes.
fn places(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// The place, or the nearest to it that is still there: these files are edited every day.
fn nearest(place: &str) -> Result<String> {
    let parts = place.rsplit_once(':').and_then(|(rest, column)| {
        let (file, line) = rest.rsplit_once(':')?;
        Some((file, line.parse::<usize>().ok()?, column.parse::<usize>().ok()?))
    });
    let (file, line, column) = parts.with_context(|| format!("`{place}` is not FILE:LINE:COL"))?;
    let text =
        std::fs::read_to_string(sh::root().join(file)).with_context(|| format!("cannot read {file}"))?;
    let line = line.clamp(1, text.lines().count().max(1));
    let width = text.lines().nth(line - 1).map_or(0, |line| line.chars().count());
    Ok(format!("{file}:{line}:{}", column.clamp(1, width + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_corpus_is_there() {
        let text = std::fs::read_to_string(sh::root().join(CORPUS)).unwrap();
        let places = places(&text);
        assert!(places.len() >= 24, "{} places", places.len());
        for place in places {
            nearest(place).unwrap();
        }
        assert!(nearest("README.md:100000:100000").unwrap().starts_with("README.md:"));
        assert!(nearest("README.md").is_err() && nearest("no such file:1:1").is_err());
    }

    #[test]
    fn lines_of_the_program_are_understood() {
        let place = r#"{"place":"a.rs:1:2","prompt_tokens":9,"tokens":20,"off_ms":200.0,"on_ms":100.0,"drafted":8,"accepted":7}"#;
        let Ok(BenchLine::Place(place)) = serde_json::from_str(place) else { panic!("a place") };
        let row = SpeculationRow::from(place);
        assert_eq!((row.off, row.on, row.ratio), (100.0, 200.0, 2.0));
        let Ok(BenchLine::Costs { step_cost }) = serde_json::from_str(r#"{"step_cost":[1.0,1.5]}"#) else {
            panic!("costs")
        };
        assert_eq!(step_cost, [1.0, 1.5]);
    }
}
