//! What belongs to another file.
//!
//! Models were trained on files one after another, on patches and on conflicts.
//! A line that only names a path in a comment, the header of a patch, a
//! conflict's marker or a program's first line (`#!`) begins something else.

use ghostlight_text::Language;

use super::{FilterOutput, Place, begun_lines};

/// How such lines begin.
const STARTS: &[&str] = &["diff --git ", "--- a/", "+++ b/", "+++++ ", "#!/", "<<<<<<< ", ">>>>>>> "];

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    if place.is_prose() {
        return FilterOutput::all(text);
    }
    for (at, line, is_growing) in begun_lines(place, text) {
        // A file may begin like that.
        if place.prefix.trim().is_empty() && text[..at].trim().is_empty() {
            continue;
        }
        let is_path = path(line, place.language).is_some_and(|path| is_file(path) || is_growing);
        if STARTS.iter().any(|start| line.starts_with(start)) || (is_path && !is_growing) {
            return FilterOutput::cut(text, at);
        }
        let may_be = is_path || (!line.is_empty() && STARTS.iter().any(|start| start.starts_with(line)));
        if is_growing && may_be {
            return FilterOutput::held(text, at);
        }
    }
    FilterOutput::all(text)
}

/// The only word of a comment.
fn path<'a>(line: &'a str, language: Option<&Language>) -> Option<&'a str> {
    let word = line.strip_prefix(language?.line_comment?)?.trim();
    (!word.contains(char::is_whitespace)).then_some(word)
}

/// Whether a word names a source file.
fn is_file(word: &str) -> bool {
    let is_path = word.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
    is_path && word.contains('.') && Language::from_path(word).is_some()
}
