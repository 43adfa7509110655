//! Two blank lines in a row: what comes after is another topic.

use super::{FilterOutput, Place, lines};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let mut said = !place.line_before().trim().is_empty();
    let mut blank = None;
    for (nth, (at, line)) in lines(text).enumerate() {
        let is_whole = at + line.len() < text.len();
        if !line.trim().is_empty() {
            (said, blank) = (true, None);
        } else if nth > 0 && said && is_whole {
            match blank {
                Some(first) => return FilterOutput::cut(text, first),
                None => blank = Some(at),
            }
        }
    }
    FilterOutput::all(text)
}
