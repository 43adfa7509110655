//! A [`ContextQuery`] and the response to it, as bytes.
//!
//! The idea: in a browser the index is a WebAssembly module of its own, beside the
//! engine's, so both questions and answers cross as bytes. Ranking looks at what is near
//! the cursor, so a large file is cut to that on its way, and what syntax said of it is
//! moved along.
//!
//! Both sides come from the same build, so the form has no versions; whatever arrives
//! is checked all the same.

use std::borrow::Cow;

use ghostlight_text::Span;

use crate::Source;
use crate::retrieve::{CANDIDATES, ContextQuery, LONGEST};
use crate::snippet::{Snippet, SnippetKind};
use crate::syntax::{SpanBounds, SyntaxFacts, read_facts, write_facts};
use crate::wire::{Reader, Writer};

/// Bytes on each side of the cursor that cross.
pub const NEAREST: usize = 16 << 10;

/// Longest path, in UTF-8 bytes.
const LONGEST_PATH: usize = 4096;

/// What was found for a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ContextResponse {
    /// What could be quoted, the best first.
    pub snippets: Vec<Snippet>,
    /// Milliseconds for each kind that was looked for, in that order.
    pub looked: Vec<(SnippetKind, f64)>,
}

/// A query, for [`read_query`].
///
/// ```
/// use ghostlight_context::context_wire::{read_query, write_query};
/// use ghostlight_context::{ContextQuery, Source};
/// let source = Source { path: "a.rs", prefix: "fn a() {", suffix: "}\n" };
/// let query = ContextQuery { source, window: (800, 200), ..ContextQuery::default() };
/// assert_eq!(read_query(&write_query(&query)), Some(query));
/// ```
#[must_use]
pub fn write_query(query: &ContextQuery<'_>) -> Vec<u8> {
    let ContextQuery { source, ref facts, window } = *query;
    let facts: &SyntaxFacts = facts;
    let skipped = source.prefix.ceil_char_boundary(source.prefix.len().saturating_sub(NEAREST));
    let rest = source.suffix.floor_char_boundary(NEAREST);
    let near = Source { prefix: &source.prefix[skipped..], suffix: &source.suffix[..rest], ..source };
    let is_whole = skipped == 0 && rest == source.suffix.len();
    let facts = if is_whole { Cow::Borrowed(facts) } else { Cow::Owned(moved(facts, skipped, near)) };
    let mut to = Writer::default();
    to.text(near.path);
    to.text(near.prefix);
    to.text(near.suffix);
    to.count(window.0);
    to.count(window.1);
    write_facts(&mut to, &facts);
    to.0
}

/// Reads a query; none for bytes that are none.
///
/// ```
/// use ghostlight_context::context_wire::read_query;
/// assert_eq!(read_query(b"no query"), None);
/// ```
#[must_use]
pub fn read_query(bytes: &[u8]) -> Option<ContextQuery<'_>> {
    let mut from = Reader(bytes);
    let source = Source { path: from.text()?, prefix: from.text()?, suffix: from.text()? };
    let window = (window(&mut from)?, window(&mut from)?);
    let facts = Cow::Owned(read_facts(&mut from, &SpanBounds::of(source))?);
    from.is_done().then_some(ContextQuery { source, facts, window })
}

/// A number of bytes that can be added to another one.
fn window(from: &mut Reader<'_>) -> Option<usize> {
    from.count().filter(|&bytes| bytes <= 1 << 30)
}

/// What syntax said of a file, said of the part of it that begins at `skipped`: what
/// lies outside shrinks to the nearer end.
fn moved(facts: &SyntaxFacts, skipped: usize, near: Source<'_>) -> SyntaxFacts {
    let end = near.prefix.len() + near.suffix.len();
    let place = |at: usize| at.saturating_sub(skipped).min(end);
    let shift = |span: &mut Span| *span = Span::new(place(span.start.0), place(span.end.0));
    let mut facts = facts.clone();
    facts.scopes.iter_mut().for_each(|scope| shift(&mut scope.span));
    facts.imports.iter_mut().for_each(|import| shift(&mut import.span));
    facts.definitions.iter_mut().for_each(|definition| shift(&mut definition.span));
    facts.references.iter_mut().for_each(|reference| shift(&mut reference.span));
    facts.statement.iter_mut().for_each(&shift);
    facts.errors.iter_mut().for_each(shift);
    facts
}

/// A response, for [`read_response`].
///
/// ```
/// use ghostlight_context::SnippetKind;
/// use ghostlight_context::context_wire::{ContextResponse, read_response, write_response};
/// let response = ContextResponse { snippets: Vec::new(), looked: vec![(SnippetKind::Import, 0.5)] };
/// assert_eq!(read_response(&write_response(&response)), Some(response));
/// ```
#[must_use]
pub fn write_response(response: &ContextResponse) -> Vec<u8> {
    let mut to = Writer::default();
    to.list(&response.snippets, |to, snippet| {
        write_kind(to, snippet.kind);
        to.text(&snippet.path);
        to.number(snippet.line.into());
        to.text(&snippet.text);
        to.number(snippet.score.to_bits().into());
    });
    to.list(&response.looked, |to, &(kind, ms)| {
        write_kind(to, kind);
        // Microseconds; what is no number becomes 0.
        to.number((ms * 1000.0) as u64);
    });
    to.0
}

/// Reads a response; none for bytes that are none.
///
/// ```
/// use ghostlight_context::context_wire::read_response;
/// assert_eq!(read_response(b"no response"), None);
/// ```
#[must_use]
pub fn read_response(bytes: &[u8]) -> Option<ContextResponse> {
    let mut from = Reader(bytes);
    let snippets = from.list(CANDIDATES, |from| {
        Some(Snippet {
            kind: read_kind(from)?,
            path: from.text().filter(|path| path.len() <= LONGEST_PATH)?.to_owned(),
            line: u32::try_from(from.number()?).ok()?,
            text: from.text().filter(|text| text.len() <= LONGEST.1)?.to_owned(),
            score: u32::try_from(from.number()?)
                .ok()
                .map(f32::from_bits)
                .filter(|score| score.is_finite())?,
        })
    })?;
    let looked = from.list(SnippetKind::ALL.len(), |from| {
        let kind = read_kind(from)?;
        Some((kind, from.number()? as f64 / 1000.0))
    })?;
    from.is_done().then_some(ContextResponse { snippets, looked })
}

fn write_kind(to: &mut Writer, kind: SnippetKind) {
    let place = SnippetKind::ALL.iter().position(|&one| one == kind);
    to.0.push(place.expect("the list holds every kind") as u8);
}

fn read_kind(from: &mut Reader<'_>) -> Option<SnippetKind> {
    SnippetKind::ALL.get(usize::from(from.byte()?)).copied()
}
