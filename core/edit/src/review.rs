//! Hunks that are accepted or rejected one by one in a document that goes on being edited.
//!
//! The document holds the old text until a hunk is accepted. Each acceptance is one edit,
//! which is one undo step. What is typed meanwhile moves the hunks that are open; one that
//! is typed into is stale, since it was made for other lines.

use ghostlight_text::{Edit, Span};

use crate::EditError;
use crate::change::{FileChange, Hunk};

/// What became of a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HunkState {
    /// It can be accepted or rejected.
    Open,
    /// It was accepted.
    Accepted,
    /// It was rejected.
    Rejected,
    /// Its lines were edited by somebody else, so that it can only be rejected.
    Stale,
}

/// One hunk of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewHunk {
    /// Where it is in the document now, in UTF-8 bytes: the old lines, or the new ones once accepted.
    pub span: Span,
    /// What comes in their place.
    pub text: String,
    /// What became of it.
    pub state: HunkState,
}

/// The hunks of one file's change, in the document as it is now.
///
/// ```
/// use ghostlight_edit::{FileEdit, Operation, Policy, Review, SourceFile, plan};
/// use ghostlight_text::{ByteOffset, Document, Edit};
/// let text = "one\ntwo\nthree\n";
/// let operation = Operation::Replace { search: text.into(), replace: "1\ntwo\n3\n".into() };
/// let edits = [FileEdit { path: "a".into(), operation }];
/// let changes = plan(&edits, &[SourceFile { path: "a", text }], Policy::default()).unwrap();
///
/// let mut document = Document::new(text);
/// let mut review = Review::new(&changes.files[0]);
/// let typed = Edit::insert(ByteOffset(7), "!");
/// document.apply(&typed).unwrap();
/// review.edited(&typed);
/// document.apply(&review.accept(1).unwrap()).unwrap();
/// review.reject(0).unwrap();
/// assert_eq!(document.text(), "one\ntwo!\n3\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    hunks: Vec<ReviewHunk>,
}

impl Review {
    /// A review of `change`, in a document that holds [`FileChange::before`].
    #[must_use]
    pub fn new(change: &FileChange) -> Self {
        let open = |hunk: &Hunk| ReviewHunk {
            span: hunk.old,
            text: change.new_text(hunk).to_owned(),
            state: HunkState::Open,
        };
        Self { hunks: change.hunks().iter().map(open).collect() }
    }

    /// The hunks, in the order of the document.
    #[must_use]
    pub fn hunks(&self) -> &[ReviewHunk] {
        &self.hunks
    }

    /// The edit that makes hunk `hunk`, which the host applies to the document as one undo step.
    /// The review takes it as applied.
    ///
    /// # Errors
    /// [`EditError::NotOpen`].
    pub fn accept(&mut self, hunk: usize) -> Result<Edit, EditError> {
        self.decide(hunk, &[HunkState::Open], HunkState::Accepted)?;
        let edit = Edit { span: self.hunks[hunk].span, text: self.hunks[hunk].text.clone() };
        let end = edit.span.start.0 + edit.text.len();
        self.shift(hunk + 1, &edit);
        self.hunks[hunk].span = Span::new(edit.span.start.0, end);
        Ok(edit)
    }

    /// Accepts all hunks that are open: edits in order and apart from one another, all with
    /// offsets of the document before any of them, for one undo step.
    pub fn accept_all(&mut self) -> Vec<Edit> {
        let open = |hunk: &&ReviewHunk| hunk.state == HunkState::Open;
        let edit = |hunk: &ReviewHunk| Edit { span: hunk.span, text: hunk.text.clone() };
        let edits = self.hunks.iter().filter(open).map(edit).collect();
        for hunk in 0..self.hunks.len() {
            // A hunk that is not open stays as it is.
            let _ = self.accept(hunk);
        }
        edits
    }

    /// Leaves the lines of hunk `hunk` as they are.
    ///
    /// # Errors
    /// [`EditError::NotOpen`], not for a stale one.
    pub fn reject(&mut self, hunk: usize) -> Result<(), EditError> {
        self.decide(hunk, &[HunkState::Open, HunkState::Stale], HunkState::Rejected)
    }

    /// Follows an edit of the document that did not come from this review.
    pub fn edited(&mut self, edit: &Edit) {
        let (start, end) = (edit.span.start.0, edit.span.end.0);
        for index in 0..self.hunks.len() {
            let hunk = &mut self.hunks[index];
            if end < hunk.span.start.0 {
                self.shift_one(index, edit);
            } else if start <= hunk.span.end.0 && !follows(hunk, edit) {
                if hunk.state == HunkState::Open {
                    hunk.state = HunkState::Stale;
                }
                let first = hunk.span.start.0.min(start);
                let last = (hunk.span.end.0.max(end) + edit.text.len()).saturating_sub(end - start);
                hunk.span = Span::new(first, last);
            }
        }
    }

    fn decide(&mut self, hunk: usize, from: &[HunkState], to: HunkState) -> Result<(), EditError> {
        let hunks = self.hunks.len();
        let found = self.hunks.get_mut(hunk).filter(|hunk| from.contains(&hunk.state));
        found.ok_or(EditError::NotOpen { hunk, hunks })?.state = to;
        Ok(())
    }

    fn shift(&mut self, first: usize, edit: &Edit) {
        for hunk in first..self.hunks.len() {
            self.shift_one(hunk, edit);
        }
    }

    /// Moves a hunk that stands after `edit`.
    fn shift_one(&mut self, hunk: usize, edit: &Edit) {
        let moved = |at: usize| (at + edit.text.len()).saturating_sub(edit.span.len());
        let span = self.hunks[hunk].span;
        self.hunks[hunk].span = Span::new(moved(span.start.0), moved(span.end.0));
    }
}

/// Whether an edit begins on the line after a hunk's lines, which it leaves as they are.
fn follows(hunk: &ReviewHunk, edit: &Edit) -> bool {
    !hunk.span.is_empty() && edit.span.start == hunk.span.end && hunk.text.ends_with('\n')
}
