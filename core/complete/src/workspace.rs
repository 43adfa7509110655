//! The workspace of a session: an index of its files, and a queue of changed files that are
//! still to be indexed.
//!
//! The idea: the host hands over changes as they come, a thousand at once if need
//! be, and they wait. One [`Workspace::step`] brings one file up to date, a few
//! milliseconds, and the host takes steps while nobody waits for a suggestion. So
//! a prompt quotes what is known so far and never waits for the rest. An [`Embedder`]
//! is an option: its steps are their own, since one takes as long as a request.
//!
//! `.gitignore` files are among the changes like any other; they are rules, not text.
//! No file is read here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ghostlight_context::index::{
    FileStamp, GitIgnore, Index, IndexRules, IndexSize, Place, Restoring, StoreError, Updated,
};
use ghostlight_context::syntax::{Lexical, Syntax};
use ghostlight_context::{
    ContextQuery, EmbedFailed, Embedder, Snippet, SnippetKind, Source, meaning, retrieve_seen,
};

use crate::{ContextProvider, GuardOptions};

/// What happened to a file of the workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileChange {
    /// Path inside the workspace, with `/` between folders.
    pub path: String,
    /// Milliseconds since 1970 of the change; 0 where nobody knows.
    pub modified: u64,
    /// What the file has now; none if it is gone.
    pub text: Option<String>,
    /// Whether somebody changed it in the editor just now: where, is remembered.
    pub is_edit: bool,
}

/// The workspace of a session. A handle: its clones are the same workspace.
#[derive(Clone)]
pub struct Workspace(Rc<RefCell<State>>);

struct State {
    index: Index,
    ignored: BTreeMap<String, GitIgnore>,
    /// By when they come: rules, then what somebody works on, then the rest.
    waiting: BTreeMap<(Turn, String), FileChange>,
    syntax: Box<dyn Syntax>,
    /// Finds chunks by what they mean.
    embedder: Option<Box<dyn Embedder>>,
    /// An index that was stored, on its way into this one's place.
    restoring: Option<Restoring<'static>>,
    /// Whether the rules have changed since that began.
    is_outdated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Rules,
    Edit,
    Rest,
}

const IGNORE_FILE: &str = ".gitignore";

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Workspace({:?}, {} waiting)", self.size(), self.waiting())
    }
}

impl Default for Workspace {
    /// An empty one, which the default guard keeps files of secrets out of.
    fn default() -> Self {
        let (index, ignored, waiting) = <_>::default();
        let syntax = Box::new(Lexical);
        let mut workspace = Self(Rc::new(RefCell::new(State {
            index,
            ignored,
            waiting,
            syntax,
            embedder: None,
            restoring: None,
            is_outdated: false,
        })));
        workspace.follow(&GuardOptions::default());
        workspace
    }
}

impl Workspace {
    /// Files are read by this from now on; without it, by brackets and indentation.
    ///
    /// ```
    /// use ghostlight_complete::{ContextProvider, FileChange, Workspace};
    /// use ghostlight_context::syntax::LexicalOf;
    /// use ghostlight_text::Language;
    /// let workspace = Workspace::default();
    /// workspace.set_syntax(LexicalOf(Language::from_id("rust").unwrap())); // whatever the path
    /// let text = Some("pub struct Cache;\n".to_owned());
    /// workspace.change(FileChange { path: "cache".to_owned(), text, ..FileChange::default() });
    /// workspace.step();
    /// assert_eq!(workspace.size().symbols, 1);
    /// ```
    pub fn set_syntax(&self, syntax: impl Syntax + 'static) {
        self.0.borrow_mut().syntax = Box::new(syntax);
    }

