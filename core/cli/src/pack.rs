//! `ghostlight models convert` and `quantize`: what was written, tensor by tensor.
//!
//! The work is done in `ghostlight-models`; here are the table and the totals.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use ghostlight_models::{Recipe, Target, TensorReport, Terminal};
use ghostlight_text::printable;
use serde::Serialize;

use crate::args::{ConvertOptions, PackingOptions, PrepareOptions, QuantizeOptions};
use crate::models;
use crate::terminal::{JsonLines, note, print};

pub(crate) fn convert(options: &ConvertOptions) -> Result<ExitCode> {
    let choice = ghostlight_models::ConvertOptions {
        target: target(&options.packing),
        pre_tokenizer: options.pre.clone(),
        name: options.name.clone(),
    };
    let reports =
        ghostlight_models::convert(&options.folder, &options.output, &choice, &mut Terminal::new())?;
    show(&reports, options.packing.json)
}

pub(crate) fn quantize(options: &QuantizeOptions) -> Result<ExitCode> {
    let input = models::locate(Some(&options.model))?;
    let reports = ghostlight_models::requantize(
        &input,
        &options.output,
        target(&options.packing),
        &mut Terminal::new(),
    )?;
    show(&reports, options.packing.json)
}

pub(crate) fn prepare(options: &PrepareOptions) -> Result<ExitCode> {
    let input = models::locate(Some(&options.model))?;
    let mut recipe = Recipe::builtin(&options.recipe)?;
    for change in &options.tensors {
        let Some((tensor, ty)) = change.split_once('=') else {
            bail!("read --tensor {change}: give a tensor and a type, as in blk.0.ffn_down.weight=q8_0");
        };
        recipe = recipe.with_type(tensor, ty)?;
    }
    let report = ghostlight_models::prepare(&input, &options.output, &recipe, &mut Terminal::new())?;
    show(&report.tensors, options.json)?;
    let sha256 = ghostlight_models::sha256_file(&options.output)?;
    let bytes = std::fs::metadata(&options.output)?.len();
    note(&format!(
        "{} of {} tokens stay; {bytes} bytes, sha256 {sha256}",
        report.tokens, report.tokens_before
    ));
    Ok(ExitCode::SUCCESS)
}

fn target(options: &PackingOptions) -> Target {
    let usual = Target::of(options.ty);
    Target { embeddings: options.embeddings.unwrap_or(usual.embeddings), ..usual }
}

/// A line of `--json`.
#[derive(Serialize)]
struct PackRow<'a> {
    name: &'a str,
    from: &'static str,
    to: &'static str,
    elements: u64,
    bytes: u64,
    /// Root mean square of what was lost, in parts of the root mean square of the weights.
    error: f64,
}

fn show(reports: &[TensorReport], json: bool) -> Result<ExitCode> {
    if json {
        let mut lines = JsonLines::new();
        for TensorReport { name, from, to, elements, bytes, error } in reports {
            let (from, to) = (from.name(), to.name());
            let row = PackRow { name, from, to, elements: *elements, bytes: *bytes, error: *error };
            lines.write(&row)?;
        }
        lines.end()?;
    } else {
        let mut out = String::new();
        let width = reports.iter().map(|report| report.name.len()).max().unwrap_or(0);
        for report in reports {
            let name = printable(&report.name);
            let TensorReport { from, to, bytes, error, .. } = report;
            let (from, to) = (from.name(), to.name());
            writeln!(
                out,
                "{name:width$}  {from:>5} > {to:<5} {bytes:>12} bytes  error {:.3} %",
                error * 100.0
            )?;
        }
        let bytes: u64 = reports.iter().map(|report| report.bytes).sum();
        let changed = reports.iter().filter(|report| report.error > 0.0);
        let worst = changed.max_by(|a, b| a.error.total_cmp(&b.error));
        write!(out, "{} tensors, {bytes} bytes", reports.len())?;
        match worst {
            Some(worst) => {
                writeln!(out, ", most lost in {}: {:.3} %", printable(&worst.name), worst.error * 100.0)?;
            }
            None => writeln!(out, ", nothing lost")?,
        }
        print(&out)?;
    }
    Ok(ExitCode::SUCCESS)
}
