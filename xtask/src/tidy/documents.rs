//! What documents say and the repository contradicts, as far as a program can tell.
//!
//! Here the files are read and handed out; what is checked stands in `references.rs`
//! (links, paths, names, constants), `commands.rs` (commands and flags) and `map.rs`
//! (`ARCHITECTURE.md`). Of the changelog only the part that is not released is checked:
//! the rest tells of its own time.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::commands::{DocumentedCommand, Programs};
use super::map::{self, Crate};
use super::markdown::Document;
use super::program;
use super::references::Sources;

/// Where the sources of the command line are.
const PROGRAM: &str = "core/cli/src/";

/// Documents that belong to sample projects.
const SAMPLES: &str = "examples/playground/project/";

/// Flags of programs of others that our documents name alone.
const FOREIGN: &[&str] = &[];

/// The files of the repository that are text, with their paths.
pub(super) type Texts = [(String, String)];

pub(super) fn check(
    texts: &Texts,
    files: &[&str],
    layer: impl Fn(&str) -> Option<u8>,
) -> Result<Vec<String>> {
    let is_document = |path: &str| path.ends_with(".md") && !path.starts_with(SAMPLES);
    let documents: Vec<(&str, Document<'_>)> = texts
        .iter()
        .filter(|(path, _)| is_document(path))
        .map(|(path, text)| {
            let text = if path == "CHANGELOG.md" { unreleased(text) } else { text };
            (text, Document::parse(path, text))
        })
        .collect();

    let mut sources = Sources::default();
    files.iter().for_each(|file| sources.add_file(file));
    documents.iter().for_each(|(_, document)| sources.add_document(document));
    for (_, text) in texts.iter().filter(|(path, _)| !path.ends_with(".md") && !path.ends_with(".lock")) {
        sources.add_source(text);
    }
    let programs = programs(texts)?;
    let crates = crates(texts, layer)?;

    let mut faults = Vec::new();
    for (text, document) in &documents {
        faults.extend(sources.check(document));
        faults.extend(programs.check(document));
        if document.path == map::PATH {
            faults.extend(map::check(text, document, &crates, files));
        }
    }
    Ok(faults)
}

/// The head of a changelog and its first part, which is of the next version.
fn unreleased(changelog: &str) -> &str {
    let second = changelog.match_indices("\n## ").nth(1);
    second.map_or(changelog, |(at, _)| &changelog[..at])
}

fn programs(texts: &Texts) -> Result<Programs> {
    let command_line = texts.iter().filter(|(path, _)| path.starts_with(PROGRAM) && path.ends_with(".rs"));
    let scripts = texts.iter().filter(|(path, _)| path.ends_with(".py"));
    Ok(Programs {
        xtask: DocumentedCommand::from(&crate::Arguments::command()),
        ghostlight: program::read(command_line.map(|(path, text)| (path.as_str(), text.as_str())))?,
        scripts: scripts.flat_map(|(_, text)| script_flags(text)).collect(),
        foreign: FOREIGN,
    })
}

/// The flags that a Python script declares with `argparse`.
fn script_flags(text: &str) -> BTreeSet<String> {
    let calls = text.split(".add_argument(\"").skip(1);
    let names = calls.filter_map(|rest| rest.split('"').next());
    names.filter(|name| name.starts_with("--")).map(str::to_owned).collect()
}

/// The crates of the workspace, by their manifests.
fn crates(texts: &Texts, layer: impl Fn(&str) -> Option<u8>) -> Result<Vec<Crate<'_>>> {
    let mut found = Vec::new();
    for (path, text) in texts {
        let Some(folder) = path.strip_suffix("/Cargo.toml") else { continue };
        let manifest: toml::Table = toml::from_str(text).with_context(|| format!("cannot read {path}"))?;
        let name = manifest.get("package").and_then(|package| package.get("name"));
        // What has a layer is a crate of the workspace; fuzz targets and the like are none.
        if let Some(layer) = name.and_then(toml::Value::as_str).and_then(&layer) {
            found.push(Crate { folder, layer: Some(layer) });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    const CLI: (&str, &str) = (
        "core/cli/src/args.rs",
        "#[derive(Parser)] struct A { #[command(subcommand)] c: C } #[derive(Subcommand)] enum C { Eval { #[arg(long)] raw: bool } }",
    );

    #[test]
    fn wrong_documents_are_told() {
        let map = "| `core/cli` | x |\n\n| 5 | `cli` |\n";
        let wrong = "`cargo xtask tidy --fix`, `ghostlight eval --row`, [a](b.md), `gone.rs`, `--list`\n";
        let files = texts(&[
            CLI,
            ("core/cli/Cargo.toml", "[package]\nname = \"ghostlight\"\n"),
            ("core/cli/README.md", "# `ghostlight eval --raw`\n"),
            ("ARCHITECTURE.md", map),
            ("NOTES.md", wrong),
            ("examples/playground/project/README.md", wrong),
            ("CHANGELOG.md", "# News\n\n## Unreleased\n\n`cargo xtask new`\n\n## 0.1\n\n`cargo xtask old`\n"),
            ("recipe.py", "parser.add_argument(\"--list\", type=int)"),
        ]);
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        let faults = check(&files, &paths, |name| (name == "ghostlight").then_some(5)).unwrap();
        assert_eq!(
            faults,
            [
                "NOTES.md:1: the link b.md leads nowhere",
                "NOTES.md:1: there is no `gone.rs`",
                "NOTES.md:1: `--fix` is no flag of `cargo xtask tidy`",
                "NOTES.md:1: `--row` is no flag of `ghostlight eval`",
                "NOTES.md:1: `--list` is no flag of `cargo xtask tidy` or `ghostlight eval`",
                "CHANGELOG.md:5: `cargo xtask` has no command `new`",
            ]
        );
    }

    #[test]
    fn scripts_tell_their_flags() {
        let flags = script_flags("a.add_argument(\"--out\", x)\na.add_argument(\"place\")\n");
        assert_eq!(flags.into_iter().collect::<Vec<_>>(), ["--out"]);
    }
}
