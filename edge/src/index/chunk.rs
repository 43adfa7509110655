//! A file in pieces that are worth finding.

use super::query;

/// Lines of a piece.
const LINES: usize = 40;
/// Lines that two neighbours share.
const SHARED: usize = 8;
/// The longest piece, bytes.
const LONGEST: usize = 4096;

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its first line, counted from 1.
    pub line: usize,
    /// Its text.
    pub text: &'a str,
    /// The words to find it by.
    pub words: String,
}

/// Cuts a text into overlapping pieces of whole lines. A line of any length is in a
/// piece, though only its start may be.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut starts: Vec<usize> = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1).filter(|at| *at < text.len()));
    let mut pieces = Vec::new();
    let mut first = 0;
    while first < starts.len() {
        let last = (first + LINES).min(starts.len());
        let end = starts.get(last).copied().unwrap_or(text.len());
        let whole = &text[starts[first]..end];
        let piece = &whole[..whole.floor_char_boundary(LONGEST)];
        if !piece.trim().is_empty() {
            pieces.push(Piece { line: first + 1, text: piece, words: query::words(piece).join(" ") });
        }
        if last == starts.len() && piece.len() == whole.len() {
            break;
        }
        // The next one begins where this one was cut, if a long line cut it.
        let seen = piece.matches('\n').count().max(1);
        first += seen.min(LINES - SHARED);
    }
    pieces
}
