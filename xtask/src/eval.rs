//! What the suggestions are worth: suite, program, figures.
//!
//! The suite is built once from pinned packages (`tests/eval/build.py`) and kept
//! in the cache, since its text is not ours to commit. The figures of a whole run
//! go into `tests/eval/scores.csv` with `--record`, and are reviewed as code is.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use ghostlight_models::Cache;
use serde_json::Value;

use crate::stamp::{Inputs, Stamp};
use crate::{setup, sh};

const FOLDER: &str = "tests/eval";
const SCORES: &str = "tests/eval/scores.csv";
const HEADER: &str = "suite,model,configuration,group,cases,exact_match,exact_low,exact_high,whole_exact,\
                      edit_similarity,edit_low,edit_high,whole_edit,bleu4,first_line,prefix_accepted,shown,keys_saved,parsed,parse_rate,\
                      executed,pass_rate,tokens";

const PARTS_TABLE: &str = "tests/eval/parts.csv";
const PARTS_HEADER: &str = "without,cases,exact_match,whole_exact,edit_similarity,prefix_accepted,keys_saved,shown,parse_rate,\
                            exact_change,exact_p,whole_change,whole_p,edit_change,edit_p,saved_change,saved_p,parses_change,parses_p";

const ORDERS_TABLE: &str = "tests/eval/orders.csv";
const ORDERS_HEADER: &str = "model,order,kind,cases,exact_match,edit_similarity,keys_saved,parse_rate,\
                             exact_change,exact_p,edit_change,edit_p,saved_change,saved_p";

/// What `--parts` leaves out in turn.
const PARTS: &[&str] =
    &["trees", "workspace", "threshold", "guard", "lines", "healing", "scope", "whole", "valid", "filters"];

/// A suite that is made of packages, and what it is made with.
struct Built {
    /// In the cache.
    folder: &'static str,
    file: &'static str,
    /// In `FOLDER`; the first is the program that builds it.
    inputs: &'static [&'static str],
    /// Those of the recipe.
    corpus: &'static [&'static str],
}

const FULL: Built = Built {
    folder: "eval",
    file: "suite.jsonl",
    inputs: &["build.py", "executed.py", "packages.json", "executed"],
    corpus: &["files.py", "licences.py", "packages.py", "spans.py"],
};

const HUMANEVAL: Built = Built {
    folder: "eval-humaneval",
    file: "humaneval-infilling.jsonl",
    inputs: &["humaneval.py"],
    corpus: &["packages.py"],
};

/// Measure what suggestions are worth, natively on all cores.
///
/// Builds the suite at the first run, which fetches the packages of tests/eval/packages.json. The last line is
/// one JSON object with --json.
#[derive(clap::Args)]
pub(crate) struct EvalOptions {
    /// Print all figures as one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// A GGUF file, or the id of a fetched model [default: the default model].
    #[arg(long, value_name = "PATH|ID")]
    model: Option<String>,
    /// `full`, `sample` (a few committed cases), `humaneval-infilling` (single lines and random spans of
    /// HumanEval's solutions), or `path:FILE` for a suite of JSON lines.
    #[arg(long, value_name = "NAME|path:FILE", default_value = "full")]
    suite: String,
    /// A part of the suite that stands for the whole: so many cases, the same each time.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only holes of this kind, such as `single_line`; may be given several times.
    #[arg(long, value_name = "KIND", conflicts_with_all = ["record", "parts"])]
    kind: Vec<String>,
    /// The bare model, without filters.
    #[arg(long)]
    raw: bool,
    /// Leave out a part of what makes a suggestion: see `ghostlight eval --help`.
    #[arg(long, value_name = "PART", conflicts_with_all = ["raw", "record"])]
    without: Vec<String>,
    /// Leave out one part after the other, and write what each is worth into tests/eval/parts.csv.
    #[arg(long, conflicts_with_all = ["raw", "record", "without", "output", "outcomes", "against"])]
    parts: bool,
    /// Ask for all holes prefix first, then suffix first, and write how each kind of hole fares in comparison with
    /// what an editor gets into tests/eval/orders.csv.
    #[arg(long, conflicts_with_all = ["raw", "record", "without", "parts", "output", "outcomes", "against"])]
    orders: bool,
    /// Do not run the tests of cases that have some.
    #[arg(long)]
    no_execute: bool,
    /// Write what was suggested to this file.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Take suggestions from such a file instead of asking the model.
    #[arg(long, value_name = "FILE")]
    outcomes: Option<PathBuf>,
    /// Compare with what --output wrote earlier; fails when this run is worse by more than chance explains.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Write the figures into tests/eval/scores.csv.
    #[arg(long)]
    record: bool,
    /// Build the suite and stop.
    #[arg(long)]
    build_only: bool,
}

