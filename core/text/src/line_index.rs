//! Where the lines of a text start, in bytes and in UTF-16 units.
//!
//! The idea: keep both counts for every line start, find the line by binary
//! search, and walk the characters of that one line. A line ends at `\n`,
//! `\r\n` or a lone `\r`, as in LSP and CodeMirror. An edit rescans only the
//! lines that it touches.
//!
//! The index does not own the text; every query takes the text it was built
//! from. [`crate::Document`] keeps the two together.

use crate::{ByteOffset, Span, TextError, Utf16Offset};

/// A place in a text: line from 0, column in UTF-8 bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, from 0.
    pub line: usize,
    /// UTF-8 bytes from the start of the line.
    pub column: usize,
}

/// A place in a text: line from 0, column in UTF-16 code units from 0, as in LSP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Utf16Position {
    /// Line, from 0.
    pub line: usize,
    /// UTF-16 code units from the start of the line.
    pub column: usize,
}

/// Start of a line in both units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Start {
    byte: usize,
    utf16: usize,
}

/// Line starts of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<Start>, // [lines]; the first is 0, 0
    end: Start,         // length of the text in both units
}

impl LineIndex {
    /// Indexes `text`; linear in its length.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![Start { byte: 0, utf16: 0 }];
        let end = scan(text, Start { byte: 0, utf16: 0 }, &mut starts);
        Self { starts, end }
    }

    /// Number of lines; an empty text has one.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Length of the text in UTF-16 code units.
    #[must_use]
    pub fn utf16_len(&self) -> Utf16Offset {
        Utf16Offset(self.end.utf16)
    }

    /// Bytes of line `line` (from 0) without its line end.
    ///
    /// # Errors
    /// [`TextError::LineOutOfRange`].
    pub fn line(&self, text: &str, line: usize) -> Result<Span, TextError> {
        let start = self.start(line)?.byte;
        let end = self.starts.get(line + 1).map_or(self.end.byte, |next| next.byte);
        let body = text[start..end].trim_end_matches(['\r', '\n']);
        Ok(Span::new(start, start + body.len()))
    }

    /// Line and byte column of a byte offset. An offset inside a line end
    /// belongs to the line that it ends.
    ///
    /// # Errors
    /// Past the end, or inside a character.
    pub fn position(&self, text: &str, offset: ByteOffset) -> Result<Position, TextError> {
        check(text, offset)?;
        let line = self.line_at(offset.0);
        Ok(Position { line, column: offset.0 - self.starts[line].byte })
    }

    /// Byte offset of a line and byte column.
    ///
    /// # Errors
    /// No such line, past the end of the line, or inside a character.
    pub fn offset(&self, text: &str, at: Position) -> Result<ByteOffset, TextError> {
        let span = self.line(text, at.line)?;
        if at.column > span.len() {
            let (line, column) = (at.line, at.column);
            return Err(TextError::ColumnOutOfRange { line, column, len: span.len() });
        }
        let offset = ByteOffset(span.start.0 + at.column);
        check(text, offset)?;
        Ok(offset)
    }

    /// UTF-16 offset of a byte offset.
    ///
    /// # Errors
    /// Past the end, or inside a character.
    pub fn to_utf16(&self, text: &str, offset: ByteOffset) -> Result<Utf16Offset, TextError> {
        check(text, offset)?;
        let start = self.starts[self.line_at(offset.0)];
        Ok(Utf16Offset(start.utf16 + utf16_len(&text[start.byte..offset.0])))
    }

    /// Byte offset of a UTF-16 offset.
    ///
    /// # Errors
    /// Past the end, or inside a surrogate pair.
    pub fn to_byte(&self, text: &str, offset: Utf16Offset) -> Result<ByteOffset, TextError> {
        if offset.0 > self.end.utf16 {
            return Err(TextError::Utf16OutOfRange { offset, len: self.utf16_len() });
        }
        let line = self.starts.partition_point(|start| start.utf16 <= offset.0) - 1;
        let start = self.starts[line];
        let inside = TextError::InsideSurrogatePair { offset };
        let column = byte_column(&text[start.byte..], offset.0 - start.utf16).ok_or(inside)?;
        Ok(ByteOffset(start.byte + column))
    }

    /// Line and UTF-16 column of a byte offset.
    ///
    /// # Errors
    /// Past the end, or inside a character.
    pub fn utf16_position(&self, text: &str, at: ByteOffset) -> Result<Utf16Position, TextError> {
        let Position { line, column } = self.position(text, at)?;
        let start = self.starts[line].byte;
        Ok(Utf16Position { line, column: utf16_len(&text[start..start + column]) })
    }

    /// Byte offset of a line and UTF-16 column.
    ///
    /// # Errors
    /// No such line, past the end of the line, or inside a surrogate pair.
    pub fn utf16_offset(&self, text: &str, at: Utf16Position) -> Result<ByteOffset, TextError> {
        let Utf16Position { line, column } = at;
        let span = self.line(text, line)?;
        let body = &text[span.start.0..span.end.0];
        let len = utf16_len(body);
        if column > len {
            return Err(TextError::ColumnOutOfRange { line, column, len });
        }
        let offset = Utf16Offset(self.starts[line].utf16 + column);
        let inside = TextError::InsideSurrogatePair { offset };
        let bytes = byte_column(body, column).ok_or(inside)?;
        Ok(ByteOffset(span.start.0 + bytes))
    }

    /// Follows an edit that replaced `span` of the old text by `inserted` bytes;
    /// `text` is the text after it. `span` has been checked against the old text.
    pub(crate) fn edited(&mut self, text: &str, span: Span, inserted: usize) {
        // One line more than touched before the edit: a `\n` put after a lone
        // `\r` makes one line end out of two.
        let first = self.line_at(span.start.0).saturating_sub(1);
        let last = self.line_at(span.end.0);
        let old_end = self.starts.get(last + 1).copied().unwrap_or(self.end);
        let new_end = old_end.byte - span.len() + inserted;

        let from = self.starts[first];
        let mut starts = Vec::new();
        let mut end = scan(&text[from.byte..new_end], from, &mut starts);
        // A line end that closes the rescanned part starts a line of the kept tail.
        if last + 1 < self.starts.len() {
            end = starts.pop().unwrap_or(end);
        }
        let shift = |at: Start| Start {
            byte: at.byte - old_end.byte + end.byte,
            utf16: at.utf16 - old_end.utf16 + end.utf16,
        };
        for start in &mut self.starts[last + 1..] {
            *start = shift(*start);
        }
        self.end = shift(self.end);
        self.starts.splice(first + 1..=last, starts);
    }

    fn start(&self, line: usize) -> Result<Start, TextError> {
        let lines = self.lines();
        self.starts.get(line).copied().ok_or(TextError::LineOutOfRange { line, lines })
    }

    /// Line that holds byte `offset`; the last line for one past the end.
    fn line_at(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| start.byte <= offset) - 1
    }
}

/// Pushes the start of every line after the first of `text`, which begins at
/// `from`; returns where `text` ends.
fn scan(text: &str, from: Start, starts: &mut Vec<Start>) -> Start {
    let bytes = text.as_bytes();
    let mut utf16 = from.utf16;
    for (i, &byte) in bytes.iter().enumerate() {
        // A character has one lead byte; four-byte ones are two units.
        utf16 += usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
        let ends = byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
        if ends {
            starts.push(Start { byte: from.byte + i + 1, utf16 });
        }
    }
    Start { byte: from.byte + bytes.len(), utf16 }
}

fn check(text: &str, offset: ByteOffset) -> Result<(), TextError> {
    let (offset, len) = (offset.0, text.len());
    if offset > len {
        return Err(TextError::ByteOutOfRange { offset, len });
    }
    if !text.is_char_boundary(offset) {
        return Err(TextError::InsideCharacter { offset });
    }
    Ok(())
}

fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Bytes before UTF-16 column `units`; none when it splits a surrogate pair.
fn byte_column(text: &str, units: usize) -> Option<usize> {
    let mut left = units;
    for (byte, c) in text.char_indices() {
        if left == 0 {
            return Some(byte);
        }
        left = left.checked_sub(c.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}
