//! The class that JavaScript sees.
//!
//! Some of its methods are what the engine asks of a library (`web/engine/src/library.rs`),
//! so an instance is handed to it as it is.

use ghostlight_complete::{FileChange, GuardOptions, Library, Workspace, remote};
use ghostlight_context::index::FileStamp;
use ghostlight_context::syntax::{Remote, pack_of};
use ghostlight_guard::PrivacyRules;
use js_sys::{Function, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use crate::protocol::{self, EngineError, ErrorCode};

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the worker started, not affected by clock changes.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now_ms() -> f64;
}

/// The index of a workspace, and the files that still have to be read into it.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct WorkspaceIndex {
    workspace: Workspace,
}

#[wasm_bindgen]
impl WorkspaceIndex {
    /// An empty one.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the host about syntax from now on: a function of a pack's name and a question as
    /// bytes that gives the answer as bytes, or null while it has none.
    #[wasm_bindgen(js_name = setSyntax)]
    pub fn set_syntax(&self, ask: Function) {
        self.workspace.set_syntax(Remote::new(move |pack: &str, question: &[u8]| {
            let given = ask.call2(&JsValue::NULL, &pack.into(), &Uint8Array::from(question)).ok()?;
            given.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec())
        }));
    }

    /// Name of the syntax pack that reads a file; none for a language without a grammar.
    #[wasm_bindgen(js_name = packOf)]
    #[must_use]
    pub fn pack_of(&self, path: &str) -> Option<String> {
        pack_of(path).map(str::to_owned)
    }

    /// Keeps out what `GuardOptions` keep out of prompts, and everything for rules that
    /// cannot be read.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` for what are no options.
    pub fn guard(&mut self, options: JsValue) -> Result<(), JsValue> {
        let options: protocol::GuardOptions = from_js(options)?;
        let rules = PrivacyRules::parse(&options.rules).unwrap_or_else(|_| PrivacyRules::closed());
        self.workspace.follow(&GuardOptions {
            rules: vec![PrivacyRules::builtin(), rules],
            repository: Some(options.repository).filter(|name| !name.is_empty()),
            ..GuardOptions::default()
        });
        Ok(())
    }

    /// Compares `FileStamp`s of the whole workspace with the index. Gives the places in the
    /// list of files whose text is wanted.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` for what is no list of files.
    pub fn begin(&self, listing: JsValue) -> Result<Vec<u32>, JsValue> {
        let listing: Vec<protocol::FileStamp> = from_js(listing)?;
        let stamp = |from: protocol::FileStamp| FileStamp {
            path: from.path,
            size: from.size as u64,
            modified: from.modified as u64,
        };
        let listing: Vec<FileStamp> = listing.into_iter().map(stamp).collect();
        Ok(self.workspace.begin(&listing).into_iter().map(|at| at as u32).collect())
    }

    /// Takes `FileChange`s, which are read in [`WorkspaceIndex::step`].
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` for what is no list of changes.
    pub fn change(&self, changes: JsValue) -> Result<(), JsValue> {
        let changes: Vec<protocol::FileChange> = from_js(changes)?;
        for change in changes {
            self.workspace.change(FileChange {
                path: change.path,
                modified: change.modified as u64,
                text: change.text,
                is_edit: change.edited,
            });
        }
        Ok(())
    }

    /// Brings files up to date for about so many milliseconds; how many still wait.
    #[must_use]
    pub fn step(&self, milliseconds: f64) -> usize {
        let end = now_ms() + milliseconds;
        loop {
            let waiting = self.workspace.step();
            if waiting == 0 || now_ms() >= end {
                return waiting;
            }
        }
    }

    /// Notes that the cursor is in a line of a file, counted from 0.
    pub fn visit(&self, path: &str, line: u32) {
        self.workspace.visit(path, line);
    }

    /// The index as bytes, to be kept.
    #[wasm_bindgen(js_name = toBytes)]
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.workspace.to_bytes()
    }

    /// Begins to take over an index that was kept.
    pub fn restore(&self, bytes: Vec<u8>) {
        // What is none is made anew.
        let _ = self.workspace.begin_restore(bytes);
    }

    /// Reads for about so many milliseconds what was kept; whether more is left.
    #[wasm_bindgen(js_name = restoreStep)]
    #[must_use]
    pub fn restore_step(&self, milliseconds: f64) -> bool {
        let end = now_ms() + milliseconds;
        loop {
            let is_more = self.workspace.restore_step().unwrap_or(false);
            if !is_more || now_ms() >= end {
                return is_more;
            }
        }
    }

    /// Forgets every file.
    pub fn clear(&self) {
        self.workspace.clear();
    }

    /// Whether it knows no file.
    #[wasm_bindgen(js_name = isEmpty)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.workspace.is_empty()
    }

    /// What could be quoted at a cursor: an answer for a question, both as bytes.
    #[must_use]
    pub fn find(&mut self, question: &[u8]) -> Option<Vec<u8>> {
        remote::answer(&mut self.workspace, question, &now_ms)
    }

    /// Whether a file may still be quoted.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.workspace.has(path)
    }

    /// Files, pieces, symbols, bytes of text and of memory, and files that wait.
    #[must_use]
    pub fn size(&self) -> Vec<f64> {
        let size = self.workspace.size();
        [size.files, size.pieces, size.symbols, size.text, size.memory, self.workspace.waiting()]
            .map(|number| number as f64)
            .to_vec()
    }
}

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| {
        let error = EngineError { code: ErrorCode::InvalidRequest, message: error.to_string() };
        serde_wasm_bindgen::to_value(&error).unwrap_or_else(|error| error.into())
    })
}
