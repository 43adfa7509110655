//! Where the lines of a text start, in bytes.
//!
//! The idea: keep every line start and find the line of an offset by binary
//! search. A line ends at `\n`, `\r\n` or a lone `\r`, as in LSP and
//! CodeMirror. An edit rescans only the lines that it touches.
//!
//! The index does not own the text; every query takes the text it was built
//! from. [`crate::Document`] keeps the two together.

use crate::{ByteOffset, Span, TextError};

/// A place in a text: line from 0, column in UTF-8 bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, from 0.
    pub line: usize,
    /// UTF-8 bytes from the start of the line.
    pub column: usize,
}

/// Line starts of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>, // [lines], bytes; the first is 0
    end: usize,         // length of the text in bytes
}

impl LineIndex {
    /// Indexes `text`; linear in its length.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        scan(text, 0, &mut starts);
        Self { starts, end: text.len() }
    }

    /// Number of lines; an empty text has one.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Bytes of line `line` (from 0) without its line end.
    ///
    /// # Errors
    /// [`TextError::LineOutOfRange`].
    pub fn line(&self, text: &str, line: usize) -> Result<Span, TextError> {
        let start = self.start(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.end);
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
        Ok(Position { line, column: offset.0 - self.starts[line] })
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

    /// Follows an edit that replaced `span` of the old text by `inserted` bytes;
    /// `text` is the text after it. `span` has been checked against the old text.
    pub(crate) fn edited(&mut self, text: &str, span: Span, inserted: usize) {
        // One line more than touched before the edit: a `\n` put after a lone
        // `\r` makes one line end out of two.
        let first = self.line_at(span.start.0).saturating_sub(1);
        let last = self.line_at(span.end.0);
        let old_end = self.starts.get(last + 1).copied().unwrap_or(self.end);
        let new_end = old_end - span.len() + inserted;

        let from = self.starts[first];
        let mut starts = Vec::new();
        scan(&text[from..new_end], from, &mut starts);
        // A line end that closes the rescanned part starts a line of the kept tail.
        if last + 1 < self.starts.len() {
            starts.pop();
        }
        for start in &mut self.starts[last + 1..] {
            *start = *start - old_end + new_end;
        }
        self.end = text.len();
        self.starts.splice(first + 1..=last, starts);
    }

    fn start(&self, line: usize) -> Result<usize, TextError> {
        let lines = self.lines();
        self.starts.get(line).copied().ok_or(TextError::LineOutOfRange { line, lines })
    }

    /// Line that holds byte `offset`; the last line for one past the end.
    fn line_at(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }
}

/// Pushes the start of every line after the first of `text`, which begins at `from`.
fn scan(text: &str, from: usize, starts: &mut Vec<usize>) {
    let bytes = text.as_bytes();
    for (i, &byte) in bytes.iter().enumerate() {
        let ends = byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
        if ends {
            starts.push(from + i + 1);
        }
    }
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
