//! The end of the block that the cursor is in.
//!
//! On a line yet to be begun, the suggestion ends before the first line that
//! is indented less than the cursor. After a line that opens a block, it ends
//! with the line that closes the block, or before one that is not deeper than
//! the opening line. At the left margin it ends after one paragraph: a blank
//! line and then something at the margin again.

use super::{FilterOutput, Place, indentation, lines};
use crate::shape::{Shape, opens};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    if place.shape == Shape::Line {
        return FilterOutput::all(text);
    }
    let before = place.line_before();
    let base = indentation(before);
    let opened = opens(before);
    let mut after_blank = false;

    for (nth, (at, line)) in lines(text).enumerate() {
        if nth == 0 {
            continue; // goes on with the cursor's line
        }
        if line.trim().is_empty() {
            after_blank = true;
            continue;
        }
        let depth = indentation(line);
        let last = at + line.len() == text.len();
        if opened && depth <= base {
            if depth < base || !closes(line) {
                return FilterOutput::cut(text, at);
            }
            if opens(line) {
                continue; // `} else {`
            }
            // The closing line may still be growing.
            return if last { FilterOutput::all(text) } else { FilterOutput::cut(text, at + line.len()) };
        }
        if depth < base || (base == 0 && depth == 0 && after_blank && !opened) {
            // `at` is after blank lines, which the whitespace filter takes.
            return FilterOutput::cut(text, at);
        }
        after_blank = false;
    }
    FilterOutput::all(text)
}

/// Whether the line closes a block.
fn closes(line: &str) -> bool {
    let line = line.trim_start();
    let word = line.split(|c: char| !c.is_alphanumeric()).next();
    line.starts_with(['}', ')', ']']) || matches!(word, Some("end" | "fi" | "done" | "esac"))
}
