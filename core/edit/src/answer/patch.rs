//! A unified diff: of one file or several, in a fence or without one.
//!
//! Models count lines badly, so in a fence the counts of `@@` are not looked at and the
//! fence says where a hunk ends. Without a fence nothing else does, so there they have to
//! be right. Line numbers are never used: a hunk is looked for by its text.

use super::block::Block;
use super::fence::Fence;
use super::marks::{Marker, blanks, body, ended, marker};
use super::named::{self, Named};
use super::state::{Edits, State};
use super::{Form, cut_off};
use crate::{EditError, Operation, Part, PatchFault};

/// Lines that may be the two before a diff: `--- a/x`, then `+++ b/x`, then `@@`.
#[derive(Debug)]
pub(super) struct Header {
    held: Vec<String>,
    fence: Option<Box<Fence>>,
    line: usize,
}

impl Header {
    pub(super) fn begins(line: &str) -> bool {
        line.strip_prefix("--- ").is_some_and(|name| !name.trim().is_empty())
    }

    pub(super) fn new(line: &str, fence: Option<Box<Fence>>, at: usize) -> Self {
        Self { held: vec![line.to_owned()], fence, line: at }
    }

    pub(super) fn line(mut self, line: &str, edits: &mut Edits) -> State {
        let content = content_of(self.fence.as_deref(), line);
        if self.held.len() == 1 && content.starts_with("+++ ") {
            self.held.push(line.to_owned());
            return State::Header(self);
        }
        if self.held.len() == 2 && content.starts_with("@@") {
            let names = self.names();
            let mut patch = Patch::new(self.fence, None, self.line);
            patch.names = names;
            edits.begin();
            return patch.line(line, edits);
        }
        match self.replay(edits) {
            Some(fence) => fence.line(line, edits),
            None => edits.in_prose(line),
        }
    }

    /// The answer's end: the lines are no header.
    pub(super) fn give_up(self, edits: &mut Edits) {
        if let Some(fence) = self.replay(edits) {
            fence.finish(edits);
        }
    }

    fn replay(mut self, edits: &mut Edits) -> Option<Fence> {
        for line in &self.held {
            match &mut self.fence {
                Some(fence) => fence.keep(line, edits),
                None => edits.prose(line),
            }
        }
        self.fence.map(|fence| *fence)
    }

    fn names(&self) -> Option<(Name, Name)> {
        let name = |line: &String| Name::of(&content_of(self.fence.as_deref(), line)[4..]);
        Some((name(self.held.first()?), name(self.held.get(1)?)))
    }
}

/// A file's name in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Null,
    Path(String),
}

impl Name {
    fn of(text: &str) -> Self {
        // A time may follow behind a tab.
        let path = body(text).split('\t').next().unwrap_or_default().trim().trim_matches('"');
        if path == "/dev/null" { Self::Null } else { Self::Path(path.to_owned()) }
    }
}

/// A diff that has begun.
#[derive(Debug)]
pub(super) struct Patch {
    fence: Option<Box<Fence>>,
    named: Option<Named>, // by the line above or the fence
    line: usize,          // of the answer, where it begins
    names: Option<(Name, Name)>,
    target: Option<Target>,
    is_refused: bool, // a fault was told: the rest of this file's diff is dropped
    has_hunks: bool,
    awaits: bool, // git announced a file, and no header of it came yet
    has_files: bool,
    hunk: Option<PatchHunk>,
    held: Vec<String>, // lines that may be the header of another file
    held_line: usize,  // of the answer, where they begin
    whole: String,     // text of a file that comes or goes
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    path: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Change,
    Create,
    Delete,
}

#[derive(Debug, Default)]
struct PatchHunk {
    old: String,
    new: String,
    changes: bool,
    last: Sides,
    left: Option<(usize, usize)>, // old and new lines that are still to come by the header
}

/// Which texts the last line of a hunk is in.
#[derive(Debug, Default, Clone, Copy)]
struct Sides {
    old: bool,
    new: bool,
}

impl Patch {
    pub(super) fn new(fence: Option<Box<Fence>>, named: Option<Named>, line: usize) -> Self {
        Self {
            fence,
            named,
            line,
            names: None,
            target: None,
            is_refused: false,
            has_hunks: false,
            awaits: false,
            has_files: false,
            hunk: None,
            held: Vec::new(),
            held_line: line,
            whole: String::new(),
        }
    }

