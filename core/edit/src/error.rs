//! What can be wrong with an answer, an edit, or the files it is for.
//!
//! Messages carry paths and numbers, never source text; lines count from 1.
//! [`Refusal::advice`](crate::Refusal::advice) is the text with source in it that goes back to a model.

use std::fmt;

use crate::{Level, PathFault};

/// Lines of a file, from 1, the last one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineRange {
    /// First line, from 1.
    pub first: usize,
    /// Last line, from 1; one less than `first` for a place between two lines.
    pub last: usize,
}

impl LineRange {
    /// Of a range that counts from 0 and ends before its end.
    pub(crate) fn of(lines: &std::ops::Range<usize>) -> Self {
        Self { first: lines.start + 1, last: lines.end }
    }
}

impl fmt::Display for LineRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { first, last } if last < first => write!(f, "the place before line {first}"),
            Self { first, last } if last == first => write!(f, "line {first}"),
            Self { first, last } => write!(f, "lines {first} to {last}"),
        }
    }
}

/// What of an answer had begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A code fence.
    Fence,
    /// The text to search for.
    Search,
    /// The text that replaces it.
    Replace,
    /// A unified diff.
    Patch,
    /// The answer itself: the model was stopped before it was done.
    Answer,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fence => "the code fence",
            Self::Search => "the search text",
            Self::Replace => "the replacement",
            Self::Patch => "the diff",
            Self::Answer => "the answer",
        })
    }
}

/// What is wrong with the markers of a search/replace block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerFault {
    /// It ends without a line between search text and replacement.
    NoDivider,
    /// Two lines could be the one between search text and replacement.
    SecondDivider,
    /// Another block begins before it ends.
    Unclosed,
    /// An end without a beginning.
    Stray,
}

impl fmt::Display for MarkerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDivider => "has no divider",
            Self::SecondDivider => "has a second line that could be its divider",
            Self::Unclosed => "has no end before the next one begins",
            Self::Stray => "ends without having begun",
        })
    }
}

/// What is wrong with a unified diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchFault {
    /// A line that begins with none of blank, `+`, `-` and `\`.
    Line,
    /// Outside a fence, where only the counts of `@@` tell where a hunk ends, they are missing or wrong.
    Counts,
    /// No line is added or removed.
    Empty,
    /// It renames, copies or changes a mode, or is of binary files.
    Unsupported,
}

impl fmt::Display for PatchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line => "has a line that belongs to no diff",
            Self::Counts => "has other counts of lines than its header says",
            Self::Empty => "changes nothing",
            Self::Unsupported => "renames, changes a mode or is of a binary file",
        })
    }
}

/// Where a search text that is not in a file almost is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    /// The region of the file that has most in common with the search text.
    pub nearest: Option<LineRange>,
    /// The first line of the search text that differs from that region, from 1.
    pub search_line: Option<usize>,
    /// Where the replacement is in the file already.
    pub already: Option<LineRange>,
}

