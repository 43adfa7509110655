//! The guard of answers: secrets, copies of known code and risky patterns end a stream or a whole answer.
//!
//! The idea: `ghostlight-guard` says which text may be shown, and [`StreamGuard`] turns
//! that into how many bytes of a backend's stream may pass. Whole events wait where
//! text has to, so no byte is changed. [`Rules`] have a version, which is a part of
//! every key into the cache: an answer that was kept was watched by the same rules.
//!
//! Files and streams are the shell's.

mod fence;
mod rules;
mod stream_guard;

pub use rules::Rules;
pub use stream_guard::{AnswerForm, StreamGuard};