pub(crate) fn main(options: &EvalOptions) -> Result<()> {
    let suite = suite(&options.suite)?;
    if options.build_only {
        println!("{}", suite.display());
        return Ok(());
    }
    if options.model.is_none() {
        crate::setup::ensure(&[crate::setup::Part::Model])?;
    }
    if options.parts {
        return parts(options, &suite);
    }
    if options.orders {
        return orders(options, &suite);
    }
    let (report, is_well) = ask(options, &suite, &[])?;
    if options.record {
        let suite = recorded_as(&options.suite, options.limit);
        let old = std::fs::read_to_string(sh::root().join(SCORES)).unwrap_or_default();
        let configuration = if options.raw { "raw" } else { "session" };
        write(SCORES, &recorded(&old, &suite, configuration, &report)?)?;
    }
    if options.json {
        println!("{report}");
    }
    if !is_well {
        bail!("`ghostlight eval` failed");
    }
    Ok(())
}

/// The report of a run, and whether it was no worse than the one that it was compared with.
fn ask(options: &EvalOptions, suite: &Path, more: &[&OsStr]) -> Result<(Value, bool)> {
    let mut command = sh::cargo();
    command.args(["run", "--release", "--quiet", "-p", "ghostlight", "--no-default-features"]);
    // Trees, as the packs of a browser give them; WebGPU would be most of the build.
    command.args(["--features", "grammars", "--", "eval"]);
    command.arg(suite).arg("--json").args(more);
    if let Some(model) = &options.model {
        let path = PathBuf::from(model);
        command.arg("--model").arg(if path.is_file() { std::path::absolute(path)? } else { path });
    }
    if let Some(limit) = options.limit {
        command.args(["--limit", &limit.to_string()]);
    }
    // What was suggested earlier is not asked for again; here it is told what it was.
    if options.raw && options.outcomes.is_none() {
        command.arg("--raw");
    }
    for kind in &options.kind {
        command.args(["--kind", kind]);
    }
    for part in &options.without {
        command.args(["--without", part]);
    }
    if !options.no_execute && !options.parts && !options.orders {
        command.arg("--execute");
    }
    let files =
        [("--output", &options.output), ("--outcomes", &options.outcomes), ("--against", &options.against)];
    for (name, path) in files {
        if let Some(path) = path {
            command.arg(name).arg(std::path::absolute(path)?);
        }
    }
    eprintln!("$ {}", sh::line(&command));
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(report) = text.lines().last().and_then(|line| serde_json::from_str::<Value>(line).ok()) else {
        bail!("`ghostlight eval` failed ({})", output.status);
    };
    Ok((report, output.status.success()))
}

fn write(name: &str, text: &str) -> Result<()> {
    let path = sh::root().join(name);
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("{name} has the figures");
    Ok(())
}

