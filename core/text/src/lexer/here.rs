//! The tag of a here-document: `<<EOF` in one line, `EOF` alone in a later one.

/// Bytes of a tag.
const LONGEST: usize = 24;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// None is announced.
    #[default]
    Nothing,
    /// Its mark is about to be read.
    Mark,
    /// The mark was read; a quote may be in front of the tag.
    Before,
    /// Within the tag.
    Reading,
    /// The tag is known; the text begins with the next line.
    Known,
    /// In the text, at the start of a line, so many bytes of the tag read.
    Line(usize),
    /// In the text, in a line that is not the tag's.
    Text,
}

/// Where a here-document is.
#[derive(Debug, Clone, Default)]
pub(super) struct Tag {
    stage: Stage,
    quote: Option<u8>,
    tag: [u8; LONGEST],
    len: usize,
}

impl Tag {
    /// The next bytes that are settled are the mark before a tag. While one is awaited, another
    /// counts for nothing.
    pub(super) fn expect(&mut self) {
        if self.stage == Stage::Nothing {
            *self = Self { stage: Stage::Mark, ..Self::default() };
        }
    }

    /// Sees what is settled, of whatever class.
    pub(super) fn watch(&mut self, bytes: &[u8]) {
        match self.stage {
            Stage::Mark => self.stage = Stage::Before,
            Stage::Before | Stage::Reading => bytes.iter().for_each(|&byte| self.byte(byte)),
            _ => {}
        }
    }

    fn byte(&mut self, byte: u8) {
        let is_letter = byte.is_ascii_alphabetic() || byte == b'_';
        self.stage = match self.stage {
            Stage::Before if matches!(byte, b'"' | b'\'') && self.quote.is_none() => {
                self.quote = Some(byte);
                Stage::Before
            }
            // A name in small letters is rather one that is shifted by.
            Stage::Before if is_letter && (self.quote.is_some() || !byte.is_ascii_lowercase()) => {
                self.tag[0] = byte;
                self.len = 1;
                Stage::Reading
            }
            Stage::Reading if (is_letter || byte.is_ascii_digit()) && self.len < LONGEST => {
                self.tag[self.len] = byte;
                self.len += 1;
                Stage::Reading
            }
            Stage::Reading if !is_letter && self.quote.is_none_or(|quote| quote == byte) => Stage::Known,
            Stage::Known => Stage::Known,
            _ => Stage::Nothing,
        };
    }

    /// A line ends in code: whether a here-document begins.
    pub(super) fn begin(&mut self) -> bool {
        let begins = self.stage == Stage::Known || self.stage == Stage::Reading && self.quote.is_none();
        self.stage = if begins { Stage::Line(0) } else { Stage::Nothing };
        begins
    }

    /// How many bytes of a window are text; none where the tag has ended it.
    pub(super) fn line(&mut self, window: &[u8]) -> usize {
        let byte = window[0];
        let Stage::Line(read) = self.stage else {
            let end = window.iter().position(|&byte| byte == b'\n');
            self.stage = if end.is_some() { Stage::Line(0) } else { Stage::Text };
            return end.map_or(window.len(), |end| end + 1);
        };
        if read == self.len && !(byte.is_ascii_alphanumeric() || byte == b'_') {
            self.stage = Stage::Nothing;
            return 0;
        }
        let is_next = self.tag[..self.len].get(read) == Some(&byte);
        self.stage = match byte {
            b'\n' => Stage::Line(0),
            b' ' | b'\t' if read == 0 => Stage::Line(0),
            _ if is_next => Stage::Line(read + 1),
            _ => Stage::Text,
        };
        1
    }
}
