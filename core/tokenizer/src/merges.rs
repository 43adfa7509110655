//! The merges of byte-level BPE: which two neighbours become one symbol, and in which order.
//!
//! The idea: every text that a merge or a token spells is a symbol with a number; symbols below the size of the
//! vocabulary are its tokens. Merging a word is a question of numbers then: a hash table from a pair of symbols to
//! the rank of its merge and the symbol it makes. Short words look for the lowest rank over and over; long ones use
//! a heap, which keeps a word of n bytes at n log n.
//!
//! What it does not do: know words, special tokens or characters.

use std::{cmp::Reverse, collections::BinaryHeap, hash::BuildHasher};

use foldhash::fast::FixedState;
use ghostlight_gguf::Strings;
use ghostlight_text::TokenId;
use hashbrown::{HashMap, HashTable, hash_table::Entry};

use crate::alphabet;

/// Up to this length in bytes a word is merged by looking for the lowest rank each time.
const SHORT: usize = 32;

/// The merge of a pair of symbols. Lower ranks go first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Merge {
    rank: u32,
    product: u32,
}

impl Merge {
    /// Of two symbols that do not merge.
    const NONE: Self = Self { rank: u32::MAX, product: 0 };
}

/// A pair of symbols as one number.
fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

/// The merges of a vocabulary.
#[derive(Debug)]
pub(crate) struct Merges {
    pairs: HashMap<u64, Merge, FixedState>,
    /// The symbol of each byte.
    bytes: [u32; 256],
    tokens: u32,
    /// For the symbols that are no tokens, counted from `tokens` on: the tokens to put in their place.
    spelled: Vec<Box<[TokenId]>>,
}

/// Room that encoding one text reuses from word to word.
#[derive(Default)]
pub(crate) struct Scratch {
    symbols: Vec<u32>,
    merges: Vec<Merge>,
    next: Vec<usize>,
    previous: Vec<usize>,
    heap: BinaryHeap<Reverse<(u32, usize)>>,
    /// Pairs looked up since the start: the measure of the work done.
    pub(crate) lookups: usize,
}

impl Merges {
    /// The merges in `lines`, each two symbols with a space between, over the vocabulary `tokens`.
    ///
    /// `ordinary` tells which tokens text may become; merges that would make another token are left out. So are lines
    /// without a second symbol, and all but the first of equal lines.
    pub(crate) fn new(tokens: &Strings, lines: &Strings, ordinary: impl Fn(TokenId) -> bool) -> Self {
        let mut symbols = Symbols::new(tokens);
        // Where a control token has one letter for its name, that letter has no token, and no symbol either.
        let bytes = symbols.bytes.map(|symbol| if ordinary(TokenId(symbol)) { symbol } else { u32::MAX });
        let mut pairs = HashMap::with_capacity_and_hasher(lines.len(), FixedState::default());
        for (line, rank) in lines.iter().zip(0..) {
            if let Some((left, right, product)) = symbols.merge(line)
                && (product >= symbols.tokens || ordinary(TokenId(product)))
            {
                pairs.entry(pair(left, right)).or_insert(Merge { rank, product });
            }
        }
        let spelled = symbols.others.iter().map(|text| symbols.spell(text, &ordinary)).collect();
        Self { pairs, bytes, tokens: symbols.tokens, spelled }
    }

    /// Appends the tokens of a word, given as its bytes.
    pub(crate) fn encode(&self, word: &[u8], scratch: &mut Scratch, out: &mut Vec<TokenId>) {
        scratch.symbols.clear();
        scratch.symbols.extend(word.iter().map(|&byte| self.bytes[usize::from(byte)]));
        if word.len() <= SHORT {
            self.merge_short(scratch)
        } else {
            self.merge_long(scratch)
        }
        for &symbol in &scratch.symbols {
            match symbol.checked_sub(self.tokens) {
                None => out.push(TokenId(symbol)),
                Some(other) => out.extend(self.spelled.get(other as usize).into_iter().flatten()),
            }
        }
    }

    fn merge(&self, left: u32, right: u32, lookups: &mut usize) -> Merge {
        *lookups += 1;
        self.pairs.get(&pair(left, right)).copied().unwrap_or(Merge::NONE)
    }

    /// Merges `scratch.symbols` in place, looking for the lowest rank each time.
    fn merge_short(&self, scratch: &mut Scratch) {
        let Scratch { symbols, merges, lookups, .. } = scratch;
        merges.clear();
        merges.extend(symbols.windows(2).map(|pair| self.merge(pair[0], pair[1], lookups)));
        // `min_by_key` gives the first of equal ranks, as it has to be.
        while let Some((at, merge)) = merges.iter().copied().enumerate().min_by_key(|(_, merge)| merge.rank) {
            if merge == Merge::NONE {
                break;
            }
            symbols[at] = merge.product;
            symbols.remove(at + 1);
            merges.remove(at);
            if at > 0 {
                merges[at - 1] = self.merge(symbols[at - 1], symbols[at], lookups);
            }
            if let Some(&right) = symbols.get(at + 1) {
                merges[at] = self.merge(symbols[at], right, lookups);
            }
        }
    }

