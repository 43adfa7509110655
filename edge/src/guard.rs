//! What an answer is held to before anybody sees it: secrets, copies, risky patterns.
//!
//! The idea: `ghostlight-guard` says which text may be shown, and [`Watch`] turns
//! that into how many bytes of a backend's stream may pass. Whole events wait where
//! text has to, so no byte is changed. [`Rules`] have a version, which is a part of
//! every key into the cache: an answer that was kept was watched by the same rules.
//!
//! Files and streams are the shell's.

mod fence;
mod rules;
mod watch;

pub use rules::Rules;
pub use watch::{Form, Watch};
