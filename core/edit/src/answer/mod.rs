//! An answer as it streams: edits, what stands around them, and what is wrong.
//!
//! The idea: text is gathered into lines and nothing is decided before a line is whole,
//! so that events cannot depend on where the stream was cut. At most one edit is held;
//! everything else goes out as it comes.
//!
//! An answer with a fault is to be refused as a whole: what else it holds may be half of
//! what was meant.

mod block;
mod fence;
mod marks;
mod named;
mod patch;
mod selection;
mod state;

use crate::{EditError, FileEdit, Part};
use selection::Selection;
use state::Edits;

/// UTF-8 bytes of the longest answer that is read.
pub const LONGEST_ANSWER: usize = 4 << 20;

/// What a model was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Edits of files, each with its path, and prose around them.
    Edits,
    /// The selection over again: one fence, or nothing but the text.
    Selection,
}

/// How a model came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It said that it was done.
    Stopped,
    /// It was stopped: tokens ran out, it was cancelled, the connection broke.
    CutOff,
}

/// How an edit is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A search/replace block.
    Block,
    /// A whole file in a fence.
    WholeFile,
    /// A unified diff.
    Patch,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A line that belongs to no edit, with its end: prose, or code that is only shown.
    Prose(String),
    /// An edit has begun; what it does is known later.
    Begun {
        /// Its file.
        path: String,
        /// How it is written.
        form: Form,
    },
    /// A whole edit.
    Edit(FileEdit),
    /// The rewritten selection, at the answer's end.
    Selection(String),
    /// What is wrong; other events may follow.
    Fault(EditError),
}

/// Reads an answer in pieces.
///
/// ```
/// use ghostlight_edit::{AnswerParser, Ending, Event, Expect};
/// let mut parser = AnswerParser::new(Expect::Edits);
/// let mut events = parser.push("a.py\n<<<<<<< SEARCH\nx = 1\n====");
/// events.extend(parser.push("===\nx = 2\n>>>>>>> REPL"));
/// events.extend(parser.push("ACE\n"));
/// events.extend(parser.finish(Ending::Stopped));
/// assert!(matches!(&events[..], [Event::Prose(_), Event::Begun { .. }, Event::Edit(_)]));
/// ```
#[derive(Debug)]
pub struct AnswerParser {
    line: String, // the line under way; ends with `\r` while a `\n` may follow
    read: usize,  // UTF-8 bytes
    is_over: bool,
    lines: Reader,
}

#[derive(Debug)]
enum Reader {
    Edits(Box<Edits>),
    Selection(Selection),
}

impl AnswerParser {
    /// A parser at the beginning of an answer.
    #[must_use]
    pub fn new(expect: Expect) -> Self {
        let lines = match expect {
            Expect::Edits => Reader::Edits(Box::default()),
            Expect::Selection => Reader::Selection(Selection::default()),
        };
        Self { line: String::new(), read: 0, is_over: false, lines }
    }

    /// Reads the next piece, however it was cut; linear in its length.
    ///
    /// After [`LONGEST_ANSWER`] bytes there is one fault and nothing more is read.
    pub fn push(&mut self, piece: &str) -> Vec<Event> {
        if self.is_over {
            return Vec::new();
        }
        let room = LONGEST_ANSWER - self.read;
        let mut rest = &piece[..piece.floor_char_boundary(room.min(piece.len()))];
        self.is_over = rest.len() < piece.len();
        self.read += rest.len();
        while !rest.is_empty() {
            if self.line.ends_with('\r') {
                if let Some(after) = rest.strip_prefix('\n') {
                    self.line.push('\n');
                    rest = after;
                }
                self.end_line();
                continue;
            }
            let end = rest.find(['\n', '\r']).map_or(rest.len(), |at| at + 1);
            self.line += &rest[..end];
            rest = &rest[end..];
            if self.line.ends_with('\n') {
                self.end_line();
            }
        }
        let mut events = self.lines.take();
        if self.is_over {
            events.push(Event::Fault(EditError::TooLong { most: LONGEST_ANSWER }));
        }
        events
    }

    /// Ends the answer.
    pub fn finish(mut self, ending: Ending) -> Vec<Event> {
        if self.is_over {
            return Vec::new();
        }
        if !self.line.is_empty() {
            self.end_line();
        }
        match &mut self.lines {
            Reader::Edits(edits) => edits.finish(ending),
            Reader::Selection(selection) => selection.finish(ending),
        }
        self.lines.take()
    }

    fn end_line(&mut self) {
        match &mut self.lines {
            Reader::Edits(edits) => edits.line(&self.line),
            Reader::Selection(selection) => selection.line(&self.line),
        }
        self.line.clear();
    }
}

impl Reader {
    fn take(&mut self) -> Vec<Event> {
        match self {
            Self::Edits(edits) => edits.take(),
            Self::Selection(selection) => selection.take(),
        }
    }
}

/// The edits of a whole answer.
///
/// # Errors
/// The first fault, or [`EditError::NoEdits`].
pub fn read_edits(answer: &str, ending: Ending) -> Result<Vec<FileEdit>, EditError> {
    let mut edits = Vec::new();
    for event in read(answer, Expect::Edits, ending) {
        match event {
            Event::Fault(error) => return Err(error),
            Event::Edit(edit) => edits.push(edit),
            Event::Prose(_) | Event::Begun { .. } | Event::Selection(_) => {}
        }
    }
    if edits.is_empty() { Err(EditError::NoEdits) } else { Ok(edits) }
}

/// The rewritten selection of a whole answer.
///
/// ```
/// use ghostlight_edit::{Ending, read_selection};
/// let answer = "Here you are:\n```js\nlet a = 2;\n```\n";
/// assert_eq!(read_selection(answer, Ending::Stopped).as_deref(), Ok("let a = 2;\n"));
/// assert!(read_selection("```js\nlet a", Ending::Stopped).is_err());
/// ```
///
/// # Errors
/// No text, several fences, or an answer that was cut off.
pub fn read_selection(answer: &str, ending: Ending) -> Result<String, EditError> {
    let mut selection = Err(EditError::Selections { blocks: 0 });
    for event in read(answer, Expect::Selection, ending) {
        match event {
            Event::Fault(error) => return Err(error),
            Event::Selection(text) => selection = Ok(text),
            Event::Prose(_) | Event::Begun { .. } | Event::Edit(_) => {}
        }
    }
    selection
}

fn read(answer: &str, expect: Expect, ending: Ending) -> Vec<Event> {
    let mut parser = AnswerParser::new(expect);
    let mut events = parser.push(answer);
    events.extend(parser.finish(ending));
    events
}

/// The fault of an answer that was stopped at its line `line`.
fn cut_off(part: Part, line: usize) -> Event {
    Event::Fault(EditError::Truncated { part, line })
}
