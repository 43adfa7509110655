//! A code fence: a whole file if something names one, else code that is only shown, or
//! what is around blocks and diffs.
//!
//! A fence ends at the first line that could end it. Where the file itself may have such
//! lines, it cannot be told from the file's end whether it is one, so an answer that goes
//! on with a bare fence after it is refused; a longer fence around the file is not.

use super::block::Block;
use super::marks::{FenceOpening, Marker, blanks, body, closes_fence, fence_opening, marker, without_indent};
use super::named::{self, Named};
use super::patch::{Header, Patch};
use super::state::{ClosedFile, Edits, State};
use super::{Event, Form, cut_off};
use crate::lines::is_blank;
use crate::{EditError, MarkerFault, Operation, Part};

/// A fence that is open.
#[derive(Debug)]
pub(super) struct Fence {
    indent: usize,
    mark: char,
    length: usize,
    line: usize,  // of the answer, where it begins
    depth: usize, // fences within it that are open
    /// The file that the line above names, for blocks.
    loose: Option<Named>,
    /// Whether it may be a part of a file that was taken to have ended.
    is_suspect: bool,
    has_edits: bool,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Code that is shown; the last line with text, which may name a file.
    Shown { last: Option<String> },
    /// A file that nothing but blank lines was read of.
    File { named: Named, text: String },
    /// A file that has begun.
    Begun { named: Named, path: Option<String>, text: String },
}

impl Fence {
    pub(super) fn open(opening: FenceOpening<'_>, edits: &mut Edits) -> State {
        let in_info = named::in_info(opening.info);
        let above = edits.sole_above();
        let closed =
            edits.closed_file.filter(|closed| opening.length >= closed.length && opening.info.is_empty());
        let mut is_suspect = closed.is_some();
        let is_ambiguous = closed.is_some_and(|closed| closed.has_fences)
            || (is_suspect && above.as_ref().is_some_and(|(_, is_apart)| !is_apart));
        let mut sole = in_info.or(above.map(|(named, _)| named));
        if is_ambiguous {
            edits.fault(EditError::AmbiguousFence { line: edits.at });
            sole = None;
            is_suspect = false;
        }
        let loose = sole.clone().or_else(|| edits.named_above());
        let content = match sole {
            Some(named) => Content::File { named, text: String::new() },
            None => Content::Shown { last: None },
        };
        edits.begin();
        let (indent, mark, length) = (opening.indent, opening.mark, opening.length);
        let line = edits.at;
        let fence =
            Self { indent, mark, length, line, depth: 0, loose, is_suspect, has_edits: false, content };
        if named::is_diff(opening.info) {
            let named = fence.loose.clone().or_else(|| edits.inherited.clone());
            return State::Patch(Patch::new(Some(Box::new(fence)), named, line));
        }
        State::Fence(fence)
    }

    /// A fence in which an edit has ended, and another one may follow.
    pub(super) fn after_edit(self) -> Self {
        Self { has_edits: true, depth: 0, content: Content::Shown { last: None }, ..self }
    }

    /// Whether a line ends the fence.
    pub(super) fn is_closed_by(&self, line: &str) -> bool {
        closes_fence(without_indent(line, self.indent), self.mark, self.length)
    }

    /// A line without the fence's indentation.
    pub(super) fn content_of<'l>(&self, line: &'l str) -> &'l str {
        without_indent(line, self.indent)
    }

    pub(super) fn line(mut self, line: &str, edits: &mut Edits) -> State {
        let content = without_indent(line, self.indent);
        // Shown code is nothing that could be cut short, so its end may be indented by mistake.
        let is_shown = matches!(self.content, Content::Shown { .. });
        let ends =
            self.is_closed_by(line) || (is_shown && closes_fence(line.trim_start(), self.mark, self.length));
        if ends && self.depth == 0 {
            return self.close(edits);
        }
        if ends {
            self.depth -= 1;
        } else if let Some(inner) = fence_opening(content)
            && (inner.indent, inner.mark) == (0, self.mark)
            && inner.length >= self.length
        {
            self.depth += 1;
        }
        let indent = blanks(line);
        match marker(&line[indent..]) {
            Some((Marker::Search, run)) => return self.block(run, indent, edits),
            Some((Marker::Replace, _)) => {
                edits.fault(EditError::Markers { line: edits.at, fault: MarkerFault::Stray });
            }
            Some((Marker::Divider, _)) | None => {}
        }
        if is_shown && self.depth == 0 && Header::begins(content) {
            return State::Header(Header::new(line, Some(Box::new(self)), edits.at));
        }
        self.keep(line, edits);
        State::Fence(self)
    }

    /// A line of the fence's text.
    pub(super) fn keep(&mut self, line: &str, edits: &mut Edits) {
        let content = without_indent(line, self.indent);
        match &mut self.content {
            Content::Shown { last } => {
                if !is_blank(body(content)) {
                    *last = Some(body(content).to_owned());
                    edits.inherited = None;
                }
                edits.push(Event::Prose(line.to_owned()));
            }
            Content::File { named, text } => {
                *text += content;
                // A path alone may be the one of a block.
                if is_blank(body(content))
                    || (is_blank_text(text, content) && named::sole(body(content)).is_some())
                {
                    return;
                }
                let path = edits.begun(&named.path, Form::WholeFile, self.line);
                self.content = Content::Begun { named: named.clone(), path, text: std::mem::take(text) };
            }
            Content::Begun { text, .. } => *text += content,
        }
    }

    fn block(self, run: usize, indent: usize, edits: &mut Edits) -> State {
        let named = match &self.content {
            Content::Shown { last } => last.as_deref().and_then(named::sole).or_else(|| self.loose.clone()),
            Content::File { named, text } => Some(named::sole(text.trim()).unwrap_or_else(|| named.clone())),
            Content::Begun { named, .. } => {
                edits.fault(EditError::MixedForms { line: edits.at });
                Some(named.clone())
            }
        };
        // A block that follows another one in the fence is of the same file, whatever is above the fence.
        let named = match &self.content {
            Content::Shown { last: None } if self.has_edits => edits.inherited.clone(),
            _ => named,
        };
        State::Block(Block::open(named, run, indent, Some(Box::new(self)), edits))
    }

    fn close(self, edits: &mut Edits) -> State {
        edits.begin();
        let (named, path, text) = match self.content {
            Content::Shown { .. } => {
                if self.is_suspect && !self.has_edits {
                    edits.fault(EditError::AmbiguousFence { line: self.line });
                }
                return State::Prose;
            }
            Content::File { named, text } => {
                let path = edits.begun(&named.path, Form::WholeFile, self.line);
                (named, path, text)
            }
            Content::Begun { named, path, text } => (named, path, text),
        };
        if let Some(path) = path {
            edits.closed_file =
                Some(ClosedFile { length: self.length, has_fences: named::has_fences(&path) });
            edits.edit(&path, Operation::Write { text, is_clear: named.is_clear });
        }
        State::Prose
    }

    pub(super) fn finish(self, edits: &mut Edits) {
        // After a whole block only the fence's end is missing, which models forget.
        let is_done = self.has_edits && matches!(self.content, Content::Shown { last: None });
        if !is_done {
            edits.push(cut_off(Part::Fence, self.line));
        }
    }
}

/// Whether a text is blank but for its last line.
fn is_blank_text(text: &str, last: &str) -> bool {
    text[..text.len() - last.len()].chars().all(char::is_whitespace)
}
