//! Earlier suggestions, to answer without the model.
//!
//! The idea: a suggestion stays right while one types what it says, and when
//! one deletes back to where it began. A place is known by the text around the
//! cursor, not by offsets, so an edit elsewhere in the file does not matter.
//! The answer that there is nothing to suggest is remembered too.

use std::collections::VecDeque;

use crate::Request;

/// Bytes on each side of the cursor by which a place is known.
const AROUND: usize = 512;

/// The last suggestions, newest first.
#[derive(Debug)]
pub(crate) struct Memory {
    entries: VecDeque<Entry>,
    capacity: usize,
}

#[derive(Debug)]
struct Entry {
    path: String,
    before: Side,
    after: Side,
    max_tokens: usize,
    text: String,
    confidence: f32,
}

/// The text next to the cursor on one side.
#[derive(Debug, PartialEq)]
struct Side {
    text: String,
    whole: bool, // there is no more on this side
}

impl Side {
    fn before(prefix: &str) -> Self {
        let from = prefix.ceil_char_boundary(prefix.len().saturating_sub(AROUND));
        Self { text: prefix[from..].to_owned(), whole: from == 0 }
    }

    fn after(suffix: &str) -> Self {
        let to = suffix.floor_char_boundary(AROUND);
        Self { text: suffix[..to].to_owned(), whole: to == suffix.len() }
    }

    /// Whether this is what stands before a cursor at the end of `prefix`.
    fn is_before(&self, prefix: &str) -> bool {
        if self.whole { self.text == prefix } else { prefix.ends_with(&self.text) }
    }
}

impl Memory {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::new(), capacity }
    }

    /// What is left of an earlier suggestion at this place, and its confidence.
    pub(crate) fn find(&self, request: &Request<'_>) -> Option<(&str, f32)> {
        let after = Side::after(request.suffix);
        let same = |entry: &&Entry| {
            entry.path == request.path && entry.after == after && entry.max_tokens == request.max_tokens
        };
        let mut entries = self.entries.iter().filter(same);
        entries.find_map(|entry| Some((entry.rest(request.prefix)?, entry.confidence)))
    }

    pub(crate) fn remember(&mut self, request: &Request<'_>, text: &str, confidence: f32) {
        let entry = Entry {
            path: request.path.to_owned(),
            before: Side::before(request.prefix),
            after: Side::after(request.suffix),
            max_tokens: request.max_tokens,
            text: text.to_owned(),
            confidence,
        };
        self.entries.push_front(entry);
        self.entries.truncate(self.capacity);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

impl Entry {
    /// What is left to suggest after `prefix`: all of the text at the place
    /// itself, less what was typed since.
    fn rest(&self, prefix: &str) -> Option<&str> {
        if self.before.is_before(prefix) {
            return Some(&self.text);
        }
        // A suggestion that was typed to its end has nothing left to say.
        let typed = self.text.char_indices().map(|(at, _)| at).skip(1);
        let rest = |at: usize| {
            let place = prefix.strip_suffix(&self.text[..at])?;
            self.before.is_before(place).then_some(&self.text[at..])
        };
        typed.into_iter().find_map(rest)
    }
}