    /// Chunks are found by their meaning too from now on, as far as they are embedded:
    /// each in an [`Workspace::embed_step`].
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../context/tests/support/letters.rs")); }
    /// # use support::Letters;
    /// use ghostlight_complete::{FileChange, Workspace};
    /// # let workspace = Workspace::default();
    /// # let text = Some("pub struct Cache;\n".to_owned());
    /// # workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// # workspace.step();
    /// workspace.set_embedder(Letters::default());
    /// assert_eq!(workspace.embed_step()?, 0); // the one chunk is embedded
    /// assert_eq!(workspace.embedded(), 1);
    /// # Ok::<(), ghostlight_context::EmbedFailed>(())
    /// ```
    pub fn set_embedder(&self, embedder: impl Embedder + 'static) {
        let state = &mut *self.0.borrow_mut();
        state.index.forget_vectors();
        state.embedder = Some(Box::new(embedder));
    }

    /// Embeds one chunk; how many are left. Nothing is left without an embedder.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../context/tests/support/letters.rs")); }
    /// # use support::Letters;
    /// use ghostlight_complete::{FileChange, Workspace};
    /// let workspace = Workspace::default();
    /// for path in ["a.rs", "b.rs"] {
    ///     let text = Some(format!("// {path}\n"));
    ///     workspace.change(FileChange { path: path.to_owned(), text, ..FileChange::default() });
    /// }
    /// while workspace.step() > 0 {}
    /// workspace.set_embedder(Letters::default());
    /// assert_eq!((workspace.embed_step()?, workspace.embed_step()?), (1, 0));
    /// # Ok::<(), ghostlight_context::EmbedFailed>(())
    /// ```
    ///
    /// # Errors
    /// [`EmbedFailed`]; the embedder is not asked again, and chunks are found by words.
    pub fn embed_step(&self) -> Result<usize, EmbedFailed> {
        let state = &mut *self.0.borrow_mut();
        let Some(embedder) = &mut state.embedder else { return Ok(0) };
        let left = state.index.embed(&mut **embedder, 1);
        if left.is_err() {
            state.embedder = None;
        }
        left
    }

    /// Chunks that are embedded.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../context/tests/support/letters.rs")); }
    /// # use support::Letters;
    /// use ghostlight_complete::{FileChange, Workspace};
    /// # let workspace = Workspace::default();
    /// # let text = Some("pub struct Cache;\n".to_owned());
    /// # workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// # workspace.step();
    /// workspace.set_embedder(Letters::default());
    /// assert_eq!(workspace.embedded(), 0);
    /// while workspace.embed_step()? > 0 {}
    /// assert_eq!(workspace.embedded(), 1);
    /// # Ok::<(), ghostlight_context::EmbedFailed>(())
    /// ```
    #[must_use]
    pub fn embedded(&self) -> usize {
        self.0.borrow().index.embedded()
    }

    /// The vectors as bytes, for [`Workspace::restore_vectors`]; none without an embedder.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../context/tests/support/letters.rs")); }
    /// # use support::Letters;
    /// use ghostlight_complete::{FileChange, Workspace};
    /// # let workspace = Workspace::default();
    /// # let text = Some("pub struct Cache;\n".to_owned());
    /// # workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// # workspace.step();
    /// assert_eq!(workspace.vectors_to_bytes(), None);
    /// workspace.set_embedder(Letters::default());
    /// assert!(workspace.vectors_to_bytes().is_some());
    /// ```
    #[must_use]
    pub fn vectors_to_bytes(&self) -> Option<Vec<u8>> {
        let state = &*self.0.borrow();
        Some(state.index.vectors_to_bytes(&**state.embedder.as_ref()?))
    }

    /// Gives chunks the vectors that their texts had before; how many.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../context/tests/support/letters.rs")); }
    /// # use support::Letters;
    /// use ghostlight_complete::{FileChange, Workspace};
    /// # let workspace = Workspace::default();
    /// # let text = Some("pub struct Cache;\n".to_owned());
    /// # workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// # workspace.step();
    /// workspace.set_embedder(Letters::default());
    /// while workspace.embed_step()? > 0 {}
    /// let bytes = workspace.vectors_to_bytes().unwrap();
    /// workspace.set_embedder(Letters::default()); // forgets the vectors
    /// assert_eq!(workspace.restore_vectors(&bytes), 1);
    /// # Ok::<(), ghostlight_context::EmbedFailed>(())
    /// ```
    pub fn restore_vectors(&self, bytes: &[u8]) -> usize {
        let state = &mut *self.0.borrow_mut();
        let Some(embedder) = &state.embedder else { return 0 };
        state.index.restore_vectors(bytes, &**embedder)
    }

