//! Looking for copies in a text that streams.
//!
//! For every run of tokens the file is asked for the same hash. A place that
//! answers is compared token by token to the left, as far as the last 65 tokens
//! of the text are remembered, and from then on it is followed to the right.

use std::collections::VecDeque;

use super::lexeme::Lexemes;
use super::{Fingerprints, GRAM, Lexeme, Rolling, TOKENS};

/// Places that are followed at a time. Only sources that say one thing over
/// and over need so many, and then one of them will do.
const MOST_PLACES: usize = 64;

/// Places of one hash that are looked at, so that no file makes a token cost more.
const MOST_CANDIDATES: usize = 256;

/// A place in the sources that the text agrees with.
#[derive(Debug, Clone, Copy)]
struct Place {
    document: usize,
    /// Index of the last token that agrees.
    last: usize,
    /// How many do, up to here.
    tokens: usize,
}

/// Where a search is in a text that streams.
#[derive(Debug, Clone)]
pub(crate) struct CodeMatch {
    lexemes: Lexemes,
    rolling: Rolling,
    tags: VecDeque<u8>,
    places: Vec<Place>,
    /// Tokens that ended after the cursor.
    generated: usize,
    is_generated: bool,
}

impl CodeMatch {
    pub(crate) fn new() -> Self {
        Self {
            lexemes: Lexemes::new(),
            rolling: Rolling::new(),
            tags: VecDeque::with_capacity(TOKENS + 1),
            places: Vec::new(),
            generated: 0,
            is_generated: false,
        }
    }

    /// What is read from now on was not there before.
    pub(crate) fn begin_generated(&mut self) {
        self.is_generated = true;
    }

    /// Reads a byte; gives the source of a copy that ends here and has at
    /// least `least` tokens that were not there before.
    pub(crate) fn push(&mut self, known: &Fingerprints, byte: u8, least: usize) -> Option<usize> {
        let (before, this) = self.lexemes.push(byte);
        let first = before.and_then(|lexeme| self.token(known, lexeme, least));
        let second = this.and_then(|lexeme| self.token(known, lexeme, least));
        first.or(second)
    }

    /// The text has ended.
    pub(crate) fn finish(&mut self, known: &Fingerprints, least: usize) -> Option<usize> {
        let last = self.lexemes.finish()?;
        self.token(known, last, least)
    }

    fn token(&mut self, known: &Fingerprints, lexeme: Lexeme, least: usize) -> Option<usize> {
        let tag = lexeme.tag();
        self.generated += usize::from(self.is_generated);
        if self.tags.len() == TOKENS {
            self.tags.pop_front();
        }
        self.tags.push_back(tag);
        self.places.retain_mut(|place| {
            place.last += 1;
            place.tokens += 1;
            known.tokens_of(place.document).contains(&place.last) && known.tag(place.last) == tag
        });
        if let Some(hash) = self.rolling.push(lexeme) {
            self.look_up(known, hash);
        }
        if self.generated < least {
            return None;
        }
        self.places.iter().filter(|place| place.tokens >= TOKENS).map(|place| place.document).min()
    }

    fn look_up(&mut self, known: &Fingerprints, hash: u32) {
        for first in known.places(hash).take(MOST_CANDIDATES) {
            let last = first + GRAM - 1;
            if self.places.len() >= MOST_PLACES {
                return;
            }
            if self.places.iter().any(|place| place.last == last) {
                continue;
            }
            let document = known.document_of(first);
            let source = known.tokens_of(document);
            let agree = |back: &usize| {
                let tag = self.tags.iter().rev().nth(*back);
                last.checked_sub(*back).is_some_and(|at| at >= source.start && Some(&known.tag(at)) == tag)
            };
            let tokens = (0..self.tags.len()).take_while(agree).count();
            if tokens >= GRAM {
                self.places.push(Place { document, last, tokens });
            }
        }
    }
}
