//! Edits of an answer against the files that the model saw: all of them, or reasons.
//!
//! Every edit is looked for in the file as it was, never in what an earlier edit of
//! the same answer left, so that their order does not matter and two edits of one
//! place are a fault instead of a surprise.

mod advice;
mod elided;
mod selection;

use std::collections::BTreeMap;

use crate::change::{ChangeSet, FileChange};
use crate::lines::{Lines, is_blank, trim_end};
use crate::locate::{self, find};
use crate::rewrite::{FinalEnd, Splice, rewrite, rewrite_all, told};
use crate::{EditError, FileEdit, LARGEST_TEXT, LineRange, Operation};

pub use selection::{SelectionError, rewrite_selection};

/// A file as the model saw it, or as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceFile<'a> {
    /// Relative path with `/` between its parts.
    pub path: &'a str,
    /// The whole text.
    pub text: &'a str,
}

/// What edits may do besides changing parts of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Files may be created.
    pub create: bool,
    /// A file may be replaced as a whole.
    pub overwrite: bool,
    /// Files may be deleted.
    pub delete: bool,
}

impl Default for Policy {
    /// Everything but deleting.
    fn default() -> Self {
        Self { create: true, overwrite: true, delete: false }
    }
}

/// An edit that cannot be made, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {error}")]
pub struct Refusal {
    /// Which of the edits, from 0.
    pub edit: usize,
    /// Its file.
    pub path: String,
    /// Why.
    pub error: EditError,
}

/// Finds every edit's place and makes the new texts; nothing when one of them is refused.
///
/// ```
/// use ghostlight_edit::{FileEdit, Operation, Policy, SourceFile, plan};
/// let files = [SourceFile { path: "a.py", text: "x = 1\r\ny = 2" }];
/// let operation = Operation::Replace { search: "y = 2\n".into(), replace: "y = 3\nz = 4\n".into() };
/// let edits = [FileEdit { path: "a.py".into(), operation }];
/// let changes = plan(&edits, &files, Policy::default())?;
/// assert_eq!(changes.files[0].after(), Some("x = 1\r\ny = 3\r\nz = 4"));
/// # Ok::<(), Vec<ghostlight_edit::Refusal>>(())
/// ```
///
/// # Errors
/// A refusal for every edit that has no place, more than one, no file, or another edit's place.
pub fn plan(edits: &[FileEdit], files: &[SourceFile<'_>], policy: Policy) -> Result<ChangeSet, Vec<Refusal>> {
    let mut by_file: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, edit) in edits.iter().enumerate() {
        let of_file = by_file.entry(&edit.path).or_default();
        // The same edit over again is one that the model said twice.
        if !of_file.iter().any(|earlier| edits[*earlier] == *edit) {
            of_file.push(index);
        }
    }
    let mut refusals = Vec::new();
    let mut changes = Vec::new();
    for (path, indexes) in by_file {
        let file = files.iter().find(|file| file.path == path);
        let context = Context { files, policy, edits };
        match context.change(path, file, &indexes) {
            Ok(change) => changes.extend(change),
            Err(faults) => refusals.extend(faults.into_iter().map(|(edit, error)| Refusal {
                edit,
                path: path.to_owned(),
                error,
            })),
        }
    }
    if edits.is_empty() {
        refusals.push(Refusal { edit: 0, path: String::new(), error: EditError::NoEdits });
    }
    if refusals.is_empty() {
        return Ok(ChangeSet { files: changes });
    }
    refusals.sort_by_key(|refusal| refusal.edit);
    Err(refusals)
}

/// Edits and reasons why they are refused, by the edit's number.
type Faults = Vec<(usize, EditError)>;

struct Context<'a> {
    files: &'a [SourceFile<'a>],
    policy: Policy,
    edits: &'a [FileEdit],
}

