//! What a workspace holds: files, symbols, imports, and chunks of text to find again.
//!
//! The idea: the index is brought up to date file by file, each in a few
//! milliseconds, so that whoever builds it can do something else between two. A
//! file is cut into chunks where its syntax allows, chunks are ranked by the words
//! that they share with the text at the cursor (BM25), symbols are found by
//! name, and imports lead to files by the end of their paths. All of it can be
//! written as bytes and read again. Where somebody has an [`Embedder`],
//! chunks have vectors beside their words, and a second ranking.
//!
//! The index has the texts, so that a prompt can quote them. It reads no file, knows
//! no clock, and leaves out what rules say: see [`IndexRules`].

mod best;
mod bm25;
mod files;
mod fusion;
mod ignore;
mod imports;
mod recent;
mod rules;
mod store;
mod terms;
mod vectors;

use foldhash::fast::FixedState;
use ghostlight_text::Span;
use hashbrown::HashMap;

use crate::embedder::{EmbedFailed, Embedder};
use crate::syntax::{Definition, Import, Syntax};
use bm25::Bm25;
pub use files::FileStamp;
use files::{Chunk, File, hash};
pub use fusion::fuse_hits;
pub use ignore::GitIgnore;
pub use recent::Place;
use recent::Places;
pub use rules::{IndexRules, LARGEST};
pub use store::{Restoring, StoreError};
pub use terms::terms;
use vectors::{Coded, Vectors};

/// Most files of an index.
pub const MOST_FILES: usize = 20_000;

/// Most bytes of text that all files may have; what comes later is left out.
const MOST_TEXT: usize = 48 << 20;

/// The index of a workspace.
#[derive(Debug, Clone, Default)]
pub struct Index {
    rules: IndexRules,
    files: Vec<Option<File>>,
    by_path: HashMap<String, u32, FixedState>,
    /// Files by the last part of the name by which they are imported.
    by_key: HashMap<String, Vec<u32>, FixedState>,
    /// Where a name is defined: file, and place in its definitions.
    by_name: HashMap<String, Vec<(u32, u32)>, FixedState>,
    /// The file of each chunk, by the chunk's number.
    owners: Vec<u32>,
    ranking: Bm25,
    /// Of chunks that were embedded; none where nobody embeds.
    vectors: Vectors,
    text_bytes: usize,
    edited: Places,
    visited: Places,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updated {
    /// It was read and is in the index.
    Read,
    /// It is as it was.
    Unchanged,
    /// It is not to be in the index, or does not fit any more.
    LeftOut,
}

/// A chunk of a file that has to do with a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit<'a> {
    /// Path of its file.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Where it is in the file.
    pub span: Span,
    /// How much it has to do with it; only to be compared with others of the same question.
    pub score: f32,
}

/// A definition and its file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Symbol<'a> {
    /// Path of its file.
    pub path: &'a str,
    /// The definition.
    pub definition: &'a Definition,
    /// All of it, body included.
    pub text: &'a str,
}

/// Weighted words to look for.
#[derive(Debug, Clone, Default)]
pub struct Question(HashMap<String, f32, FixedState>);

impl Question {
    /// Adds the words of a text, each counted once however often it is there.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, Question};
    /// use ghostlight_context::syntax::Lexical;
    /// let mut question = Question::default();
    /// question.add("parseHeader(line)", 1.0);
    /// let mut index = Index::default();
    /// index.update("http.rs", 1, "fn parse_header(text: &str) {}\n", &mut Lexical);
    /// assert_eq!(index.search(&question, "main.rs", 1)[0].path, "http.rs");
    /// ```
    pub fn add(&mut self, text: &str, weight: f32) {
        terms::terms(text, |term| match self.0.get_mut(term) {
            Some(known) => *known = known.max(weight),
            None => {
                self.0.insert(term.to_owned(), weight);
            }
        });
    }

    /// Whether there is nothing to look for.
    ///
    /// ```
    /// use ghostlight_context::index::Question;
    /// let mut question = Question::default();
    /// question.add("+ - 1", 1.0); // signs and numbers are no terms
    /// assert!(question.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How large an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexSize {
    /// Files.
    pub files: usize,
    /// Chunks of them.
    pub pieces: usize,
    /// Definitions.
    pub symbols: usize,
    /// Bytes of text.
    pub text: usize,
    /// About how many bytes of memory all of it takes.
    pub memory: usize,
}

