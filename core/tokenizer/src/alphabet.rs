//! The alphabet in which vocabularies of byte-level BPE spell bytes: one printable character a byte.
//!
//! Bytes that are printable Latin-1 characters stand for themselves, the other 68 are numbered from U+0100 on in
//! the order of their values; a space is thus U+0120 (`Ġ`). From GPT-2's published tokenizer, in use ever since.

/// Whether a byte stands for itself.
const fn is_itself(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff)
}

/// The character of each byte.
pub(crate) const CHAR: [char; 256] = {
    let mut table = ['\0'; 256];
    let (mut byte, mut next) = (0, 0x100);
    while byte < 256 {
        table[byte] = if is_itself(byte as u8) {
            byte as u8 as char
        } else {
            next += 1;
            char::from_u32(next - 1).expect("below U+0144")
        };
        byte += 1;
    }
    table
};

/// The byte of each character below U+0144; 0 also stands for characters outside the alphabet.
const BYTE: [u8; 0x144] = {
    let mut table = [0; 0x144];
    let mut byte = 0;
    while byte < 256 {
        table[CHAR[byte] as usize] = byte as u8;
        byte += 1;
    }
    table
};

/// The byte that a character spells, `None` for characters outside the alphabet.
pub(crate) fn byte(char: char) -> Option<u8> {
    let byte = *BYTE.get(char as usize)?;
    (CHAR[usize::from(byte)] == char).then_some(byte)
}

/// The byte that the first character of `text` spells, and the bytes that the character takes there.
pub(crate) fn first(text: &[u8]) -> Option<(u8, usize)> {
    let (code, len) = match *text {
        [code @ ..0x80, ..] => (u32::from(code), 1),
        [lead @ 0xc2..0xe0, tail @ 0x80..0xc0, ..] => {
            (u32::from(lead & 0x1f) << 6 | u32::from(tail & 0x3f), 2)
        }
        _ => return None,
    };
    Some((byte(char::from_u32(code)?)?, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_characters_are_one_to_one() {
        for value in 0..=255 {
            let char = CHAR[usize::from(value)];
            assert_eq!(byte(char), Some(value));
            assert_eq!(first(format!("{char}漢").as_bytes()), Some((value, char.len_utf8())));
        }
        assert_eq!((CHAR[0x20], CHAR[0x0a], CHAR[0xad], CHAR[0x41]), ('Ġ', 'Ċ', 'Ń', 'A'));
    }

    #[test]
    fn other_characters_are_not_in_the_alphabet() {
        for char in ['\0', ' ', '\u{7f}', '\u{ad}', '\u{144}', '\u{fffd}', '漢'] {
            assert_eq!(byte(char), None, "{char:?}");
            assert_eq!(first(char.to_string().as_bytes()), None, "{char:?}");
        }
    }
}
