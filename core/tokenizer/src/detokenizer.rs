//! Text out of tokens as they come, never with half a character.
//!
//! The idea: tokens end anywhere, also within a character. What could still become a character is held back until
//! the next token; what cannot any more becomes U+FFFD. Whatever the cuts, the pieces together are what
//! [`String::from_utf8_lossy`] makes of all bytes at once.

use ghostlight_text::TokenId;

use crate::Tokenizer;

/// UTF-8 out of bytes that come in any pieces.
#[derive(Clone, Debug, Default)]
struct Utf8Stream {
    /// The beginning of a character, 3 bytes at most.
    held: Vec<u8>,
    text: String,
}

impl Utf8Stream {
    /// Takes bytes and gives the text that is certain by now.
    fn push(&mut self, bytes: &[u8]) -> &str {
        self.text.clear();
        self.held.extend_from_slice(bytes);
        let mut chunks = self.held.utf8_chunks().peekable();
        let mut held = 0;
        while let Some(chunk) = chunks.next() {
            self.text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            let open = chunks.peek().is_none() && is_open(invalid);
            if open {
                held = invalid.len();
            } else if !invalid.is_empty() {
                self.text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        let done = self.held.len() - held;
        self.held.drain(..done);
        &self.text
    }

    /// Ends the stream: gives U+FFFD when bytes were held back, and starts anew.
    fn finish(&mut self) -> &str {
        self.text.clear();
        if !self.held.is_empty() {
            self.held.clear();
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        &self.text
    }
}

/// Whether more bytes could make a character of `invalid`.
fn is_open(invalid: &[u8]) -> bool {
    std::str::from_utf8(invalid).is_err_and(|e| e.error_len().is_none())
}

/// Text out of a tokenizer's tokens as they come.
#[derive(Clone, Debug)]
pub struct Detokenizer<'a> {
    tokenizer: &'a Tokenizer,
    stream: Utf8Stream,
}

impl<'a> Detokenizer<'a> {
    /// A detokenizer at the start of a text.
    pub fn new(tokenizer: &'a Tokenizer) -> Self {
        Self { tokenizer, stream: Utf8Stream::default() }
    }

    /// Takes a token and gives the text that is certain by now, often none. Control tokens give none.
    pub fn push(&mut self, id: TokenId) -> &str {
        self.stream.push(self.tokenizer.token_bytes(id))
    }

    /// Ends the text: gives U+FFFD when a character was not finished, and starts anew.
    pub fn finish(&mut self) -> &str {
        self.stream.finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(pieces: &[&[u8]], texts: &[&str], end: &str) {
        let mut stream = Utf8Stream::default();
        let got: Vec<String> = pieces.iter().map(|piece| stream.push(piece).to_owned()).collect();
        assert_eq!(got, texts);
        assert_eq!(stream.finish(), end);
        assert_eq!(stream.finish(), "", "a finished stream is as new");
    }

    #[test]
    fn characters_come_whole() {
        check(&[b"a\xe2", b"\x82", b"\xac!"], &["a", "", "€!"], "");
        check(&[b"\xf0\x9f", b"\x91\xbb\xf0"], &["", "👻"], "\u{fffd}");
    }

    #[test]
    fn invalid_bytes_are_replaced_as_soon_as_they_are_certain() {
        check(&[b"\xff", b"a"], &["\u{fffd}", "a"], "");
        check(&[b"\xe2\x82", b"a"], &["", "\u{fffd}a"], "");
        check(&[b"\xe2", b"\xe2\x82", b"\xac"], &["", "\u{fffd}", "€"], "");
        check(&[b"\xed", b"\xa0\x80"], &["", "\u{fffd}\u{fffd}\u{fffd}"], "");
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_text(
            pieces in prop::collection::vec(
                prop_oneof![any::<Vec<u8>>(), ".{0,3}".prop_map(String::into_bytes), r"[é€👻]".prop_map(|s| s.as_bytes()[..1].to_vec())],
                0..12,
            ),
        ) {
            let whole: Vec<u8> = pieces.concat();
            let mut stream = Utf8Stream::default();
            let mut text = String::new();
            for piece in &pieces {
                text.push_str(stream.push(piece));
            }
            text.push_str(stream.finish());
            prop_assert_eq!(&text, &String::from_utf8_lossy(&whole));
            let mut text = String::new();
            for byte in whole.chunks(1) {
                text.push_str(stream.push(byte));
            }
            text.push_str(stream.finish());
            prop_assert_eq!(&text, &String::from_utf8_lossy(&whole));
        }
    }
}