impl Index {
    /// An empty index.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, IndexRules};
    /// assert!(Index::new(IndexRules::default()).is_empty());
    /// ```
    #[must_use]
    pub fn new(rules: IndexRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The rules in force.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, IndexRules};
    /// let rules = IndexRules { repository: Some("github.com/owner/name".to_owned()), ..IndexRules::default() };
    /// assert_eq!(Index::new(rules).rules().repository.as_deref(), Some("github.com/owner/name"));
    /// ```
    #[must_use]
    pub fn rules(&self) -> &IndexRules {
        &self.rules
    }

    /// Puts other rules into force and takes out what they leave out.
    ///
    /// ```
    /// use ghostlight_context::index::{GitIgnore, Index, IndexRules};
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.log", 1, "started\n", &mut Lexical);
    /// let ignored = vec![GitIgnore::parse(".gitignore", "*.log\n")];
    /// index.set_rules(IndexRules { ignored, ..IndexRules::default() });
    /// assert!(index.is_empty());
    /// ```
    pub fn set_rules(&mut self, rules: IndexRules) {
        self.rules = rules;
        let out: Vec<String> =
            self.paths().filter(|path| !self.rules.allow_path(path)).map(str::to_owned).collect();
        out.iter().for_each(|path| self.remove(path));
    }

    /// Takes out files that are not in a listing of the workspace any more; which
    /// of the listed ones have to be read, as places in the listing.
    ///
    /// ```
    /// use ghostlight_context::index::{FileStamp, Index};
    /// use ghostlight_context::syntax::Lexical;
    /// let stamp = |path: &str, size| FileStamp { path: path.to_owned(), size, modified: 1 };
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// assert_eq!(index.begin(&[stamp("a.rs", 10), stamp("b.rs", 10)]), [1]); // only `b.rs` has to be read
    /// ```
    pub fn begin(&mut self, listing: &[FileStamp]) -> Vec<usize> {
        let listed: HashMap<&str, (), FixedState> =
            listing.iter().map(|stamp| (stamp.path.as_str(), ())).collect();
        let gone: Vec<String> =
            self.paths().filter(|path| !listed.contains_key(path)).map(str::to_owned).collect();
        gone.iter().for_each(|path| self.remove(path));
        let wants_reading = |stamp: &FileStamp| {
            let known = self.file(&stamp.path).is_some_and(|file| {
                stamp.modified != 0 && file.modified == stamp.modified && file.text.len() as u64 == stamp.size
            });
            !known && stamp.size <= LARGEST as u64 && self.rules.allow_path(&stamp.path)
        };
        let places = listing.iter().enumerate().filter(|(_, stamp)| wants_reading(stamp));
        places.map(|(at, _)| at).collect()
    }

    /// Brings one file up to date.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, Updated};
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// assert_eq!(index.update("a.rs", 1, "fn a() {}\n", &mut Lexical), Updated::Read);
    /// assert_eq!(index.update("a.rs", 2, "fn a() {}\n", &mut Lexical), Updated::Unchanged);
    /// assert_eq!(index.update("target/b.rs", 1, "fn b() {}\n", &mut Lexical), Updated::LeftOut);
    /// ```
    pub fn update(&mut self, path: &str, modified: u64, text: &str, syntax: &mut dyn Syntax) -> Updated {
        let hash = hash(text);
        if let Some(&at) = self.by_path.get(path)
            && let Some(file) = &mut self.files[at as usize]
            && file.hash == hash
            && file.text == text
        {
            file.modified = modified;
            return Updated::Unchanged;
        }
        let before = self.file(path).map_or(0, |file| file.text.len());
        let full = self.by_path.len() >= MOST_FILES && before == 0
            || self.text_bytes - before + text.len() > MOST_TEXT;
        if full || !IndexRules::allow_text(text) || !self.rules.allow_path(path) {
            self.remove(path);
            return Updated::LeftOut;
        }
        let outline = syntax.outline(path, text);
        let cuts = outline.cuts.iter().copied().filter(|&cut| text.is_char_boundary(cut));
        let file = File {
            path: path.to_owned(),
            modified,
            hash,
            text: text.to_owned(),
            imports: outline.imports,
            definitions: outline.definitions,
            chunks: Vec::new(),
        };
        let bounds: Vec<usize> = std::iter::once(0).chain(cuts).chain([text.len()]).collect();
        self.put(file, &bounds);
        Updated::Read
    }

