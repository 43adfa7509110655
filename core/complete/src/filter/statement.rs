//! Whole statements, and a file that can be parsed as well as before.
//!
//! Where the tokens ended in the middle of a statement, the suggestion ends with
//! the last one that is whole; where a suggestion would break a file that a
//! grammar can read, with the last one that would not.

use ghostlight_context::syntax::Insertion;

/// `text` without a statement that has only been begun; all of it where no
/// statement is whole, so that a long first one is still shown.
#[must_use]
pub fn whole<'a>(insertion: &Insertion, text: &'a str) -> &'a str {
    let ends = insertion.statements.iter().filter(|end| end.depth == 0);
    let last = ends.map(|end| end.at).filter(|&at| at > 0 && text.is_char_boundary(at)).max();
    last.map_or(text, |at| &text[..at])
}

/// The longest beginning of `text`, whole statements long, that leaves the file
/// no worse than it is; empty where there is none. `insertion` tells of any text
/// what it would be at the cursor.
pub fn valid(text: &str, mut insertion: impl FnMut(&str) -> Insertion) -> &str {
    let all = insertion(text);
    if !all.breaks {
        return text;
    }
    let mut ends: Vec<usize> = all.statements.iter().map(|end| end.at).collect();
    ends.retain(|&at| at > 0 && at < text.len() && text.is_char_boundary(at));
    ends.sort_unstable();
    let good = ends.into_iter().rev().take(TRIES).find(|&at| !insertion(&text[..at]).breaks);
    good.map_or("", |at| &text[..at])
}

/// Ends of statements that are tried, each of which costs a parse.
const TRIES: usize = 4;
