//! Differences of two sequences as ranges, by `imara-diff`.
//!
//! Its histogram algorithm falls back to a bounded Myers where tokens repeat, so
//! that no input takes quadratic time.

use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

/// What stands in one sequence and, in its place, in the other; one of the two may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) before: Range<usize>,
    pub(crate) after: Range<usize>,
}

/// The changes from one list of lines to another, placed where a reader would see them.
pub(crate) fn of_lines<'t>(
    before: impl Iterator<Item = &'t str>,
    after: impl Iterator<Item = &'t str>,
) -> Vec<Change> {
    let input = interned(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    changes(&diff)
}

/// The changes from one list of tokens to another.
pub(crate) fn of_tokens<T: Hash + Eq>(
    before: impl Iterator<Item = T>,
    after: impl Iterator<Item = T>,
) -> Vec<Change> {
    changes(&Diff::compute(Algorithm::Histogram, &interned(before, after)))
}

fn interned<T: Hash + Eq>(
    before: impl Iterator<Item = T>,
    after: impl Iterator<Item = T>,
) -> InternedInput<T> {
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner: Interner::new(0) };
    input.update_before(before);
    input.update_after(after);
    input
}

fn changes(diff: &Diff) -> Vec<Change> {
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| Change { before: range(hunk.before), after: range(hunk.after) }).collect()
}
