//! Numbers with units: byte offsets, spans, token ids.
//!
//! Newtypes without arithmetic beyond what has a meaning; they carry no text
//! and check nothing against one. [`crate::Document`] does that.

use std::fmt;

/// Index into a model's vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TokenId(pub u32);

impl TokenId {
    /// The id as an index into a table with one entry a token.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Distance from the start of a text in UTF-8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ByteOffset(pub usize);

impl fmt::Display for ByteOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A half-open range of UTF-8 bytes: `start` is in it, `end` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: ByteOffset,
    /// One past the last byte.
    pub end: ByteOffset,
}

impl Span {
    /// The span from `start` to `end`, in UTF-8 bytes.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: ByteOffset(start), end: ByteOffset(end) }
    }

    /// The empty span at `offset`, which is where an insertion goes.
    #[must_use]
    pub fn at(offset: ByteOffset) -> Self {
        Self { start: offset, end: offset }
    }

    /// Length in UTF-8 bytes; 0 for a span that runs backwards.
    #[must_use]
    pub fn len(self) -> usize {
        self.end.0.saturating_sub(self.start.0)
    }

    /// Whether the span holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}