/// Why an answer is not understood or an edit not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The answer is longer than any that is read.
    #[error("reading the answer: longer than {most} bytes")]
    TooLong {
        /// UTF-8 bytes that are read.
        most: usize,
    },
    /// The answer ends too early.
    #[error("reading the answer: {part} of line {line} is cut off")]
    Truncated {
        /// What was not complete.
        part: Part,
        /// The answer's line where it began, from 1.
        line: usize,
    },
    /// An edit without a file.
    #[error("reading the answer: the edit of line {line} names no file")]
    NoPath {
        /// The answer's line where the edit begins, from 1.
        line: usize,
    },
    /// An edit of a path that may leave the workspace.
    #[error("reading the answer: the path of the edit of line {line} is refused, {fault}")]
    BadPath {
        /// The answer's line where the edit begins, from 1.
        line: usize,
        /// What is wrong with the path.
        fault: PathFault,
    },
    /// A search/replace block whose parts cannot be told apart.
    #[error("reading the answer: the block of line {line} {fault}")]
    Markers {
        /// The answer's line where it is seen, from 1.
        line: usize,
        /// What is wrong.
        fault: MarkerFault,
    },
    /// A unified diff that is none.
    #[error("reading the answer: the diff {fault}, see line {line}")]
    Patch {
        /// The answer's line where it is seen, from 1.
        line: usize,
        /// What is wrong.
        fault: PatchFault,
    },
    /// A block in the midst of a whole file.
    #[error("reading the answer: a whole file and a block in one fence, see line {line}")]
    MixedForms {
        /// The answer's line, from 1.
        line: usize,
    },
    /// A fence of which it is unknown whether it is part of the whole file before it.
    #[error("reading the answer: line {line} may open a fence or close one of a file before it")]
    AmbiguousFence {
        /// The answer's line, from 1.
        line: usize,
    },
    /// Where one rewritten selection was asked for, there is none, or there are several.
    #[error("reading the answer: {blocks} texts for one selection")]
    Selections {
        /// How many there are.
        blocks: usize,
    },
    /// An answer without an edit.
    #[error("reading the answer: no edit in it")]
    NoEdits,

    /// A file that nobody knows.
    #[error("finding the file: no such file{}", nearest_path(.nearest))]
    UnknownPath {
        /// A path of the same name or nearly so.
        nearest: Option<String>,
    },
    /// A new file where one is.
    #[error("creating a file: it exists")]
    Exists,
    /// A kind of change that the host does not allow.
    #[error("changing a file: {what} is not allowed")]
    NotAllowed {
        /// What the edit would do.
        what: &'static str,
    },
    /// A file or a search text that is too large to be looked through.
    #[error("finding the place: {bytes} bytes, {most} are the most")]
    TooLarge {
        /// UTF-8 bytes.
        bytes: usize,
        /// UTF-8 bytes that are looked through.
        most: usize,
    },
    /// A search text without any text.
    #[error("finding the place: the search text is blank")]
    BlankSearch,
    /// The search text is nowhere.
    #[error("finding the place: the search text is not in the file{}", mismatch(.0))]
    NotFound(Mismatch),
    /// The search text is in two places at least.
    #[error("finding the place: the search text fits {first} and {second} ({level})")]
    Several {
        /// What had to be overlooked for both to fit.
        level: Level,
        /// One place.
        first: LineRange,
        /// Another one.
        second: LineRange,
    },
    /// A place where the search text nearly is, and another one that is not different enough.
    #[error("finding the place: the search text is nearly that of {first} and of {second}")]
    Doubtful {
        /// The place that is most alike.
        first: LineRange,
        /// The next best.
        second: LineRange,
    },
    /// A text of equal lines, which would have to be compared at too many places.
    #[error("finding the place: too many lines of the file are alike")]
    Repetitive,
    /// The replacement is where it would be put.
    #[error("finding the place: the replacement is already at {place}")]
    AlreadyThere {
        /// Where it is.
        place: LineRange,
    },
    /// A line of the replacement has less indentation than what goes away everywhere.
    #[error("fitting the replacement: its line {line} cannot be indented as the file is")]
    Indent {
        /// Line of the replacement, from 1.
        line: usize,
    },
    /// A line that is to change reads differently in the file than in the search text.
    #[error("fitting the replacement: line {line} of the file is not what the search text says and changes")]
    Differs {
        /// Line of the file, from 1.
        line: usize,
    },
    /// A line of the new text stands for others that were left out.
    #[error("fitting the replacement: its line {line} stands for others that are left out")]
    Elided {
        /// Line of the new text, from 1.
        line: usize,
    },
    /// A whole file that is a part of the one that it would replace.
    #[error("replacing the file: the new text is {place} of it")]
    Excerpt {
        /// Where the text is in the file.
        place: LineRange,
    },
    /// Two edits of one place.
    #[error("joining the edits: {first} and {second} are changed by two edits")]
    Overlap {
        /// Lines of one edit.
        first: LineRange,
        /// Lines of the other.
        second: LineRange,
    },
    /// A whole file and another edit of it.
    #[error("joining the edits: the whole file and a part of it")]
    WholeAndPart,
    /// A diff that deletes a file with another text.
    #[error("deleting the file: its text is not the one that the diff deletes")]
    DeletesOther,

    /// What is to change was changed meanwhile.
    #[error("applying: {base} of the file, now {now}, was changed since")]
    Conflict {
        /// Lines of the file that the edit was made for.
        base: LineRange,
        /// Where they are now.
        now: LineRange,
    },
    /// The file is gone.
    #[error("applying: the file was deleted since")]
    Gone,
    /// A file came to be where a new one should.
    #[error("applying: the file was created since")]
    Appeared,
    /// A hunk was decided already, or there is none of that number.
    #[error("applying: hunk {hunk} of {hunks} is not open")]
    NotOpen {
        /// The hunk, from 0.
        hunk: usize,
        /// Number of hunks.
        hunks: usize,
    },
}

impl EditError {
    /// A word that never changes, for a host that has words of its own.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::Truncated { .. } => "truncated",
            Self::NoPath { .. } => "no-path",
            Self::BadPath { .. } => "bad-path",
            Self::Markers { .. } => "markers",
            Self::Patch { .. } => "diff",
            Self::MixedForms { .. } => "mixed-forms",
            Self::AmbiguousFence { .. } => "ambiguous-fence",
            Self::Selections { .. } => "selections",
            Self::NoEdits => "no-edits",
            Self::UnknownPath { .. } => "unknown-path",
            Self::Exists => "exists",
            Self::NotAllowed { .. } => "not-allowed",
            Self::TooLarge { .. } => "too-large",
            Self::BlankSearch => "blank-search",
            Self::NotFound(_) => "not-found",
            Self::Several { .. } => "several-places",
            Self::Doubtful { .. } => "doubtful-place",
            Self::Repetitive => "repetitive",
            Self::AlreadyThere { .. } => "already-there",
            Self::Indent { .. } => "indent",
            Self::Differs { .. } => "differs",
            Self::Elided { .. } => "elided",
            Self::Excerpt { .. } => "excerpt",
            Self::Overlap { .. } => "overlap",
            Self::WholeAndPart => "whole-and-part",
            Self::DeletesOther => "deletes-other",
            Self::Conflict { .. } => "conflict",
            Self::Gone => "gone",
            Self::Appeared => "appeared",
            Self::NotOpen { .. } => "not-open",
        }
    }
}

fn nearest_path(path: &Option<String>) -> String {
    path.as_ref().map_or_else(String::new, |path| format!(", the nearest is {path}"))
}

fn mismatch(at: &Mismatch) -> String {
    let mut text = String::new();
    if let (Some(nearest), Some(line)) = (at.nearest, at.search_line) {
        text += &format!(", {nearest} is nearest and line {line} of the search text differs first");
    }
    if let Some(already) = at.already {
        text += &format!(", the replacement is already at {already}");
    }
    text
}
