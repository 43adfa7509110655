//! A line that goes round in circles.
//!
//! Small models fall into loops (`a, b, a, b, a, b`). An end of a line that is
//! one unit four times over or more is cut after its first time. Units of signs
//! only (`// -----`) are how people write.

use super::{Kept, Place, has_word};

/// Characters in a repeated unit.
const UNIT: std::ops::RangeInclusive<usize> = 3..=24;

/// How often a unit may stand in a row.
const TIMES: usize = 4;

pub(super) fn filter<'a>(_: &Place<'_>, text: &'a str) -> Kept<'a> {
    let mut kept = text;
    while let Some(at) = circle(kept) {
        kept = &kept[..at];
    }
    if kept.len() < text.len() { Kept::cut(text, kept.len()) } else { Kept::all(text) }
}

/// Where the first time round ends, if the last line ends in a circle.
fn circle(text: &str) -> Option<usize> {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let line: Vec<(usize, char)> = text[start..].char_indices().collect();
    let chars = |at: usize| line[at].1;
    UNIT.filter(|unit| unit * TIMES <= line.len()).find_map(|unit| {
        let same = (unit..line.len()).rev().take_while(|&at| chars(at) == chars(at - unit));
        let first = line.len() - same.count() - unit;
        let is_circle = line.len() - first >= unit * TIMES;
        let end = start + line.get(first + unit)?.0;
        (is_circle && has_word(&text[start + line[first].0..end])).then_some(end)
    })
}
