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

mod ablation;
mod ahead;
mod alternatives;
mod clock;
mod error;
mod explain;
pub mod feedback;
pub mod filter;
mod generation;
mod guard;
mod likelihood;
mod prefill_rate;
mod prompt;
mod provider;
mod raw;
pub mod remote;
mod request;
mod reuse;
mod review;
mod scheduler;
mod session;
mod session_state;
mod shape;
mod stream;
pub mod trigger;
mod typing_model;
mod vocabulary;
mod workspace;

pub use ablation::Ablation;
pub use clock::Clock;
pub use error::CompleteError;
pub use explain::{ExplainedPiece, Explanation, LeftOut, PieceOrigin, StepCost};
/// The file and the cursor of a [`Request`].
pub use ghostlight_context::Source;
pub use guard::GuardOptions;
pub use likelihood::Calibration;
pub use prompt::Prompter;
pub use provider::ContextProvider;
pub use request::{Completion, Event, FinishReason, Request, Skip};
pub use review::Written;
pub use scheduler::{Plan, Scheduler};
pub use session::{Session, SessionOptions};
pub use session_state::Work;
pub use shape::Shape;
pub use typing_model::TypingModel;
pub use vocabulary::{TokenizerText, Vocabulary};
pub use workspace::{FileChange, Workspace};
