//! What a browser downloads and what the edge's platform takes, in bytes: measured, committed, and held to a limit.
//!
//! `tests/sizes.json` has a row a build: raw, gzip and brotli bytes as last
//! measured, and the brotli limit, which only people change. `--check` fails for
//! a build over its limit, and for one that moved away from its row by more than
//! compilers and paths explain, so that a change of size is always seen in review.
//! Beside it the crates of the largest engine for the CPU have a budget each (`crates.rs`), so
//! that a limit that comes near says who came nearer.

mod crates;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use self::crates::Budgets;
use crate::workspace::Metadata;
use crate::{edge, modules, packs, sh};

const TABLE: &str = "tests/sizes.json";

/// The row of the edge worker's WebAssembly.
const EDGE: &str = "edge";

/// Most gzip bytes that a worker may have on Cloudflare's smallest plan.
const MOST_GZIP: u64 = 3 << 20;

/// How far a measurement may be from its row without being news, in percent.
const TOLERANCE: u64 = 2;

/// Measure the wasm builds and write tests/sizes.json.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Change nothing; fail when a build is over its limit or the table is out of date.
    #[arg(long)]
    pub(crate) check: bool,
    /// Only the crates of the engine, which needs only the build cpu-threads.
    #[arg(long)]
    pub(crate) crates: bool,
}

/// One build, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    raw: u64,
    gzip: u64,
    brotli: u64,
    /// Most brotli bytes that the build may have.
    brotli_limit: u64,
}

type Builds = BTreeMap<String, Row>;

/// What is committed.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Table {
    builds: Builds,
    /// The crates of the build [`BUDGETED`].
    crates: Budgets,
}

/// The build whose crates have budgets: that with the most features for the CPU.
const BUDGETED: &str = "cpu-threads";

pub(crate) fn main(options: &Options) -> Result<()> {
    let path = sh::root().join(TABLE);
    let committed: Table = match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("cannot read {TABLE}"))?,
        Err(_) => Table::default(),
    };
    let measured = Table {
        builds: if options.crates { committed.builds.clone() } else { measure_builds(&committed.builds)? },
        crates: measure_crates(&committed.crates)?,
    };
    if options.check {
        let mut faults = compare(&committed.builds, &measured.builds);
        faults.extend(crates::compare(&committed.crates, &measured.crates));
        if !faults.is_empty() {
            bail!("{}", faults.join("; "));
        }
    } else {
        std::fs::write(&path, serde_json::to_string_pretty(&measured)? + "\n")
            .with_context(|| format!("cannot write {TABLE}"))?;
    }
    Ok(())
}

/// Measures and prints what is downloaded.
fn measure_builds(committed: &Builds) -> Result<Builds> {
    // The tests' own build of the worker may stand there, without optimisation.
    let worker = edge::worker(false)?;
    let modules = modules::VARIANTS.iter().map(|variant| (variant.name.to_owned(), variant.wasm()));
    let mut measured = Builds::new();
    for (name, wasm) in modules.chain(packs::files()).chain([(EDGE.to_owned(), worker)]) {
        if !wasm.is_file() {
            bail!("{name} is not built: run `cargo xtask build`");
        }
        let limit = committed.get(&name).map(|row| row.brotli_limit);
        let row = measure(&wasm, limit)?;
        measured.insert(name, row);
    }
    println!("{:<17} {:>12} {:>12} {:>12} {:>12}", "build", "raw", "gzip", "brotli", "limit");
    for (name, row) in &measured {
        println!("{name:<17} {:>12} {:>12} {:>12} {:>12}", row.raw, row.gzip, row.brotli, row.brotli_limit);
    }
    println!();
    Ok(measured)
}

/// Measures and prints the crates of the build that has budgets, the largest first.
fn measure_crates(committed: &Budgets) -> Result<Budgets> {
    let variant = modules::VARIANTS.iter().find(|variant| variant.name == BUDGETED);
    let file = variant.context("there is no build with budgets")?.named(&Metadata::load()?.target_directory);
    let wasm = std::fs::read(&file)
        .with_context(|| format!("cannot read {}: run `cargo xtask build`", file.display()))?;
    let measured = crates::budgets(&wasm, committed)?;
    let mut by_size: Vec<_> = measured.iter().collect();
    by_size.sort_by_key(|(_, row)| std::cmp::Reverse(row.bytes));
    println!("{:<25} {:>12} {:>12}", format!("crate of {BUDGETED}"), "bytes", "limit");
    for (name, row) in by_size {
        println!("{name:<25} {:>12} {:>12}", row.bytes, row.limit);
    }
    Ok(measured)
}

