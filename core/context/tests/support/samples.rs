//! The samples in `tests/syntax`: a file with a cursor, and a text to insert there.
#![allow(clippy::disallowed_methods, reason = "samples are files")]

use std::fmt::Write;

use ghostlight_context::Source;
use ghostlight_context::syntax::{Definition, Insertion, Outline, Syntax, SyntaxFacts};

/// One sample.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) prefix: String,
    pub(crate) suffix: String,
    pub(crate) insert: String,
}

impl Sample {
    pub(crate) fn source(&self) -> Source<'_> {
        Source { path: &self.path, prefix: &self.prefix, suffix: &self.suffix }
    }

    pub(crate) fn text(&self) -> String {
        [self.prefix.as_str(), &self.suffix].concat()
    }
}

/// All samples, by name.
pub(crate) fn all() -> Vec<Sample> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/syntax");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let (head, rest) = text.split_once("\n--- code\n").expect("a path, then the code");
        let (code, insert) = rest.split_once("--- insert\n").expect("the code, then what is inserted");
        let (prefix, suffix) = code.split_once('▮').expect("a cursor");
        Sample {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            path: head.to_owned(),
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
            insert: insert.strip_suffix('\n').unwrap_or(insert).to_owned(),
        }
    };
    paths.into_iter().map(read).collect()
}

/// Everything that a reader says of a sample, for a snapshot.
pub(crate) fn show(syntax: &mut impl Syntax, sample: &Sample) -> String {
    let mut out = String::new();
    facts(&mut out, &syntax.facts(sample.source()), &sample.text());
    insertion(&mut out, &syntax.insertion(sample.source(), &sample.insert), &sample.insert);
    outline(&mut out, &syntax.outline(&sample.path, &sample.text()));
    out
}

fn facts(out: &mut String, facts: &SyntaxFacts, text: &str) {
    writeln!(out, "{} by {:?}, in {:?}", facts.language, facts.origin, facts.within).unwrap();
    writeln!(out, "empty block: {}, errors: {}", facts.in_empty_block, facts.errors.len()).unwrap();
    if let Some(span) = facts.statement {
        writeln!(out, "statement: {}", brief(&text[span.start.0..span.end.0])).unwrap();
    }
    for scope in &facts.scopes {
        writeln!(out, "scope: {} {} | {}", scope.kind.name(), scope.name, scope.signature).unwrap();
    }
    for import in &facts.imports {
        writeln!(out, "import: {} [{}]", import.module, import.names.join(" ")).unwrap();
    }
    let names: Vec<_> = facts.references.iter().take(10).map(|reference| reference.name.as_str()).collect();
    writeln!(out, "near: {}", names.join(" ")).unwrap();
}

fn insertion(out: &mut String, insertion: &Insertion, text: &str) {
    for end in &insertion.statements {
        writeln!(out, "statement ends at depth {}: {}", end.depth, last(&text[..end.at])).unwrap();
    }
    if let Some(end) = insertion.block_end {
        writeln!(out, "block ends: {}", last(&text[..end])).unwrap();
    }
    writeln!(out, "breaks: {}, errors: {}", insertion.breaks, insertion.errors.len()).unwrap();
}

fn outline(out: &mut String, outline: &Outline) {
    for Definition { kind, name, signature, depth, .. } in &outline.definitions {
        let indent = "  ".repeat(*depth as usize);
        writeln!(out, "{indent}{} {name} | {signature}", kind.name()).unwrap();
    }
}

fn brief(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(60).collect()
}

fn last(text: &str) -> String {
    let line: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    line[line.len().saturating_sub(40)..].iter().collect()
}
