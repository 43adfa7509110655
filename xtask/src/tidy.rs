//! The repository's own rules: layers, folders, licences, file lengths, profiles, tests that are run,
//! documents that are true, examples of what is public.
//!
//! The idea: rules that a reader of `ARCHITECTURE.md` relies on are checked on
//! what Cargo and git say, in a second, before anything is compiled. Style inside
//! a file is the business of rustfmt and clippy.

mod commands;
mod documents;
mod examples;
mod languages;
mod map;
mod markdown;
mod profiles;
mod program;
mod references;
mod test_files;
mod type_names;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ghostlight_text::Grammar;

use crate::sh;
use crate::workspace::{Metadata, Package};

/// Check layers, folders, licences, file lengths, and what documents say of the code.
#[derive(clap::Args)]
pub(crate) struct TidyOptions {}

/// Crates by layer: a crate may only depend on crates of a lower number.
const LAYERS: &[(&str, u8)] = &[
    ("ghostlight-text", 0),
    ("ghostlight-gguf", 0),
    ("ghostlight-protocol", 0),
    ("ghostlight-tokenizer", 1),
    ("ghostlight-decode", 1),
    ("ghostlight-guard", 1),
    ("ghostlight-edit", 1),
    ("ghostlight-model", 2),
    ("ghostlight-context", 2),
    ("ghostlight-complete", 3),
    ("ghostlight-chat", 3),
    ("ghostlight-embed", 3),
    ("ghostlight-loader", 3),
    ("ghostlight-models", 3),
    ("ghostlight-eval", 4),
    ("ghostlight", 5),
    ("ghostlight-engine", 5),
    ("ghostlight-syntax", 5),
    ("ghostlight-workspace", 5),
    ("ghostlight-edge", 5),
    ("xtask", 6),
];

/// What a crate may not name although its layer is lower or it is not ours; `*` ends a prefix.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    ("ghostlight-complete", EDITOR_TERMS, "it speaks editor terms, not tensors"),
    ("ghostlight-chat", EDITOR_TERMS, "it speaks editor terms, not tensors"),
    ("ghostlight-edge", &["ghostlight-model", "ghostlight-embed"], "the edge runs no model"),
    (
        "ghostlight-models",
        &[
            "ghostlight-tokenizer",
            "ghostlight-decode",
            "ghostlight-model",
            "ghostlight-context",
            "ghostlight-embed",
        ],
        "it handles files, not what is in them",
    ),
];
const EDITOR_TERMS: &[&str] = &[
    "ghostlight-model",
    "ghostlight-embed",
    "ghostlight-gguf",
    "wasm-bindgen*",
    "js-sys",
    "web-sys",
    "reqwest",
    "ureq",
    "http",
];

/// The only crates that name these.
const TENSORS: (&[&str], &[&str]) =
    (&["ghostlight-model", "ghostlight-embed"], &["burn*", "cubecl*", "wgpu*"]);

/// Test support that any crate may use for its tests: it brings a file from the cache.
const TEST_SUPPORT: &[&str] = &["ghostlight-models"];

/// What may stand at the top.
const TOP: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitignore",
    ".prettierignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "core",
    "docs",
    "edge",
    "eslint.config.js",
    "examples",
    "models",
    "package-lock.json",
    "package.json",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "tests",
    "tsconfig.json",
    "web",
    "xtask",
];

/// Lines that a source file may have.
const LONGEST: usize = 800;

/// Longer files, each with its reason.
const LONG: &[(&str, &str)] = &[];

/// Kinds of file whose length counts: those that people write and read.
const SOURCES: &[&str] = &["rs", "ts", "tsx", "js", "mjs", "css", "html", "py", "wgsl"];

