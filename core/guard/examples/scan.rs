//! How many false alarms: scans the source files under some folders.
//!
//! `cargo run --release -p ghostlight-guard --example scan -- DIR...` prints, for
//! each hit, rule, file and byte, but never the text, then counts and speed.
//! `--risky` looks for risky patterns instead of secrets.
#![allow(clippy::disallowed_methods, reason = "an example may read files and the clock")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ghostlight_guard::{RiskyRules, SecretRules};
use ghostlight_text::Language;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_risky = arguments.iter().any(|argument| argument == "--risky");
    arguments.retain(|argument| argument != "--risky");
    let mut files = Vec::new();
    arguments.iter().for_each(|folder| collect(Path::new(folder), &mut files));
    files.sort();

    let secrets = SecretRules::builtin();
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut scanned, mut bytes, mut seconds) = (0, 0, 0.0);
    for path in files {
        let Some(language) = path.to_str().and_then(Language::from_path) else { continue };
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let start = Instant::now();
        let hits: Vec<(&str, usize)> = if is_risky {
            let Some(rules) = RiskyRules::builtin(language) else { continue };
            rules.scan(&text).into_iter().map(|rule| (rule, 0)).collect()
        } else {
            secrets.scan(&text).into_iter().map(|found| (found.rule, found.start)).collect()
        };
        seconds += start.elapsed().as_secs_f64();
        scanned += 1;
        bytes += text.len();
        for (rule, at) in hits {
            *by_rule.entry(rule).or_default() += 1;
            println!("{rule}\t{}:{at}", path.display());
        }
    }
    println!("{scanned} files, {bytes} bytes, {:.1} MB/s", bytes as f64 / 1e6 / seconds);
    println!("hits by rule: {by_rule:?}");
}

/// Files below a folder; links are not followed.
fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_symlink() {
        return;
    }
    if path.is_file() {
        files.push(path.to_owned());
    } else if let Ok(entries) = path.read_dir() {
        entries.flatten().for_each(|entry| collect(&entry.path(), files));
    }
}
