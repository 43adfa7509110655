//! What stands in for models: a tokenizer and an embedder of a few lines.

mod letters;
mod words;

pub(crate) use letters::{Letters, vector};
pub(crate) use words::*;