/// Starts of paths that exist on one machine only, spelled so that this file has none.
const MACHINES: &[&str] = &[concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/home", "/runner/")];

pub(crate) fn main(_: &TidyOptions) -> Result<()> {
    let mut faults = Vec::new();
    for package in &Metadata::load()?.packages {
        faults.extend(check_package(package));
    }
    let listed = sh::output(sh::command("git").args(["ls-files", "-z"]))?;
    let files: Vec<&str> = listed.split('\0').filter(|file| !file.is_empty()).collect();
    faults.extend(check_top(&files));
    let (mut there, mut texts) = (Vec::new(), Vec::new());
    for file in files {
        let path: PathBuf = sh::root().join(file);
        // A deleted file may still be listed; a link has no text of its own.
        if path.is_file() && !path.is_symlink() {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read {file}"))?;
            faults.extend(check_file(file, &bytes));
            there.push(file);
            texts.extend(String::from_utf8(bytes).ok().map(|text| (file.to_owned(), text)));
        }
    }
    let text_of = |file: &str| texts.iter().find(|(name, _)| name == file).map(|(_, text)| text.clone());
    faults.extend(languages::check(&Grammar::all(), text_of));
    if let (Some(manifest), Some(lock)) = (text_of("Cargo.toml"), text_of("Cargo.lock")) {
        faults.extend(profiles::check(&manifest, &lock)?);
    }
    faults.extend(test_files::check(&texts));
    faults.extend(type_names::check(&texts));
    faults.extend(examples::check(&texts)?);
    faults.extend(documents::check(&texts, &there, layer)?);
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &faults {
        eprintln!("tidy: {fault}");
    }
    bail!(
        "{} to tidy",
        if faults.len() == 1 { "1 thing".to_owned() } else { format!("{} things", faults.len()) }
    );
}

/// Layers, forbidden names and the licence of one crate.
fn check_package(package: &Package) -> Vec<String> {
    let mut faults = Vec::new();
    let name = package.name.as_str();
    if package.license.as_deref().unwrap_or_default().is_empty() {
        faults.push(format!("{name} names no licence"));
    }
    let layer = layer(name);
    if layer.is_none() {
        faults.push(format!("{name} has no layer: give it one in xtask/src/tidy.rs"));
    }
    for dependency in &package.dependencies {
        let on = dependency.name.as_str();
        let is_test = dependency.kind.as_deref() == Some("dev");
        if is_test && TEST_SUPPORT.contains(&on) {
            continue;
        }
        // Ours are told by their path, so that a namesake on a registry is not taken for one.
        if dependency.path.is_some()
            && let (Some(from), Some(to)) = (layer, self::layer(on))
            && to >= from
        {
            faults.push(format!("{name} (layer {from}) depends on {on} (layer {to}): only downwards"));
        }
        for (_, names, reason) in FORBIDDEN.iter().filter(|(who, ..)| *who == name && !is_test) {
            if names.iter().any(|pattern| matches(pattern, on)) {
                faults.push(format!("{name} depends on {on}: {reason}"));
            }
        }
        if !TENSORS.0.contains(&name) && TENSORS.1.iter().any(|pattern| matches(pattern, on)) {
            faults.push(format!("{name} depends on {on}: only {} do", TENSORS.0.join(" and ")));
        }
    }
    faults
}

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(crate_name, _)| *crate_name == name).map(|(_, layer)| *layer)
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// Names at the top that are not on the list, and the reverse.
fn check_top(files: &[&str]) -> Vec<String> {
    let there: BTreeSet<&str> = files.iter().filter_map(|file| file.split('/').next()).collect();
    let listed: BTreeSet<&str> = TOP.iter().copied().collect();
    let unknown = there.difference(&listed);
    let missing = listed.difference(&there);
    unknown
        .map(|name| format!("{name} does not belong at the top of the repository"))
        .chain(missing.map(|name| format!("{name} may stand at the top of the repository, but does not")))
        .collect()
}

