//! Lines that only count on.
//!
//! `x1 = 1`, `x2 = 2`, `x3 = 3` without end: lines that differ in nothing but
//! digits. Four of them show what is meant.

use super::{FilterOutput, Place, has_word, lines};

/// Such lines that are kept.
const KEPT: usize = 4;

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let mut previous: Option<String> = None;
    let mut run = 0;
    for (nth, (at, line)) in lines(text).enumerate() {
        let is_growing = place.growing && at + line.len() == text.len();
        let line = if nth == 0 { format!("{}{line}", place.line_before()) } else { line.to_owned() };
        let shape = shape(&line);
        let counts = shape.len() < line.trim().len() && has_word(&shape);
        run = if counts && previous.as_deref() == Some(&shape) { run + 1 } else { 1 };
        if run > KEPT {
            return if is_growing { FilterOutput::held(text, at) } else { FilterOutput::cut(text, at) };
        }
        previous = Some(shape);
    }
    FilterOutput::all(text)
}

/// The line without its digits.
fn shape(line: &str) -> String {
    line.trim().chars().filter(|c| !c.is_ascii_digit()).collect()
}
