//! BERT's uncased tokenizer: a text as numbers of word pieces.
//!
//! As in Devlin et al., "BERT" (2019), and to the id what Hugging Face's tokenizers make
//! of the same `tokenizer.json`: control characters go, blanks are one, Chinese
//! characters stand alone, accents go, all is lower case, punctuation stands alone; then
//! each word is the longest piece of the vocabulary that it begins with, and so on
//! (`##` marks what does not begin a word). A word that cannot be made is `[UNK]`.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::EmbedError;

/// Characters of a word that is looked up; a longer one is unknown.
const LONGEST_WORD: usize = 100;

/// The vocabulary.
#[derive(Debug, Clone)]
pub struct WordPiece {
    /// Pieces that begin a word.
    heads: HashMap<Box<str>, u32, FixedState>,
    /// Pieces that go on, without their `##`.
    tails: HashMap<Box<str>, u32, FixedState>,
    /// UTF-8 bytes of the longest piece.
    longest: usize,
    pieces: usize,
    begin: u32,
    end: u32,
    unknown: u32,
}

impl WordPiece {
    /// Reads a `vocab.txt`: a piece a line, numbered from 0.
    ///
    /// # Errors
    /// [`EmbedError::Marker`] where `[CLS]`, `[SEP]` or `[UNK]` is not there.
    pub fn parse(vocabulary: &str) -> Result<Self, EmbedError> {
        let (mut heads, mut tails): (HashMap<_, _, FixedState>, HashMap<_, _, FixedState>) = <_>::default();
        let (mut longest, mut pieces) = (0, 0);
        for line in vocabulary.lines() {
            let number = pieces as u32;
            pieces += 1;
            match line.strip_prefix("##") {
                Some(tail) if !tail.is_empty() => tails.insert(Box::from(tail), number),
                _ => heads.insert(Box::from(line), number),
            };
            longest = longest.max(line.len());
        }
        let marker = |name| heads.get(name).copied().ok_or(EmbedError::Marker(name));
        let (begin, end, unknown) = (marker("[CLS]")?, marker("[SEP]")?, marker("[UNK]")?);
        Ok(Self { begin, end, unknown, heads, tails, longest, pieces })
    }

    /// How many pieces there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces
    }

    /// Whether there are none, which [`WordPiece::parse`] refuses.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces == 0
    }

    /// Numbers of a text's pieces between `[CLS]` and `[SEP]`, at most `most` with them;
    /// what comes later is left out.
    #[must_use]
    pub fn encode(&self, text: &str, most: usize) -> Vec<u32> {
        let room = most.max(2) - 1;
        let mut ids = vec![self.begin];
        let mut word = String::new();
        for c in clean(text) {
            if ids.len() >= room {
                break;
            }
            let is_blank = is_blank(c);
            let is_alone = is_chinese(c) || is_punctuation(c);
            if is_blank || is_alone {
                self.add(&word, &mut ids);
                word.clear();
            }
            if is_alone {
                self.add(c.encode_utf8(&mut [0; 4]), &mut ids);
            } else if !is_blank {
                word.push(c);
            }
        }
        self.add(&word, &mut ids);
        ids.truncate(room);
        ids.push(self.end);
        ids
    }

    /// Adds the pieces of a word, the longest first.
    fn add(&self, word: &str, ids: &mut Vec<u32>) {
        if word.is_empty() {
            return;
        }
        let before = ids.len();
        let mut rest = if word.chars().count() > LONGEST_WORD { "" } else { word };
        let mut pieces = &self.heads;
        while !rest.is_empty() {
            let mut end = rest.floor_char_boundary(self.longest);
            let found = loop {
                if end == 0 {
                    break None;
                }
                if let Some(&number) = pieces.get(&rest[..end]) {
                    break Some(number);
                }
                end = rest.floor_char_boundary(end - 1);
            };
            let Some(number) = found else { break };
            ids.push(number);
            rest = &rest[end..];
            pieces = &self.tails;
        }
        // A part of a word says nothing.
        if !rest.is_empty() || ids.len() == before {
            ids.truncate(before);
            ids.push(self.unknown);
        }
    }
}