    /// Replaces a file. Chunks whose text is the same stay as they are, so that an
    /// edit costs the chunk that it is in and not the file.
    fn put(&mut self, mut file: File, bounds: &[usize]) {
        let mut old = self.take(&file.path);
        let mut kept: HashMap<u64, u32, FixedState> = HashMap::default();
        if let Some(old) = &old {
            kept.extend(old.chunks.iter().map(|&chunk| (hash(old.chunk_text(chunk)), chunk.number)));
        }
        let at = self.by_path.get(&file.path).copied().unwrap_or(self.files.len() as u32);
        for pair in bounds.windows(2).filter(|pair| pair[0] < pair[1]) {
            let text = &file.text[pair[0]..pair[1]];
            let number = kept.remove(&hash(text)).unwrap_or_else(|| {
                let number = self.ranking.add(text);
                self.owners.push(at);
                number
            });
            file.chunks.push(Chunk { number, start: pair[0] as u32, end: pair[1] as u32 });
        }
        if let Some(old) = &mut old {
            let stays = |number: u32| file.chunks.iter().any(|chunk| chunk.number == number);
            for chunk in old.chunks.iter().filter(|chunk| !stays(chunk.number)) {
                self.ranking.remove(chunk.number, old.chunk_text(*chunk));
                self.vectors.remove(chunk.number);
            }
        }
        self.insert(at, file);
    }

    /// Takes a file and its names out, and leaves its chunks in the ranking.
    fn take(&mut self, path: &str) -> Option<File> {
        let &at = self.by_path.get(path)?;
        let file = self.files[at as usize].take()?;
        self.text_bytes -= file.text.len();
        for definition in &file.definitions {
            if let Some(places) = self.by_name.get_mut(&definition.name) {
                places.retain(|(owner, _)| *owner != at);
                if places.is_empty() {
                    self.by_name.remove(&definition.name);
                }
            }
        }
        if let Some(files) = self.by_key.get_mut(imports::key(path)) {
            files.retain(|&owner| owner != at);
        }
        Some(file)
    }

    fn insert(&mut self, at: u32, file: File) {
        self.text_bytes += file.text.len();
        for (nth, definition) in file.definitions.iter().enumerate() {
            self.by_name.entry_ref(definition.name.as_str()).or_default().push((at, nth as u32));
        }
        self.by_key.entry_ref(imports::key(&file.path)).or_default().push(at);
        self.by_path.insert(file.path.clone(), at);
        match self.files.get_mut(at as usize) {
            Some(place) => *place = Some(file),
            None => self.files.push(Some(file)),
        }
    }

    /// Takes a file out, and with it what is known of edits and visits.
    ///
    /// ```
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// index.remove("a.rs");
    /// assert_eq!(index.text("a.rs"), None);
    /// ```
    pub fn remove(&mut self, path: &str) {
        if let Some(file) = self.take(path) {
            for &chunk in &file.chunks {
                self.ranking.remove(chunk.number, file.chunk_text(chunk));
                self.vectors.remove(chunk.number);
            }
            self.by_path.remove(path);
            self.edited.forget(path);
            self.visited.forget(path);
        }
    }

    fn file(&self, path: &str) -> Option<&File> {
        self.files[*self.by_path.get(path)? as usize].as_ref()
    }

