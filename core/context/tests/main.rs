//! All integration tests of this crate, as one program: a crate of its own each would be linked each.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod context_wire;
mod index;
mod lexical;
mod risky;
#[path = "support/samples.rs"]
mod samples;
mod snippets;
mod support;
mod templates;
mod tokenizer;
mod trees;
mod vectors;
mod window;
