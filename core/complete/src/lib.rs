//! From a file with a cursor in it to ghost text.
//!
//! The idea: a [`Session`] owns a decoder and knows what is in its KV cache. A
//! request runs down one path: is it worth asking; an earlier suggestion that
//! what was typed agrees with, else a prompt, the part of it that is not cached
//! yet, greedy tokens, and after every token the post filters and the guard, so
//! that what is shown is always what would be shown at the end. A [`Scheduler`]
//! beside it says what to do about each keystroke, also while the session works.
//!
//! The crate speaks editor terms (paths, text, cursor) and knows no model,
//! browser, network or clock: time comes from a [`Clock`] of the caller.

mod ahead;
mod alternatives;
mod clock;
mod error;
mod explain;
pub mod feedback;
pub mod filter;
mod growth;
mod library;
mod likelihood;
mod memory;
mod parts;
mod prefill_rate;
mod prompt;
pub mod remote;
mod request;
mod reuse;
mod review;
mod rhythm;
mod scheduler;
mod session;
mod shape;
pub mod trigger;
mod vocabulary;
mod watch;
mod workspace;

pub use alternatives::MOST_ALTERNATIVES;
pub use clock::Clock;
pub use error::CompleteError;
pub use explain::{ExplainedPiece, Explanation, LeftOut, PieceOrigin, StepCost};
pub use library::{Asked, Library};
pub use likelihood::Calibration;
pub use memory::Work;
pub use parts::Without;
pub use prompt::Prompter;
pub use request::{Completion, Event, FinishReason, Request, Skip};
pub use review::Written;
pub use rhythm::{Rhythm, Stand};
pub use scheduler::{Plan, Scheduler};
pub use session::{DEFAULT_MAX_TOKENS, Session, SessionOptions};
pub use shape::Shape;
pub use vocabulary::{TokenizerText, Vocabulary};
pub use watch::GuardOptions;
pub use workspace::{FileChange, Workspace};