/// The same cases with everything, then without each part in turn.
fn parts(options: &EvalOptions, suite: &Path) -> Result<()> {
    let whole = crate::workspace::Metadata::load()?.target_directory.join("eval-parts.jsonl");
    let (report, _) = ask(options, suite, &["--output".as_ref(), whole.as_os_str()])?;
    let mut rows = vec![part_row("nothing", &report)];
    for part in PARTS {
        let more = ["--without".as_ref(), OsStr::new(part), "--against".as_ref(), whole.as_os_str()];
        // To be worse is what a part is for.
        let (report, _) = ask(options, suite, &more)?;
        rows.push(part_row(part, &report));
    }
    let table = format!("{PARTS_HEADER}\n{}\n", rows.join("\n"));
    write(PARTS_TABLE, &table)?;
    print!("{table}");
    Ok(())
}

/// All holes as an editor asks for them, then all in one order and all in the other, by kind of hole.
fn orders(options: &EvalOptions, suite: &Path) -> Result<()> {
    let editor = crate::workspace::Metadata::load()?.target_directory.join("eval-orders.jsonl");
    let (report, _) = ask(options, suite, &["--output".as_ref(), editor.as_os_str()])?;
    let mut rows = order_rows("editor", &report);
    for order in ["psm", "spm"] {
        let more = ["--order".as_ref(), OsStr::new(order), "--against".as_ref(), editor.as_os_str()];
        // One of them is worse; that is what is asked.
        let (report, _) = ask(options, suite, &more)?;
        rows.extend(order_rows(order, &report));
    }
    let table = format!("{ORDERS_HEADER}\n{}\n", rows.join("\n"));
    write(ORDERS_TABLE, &table)?;
    print!("{table}");
    Ok(())
}

/// A row for all holes and for each kind: figures, and how they differ from what an editor gets, with
/// the probability of chance alone.
fn order_rows(order: &str, report: &Value) -> Vec<String> {
    let by_kind = report["by_kind"].as_object().into_iter().flatten();
    let kinds = by_kind.map(|(kind, row)| (kind.as_str(), row, &report["against_by_kind"][kind]));
    let row = |(kind, row, against): (&str, &Value, &Value)| {
        let model = report["model"].as_str().unwrap_or_default();
        let mut line = format!("{model},{order},{kind}");
        for name in ["cases", "exact_match", "edit_similarity", "keys_saved", "parse_rate"] {
            line += &format!(",{}", number(&row[name]));
        }
        line + &differences(against, &["exact_match", "edit_similarity", "saved"])
    };
    std::iter::once(("all", &report["all"], &report["against"])).chain(kinds).map(row).collect()
}

/// Difference and probability of each measure, as columns.
fn differences(against: &Value, measures: &[&str]) -> String {
    let rows = against.as_array().into_iter().flatten();
    let by_measure: BTreeMap<&str, &Value> =
        rows.filter_map(|one| Some((one["measure"].as_str()?, one))).collect();
    let mut columns = String::new();
    for measure in measures {
        let one = by_measure.get(measure).copied().unwrap_or(&Value::Null);
        columns += &format!(",{},{}", number(&one["difference"]["mean"]), number(&one["p"]));
    }
    columns
}

/// What is left without a part, and what that changed; a probability is that of chance alone.
fn part_row(part: &str, report: &Value) -> String {
    let all = &report["all"];
    let mut row = format!("{part},{}", number(&report["cases"]));
    for name in [
        "exact_match",
        "whole_exact",
        "edit_similarity",
        "prefix_accepted",
        "keys_saved",
        "shown",
        "parse_rate",
    ] {
        row += &format!(",{}", number(&all[name]));
    }
    let measures = ["exact_match", "whole_exact", "edit_similarity", "saved", "parses"];
    row + &differences(&report["against"], &measures)
}

