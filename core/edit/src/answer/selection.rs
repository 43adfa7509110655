//! An answer that is one text: what stands in its only fence, or all of it.

use super::marks::{Marker, blanks, body, closes_fence, fence_opening, marker, without_indent};
use super::{Ending, Event, cut_off};
use crate::lines::is_blank;
use crate::{EditError, Part};

/// The text of an answer so far.
#[derive(Debug, Default)]
pub(super) struct Selection {
    events: Vec<Event>,
    line: usize,   // lines read
    blocks: usize, // fences so far
    text: String,  // of the first fence, or of all while there is none
    open: Option<SelectionFence>,
    has_markers: bool,
}

#[derive(Debug)]
struct SelectionFence {
    indent: usize,
    mark: char,
    length: usize,
    line: usize,
    depth: usize,
}

impl Selection {
    pub(super) fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    pub(super) fn line(&mut self, line: &str) {
        self.line += 1;
        if let Some(fence) = &mut self.open {
            let content = without_indent(line, fence.indent);
            if closes_fence(content, fence.mark, fence.length) {
                if fence.depth == 0 {
                    self.open = None;
                    return;
                }
                fence.depth -= 1;
            } else if let Some(inner) = fence_opening(content)
                && (inner.indent, inner.mark) == (0, fence.mark)
                && inner.length >= fence.length
            {
                fence.depth += 1;
            }
            if self.blocks == 1 {
                self.text += content;
            }
        } else if let Some(opening) = fence_opening(line) {
            self.blocks += 1;
            if self.blocks == 1 {
                let before = std::mem::take(&mut self.text);
                self.events.extend(before.split_inclusive('\n').map(|line| Event::Prose(line.to_owned())));
            }
            let (indent, mark, length) = (opening.indent, opening.mark, opening.length);
            self.open = Some(SelectionFence { indent, mark, length, line: self.line, depth: 0 });
            return;
        } else if self.blocks == 0 {
            self.text += line;
        } else {
            self.events.push(Event::Prose(line.to_owned()));
        }
        // A block was not asked for: its markers are no text of the selection.
        let is_marker = marker(&line[blanks(line)..]).is_some_and(|(marker, _)| marker != Marker::Divider);
        if is_marker && !self.has_markers {
            self.has_markers = true;
            self.events.push(Event::Fault(EditError::MixedForms { line: self.line }));
        }
    }

    pub(super) fn finish(&mut self, ending: Ending) {
        let event = match (&self.open, ending) {
            (Some(fence), _) => cut_off(Part::Fence, fence.line),
            (None, Ending::CutOff) if self.blocks == 0 => cut_off(Part::Answer, self.line.max(1)),
            (None, _) => match self.blocks {
                0 if self.text.lines().all(|line| is_blank(body(line))) => {
                    Event::Fault(EditError::Selections { blocks: 0 })
                }
                0 | 1 => Event::Selection(std::mem::take(&mut self.text)),
                blocks => Event::Fault(EditError::Selections { blocks }),
            },
        };
        self.events.push(event);
    }
}
