//! Text that stands elsewhere word for word: 65 tokens in a row.
//!
//! The idea is winnowing (Schleimer, Wilkerson, Aiken: "Winnowing: Local
//! Algorithms for Document Fingerprinting", SIGMOD 2003). Of the hashes of all
//! runs of [`GRAM`] tokens a file keeps the least of every [`WINDOW`] in a row.
//! A copy of `GRAM + WINDOW - 1` = 65 tokens always holds one that was kept, so
//! none is missed. A hash that is found is only a candidate: the file also has
//! one byte for every token, with which the run is followed to both sides, so
//! that 65 means 65.
//!
//! Blanks, line ends and comment layout do not count; names do: this finds
//! copies, not imitations.

mod build;
mod file;
mod lexeme;
mod matcher;

pub use build::FingerprintBuilder;
pub use file::Fingerprints;
pub(crate) use matcher::CodeMatch;

/// Tokens in a hashed run.
pub const GRAM: usize = 32;

/// Hashes in a row of which the least is kept.
pub const WINDOW: usize = 34;

/// Tokens in a row that make a copy: the least length that winnowing never misses.
pub const TOKENS: usize = GRAM + WINDOW - 1;

/// A token of source, as far as a comparison goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lexeme {
    /// Hash of its bytes.
    pub(crate) hash: u64,
}

impl Lexeme {
    /// One byte of the hash, of which the file has one for every token.
    pub(crate) fn tag(self) -> u8 {
        (self.hash >> 56) as u8
    }
}

/// The hash of the last [`GRAM`] tokens, moved on token by token.
///
/// A polynomial in [`BASE`] over the tokens' hashes, modulo 2^64.
#[derive(Debug, Clone)]
pub(crate) struct Rolling {
    last: [u64; GRAM],
    tokens: usize,
    sum: u64,
}

/// Odd, so that no token's weight has a factor of two in it.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

impl Rolling {
    pub(crate) fn new() -> Self {
        Self { last: [0; GRAM], tokens: 0, sum: 0 }
    }

    /// Takes the next token; gives the hash once there are enough of them.
    pub(crate) fn push(&mut self, lexeme: Lexeme) -> Option<u32> {
        let oldest = std::mem::replace(&mut self.last[self.tokens % GRAM], lexeme.hash);
        let leaving = oldest.wrapping_mul(BASE.wrapping_pow(GRAM as u32 - 1));
        self.sum = self.sum.wrapping_sub(leaving).wrapping_mul(BASE).wrapping_add(lexeme.hash);
        self.tokens += 1;
        (self.tokens >= GRAM).then(|| (mix(self.sum) >> 32) as u32)
    }
}

/// Spreads every bit over all of them (the finalizer of splitmix64).
pub(crate) fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
