//! Text as an editor and a model see it: offsets with units, edits, documents, languages.
//!
//! The idea: everything inside Ghostlight counts UTF-8 bytes, and a number that
//! does is a type of its own ([`ByteOffset`]). What is known of a programming
//! language is one row of one table, which the [`Lexer`] and every other reader of
//! text goes by.
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
pub use line_index::{LineIndex, Position};
pub use offset::{ByteOffset, Span, TokenId};
pub use printable::{printable, printable_lines};
pub use quotes::{Prefix, Quote, Reach, Values};
