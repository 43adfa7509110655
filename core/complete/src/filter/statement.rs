//! Whole statements, and a file that can be parsed as well as before.
//!
//! Where the tokens ended in the middle of a statement, the suggestion ends with
//! the last one that is whole; where a suggestion would break a file that a
//! grammar can read, or does not go together with what stands after it, with the last one
//! that would not, or that does.

use ghostlight_context::only_closes;
use ghostlight_context::syntax::Insertion;

/// `text` without a statement that has only been begun; all of it where no
/// statement is whole, so that a long first one is still shown.
///
/// ```
/// use ghostlight_complete::filter;
/// use ghostlight_context::syntax::{Insertion, StatementEnd};
/// let statements = vec![StatementEnd { at: "a = 1".len(), depth: 0 }];
/// let insertion = Insertion { statements, ..Insertion::default() };
/// assert_eq!(filter::whole(&insertion, "a = 1\nb ="), "a = 1");
/// ```
#[must_use]
pub fn whole<'a>(insertion: &Insertion, text: &'a str) -> &'a str {
    let ends = insertion.statements.iter().filter(|end| end.depth == 0);
    let last = ends.map(|end| end.at).filter(|&at| at > 0 && text.is_char_boundary(at)).max();
    last.map_or(text, |at| &text[..at])
}

/// The longest beginning of `text`, some statements or one line long, that no parse error
/// touches; where there is none, all of it if it leaves the file no worse than it is, else
/// nothing. `insertion` tells of any text what it would be at the cursor.
///
/// In the middle of a line (`rest` is the line after the cursor) the statement is there already,
/// so a text that does not make one of it is wrong, however broken the file was without it.
///
/// ```
/// use ghostlight_complete::filter;
/// use ghostlight_context::syntax::Insertion;
/// // A grammar that finds fault with everything but the first line.
/// let insertion = |text: &str| Insertion { breaks: text.contains('\n'), ..Insertion::default() };
/// assert_eq!(filter::valid("a = 1\nb = )", "", insertion), "a = 1");
/// ```
#[must_use]
pub fn valid<'a>(text: &'a str, rest: &str, mut insertion: impl FnMut(&str) -> Insertion) -> &'a str {
    let all = insertion(text);
    if !all.breaks && all.errors.is_empty() {
        return text;
    }
    let mut ends: Vec<usize> = all.statements.iter().map(|end| end.at).collect();
    ends.retain(|&at| at > 0 && at < text.len() && text.is_char_boundary(at));
    ends.sort_unstable();
    let first_line = text.find('\n').filter(|&at| !text[..at].trim().is_empty());
    let tries: Vec<usize> = ends.into_iter().rev().take(TRIES).chain(first_line).collect();
    let mut no_worse = None;
    for at in tries {
        let Insertion { breaks, errors, .. } = insertion(&text[..at]);
        if !breaks && errors.is_empty() {
            return &text[..at];
        }
        no_worse = no_worse.or((!breaks).then_some(at));
    }
    if !only_closes(rest) {
        return "";
    }
    if all.breaks { no_worse.map_or("", |at| &text[..at]) } else { text }
}

/// The shortest beginning of `text`, whole lines long, with which the file has fewer parse errors
/// than without, empty where there is none; `None` for a file that has no errors.
///
/// For a line above lines that are deeper than it ([`Place::lacks_opener`](super::Place::lacks_opener)):
/// in a broken file they wait for the `if (x) {` that opens them, and a statement that closes
/// whatever it opens is not it, however well it would read without them.
///
/// ```
/// use ghostlight_complete::filter;
/// use ghostlight_context::syntax::Insertion;
/// // A file that lacks an opening bracket.
/// let insertion = |text: &str| Insertion { was_broken: true, mends: text.ends_with('{'), ..Insertion::default() };
/// assert_eq!(filter::opener("if a {\n    b();\n}", insertion), Some("if a {"));
/// assert_eq!(filter::opener("b();", insertion), Some(""));
/// ```
#[must_use]
pub fn opener(text: &str, mut insertion: impl FnMut(&str) -> Insertion) -> Option<&str> {
    let lines = text.match_indices('\n').map(|(at, _)| at).filter(|&at| !text[..at].trim().is_empty());
    for at in lines.take(TRIES).chain([text.len()]) {
        let Insertion { was_broken, mends, .. } = insertion(&text[..at]);
        if !was_broken {
            return None;
        }
        if mends {
            return Some(&text[..at]);
        }
    }
    Some("")
}

/// Ends of statements, or of lines, that are tried, each of which costs a parse.
const TRIES: usize = 4;
