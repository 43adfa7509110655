//! Figures for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use ghostlight_eval::{Comparison, Kind, Measure, Report, Row};

/// The report as a table.
pub(super) fn table(report: &Report) -> String {
    let mut out = format!("{}: {} cases\n", report.model, report.cases);
    let _ = writeln!(
        out,
        "{:<16} {:>5} {:>17} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8}",
        "",
        "cases",
        "exact, %",
        "whole",
        "edit",
        "bleu",
        "line",
        "start",
        "shown",
        "saved",
        "parses",
        "passes",
        "ms"
    );
    line(&mut out, "all", &report.all);
    for kind in Kind::ALL {
        if let Some(row) = report.by_kind.get(kind.name()) {
            line(&mut out, kind.name(), row);
        }
    }
    for (language, row) in &report.by_language {
        line(&mut out, if language.is_empty() { "(no language)" } else { language }, row);
    }
    out
}

fn line(out: &mut String, name: &str, row: &Row) {
    let percent = |rate: f64| rate * 100.0;
    let (low, high) = row.exact_match_interval;
    let exact = format!("{:.1} ({:.0} to {:.0})", percent(row.exact_match), percent(low), percent(high));
    let known =
        |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1}", percent(rate)));
    let (parses, passes) = (known(row.parse_rate), known(row.pass_rate));
    let _ = writeln!(
        out,
        "{name:<16} {:>5} {exact:>17} {:>6.1} {:>6.1} {:>6.1} {:>6.1} {:>6.1} {:>6.1} {:>6.1} {parses:>6} {passes:>6} {:>8.0}",
        row.cases,
        percent(row.whole_exact),
        percent(row.edit_similarity),
        percent(row.bleu4),
        percent(row.first_line),
        percent(row.prefix_accepted),
        percent(row.shown),
        percent(row.keys_saved),
        row.ms_p50,
    );
}

/// What changed against an earlier run: in all, then kind by kind.
pub(super) fn comparisons(all: &[Comparison], by_kind: &BTreeMap<&str, Vec<Comparison>>) -> String {
    let mut out = String::from("against the earlier run:\n");
    for found in all {
        compared(&mut out, "", found);
    }
    for (kind, found) in by_kind {
        let is_shown = |measure| matches!(measure, Measure::ExactMatch | Measure::Saved | Measure::Parses);
        for found in found.iter().filter(|found| is_shown(found.measure)) {
            compared(&mut out, kind, found);
        }
    }
    out
}

fn compared(out: &mut String, kind: &str, found: &Comparison) {
    let Comparison { cases, first, second, difference, p, better, worse, .. } = found;
    let measure = serde_json::to_value(found.measure).unwrap_or_default();
    let name = format!("{kind} {}", measure.as_str().unwrap_or_default());
    let _ = writeln!(
        out,
        "{:<27} {first:.4} to {second:.4} on {cases} cases: {:+.4} ({:+.4} to {:+.4}), p = {p:.4}, better {better}, worse {worse}",
        name.trim_start(),
        difference.mean,
        difference.low,
        difference.high,
    );
}
