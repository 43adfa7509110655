//! What a prompt shows of the cursor's line after the cursor, and which side comes first.
//!
//! The idea: closers are what editors write by themselves, so where the suffix comes first a
//! rest of the line that is nothing else is left out of it: the suffix begins on the next
//! line, and the filters take off what the answer repeats. Where the line goes on with more
//! than that, a family may have another order for it ([`FimTemplate::inside_line`]).

use crate::{FimTemplate, Order, Source};

impl FimTemplate {
    /// The order for a prompt, and the part of the source that it may show.
    #[must_use]
    pub fn view<'a>(&self, source: Source<'a>) -> (Order, Source<'a>) {
        let preferred = self.preferred();
        let Some(other) = self.inside_line.filter(|_| preferred == Order::Spm) else {
            return (preferred, source);
        };
        let line = source.suffix.split(['\n', '\r']).next().unwrap_or_default();
        if only_closes(line) {
            return (preferred, Source { suffix: &source.suffix[line.len()..], ..source });
        }
        (other, source)
    }
}

/// Whether a rest of a line is nothing but closing brackets, quotes and separators.
///
/// ```
/// use ghostlight_context::only_closes;
/// assert!(only_closes("\"]);") && only_closes(""));
/// assert!(!only_closes(") {"));
/// ```
#[must_use]
pub fn only_closes(rest: &str) -> bool {
    rest.chars().all(|c| {
        matches!(c, ')' | ']' | '}' | '>' | '"' | '\'' | '`' | ',' | ';' | ':') || matches!(c, ' ' | '\t')
    })
}
