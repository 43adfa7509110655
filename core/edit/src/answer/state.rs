//! The state of an answer with edits: in prose, in a fence, in a block, in a diff.
//!
//! Each state is a value that reads a line and becomes the next one; this file has the
//! prose between edits and what the states share.

use super::block::Block;
use super::fence::Fence;
use super::marks::{Marker, blanks, body, fence_opening, marker};
use super::named::{self, Named};
use super::patch::{Header, Patch};
use super::{Ending, Event, Form, cut_off};
use crate::lines::is_blank;
use crate::{EditError, FileEdit, MarkerFault, Operation, Part, PatchFault, check_path};

/// Where a line is read.
#[derive(Debug)]
pub(super) enum State {
    Prose,
    Fence(Fence),
    Block(Block),
    Header(Header),
    Patch(Patch),
}

/// A fenced file that has ended, as far as one can tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClosedFile {
    pub(super) length: usize, // of its fence
    pub(super) has_fences: bool,
}

/// An answer so far.
#[derive(Debug)]
pub(super) struct Edits {
    state: State,
    events: Vec<Event>,
    /// Lines read, so the number of the current one.
    pub(super) at: usize,
    /// The last line of prose with text, if no edit came since.
    above: Option<String>,
    /// Whether that line has a blank one, or nothing, before it.
    is_above_apart: bool,
    was_blank: bool,
    /// The file of the last block, for one that follows at once.
    pub(super) inherited: Option<Named>,
    pub(super) closed_file: Option<ClosedFile>,
}

impl Default for Edits {
    fn default() -> Self {
        Self {
            state: State::Prose,
            events: Vec::new(),
            at: 0,
            above: None,
            is_above_apart: false,
            was_blank: true,
            inherited: None,
            closed_file: None,
        }
    }
}

impl Edits {
    pub(super) fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    pub(super) fn line(&mut self, line: &str) {
        self.at += 1;
        self.state = match std::mem::replace(&mut self.state, State::Prose) {
            State::Prose => self.in_prose(line),
            State::Fence(fence) => fence.line(line, self),
            State::Block(block) => block.line(line, self),
            State::Header(header) => header.line(line, self),
            State::Patch(patch) => patch.line(line, self),
        };
    }

    pub(super) fn finish(&mut self, ending: Ending) {
        let before = self.events.len();
        match std::mem::replace(&mut self.state, State::Prose) {
            State::Prose => {}
            State::Fence(fence) => fence.finish(self),
            State::Block(block) => block.finish(self),
            State::Header(header) => header.give_up(self),
            State::Patch(patch) => patch.finish(self),
        }
        let is_told = self.events[before..]
            .iter()
            .any(|event| matches!(event, Event::Fault(EditError::Truncated { .. })));
        if ending == Ending::CutOff && !is_told {
            self.events.push(cut_off(Part::Answer, self.at.max(1)));
        }
    }

    /// Reads a line outside of everything.
    pub(super) fn in_prose(&mut self, line: &str) -> State {
        if let Some(opening) = fence_opening(line) {
            return Fence::open(opening, self);
        }
        let indent = blanks(line);
        match marker(&line[indent..]) {
            Some((Marker::Search, run)) => {
                let named = self.named_above();
                return State::Block(Block::open(named, run, indent, None, self));
            }
            Some((Marker::Replace, _)) => {
                let fault = MarkerFault::Stray;
                self.fault(EditError::Markers { line: self.at, fault });
            }
            Some((Marker::Divider, _)) | None => {}
        }
        if Header::begins(line) {
            return State::Header(Header::new(line, None, self.at));
        }
        if is_unsupported(line) {
            self.fault(EditError::Patch { line: self.at, fault: PatchFault::Unsupported });
        }
        self.prose(line);
        State::Prose
    }

    /// A line that belongs to no edit.
    pub(super) fn prose(&mut self, line: &str) {
        self.events.push(Event::Prose(line.to_owned()));
        let is_blank = is_blank(body(line));
        if !is_blank {
            self.is_above_apart = self.was_blank;
            self.above = Some(body(line).to_owned());
            self.inherited = None;
        }
        self.was_blank = is_blank;
    }

    /// The file that the last line names: all of the line, or the only path in it.
    pub(super) fn named_above(&self) -> Option<Named> {
        self.above.as_deref().and_then(|line| named::sole(line).or_else(|| named::within(line)))
    }

    /// The file that the last line consists of, and whether that line stands apart.
    pub(super) fn sole_above(&self) -> Option<(Named, bool)> {
        let named = self.above.as_deref().and_then(named::sole)?;
        Some((named, self.is_above_apart))
    }

    /// Forgets the line above, which belongs to what has begun.
    pub(super) fn begin(&mut self) {
        self.above = None;
        self.was_blank = false;
    }

    pub(super) fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    pub(super) fn fault(&mut self, error: EditError) {
        self.events.push(Event::Fault(error));
    }

    /// The path in its one spelling, with an event that an edit of it has begun; else a fault.
    pub(super) fn begun(&mut self, path: &str, form: Form, line: usize) -> Option<String> {
        match check_path(path) {
            Ok(path) => {
                self.events.push(Event::Begun { path: path.clone(), form });
                Some(path)
            }
            Err(fault) => {
                self.fault(EditError::BadPath { line, fault });
                None
            }
        }
    }

    pub(super) fn edit(&mut self, path: &str, operation: Operation) {
        self.events.push(Event::Edit(FileEdit { path: path.to_owned(), operation }));
    }
}

/// What git writes of changes that are not of lines.
fn is_unsupported(line: &str) -> bool {
    ["GIT binary patch", "Binary files ", "rename from ", "copy from "]
        .iter()
        .any(|start| line.starts_with(start))
}