/// Length and traces of a machine in one file; a file that is not text has neither.
fn check_file(file: &str, bytes: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let Ok(text) = std::str::from_utf8(bytes) else { return faults };
    let extension = Path::new(file).extension().and_then(|extension| extension.to_str());
    let lines = text.lines().count();
    let is_source = extension.is_some_and(|extension| SOURCES.contains(&extension));
    if is_source && lines > LONGEST && !LONG.iter().any(|(long, _)| *long == file) {
        faults.push(format!("{file} has {lines} lines, {LONGEST} is the most without a reason in the list"));
    }
    for (at, line) in text.lines().enumerate() {
        if let Some(path) = MACHINES.iter().find(|path| line.contains(**path)) {
            faults.push(format!("{file}:{} names {path}, which is a path of one machine", at + 1));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crate of the workspace as `cargo metadata` tells it; `~` marks a test dependency, `@` one of ours.
    fn package(name: &str, license: Option<&str>, dependencies: &[&str]) -> Package {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|text| {
                let name = text.trim_start_matches(['~', '@']);
                serde_json::json!({
                    "name": name,
                    "kind": text.contains('~').then_some("dev"),
                    "path": text.contains('@').then_some("somewhere"),
                })
            })
            .collect();
        let package = serde_json::json!({ "name": name, "license": license, "dependencies": dependencies });
        serde_json::from_value(package).unwrap()
    }

    #[test]
    fn dependencies_point_downwards() {
        for (name, dependencies, fault) in [
            ("ghostlight-tokenizer", &["@ghostlight-text", "@ghostlight-gguf", "serde"][..], None),
            ("ghostlight-text", &["@ghostlight-decode"], Some("only downwards")),
            ("ghostlight-text", &["@ghostlight-gguf"], Some("only downwards")),
            ("ghostlight-model", &["@ghostlight-context"], Some("only downwards")),
            ("ghostlight-context", &["@ghostlight-model"], Some("only downwards")),
            ("ghostlight-context", &["~@ghostlight-complete"], Some("only downwards")),
            ("ghostlight-engine", &["@ghostlight-model", "@ghostlight-complete", "wasm-bindgen"], None),
            ("ghostlight-embed", &["@ghostlight-context", "burn", "~@ghostlight-models"], None),
            ("ghostlight-gguf", &["~@ghostlight-models"], None),
            ("ghostlight-gguf", &["@ghostlight-models"], Some("only downwards")),
            // A stranger with our name is not ours.
            ("ghostlight-text", &["ghostlight"], None),
        ] {
            let faults = check_package(&package(name, Some("MIT"), dependencies));
            match fault {
                None => assert!(faults.is_empty(), "{faults:?}"),
                Some(part) => assert!(faults.len() == 1 && faults[0].contains(part), "{faults:?}"),
            }
        }
    }

    #[test]
    fn names_stay_where_they_belong() {
        for (name, dependency, part) in [
            ("ghostlight-complete", "@ghostlight-model", "editor terms"),
            ("ghostlight-chat", "wasm-bindgen-futures", "editor terms"),
            ("ghostlight-complete", "burn-tensor", "only ghostlight-model and ghostlight-embed do"),
            ("ghostlight-engine", "burn", "only ghostlight-model and ghostlight-embed do"),
            ("ghostlight", "~cubecl-core", "only ghostlight-model and ghostlight-embed do"),
            ("ghostlight-edge", "@ghostlight-model", "runs no model"),
            ("ghostlight-models", "@ghostlight-decode", "not what is in them"),
            ("ghostlight-context", "burn", "only ghostlight-model and ghostlight-embed do"),
        ] {
            let faults = check_package(&package(name, Some("MIT"), &[dependency]));
            assert!(faults.len() == 1 && faults[0].contains(part), "{faults:?}");
        }
        assert!(check_package(&package("ghostlight-model", Some("MIT"), &["burn", "cubecl"])).is_empty());
    }

    #[test]
    fn every_crate_has_a_licence_and_a_layer() {
        for license in [None, Some("")] {
            let faults = check_package(&package("xtask", license, &[]));
            assert!(faults.len() == 1 && faults[0].contains("no licence"), "{faults:?}");
        }
        let faults = check_package(&package("ghostlight-new", Some("MIT"), &[]));
        assert!(faults.len() == 1 && faults[0].contains("no layer"), "{faults:?}");
    }

    #[test]
    fn the_top_is_a_list() {
        let whole = [TOP, &["core/text/src/lib.rs"]].concat();
        assert_eq!(check_top(&whole), [""; 0]);
        assert_eq!(
            check_top(&[&whole[..], &["notes/a", "notes/b"]].concat()),
            ["notes does not belong at the top of the repository"]
        );
        assert_eq!(check_top(&whole[1..]), [".cargo may stand at the top of the repository, but does not"]);
    }

    #[test]
    fn files_are_short_and_name_no_machine() {
        let long = "x\n".repeat(LONGEST + 1);
        assert!(check_file("a.rs", long.as_bytes())[0].contains("801 lines"));
        assert!(check_file("a.json", long.as_bytes()).is_empty());
        assert!(check_file("a.rs", &long.as_bytes()[2..]).is_empty());
        for machine in MACHINES {
            let text = format!("fine\nsee {machine}x\n");
            assert!(check_file("a.md", text.as_bytes())[0].contains("a.md:2"));
        }
        assert!(check_file("a.bin", &[0xff, 0xfe]).is_empty());
    }
}
