//! Two blank lines in a row: what comes after is another topic.

use super::{Kept, Place, lines};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> Kept<'a> {
    let mut said = !place.line_before().trim().is_empty();
    let mut blank = None;
    for (nth, (at, line)) in lines(text).enumerate() {
        let is_whole = at + line.len() < text.len();
        if !line.trim().is_empty() {
            (said, blank) = (true, None);
        } else if nth > 0 && said && is_whole {
            match blank {
                Some(first) => return Kept::cut(text, first),
                None => blank = Some(at),
            }
        }
    }
    Kept::all(text)
}
