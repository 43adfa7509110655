//! What is sent to the model: which text, how much of it, in which form.
//!
//! The idea: a prompt is a list of pieces, each either text or a marker. Text
//! is only ever encoded as text, so a marker's name in somebody's source file
//! stays a name. Which pieces, in which order, is a [`FimTemplate`], a row of a
//! table; how much text, a [`TokenBudget`], spent 70 to 30 before and after the
//! cursor, with a window that stays put while one types so that the KV cache
//! stays good.
//!
//! Everything here is a pure function of its arguments. The crate does not
//! generate, filter, or remember an earlier request.

mod assemble;
pub mod context_wire;
mod embedder;
mod error;
mod fim_templates;
pub mod index;
mod rest_of_line;
mod retrieve;
mod select;
mod snippet;
pub mod syntax;
mod template;
mod tokens;
mod window;
mod wire;

pub use assemble::{Assembler, Prompt, TokenBudget};
pub use embedder::{EmbedFailed, Embedder};
pub use error::ContextError;
pub use rest_of_line::only_closes;
pub use retrieve::{
    ContextQuery, StableSuffix, StickySelection, is_manifest, meaning, retrieve, retrieve_seen, words,
};
pub use select::ModelFacts;
pub use snippet::{Snippet, SnippetKind};
pub use template::{FimTemplate, Marker, Order, Piece, Role, Source, render};
pub use tokens::Tokens;
