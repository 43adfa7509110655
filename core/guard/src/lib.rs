//! What must not be shown, and what must not be sent.
//!
//! Secrets, verbatim copies of known code and dangerous patterns are looked for
//! in answers while they stream ([`Guard`]); rules by path and repository and
//! the privacy mode say how far a file's text may go ([`reach`]).
//!
//! All of it is pure: rules and bytes in, verdicts out. There is no file, no
//! network, no clock, and no verdict or error holds source text. The tab and
//! the edge run the same code.

mod code_match;
mod error;
mod guard;
mod privacy;
mod risky;
mod secrets;

pub use code_match::{FingerprintBuilder, Fingerprints, GRAM, TOKENS, WINDOW};
pub use error::GuardError;
pub use guard::{CODE_MATCH, Cut, Guard, OWN_TOKENS, Policy, Verdict, check};
pub use privacy::{PrivacyMode, PrivacyRules, Reach, Subject, reach};
pub use risky::{Danger, RiskyRule, RiskyRules, Severity};
pub use secrets::{Case, End, FoundSecret, Mix, SecretRule, SecretRules};