/// The suite's file, built if need be.
fn suite(name: &str) -> Result<PathBuf> {
    let folder = sh::root().join(FOLDER);
    if let Some(path) = name.strip_prefix("path:") {
        return std::path::absolute(path).with_context(|| format!("cannot find {path}"));
    }
    let built = match name {
        "sample" => return Ok(folder.join("sample.jsonl")),
        "full" => &FULL,
        "humaneval-infilling" => &HUMANEVAL,
        _ => bail!("there is no suite {name:?}: full, sample, humaneval-infilling or path:FILE"),
    };
    let out = Cache::from_env()?.root().join(built.folder);
    let suite = out.join(built.file);
    let mut inputs = Inputs::new("evaluation suite");
    for name in built.inputs {
        inputs.path(&folder.join(name))?;
    }
    for name in built.corpus {
        inputs.path(&sh::root().join("models/recipe/corpus").join(name))?;
    }
    Stamp::at(out.join("built")).renew(inputs, &[&suite], || {
        // Without the files that Python keeps beside the scripts.
        sh::run(sh::command(setup::python()).arg("-B").arg(folder.join(built.inputs[0])).arg(&out))
    })?;
    Ok(suite)
}

/// What a suite is called in the table: a file of somebody's by its name, and a part of a suite as such.
fn recorded_as(suite: &str, limit: Option<usize>) -> String {
    let name = match suite.strip_prefix("path:") {
        Some(path) => {
            let stem = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
            // A comma would be another column, and a slash says that it is a part.
            format!("path:{}", stem.replace([',', '/', '\n', '\r'], "_"))
        }
        None => suite.to_owned(),
    };
    limit.map_or_else(|| name.clone(), |limit| format!("{name}/{limit}"))
}

/// The table with this run's rows in the place of older ones. A whole suite takes the place of its parts too.
fn recorded(old: &str, suite: &str, configuration: &str, report: &Value) -> Result<String> {
    let model = report["model"].as_str().context("the report names its model")?;
    let key = format!("{suite},{model},{configuration},");
    let is_replaced = |line: &str| {
        let part = line.strip_prefix(suite).and_then(|rest| rest.strip_prefix('/')?.split_once(','));
        line.starts_with(&key)
            || part.is_some_and(|(_, rest)| rest.starts_with(&format!("{model},{configuration},")))
    };
    let kept = old.lines().skip(1).filter(|line| !line.is_empty() && !is_replaced(line));
    let mut lines: Vec<String> = kept.map(str::to_owned).collect();
    let groups = |name: &str, prefix: &str| -> Vec<(String, Value)> {
        let groups = report[name].as_object().into_iter().flatten();
        groups.map(|(group, row)| (format!("{prefix}{group}"), row.clone())).collect()
    };
    let mut rows = vec![("all".to_owned(), report["all"].clone())];
    rows.extend(groups("by_kind", "kind:"));
    rows.extend(groups("by_language", "language:"));
    for (group, row) in rows {
        let mut line = format!("{key}{group}");
        let (exact, edit) = (&row["exact_match_interval"], &row["edit_similarity_interval"]);
        for value in [
            &row["cases"],
            &row["exact_match"],
            &exact[0],
            &exact[1],
            &row["whole_exact"],
            &row["edit_similarity"],
            &edit[0],
            &edit[1],
            &row["whole_edit"],
            &row["bleu4"],
            &row["first_line"],
            &row["prefix_accepted"],
            &row["shown"],
            &row["keys_saved"],
            &row["parsed"],
            &row["parse_rate"],
            &row["executed"],
            &row["pass_rate"],
            &row["tokens"],
        ] {
            write!(line, ",{}", number(value))?;
        }
        lines.push(line);
    }
    lines.sort();
    Ok(format!("{HEADER}\n{}\n", lines.join("\n")))
}

