//! Text as the pre-tokenizers walk it: code points with their classes, over bytes that need not be UTF-8.
//!
//! The idea: valid UTF-8 is used where it lies. Anything else is repaired first, by llama.cpp's rules so that ids
//! agree: a byte that begins no sequence becomes U+FFFD and the next byte is looked at; sequences that are longer
//! than needed are taken for the character they spell; surrogates stay. Where llama.cpp gives up (code points above
//! U+10FFFF) each byte becomes U+FFFD.

use std::borrow::Cow;

use crate::class::Class;

/// A code point and its class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Char {
    pub(crate) code: u32,
    pub(crate) class: Class,
}

impl Char {
    pub(crate) fn is(self, class: Class) -> bool {
        self.class.is(class)
    }

    /// Whether this is one of the given ASCII characters.
    pub(crate) fn is_any(self, ascii: &[u8]) -> bool {
        ascii.iter().any(|&byte| self.code == u32::from(byte))
    }

    /// Length in UTF-8 bytes.
    pub(crate) fn len(self) -> usize {
        match self.code {
            ..0x80 => 1,
            0x80..0x800 => 2,
            0x800..0x1_0000 => 3,
            _ => 4,
        }
    }
}

/// The characters of a text, and its bytes with the invalid ones replaced; the lengths of the characters add up to
/// the number of bytes.
pub(crate) fn chars(text: &[u8]) -> (Cow<'_, [u8]>, Vec<Char>) {
    let char = |code| Char { code, class: Class::of(code) };
    if let Ok(valid) = std::str::from_utf8(text) {
        return (Cow::Borrowed(text), valid.chars().map(|c| char(c.into())).collect());
    }
    let (mut bytes, mut chars) = (Vec::with_capacity(text.len() + 16), Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((code, len)) = first(rest) {
        push(&mut bytes, code);
        chars.push(char(code));
        rest = &rest[len..];
    }
    (Cow::Owned(bytes), chars)
}

/// The code point at the start of `text` and the number of bytes it takes there.
fn first(text: &[u8]) -> Option<(u32, usize)> {
    let lead = *text.first()?;
    let (bits, len) = match lead {
        0x00..=0x7f => (lead, 1),
        0xc0..=0xdf => (lead & 0x1f, 2),
        0xe0..=0xef => (lead & 0x0f, 3),
        0xf0..=0xf7 => (lead & 0x07, 4),
        _ => return Some((0xfffd, 1)),
    };
    let code = text.get(1..len).and_then(|tail| {
        tail.iter().try_fold(u32::from(bits), |code, byte| {
            (byte & 0xc0 == 0x80).then_some(code << 6 | u32::from(byte & 0x3f))
        })
    });
    Some(code.filter(|&code| code <= 0x10_ffff).map_or((0xfffd, 1), |code| (code, len)))
}

/// Appends a code point in UTF-8, surrogates too.
fn push(bytes: &mut Vec<u8>, code: u32) {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
    match code {
        ..0x80 => bytes.push(code as u8),
        0x80..0x800 => bytes.extend([0xc0 | (code >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => bytes.extend([0xe0 | (code >> 12) as u8, tail(6), tail(0)]),
        _ => bytes.extend([0xf0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &[u8], repaired: &[u8]) {
        let (bytes, chars) = chars(text);
        assert_eq!(&*bytes, repaired);
        assert_eq!(chars.iter().map(|c| c.len()).sum::<usize>(), bytes.len());
    }

    #[test]
    fn invalid_bytes_become_replacement_characters() {
        check(b"a\xffb", "a\u{fffd}b".as_bytes());
        check(b"\x80\xbf", "\u{fffd}\u{fffd}".as_bytes());
        check(b"\xe2\x82", "\u{fffd}\u{fffd}".as_bytes());
        check(b"\xe2A\x82", "\u{fffd}A\u{fffd}".as_bytes());
        check(b"\xf4\x90\x80\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}".as_bytes());
    }

    #[test]
    fn overlong_sequences_and_surrogates_are_read_as_llama_cpp_reads_them() {
        check(b"\xc1\x81\xc0\x80", b"A\0");
        check(b"\xe0\x80\x8a", b"\n");
        check(b"\xed\xa0\x80", b"\xed\xa0\x80");
    }

    proptest! {
        #[test]
        fn lengths_always_add_up(text: Vec<u8>) {
            let (bytes, chars) = chars(&text);
            prop_assert_eq!(chars.iter().map(|c| c.len()).sum::<usize>(), bytes.len());
        }

        #[test]
        fn valid_text_is_not_copied(text: String) {
            let (bytes, chars) = chars(text.as_bytes());
            prop_assert!(matches!(bytes, Cow::Borrowed(_)));
            prop_assert!(chars.iter().map(|c| c.code).eq(text.chars().map(u32::from)));
        }
    }
}
