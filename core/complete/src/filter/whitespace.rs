//! Blanks at the end, which nobody sees and everybody commits.
//!
//! Where text follows on the cursor's line, a blank at the end may belong
//! between the two; only line ends go there.

use super::{FilterOutput, Place};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let line_goes_on = !place.line_after().trim().is_empty();
    let kept = match text.trim_end() {
        "" => "",
        _ if line_goes_on && !place.growing => text.trim_end_matches(['\n', '\r']),
        trimmed => trimmed,
    };
    FilterOutput::held(text, kept.len())
}