    /// Takes a change, which is read in a [`Workspace::step`]. An older one of the
    /// same file that still waits is forgotten.
    ///
    /// ```
    /// use ghostlight_complete::{ContextProvider, FileChange, Workspace};
    /// let workspace = Workspace::default();
    /// for text in ["fn a() {}\n", "fn b() {}\n"] {
    ///     let (path, text) = ("a.rs".to_owned(), Some(text.to_owned()));
    ///     workspace.change(FileChange { path, text, ..FileChange::default() });
    /// }
    /// assert_eq!(workspace.waiting(), 1);
    /// ```
    pub fn change(&self, change: FileChange) {
        let state = &mut *self.0.borrow_mut();
        let turns = [Turn::Rules, Turn::Edit, Turn::Rest];
        let older = turns.map(|turn| state.waiting.remove(&(turn, change.path.clone())));
        let was_edit = older.into_iter().flatten().any(|older| older.is_edit);
        let is_edit = change.is_edit || was_edit;
        let turn = match name(&change.path) == IGNORE_FILE {
            true => Turn::Rules,
            false if is_edit => Turn::Edit,
            false => Turn::Rest,
        };
        state.waiting.insert((turn, change.path.clone()), FileChange { is_edit, ..change });
    }

    /// Compares a listing of the whole workspace with the index: what is not listed
    /// is forgotten. Gives the places in the listing of files whose text is wanted.
    ///
    /// ```
    /// use ghostlight_complete::Workspace;
    /// use ghostlight_context::index::FileStamp;
    /// let workspace = Workspace::default();
    /// let listing = [FileStamp { path: "a.rs".to_owned(), size: 1, modified: 1 }];
    /// // Nothing is known of it yet, so its text is wanted.
    /// assert_eq!(workspace.begin(&listing), [0]);
    /// ```
    pub fn begin(&self, listing: &[FileStamp]) -> Vec<usize> {
        let state = &mut *self.0.borrow_mut();
        state.waiting.clear();
        let known = state.ignored.len();
        state.ignored.retain(|path, _| listing.iter().any(|stamp| stamp.path == *path));
        if state.ignored.len() < known {
            state.follow_rules();
        }
        state.index.begin(listing)
    }

    /// Brings one file up to date; how many still wait.
    ///
    /// ```
    /// use ghostlight_complete::{ContextProvider, FileChange, Workspace};
    /// let workspace = Workspace::default();
    /// let text = Some("pub struct Cache;\n".to_owned());
    /// workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// while workspace.step() > 0 {}
    /// assert!(workspace.has("cache.rs"));
    /// ```
    pub fn step(&self) -> usize {
        let state = &mut *self.0.borrow_mut();
        if let Some(((turn, _), change)) = state.waiting.pop_first() {
            match turn {
                Turn::Rules => state.read_rules(change),
                Turn::Edit | Turn::Rest => state.read(change),
            }
        }
        state.waiting.len()
    }

    /// Notes that the cursor is in a line of a file, counted from 0.
    ///
    /// ```
    /// use ghostlight_complete::{ContextProvider, FileChange, Workspace};
    /// # let workspace = Workspace::default();
    /// # let text = Some("pub struct Cache;\n".to_owned());
    /// # workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// # workspace.step();
    /// use ghostlight_context::{ContextQuery, SnippetKind, Source};
    /// workspace.visit("cache.rs", 0);
    /// let query = ContextQuery { source: Source { path: "app.rs", ..Source::default() }, ..ContextQuery::default() };
    /// assert_eq!(workspace.clone().find(&query, &mut |_, _| ())[0].kind, SnippetKind::Visit);
    /// ```
    pub fn visit(&self, path: &str, line: u32) {
        let index = &mut self.0.borrow_mut().index;
        if index.text(path).is_some() {
            index.note_visit(Place { path: path.to_owned(), first: line, last: line });
        }
    }

