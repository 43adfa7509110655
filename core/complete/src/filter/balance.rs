//! A closing bracket that nothing has opened.
//!
//! The brackets that are open at the cursor are counted from the file's start;
//! where the start is too far away nothing is said. A bracket that closes none
//! of them ends the suggestion, and so does one that closes another kind than
//! the suggestion itself has opened. Brackets in strings and comments do not
//! count, and where it is not clear what is one, nothing is said either.

use ghostlight_text::Language;

use super::{Kept, NEAR_BYTES, Place};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> Kept<'a> {
    let language = place.language.filter(|language| !language.brackets.is_empty());
    // In a shell's `case` a bracket closes what nothing opens.
    let Some(language) = language.filter(|language| language.id != "shellscript") else {
        return Kept::all(text);
    };
    if place.prefix.len() + 4 >= NEAR_BYTES || place.is_prose() {
        return Kept::all(text);
    }
    let mut scan = Scan { language, open: Vec::new(), inside: Inside::Code, is_own: false };
    if scan.read(place.prefix, true) != Found::Nothing || scan.inside != Inside::Code {
        return Kept::all(text);
    }
    scan.is_own = true;
    match scan.read(text, place.growing) {
        Found::Stray(at) => Kept::cut(text, at),
        Found::Nothing | Found::Unclear => Kept::all(text),
    }
}

/// What was found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// All brackets fit.
    Nothing,
    /// A bracket that closes nothing.
    Stray(usize),
    /// Something that may be a string or not.
    Unclear,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Code,
    LineComment,
    BlockComment,
    /// A string, by its quote.
    Text(char),
    /// A string of Python over several lines, by what ends it.
    LongText(&'static str),
}

struct Scan {
    language: &'static Language,
    /// Open brackets, and whether the suggestion has opened them.
    open: Vec<(char, bool)>,
    inside: Inside,
    is_own: bool,
}

impl Scan {
    /// Reads on; `growing` says that more may follow at the end.
    fn read(&mut self, text: &str, growing: bool) -> Found {
        let mut skip_to = 0;
        for (at, c) in text.char_indices() {
            if at < skip_to {
                continue;
            }
            let rest = &text[at..];
            let starts = |mark: Option<&str>| mark.filter(|mark| rest.starts_with(mark)).map(str::len);
            let block = self.language.block_comment;
            match self.inside {
                Inside::LineComment if c == '\n' => self.inside = Inside::Code,
                Inside::BlockComment => {
                    if let Some(len) = starts(block.map(|block| block.1)) {
                        (self.inside, skip_to) = (Inside::Code, at + len);
                    }
                }
                Inside::Text(_) | Inside::LongText(_) if c == '\\' => {
                    skip_to = at + 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                }
                Inside::Text(quote) if c == quote || (c == '\n' && quote != '`') => {
                    self.inside = Inside::Code
                }
                Inside::LongText(end) if rest.starts_with(end) => {
                    (self.inside, skip_to) = (Inside::Code, at + end.len());
                }
                Inside::LineComment | Inside::Text(_) | Inside::LongText(_) => {}
                Inside::Code => {
                    if let Some(len) = starts(block.map(|block| block.0)) {
                        (self.inside, skip_to) = (Inside::BlockComment, at + len);
                    } else if starts(self.language.line_comment).is_some() {
                        self.inside = Inside::LineComment;
                    } else if let Some(end) = LONG.into_iter().find(|end| rest.starts_with(end)) {
                        (self.inside, skip_to) = (Inside::LongText(end), at + end.len());
                    } else if matches!(c, '"' | '`') {
                        self.inside = Inside::Text(c);
                    } else if c == '\'' {
                        match is_string(rest, self.language, growing) {
                            Some(true) => self.inside = Inside::Text(c),
                            Some(false) => {}
                            None => return Found::Unclear,
                        }
                    } else if !self.bracket(c) {
                        return Found::Stray(at);
                    }
                }
            }
        }
        Found::Nothing
    }

    /// Takes a character of code; says whether it fits.
    fn bracket(&mut self, c: char) -> bool {
        if self.language.brackets.iter().any(|(open, _)| *open == c) {
            self.open.push((c, self.is_own));
        }
        let Some((open, _)) = self.language.brackets.iter().find(|(_, close)| *close == c) else {
            return true;
        };
        match self.open.last() {
            Some((last, is_own)) if last == open || !is_own => {
                self.open.pop();
                true
            }
            _ => false,
        }
    }
}

/// Quotes of strings over several lines.
const LONG: [&str; 2] = ["\"\"\"", "'''"];

/// Whether a single quote begins a string: another one follows on its line, and
/// it is neither a lifetime nor an apostrophe. Unclear where the line goes on.
fn is_string(rest: &str, language: &Language, growing: bool) -> Option<bool> {
    let (line, is_whole) = match rest[1..].split_once('\n') {
        Some((line, _)) => (line, true),
        None => (&rest[1..], !growing),
    };
    match line.find('\'') {
        Some(end) if language.id == "rust" => {
            Some(line[..end].chars().count() <= 1 || line.starts_with('\\'))
        }
        Some(_) => Some(true),
        None if is_whole => Some(false),
        None => None,
    }
}
