//! The shape of a suggestion: one line, or a block of several.
//!
//! Many lines where a block is empty, where a line is yet to be begun, or where
//! the line before the cursor opens something; one line everywhere else, and in
//! comments, imports and before text. Syntax knows of blocks and comments;
//! where it was not asked, a rule of thumb by characters decides.

use ghostlight_context::syntax::{SyntaxFacts, Within};
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
    pub(crate) fn of(before: &str, after: &str, language: Option<&Language>) -> Self {
        if !after.trim().is_empty() || is_comment(before, language) {
            return Self::Line;
        }
        if before.trim().is_empty() || opens(before) { Self::Block } else { Self::Line }
    }

    /// Decides by what syntax says of the cursor, then by its line.
    pub(crate) fn by(facts: &SyntaxFacts, before: &str, after: &str, language: Option<&Language>) -> Self {
        // A closing bracket after the cursor belongs to the block that is being filled.
        let rest = after.trim();
        let is_closed = facts.in_empty_block && matches!(rest, "}" | "})" | "});" | "};" | "end");
        match facts.within {
            Within::Comment | Within::Import => Self::Line,
            _ if facts.in_empty_block && (rest.is_empty() || is_closed) => Self::Block,
            // What opens a string opens no block.
            Within::String => Self::Line,
            Within::Code => Self::of(before, after, language),
        }
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
