//! What can be wrong with an offset. Messages carry numbers, never text.

use crate::Span;

/// An offset, position or span that does not fit the text it is used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A byte offset past the end.
    #[error("byte offset {offset} is past the end of a text of {len} bytes")]
    ByteOutOfRange {
        /// What was asked for, in UTF-8 bytes.
        offset: usize,
        /// Length of the text in UTF-8 bytes.
        len: usize,
    },
    /// A byte offset inside a multi-byte character.
    #[error("byte offset {offset} is inside a character")]
    InsideCharacter {
        /// What was asked for, in UTF-8 bytes.
        offset: usize,
    },
    /// A line number past the last line.
    #[error("line {line} is past the end of a text of {lines} lines")]
    LineOutOfRange {
        /// What was asked for, from 0.
        line: usize,
        /// Number of lines.
        lines: usize,
    },
    /// A column past the end of its line.
    #[error("column {column} is past the end of line {line}, which has {len}")]
    ColumnOutOfRange {
        /// The line, from 0.
        line: usize,
        /// What was asked for, in UTF-8 bytes.
        column: usize,
        /// Length of the line without its line end, in UTF-8 bytes.
        len: usize,
    },
    /// A span whose end lies before its start.
    #[error("span {}..{} runs backwards", .span.start.0, .span.end.0)]
    Backwards {
        /// The span.
        span: Span,
    },
}
