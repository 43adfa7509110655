//! How much text around the cursor, cut where it does not hurt.
//!
//! The idea: a window whose start follows the cursor token by token would
//! change the start of the prompt at every keystroke, and nothing of the KV
//! cache could be kept. So the start is a line chosen by its content: of the
//! lines in the first half of what would fit, the one whose hash is lowest.
//! Typing moves that range by a few bytes, and the lowest is the lowest until
//! it leaves the range or a lower one enters, which happens about once in a
//! quarter of the budget. It holds too when text far above changes, and when
//! the host sends only the nearest part of a large file.
//!
//! A word that grows has now more tokens and now fewer, so a range counted from
//! the cursor would go to and fro, and the start with it. It is counted from the
//! last blank instead, with room for what follows it in steps: words that are
//! complete have the tokens that they have.
//!
//! A large text is cut by bytes before anything is encoded, so the cost depends
//! on the budget and not on the file.

use crate::Tokens;

/// More bytes a token than code has, so that a window is rarely short for it.
const BYTES_PER_TOKEN: usize = 8;

/// Tokens by which the room for the unfinished word grows.
const WORD_STEP: usize = 8;

/// The end of `text` that fits `budget` tokens, from a stable place.
pub(crate) fn before<'a>(text: &'a str, budget: usize, tokens: &impl Tokens) -> &'a str {
    let base = text.ceil_char_boundary(text.len().saturating_sub(budget * BYTES_PER_TOKEN));
    let tail = &text[base..];
    // The blank goes with the word, as it does in most vocabularies.
    let (mut done, word) = tail.split_at(tail.rfind(char::is_whitespace).unwrap_or(0));
    let mut room = budget;
    let reserved = tokens.encode(word).len().max(1).next_multiple_of(WORD_STEP);
    if reserved <= budget / 2 {
        room -= reserved;
    } else {
        // What is that long has to be cut itself.
        done = tail;
    }
    let ids = tokens.encode(done);
    let over = ids.len().saturating_sub(room);
    if base == 0 && over == 0 {
        return text;
    }
    let bytes = |count: usize| ids[..count].iter().map(|&id| tokens.token_bytes(id).len()).sum::<usize>();
    let place = |at: usize| tail.ceil_char_boundary(at.min(tail.len()));
    let earliest = base + place(bytes(over));
    let latest = base + place(bytes(over + (ids.len() - over) / 2));
    &text[anchor(text, earliest, latest)..]
}

/// The start of `text` that fits `budget` tokens, to the end of a line if one is near.
pub(crate) fn after<'a>(text: &'a str, budget: usize, tokens: &impl Tokens) -> &'a str {
    let head = &text[..text.floor_char_boundary(budget * BYTES_PER_TOKEN)];
    let ids = tokens.encode(head);
    if head.len() == text.len() && ids.len() <= budget {
        return text;
    }
    let bytes = ids.iter().take(budget).map(|&id| tokens.token_bytes(id).len()).sum::<usize>();
    let fits = &head[..head.floor_char_boundary(bytes)];
    match fits.rfind('\n') {
        Some(last) if last >= fits.len() / 2 => &fits[..=last],
        _ => fits,
    }
}

/// A place from `earliest` to `latest` that depends only on the text around it:
/// the start of a line, else of a word, else any character.
fn anchor(text: &str, earliest: usize, latest: usize) -> usize {
    let starts_line = |at: usize| at == 0 || text.as_bytes()[at - 1] == b'\n';
    let starts_word = |at: usize| {
        let before = text[..at].chars().next_back();
        let here = text[at..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && here.is_some_and(char::is_alphanumeric)
    };
    let lowest = |good: &dyn Fn(usize) -> bool| {
        (earliest..=latest)
            .filter(|&at| text.is_char_boundary(at) && good(at))
            .min_by_key(|&at| hash(&text.as_bytes()[at..]))
    };
    lowest(&starts_line).or_else(|| lowest(&starts_word)).or_else(|| lowest(&|_| true)).unwrap_or(latest)
}

/// FNV-1a over the next bytes, then mixed so that all bits count.
fn hash(bytes: &[u8]) -> u64 {
    let fold = |h: u64, &byte: &u8| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    let h = bytes.iter().take(32).fold(0xCBF2_9CE4_8422_2325, fold);
    (h ^ (h >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
