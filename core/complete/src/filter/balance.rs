//! A closing bracket that nothing has opened.
//!
//! The brackets that are open at the cursor are counted from the file's start;
//! where the start is too far away nothing is said. A bracket that closes none
//! of them ends the suggestion, and so does one that closes another kind than
//! the suggestion itself has opened. Brackets in strings and comments do not
//! count, and where it is not clear what is one, nothing is said either. A quote
//! whose line ends before the string does was none.

use ghostlight_text::{Class, Language, Lexer, Part, Run};

use super::{FilterOutput, NEAR_BYTES, Place};

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let language = place.language.filter(|language| !language.brackets.is_empty() && !language.lone_brackets);
    let Some(language) = language else { return FilterOutput::all(text) };
    if place.prefix.len() + 4 >= NEAR_BYTES || place.is_prose() {
        return FilterOutput::all(text);
    }
    let mut lexer = Lexer::new(language);
    let mut count = BracketCount {
        language,
        open: Vec::new(),
        held: Vec::new(),
        at: 0,
        cursor: place.prefix.len(),
        is_unclear: false,
        stray: None,
    };
    lexer.read(place.prefix.as_bytes(), &mut |run| count.run(run));
    // A quote that has opened nothing so far, of a character or a lifetime, may still.
    lexer
        .clone()
        .finish(&mut |run| count.is_unclear |= run.class == Class::Code && run.bytes.contains(&b'\''));
    if count.stray.is_some() || count.is_unclear || !lexer.is_in_code() {
        return FilterOutput::all(text);
    }
    lexer.read(text.as_bytes(), &mut |run| count.run(run));
    if !place.growing {
        lexer.finish(&mut |run| count.run(run));
    }
    // What has waited at the cursor for its next byte may be stray as well.
    match count.stray.and_then(|at| at.checked_sub(count.cursor)) {
        Some(at) => FilterOutput::cut(text, at),
        None => FilterOutput::all(text),
    }
}

/// The brackets of a text that is being read.
struct BracketCount {
    language: &'static Language,
    /// Open brackets, and whether the suggestion has opened them.
    open: Vec<(char, bool)>,
    /// Brackets in a string whose end is still to come, with where they are.
    held: Vec<(usize, char)>,
    at: usize,
    /// Whether the line that is being read has a quote that is code.
    is_unclear: bool,
    /// Where the suggestion begins.
    cursor: usize,
    /// The first bracket that closes nothing.
    stray: Option<usize>,
}

impl BracketCount {
    fn run(&mut self, Run { bytes, class, depth }: Run<'_>) {
        let start = self.at;
        self.at += bytes.len();
        if self.stray.is_some() {
            return;
        }
        let brackets = bytes.iter().enumerate().map(|(at, &byte)| (start + at, char::from(byte)));
        match class {
            Class::Code if depth == 0 => {
                // The line has ended, and the string with it: its quote was none.
                for (at, c) in std::mem::take(&mut self.held) {
                    self.bracket(at, c);
                }
                brackets.for_each(|(at, c)| self.bracket(at, c));
            }
            Class::Comment(_) | Class::String(Part::Open) | Class::String(Part::Close) if depth == 0 => {
                self.held.clear();
            }
            _ => self.held.extend(brackets),
        }
    }

    /// Takes a character of code.
    fn bracket(&mut self, at: usize, c: char) {
        self.is_unclear = c == '\'' || self.is_unclear && c != '\n';
        if self.stray.is_some() {
            return;
        }
        if self.language.brackets.iter().any(|(open, _)| *open == c) {
            self.open.push((c, at >= self.cursor));
        }
        let Some((open, _)) = self.language.brackets.iter().find(|(_, close)| *close == c) else {
            return;
        };
        match self.open.last() {
            Some((last, is_own)) if last == open || !is_own => drop(self.open.pop()),
            _ => self.stray = Some(at),
        }
    }
}
