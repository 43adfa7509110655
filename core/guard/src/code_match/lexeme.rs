//! Tokens of any language, good enough to compare: words, runs of signs, signs.
//!
//! A word is letters, digits, `_` and everything beyond ASCII. A run of one of
//! `= - # / *` is one token however long, so that rulers and comment markers do
//! not count by their length. Every other sign is a token of its own; blanks
//! are none.

use super::{Lexeme, mix};

/// What kind of token is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Nothing,
    Word,
    Run(u8),
}

/// Reads bytes, gives tokens.
#[derive(Debug, Clone)]
pub(crate) struct Lexemes {
    reading: Reading,
    hash: u64,
}

/// FNV-1a, 64 bits.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Lexemes {
    pub(crate) fn new() -> Self {
        Self { reading: Reading::Nothing, hash: OFFSET }
    }

    /// Reads a byte; gives the token before it, and the byte as one if it is one by itself.
    pub(crate) fn push(&mut self, byte: u8) -> (Option<Lexeme>, Option<Lexeme>) {
        let next = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => Reading::Word,
            b'=' | b'-' | b'#' | b'/' | b'*' => Reading::Run(byte),
            _ => Reading::Nothing,
        };
        let ended = if next == self.reading { None } else { self.finish() };
        self.reading = next;
        match next {
            Reading::Word => self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(PRIME),
            Reading::Run(sign) => self.hash = OFFSET ^ u64::from(sign),
            Reading::Nothing if !byte.is_ascii_whitespace() && !byte.is_ascii_control() => {
                return (ended, Some(Lexeme { hash: mix(OFFSET ^ u64::from(byte)) }));
            }
            Reading::Nothing => {}
        }
        (ended, None)
    }

    /// The text has ended: gives the token that was being read.
    pub(crate) fn finish(&mut self) -> Option<Lexeme> {
        let ended = (self.reading != Reading::Nothing).then(|| Lexeme { hash: mix(self.hash) });
        *self = Self::new();
        ended
    }

    /// All tokens of a text.
    pub(crate) fn all(text: &str) -> Vec<Lexeme> {
        let mut lexemes = Self::new();
        let mut all = Vec::new();
        for byte in text.bytes() {
            let (before, this) = lexemes.push(byte);
            all.extend(before.into_iter().chain(this));
        }
        all.extend(lexemes.finish());
        all
    }
}
