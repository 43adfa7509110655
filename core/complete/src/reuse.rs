//! The suggestion cache: earlier suggestions, to answer without the model.
//!
//! The idea: a suggestion stays right while one types what it says, and when
//! one deletes back to where it began. A place is known by the text around the
//! cursor, not by offsets, so an edit elsewhere in the file does not matter.
//! The text before the cursor is a key in a radix tree; what follows a key in
//! the text of a request was typed since, and has to begin the suggestion. The
//! answer that there is nothing to suggest is remembered too.
//!
//! Keys have an end and no beginning that is known, so the tree is entered once
//! for every place where a key may begin; all but a few of these walks end at
//! their first byte.

use std::collections::VecDeque;
use std::mem::take;

use crate::{Event, Request, Source};

/// Bytes on each side of the cursor by which a place is known.
const AROUND: usize = 512;
/// Bytes of a longest character less one: a key may be shorter by these.
const CUT: usize = 3;

/// A suggestion as it is remembered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CachedSuggestion {
    pub(crate) text: String,
    pub(crate) confidence: f32,
    pub(crate) likelihood: f32,
    /// Whether more was left out for being unlikely; who asks by hand is shown that too.
    pub(crate) is_short: bool,
}

/// The last suggestions.
#[derive(Debug)]
pub(crate) struct Reuse {
    root: Node,
    ages: VecDeque<(u64, Vec<u8>)>, // stamps and keys, oldest first
    next: u64,
    longest: usize, // bytes of the longest suggestion there ever was
    capacity: usize,
}

/// A node of the tree: the bytes that lead to it from its parent, and what is
/// known of the place that the bytes from the root on spell.
#[derive(Debug, Default)]
struct Node {
    label: Vec<u8>,
    children: Vec<Node>, // no two labels begin with the same byte
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    stamp: u64,  // higher is newer
    whole: bool, // nothing stands before the key
    path: String,
    after: After,
    max_tokens: usize,
    suggestion: CachedSuggestion,
}

/// The text after a cursor.
#[derive(Debug, Clone, PartialEq)]
struct After {
    text: String,
    whole: bool, // nothing follows
}

impl After {
    fn of(suffix: &str) -> Self {
        let to = suffix.floor_char_boundary(AROUND);
        Self { text: suffix[..to].to_owned(), whole: to == suffix.len() }
    }
}

/// The end of the text before a cursor, and whether it is all of it.
pub(crate) fn key(prefix: &str) -> (&str, bool) {
    let from = prefix.ceil_char_boundary(prefix.len().saturating_sub(AROUND));
    (&prefix[from..], from == 0)
}

