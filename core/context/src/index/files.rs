//! One file of the index: its text, what it defines and imports, and its chunks.

use foldhash::fast::FixedState;
use std::hash::BuildHasher;

use crate::syntax::{Definition, Import};

/// What is known of a file without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStamp {
    /// Path inside the workspace, with `/` between folders.
    pub path: String,
    /// Size in UTF-8 bytes.
    pub size: u64,
    /// Milliseconds since 1970 of the last change; 0 where nobody knows.
    pub modified: u64,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) modified: u64,
    pub(crate) hash: u64,
    pub(crate) text: String,
    pub(crate) imports: Vec<Import>,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) chunks: Vec<Chunk>,
}

/// A stretch of a file between two cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Its number in the ranking.
    pub(crate) number: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl File {
    pub(crate) fn chunk_text(&self, chunk: Chunk) -> &str {
        &self.text[chunk.start as usize..chunk.end as usize]
    }

    /// About how many bytes it takes.
    pub(crate) fn memory(&self) -> usize {
        let definitions: usize =
            self.definitions.iter().map(|one| one.name.len() + one.signature.len() + 80).sum();
        let imports: usize = self
            .imports
            .iter()
            .map(|one| one.module.len() + 80 + one.names.iter().map(|name| name.len() + 24).sum::<usize>())
            .sum();
        self.text.len() + self.path.len() + definitions + imports + self.chunks.len() * 12 + 200
    }
}

/// A hash of a text by which a change is seen; the same on every machine.
pub(crate) fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

/// The name of a file without folders and without its extension.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rfind('.') {
        Some(0) | None => name,
        Some(at) => &name[..at],
    }
}