    pub(super) fn line(mut self, line: &str, edits: &mut Edits) -> State {
        if self.fence.as_ref().is_some_and(|fence| fence.is_closed_by(line)) {
            self.end(edits);
            return State::Prose;
        }
        let content = content_of(self.fence.as_deref(), line).to_owned();
        if let (None, Some((Marker::Search, run))) = (&self.hunk, marker(content.trim_start_matches(' ')))
            && let Some(fence) = self.fence.take()
        {
            // Some models call the fence of a block a diff.
            let fence = Some(Box::new(fence.after_edit()));
            return State::Block(Block::open(self.named, run, blanks(line), fence, edits));
        }
        let is_complete = self.hunk.as_ref().is_some_and(|hunk| hunk.left == Some((0, 0)));
        if self.fence.is_none() && is_complete && self.held.is_empty() {
            let goes_on = ["@@", "\\", "--- "].iter().any(|start| content.starts_with(start));
            if !goes_on {
                self.end(edits);
                return edits.in_prose(line);
            }
        }
        match self.held.len() {
            1 if content.starts_with("+++ ") => {
                self.held.push(content);
                if self.hunk.is_none() {
                    self.next_file(edits);
                }
                return State::Patch(self);
            }
            2 if content.starts_with("@@") => self.next_file(edits),
            0 if Header::begins(&content) && (self.fence.is_some() || is_complete) => {
                self.held.push(content);
                self.held_line = edits.at;
                return State::Patch(self);
            }
            _ if self.fence.is_none() && is_complete && !self.held.is_empty() => {
                return self.replay(line, edits);
            }
            _ => self.release(edits),
        }
        self.read(&content, edits);
        State::Patch(self)
    }

    pub(super) fn finish(mut self, edits: &mut Edits) {
        let is_open = self.hunk.as_ref().is_some_and(|hunk| hunk.left != Some((0, 0)));
        if self.fence.is_some() || is_open {
            return edits.push(cut_off(Part::Patch, self.line));
        }
        let held = std::mem::take(&mut self.held);
        self.end(edits);
        for line in held {
            edits.prose(&line);
        }
    }

    /// Without a fence, what looked like another header was prose.
    fn replay(mut self, line: &str, edits: &mut Edits) -> State {
        let held = std::mem::take(&mut self.held);
        self.end(edits);
        for line in held {
            edits.prose(&line);
        }
        edits.in_prose(line)
    }

    /// Lines that turned out to be no header are lines of the hunk.
    fn release(&mut self, edits: &mut Edits) {
        for line in std::mem::take(&mut self.held) {
            self.read(&line, edits);
        }
    }

    /// The held lines are the header of another file.
    fn next_file(&mut self, edits: &mut Edits) {
        let held = std::mem::take(&mut self.held);
        self.awaits = false;
        self.end_file(edits);
        self.line = self.held_line;
        self.names = match &held[..] {
            [old, new] => Some((Name::of(&old[4..]), Name::of(&new[4..]))),
            _ => None,
        };
    }

    /// One line that is no header of a file.
    fn read(&mut self, content: &str, edits: &mut Edits) {
        if content.starts_with("diff --git ") {
            self.end_file(edits);
            self.names = None;
            self.awaits = true;
            return;
        }
        if content.starts_with("@@") {
            self.end_hunk(edits);
            let left = counts(content);
            if left.is_none() && self.fence.is_none() {
                self.refuse(PatchFault::Counts, edits);
            }
            self.hunk = Some(PatchHunk {
                left: left.or(self.fence.is_none().then_some((0, 0))),
                ..PatchHunk::default()
            });
            self.aim(edits);
            return;
        }
        if self.hunk.is_none() {
            if content.trim().is_empty() || is_detail(content) {
                return;
            }
            if is_move(content) {
                return self.refuse(PatchFault::Unsupported, edits);
            }
            if !content.starts_with(['+', '-', ' '])
                && let Some(named) = named::sole(body(content))
            {
                self.named = Some(named);
                return;
            }
            self.hunk = Some(PatchHunk::default());
            self.aim(edits);
        }
        let is_bare = self.fence.is_none();
        let is_read = self.hunk.as_mut().is_some_and(|hunk| hunk.read(content, is_bare));
        if !is_read {
            let fault = if is_bare { PatchFault::Counts } else { PatchFault::Line };
            self.refuse(fault, edits);
            if let Some(hunk) = self.hunk.as_mut().filter(|_| is_bare) {
                hunk.left = Some((0, 0));
            }
        }
    }

    fn refuse(&mut self, fault: PatchFault, edits: &mut Edits) {
        if !self.is_refused {
            edits.fault(EditError::Patch { line: edits.at, fault });
        }
        self.is_refused = true;
    }

    /// Finds out which file the hunks are of, once.
    fn aim(&mut self, edits: &mut Edits) {
        self.has_hunks = true;
        if self.target.is_some() || self.is_refused {
            return;
        }
        let (path, kind) = match (&self.names, &self.named) {
            (Some((Name::Path(old), Name::Path(new))), _) => match common(old, new) {
                Some(path) => (path.to_owned(), Kind::Change),
                None => return self.refuse(PatchFault::Unsupported, edits),
            },
            (Some((Name::Null, Name::Path(new))), _) => (without(new, "b/").to_owned(), Kind::Create),
            (Some((Name::Path(old), Name::Null)), _) => (without(old, "a/").to_owned(), Kind::Delete),
            (None, Some(named)) => (named.path.clone(), Kind::Change),
            (None, None) | (Some((Name::Null, Name::Null)), _) => {
                edits.fault(EditError::NoPath { line: self.line });
                self.is_refused = true;
                return;
            }
        };
        match edits.begun(&path, Form::Patch, self.line) {
            Some(path) => self.target = Some(Target { path, kind }),
            None => self.is_refused = true,
        }
    }