impl Reuse {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { root: Node::default(), ages: VecDeque::new(), next: 0, longest: 0, capacity }
    }

    /// What is left of the newest suggestion that agrees with the text before
    /// the cursor: all of it at its own place, less what was typed since.
    pub(crate) fn find(&self, request: &Request<'_>) -> Option<(&str, &CachedSuggestion)> {
        let Request { source: Source { path, prefix, suffix }, max_tokens, event, .. } = *request;
        let after = After::of(suffix);
        let mut newest: Option<(u64, &str, &CachedSuggestion)> = None;
        let mut enter = |start: usize| {
            self.root.walk(&prefix.as_bytes()[start..], &mut |entry, length| {
                let is_same = entry.path == path && entry.max_tokens == max_tokens && entry.after == after;
                let is_enough = event != Event::Asked || !entry.suggestion.is_short;
                if !is_same || !is_enough || (entry.whole && start > 0) {
                    return;
                }
                let Some(rest) = rest(&entry.suggestion.text, &prefix[start + length..]) else { return };
                // Of one that fits in several ways, as little as possible was typed.
                let age = (entry.stamp, rest.len());
                if newest.is_none_or(|(stamp, other, _)| age > (stamp, other.len())) {
                    newest = Some((entry.stamp, rest, &entry.suggestion));
                }
            });
        };
        let first = prefix.len().saturating_sub(AROUND + self.longest);
        let last = prefix.len().saturating_sub(AROUND - CUT);
        if first > 0 {
            enter(0);
        }
        (first..=last).filter(|&start| prefix.is_char_boundary(start)).for_each(&mut enter);
        newest.map(|(_, rest, suggestion)| (rest, suggestion))
    }

    pub(crate) fn remember(&mut self, request: &Request<'_>, suggestion: CachedSuggestion) {
        if self.capacity == 0 {
            return;
        }
        let (key, whole) = key(request.source.prefix);
        let entry = Entry {
            stamp: self.next,
            whole,
            path: request.source.path.to_owned(),
            after: After::of(request.source.suffix),
            max_tokens: request.max_tokens,
            suggestion,
        };
        self.longest = self.longest.max(entry.suggestion.text.len());
        self.next += 1;
        if let Some(stamp) = self.root.same(key.as_bytes(), &entry) {
            self.forget(stamp);
        }
        self.ages.push_back((entry.stamp, key.as_bytes().to_vec()));
        self.root.insert(key.as_bytes(), entry);
        while self.ages.len() > self.capacity {
            let oldest = self.ages[0].0;
            self.forget(oldest);
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    fn forget(&mut self, stamp: u64) {
        let at = self.ages.iter().position(|(other, _)| *other == stamp);
        if let Some((_, key)) = at.and_then(|at| self.ages.remove(at)) {
            self.root.remove(&key, stamp);
        }
    }
}

/// What is left of a suggestion of which `typed` was typed. One that was typed
/// to its end has nothing left to say.
fn rest<'a>(text: &'a str, typed: &str) -> Option<&'a str> {
    if typed.is_empty() {
        return Some(text);
    }
    text.strip_prefix(typed).filter(|rest| !rest.is_empty())
}

impl Node {
    /// Visits every entry whose key `text` begins with, with the key's length.
    fn walk<'a>(&'a self, text: &[u8], visit: &mut impl FnMut(&'a Entry, usize)) {
        let (mut node, mut at) = (self, 0);
        loop {
            for entry in &node.entries {
                visit(entry, at);
            }
            let next = node.children.iter().find(|child| text[at..].starts_with(&child.label));
            let Some(child) = next else { return };
            at += child.label.len();
            node = child;
        }
    }

    /// The stamp of what is known of exactly this place and request.
    fn same(&self, key: &[u8], like: &Entry) -> Option<u64> {
        let mut found = None;
        self.walk(key, &mut |entry, length| {
            let place = length == key.len() && entry.whole == like.whole && entry.after == like.after;
            if place && entry.path == like.path && entry.max_tokens == like.max_tokens {
                found = Some(entry.stamp);
            }
        });
        found
    }

    fn insert(&mut self, key: &[u8], entry: Entry) {
        let Some(&first) = key.first() else {
            self.entries.push(entry);
            return;
        };
        let Some(child) = self.children.iter_mut().find(|child| child.label.first() == Some(&first)) else {
            let leaf = Self { label: key.to_vec(), children: Vec::new(), entries: vec![entry] };
            self.children.push(leaf);
            return;
        };
        let shared = child.label.iter().zip(key).take_while(|(a, b)| a == b).count();
        if shared < child.label.len() {
            let below = Self {
                label: child.label.split_off(shared),
                children: take(&mut child.children),
                entries: take(&mut child.entries),
            };
            child.children.push(below);
        }
        child.insert(&key[shared..], entry);
    }

