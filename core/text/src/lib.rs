//! Text as an editor and a model see it: offsets with units, edits, documents, languages.
//!
//! The idea: a number that counts UTF-8 bytes and one that counts UTF-16 code
//! units are different types, so that the conversion happens once, at the
//! border, and nowhere by accident. Everything inside Ghostlight counts bytes.
//! What is known of a programming language is one row of one table, which the
//! [`Lexer`] and every other reader of text goes by.
//!
//! This crate does not parse, tokenise or read files; [`TokenId`] stands here
//! only because tokenizer and decoder, which do not know each other, share it.

mod definition;
mod document;
mod error;
mod grammar;
mod language;
mod languages;
mod lexer;
mod line_index;
mod offset;
mod printable;
mod quotes;
mod words;

pub use definition::DefinitionKind;
pub use document::{Document, Edit};
pub use error::TextError;
pub use grammar::Grammar;
pub use language::{BlockStyle, Imports, Language, OutlineStyle};
pub use lexer::{Class, Lexer, Part, Run};
pub use line_index::{LineIndex, Position, Utf16Position};
pub use offset::{ByteOffset, Span, TokenId, Utf16Offset};
pub use printable::{printable, printable_lines};
pub use quotes::{Prefix, Quote, Reach, Values};
