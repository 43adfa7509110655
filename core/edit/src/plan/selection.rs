//! A rewritten selection, for models that cannot write blocks.

use std::ops::Range;

use ghostlight_text::{Document, Span, TextError};

use super::{Refusal, SourceFile, elided};
use crate::change::{ChangeSet, FileChange};
use crate::lines::{Lines, indent, is_blank};
use crate::rewrite::rewrite_all;
use crate::{EditError, LARGEST_TEXT};

/// Puts `text` where `selection`, in UTF-8 bytes, is in `file`.
///
/// A selection of whole lines, with or without the indentation of its first line, is
/// compared line by line: what the model left as it was keeps its bytes, and the text
/// gets the selection's indentation and the file's line ends. A selection within a
/// line is replaced as it is.
///
/// ```
/// use ghostlight_edit::{SourceFile, rewrite_selection};
/// use ghostlight_text::Span;
/// let file = SourceFile { path: "a.py", text: "class A:\n    def f(self):\n        pass\n" };
/// let changes = rewrite_selection(&file, Span::new(9, 39), "def f(self):\n    return 1\n").unwrap();
/// assert_eq!(changes.files[0].after(), Some("class A:\n    def f(self):\n        return 1\n"));
/// ```
///
/// # Errors
/// A selection that does not fit the file, a text that leaves out lines or cannot be indented.
pub fn rewrite_selection(
    file: &SourceFile<'_>,
    selection: Span,
    text: &str,
) -> Result<ChangeSet, SelectionError> {
    Document::new(file.text).slice(selection)?;
    let refused = |error| Refusal { edit: 0, path: file.path.to_owned(), error };
    if text.len() > LARGEST_TEXT {
        return Err(refused(EditError::TooLarge { bytes: text.len(), most: LARGEST_TEXT }).into());
    }
    if let Some(line) = elided::line(text, file.text) {
        return Err(refused(EditError::Elided { line }).into());
    }
    let bytes = selection.start.0..selection.end.0;
    let lines = Lines::new(file.text);
    let (bytes, new) = match whole_lines(&lines, &bytes) {
        Some(bytes) => {
            let new = as_lines(&file.text[bytes.clone()], text).map_err(refused)?;
            (bytes, new)
        }
        None => (bytes, within_a_line(text, lines.usual_ending())),
    };
    let after = [&file.text[..bytes.start], &new, &file.text[bytes.end..]].concat();
    let change = (after != file.text).then(|| FileChange::new(file.path, Some(file.text), Some(after)));
    Ok(ChangeSet { files: change.into_iter().collect() })
}

/// Why a selection is not rewritten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// The selection is not in the file.
    #[error(transparent)]
    Selection(#[from] TextError),
    /// The new text is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// The selection with the indentation before it and the line end after it, where nothing
/// else is on its lines.
fn whole_lines(lines: &Lines<'_>, bytes: &Range<usize>) -> Option<Range<usize>> {
    let text = lines.text();
    let start = lines.start(lines.at(bytes.start)).min(bytes.start);
    if bytes.is_empty() || !is_blank(&text[start..bytes.start]) {
        return None;
    }
    if bytes.end == lines.start(lines.at(bytes.end)) {
        return Some(start..bytes.end);
    }
    let last = lines.at(bytes.end);
    let body_end = lines.start(last) + lines.body(last).len();
    (bytes.end >= body_end).then(|| start..lines.start(last + 1))
}

/// `text` in place of the lines `old`, with their indentation.
fn as_lines(old: &str, text: &str) -> Result<String, EditError> {
    let (old_lines, mut lines) = (Lines::new(old), Lines::new(text));
    let (there, here) = (least_indent(&old_lines), least_indent(&lines));
    let mut shifted = String::new();
    if let (Some(there), Some(here)) = (there, here)
        && there != here
    {
        for (index, body) in lines.bodies().enumerate() {
            let rest = if is_blank(body) { Some(body) } else { body.strip_prefix(here) };
            let rest = rest.ok_or(EditError::Indent { line: index + 1 })?;
            shifted += if is_blank(body) { "" } else { there };
            shifted += rest;
            shifted += "\n";
        }
        lines = Lines::new(&shifted);
    }
    let mut new = String::new();
    let mut from = 0;
    for splice in rewrite_all(&old_lines, &lines) {
        new += &old[from..splice.bytes.start];
        new += &splice.text;
        from = splice.bytes.end;
    }
    Ok(new + &old[from..])
}

/// The indentation of the line that has the least, of those with text.
fn least_indent<'t>(lines: &Lines<'t>) -> Option<&'t str> {
    lines.bodies().filter(|body| !is_blank(body)).map(indent).min_by_key(|indent| indent.len())
}

/// Without the end of its last line, which a fence or a block always has.
fn within_a_line(text: &str, ending: &str) -> String {
    let lines = Lines::new(text);
    lines.bodies().collect::<Vec<_>>().join(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_rewritten_as_the_file_is() {
        // The selection stands between the brackets.
        for (file, text, after) in [
            ("a\n[b\n]c\n", "x\ny\n", "a\nx\ny\nc\n"),
            ("a\r\n[b]\r\nc\r\n", "x\ny\n", "a\r\nx\r\ny\r\nc\r\n"),
            ("if a:\n    [b\n    c]\nd\n", "b\nif c:\n    x\n", "if a:\n    b\n    if c:\n        x\nd\n"),
            ("if a:\n\t[b]", "    x", "if a:\n\tx"),
            ("f(\n[    a,\n    b,\n])\n", "        a,\n        c,\n", "f(\n    a,\n    c,\n)\n"),
            ("let x = [1 + 2];\n", "3\n", "let x = 3;\n"),
            ("a\n[]b\n", "x\n", "a\nxb\n"),
            ("\u{feff}[a]\nb", "x\n", "\u{feff}x\nb"),
            ("[a  \nb]\n", "a\nc\n", "a\nc\n"),
            ("[a\nb\n]", "", ""),
        ] {
            let start = file.find('[').unwrap();
            let end = file.rfind(']').unwrap() - 1;
            let plain = [&file[..start], &file[start + 1..end + 1], &file[end + 2..]].concat();
            let file = SourceFile { path: "a", text: &plain };
            let changes = rewrite_selection(&file, Span::new(start, end), text).unwrap();
            assert_eq!(changes.files[0].after(), Some(after), "{plain:?}");
        }
    }

    #[test]
    fn a_selection_that_is_not_there_is_refused() {
        let file = SourceFile { path: "a", text: "aé\n" };
        assert!(matches!(rewrite_selection(&file, Span::new(0, 9), "x"), Err(SelectionError::Selection(_))));
        assert!(matches!(rewrite_selection(&file, Span::new(0, 2), "x"), Err(SelectionError::Selection(_))));
        let left_out = rewrite_selection(&file, Span::new(0, 3), "// ... existing code\n");
        assert!(matches!(left_out, Err(SelectionError::Refused(_))));
    }
}
