//! What suggestions are worth: suites of holes, measures, and how sure one may be.
//!
//! The idea: a [`Case`] is a file with a hole whose text is known. Whoever runs
//! a model turns cases into [`Outcome`]s; this crate reads the suites, chooses
//! samples, compares texts, and says what the figures mean: with intervals, and
//! for two configurations with the probability that the difference is chance.
//! Everything is deterministic, the random numbers too.
//!
//! It runs no model, no test and no clock, and opens no file: it is handed bytes
//! and outcomes. It does not parse source code; whether a file parses is told by
//! the caller ([`Outcome::parses`]).

mod accept;
mod case;
mod compare;
mod error;
mod measure;
mod random;
mod report;
mod sample;
mod suite;

pub use accept::{Acceptance, accept};
pub use case::{Case, ContextFile, Kind, Test};
pub use compare::{Comparison, Measure, compare};
pub use error::EvalError;
pub use measure::{
    bleu4, edit_similarity, exact_match, first_line_match, lines_end, normalized, prefix_chars,
};
pub use random::Random;
pub use report::{Group, Interval, Report, Row, interval, report};
pub use sample::sample;
pub use suite::{MAX_CASES, MAX_LINE_BYTES, read_outcomes, read_suite, write_case, write_outcome};

pub use report::{Outcome, Score, score};
