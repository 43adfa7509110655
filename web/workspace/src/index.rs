//! The class that JavaScript sees: what each method of the protocol does.
//!
//! The class itself is made from the table in `web/protocol/src/methods.rs`. Some of its methods
//! are what the engine asks of a library (`web/engine/src/library.rs`), so an instance is handed to
//! it as it is.

use std::rc::Rc;

use ghostlight_complete::{self as complete, ContextProvider, Workspace, remote};
use ghostlight_context::index;
use ghostlight_context::syntax::{Remote, pack_of};
use ghostlight_guard::PrivacyRules;
use ghostlight_protocol::{
    AskSyntax, Bytes, EngineError, FileChange, FileStamp, GuardOptions, WorkspaceFigures,
};
use wasm_bindgen::prelude::*;

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
    methods: Rc<Methods>,
}

#[wasm_bindgen]
impl WorkspaceIndex {
    /// An empty one.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

ghostlight_protocol::index_methods!(ghostlight_protocol::export_class, WorkspaceIndex);

#[derive(Debug, Default)]
struct Methods {
    workspace: Workspace,
}

impl Methods {
    fn set_syntax(&self, host: AskSyntax) -> Result<(), EngineError> {
        let ask = move |pack: &str, question: &[u8]| host.ask(pack, question);
        self.workspace.set_syntax(Remote::new(ask));
        Ok(())
    }

    fn pack_of(&self, path: String) -> Result<Option<String>, EngineError> {
        Ok(pack_of(&path).map(str::to_owned))
    }

    fn guard(&self, options: GuardOptions) -> Result<(), EngineError> {
        let rules = PrivacyRules::parse(&options.rules).unwrap_or_else(|_| PrivacyRules::closed());
        self.workspace.clone().follow(&complete::GuardOptions {
            rules: vec![PrivacyRules::builtin(), rules],
            repository: Some(options.repository).filter(|name| !name.is_empty()),
            ..complete::GuardOptions::default()
        });
        Ok(())
    }

    fn begin(&self, files: Vec<FileStamp>) -> Result<Vec<u32>, EngineError> {
        let stamp = |from: FileStamp| index::FileStamp {
            path: from.path,
            size: from.size as u64,
            modified: from.modified as u64,
        };
        let files: Vec<_> = files.into_iter().map(stamp).collect();
        Ok(self.workspace.begin(&files).into_iter().map(|at| at as u32).collect())
    }

    fn change(&self, changes: Vec<FileChange>) -> Result<(), EngineError> {
        for change in changes {
            self.workspace.change(complete::FileChange {
                path: change.path,
                modified: change.modified as u64,
                text: change.text,
                is_edit: change.edited,
            });
        }
        Ok(())
    }

    fn step(&self, milliseconds: f64) -> Result<u32, EngineError> {
        let end = now_ms() + milliseconds;
        loop {
            let waiting = self.workspace.step();
            if waiting == 0 || now_ms() >= end {
                return Ok(waiting as u32);
            }
        }
    }

    fn visit(&self, path: String, line: u32) -> Result<(), EngineError> {
        self.workspace.visit(&path, line);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Bytes, EngineError> {
        Ok(Bytes(self.workspace.to_bytes()))
    }

    fn restore(&self, bytes: Bytes) -> Result<(), EngineError> {
        // What is none is made anew.
        let _ = self.workspace.begin_restore(bytes.0);
        Ok(())
    }

    fn restore_step(&self, milliseconds: f64) -> Result<bool, EngineError> {
        let end = now_ms() + milliseconds;
        loop {
            let is_more = self.workspace.restore_step().unwrap_or(false);
            if !is_more || now_ms() >= end {
                return Ok(is_more);
            }
        }
    }

    fn clear(&self) -> Result<(), EngineError> {
        self.workspace.clear();
        Ok(())
    }

    fn is_empty(&self) -> Result<bool, EngineError> {
        Ok(self.workspace.is_empty())
    }

    fn find(&self, question: Bytes) -> Result<Option<Bytes>, EngineError> {
        let found = remote::answer(&mut self.workspace.clone(), &question.0, &now_ms);
        Ok(found.map(Bytes))
    }

    fn has(&self, path: String) -> Result<bool, EngineError> {
        Ok(self.workspace.has(&path))
    }

    fn size(&self) -> Result<WorkspaceFigures, EngineError> {
        let size = self.workspace.size();
        Ok(WorkspaceFigures {
            files: size.files as u32,
            pieces: size.pieces as u32,
            symbols: size.symbols as u32,
            text: size.text as f64,
            memory: size.memory as f64,
            waiting: self.workspace.waiting() as u32,
        })
    }
}
