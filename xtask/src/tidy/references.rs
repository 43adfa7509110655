//! What documents point at: links, paths, names and constants of the code. Each has to be there.
//!
//! - A relative link leads to a file, and behind `#` to one of its headings.
//! - A path in inline code is one of the repository: from its root, from the document's
//!   folder, or the end of one (`decoder.rs`). `NAME` in it stands for anything.
//! - A name in inline code (`snake_case`, `TwoWords`, `a::b`, `call()`) stands in a source.
//! - `NAME = 5` in inline code is what a source says of that constant.
//!
//! Whether a sentence is true of what it names, no program finds out.

use std::collections::{BTreeMap, BTreeSet};

use super::markdown::{Block, Document, Kind};

/// Folders that are made and not committed.
const GENERATED: &[&str] = &["target/", "web/package/wasm", "web/package/dist", "edge/build"];

/// Endings of files that are taken for ours even without a folder.
const ENDINGS: &[&str] = &["rs", "ts", "mjs", "py", "wgsl", "scm", "md"];

/// The repository as documents may speak of it.
#[derive(Default)]
pub(super) struct Sources<'a> {
    files: BTreeSet<&'a str>,
    /// All names in all sources.
    names: BTreeSet<&'a str>,
    /// What sources say of a constant.
    constants: BTreeMap<&'a str, BTreeSet<String>>,
    /// Headings of each document, as links name them.
    anchors: BTreeMap<&'a str, Vec<String>>,
}

impl<'a> Sources<'a> {
    /// A file that is there.
    pub(super) fn add_file(&mut self, path: &'a str) {
        self.files.insert(path);
    }

    /// The text of a file that is no document.
    pub(super) fn add_source(&mut self, text: &'a str) {
        self.names.extend(text.split(|c: char| !is_of_name(c)).filter(|name| !name.is_empty()));
        for line in text.lines() {
            if let Some((name, value)) = constant(line) {
                self.constants.entry(name).or_default().insert(plain(value));
            }
        }
    }

    /// A document, which others may link to.
    pub(super) fn add_document(&mut self, document: &Document<'a>) {
        self.anchors.insert(document.path, document.anchors.clone());
    }

    /// What a document points at and is not there.
    pub(super) fn check(&self, document: &Document<'_>) -> Vec<String> {
        let mut faults = Vec::new();
        for block in document.blocks.iter().filter(|block| block.kind == Kind::Prose) {
            let found = self.check_block(document.path, block);
            faults
                .extend(found.into_iter().map(|fault| format!("{}:{}: {fault}", document.path, block.line)));
        }
        faults
    }

    fn check_block(&self, document: &str, block: &Block) -> Vec<String> {
        let links = block.links();
        let mut faults: Vec<String> =
            links.iter().filter_map(|link| self.check_link(document, link)).collect();
        for span in block.code() {
            if let Some((name, value)) = span.split_once(" = ").filter(|(name, _)| is_constant(name)) {
                match self.constants.get(name) {
                    None => faults.push(format!("no source has the constant `{name}`")),
                    Some(known) if !known.contains(&plain(value)) => {
                        let known: Vec<&str> = known.iter().map(String::as_str).collect();
                        faults.push(format!("`{name}` is {} and not {value}", known.join(" or ")));
                    }
                    Some(_) => {}
                }
            } else if self.is_path(&span) {
                let missing = expanded(&span).into_iter().find(|path| !self.has_path(document, path));
                faults.extend(missing.map(|path| format!("there is no `{path}`")));
            } else if is_name(&span) {
                let parts = span.split(|c: char| !is_of_name(c)).filter(|part| !part.is_empty());
                let missing = parts.clone().find(|part| !self.names.contains(part));
                faults.extend(missing.map(|part| format!("no source has the name `{part}`")));
            }
        }
        faults
    }

    fn check_link(&self, document: &str, link: &str) -> Option<String> {
        if link.contains("://") || link.starts_with("mailto:") {
            return None;
        }
        let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
        let path = if path.is_empty() { document.to_owned() } else { joined(folder(document), path) };
        if !self.exists(&path) {
            return Some(format!("the link {link} leads nowhere"));
        }
        let anchor = anchor?;
        let known = self.anchors.get(path.as_str());
        (!known.is_some_and(|known| known.iter().any(|heading| heading == anchor)))
            .then(|| format!("the link {link} leads to no heading"))
    }

    /// Whether inline code is meant as a path of ours.
    fn is_path(&self, span: &str) -> bool {
        let allowed = |c: char| is_of_name(c) || "./-{},*".contains(c);
        if !span.chars().all(allowed) || span.starts_with(['/', '.', '-']) {
            return false;
        }
        let name = span.rsplit('/').next().unwrap_or_default();
        let has_ending =
            name.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && ENDINGS.contains(&end));
        has_ending || span.split_once('/').is_some_and(|(first, _)| self.is_folder(first))
    }

    fn is_folder(&self, path: &str) -> bool {
        let path = format!("{}/", path.trim_end_matches('/'));
        self.files.range(path.as_str()..).next().is_some_and(|file| file.starts_with(&path))
    }

    /// Whether there is a file or a folder.
    fn exists(&self, path: &str) -> bool {
        self.files.contains(path.trim_end_matches('/')) || path.is_empty() || self.is_folder(path)
    }

    fn has_path(&self, document: &str, path: &str) -> bool {
        if GENERATED.iter().any(|folder| path.starts_with(folder)) {
            return true;
        }
        if self.exists(path) || self.exists(&joined(folder(document), path)) {
            return true;
        }
        // What begins at the top is whole; anything else may be the end of a path.
        let is_whole = path.split_once('/').is_some_and(|(first, _)| self.is_folder(first));
        let pattern: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        self.files.iter().any(|file| {
            let parts: Vec<&str> = file.split('/').collect();
            let starts = if is_whole { 0..1 } else { 0..parts.len() };
            starts.into_iter().any(|start| {
                let rest = &parts[start..];
                rest.len() >= pattern.len() && pattern.iter().zip(rest).all(|(want, part)| fits(want, part))
            })
        })
    }
}

