//! False alarms on real source: at most one in a thousand files.
//!
//! The files are those of crates that this one's tests are built with, at the
//! versions of `Cargo.lock`, so they are on every machine that can run this.
//! `examples/scan.rs` does the same for any folder.
#![allow(clippy::disallowed_methods, reason = "the sources are files")]

use std::path::{Path, PathBuf};

use ghostlight_guard::SecretRules;

/// Crates without keys or tokens in their tests.
const CRATES: &[&str] = &[
    "aho-corasick",
    "bitflags",
    "getrandom",
    "itoa",
    "libc",
    "memchr",
    "num-traits",
    "proc-macro2",
    "proptest",
    "quote",
    "rand",
    "rand_core",
    "regex",
    "regex-automata",
    "regex-syntax",
    "syn",
    "thiserror",
    "unicode-ident",
];

const FILES: usize = 1000;

/// Folders of those crates, at the versions that are locked.
fn folders() -> Vec<PathBuf> {
    let lock = include_str!("../../../Cargo.lock");
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("a home");
    let registries = home.join("registry/src").read_dir().expect("sources of crates").flatten();
    let registries: Vec<PathBuf> = registries.map(|entry| entry.path()).collect();
    let mut folders = Vec::new();
    for package in lock.split("[[package]]") {
        let field = |name: &str| {
            let start = format!("{name} = \"");
            package.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"'))
        };
        let (Some(name), Some(version)) = (field("name"), field("version")) else { continue };
        if CRATES.contains(&name) {
            folders.extend(registries.iter().map(|registry| registry.join(format!("{name}-{version}"))));
        }
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn a_thousand_real_files_give_at_most_one_false_alarm() {
    let rules = SecretRules::builtin();
    let mut files = Vec::new();
    folders().iter().for_each(|folder| collect(folder, &mut files));
    assert!(files.len() >= FILES, "only {} files of {} crates", files.len(), CRATES.len());
    files.sort();
    // The longest are tables of numbers, and would cost most of the time.
    let texts = files.iter().filter_map(|path| Some((path, std::fs::read_to_string(path).ok()?)));
    let texts = texts.filter(|(_, text)| text.len() < 200_000).take(FILES);
    let (mut scanned, mut alarms) = (0, Vec::new());
    for (path, text) in texts {
        scanned += 1;
        let found = rules.scan(&text);
        alarms.extend(
            found.iter().map(|found| format!("{} at {}:{}", found.rule, path.display(), found.start)),
        );
    }
    assert_eq!(scanned, FILES);
    assert!(alarms.len() <= 1, "{} false alarms: {alarms:#?}", alarms.len());
}