    fn end_hunk(&mut self, edits: &mut Edits) {
        let Some(hunk) = self.hunk.take() else { return };
        let Some(target) = self.target.as_ref().filter(|_| !self.is_refused) else { return };
        match target.kind {
            Kind::Change if !hunk.changes => {}
            Kind::Change => {
                self.has_files = true;
                let (path, operation) =
                    (target.path.clone(), Operation::Patch { old: hunk.old, new: hunk.new });
                edits.edit(&path, operation);
            }
            Kind::Create => self.whole += &hunk.new,
            Kind::Delete => self.whole += &hunk.old,
        }
    }

    fn end_file(&mut self, edits: &mut Edits) {
        self.end_hunk(edits);
        let whole = std::mem::take(&mut self.whole);
        if let Some(Target { path, kind }) = self.target.take().filter(|_| !self.is_refused) {
            match kind {
                Kind::Create => edits.edit(&path, Operation::Create { text: whole }),
                Kind::Delete => edits.edit(&path, Operation::Delete { text: whole }),
                Kind::Change => {}
            }
            self.has_files |= kind != Kind::Change;
        } else if (self.names.is_some() || self.awaits) && !self.has_hunks {
            self.refuse(PatchFault::Empty, edits);
        }
        self.has_files |= self.is_refused;
        (self.is_refused, self.has_hunks, self.awaits) = (false, false, false);
    }

    fn end(&mut self, edits: &mut Edits) {
        self.release(edits);
        self.end_file(edits);
        if !self.has_files {
            edits.fault(EditError::Patch { line: self.line, fault: PatchFault::Empty });
        }
        edits.begin();
    }
}

impl PatchHunk {
    /// Whether the line is one of a hunk.
    fn read(&mut self, content: &str, is_bare: bool) -> bool {
        let sides = match content.chars().next() {
            Some('+') => Sides { old: false, new: true },
            Some('-') => Sides { old: true, new: false },
            // Models leave the blank of an empty context line out.
            Some(' ' | '\n' | '\r') | None => Sides { old: true, new: true },
            Some('\\') => {
                self.drop_last_end();
                return true;
            }
            Some(_) => return false,
        };
        if is_bare {
            let Some((old, new)) = self.left else { return false };
            let left = old.checked_sub(usize::from(sides.old)).zip(new.checked_sub(usize::from(sides.new)));
            if left.is_none() {
                return false;
            }
            self.left = left;
        }
        let text = ended(content.strip_prefix(['+', '-', ' ']).unwrap_or(content));
        if sides.old {
            self.old += &text;
        }
        if sides.new {
            self.new += &text;
        }
        self.changes |= sides.old != sides.new;
        self.last = sides;
        true
    }

    /// `\ No newline at end of file` is said of the line before.
    fn drop_last_end(&mut self) {
        for (text, is_last) in [(&mut self.old, self.last.old), (&mut self.new, self.last.new)] {
            if is_last {
                text.truncate(body(text).len());
            }
        }
        self.last = Sides::default();
    }
}

/// A line without the indentation of the fence that it is in.
fn content_of<'l>(fence: Option<&Fence>, line: &'l str) -> &'l str {
    fence.map_or(line, |fence| fence.content_of(line))
}

/// Old and new lines of a hunk by its header `@@ -1,2 +3,4 @@`.
fn counts(content: &str) -> Option<(usize, usize)> {
    let mut ranges = content.trim_start_matches('@').split_whitespace();
    let mut count = |sign: char| {
        let range = ranges.next()?.strip_prefix(sign)?;
        match range.split_once(',') {
            Some((_, count)) => count.parse().ok(),
            None => range.parse::<usize>().ok().map(|_| 1),
        }
    };
    Some((count('-')?, count('+')?))
}

/// Lines of git between `diff --git` and the first hunk that say nothing about the text.
fn is_detail(content: &str) -> bool {
    ["index ", "new file mode ", "deleted file mode "].iter().any(|start| content.starts_with(start))
}

fn is_move(content: &str) -> bool {
    let starts = [
        "rename ",
        "copy ",
        "similarity ",
        "dissimilarity ",
        "old mode ",
        "new mode ",
        "Binary ",
        "GIT binary ",
    ];
    starts.iter().any(|start| content.starts_with(start))
}

fn without<'n>(name: &'n str, prefix: &str) -> &'n str {
    name.strip_prefix(prefix).unwrap_or(name)
}

/// The path of both names, which may have git's prefixes; none for a file that is renamed.
fn common<'n>(old: &'n str, new: &'n str) -> Option<&'n str> {
    let (plain_old, plain_new) = (without(old, "a/"), without(new, "b/"));
    if old == new {
        return Some(new);
    }
    [(plain_old, plain_new), (plain_old, new), (old, plain_new)]
        .into_iter()
        .find(|(old, new)| old == new)
        .map(|(_, new)| new)
}
