//! Everything between "here is a prompt" and "here is text", except the model.
//!
//! The idea: a model is a [`Decoder`], an append-only list of tokens with a
//! prediction after the last one, which can be cut back for free. On top of it
//! stand, each in its own file, cancellation, sampling, stop strings, n-gram
//! speculation and the generate loop; [`ScriptedDecoder`] plays the model in tests.
//!
//! This crate knows no tensor, no tokenizer and no clock. Turning tokens into
//! text is asked for through [`TokenText`]; giving the host its turn through
//! [`Cancel`].

mod cancel;
mod cost;
mod decoder;
mod generate;
mod heal;
mod lookup;
mod sampling;
mod scripted;
mod speculate;
mod stops;
mod tracked;

pub use cancel::{Cancel, CancelHandle, Cancelled, Turn};
pub use decoder::{DecodeError, Decoder, Prediction, log_prob};
pub use generate::{
    Ahead, Finish, Flow, GenerateOptions, Generated, Piece, TokenText, generate, generate_ahead,
};
pub use heal::{Healed, heal};
pub use sampling::{Sampler, Sampling};
pub use scripted::{ScriptedDecoder, cancel_at_checkpoint};
pub use speculate::{Speculation, Speculator};
pub use stops::{Scanned, StopScanner, Stops};
pub use tracked::Tracked;