    /// Merges `scratch.symbols`, a linked list here, with the candidates in a heap.
    fn merge_long(&self, scratch: &mut Scratch) {
        let Scratch { symbols, merges, next, previous, heap, lookups } = scratch;
        let len = symbols.len();
        merges.clear();
        merges.extend(symbols.windows(2).map(|pair| self.merge(pair[0], pair[1], lookups)));
        merges.push(Merge::NONE);
        next.clear();
        next.extend(1..=len);
        previous.clear();
        previous.extend((0..len).map(|at| at.wrapping_sub(1)));
        heap.clear();
        heap.extend(
            (0..len).filter(|&at| merges[at] != Merge::NONE).map(|at| Reverse((merges[at].rank, at))),
        );
        while let Some(Reverse((rank, left))) = heap.pop() {
            // A rank belongs to one pair, so an entry is out of date exactly when the rank at its place is another.
            if merges[left].rank != rank {
                continue;
            }
            let right = next[left];
            symbols[left] = merges[left].product;
            merges[right] = Merge::NONE;
            next[left] = next[right];
            let mut renew = |at: usize, symbols: &[u32], next: &[usize]| {
                merges[at] = match symbols.get(next[at]) {
                    Some(&right) => self.merge(symbols[at], right, lookups),
                    None => Merge::NONE,
                };
                if merges[at] != Merge::NONE {
                    heap.push(Reverse((merges[at].rank, at)));
                }
            };
            renew(left, symbols, next);
            if left > 0 {
                renew(previous[left], symbols, next);
            }
            if let Some(before) = previous.get_mut(next[left]) {
                *before = left;
            }
        }
        let (mut from, mut to) = (0, 0);
        while from < len {
            symbols[to] = symbols[from];
            (from, to) = (next[from], to + 1);
        }
        symbols.truncate(to);
    }
}

/// Numbers for texts while the merges are read: a token's id for its text, further numbers for all others.
///
/// Looking texts up is most of the time that loading takes, so two shortcuts go first: the texts of single bytes are
/// in a list, and vocabularies hold the products of their merges in the order of the merges.
struct Symbols<'a> {
    table: HashTable<u32>,
    hasher: FixedState,
    vocabulary: &'a Strings,
    tokens: u32,
    others: Vec<Box<[u8]>>,
    bytes: [u32; 256],
    /// The latest product that is a token; `None` where a text stands in the vocabulary twice.
    product: Option<u32>,
}

impl<'a> Symbols<'a> {
    /// The vocabulary's texts; of equal texts the last counts.
    fn new(vocabulary: &'a Strings) -> Self {
        let tokens = u32::try_from(vocabulary.len()).expect("a header holds fewer strings");
        let mut symbols = Self {
            table: HashTable::with_capacity(vocabulary.len() + 256),
            hasher: FixedState::default(),
            vocabulary,
            tokens,
            others: Vec::new(),
            bytes: [0; 256],
            product: None,
        };
        for (text, id) in vocabulary.iter().zip(0..) {
            symbols.set(text, id);
        }
        symbols.product = (symbols.table.len() == vocabulary.len()).then_some(0);
        symbols.bytes = alphabet::CHAR.map(|char| symbols.number(char.encode_utf8(&mut [0; 4]).as_bytes()));
        symbols
    }

    fn set(&mut self, text: &[u8], number: u32) {
        let Self { table, hasher, vocabulary, others, .. } = self;
        let text_of = |&known: &u32| text_of(vocabulary, others, known);
        let hash = hasher.hash_one(text);
        match table.entry(hash, |known| text_of(known) == text, |known| hasher.hash_one(text_of(known))) {
            Entry::Occupied(mut known) => *known.get_mut() = number,
            Entry::Vacant(free) => {
                free.insert(number);
            }
        }
    }

    /// The number of a text.
    fn find(&self, text: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        self.table.find(hash, |&known| text_of(self.vocabulary, &self.others, known) == text).copied()
    }

    /// The numbers of a merge's two sides and of its product.
    fn merge(&mut self, line: &[u8]) -> Option<(u32, u32, u32)> {
        let space = 1 + line.get(1..)?.iter().position(|&byte| byte == b' ')?;
        let (left, right) = (&line[..space], &line[space + 1..]);
        let product = self.number_of_product(left, right);
        Some((self.number_of_side(left), self.number_of_side(right), product))
    }

    /// The number of one side of a merge.
    fn number_of_side(&mut self, text: &[u8]) -> u32 {
        match alphabet::first(text) {
            Some((byte, len)) if len == text.len() => self.bytes[usize::from(byte)],
            _ => self.number(text),
        }
    }

