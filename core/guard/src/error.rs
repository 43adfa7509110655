//! What can be wrong with what the guard is given; never with the text it watches.

/// Why rules or a fingerprint file were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// A pattern of a secret rule is not in the language of such patterns.
    #[error("reading a pattern: not understood at byte {at}")]
    Pattern {
        /// UTF-8 bytes from the pattern's start.
        at: usize,
    },
    /// A rule that cannot work: no keyword, or an empty one.
    #[error("compiling rules: rule {rule} has no keyword to start from")]
    Keyword {
        /// Index of the rule in the list.
        rule: usize,
    },
    /// Rules that would need more states than there are numbers for.
    #[error("compiling rules: {states} states, {most} are the most")]
    States {
        /// States asked for.
        states: usize,
        /// States allowed.
        most: usize,
    },
    /// A risky-pattern rule that is not in the language of such patterns.
    #[error("reading the pattern of rule {rule}: part {part} is not understood")]
    Risky {
        /// The rule's id.
        rule: &'static str,
        /// Index of the part, counted from 0.
        part: usize,
    },
    /// A fingerprint file that is no such file.
    #[error("reading fingerprints: {what} at byte {at}")]
    Fingerprints {
        /// What is wrong.
        what: &'static str,
        /// Bytes from the file's start.
        at: usize,
    },
    /// More source than a fingerprint file can count.
    #[error("building fingerprints: {tokens} tokens, {most} are the most")]
    TooLarge {
        /// Tokens so far.
        tokens: usize,
        /// Tokens allowed.
        most: usize,
    },
    /// A line of path or repository rules that says nothing.
    #[error("reading rules: line {line} is not understood")]
    Line {
        /// Line counted from 1.
        line: usize,
    },
}
