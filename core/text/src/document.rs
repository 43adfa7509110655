//! A text that is edited, together with its line index.
//!
//! No undo, no versions, no rope: a `String` splice of a few megabytes is far
//! below a frame, and models need contiguous text anyway.

use crate::{ByteOffset, LineIndex, Position, Span, TextError};

/// Replace the bytes of `span` by `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes away, in UTF-8 bytes of the text before the edit.
    pub span: Span,
    /// What comes in its place.
    pub text: String,
}

impl Edit {
    /// An insertion at `offset`.
    #[must_use]
    pub fn insert(offset: ByteOffset, text: impl Into<String>) -> Self {
        Self { span: Span::at(offset), text: text.into() }
    }
}

/// A text and where its lines start.
///
/// ```
/// use ghostlight_text::{ByteOffset, Document, Edit};
/// let mut doc = Document::new("let s = \"🙂\";\n");
/// doc.apply(&Edit::insert(ByteOffset(0), "// hi\n")).unwrap();
/// assert_eq!((doc.line(0), doc.lines()), (Ok("// hi"), 3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    text: String,
    index: LineIndex,
}

impl Default for Document {
    fn default() -> Self {
        Self::new("")
    }
}

impl Document {
    /// Indexes `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let index = LineIndex::new(&text);
        Self { text, index }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of lines; an empty text has one.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.index.lines()
    }

    /// Line `line` (from 0) without its line end.
    ///
    /// # Errors
    /// [`TextError::LineOutOfRange`].
    pub fn line(&self, line: usize) -> Result<&str, TextError> {
        let span = self.index.line(&self.text, line)?;
        Ok(&self.text[span.start.0..span.end.0])
    }

    /// The text of `span`.
    ///
    /// # Errors
    /// Past the end, inside a character, or backwards.
    pub fn slice(&self, span: Span) -> Result<&str, TextError> {
        self.check(span)?;
        Ok(&self.text[span.start.0..span.end.0])
    }

    /// The text before and after `offset`, as a completion request carries it.
    ///
    /// # Errors
    /// Past the end, or inside a character.
    pub fn split(&self, offset: ByteOffset) -> Result<(&str, &str), TextError> {
        self.check(Span::at(offset))?;
        Ok(self.text.split_at(offset.0))
    }

    /// Applies one edit; nothing changes when it does not fit.
    ///
    /// # Errors
    /// Past the end, inside a character, or backwards.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), TextError> {
        self.check(edit.span)?;
        self.text.replace_range(edit.span.start.0..edit.span.end.0, &edit.text);
        self.index.edited(&self.text, edit.span, edit.text.len());
        Ok(())
    }

    /// Line and byte column of a byte offset.
    ///
    /// # Errors
    /// Past the end, or inside a character.
    pub fn position(&self, offset: ByteOffset) -> Result<Position, TextError> {
        self.index.position(&self.text, offset)
    }

    /// Byte offset of a line and byte column.
    ///
    /// # Errors
    /// No such line, past the end of the line, or inside a character.
    pub fn offset(&self, at: Position) -> Result<ByteOffset, TextError> {
        self.index.offset(&self.text, at)
    }

    fn check(&self, span: Span) -> Result<(), TextError> {
        if span.end < span.start {
            return Err(TextError::Backwards { span });
        }
        self.index.position(&self.text, span.start)?;
        self.index.position(&self.text, span.end)?;
        Ok(())
    }
}
