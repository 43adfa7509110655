//! A comment that says nothing.
//!
//! A last line with a comment's marker and no word is where a model ran out of
//! things to say; it is dropped.

use super::{BLANKS, FilterOutput, Place};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let Some(marker) = place.language.and_then(|language| language.line_comment) else {
        return FilterOutput::all(text);
    };
    let mut kept = text;
    loop {
        let body = kept.trim_end();
        let start = body.rfind('\n').map_or(0, |at| at + 1);
        // The cursor's own line may be a comment that is yet to be written.
        let is_begun = start == 0 && !place.line_before().trim().is_empty();
        let line = body[start..].trim_start_matches(BLANKS);
        let is_empty = line
            .strip_prefix(marker)
            .is_some_and(|rest| rest.chars().all(|c| marker.contains(c) || c == '!'));
        if is_begun || !is_empty {
            return FilterOutput::held(text, kept.len());
        }
        kept = &kept[..start];
    }
}
