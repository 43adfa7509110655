//! What a browser downloads and what the edge's platform takes, in bytes: measured, committed, and held to a limit.
//!
//! `tests/sizes.json` has a row a build: raw, gzip and brotli bytes of a release as last measured, the
//! brotli limit, which only people change, and the bytes that the linker leaves, from which `wasm-opt`
//! starts. The linker leaves the same for the tests, whose builds spare the minutes of `wasm-opt`; of the
//! build with WebGPU and of the edge worker, which tests link in a quicker way, that quicker build is
//! measured. So `--check` needs no release: it fails for a build that moved away from its row by more than
//! compilers and paths explain, and for one that, growing as much, would be over its limit. A change of
//! size is thus always seen in review.
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

/// Measure what `cargo xtask build` made and the edge worker, and write tests/sizes.json.
#[derive(clap::Args)]
pub(crate) struct SizeOptions {
    /// Change nothing; fail when a build is over its limit or the table is out of date. Builds as the
    /// tests make them will do.
    #[arg(long)]
    pub(crate) check: bool,
    /// Only the crates of the engine, which needs only the build cpu-threads.
    #[arg(long)]
    pub(crate) crates: bool,
}

/// One build, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct SizeRow {
    /// What the linker leaves of the tests' build, without names.
    #[serde(default)]
    linked: u64,
    raw: u64,
    gzip: u64,
    brotli: u64,
    /// Most brotli bytes that the build may have.
    brotli_limit: u64,
}

type Builds = BTreeMap<String, SizeRow>;

/// What is committed.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Table {
    builds: Builds,
    /// The crates of the build [`BUDGETED`].
    crates: Budgets,
}

/// The build whose crates have budgets: that with the most features for the CPU.
const BUDGETED: &str = "cpu-threads";

pub(crate) fn main(options: &SizeOptions) -> Result<()> {
    let path = sh::root().join(TABLE);
    let committed: Table = match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("cannot read {TABLE}"))?,
        Err(_) => Table::default(),
    };
    let linked = if options.crates { BTreeMap::new() } else { measure_linked()? };
    let crates = measure_crates(&committed.crates)?;
    if options.check {
        let mut faults = crates::compare(&committed.crates, &crates);
        if !options.crates {
            faults.extend(compare(&committed.builds, &linked));
        }
        return if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("; ")) };
    }
    let builds = if options.crates { committed.builds } else { measure_builds(&committed.builds, &linked)? };
    std::fs::write(&path, serde_json::to_string_pretty(&Table { builds, crates })? + "\n")
        .with_context(|| format!("cannot write {TABLE}"))
}

/// Bytes that the linker left of each build.
fn measure_linked() -> Result<BTreeMap<String, u64>> {
    let target = Metadata::load()?.target_directory;
    let mut paths = vec![(EDGE.to_owned(), edge::compile(true)?)];
    for variant in modules::VARIANTS {
        paths.push((variant.name.to_owned(), modules::linked(variant, &target)?));
    }
    let mut measured = BTreeMap::new();
    for (name, path) in paths.into_iter().chain(packs::linked(&target)) {
        let wasm = std::fs::read(&path)
            .with_context(|| format!("cannot read {}: run `cargo xtask build`", path.display()))?;
        measured.insert(name, crates::linked(&wasm)?);
    }
    Ok(measured)
}

