//! All integration tests of this crate, as one program: a crate of its own each would be linked each.

mod document;
mod language;
mod lexer;
mod printable;
