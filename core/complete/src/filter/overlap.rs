//! What already stands after the cursor on its line.
//!
//! Two rules. A bracket that closes something opened before the cursor is not
//! written again when it is the next thing after the cursor. And an end of the
//! suggestion that is the beginning of the rest of the line is cut, when it is
//! all of that rest or only signs.

use super::{FilterOutput, Place, has_word};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let rest = place.line_after().trim_end();
    if rest.trim_start().is_empty() {
        return FilterOutput::all(text);
    }
    let bracket = standing_bracket(text, rest.trim_start());
    let mut kept = &text[..bracket.unwrap_or(text.len())];
    while let Some(at) = overlap(kept, rest) {
        kept = &kept[..at];
    }
    FilterOutput { text: kept, ended: bracket.is_some() }
}

/// Where the text closes a bracket that it did not open, and that stands next.
fn standing_bracket(text: &str, rest: &str) -> Option<usize> {
    let next = rest.chars().next()?;
    let first_line = text.split('\n').next()?;
    let mut closing = closing_brackets(first_line);
    closing.find(|&(_, c, own)| !own && c == next).map(|(at, _, _)| at)
}

/// Where the longest end of the text begins that the rest of the line begins with.
fn overlap(text: &str, rest: &str) -> Option<usize> {
    let line = text.rfind('\n').map_or(0, |at| at + 1);
    // A bracket that the suggestion itself opened is not the one that stands there.
    let own = closing_brackets(&text[line..]).filter(|&(_, _, own)| own).last();
    let after_own = own.map_or(0, |(at, c, _)| at + c.len_utf8());
    let starts = text[line..].char_indices().map(|(at, _)| at).filter(|&at| at >= after_own);
    starts.map(|at| line + at).find(|&at| {
        let end = &text[at..];
        rest == end || rest.trim_start() == end || (rest.starts_with(end) && !has_word(end))
    })
}

/// The closing brackets of a line: where, which, and whether the line opened it.
fn closing_brackets(line: &str) -> impl Iterator<Item = (usize, char, bool)> {
    let mut depth = 0usize;
    line.char_indices().filter_map(move |(at, c)| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                let own = depth > 0;
                depth = depth.saturating_sub(1);
                return Some((at, c, own));
            }
            _ => {}
        }
        None
    })
}
