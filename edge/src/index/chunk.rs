//! Chunks of a file: overlapping runs of whole lines, each with the terms it is found by.

use super::query;

/// Lines of a chunk.
const LINES: usize = 40;
/// Lines that two neighbours share.
const SHARED: usize = 8;
/// The longest chunk, bytes.
const LONGEST: usize = 4096;

/// A chunk of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Its first line, counted from 1.
    pub line: usize,
    /// Its text.
    pub text: &'a str,
    /// The terms to find it by, blank between two.
    pub terms: String,
}

/// Cuts a text into overlapping chunks of whole lines. A line of any length is in a
/// chunk, though only its start may be.
#[must_use]
pub fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut starts: Vec<usize> = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1).filter(|at| *at < text.len()));
    let mut chunks = Vec::new();
    let mut first = 0;
    while first < starts.len() {
        let last = (first + LINES).min(starts.len());
        let end = starts.get(last).copied().unwrap_or(text.len());
        let whole = &text[starts[first]..end];
        let chunk = &whole[..whole.floor_char_boundary(LONGEST)];
        if !chunk.trim().is_empty() {
            chunks.push(Chunk { line: first + 1, text: chunk, terms: query::indexed(chunk) });
        }
        if last == starts.len() && chunk.len() == whole.len() {
            break;
        }
        // The next one begins where this one was cut, if a long line cut it.
        let seen = chunk.matches('\n').count().max(1);
        first += seen.min(LINES - SHARED);
    }
    chunks
}