/// The characters that count: no control characters, no accents, lower case.
fn clean(text: &str) -> impl Iterator<Item = char> {
    let kept = text.chars().filter(|&c| matches!(c, '\t' | '\n' | '\r') || !is_control(c));
    let plain =
        kept.nfd().filter(|&c| c.is_ascii() || c.general_category() != GeneralCategory::NonspacingMark);
    plain.flat_map(char::to_lowercase)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// What is not printed. A character without a meaning yet is.
fn is_control(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c == char::REPLACEMENT_CHARACTER
        || c.general_category_group() == GeneralCategoryGroup::Other
            && c.general_category() != GeneralCategory::Unassigned
}

fn is_punctuation(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_punctuation();
    }
    c.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// Ideographs, each a word: the ranges of the reference.
fn is_chinese(c: char) -> bool {
    matches!(
        c,
        '\u{4E00}'..='\u{9FFF}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{20000}'..='\u{2A6DF}'
            | '\u{2A700}'..='\u{2B73F}'
            | '\u{2B740}'..='\u{2B81F}'
            | '\u{2B920}'..='\u{2CEAF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{2F800}'..='\u{2FA1F}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VOCABULARY: &str =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\n,\n(\ncafe\n中\nhello\n##s\n_\nid\nx\n##1";

    fn pieces(text: &str) -> Vec<String> {
        let names: Vec<&str> = VOCABULARY.lines().collect();
        let ids = WordPiece::parse(VOCABULARY).unwrap().encode(text, 256);
        ids.iter().map(|&id| names[id as usize].to_owned()).collect()
    }

    #[test]
    fn words_become_the_longest_pieces() {
        let long = "x".repeat(101);
        for (text, expected) in [
            ("", ""),
            ("unaffable", "un ##aff ##able"),
            ("Hello, HELLOs", "hello , hello ##s"),
            ("Caf\u{e9} cafe\u{301}", "cafe cafe"),
            ("un\u{200b}\u{0}aff\tun\n", "un ##aff un"),
            ("中hello中", "中 hello 中"),
            ("hello_id(x1", "hello _ id ( x ##1"),
            ("unknown un", "[UNK] un"),
            (long.as_str(), "[UNK]"),
        ] {
            let found = pieces(text);
            assert_eq!(found[1..found.len() - 1].join(" "), expected, "{text:?}");
            assert_eq!((&*found[0], &*found[found.len() - 1]), ("[CLS]", "[SEP]"));
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let tokenizer = WordPiece::parse(VOCABULARY).unwrap();
        let whole = tokenizer.encode(&"unaffable ".repeat(9), 256);
        for most in 0..40 {
            let ids = tokenizer.encode(&"unaffable ".repeat(9), most);
            assert_eq!(ids.len(), most.clamp(2, whole.len()));
            assert_eq!(ids[..ids.len() - 1], whole[..ids.len() - 1]);
            assert_eq!(ids.last(), whole.last());
        }
    }

    #[test]
    fn a_vocabulary_has_its_markers() {
        assert_eq!(WordPiece::parse("[UNK]\n[SEP]").unwrap_err(), EmbedError::Marker("[CLS]"));
        assert_eq!(WordPiece::parse("").unwrap_err(), EmbedError::Marker("[CLS]"));
    }

    proptest! {
        #[test]
        fn any_text_has_numbers(text in any::<String>(), most in 0..50usize) {
            let tokenizer = WordPiece::parse(VOCABULARY).unwrap();
            let ids = tokenizer.encode(&text, most);
            prop_assert!((2..=most.max(2)).contains(&ids.len()));
            prop_assert!(ids.iter().all(|&id| (id as usize) < tokenizer.len()));
        }
    }
}