/// Measures and prints what is downloaded.
fn measure_builds(committed: &Builds, linked: &BTreeMap<String, u64>) -> Result<Builds> {
    // The tests' own build of the worker may stand there, without optimisation.
    let worker = edge::worker(false)?;
    let modules = modules::VARIANTS.iter().map(|variant| (variant.name.to_owned(), variant.wasm()));
    let mut measured = Builds::new();
    for (name, wasm) in modules.chain(packs::files()).chain([(EDGE.to_owned(), worker)]) {
        if !wasm.is_file() {
            bail!("{name} is not built: run `cargo xtask build`");
        }
        let limit = committed.get(&name).map(|row| row.brotli_limit);
        let mut row = measure(&wasm, limit)?;
        row.linked = linked.get(&name).copied().unwrap_or_default();
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
fn measure(wasm: &Path, limit: Option<u64>) -> Result<SizeRow> {
    const SCRIPT: &str = "const z = require('node:zlib'); const b = require('node:fs').readFileSync(process.argv[1]); \
        console.log(JSON.stringify([b.length, z.gzipSync(b, { level: 9 }).length, z.brotliCompressSync(b, \
        { params: { [z.constants.BROTLI_PARAM_SIZE_HINT]: b.length } }).length]))";
    let text = sh::output(sh::command("node").args(["-e", SCRIPT]).arg(wasm))?;
    let [raw, gzip, brotli]: [u64; 3] =
        serde_json::from_str(&text).with_context(|| format!("cannot measure {}", wasm.display()))?;
    // A new build gets a tenth of room; who wants another limit edits the table.
    let brotli_limit = limit.unwrap_or((brotli + brotli / 10).next_multiple_of(1000));
    Ok(SizeRow { linked: 0, raw, gzip, brotli, brotli_limit })
}

/// Everything that the committed table does not allow, of what the linker left now.
fn compare(committed: &Builds, linked: &BTreeMap<String, u64>) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, &now) in linked {
        let Some(row) = committed.get(name) else {
            faults.push(format!("{TABLE} has no row for {name}: run `cargo xtask size`"));
            continue;
        };
        let grown = |bytes: u64| bytes * now / row.linked.max(1);
        let (gzip, brotli) = (grown(row.gzip), grown(row.brotli));
        if now.abs_diff(row.linked) * 100 > row.linked * TOLERANCE {
            faults.push(format!(
                "{name} has {now} linked bytes, its row says {}: run `cargo xtask build`, then `cargo xtask size`, \
                 and commit the table",
                row.linked
            ));
        } else if name == EDGE && gzip > MOST_GZIP {
            faults.push(format!("{name} has {gzip} bytes (gzip), {MOST_GZIP} are the most"));
        } else if brotli > row.brotli_limit {
            faults.push(format!(
                "{name} has {brotli} bytes (brotli), {} over its limit of {}",
                brotli - row.brotli_limit,
                row.brotli_limit
            ));
        }
    }
    for name in committed.keys().filter(|name| !linked.contains_key(*name)) {
        faults.push(format!("{TABLE} has a row for {name}, which is not a build"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows by name, linked bytes, brotli bytes and limit.
    fn table(rows: &[(&str, u64, u64, u64)]) -> Builds {
        let row = |&(name, linked, brotli, brotli_limit): &(&str, u64, u64, u64)| {
            let row = SizeRow { linked, raw: 4 * brotli, gzip: 2 * brotli, brotli, brotli_limit };
            (name.to_owned(), row)
        };
        rows.iter().map(row).collect()
    }

    fn faults(committed: &Builds, linked: &[(&str, u64)]) -> Vec<String> {
        compare(committed, &linked.iter().map(|&(name, bytes)| (name.to_owned(), bytes)).collect())
    }

    #[test]
    fn limits_and_rows_hold() {
        let committed = table(&[("cpu", 10_000, 1000, 1100), ("full", 10_000, 1000, 1010)]);
        let near = table(&[("cpu", 10_000, 1000, 1100)]);
        for (table, now, fault) in [
            (&near, &[("cpu", 10_000)][..], None),
            (&near, &[("cpu", 10_200)], None),
            (&near, &[("cpu", 9_800)], None),
            (&near, &[("cpu", 10_201)], Some("its row says 10000")),
            (&near, &[("cpu", 9_799)], Some("its row says 10000")),
            (&near, &[("cpu", 10_000), ("gpu", 1)], Some("no row for gpu")),
            (&near, &[], Some("cpu, which is not a build")),
            (&committed, &[("cpu", 10_150), ("full", 10_100)], None),
            (&committed, &[("cpu", 10_150), ("full", 10_150)], Some("full has 1015 bytes (brotli), 5 over")),
        ] {
            let faults = faults(table, now);
            match fault {
                None => assert!(faults.is_empty(), "{faults:?}"),
                Some(part) => assert!(faults.len() == 1 && faults[0].contains(part), "{faults:?}"),
            }
        }
    }

    #[test]
    fn the_committed_table_is_within_its_limits() {
        let text = std::fs::read_to_string(sh::root().join(TABLE)).unwrap();
        let table: Table = serde_json::from_str(&text).unwrap();
        for (name, row) in &table.builds {
            assert!(row.brotli <= row.brotli_limit, "{name}");
        }
        for (name, row) in &table.crates {
            assert!(row.bytes <= row.limit, "{name}");
        }
    }

    #[test]
    fn the_edge_fits_its_platform() {
        let committed = table(&[(EDGE, 9 << 20, 1 << 20, 9 << 20)]);
        assert_eq!(faults(&committed, &[(EDGE, 9 << 20)]), [""; 0]);
        let committed = table(&[(EDGE, 9 << 20, 2 << 20, 9 << 20)]);
        let faults = faults(&committed, &[(EDGE, 9 << 20)]);
        assert_eq!(faults, ["edge has 4194304 bytes (gzip), 3145728 are the most"]);
    }
}
