//! Lines that already stand above or below the cursor.
//!
//! A suggestion that begins by repeating the line above says nothing; one that
//! arrives at the line below has said everything.

use super::{FilterOutput, Place, has_word, lines};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let begun = place.line_before();
    let above = place.line_above().filter(|line| has_word(line)).map(str::trim);
    let below = place.line_below().map(str::trim_end);

    let mut previous: Option<&str> = None;
    for (nth, (at, line)) in lines(text).enumerate() {
        let is_last = at + line.len() == text.len();
        let first = nth == 0 && begun.trim().is_empty();
        let whole = if nth == 0 { format!("{begun}{line}") } else { line.to_owned() };
        let whole = whole.trim_end();
        if whole.trim().is_empty() {
            continue;
        }
        if first && above == Some(whole.trim()) {
            return cut_or_hold(place, text, at, is_last);
        }
        if below == Some(whole) && place.line_after().trim().is_empty() {
            return cut_or_hold(place, text, at, is_last);
        }
        let repeats = previous == Some(line.trim()) && has_word(line);
        if repeats {
            return cut_or_hold(place, text, at, is_last);
        }
        // A growing line that may become one of those is not shown yet.
        let may_be = below.is_some_and(|below| below.starts_with(whole))
            || (first && above.is_some_and(|above| above.starts_with(whole.trim())));
        if place.growing && is_last && may_be {
            return FilterOutput::held(text, at);
        }
        previous = Some(line.trim());
    }
    FilterOutput::all(text)
}

/// A last line may still become a longer one that repeats nothing.
fn cut_or_hold<'a>(place: &Place<'_>, text: &'a str, at: usize, is_last: bool) -> FilterOutput<'a> {
    if place.growing && is_last { FilterOutput::held(text, at) } else { FilterOutput::cut(text, at) }
}
