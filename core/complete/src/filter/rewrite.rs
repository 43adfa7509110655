//! Lines above or below the cursor in another layout.
//!
//! `foo(a,b)` where the line below is `foo(a, b);` says the same: only blanks,
//! the kind of quotes, and a comma or semicolon at the end are different. As
//! with exact copies, the line below ends the suggestion wherever it comes, the
//! line above only if the suggestion begins with it.

use super::{FilterOutput, Place, lines, words};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let telling = |line: &&str| words(line).nth(1).is_some();
    let above = place.line_above().filter(telling).map(essence);
    let below = place.line_below().filter(telling).map(essence);
    let begun = place.line_before();
    let is_free = place.line_after().trim().is_empty();
    for (nth, (at, line)) in lines(text).enumerate() {
        let is_growing = place.growing && at + line.len() == text.len();
        let whole = essence(&if nth == 0 { format!("{begun}{line}") } else { line.to_owned() });
        if whole.is_empty() {
            continue;
        }
        let first = nth == 0 && begun.trim().is_empty();
        let known = [above.as_ref().filter(|_| first), below.as_ref().filter(|_| is_free)];
        if is_growing && known.iter().flatten().any(|known| known.starts_with(&whole)) {
            return FilterOutput::held(text, at);
        }
        if !is_growing && known.iter().flatten().any(|known| **known == whole) {
            return FilterOutput::cut(text, at);
        }
    }
    FilterOutput::all(text)
}

/// What a line says, layout aside.
fn essence(line: &str) -> String {
    let line = line.trim().trim_end_matches([';', ',']);
    line.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '\'' { '"' } else { c }).collect()
}