    /// The index as bytes, for [`Workspace::restore`].
    ///
    /// ```
    /// use ghostlight_complete::{ContextProvider, FileChange, Workspace};
    /// # let workspace = Workspace::default();
    /// # let text = Some("pub struct Cache;\n".to_owned());
    /// # workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// # workspace.step();
    /// let again = Workspace::default();
    /// again.restore(&workspace.to_bytes())?;
    /// assert!(again.has("cache.rs"));
    /// # Ok::<(), ghostlight_context::index::StoreError>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.borrow().index.to_bytes()
    }

    /// Takes over an index that was stored. [`Workspace::begin`] then says which
    /// files have changed since.
    ///
    /// ```
    /// use ghostlight_complete::Workspace;
    /// let stored = Workspace::default().to_bytes();
    /// let workspace = Workspace::default();
    /// workspace.restore(&stored).unwrap();
    /// assert!(workspace.restore(b"no index").is_err());
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]; the workspace is as it was.
    pub fn restore(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let state = &mut *self.0.borrow_mut();
        state.index = Index::from_bytes(bytes, state.index.rules().clone())?;
        Ok(())
    }

    /// The same in small steps, each of which is a [`Workspace::restore_step`]. Until the last of
    /// them the workspace is as it was.
    ///
    /// ```
    /// use ghostlight_complete::{ContextProvider, FileChange, Workspace};
    /// # let workspace = Workspace::default();
    /// # let text = Some("pub struct Cache;\n".to_owned());
    /// # workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// # workspace.step();
    /// let again = Workspace::default();
    /// again.begin_restore(workspace.to_bytes())?;
    /// assert!(!again.has("cache.rs"));
    /// while again.restore_step()? {}
    /// assert!(again.has("cache.rs"));
    /// # Ok::<(), ghostlight_context::index::StoreError>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin_restore(&self, bytes: Vec<u8>) -> Result<(), StoreError> {
        let state = &mut *self.0.borrow_mut();
        state.restoring = None;
        state.restoring = Some(Restoring::new(bytes, state.index.rules().clone())?);
        state.is_outdated = false;
        Ok(())
    }

    /// Reads a little more of what was stored; whether more is left.
    ///
    /// ```
    /// use ghostlight_complete::Workspace;
    /// let workspace = Workspace::default();
    /// assert_eq!(workspace.restore_step(), Ok(false)); // nothing is being restored
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]; nothing is left then, and the workspace is as it was.
    pub fn restore_step(&self) -> Result<bool, StoreError> {
        let state = &mut *self.0.borrow_mut();
        let Some(mut restoring) = state.restoring.take() else { return Ok(false) };
        let Some(mut index) = restoring.step()? else {
            state.restoring = Some(restoring);
            return Ok(true);
        };
        if state.is_outdated {
            index.set_rules(state.index.rules().clone());
        }
        state.index = index;
        Ok(false)
    }

    /// Forgets every file.
    ///
    /// ```
    /// use ghostlight_complete::{ContextProvider, FileChange, Workspace};
    /// # let workspace = Workspace::default();
    /// # let text = Some("pub struct Cache;\n".to_owned());
    /// # workspace.change(FileChange { path: "cache.rs".to_owned(), text, ..FileChange::default() });
    /// # workspace.step();
    /// workspace.clear();
    /// assert!(workspace.is_empty());
    /// ```
    pub fn clear(&self) {
        let state = &mut *self.0.borrow_mut();
        (state.ignored, state.waiting, state.restoring) = <_>::default();
        let rules = IndexRules { ignored: Vec::new(), ..state.index.rules().clone() };
        state.index = Index::new(rules);
    }
}

impl ContextProvider for Workspace {
    fn is_empty(&self) -> bool {
        self.0.borrow().index.is_empty()
    }

    fn find(
        &mut self,
        query: &ContextQuery<'_>,
        seen: &mut dyn FnMut(SnippetKind, Option<f64>),
    ) -> Vec<Snippet> {
        let state = &mut *self.0.borrow_mut();
        let vector = state.vector(query.source);
        if vector.is_some() {
            seen(SnippetKind::Related, None);
        }
        retrieve_seen(&state.index, query, vector.as_deref(), &mut |kind| seen(kind, None))
    }

