//! Sentences to a reader instead of code.
//!
//! Chat models explain what they have written. A line of code that begins like
//! such a sentence ends the suggestion; in comments, long strings and prose
//! sentences are at home.

use super::{FilterOutput, Place, begun_lines};

/// How answers of chat models begin, and how they go on after the code.
const STARTS: &[&str] = &[
    "Here is ",
    "Here are ",
    "Here's ",
    "Sure, ",
    "Sure! ",
    "Certainly! ",
    "Certainly, ",
    "Of course, ",
    "Of course! ",
    "Explanation:",
    "This code ",
    "This function ",
    "This method ",
    "This program ",
    "This script ",
    "The above ",
    "The code ",
    "The function ",
    "In this example",
    "In this code",
    "I hope ",
    "I have ",
    "Let me know",
    "Note that ",
    "You can use ",
    "To use this",
    "Please note",
    "In the above",
];

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    if place.is_prose() {
        return FilterOutput::all(text);
    }
    for (at, line, is_growing) in begun_lines(place, text) {
        let line = line.trim_start();
        let may_be = is_growing && line.len() > 1 && STARTS.iter().any(|start| start.starts_with(line));
        if !may_be && !STARTS.iter().any(|start| line.starts_with(start)) {
            continue;
        }
        if in_long_text(place.prefix, &text[..at]) {
            return FilterOutput::all(text);
        }
        return if may_be { FilterOutput::held(text, at) } else { FilterOutput::cut(text, at) };
    }
    FilterOutput::all(text)
}

/// Whether a comment or string over several lines is open.
fn in_long_text(prefix: &str, text: &str) -> bool {
    let count = |mark: &str| prefix.matches(mark).count() + text.matches(mark).count();
    let is_open = |open: &str, close: &str| count(open) > count(close);
    ["\"\"\"", "'''", "`"].iter().any(|mark| count(mark) % 2 == 1)
        || is_open("/*", "*/")
        || is_open("<!--", "-->")
}
