//! Quotations from the host: an object that knows the other files of a workspace.
//!
//! The object is the index, the class of `web/workspace`, as it is. Its methods answer at
//! once and in bytes or numbers. When one of them throws, the module behind it is gone: it
//! is not asked again, and prompts are the file alone.
//!
//! The index keeps out what the guard keeps out, as the host tells it; the engine does not
//! rely on it, and lets no such file through either.

use ghostlight_complete::{Asked, GuardOptions, Library, remote};
use ghostlight_context::index::IndexSize;
use ghostlight_context::{Snippet, SnippetKind};
use ghostlight_guard::Reach;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What `setLibrary` takes: `LibraryHost` of `web/package/src/shared/workspace-module.ts`.
    #[derive(Clone)]
    pub type LibraryHost;

    #[wasm_bindgen(method, structural, catch, js_name = isEmpty)]
    fn is_empty(this: &LibraryHost) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn find(this: &LibraryHost, question: &[u8]) -> Result<Option<Vec<u8>>, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn has(this: &LibraryHost, path: &str) -> Result<bool, JsValue>;
    /// Files, pieces, symbols, bytes of text and of memory, and files that wait.
    #[wasm_bindgen(method, structural, catch)]
    fn size(this: &LibraryHost) -> Result<Vec<f64>, JsValue>;
}

/// A library that asks its host.
pub(crate) struct FromHost {
    host: Option<LibraryHost>,
    guard: GuardOptions,
}

impl FromHost {
    pub(crate) fn new(host: LibraryHost) -> Self {
        Self { host: Some(host), guard: GuardOptions::default() }
    }

    fn sizes(&self) -> Vec<f64> {
        self.host.as_ref().and_then(|host| host.size().ok()).unwrap_or_default()
    }
}

impl Library for FromHost {
    fn is_empty(&self) -> bool {
        self.host.as_ref().is_none_or(|host| host.is_empty().unwrap_or(true))
    }

    fn find(&mut self, asked: Asked<'_>, seen: &mut dyn FnMut(SnippetKind, Option<f64>)) -> Vec<Snippet> {
        let Some(host) = &self.host else { return Vec::new() };
        let mut is_gone = false;
        let mut found = remote::find_by(asked, seen, |question| {
            host.find(question).unwrap_or_else(|_| {
                is_gone = true;
                None
            })
        });
        if is_gone {
            self.host = None;
        }
        found.retain(|snippet| self.guard.reach(&snippet.path) > Reach::Nowhere);
        found
    }

    fn has(&self, path: &str) -> bool {
        let is_there = |host: &LibraryHost| host.has(path).unwrap_or(false);
        self.guard.reach(path) > Reach::Nowhere && self.host.as_ref().is_some_and(is_there)
    }

    fn follow(&mut self, guard: &GuardOptions) {
        self.guard = guard.clone();
    }

    fn size(&self) -> IndexSize {
        match self.sizes()[..] {
            [files, pieces, symbols, text, memory, _] => IndexSize {
                files: files as usize,
                pieces: pieces as usize,
                symbols: symbols as usize,
                text: text as usize,
                memory: memory as usize,
            },
            _ => IndexSize::default(),
        }
    }

    fn waiting(&self) -> usize {
        self.sizes().get(5).map_or(0, |&waiting| waiting as usize)
    }
}
