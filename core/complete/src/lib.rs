//! From a file with a cursor in it to ghost text.
//!
//! The idea: a [`Session`] owns a decoder and knows what is in its KV cache. A
//! request runs down one path: an earlier suggestion that what was typed agrees
//! with, else a prompt, the part of it that is not cached yet, greedy tokens,
//! and after every token the post filters, so that what is shown is always
//! what would be shown at the end.
//!
//! The crate speaks editor terms (paths, text, cursor) and knows no model,
//! browser, network or clock: time comes from a [`Clock`] of the caller.

mod clock;
mod error;
pub mod filter;
mod memory;
mod request;
mod session;
mod shape;
mod vocabulary;

pub use clock::Clock;
pub use error::CompleteError;
pub use request::{Completion, FinishReason, Request};
pub use session::{DEFAULT_MAX_TOKENS, Session, SessionOptions};
pub use shape::Shape;
pub use vocabulary::{TokenizerText, Vocabulary};
