//! A search/replace block.
//!
//! Its markers have as many signs as the first one, so that a text with markers in it can
//! be written between longer ones. Whatever could be read in two ways is a fault.

use super::fence::Fence;
use super::marks::{Marker, marker, without_indent};
use super::named::Named;
use super::state::{Edits, State};
use super::{Form, cut_off};
use crate::{EditError, MarkerFault, Operation, Part};

/// A block that has begun.
#[derive(Debug)]
pub(super) struct Block {
    path: Option<String>, // none after a fault: then it is read to its end and dropped
    named: Option<Named>,
    run: usize,    // signs of its markers
    indent: usize, // blanks before its markers
    line: usize,   // of the answer, where it begins
    part: Part,    // `Search` or `Replace`
    search: String,
    replace: String,
    fence: Option<Box<Fence>>,
}

impl Block {
    /// `named` is the file, if anything names one.
    pub(super) fn open(
        named: Option<Named>,
        run: usize,
        indent: usize,
        fence: Option<Box<Fence>>,
        edits: &mut Edits,
    ) -> Self {
        let line = edits.at;
        let named = named.or_else(|| edits.inherited.clone());
        let path = match &named {
            Some(named) => edits.begun(&named.path, Form::Block, line),
            None => {
                edits.fault(EditError::NoPath { line });
                None
            }
        };
        edits.begin();
        let (search, replace) = (String::new(), String::new());
        Self { path, named, run, indent, line, part: Part::Search, search, replace, fence }
    }

    pub(super) fn line(mut self, line: &str, edits: &mut Edits) -> State {
        let content = without_indent(line, self.indent);
        let marker = marker(content).filter(|(_, run)| *run == self.run).map(|(marker, _)| marker);
        match (marker, self.part) {
            (Some(Marker::Divider), Part::Search) => self.part = Part::Replace,
            (Some(Marker::Divider), _) => self.fault(MarkerFault::SecondDivider, edits),
            (Some(Marker::Replace), Part::Search) => {
                self.fault(MarkerFault::NoDivider, edits);
                return self.close(edits);
            }
            (Some(Marker::Replace), _) => return self.close(edits),
            (Some(Marker::Search), _) => {
                self.fault(MarkerFault::Unclosed, edits);
                let named = self.named.take();
                return State::Block(Self::open(named, self.run, self.indent, self.fence, edits));
            }
            (None, Part::Search) => self.search += content,
            (None, _) => self.replace += content,
        }
        State::Block(self)
    }

    pub(super) fn finish(self, edits: &mut Edits) {
        // A last line is a marker without an end of line at most, so the block is not complete.
        edits.push(cut_off(self.part, self.line));
    }

    fn fault(&mut self, fault: MarkerFault, edits: &mut Edits) {
        if self.path.take().is_some() {
            edits.fault(EditError::Markers { line: edits.at, fault });
        }
    }

    fn close(self, edits: &mut Edits) -> State {
        if let Some(path) = &self.path {
            let (search, replace) = (self.search, self.replace);
            let operation = if search.is_empty() {
                Operation::Create { text: replace }
            } else {
                Operation::Replace { search, replace }
            };
            edits.edit(path, operation);
        }
        edits.inherited = self.named;
        match self.fence {
            Some(fence) => State::Fence(fence.after_edit()),
            None => State::Prose,
        }
    }
}
