//! Context providers: where the snippets of a prompt come from.
//!
//! A trait, so that a session knows no index: natively it is a [`Workspace`](crate::Workspace)
//! in the same memory, in a browser a module of its own ([`remote`](crate::remote)).

use ghostlight_context::index::IndexSize;
use ghostlight_context::{ContextQuery, Snippet, SnippetKind};

use crate::GuardOptions;

/// Knows files besides the one with the cursor. Answers at once, from what it knows by now.
pub trait ContextProvider {
    /// Whether it knows no file: then nobody asks.
    fn is_empty(&self) -> bool;

    /// What could be quoted, the best first. `seen` is told each kind that was looked for, as soon
    /// as it was; or later and with the milliseconds that it took.
    fn find(
        &mut self,
        query: &ContextQuery<'_>,
        seen: &mut dyn FnMut(SnippetKind, Option<f64>),
    ) -> Vec<Snippet>;

    /// Whether a file may still be quoted.
    fn has(&self, path: &str) -> bool;

    /// Keeps out from now on what the guard keeps out of prompts.
    fn follow(&mut self, guard: &GuardOptions);

    /// How large it is.
    fn size(&self) -> IndexSize;

    /// How many files it has not read yet.
    fn waiting(&self) -> usize;
}