/// Compresses with Node, as servers do at their best; it is there anyway.
fn measure(wasm: &Path, limit: Option<u64>) -> Result<Row> {
    const SCRIPT: &str = "const z = require('node:zlib'); const b = require('node:fs').readFileSync(process.argv[1]); \
        console.log(JSON.stringify([b.length, z.gzipSync(b, { level: 9 }).length, z.brotliCompressSync(b, \
        { params: { [z.constants.BROTLI_PARAM_SIZE_HINT]: b.length } }).length]))";
    let text = sh::output(sh::command("node").args(["-e", SCRIPT]).arg(wasm))?;
    let [raw, gzip, brotli]: [u64; 3] =
        serde_json::from_str(&text).with_context(|| format!("cannot measure {}", wasm.display()))?;
    // A new build gets a tenth of room; who wants another limit edits the table.
    let brotli_limit = limit.unwrap_or((brotli + brotli / 10).next_multiple_of(1000));
    Ok(Row { raw, gzip, brotli, brotli_limit })
}

/// Everything in `measured` that the committed table does not allow.
fn compare(committed: &Builds, measured: &Builds) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, now) in measured {
        let Some(row) = committed.get(name) else {
            faults.push(format!("{TABLE} has no row for {name}: run `cargo xtask size`"));
            continue;
        };
        if name == EDGE && now.gzip > MOST_GZIP {
            faults.push(format!("{name} has {} bytes (gzip), {MOST_GZIP} are the most", now.gzip));
        } else if now.brotli > row.brotli_limit {
            faults.push(format!(
                "{name} has {} bytes (brotli), {} over its limit of {}",
                now.brotli,
                now.brotli - row.brotli_limit,
                row.brotli_limit
            ));
        } else if now.brotli.abs_diff(row.brotli) * 100 > row.brotli * TOLERANCE {
            faults.push(format!(
                "{name} has {} bytes (brotli), its row says {}: run `cargo xtask size` and commit the table",
                now.brotli, row.brotli
            ));
        }
    }
    for name in committed.keys().filter(|name| !measured.contains_key(*name)) {
        faults.push(format!("{TABLE} has a row for {name}, which is not a build"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, u64, u64)]) -> Builds {
        rows.iter()
            .map(|&(name, brotli, brotli_limit)| {
                (name.to_owned(), Row { raw: 4 * brotli, gzip: 2 * brotli, brotli, brotli_limit })
            })
            .collect()
    }

    #[test]
    fn limits_and_rows_hold() {
        let committed = table(&[("cpu", 1000, 1100)]);
        for (now, fault) in [
            (table(&[("cpu", 1000, 1100)]), None),
            (table(&[("cpu", 1020, 1100)]), None),
            (table(&[("cpu", 980, 1100)]), None),
            (table(&[("cpu", 1021, 1100)]), Some("its row says 1000")),
            (table(&[("cpu", 900, 1100)]), Some("its row says 1000")),
            (table(&[("cpu", 1101, 1100)]), Some("1 over its limit of 1100")),
            (table(&[("cpu", 1000, 1100), ("gpu", 1, 1)]), Some("no row for gpu")),
            (table(&[]), Some("cpu, which is not a build")),
        ] {
            let faults = compare(&committed, &now);
            match fault {
                None => assert!(faults.is_empty(), "{faults:?}"),
                Some(part) => assert!(faults.len() == 1 && faults[0].contains(part), "{faults:?}"),
            }
        }
    }

    #[test]
    fn the_edge_fits_its_platform() {
        let committed = table(&[(EDGE, 1000, 9 << 20)]);
        assert_eq!(compare(&committed, &committed), Vec::<String>::new());
        let faults = compare(&committed, &table(&[(EDGE, 2 << 20, 9 << 20)]));
        assert_eq!(faults, ["edge has 4194304 bytes (gzip), 3145728 are the most"]);
    }
}
