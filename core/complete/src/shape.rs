//! Whether a suggestion may go beyond its line.
//!
//! A rule of thumb by characters, until a syntax tree says it: many lines where
//! a line is yet to be begun, or where the line before the cursor opens
//! something; one line everywhere else.

use ghostlight_text::Language;

/// How far a suggestion may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// To the end of the line.
    Line,
    /// Over several lines.
    Block,
}

/// Words that open a block in the languages that do it by words.
const OPENING_WORDS: [&str; 5] = ["do", "then", "else", "begin", "try"];

impl Shape {
    /// Decides by the text of the cursor's line before and after the cursor.
    #[must_use]
    pub fn of(before: &str, after: &str, language: Option<&Language>) -> Self {
        if !after.trim().is_empty() || is_comment(before, language) {
            return Self::Line;
        }
        if before.trim().is_empty() || opens(before) { Self::Block } else { Self::Line }
    }
}

/// Whether the line opens something that its next line goes on with.
pub(crate) fn opens(line: &str) -> bool {
    let line = line.trim_end();
    let word = line.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or(line);
    line.ends_with(['{', '(', '[', ':'])
        || line.ends_with("=>")
        || line.ends_with("->")
        || OPENING_WORDS.contains(&word)
}

fn is_comment(line: &str, language: Option<&Language>) -> bool {
    let start = language.and_then(|language| language.line_comment);
    start.is_some_and(|start| line.trim_start().starts_with(start))
}