/// A number of the report; nothing where it has none.
fn number(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_replaces_its_own_rows_only() {
        let row = |exact: f64| {
            serde_json::json!({
                "cases": 2, "exact_match": exact, "exact_match_interval": [0.0, 1.0], "whole_exact": 0.125, "edit_similarity": 0.5,
                "edit_similarity_interval": [0.25, 0.75], "whole_edit": 0.375, "bleu4": 0.5, "first_line": 0.5, "prefix_accepted": 0.5,
                "shown": 1.0, "keys_saved": 0.1, "parsed": 0, "parse_rate": null, "executed": 0, "pass_rate": null, "tokens": 9.5,
            })
        };
        let report = |exact| serde_json::json!({ "model": "m", "all": row(exact), "by_kind": { "block": row(exact) }, "by_language": {} });
        let first = recorded("", "full", "session", &report(0.5)).unwrap();
        assert_eq!(first.lines().count(), 3);
        assert_eq!(first.lines().next().unwrap().split(',').count(), 23);
        assert!(first.lines().all(|line| line.split(',').count() == 23), "{first}");
        assert!(first.contains(
            "full,m,session,kind:block,2,0.5,0.0,1.0,0.125,0.5,0.25,0.75,0.375,0.5,0.5,0.5,1.0,0.1,0,,0,,9.5"
        ));
        let second = recorded(&first, "full", "raw", &report(0.25)).unwrap();
        assert_eq!(second.lines().count(), 5);
        let third = recorded(&second, "full", "session", &report(0.75)).unwrap();
        assert_eq!(third.lines().count(), 5);
        assert!(third.contains("session,all,2,0.75") && !third.contains("session,all,2,0.5"));
        // A part does not touch the whole; the whole replaces its part of the same configuration.
        let part = recorded(
            &recorded(&third, "full/9", "raw", &report(0.1)).unwrap(),
            "full/9",
            "session",
            &report(0.1),
        );
        let part = part.unwrap();
        assert_eq!(part.lines().count(), 9);
        let whole = recorded(&part, "full", "session", &report(0.5)).unwrap();
        assert_eq!(whole.lines().count(), 7);
        assert!(whole.contains("full/9,m,raw,all") && !whole.contains("full/9,m,session"));
    }

    #[test]
    fn a_recorded_suite_names_no_folder() {
        assert_eq!(recorded_as("full", None), "full");
        assert_eq!(recorded_as("full", Some(120)), "full/120");
        assert_eq!(recorded_as("path:some/folder/a,b.jsonl", Some(2)), "path:a_b/2");
    }

    #[test]
    fn the_committed_table_has_the_columns() {
        let text = std::fs::read_to_string(sh::root().join(SCORES)).unwrap();
        assert_eq!(text.lines().next(), Some(HEADER));
        assert!(text.lines().skip(1).all(|line| line.split(',').count() == HEADER.split(',').count()));
        assert!(
            text.lines()
                .any(|line| line.starts_with("full") && line.contains(",smollm2-135m-q4_1,session,all,"))
        );
    }

    #[test]
    fn orders_are_compared_kind_by_kind() {
        let report = serde_json::json!({
            "model": "m", "all": { "cases": 3, "exact_match": 0.5, "keys_saved": 0.25 },
            "by_kind": { "block": { "cases": 1, "exact_match": 1.0 } },
            "against": [{ "measure": "exact_match", "difference": { "mean": -0.25 }, "p": 0.5 }],
            "against_by_kind": { "block": [{ "measure": "saved", "difference": { "mean": 0.125 }, "p": 1.0 }] },
        });
        let rows = order_rows("psm", &report);
        assert_eq!(rows, ["m,psm,all,3,0.5,,0.25,,-0.25,0.5,,,,", "m,psm,block,1,1.0,,,,,,,,0.125,1.0"]);
        assert!(rows.iter().all(|row| row.split(',').count() == ORDERS_HEADER.split(',').count()));
    }

    #[test]
    fn the_suites_packages_are_pinned() {
        let text = std::fs::read_to_string(sh::root().join(FOLDER).join("packages.json")).unwrap();
        let lock: Value = serde_json::from_str(&text).unwrap();
        for entry in lock["packages"].as_array().unwrap() {
            let name = entry["package"].as_str().unwrap();
            assert!(!name.ends_with("@*"), "{name} has no version");
            assert_eq!(entry["sha256"].as_str().map(str::len), Some(64), "{name}");
            assert!(entry["licence"].is_string(), "{name}");
        }
    }
}
