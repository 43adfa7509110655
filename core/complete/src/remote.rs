//! Remote context: both ends of a [`ContextProvider`] that answers by bytes.
//!
//! The idea: in a browser the provider is another WebAssembly module, which the host calls.
//! A provider on the engine's side asks by [`find_by`], and the module behind it answers by
//! [`answer`]. An answer that makes no sense is none, and the prompt is the file.

use ghostlight_context::context_wire::{
    ContextResponse, read_query, read_response, write_query, write_response,
};
use ghostlight_context::{ContextQuery, Snippet, SnippetKind};

use crate::{Clock, ContextProvider};

/// What could be quoted, by whom `send` gives a question as bytes and has the answer from.
/// `seen` is told what the other side took for each kind.
///
/// ```
/// use ghostlight_complete::remote;
/// use ghostlight_context::ContextQuery;
/// let found = remote::find_by(&ContextQuery::default(), &mut |_, _| (), |_| Some(b"no answer".to_vec()));
/// assert!(found.is_empty());
/// ```
pub fn find_by(
    query: &ContextQuery<'_>,
    seen: &mut dyn FnMut(SnippetKind, Option<f64>),
    send: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Vec<Snippet> {
    let response = send(&write_query(query)).and_then(|bytes| read_response(&bytes));
    let Some(found) = response else { return Vec::new() };
    found.looked.iter().for_each(|&(kind, ms)| seen(kind, Some(ms)));
    found.snippets
}

/// Answers a question of [`find_by`]; none for bytes that are none.
///
/// ```
/// use std::borrow::Cow;
///
/// use ghostlight_complete::{Workspace, remote};
/// use ghostlight_context::{ContextQuery, Source};
///
/// let mut workspace = Workspace::default();
/// let query = ContextQuery { source: Source { path: "a.rs", ..Source::default() }, ..ContextQuery::default() };
/// let send = |question: &[u8]| remote::answer(&mut workspace, question, &|| 0.0);
/// assert!(remote::find_by(&query, &mut |_, _| (), send).is_empty());
/// ```
pub fn answer(provider: &mut impl ContextProvider, question: &[u8], clock: &impl Clock) -> Option<Vec<u8>> {
    let query = read_query(question)?;
    let mut last = clock.now_ms();
    let mut looked = Vec::new();
    let snippets = provider.find(&query, &mut |kind, _| {
        let now = clock.now_ms();
        looked.push((kind, now - last));
        last = now;
    });
    Some(write_response(&ContextResponse { snippets, looked }))
}