    /// The number of what a merge makes.
    fn number_of_product(&mut self, left: &[u8], right: &[u8]) -> u32 {
        let is_product = |id: &u32| {
            let text = self.vocabulary.get(*id as usize).unwrap_or_default();
            text.len() == left.len() + right.len() && text.starts_with(left) && text.ends_with(right)
        };
        let near = self.product.and_then(|latest| [latest + 1, latest].into_iter().find(is_product));
        let number = near.unwrap_or_else(|| self.number(&[left, right].concat()));
        if number < self.tokens {
            self.product = self.product.map(|_| number);
        }
        number
    }

    /// The number of a text, a new one if it has none.
    fn number(&mut self, text: &[u8]) -> u32 {
        self.find(text).unwrap_or_else(|| {
            let number = self.tokens + u32::try_from(self.others.len()).expect("a header holds fewer merges");
            self.others.push(text.into());
            self.set(text, number);
            number
        })
    }

    /// What stands for a text that is no token: the one-letter tokens of its ASCII letters, nothing for the others.
    fn spell(&self, text: &[u8], ordinary: impl Fn(TokenId) -> bool) -> Box<[TokenId]> {
        let letter = |byte: &u8| {
            let id =
                self.find(std::slice::from_ref(byte)).filter(|&number| number < self.tokens).map(TokenId);
            id.filter(|&id| ordinary(id))
        };
        text.iter().filter_map(letter).collect()
    }
}

fn text_of<'a>(vocabulary: &'a Strings, others: &'a [Box<[u8]>], number: u32) -> &'a [u8] {
    let number = number as usize;
    match number.checked_sub(vocabulary.len()) {
        None => vocabulary.get(number).expect("numbers below the count are tokens"),
        Some(other) => &others[other],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Three letters whose merges make all runs of `a` up to 8, `ab`, `ba` and words of both; `q` is no token.
    fn merges() -> Merges {
        let tokens = ["a", "b", "c", "aa", "ab", "ba", "aaaa", "aab", "abba", "aaaaaaaa", "bc", "q!"];
        let lines = ["a a", "a b", "aa aa", "b a", "aa b", "ab ba", "aaaa aaaa", "b c", "a a", "c", "c  "];
        Merges::new(&tokens.iter().collect(), &lines.iter().collect(), |_| true)
    }

    fn encode(word: &str) -> (Vec<u32>, usize) {
        let (merges, mut scratch, mut out) = (merges(), Scratch::default(), Vec::new());
        merges.encode(word.as_bytes(), &mut scratch, &mut out);
        (out.into_iter().map(|id| id.0).collect(), scratch.lookups)
    }

    #[test]
    fn the_lowest_rank_goes_first_and_the_leftmost_of_equals() {
        assert_eq!(encode("aaa").0, [3, 0]);
        assert_eq!(encode("aab").0, [7]);
        assert_eq!(encode("abba").0, [8]);
        assert_eq!(encode("babc").0, [1, 4, 2]);
        assert_eq!(encode("").0, []);
    }

    #[test]
    fn bytes_without_a_token_are_left_out() {
        assert_eq!(encode("a?é b").0, [0, 1]);
    }

    #[test]
    fn what_merges_to_no_token_is_spelled_out() {
        let tokens: Strings = ["a", "b", "Ġ"].iter().collect();
        let merges = Merges::new(&tokens, &["a b", "ab Ġ"].iter().collect(), |_| true);
        let mut out = Vec::new();
        merges.encode(b"ab aab", &mut Scratch::default(), &mut out);
        // As llama.cpp: the text of the symbol is `abĠ`, and only its ASCII letters have tokens.
        assert_eq!(out, [0, 1, 0, 0, 1].map(TokenId));
    }

    #[test]
    fn merges_never_make_control_tokens() {
        let tokens: Strings = ["a", "b", "ab", "aba"].iter().collect();
        let merges = Merges::new(&tokens, &["a b", "ab a"].iter().collect(), |id| id != TokenId(3));
        let mut out = Vec::new();
        merges.encode(b"aba", &mut Scratch::default(), &mut out);
        assert_eq!(out, [2, 0].map(TokenId));
    }

    #[test]
    fn work_grows_no_faster_than_the_word() {
        for unit in ["a", "ab", "abba", "aabc", "c"] {
            let work = |len: usize| encode(&unit.repeat(len / unit.len())).1;
            let (short, long) = (work(2_000), work(200_000));
            assert!(long <= short * 101, "{unit}: {short} lookups for 2,000 bytes, {long} for 200,000");
        }
    }

    proptest! {
        #[test]
        fn both_ways_of_merging_agree(word in "[abcq]{0,80}") {
            let merges = merges();
            let mut scratch = Scratch::default();
            let symbols: Vec<u32> = word.bytes().map(|byte| merges.bytes[usize::from(byte)]).collect();
            scratch.symbols.clone_from(&symbols);
            merges.merge_short(&mut scratch);
            let short = std::mem::replace(&mut scratch.symbols, symbols);
            merges.merge_long(&mut scratch);
            prop_assert_eq!(short, scratch.symbols);
        }
    }
}
