//! What each crate adds to an engine: the bytes of its functions, by the names that the linker left.
//!
//! Measured before `wasm-opt`, which takes the names away. A function of several crates, such as
//! a generic one of the standard library, counts for the first that is not part of Rust: whoever
//! wanted it has it in the budget.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// Crates with less are one row.
const SMALL: u64 = 8_000;

/// The row of all small crates.
const OTHERS: &str = "others";

/// The row of constants and tables, which have no names.
const DATA: &str = "data";

/// What is part of Rust itself.
const RUST: &[&str] = &["core", "alloc", "std"];

/// Head-room that a new row gets, in percent.
const ROOM: u64 = 15;

/// One crate, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Budget {
    pub(super) bytes: u64,
    /// Most bytes that the crate may have, which only people change.
    pub(super) limit: u64,
}

pub(super) type Budgets = BTreeMap<String, Budget>;

/// The rows of a module; limits are those of the committed table, where it has them.
pub(super) fn budgets(wasm: &[u8], committed: &Budgets) -> Result<Budgets> {
    Ok(rows(&bytes_by_crate(wasm)?, committed))
}

fn rows(sizes: &BTreeMap<String, u64>, committed: &Budgets) -> Budgets {
    let mut rows = Budgets::new();
    for (name, bytes) in sizes {
        // A crate keeps its row when it shrinks, so that its limit is not lost.
        let is_listed = *bytes >= SMALL || committed.contains_key(name);
        let name = if is_listed { name } else { OTHERS };
        rows.entry(name.to_owned()).or_insert(Budget { bytes: 0, limit: 0 }).bytes += bytes;
    }
    for (name, row) in &mut rows {
        let room = (row.bytes + row.bytes * ROOM / 100).next_multiple_of(1000);
        row.limit = committed.get(name).map_or(room, |row| row.limit);
    }
    rows
}

/// Everything that the committed limits do not allow.
pub(super) fn compare(committed: &Budgets, measured: &Budgets) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, now) in measured {
        match committed.get(name) {
            None => faults.push(format!(
                "{name} has {} bytes of code and no budget: run `cargo xtask size`",
                now.bytes
            )),
            Some(row) if now.bytes > row.limit => faults.push(format!(
                "{name} has {} bytes before wasm-opt, {} over its budget of {}",
                now.bytes,
                now.bytes - row.limit,
                row.limit
            )),
            Some(_) => {}
        }
    }
    faults
}

/// Bytes of a module without its custom sections, such as names: what `wasm-opt` starts from.
pub(super) fn linked(wasm: &[u8]) -> Result<u64> {
    let mut bytes = wasm.len() as u64;
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload.context("cannot read the module")? {
            bytes -= section.range().len() as u64;
        }
    }
    Ok(bytes)
}

/// Bytes of functions by crate, and those of data.
fn bytes_by_crate(wasm: &[u8]) -> Result<BTreeMap<String, u64>> {
    let mut imported = 0;
    let mut functions = Vec::new();
    let mut names: BTreeMap<u32, &str> = BTreeMap::new();
    let mut sizes = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.context("cannot read the module")? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => functions.push(body.range().len() as u64),
            Payload::DataSection(data) => {
                sizes.insert(DATA.to_owned(), data.range().len() as u64);
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(section) = section.as_known() else { continue };
                for part in section {
                    let Name::Function(map) = part? else { continue };
                    for naming in map {
                        let naming = naming?;
                        names.insert(naming.index, naming.name);
                    }
                }
            }
            _ => {}
        }
    }
    if names.is_empty() {
        bail!("the module has no names of functions");
    }
    for (index, bytes) in (imported..).zip(functions) {
        let name = names.get(&index).map_or("", |name| *name);
        *sizes.entry(krate(&format!("{:#}", rustc_demangle::demangle(name))).to_owned()).or_default() +=
            bytes;
    }
    Ok(sizes)
}

/// The crate that a demangled name is counted for; what has no path is C or made by the linker.
fn krate(name: &str) -> &str {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut first = None;
    for (at, _) in name.match_indices("::") {
        let before = &name[..at];
        // Of a path only its first name is a crate's.
        let start = before.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
        let word = &before[start..];
        let is_head = !word.is_empty() && !before[..start].ends_with("::");
        if is_head && !RUST.contains(&word) {
            return word;
        }
        if is_head {
            first = first.or(Some(word));
        }
    }
    match first {
        Some(_) => "std",
        None => OTHERS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_counts_for_the_first_crate_that_is_not_rusts() {
        for (name, expected) in [
            ("ghostlight_model::kernels::dot", "ghostlight_model"),
            ("<ghostlight_text::Rope as core::fmt::Debug>::fmt", "ghostlight_text"),
            ("core::ptr::drop_in_place<alloc::vec::Vec<serde::Value>>", "serde"),
            ("<alloc::string::String as core::fmt::Write>::write_str", "std"),
            ("<&mut [burn_flex::Strided] as core::iter::Iterator>::next", "burn_flex"),
            ("memcpy", OTHERS),
            ("", OTHERS),
        ] {
            assert_eq!(krate(name), expected, "{name}");
        }
    }

    fn table(rows: &[(&str, u64, u64)]) -> Budgets {
        rows.iter().map(|&(name, bytes, limit)| (name.to_owned(), Budget { bytes, limit })).collect()
    }

    #[test]
    fn new_rows_get_room_and_limits_stay() {
        let sizes = [("big", 100_000), ("was_big", 500), ("a", 700), ("b", 300)];
        let sizes = sizes.map(|(name, bytes)| (name.to_owned(), bytes)).into();
        let committed = table(&[("was_big", 9_000, 11_000)]);
        let rows = rows(&sizes, &committed);
        assert_eq!(
            rows,
            table(&[("big", 100_000, 115_000), ("was_big", 500, 11_000), (OTHERS, 1_000, 2_000)])
        );
    }

    #[test]
    fn a_crate_over_its_budget_is_named() {
        let committed = table(&[("model", 900, 1_000)]);
        assert!(compare(&committed, &table(&[("model", 1_000, 1_000)])).is_empty());
        let faults = compare(&committed, &table(&[("model", 1_001, 1_000), ("new", 9_000, 11_000)]));
        assert_eq!(faults[0], "model has 1001 bytes before wasm-opt, 1 over its budget of 1000");
        assert!(faults[1].contains("new has 9000 bytes"), "{faults:?}");
    }

    #[test]
    fn functions_are_measured_by_their_names() {
        // A module with an imported function, one of its own with a body of 2 bytes, and names of both.
        let section = |id: u8, body: &[u8]| [&[id, body.len() as u8][..], body].concat();
        let names = [&[4][..], b"name", &[1, 13, 2, 0, 4], b"a::b", &[1, 4], b"c::d"].concat();
        let wasm = [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, &[1, 0x60, 0, 0]),
            section(2, &[1, 1, b'm', 1, b'f', 0, 0]),
            section(3, &[1, 0]),
            section(10, &[1, 2, 0, 0x0b]),
            section(0, &names),
        ]
        .concat();
        let sizes = bytes_by_crate(&wasm).unwrap();
        assert_eq!(sizes, [("c".to_owned(), 2)].into());
        // All but the contents of the section with names; its head of two bytes stays.
        assert_eq!(linked(&wasm).unwrap(), (wasm.len() - names.len()) as u64);
        let nameless = &wasm[..wasm.len() - names.len() - 2];
        assert!(bytes_by_crate(nameless).unwrap_err().to_string().contains("no names"));
    }
}
