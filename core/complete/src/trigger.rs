//! The trigger: whether a request reaches the model at all, the first step of each.
//!
//! The idea: an ordered list of plain questions about the text around the
//! cursor. Some hold whoever asks (a file of secrets, text that cannot be
//! edited); the others only for what comes from typing, where a suggestion
//! would stand in the way: before the rest of a word or a line, and after what
//! closes a statement.

use ghostlight_text::{BlockStyle, Language};

use crate::{Event, GuardOptions, Request, Skip, Source};

/// Bytes on each side in which a NUL makes a text binary.
const NEAR: usize = 8192;

/// Why a request is not for the model; none when it is.
///
/// ```
/// use ghostlight_complete::{Event, GuardOptions, Request, Source, Skip, trigger};
/// let source = Source { path: "a.py", prefix: "tot", suffix: "al = 1" };
/// let request = Request { source, ..Request::default() };
/// let typed = Request { event: Event::Typed, ..request };
/// assert_eq!(trigger::skip(&typed, &GuardOptions::default()), Some(Skip::MidWord));
/// assert_eq!(trigger::skip(&request, &GuardOptions::default()), None);
/// ```
#[must_use]
pub fn skip(request: &Request<'_>, guard: &GuardOptions) -> Option<Skip> {
    skip_in(Language::from_path(request.source.path), request, guard)
}

/// The same for a file in this language, whatever its name.
///
/// ```
/// use ghostlight_complete::{Event, GuardOptions, Request, Source, Skip, trigger};
/// use ghostlight_text::Language;
/// let source = Source { path: "unnamed", prefix: "total = price(item)", suffix: "" };
/// let request = Request { source, event: Event::Typed, ..Request::default() };
/// let skip = trigger::skip_in(Language::from_id("python"), &request, &GuardOptions::default());
/// assert_eq!(skip, Some(Skip::AfterClosing));
/// ```
#[must_use]
pub fn skip_in(language: Option<&Language>, request: &Request<'_>, guard: &GuardOptions) -> Option<Skip> {
    let Request { source: Source { path, prefix, suffix }, event, is_selection, is_read_only, .. } = *request;
    let always = [
        (Skip::ReadOnly, is_read_only),
        (Skip::Selection, is_selection),
        (Skip::Private, guard.reach(path) == ghostlight_guard::Reach::Nowhere),
        (Skip::Binary, is_binary(prefix, suffix)),
    ];
    let hard = always.into_iter().find(|(_, holds)| *holds).map(|(why, _)| why);
    if hard.is_some() || event == Event::Asked {
        return hard;
    }
    if event == Event::Deleted {
        return Some(Skip::NotTyped);
    }
    let before = prefix.rsplit(['\n', '\r']).next().unwrap_or_default();
    let after = suffix.split(['\n', '\r']).next().unwrap_or_default();
    if after.starts_with(is_word) {
        Some(Skip::MidWord)
    } else if !may_insert_before(after) {
        Some(Skip::MidLine)
    } else if event == Event::Typed && after.trim().is_empty() && closes(before, language) {
        Some(Skip::AfterClosing)
    } else {
        None
    }
}

/// Whether a suggestion may stand before the rest of a line: it is closing brackets and quotes, and what may
/// follow them, such as the brace that opens a block.
fn may_insert_before(rest: &str) -> bool {
    let rest = rest.trim();
    let rest = rest.trim_start_matches([')', ']', '}', '>', '"', '\'', '`']).trim_start();
    matches!(rest, "" | ":" | ";" | "," | "{" | ") {" | "):" | ");" | "),")
}

/// Whether the line before the cursor is a statement that has just been closed.
fn closes(line: &str, language: Option<&Language>) -> bool {
    let Some(language) = language.filter(|language| language.blocks != BlockStyle::None) else {
        return false;
    };
    match line.chars().next_back() {
        Some(';' | '}') => true,
        Some(')' | ']') => {
            let first = line.trim_start().split(|c: char| !is_word(c) && c != '@').next().unwrap_or_default();
            !language.is_head(first)
        }
        _ => false,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether the text around the cursor is no text: it has a NUL.
fn is_binary(prefix: &str, suffix: &str) -> bool {
    let before = &prefix.as_bytes()[prefix.len().saturating_sub(NEAR)..];
    let after = &suffix.as_bytes()[..suffix.len().min(NEAR)];
    before.contains(&0) || after.contains(&0)
}