    fn has(&self, path: &str) -> bool {
        self.0.borrow().index.text(path).is_some()
    }

    fn follow(&mut self, guard: &GuardOptions) {
        let state = &mut *self.0.borrow_mut();
        let ignored = state.index.rules().ignored.clone();
        let (privacy, repository) = (guard.rules.clone(), guard.repository.clone());
        state.index.set_rules(IndexRules { ignored, privacy, repository });
        state.is_outdated = true;
    }

    fn size(&self) -> IndexSize {
        self.0.borrow().index.size()
    }

    fn waiting(&self) -> usize {
        self.0.borrow().waiting.len()
    }
}

impl State {
    /// The vector of what stands at the cursor. An embedder that fails is not asked again.
    fn vector(&mut self, source: Source<'_>) -> Option<Vec<f32>> {
        if self.index.embedded() == 0 {
            return None;
        }
        match self.embedder.as_mut()?.embed(&[&meaning(source)]) {
            Ok(vectors) => vectors.into_iter().next(),
            Err(_) => {
                self.embedder = None;
                None
            }
        }
    }

    fn read_rules(&mut self, change: FileChange) {
        match change.text {
            Some(text) => self.ignored.insert(change.path.clone(), GitIgnore::parse(&change.path, &text)),
            None => self.ignored.remove(&change.path),
        };
        // Following them looks at every path, so once for several is enough.
        if !matches!(self.waiting.first_key_value(), Some(((Turn::Rules, _), _))) {
            self.follow_rules();
        }
    }

    fn follow_rules(&mut self) {
        // A folder's file comes before those below it, as the order of paths has it
        // once the name is cut off.
        let mut files: Vec<(&String, &GitIgnore)> = self.ignored.iter().collect();
        files.sort_by_key(|(path, _)| path.strip_suffix(IGNORE_FILE));
        let ignored = files.into_iter().map(|(_, file)| file.clone()).collect();
        let rules = IndexRules { ignored, ..self.index.rules().clone() };
        self.index.set_rules(rules);
        self.is_outdated = true;
    }

    fn read(&mut self, change: FileChange) {
        let Some(text) = change.text else {
            self.index.remove(&change.path);
            return;
        };
        let edited = match self.index.text(&change.path) {
            Some(before) if change.is_edit => changed_lines(before, &text),
            _ => None,
        };
        let updated = self.index.update(&change.path, change.modified, &text, &mut *self.syntax);
        if let Some((first, last)) = edited
            && updated == Updated::Read
        {
            self.index.note_edit(Place { path: change.path, first, last });
        }
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// First and last line of the new text that the old one has not, counted from 0.
fn changed_lines(old: &str, new: &str) -> Option<(u32, u32)> {
    let same = |(old, new): &(&str, &str)| old == new;
    let before = old.lines().zip(new.lines()).take_while(same).count();
    let (olds, news) = (old.lines().count(), new.lines().count());
    let most = olds.min(news) - before;
    let after = old.lines().rev().zip(new.lines().rev()).take(most).take_while(same).count();
    let changed = before < olds - after || before < news - after;
    // Where lines only went, the place is where they were.
    changed.then(|| (before as u32, (news - after).saturating_sub(1).max(before) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_changed() {
        for (old, new, expected) in [
            ("a\nb\nc\n", "a\nb\nc\n", None),
            ("a\nb\nc\n", "a\nx\nc\n", Some((1, 1))),
            ("a\nb\nc\n", "a\nb\nx\ny\nc\n", Some((2, 3))),
            ("a\nb\nc\n", "a\nc\n", Some((1, 1))),
            ("a\na\n", "a\na\na\n", Some((2, 2))),
            ("", "a\n", Some((0, 0))),
            ("a\n", "", Some((0, 0))),
        ] {
            assert_eq!(changed_lines(old, new), expected, "{old:?} {new:?}");
        }
    }
}
