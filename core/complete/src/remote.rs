//! Quotations from somewhere else: both ends of a [`Library`] that answers by bytes.
//!
//! The idea: in a browser the library is another WebAssembly module, which the host calls.
//! A `Library` on the engine's side asks by [`find_by`], and the module behind it answers by
//! [`answer`]. An answer that makes no sense is none, and the prompt is the file.

use ghostlight_context::quoting::{Found, read_found, read_wanted, write_found, write_wanted};
use ghostlight_context::{Snippet, SnippetKind};

use crate::{Asked, Clock, Library};

/// What could be quoted, by whom `send` gives a question as bytes and has the answer from.
/// `seen` is told what the other side took for each kind.
pub fn find_by(
    asked: Asked<'_>,
    seen: &mut dyn FnMut(SnippetKind, Option<f64>),
    send: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Vec<Snippet> {
    let question = write_wanted(asked.source, asked.facts, asked.window);
    let Some(found) = send(&question).and_then(|bytes| read_found(&bytes)) else { return Vec::new() };
    found.looked.iter().for_each(|&(kind, ms)| seen(kind, Some(ms)));
    found.snippets
}

/// Answers a question of [`find_by`]; none for bytes that are none.
pub fn answer(library: &mut impl Library, question: &[u8], clock: &impl Clock) -> Option<Vec<u8>> {
    let wanted = read_wanted(question)?;
    let asked = Asked { source: wanted.source, facts: &wanted.facts, window: wanted.window };
    let mut last = clock.now_ms();
    let mut looked = Vec::new();
    let snippets = library.find(asked, &mut |kind, _| {
        let now = clock.now_ms();
        looked.push((kind, now - last));
        last = now;
    });
    Some(write_found(&Found { snippets, looked }))
}
