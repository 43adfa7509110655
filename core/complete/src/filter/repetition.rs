//! A line that goes round in circles.
//!
//! Small models fall into loops (`a, b, a, b, a, b`). An end of a line that is
//! one unit four times over or more is cut after its first time. While the text
//! grows something else may still follow (`0, 0, 0, 0, 1`), so that is only held
//! back, until the unit has come so often that nobody meant it. Units of signs
//! only (`// -----`) are how people write.

use super::{FilterOutput, Place, has_word};

/// Characters in a repeated unit.
const UNIT: std::ops::RangeInclusive<usize> = 3..=24;

/// How often a unit may stand in a row.
const TIMES: usize = 4;

/// How often makes a loop, whatever may follow.
const ENDLESS: usize = 12;

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let endless = endless(text);
    let mut kept = &text[..endless.unwrap_or(text.len())];
    while let Some(at) = circle(kept) {
        kept = &kept[..at];
    }
    if endless.is_some() || (kept.len() < text.len() && !place.growing) {
        FilterOutput::cut(text, kept.len())
    } else {
        FilterOutput::held(text, kept.len())
    }
}

/// Where the first time round ends, of the first loop that nobody meant.
fn endless(text: &str) -> Option<usize> {
    super::lines(text).find_map(|(start, line)| {
        let chars: Vec<(usize, char)> = line.char_indices().collect();
        // How many characters up to here are the same as those a unit before.
        let mut same = [0usize; *UNIT.end() + 1];
        (0..chars.len()).find_map(|at| {
            UNIT.filter(|unit| *unit <= at).find_map(|unit| {
                same[unit] = if chars[at].1 == chars[at - unit].1 { same[unit] + 1 } else { 0 };
                if same[unit] + unit < unit * ENDLESS {
                    return None;
                }
                let first = at + 1 - (same[unit] + unit);
                let end = chars[first + unit].0;
                has_word(&line[chars[first].0..end]).then_some(start + end)
            })
        })
    })
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