    /// Whether there is no file.
    ///
    /// ```
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// assert!(index.is_empty());
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// assert!(!index.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// Paths of all files, in no order that means something.
    ///
    /// ```
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// assert!(index.paths().eq(["a.rs"]));
    /// ```
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flatten().map(|file| file.path.as_str())
    }

    /// The text of a file, as it was last read.
    ///
    /// ```
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// assert_eq!(index.text("a.rs"), Some("fn a() {}\n"));
    /// ```
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.file(path).map(|file| file.text.as_str())
    }

    /// What a file defines.
    ///
    /// ```
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// assert_eq!(index.definitions("a.rs")[0].name, "a");
    /// assert!(index.definitions("b.rs").is_empty());
    /// ```
    #[must_use]
    pub fn definitions(&self, path: &str) -> &[Definition] {
        self.file(path).map_or(&[], |file| &file.definitions)
    }

    /// Where a name is defined, in files other than `except`.
    ///
    /// ```
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("cache.rs", 1, "struct Cache {\n    size: usize,\n}\n", &mut Lexical);
    /// let found = index.symbols("Cache", "main.rs").next().unwrap();
    /// assert_eq!((found.path, found.text), ("cache.rs", "struct Cache {\n    size: usize,\n}"));
    /// ```
    pub fn symbols<'a>(&'a self, name: &str, except: &str) -> impl Iterator<Item = Symbol<'a>> {
        let except = self.by_path.get(except).copied();
        let places = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        places.iter().filter(move |(file, _)| Some(*file) != except).filter_map(|&(file, nth)| {
            let file = self.files[file as usize].as_ref()?;
            let definition = file.definitions.get(nth as usize)?;
            let text = file.text.get(definition.span.start.0..definition.span.end.0)?;
            Some(Symbol { path: &file.path, definition, text })
        })
    }

    /// The chunks that have most to do with a question, in files other than `except`.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, Question};
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "fn parse_header() {}\n", &mut Lexical);
    /// index.update("b.rs", 1, "fn write_footer() {}\n", &mut Lexical);
    /// let mut question = Question::default();
    /// question.add("header", 1.0);
    /// let hits = index.search(&question, "main.rs", 9);
    /// assert_eq!((hits.len(), hits[0].path), (1, "a.rs"));
    /// ```
    #[must_use]
    pub fn search(&self, question: &Question, except: &str, most: usize) -> Vec<Hit<'_>> {
        let best = self.ranking.search(&question.0, self.outside(except), most);
        best.into_iter().filter_map(|(number, score)| self.hit(number, score)).collect()
    }

    /// The embedded chunks whose vectors point where this one does, in files other than
    /// `except`; scores are cosines. None for a vector of another embedder's length.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/letters.rs")); }
    /// # use support::*;
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let (mut index, mut embedder) = (Index::default(), Letters::default());
    /// index.update("a.rs", 1, "fn order() {}\n", &mut Lexical);
    /// index.update("b.rs", 1, "fn mix() {}\n", &mut Lexical);
    /// index.embed(&mut embedder, 2)?;
    /// assert_eq!(index.search_vector(&vector("purchase"), "main.rs", 1)[0].path, "a.rs");
    /// # Ok::<(), ghostlight_context::EmbedFailed>(())
    /// ```
    #[must_use]
    pub fn search_vector(&self, vector: &[f32], except: &str, most: usize) -> Vec<Hit<'_>> {
        let best = self.vectors.search(vector, self.outside(except), most);
        best.into_iter().filter_map(|(number, score)| self.hit(number, score)).collect()
    }

    /// Whether a chunk is in another file than this one.
    fn outside(&self, path: &str) -> impl Fn(u32) -> bool {
        let except = self.by_path.get(path).copied();
        move |chunk: u32| Some(self.owners[chunk as usize]) != except
    }

    fn hit(&self, number: u32, score: f32) -> Option<Hit<'_>> {
        let file = self.files[self.owners[number as usize] as usize].as_ref()?;
        let chunk = *file.chunks.iter().find(|chunk| chunk.number == number)?;
        let span = Span::new(chunk.start as usize, chunk.end as usize);
        Some(Hit { path: &file.path, text: file.chunk_text(chunk), span, score })
    }

    /// Embeds up to `most` chunks that have no vector yet; how many are left.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/letters.rs")); }
    /// # use support::*;
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let (mut index, mut embedder) = (Index::default(), Letters::default());
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// index.update("b.rs", 1, "fn b() {}\n", &mut Lexical);
    /// assert_eq!(index.embed(&mut embedder, 1), Ok(1));
    /// assert_eq!(index.embed(&mut embedder, 1), Ok(0));
    /// ```
    ///
    /// # Errors
    /// [`EmbedFailed`] of the embedder, or where it gave something else than it says. No
    /// chunk has a vector then that it had not before.
    pub fn embed(&mut self, embedder: &mut dyn Embedder, most: usize) -> Result<usize, EmbedFailed> {
        let all = self
            .files
            .iter()
            .flatten()
            .flat_map(|file| file.chunks.iter().map(|&chunk| (chunk.number, file.chunk_text(chunk))));
        let mut without = all.filter(|(number, _)| !self.vectors.has(*number));
        let (numbers, texts): (Vec<u32>, Vec<&str>) = without.by_ref().take(most).unzip();
        let left = without.count();
        if numbers.is_empty() {
            return Ok(left);
        }
        let found = embedder.embed(&texts)?;
        let coded: Option<Vec<Coded>> = found.iter().map(|vector| Coded::of(vector)).collect();
        let fits = |coded: &[Coded]| {
            let wanted = embedder.dimensions();
            coded.len() == numbers.len() && coded.iter().all(|one| one.codes.len() == wanted)
        };
        let Some(coded) = coded.filter(|coded| fits(coded)) else {
            return Err(EmbedFailed(format!("{} gave no vectors of its form", embedder.name())));
        };
        for (number, coded) in numbers.into_iter().zip(&coded) {
            if !self.vectors.insert(number, coded) {
                return Err(EmbedFailed("other chunks have vectors of another length".to_owned()));
            }
        }
        Ok(left)
    }

    /// Chunks that have a vector.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/letters.rs")); }
    /// # use support::*;
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let (mut index, mut embedder) = (Index::default(), Letters::default());
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// index.embed(&mut embedder, 1)?;
    /// assert_eq!(index.embedded(), 1);
    /// # Ok::<(), ghostlight_context::EmbedFailed>(())
    /// ```
    #[must_use]
    pub fn embedded(&self) -> usize {
        self.vectors.len()
    }

    /// Forgets all vectors, as for another embedder.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/letters.rs")); }
    /// # use support::*;
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let (mut index, mut embedder) = (Index::default(), Letters::default());
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// index.embed(&mut embedder, 1)?;
    /// index.forget_vectors();
    /// assert_eq!(index.embedded(), 0);
    /// # Ok::<(), ghostlight_context::EmbedFailed>(())
    /// ```
    pub fn forget_vectors(&mut self) {
        self.vectors = Vectors::default();
    }

    /// The vectors as bytes, for [`Index::restore_vectors`]. They are no part of
    /// [`Index::to_bytes`], so that whoever embeds nothing keeps nothing of it.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/letters.rs")); }
    /// # use support::*;
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let (mut index, mut embedder) = (Index::default(), Letters::default());
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// index.embed(&mut embedder, 1)?;
    /// let bytes = index.vectors_to_bytes(&embedder);
    /// index.forget_vectors();
    /// assert_eq!(index.restore_vectors(&bytes, &embedder), 1);
    /// # Ok::<(), ghostlight_context::EmbedFailed>(())
    /// ```
    #[must_use]
    pub fn vectors_to_bytes(&self, embedder: &dyn Embedder) -> Vec<u8> {
        vectors::to_bytes(embedder.name(), &self.vectors, &self.hashes())
    }

    /// Gives chunks whose text was embedded before their vectors again; how many. Bytes
    /// that are none, or another embedder's, give none.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/letters.rs")); }
    /// # use support::*;
    /// use ghostlight_context::index::Index;
    /// let embedder = Letters::default();
    /// assert_eq!(Index::default().restore_vectors(b"no vectors", &embedder), 0);
    /// ```
    pub fn restore_vectors(&mut self, bytes: &[u8], embedder: &dyn Embedder) -> usize {
        let Some(kept) = vectors::from_bytes(bytes, embedder.name(), embedder.dimensions()) else { return 0 };
        let hashes = self.hashes();
        let known = hashes.iter().filter_map(|(number, hash)| Some((*number, kept.get(hash)?)));
        known.filter(|(number, coded)| self.vectors.insert(*number, coded)).count()
    }

    /// Every chunk with the hash of its text.
    fn hashes(&self) -> Vec<(u32, u64)> {
        let files = self.files.iter().flatten();
        let of = |file: &File, chunk: Chunk| (chunk.number, hash(file.chunk_text(chunk)));
        files.flat_map(|file| file.chunks.iter().map(move |&chunk| of(file, chunk))).collect()
    }

    /// The file that an import in `path` brings in, if it is in the workspace.
    ///
    /// ```
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("src/util.ts", 1, "export const one = 1;\n", &mut Lexical);
    /// assert_eq!(index.resolve("src/app.ts", "./util"), Some("src/util.ts"));
    /// assert_eq!(index.resolve("src/app.ts", "react"), None);
    /// ```
    #[must_use]
    pub fn resolve(&self, path: &str, module: &str) -> Option<&str> {
        let (wanted, least) = imports::wanted(path, module);
        let keys = wanted.iter().rev().take(2);
        let candidates = keys.filter_map(|key| self.by_key.get(key)).flatten();
        let files = candidates.filter_map(|&at| self.files[at as usize].as_ref());
        let scored = files.filter(|file| file.path != path).filter_map(|file| {
            let shared = imports::shared(&wanted, &imports::module_parts(&file.path));
            let near = imports::nearness(path, &file.path);
            // A name in a module is one part less than what is wanted.
            (shared > 0 && shared + 1 >= least).then_some((shared, near, file))
        });
        let best = scored.max_by(|a, b| {
            // Of equals the one with the shorter path, then the first by name.
            (a.0, a.1)
                .cmp(&(b.0, b.1))
                .then_with(|| (b.2.path.len(), &b.2.path).cmp(&(a.2.path.len(), &a.2.path)))
        });
        best.map(|(_, _, file)| file.path.as_str())
    }

    /// Files that a file imports, as far as they are in the workspace, each once.
    pub(crate) fn imported(&self, path: &str, imports: &[Import]) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for import in imports {
            let file = self.resolve(path, &import.module);
            found.extend(file.filter(|file| !found.contains(file)));
        }
        found
    }

    /// Notes that lines of a file were changed.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, Place};
    /// let mut index = Index::default();
    /// index.note_edit(Place { path: "a.rs".to_owned(), first: 4, last: 6 });
    /// assert_eq!(index.edited().next().unwrap().first, 4);
    /// ```
    pub fn note_edit(&mut self, place: Place) {
        self.edited.note(place);
    }

    /// Notes that the cursor was in lines of a file.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, Place};
    /// let mut index = Index::default();
    /// index.note_visit(Place { path: "a.rs".to_owned(), first: 4, last: 4 });
    /// assert_eq!(index.visited().next().unwrap().path, "a.rs");
    /// ```
    pub fn note_visit(&mut self, place: Place) {
        self.visited.note(place);
    }

    /// Lines that were changed, the latest first.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, Place};
    /// let mut index = Index::default();
    /// index.note_edit(Place { path: "a.rs".to_owned(), first: 0, last: 0 });
    /// index.note_edit(Place { path: "b.rs".to_owned(), first: 0, last: 0 });
    /// assert!(index.edited().map(|place| place.path.as_str()).eq(["b.rs", "a.rs"]));
    /// ```
    pub fn edited(&self) -> impl Iterator<Item = &Place> {
        self.edited.0.iter()
    }

    /// Lines where the cursor was, the latest first.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, Place};
    /// let mut index = Index::default();
    /// index.note_visit(Place { path: "a.rs".to_owned(), first: 0, last: 0 });
    /// index.note_visit(Place { path: "a.rs".to_owned(), first: 9, last: 9 });
    /// assert_eq!(index.visited().count(), 1); // lines that are near each other are one place
    /// ```
    pub fn visited(&self) -> impl Iterator<Item = &Place> {
        self.visited.0.iter()
    }

    /// The text of a place, as far as its file has it.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, Place};
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "one\ntwo\nthree\n", &mut Lexical);
    /// let place = |path: &str| Place { path: path.to_owned(), first: 1, last: 9 };
    /// assert_eq!(index.lines(&place("a.rs")), Some("two\nthree\n"));
    /// assert_eq!(index.lines(&place("b.rs")), None);
    /// ```
    #[must_use]
    pub fn lines(&self, place: &Place) -> Option<&str> {
        let text = self.text(&place.path)?;
        let start = line_start(text, place.first as usize)?;
        let end = line_start(text, place.last as usize + 1).unwrap_or(text.len());
        text.get(start..end)
    }

    /// How large the index is.
    ///
    /// ```
    /// use ghostlight_context::index::Index;
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// let size = index.size();
    /// assert_eq!((size.files, size.symbols, size.text), (1, 1, "fn a() {}\n".len()));
    /// ```
    #[must_use]
    pub fn size(&self) -> IndexSize {
        let files = self.files.iter().flatten();
        let names: usize = self.by_name.iter().map(|(name, places)| name.len() + 64 + places.len() * 8).sum();
        IndexSize {
            files: files.clone().count(),
            pieces: self.ranking.chunks as usize,
            symbols: files.clone().map(|file| file.definitions.len()).sum(),
            text: self.text_bytes,
            memory: files.map(File::memory).sum::<usize>()
                + self.ranking.memory()
                + self.vectors.memory()
                + names
                + self.owners.len() * 4,
        }
    }
}

/// Where a line starts; none past the end.
fn line_start(text: &str, line: usize) -> Option<usize> {
    match line.checked_sub(1) {
        None => Some(0),
        Some(before) => text.match_indices('\n').nth(before).map(|(at, _)| at + 1),
    }
}
