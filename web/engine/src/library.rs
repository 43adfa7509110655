//! Context from the host: an object that knows the other files of a workspace.
//!
//! The object is the index, the class of `web/workspace`, as it is. Its methods answer at
//! once and in bytes or numbers. When one of them throws, the module behind it is gone: it
//! is not asked again, and prompts are the file alone.
//!
//! The index keeps out what the guard keeps out, as the host tells it; the engine does not
//! rely on it, and lets no such file through either.

use ghostlight_complete::{ContextProvider, GuardOptions, remote};
use ghostlight_context::index::IndexSize;
use ghostlight_context::{ContextQuery, Snippet, SnippetKind};
use ghostlight_guard::Reach;
use ghostlight_protocol::{Bytes, LibraryHost, WorkspaceFigures};

ghostlight_protocol::index_methods!(ghostlight_protocol::import_class, Index);

/// A context provider that asks its host.
pub(crate) struct FromHost {
    host: Option<Index>,
    guard: GuardOptions,
}

impl FromHost {
    pub(crate) fn new(host: LibraryHost) -> Self {
        Self { host: Some(Index::new(host)), guard: GuardOptions::default() }
    }

    fn figures(&self) -> WorkspaceFigures {
        self.host.as_ref().and_then(|host| host.size().ok()).unwrap_or_default()
    }
}

impl ContextProvider for FromHost {
    fn is_empty(&self) -> bool {
        self.host.as_ref().is_none_or(|host| host.is_empty().unwrap_or(true))
    }

    fn find(
        &mut self,
        query: &ContextQuery<'_>,
        seen: &mut dyn FnMut(SnippetKind, Option<f64>),
    ) -> Vec<Snippet> {
        let Some(host) = &self.host else { return Vec::new() };
        let mut is_gone = false;
        let mut found = remote::find_by(query, seen, |question| {
            let answer = host.find(Bytes(question.to_vec())).unwrap_or_else(|_| {
                is_gone = true;
                None
            });
            answer.map(|bytes| bytes.0)
        });
        if is_gone {
            self.host = None;
        }
        found.retain(|snippet| self.guard.reach(&snippet.path) > Reach::Nowhere);
        found
    }

    fn has(&self, path: &str) -> bool {
        let is_there = |host: &Index| host.has(path.to_owned()).unwrap_or(false);
        self.guard.reach(path) > Reach::Nowhere && self.host.as_ref().is_some_and(is_there)
    }

    fn follow(&mut self, guard: &GuardOptions) {
        self.guard = guard.clone();
    }

    fn size(&self) -> IndexSize {
        let figures = self.figures();
        IndexSize {
            files: figures.files as usize,
            pieces: figures.pieces as usize,
            symbols: figures.symbols as usize,
            text: figures.text as usize,
            memory: figures.memory as usize,
        }
    }

    fn waiting(&self) -> usize {
        self.figures().waiting as usize
    }
}
