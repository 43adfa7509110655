//! Several lines twice in a row.
//!
//! Where the last lines say again what the lines before them said, at least two
//! of them, the second time is cut, and all that would follow.

use super::{FilterOutput, Place, has_word, lines};

/// Lines of a block that is looked for.
const BLOCK: std::ops::RangeInclusive<usize> = 2..=12;

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let mut all: Vec<(usize, &str)> = lines(text).map(|(at, line)| (at, line.trim())).collect();
    // The cursor's line is more than what the model wrote of it.
    let first = format!("{}{}", place.line_before(), all.first().map_or("", |line| line.1));
    if let Some(line) = all.first_mut() {
        line.1 = first.trim();
    }
    let whole = all.len() - usize::from(place.growing && !text.ends_with('\n') && !all.is_empty());
    for end in 0..=whole {
        for block in BLOCK.take_while(|block| 2 * block <= end) {
            let (one, two) = (&all[end - 2 * block..end - block], &all[end - block..end]);
            let same = one.iter().zip(two).all(|(one, two)| one.1 == two.1);
            if same && two.iter().filter(|(_, line)| has_word(line)).nth(1).is_some() {
                return FilterOutput::cut(text, two[0].0);
            }
        }
    }
    FilterOutput::all(text)
}
