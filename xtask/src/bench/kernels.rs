//! Every operation of real models beside the machine's own limits, natively and in Chromium.
//!
//! The rows are a table of the model crate that tests also compare with plain
//! operations (`core/model/src/timing.rs`). Native rows come from `ghostlight
//! bench --kernels`, those of the browser from the built engine in a worker.

use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::setup::{self, Part};
use crate::{build, node, sh};

/// Measure each operation against a copy and a bare dot-product loop, natively and in the browser.
#[derive(clap::Args)]
pub(crate) struct KernelsOptions {
    /// How often each row is measured; the median counts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Build of the engine to measure in the browser.
    #[arg(long, default_value = "cpu-relaxed")]
    build: String,
    /// Print everything as one JSON object on the last line too.
    #[arg(long)]
    json: bool,
    /// Measure what is built, without building anew.
    #[arg(long)]
    no_build: bool,
}

/// One place where rows were measured.
#[derive(Serialize)]
struct KernelReport {
    /// `native` or `browser`.
    place: &'static str,
    /// Instruction set.
    variant: String,
    /// Of a loop of dot products, 10^9 multiply-accumulates a second.
    peak_gmacs: f64,
    /// Of a copy, 10^9 bytes a second.
    peak_gigabytes: f64,
    rows: Vec<KernelRow>,
}

#[derive(Serialize, Deserialize)]
struct KernelRow {
    row: String,
    ms: f64,
    gmacs: f64,
    gigabytes: f64,
}

/// The first line: the machine's own limits.
#[derive(Deserialize)]
struct Limits {
    #[serde(alias = "row")]
    variant: String,
    gmacs: Option<f64>,
    gigabytes: Option<f64>,
}

pub(crate) fn main(options: &KernelsOptions) -> Result<()> {
    setup::ensure(&[Part::Wasm, Part::Node, Part::Bindgen, Part::Chromium])?;
    if !options.no_build {
        build::main(&build::BuildOptions::default())?;
    }
    let rounds = options.rounds.to_string();
    let mut native = sh::cargo();
    native.args(["run", "--release", "--quiet", "-p", "ghostlight", "--no-default-features", "--"]);
    native.args(["bench", "--kernels", "--threads", "1", "--rounds", &rounds]);
    let mut browser = node::script("tests/bench/kernels.mjs");
    browser.args([&options.build, &rounds]);
    let reports = [measure("native", &mut native)?, measure("browser", &mut browser)?];
    for report in &reports {
        println!("{} ({}), one thread", report.place, report.variant);
        println!(
            "limits: {:.1} GMAC/s of bare dot products, {:.1} GB/s of a copy\n",
            report.peak_gmacs, report.peak_gigabytes
        );
        println!("| operation | us | GMAC/s | of the dot products | GB/s | of the copy |");
        println!("|---|--:|--:|--:|--:|--:|");
        for row in &report.rows {
            println!(
                "| {} | {:.1} | {:.1} | {:.0} % | {:.1} | {:.0} % |",
                row.row,
                row.ms * 1e3,
                row.gmacs,
                100.0 * row.gmacs / report.peak_gmacs,
                row.gigabytes,
                100.0 * row.gigabytes / report.peak_gigabytes
            );
        }
        println!();
    }
    if options.json {
        println!("{}", serde_json::to_string(&reports)?);
    }
    Ok(())
}

fn measure(place: &'static str, command: &mut Command) -> Result<KernelReport> {
    eprintln!("$ {}", sh::line(command));
    parse(place, &sh::output(command)?)
}

/// Limits on the first line, a row on each that follows.
fn parse(place: &'static str, text: &str) -> Result<KernelReport> {
    let mut lines = text.lines();
    let first = lines.next().context("nothing was measured")?;
    let limits: Limits = serde_json::from_str(first).with_context(|| format!("not limits: {first}"))?;
    let rows = lines
        .map(|line| serde_json::from_str(line).with_context(|| format!("not a row: {line}")))
        .collect::<Result<_>>()?;
    Ok(KernelReport {
        place,
        variant: limits.variant,
        peak_gmacs: limits.gmacs.unwrap_or(f64::NAN),
        peak_gigabytes: limits.gigabytes.unwrap_or(f64::NAN),
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_programs_are_understood() {
        let native = r#"{"variant":"avx2","threads":1,"gmacs":90.0,"gigabytes":20.0}
{"row":"linear Q4_1 8x32 x1","ms":0.5,"gmacs":45.0,"gigabytes":10.0}"#;
        let report = parse("native", native).unwrap();
        assert_eq!((report.variant.as_str(), report.rows.len(), report.peak_gmacs), ("avx2", 1, 90.0));
        let browser = r#"{"row":"simd128","ms":0.0,"gmacs":9.0,"gigabytes":2.0}"#;
        assert_eq!(parse("browser", browser).unwrap().variant, "simd128");
        assert!(parse("browser", "").is_err() && parse("browser", "{}").is_err());
    }
}