impl Context<'_> {
    /// The change of one file; none when its edits change nothing.
    fn change(
        &self,
        path: &str,
        file: Option<&SourceFile<'_>>,
        indexes: &[usize],
    ) -> Result<Option<FileChange>, Faults> {
        if let [first, second, ..] = indexes {
            let is_part = |index: &&usize| {
                matches!(self.edits[**index].operation, Operation::Replace { .. } | Operation::Patch { .. })
            };
            if !indexes.iter().all(|index| is_part(&index)) {
                let at = if is_part(&first) { *second } else { *first };
                return Err(vec![(at, EditError::WholeAndPart)]);
            }
        }
        let mut splices: Vec<(usize, Splice)> = Vec::new();
        let mut faults = Faults::new();
        for index in indexes {
            match self.one(*index, file) {
                Ok(One::Created(text)) => return Ok(Some(FileChange::new(path, None, Some(text)))),
                Ok(One::Deleted) => {
                    return Ok(file.map(|file| FileChange::new(path, Some(file.text), None)));
                }
                Ok(One::Spliced(made)) => splices.extend(made.into_iter().map(|splice| (*index, splice))),
                Err(error) => faults.push((*index, error)),
            }
        }
        splices.sort_by_key(|(_, splice)| (splice.lines.start, splice.lines.end));
        for pair in splices.windows(2) {
            let [(_, first), (index, second)] = pair else { continue };
            if collide(first, second) {
                let (first, second) = (told(first), told(second));
                faults.push((*index, EditError::Overlap { first, second }));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let Some(file) = file else { return Ok(None) };
        let mut text = String::with_capacity(file.text.len());
        let mut from = 0;
        for (_, splice) in &splices {
            text += &file.text[from..splice.bytes.start];
            text += &splice.text;
            from = splice.bytes.end;
        }
        text += &file.text[from..];
        Ok((text != file.text).then(|| FileChange::new(path, Some(file.text), Some(text))))
    }

    /// What one edit does.
    fn one(&self, index: usize, file: Option<&SourceFile<'_>>) -> Result<One, EditError> {
        let edit = &self.edits[index];
        let unknown = || EditError::UnknownPath { nearest: nearest_path(&edit.path, self.files) };
        let new_text = edit.operation.new_text();
        if new_text.len() > LARGEST_TEXT {
            return Err(EditError::TooLarge { bytes: new_text.len(), most: LARGEST_TEXT });
        }
        if let Some(line) = elided::line(new_text, file.map_or("", |file| file.text)) {
            return Err(EditError::Elided { line });
        }
        match (&edit.operation, file) {
            (Operation::Replace { search, replace }, Some(file)) => {
                replaced(file.text, search, replace, FinalEnd::AsInFile)
            }
            (Operation::Patch { old, new }, Some(file)) => replaced(file.text, old, new, FinalEnd::Meant),
            // An empty file is as good as none.
            (Operation::Create { text }, Some(file)) if file.text.is_empty() => {
                Ok(One::Spliced(rewrite_all(&Lines::new(file.text), &Lines::new(text))))
            }
            (Operation::Create { .. }, Some(_)) => Err(EditError::Exists),
            (Operation::Create { text }, None) => self.created(text),
            (Operation::Write { text, .. }, Some(file)) => self.overwritten(file.text, text),
            (Operation::Write { text, is_clear: true }, None) => self.created(text),
            (Operation::Delete { text }, Some(file)) => self.deleted(file.text, text),
            (Operation::Replace { .. } | Operation::Patch { .. }, None) => Err(unknown()),
            (Operation::Write { .. } | Operation::Delete { .. }, None) => Err(unknown()),
        }
    }

    fn created(&self, text: &str) -> Result<One, EditError> {
        if !self.policy.create {
            return Err(EditError::NotAllowed { what: "creating a file" });
        }
        Ok(One::Created(text.to_owned()))
    }

    fn overwritten(&self, file: &str, text: &str) -> Result<One, EditError> {
        if !self.policy.overwrite {
            return Err(EditError::NotAllowed { what: "replacing a whole file" });
        }
        let (old, new) = (Lines::new(file), Lines::new(text));
        // A model that shows a part of a file writes the same as one that replaces the file by that part.
        if new.len() < old.len()
            && let Some(place) = locate::already(&old, &new)
        {
            return Err(EditError::Excerpt { place });
        }
        Ok(One::Spliced(rewrite_all(&old, &new)))
    }

    fn deleted(&self, file: &str, text: &str) -> Result<One, EditError> {
        if !self.policy.delete {
            return Err(EditError::NotAllowed { what: "deleting a file" });
        }
        let (there, said) = (Lines::new(file), Lines::new(text));
        if !there.bodies().map(trim_end).eq(said.bodies().map(trim_end)) {
            return Err(EditError::DeletesOther);
        }
        Ok(One::Deleted)
    }
}

enum One {
    Created(String),
    Deleted,
    Spliced(Vec<Splice>),
}

fn replaced(file: &str, search: &str, replace: &str, final_end: FinalEnd) -> Result<One, EditError> {
    let lines = Lines::new(file);
    let (search, replace) = (Lines::new(search), Lines::new(replace));
    // Deleting is found wherever nothing is, so only text counts as being there already.
    let known = |error| match error {
        EditError::NotFound(mut mismatch) => {
            let already =
                if replace.bodies().all(is_blank) { None } else { locate::already(&lines, &replace) };
            mismatch.already = already;
            EditError::NotFound(mismatch)
        }
        error => error,
    };
    let found = find(&lines, &search).map_err(known)?;
    // What only adds lines fits again after it was made, and would be made twice.
    if replace.len() > search.len()
        && let Some(place) = locate::already_around(&lines, &replace, &found.lines)
    {
        return Err(EditError::AlreadyThere { place });
    }
    Ok(One::Spliced(rewrite(&lines, &found, &search, &replace, final_end)?))
}

/// Whether two splices, the first of which starts no later, change one place. A place between
/// lines belongs to whatever touches it, since nobody knows what should come first there.
fn collide(first: &Splice, second: &Splice) -> bool {
    if first.lines.is_empty() || second.lines.is_empty() {
        second.lines.start <= first.lines.end
    } else {
        second.lines.start < first.lines.end
    }
}

/// The known path that has the same name, or else is most alike.
fn nearest_path(path: &str, files: &[SourceFile<'_>]) -> Option<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let common = |other: &str| {
        let ends = path.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b).count();
        let starts = path.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        ends + starts
    };
    let same_name: Vec<&str> =
        files.iter().map(|file| file.path).filter(|other| name(other) == name(path)).collect();
    let others =
        || files.iter().map(|file| file.path).filter(|other| 2 * common(other) >= path.chars().count());
    let nearest = match same_name[..] {
        [] => others().max_by_key(|other| common(other)),
        _ => same_name.into_iter().max_by_key(|other| common(other)),
    };
    nearest.map(str::to_owned)
}

/// Lines of a text, from 1, as messages tell them.
fn range_of(lines: &Lines<'_>) -> LineRange {
    LineRange::of(&(0..lines.len()))
}
