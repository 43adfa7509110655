//! The cursor's line said over again.
//!
//! Some models begin an answer with the line that they were to go on with:
//! after `const total = ` comes `const total = sum(rows)`. What stands there
//! already is dropped from the front. Only a line of several words, or one that
//! assigns, is told apart from code that repeats itself (`f(f(x))`).

use super::{BLANKS, FilterOutput, Place, words};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let line = place.line_before().trim_start_matches(BLANKS);
    let assigns = line.trim_end().ends_with('=') && words(line).next().is_some();
    if !line.contains(BLANKS) || !(assigns || words(line).nth(1).is_some()) {
        return FilterOutput::all(text);
    }
    let mut rest = text;
    while let Some(after) = rest.strip_prefix(line) {
        rest = after;
    }
    let may_be = place.growing && !rest.is_empty() && line.starts_with(rest);
    FilterOutput::held(rest, if may_be { 0 } else { rest.len() })
}
