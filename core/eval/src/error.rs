//! What can be wrong with a suite or a file of outcomes. No message holds source text.

/// Why a suite, or a comparison, was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A line is longer than any case may be.
    #[error("read suite, line {line}: {bytes} bytes, at most {limit} are read")]
    LongLine {
        /// From 1.
        line: usize,
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// More cases than are read.
    #[error("read suite, line {line}: more than {limit} cases")]
    TooMany {
        /// From 1.
        line: usize,
        /// The limit.
        limit: usize,
    },
    /// A line is not UTF-8.
    #[error("read suite, line {line}: not UTF-8")]
    Utf8 {
        /// From 1.
        line: usize,
    },
    /// A line is no JSON object, or a field has another type.
    #[error("read suite, line {line}: {reason}")]
    Json {
        /// From 1.
        line: usize,
        /// What the parser says, without the text.
        reason: String,
    },
    /// A line has the fields of no known suite.
    #[error(
        "read suite, line {line}: no known form, it needs prefix, suffix and truth, or prompt, suffix and \
         canonical_solution, or eval_prompt and ground_truth, or prompt and groundtruth"
    )]
    Form {
        /// From 1.
        line: usize,
    },
    /// The hole is empty, so that there is nothing to guess.
    #[error("read suite, line {line}: the text of the hole is empty")]
    NoTruth {
        /// From 1.
        line: usize,
    },
    /// Two cases have one id.
    #[error("read suite, line {line}: the id {id:?} stands twice")]
    Twice {
        /// From 1.
        line: usize,
        /// The id.
        id: String,
    },
    /// There is no case at all.
    #[error("read suite: there is no case in it")]
    Empty,
    /// Two runs have no case in common.
    #[error("compare runs: none of {first} and {second} cases is in both")]
    Disjoint {
        /// Cases of the first run.
        first: usize,
        /// Cases of the second.
        second: usize,
    },
}
