//! What becomes of files: old text, new text, the hunks between them, and applying all of it.
//!
//! A change keeps the text that it was made for. Against any other text it is carried
//! over: hunks move along with what was changed elsewhere, and where the same lines
//! were changed there is a conflict and no file changes at all.

use std::ops::Range;

use ghostlight_text::{Edit, Span};
use sha2::{Digest, Sha256};

use crate::diff::{self, Change};
use crate::lines::Lines;
use crate::plan::{Refusal, SourceFile};
use crate::{EditError, LineRange};

/// Which text a file has: its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version([u8; 32]);

impl Version {
    /// The version of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The hash itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Version({:02x}{:02x}{:02x}{:02x}…)", self.0[0], self.0[1], self.0[2], self.0[3])
    }
}

/// Lines that change together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Lines of the old text, from 1.
    pub old_lines: LineRange,
    /// Lines of the new text, from 1.
    pub new_lines: LineRange,
    /// UTF-8 bytes of the old text.
    pub old: Span,
    /// UTF-8 bytes of the new text.
    pub new: Span,
}

/// One file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    path: String,
    before: Option<String>,
    after: Option<String>,
    hunks: Vec<Hunk>,
}

impl FileChange {
    /// `before` is none for a new file, `after` for one that is deleted.
    pub(crate) fn new(path: &str, before: Option<&str>, after: Option<String>) -> Self {
        let hunks = hunks(before.unwrap_or_default(), after.as_deref().unwrap_or_default());
        Self { path: path.to_owned(), before: before.map(str::to_owned), after, hunks }
    }

    /// Which file.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text that the change was made for; none for a new file.
    #[must_use]
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// The text after the change; none for a file that is deleted.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// What changes, in order; none of an empty file that comes or goes.
    #[must_use]
    pub fn hunks(&self) -> &[Hunk] {
        &self.hunks
    }

    /// The text that hunk `hunk` brings.
    #[must_use]
    pub fn new_text(&self, hunk: &Hunk) -> &str {
        &self.after.as_deref().unwrap_or_default()[hunk.new.start.0..hunk.new.end.0]
    }

    /// The change with those hunks only whose index `keep` wants; none when none is left.
    #[must_use]
    pub fn keeping(&self, mut keep: impl FnMut(usize) -> bool) -> Option<Self> {
        let kept: Vec<bool> = (0..self.hunks.len()).map(&mut keep).collect();
        if kept.iter().all(|keep| *keep) {
            return Some(self.clone());
        }
        let before = self.before.as_deref().unwrap_or_default();
        if !kept.contains(&true) {
            return None;
        }
        let mut text = String::new();
        let mut from = 0;
        for (hunk, keep) in self.hunks.iter().zip(kept) {
            text += &before[from..hunk.old.start.0];
            text += if keep { self.new_text(hunk) } else { &before[hunk.old.start.0..hunk.old.end.0] };
            from = hunk.old.end.0;
        }
        text += &before[from..];
        Some(Self::new(&self.path, self.before.as_deref(), Some(text)))
    }

    /// The change made to the file as it is now; no update when it is made already.
    fn update(&self, now: Option<&str>) -> Result<Option<FileUpdate>, EditError> {
        if now == self.after.as_deref() {
            return Ok(None);
        }
        let (text, edits) = match (&self.before, &self.after, now) {
            (None, Some(_), Some(_)) => return Err(EditError::Appeared),
            (Some(_), Some(_), None) => return Err(EditError::Gone),
            (None, after, _) => (after.clone(), Vec::new()),
            (Some(before), None, Some(now)) if before == now => (None, Vec::new()),
            (Some(before), None, now) => return Err(conflict(before, now.unwrap_or_default())),
            (Some(before), Some(_), Some(now)) => {
                let edits = self.carry(before, now)?;
                (Some(apply(now, &edits)), edits)
            }
        };
        let expects = now.map(Version::of);
        Ok(Some(FileUpdate { path: self.path.clone(), expects, text, edits }))
    }

    /// The hunks as edits of `now`, which was made out of `before` by somebody else.
    fn carry(&self, before: &str, now: &str) -> Result<Vec<Edit>, EditError> {
        let (old, current) = (Lines::new(before), Lines::new(now));
        let theirs = if before == now { Vec::new() } else { diff::of_lines(old.wholes(), current.wholes()) };
        let mut edits = Vec::new();
        for hunk in &self.hunks {
            let ours = hunk.old_lines.first - 1..hunk.old_lines.last;
            let text = self.new_text(hunk);
            match theirs.iter().find(|their| touch(&their.before, &ours)) {
                None => {
                    let lines = moved(&theirs, &ours);
                    let bytes = current.bytes(&lines);
                    edits.push(Edit { span: Span::new(bytes.start, bytes.end), text: text.to_owned() });
                }
                Some(their) if their.before == ours && now[current.bytes(&their.after)] == *text => {}
                Some(their) => {
                    let now = LineRange::of(&their.after);
                    return Err(EditError::Conflict { base: hunk.old_lines, now });
                }
            }
        }
        Ok(edits)
    }
}

