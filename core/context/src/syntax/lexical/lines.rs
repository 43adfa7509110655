//! The lines of a text, with what matters of each: where it starts, how deep it is
//! indented, and whether it begins in code.

use super::scan::Scan;

/// One line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Where the line starts in the text.
    pub(super) start: usize,
    /// The line without its line end.
    pub(super) text: &'a str,
    /// Width of its indentation; a tab counts four.
    pub(super) indent: usize,
    /// Whether its first visible character is code and not comment or string.
    pub(super) is_code: bool,
}

impl Line<'_> {
    /// Where its first visible character stands.
    pub(super) fn first(&self) -> usize {
        self.start + self.text.len() - self.text.trim_start().len()
    }

    /// Where it ends, before its line end.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// All lines; a text that ends with a line end has an empty one more.
pub(super) fn lines<'a>(text: &'a str, scan: &Scan) -> Vec<Line<'a>> {
    let mut start = 0;
    let line = |text: &'a str| {
        let at = start;
        start += text.len() + 1;
        let text = text.strip_suffix('\r').unwrap_or(text);
        let first = at + text.len() - text.trim_start().len();
        Line { start: at, text, indent: indentation(text), is_code: !scan.covers(first) }
    };
    text.split('\n').map(line).collect()
}

/// Width of a line's indentation; a tab counts four.
pub(super) fn indentation(line: &str) -> usize {
    let blanks = line.chars().take_while(|c| matches!(c, ' ' | '\t'));
    blanks.map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

/// Identifiers of a text, with where each starts in it.
pub(super) fn identifiers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut rest = 0;
    std::iter::from_fn(move || {
        loop {
            let from = rest + text[rest..].find(is_word)?;
            let to = text[from..].find(|c| !is_word(c)).map_or(text.len(), |len| from + len);
            rest = to;
            if !text[from..].starts_with(|c: char| c.is_ascii_digit()) {
                return Some((from, &text[from..to]));
            }
        }
    })
}