    /// Takes one entry out, and every node that is then for nothing.
    fn remove(&mut self, key: &[u8], stamp: u64) {
        if key.is_empty() {
            self.entries.retain(|entry| entry.stamp != stamp);
            return;
        }
        let Some(at) = self.children.iter().position(|child| key.starts_with(&child.label)) else { return };
        let child = &mut self.children[at];
        child.remove(&key[child.label.len()..], stamp);
        if child.entries.is_empty() && child.children.len() == 1 {
            if let Some(only) = child.children.pop() {
                child.label.extend(only.label);
                child.children = only.children;
                child.entries = only.entries;
            }
        } else if child.entries.is_empty() && child.children.is_empty() {
            self.children.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slow twin: all suggestions in a list, newest first.
    struct List(Vec<(Owned, String)>, usize);

    #[derive(Debug, Clone, PartialEq)]
    struct Owned {
        path: String,
        prefix: String,
        suffix: String,
        max_tokens: usize,
    }

    impl Owned {
        fn request(&self) -> Request<'_> {
            let Self { path, prefix, suffix, max_tokens } = self;
            Request { source: Source { path, prefix, suffix }, max_tokens: *max_tokens, ..Request::default() }
        }

        fn known_by(&self) -> (&str, (&str, bool), After, usize) {
            (&self.path, key(&self.prefix), After::of(&self.suffix), self.max_tokens)
        }
    }

    impl List {
        fn remember(&mut self, asked: &Owned, text: &str) {
            self.0.retain(|(other, _)| other.known_by() != asked.known_by());
            self.0.insert(0, (asked.clone(), text.to_owned()));
            self.0.truncate(self.1);
        }

        fn find(&self, asked: &Owned) -> Option<String> {
            self.0.iter().find_map(|(place, text)| {
                let same = place.path == asked.path
                    && place.max_tokens == asked.max_tokens
                    && After::of(&place.suffix) == After::of(&asked.suffix);
                let (key, whole) = key(&place.prefix);
                let mut typed = text.char_indices().map(|(at, _)| at);
                let rest = |at: usize| {
                    let before = asked.prefix.strip_suffix(&text[..at])?;
                    let is_there = if whole { before == key } else { before.ends_with(key) };
                    is_there.then(|| text[at..].to_owned())
                };
                if !same {
                    None
                } else if text.is_empty() {
                    rest(0)
                } else {
                    typed.find_map(rest)
                }
            })
        }
    }

    fn owned() -> impl Strategy<Value = Owned> {
        let long = prop::sample::select(vec![0usize, 0, 0, 505, 512, 520]);
        let head = prop::sample::select(vec!["", "é", "x\n"]);
        let tail = "[ab🙂]{0,4}";
        let suffix = prop::sample::select(vec!["", ")", "\n"]);
        (long, head, tail, suffix, 0usize..2).prop_map(|(long, head, tail, suffix, max_tokens)| Owned {
            path: "a.rs".to_owned(),
            prefix: format!("{head}{}{tail}", "ab".repeat(long / 2)),
            suffix: suffix.to_owned(),
            max_tokens,
        })
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_the_list_finds(
            asked in prop::collection::vec((owned(), "[ab🙂]{0,5}", any::<bool>()), 1..40), capacity in 0usize..8,
        ) {
            let (mut tree, mut list) = (Reuse::new(capacity), List(Vec::new(), capacity));
            for (asked, text, is_answer) in &asked {
                let found = tree.find(&asked.request()).map(|(rest, _)| rest.to_owned());
                prop_assert_eq!(found, list.find(asked));
                if *is_answer {
                    let suggestion = CachedSuggestion { text: text.clone(), confidence: 1.0, likelihood: 1.0, is_short: false };
                    tree.remember(&asked.request(), suggestion);
                    list.remember(asked, text);
                }
                prop_assert!(tree.ages.len() <= capacity);
            }
            while let Some(&(oldest, _)) = tree.ages.front() {
                tree.forget(oldest);
            }
            prop_assert!(tree.root.children.is_empty() && tree.root.entries.is_empty());
        }
    }

    #[test]
    fn a_suggestion_of_one_place_is_kept_once() {
        let mut tree = Reuse::new(4);
        for n in 0..10 {
            let request =
                Request { source: Source { prefix: "let x = ", ..Source::default() }, ..Request::default() };
            tree.remember(
                &request,
                CachedSuggestion { text: n.to_string(), confidence: 0.5, likelihood: 0.5, is_short: false },
            );
            assert_eq!(tree.find(&request).map(|(rest, _)| rest), Some(n.to_string().as_str()));
            assert_eq!(tree.ages.len(), 1);
        }
    }
}
