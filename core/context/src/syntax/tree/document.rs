//! Texts that were read, with their trees, so that the next state of one costs
//! only what changed.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::ControlFlow;

use tree_sitter::{InputEdit, ParseOptions, Point, Tree};

use super::Tools;
use super::grammar::Grammar;

/// Longest text to parse, in UTF-8 bytes. A tree takes about twenty times its text.
const LONGEST: usize = 512 << 10;

/// Documents to keep.
const KEPT: usize = 8;

/// Bytes of text that all kept documents may have.
const KEPT_BYTES: usize = 1 << 20;

/// A text with errors of up to this many bytes is parsed from nothing, so that its
/// tree does not depend on how it came about.
const FRESH_BYTES: usize = 32 << 10;

/// One document as it was last read.
pub(super) struct Document {
    pub(super) path: String,
    grammar: usize,
    pub(super) text: String,
    pub(super) tree: Tree,
}

/// The documents that were read last, newest first.
#[derive(Default)]
pub(super) struct Documents(VecDeque<Document>);

impl Documents {
    /// Brings a document to the state `text`.
    pub(super) fn read(
        &mut self,
        path: &str,
        text: String,
        index: usize,
        grammar: &Grammar,
        tools: &mut Tools,
    ) -> Option<&mut Document> {
        let known = self.0.iter().position(|document| document.path == path && document.grammar == index);
        let known = known.and_then(|at| self.0.remove(at));
        let document = match known {
            Some(document) if document.text == text => document,
            Some(mut document) => {
                let edit = difference(&document.text, &text);
                document.tree.edit(&edit);
                let tree = parse(&text, Some(&document.tree), grammar, tools)?;
                let tree = if tree.root_node().has_error() && text.len() <= FRESH_BYTES {
                    parse(&text, None, grammar, tools)?
                } else {
                    tree
                };
                Document { text, tree, ..document }
            }
            None => {
                let tree = parse(&text, None, grammar, tools)?;
                Document { path: path.to_owned(), grammar: index, text, tree }
            }
        };
        self.0.push_front(document);
        while self.0.len() > KEPT || self.0.len() > 1 && self.bytes() > KEPT_BYTES {
            self.0.pop_back();
        }
        self.0.front_mut()
    }

    /// Whether the document is kept.
    pub(super) fn has(&self, path: &str, index: usize) -> bool {
        self.0.iter().any(|document| document.path == path && document.grammar == index)
    }

    pub(super) fn forget(&mut self, path: &str) {
        self.0.retain(|document| document.path != path);
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|document| document.text.len()).sum()
    }
}

/// The tree of a text; none for one that is too long or takes too many steps.
pub(super) fn parse(text: &str, old: Option<&Tree>, grammar: &Grammar, tools: &mut Tools) -> Option<Tree> {
    if text.len() > LONGEST {
        return None;
    }
    tools.parser.set_language(&grammar.language).ok()?;
    // tree-sitter asks every hundred steps. Real code takes about a step a byte; ten
    // times that means that it tries to make sense of nonsense.
    let mut left = 1024 + text.len() / 8;
    let mut watch = |_: &tree_sitter::ParseState| match left.checked_sub(1) {
        Some(less) => {
            left = less;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let shown = if grammar.is_narrow() { narrowed(text) } else { Cow::Borrowed(text) };
    let bytes = shown.as_bytes();
    let mut chunk = |at: usize, _: Point| bytes.get(at..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut watch);
    let tree = tools.parser.parse_with_options(&mut chunk, old, Some(options));
    if tree.is_none() {
        tools.parser.reset();
    }
    tree
}

/// The text with letters of Latin-1 for everything beyond ASCII, every byte at its place.
fn narrowed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char.len_utf8() {
            1 => shown.push(char),
            2 => shown.push('é'),
            3 => shown.push_str("ée"),
            _ => shown.push_str("éé"),
        }
    }
    Cow::Owned(shown)
}

/// The one edit that makes `new` of `old`.
pub(super) fn difference(old: &str, new: &str) -> InputEdit {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let start = common(a.iter().zip(b));
    let start = old.floor_char_boundary(start).min(new.floor_char_boundary(start));
    let end = common(a[start..].iter().rev().zip(b[start..].iter().rev()));
    let mut old_end = old.len() - end;
    let mut new_end = new.len() - end;
    while !old.is_char_boundary(old_end) || !new.is_char_boundary(new_end) {
        old_end += 1;
        new_end += 1;
    }
    let begun = point(old, start);
    InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: begun,
        old_end_position: advance(begun, &old[start..old_end]),
        new_end_position: advance(begun, &new[start..new_end]),
    }
}

fn common<'a>(pairs: impl Iterator<Item = (&'a u8, &'a u8)>) -> usize {
    pairs.take_while(|(a, b)| a == b).count()
}

/// Row and column, in bytes, of an offset.
pub(super) fn point(text: &str, at: usize) -> Point {
    advance(Point { row: 0, column: 0 }, &text[..at])
}

/// Where one is after `text`.
pub(super) fn advance(from: Point, text: &str) -> Point {
    let rows = text.bytes().filter(|&byte| byte == b'\n').count();
    match text.rfind('\n') {
        Some(last) => Point { row: from.row + rows, column: text.len() - last - 1 },
        None => Point { row: from.row, column: from.column + text.len() },
    }
}
