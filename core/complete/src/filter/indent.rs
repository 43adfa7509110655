//! Blanks that stand before the cursor already.
//!
//! After a blank no other one is needed, and after the indentation of a line
//! yet to be begun the same indentation is not needed once more; a deeper one
//! is the model's wish. And a line that is indented with tabs in a file of
//! spaces, or with spaces in one of tabs, ends the suggestion, since it cannot
//! be put right by leaving something out.

use super::{BLANKS, FilterOutput, Place, lines};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let before = place.line_before();
    let blanks = text.len() - text.trim_start_matches(BLANKS).len();
    let is_begun = !before.trim().is_empty();
    let again =
        if is_begun { before.ends_with(BLANKS) } else { !before.is_empty() && text[..blanks] == *before };
    if place.growing && !before.is_empty() && blanks == text.len() {
        return FilterOutput::held(text, 0);
    }
    let rest = &text[if again { blanks } else { 0 }..];
    let Some(style) = style(place) else { return FilterOutput::all(rest) };
    let other =
        lines(rest).skip(1).find(|(_, line)| line.starts_with(if style == '\t' { "  " } else { "\t" }));
    match other {
        Some((at, _)) => FilterOutput::cut(rest, at),
        None => FilterOutput::all(rest),
    }
}

/// What lines before the cursor are indented with, if they all agree.
fn style(place: &Place<'_>) -> Option<char> {
    let mut lines = place.prefix.lines().filter(|line| !line.trim().is_empty());
    let first = lines.find_map(|line| line.chars().next().filter(|c| BLANKS.contains(c)))?;
    lines.all(|line| !line.starts_with(BLANKS) || line.starts_with(first)).then_some(first)
}