/// Whether a part of a path fits what a document says, where `*` and `NAME` stand for anything.
fn fits(want: &str, part: &str) -> bool {
    let upper = |c: char| c.is_ascii_uppercase() || c == '_';
    let placeholder = want.find(|c: char| c == '*' || c.is_ascii_uppercase());
    if want == part {
        return true;
    }
    let Some(at) = placeholder else { return false };
    let (before, rest) = want.split_at(at);
    let after = if let Some(after) = rest.strip_prefix('*') { after } else { rest.trim_start_matches(upper) };
    let is_short = !rest.starts_with('*') && rest.len() - after.len() < 2;
    !is_short && part.len() >= before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
}

/// `a/{b,c}.rs` as `a/b.rs` and `a/c.rs`.
fn expanded(path: &str) -> Vec<String> {
    let braces = path.split_once('{').and_then(|(before, rest)| {
        let (inner, after) = rest.split_once('}')?;
        Some((before, inner, after))
    });
    match braces {
        None => vec![path.to_owned()],
        Some((before, inner, after)) => {
            inner.split(',').flat_map(|one| expanded(&format!("{before}{one}{after}"))).collect()
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path from a folder, without `..` in it.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether inline code is meant as a name of the code: of two words or more, a path of names, or a call.
fn is_name(span: &str) -> bool {
    let called = span.strip_suffix("()");
    let name = called.unwrap_or(span);
    let name = name.strip_prefix(['$', '@', '#']).unwrap_or(name);
    let allowed = |c: char| is_of_name(c) || c == ':' || c == '.';
    if !name.chars().all(allowed) || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return false;
    }
    let pairs = name.as_bytes().windows(2);
    let mut humps = pairs.filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    called.is_some() || name.contains('_') || name.contains("::") || humps.next().is_some()
}

fn is_constant(name: &str) -> bool {
    let is_upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() > 1 && name.chars().all(is_upper)
}

/// The name and the value of a line `const NAME: T = VALUE;`, with or without what may stand before it.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once("const ")?;
    let (head, value) = rest.split_once(" = ")?;
    let name = head.split(':').next()?.trim();
    let value = value.split(';').next()?;
    is_constant(name).then_some((name, value))
}

/// A value without what only makes it easy to read.
fn plain(value: &str) -> String {
    value.chars().filter(|c| !matches!(c, ' ' | '_' | ',')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "pub const CHUNK: usize = 1_280;\nexport const BASE = 4 << 20;\n\
                          fn do_it() {}\nstruct TwoWords; enum Kind { One }\n";

    fn faults(path: &str, text: &str) -> Vec<String> {
        let other = Document::parse("docs/other.md", "# Other things\n");
        let document = Document::parse(path, text);
        let mut sources = Sources::default();
        for file in ["README.md", "core/text/src/lib.rs", "core/text/README.md", "docs/other.md", path] {
            sources.add_file(file);
        }
        sources.add_source(SOURCE);
        sources.add_document(&other);
        sources.add_document(&document);
        sources.check(&document)
    }

    #[test]
    fn what_is_there_may_be_pointed_at() {
        for text in [
            "# Here\n[a](../../docs/other.md#other-things) [b](#here) [c](src) [d](https://x.y/z) ![e](../text)",
            "`src/lib.rs`, `lib.rs`, `core/text`, `core/text/src/{lib,lib}.rs`, `core/*/src`, `core/NAME/src/`",
            "`target/x.rs`, `/v1/models`, `./codemirror`, `model.gguf`, `*.rs`, `a/b`, `1.5`, `READ.ME`",
            "`do_it`, `TwoWords`, `Kind::One`, `do_it()`, `TwoWords.do_it`, `word`, `NAME`, `Word`, `two words`",
            "`CHUNK = 1280`, `CHUNK = 1,280`, `BASE = 4 << 20`, `x = 5`",
        ] {
            assert_eq!(faults("core/text/NOTES.md", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_told() {
        for (text, fault) in [
            ("[a](../docs/none.md)", "core/x.md:1: the link ../docs/none.md leads nowhere"),
            ("[a](../docs/other.md#none)", "core/x.md:1: the link ../docs/other.md#none leads to no heading"),
            ("[a](#none)", "core/x.md:1: the link #none leads to no heading"),
            ("\n\n`core/text/src/none.rs`", "core/x.md:3: there is no `core/text/src/none.rs`"),
            ("`none.rs`", "core/x.md:1: there is no `none.rs`"),
            ("`core/text/src/{lib,none}.rs`", "core/x.md:1: there is no `core/text/src/none.rs`"),
            ("`core/src`", "core/x.md:1: there is no `core/src`"),
            ("`do_that`", "core/x.md:1: no source has the name `do_that`"),
            ("`Kind::Two`", "core/x.md:1: no source has the name `Two`"),
            ("`go()`", "core/x.md:1: no source has the name `go`"),
            ("`CHUNK = 64`", "core/x.md:1: `CHUNK` is 1280 and not 64"),
            ("`NONE = 64`", "core/x.md:1: no source has the constant `NONE`"),
        ] {
            assert_eq!(faults("core/x.md", text), [fault], "{text}");
        }
    }
}