/// A new text for a file, to be stored if the file still is what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUpdate {
    /// Which file.
    pub path: String,
    /// The version that the file must have as it is stored; none if there must be no file.
    pub expects: Option<Version>,
    /// The new text; none to delete the file.
    pub text: Option<String>,
    /// The same as edits of the file as it is now, in order and apart from one another, all
    /// with offsets of the text before any of them: what an editor applies as one undo
    /// step. None for a file that comes or goes.
    pub edits: Vec<Edit>,
}

/// Changes of several files, which are made together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// The files that change, by path.
    pub files: Vec<FileChange>,
}

impl ChangeSet {
    /// The changes made to the files as they are now, which may have changed since.
    ///
    /// Nothing is stored here: the host stores all updates, each only over the version that
    /// it expects, or none of them.
    ///
    /// ```
    /// use ghostlight_edit::{FileEdit, Operation, Policy, SourceFile, plan};
    /// let seen = SourceFile { path: "a", text: "one\ntwo\nthree\nfour\n" };
    /// let operation = Operation::Replace { search: "four\n".into(), replace: "4\n".into() };
    /// let edits = [FileEdit { path: "a".into(), operation }];
    /// let changes = plan(&edits, &[seen], Policy::default()).unwrap();
    /// let now = SourceFile { path: "a", text: "zero\none\ntwo\nthree\nfour\n" };
    /// let updates = changes.apply(&[now]).unwrap();
    /// assert_eq!(updates[0].text.as_deref(), Some("zero\none\ntwo\nthree\n4\n"));
    /// ```
    ///
    /// # Errors
    /// A refusal for every file whose change conflicts with what was changed meanwhile. Its
    /// `edit` is the file's index in `files`.
    pub fn apply(&self, now: &[SourceFile<'_>]) -> Result<Vec<FileUpdate>, Vec<Refusal>> {
        let mut updates = Vec::new();
        let mut refusals = Vec::new();
        for (index, change) in self.files.iter().enumerate() {
            let text = now.iter().find(|file| file.path == change.path).map(|file| file.text);
            match change.update(text) {
                Ok(update) => updates.extend(update),
                Err(error) => refusals.push(Refusal { edit: index, path: change.path.clone(), error }),
            }
        }
        if refusals.is_empty() { Ok(updates) } else { Err(refusals) }
    }

    /// Those hunks only that `keep` wants, which is asked with a path and the hunk's index.
    #[must_use]
    pub fn keeping(&self, mut keep: impl FnMut(&str, usize) -> bool) -> Self {
        let files = self.files.iter().filter_map(|file| file.keeping(|hunk| keep(&file.path, hunk)));
        Self { files: files.collect() }
    }
}

/// `text` after `edits`, which are in order and apart.
fn apply(text: &str, edits: &[Edit]) -> String {
    let mut new = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        new += &text[from..edit.span.start.0];
        new += &edit.text;
        from = edit.span.end.0;
    }
    new + &text[from..]
}

fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    let (old, new) = (Lines::new(before), Lines::new(after));
    let span = |bytes: Range<usize>| Span::new(bytes.start, bytes.end);
    let hunk = |change: Change| Hunk {
        old_lines: LineRange::of(&change.before),
        new_lines: LineRange::of(&change.after),
        old: span(old.bytes(&change.before)),
        new: span(new.bytes(&change.after)),
    };
    diff::of_lines(old.wholes(), new.wholes()).into_iter().map(hunk).collect()
}

/// Whether two ranges have a line or a border in common.
fn touch(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// Where lines are that none of `changes` touches.
fn moved(changes: &[Change], lines: &Range<usize>) -> Range<usize> {
    let last = changes.iter().take_while(|change| change.before.end < lines.start).last();
    let at = |line: usize| last.map_or(line, |change| line - change.before.end + change.after.end);
    at(lines.start)..at(lines.end)
}

/// The first place where a file that goes away is not what it was.
fn conflict(before: &str, now: &str) -> EditError {
    let changes = diff::of_lines(Lines::new(before).wholes(), Lines::new(now).wholes());
    let first = changes.first().cloned().unwrap_or(Change { before: 0..0, after: 0..0 });
    EditError::Conflict { base: LineRange::of(&first.before), now: LineRange::of(&first.after) }
}
