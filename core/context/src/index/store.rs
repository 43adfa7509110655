//! The index as bytes, for a file that only this program reads, and may find broken.
//!
//! `GLIX`, the version, the files with their texts and outlines, then the ranking
//! with chunks numbered anew, then the places. Everything is checked when it is read:
//! what does not fit makes the whole unreadable, and the workspace is read again.

use std::borrow::Cow;

use ghostlight_text::Span;

use super::bm25::Posting;
use super::files::{Chunk, File, hash};
use super::recent::{KEPT, Place, Places};
use super::{Index, IndexRules, LARGEST, MOST_FILES, MOST_TEXT};
use crate::syntax::{Definition, DefinitionKind, Import, limits};
use crate::wire::{Reader, Writer};

/// Version of the form; another one is not read.
const FORMAT: u8 = 1;

const MAGIC: &[u8; 4] = b"GLIX";

/// Longest path, in UTF-8 bytes.
const LONGEST_PATH: usize = 4096;

/// Why an index could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file is of another version, or none of ours.
    #[error("read index: not of version {FORMAT}")]
    Version,
    /// The file is damaged.
    #[error("read index: the bytes at {at} make no sense")]
    Damaged {
        /// Bytes that were read before.
        at: usize,
    },
}

impl Index {
    /// Everything but the rules.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, IndexRules};
    /// use ghostlight_context::syntax::Lexical;
    /// let mut index = Index::default();
    /// index.update("a.rs", 1, "fn a() {}\n", &mut Lexical);
    /// let again = Index::from_bytes(&index.to_bytes(), IndexRules::default())?;
    /// assert_eq!(again.text("a.rs"), index.text("a.rs"));
    /// # Ok::<(), ghostlight_context::index::StoreError>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer(Vec::with_capacity(self.text_bytes * 3 / 2));
        to.0.extend_from_slice(MAGIC);
        to.0.push(FORMAT);
        let files: Vec<&File> = self.files.iter().flatten().collect();
        // Numbers of chunks leave gaps where some are gone.
        let mut numbers = vec![u32::MAX; self.owners.len()];
        let mut order: Vec<u32> =
            files.iter().flat_map(|file| file.chunks.iter().map(|chunk| chunk.number)).collect();
        order.sort_unstable();
        for (next, number) in (0..).zip(order) {
            numbers[number as usize] = next;
        }
        to.list(&files, |to, file| write_file(to, file, &numbers));
        let mut terms: Vec<(&str, u32)> =
            self.ranking.numbers.iter().map(|(term, &number)| (&**term, number)).collect();
        terms.retain(|(_, number)| !self.ranking.postings[*number as usize].is_empty());
        terms.sort_unstable();
        to.list(&terms, |to, (term, number)| {
            to.text(term);
            let mut last = 0;
            to.list(&self.ranking.postings[*number as usize], |to, posting| {
                let chunk = numbers[posting.chunk as usize];
                to.number((chunk - last).into());
                to.number(posting.count.into());
                last = chunk;
            });
        });
        for places in [&self.edited, &self.visited] {
            to.count(places.0.len());
            for place in &places.0 {
                to.text(&place.path);
                to.number(place.first.into());
                to.number(place.last.into());
            }
        }
        to.0
    }

    /// An index that was written by [`Index::to_bytes`], under rules that may have
    /// changed since: what they leave out is taken out.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, IndexRules, StoreError};
    /// let read = Index::from_bytes(b"no index", IndexRules::default());
    /// assert_eq!(read.unwrap_err(), StoreError::Version);
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]; the index has to be built again.
    pub fn from_bytes(bytes: &[u8], rules: IndexRules) -> Result<Self, StoreError> {
        let mut restoring = Restoring::new(bytes, rules)?;
        loop {
            if let Some(index) = restoring.step()? {
                return Ok(index);
            }
        }
    }
}

/// An index on its way out of bytes, in small steps, so that whoever reads it can do
/// something else between two.
#[derive(Debug)]
pub struct Restoring<'a> {
    bytes: Cow<'a, [u8]>,
    /// Bytes that were read.
    at: usize,
    part: StorePart,
    /// How much of this part is left.
    left: usize,
    files: Vec<File>,
    /// By number of a chunk, its file.
    owners: Vec<Option<u32>>,
    /// The last term; they are in order.
    before: String,
    index: Index,
    rules: IndexRules,
    /// Paths that the rules leave out: to look at one takes longer than to read the file.
    left_out: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StorePart {
    Files,
    /// Of what was read, in the order of the file.
    Insert,
    Terms,
    Places,
}

/// Terms of one step.
const TERMS: usize = 200;

impl<'a> Restoring<'a> {
    /// Begins with what [`Index::to_bytes`] gave.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, IndexRules, Restoring, StoreError};
    /// assert!(Restoring::new(Index::default().to_bytes(), IndexRules::default()).is_ok());
    /// assert_eq!(Restoring::new(&b"GLIX"[..], IndexRules::default()).unwrap_err(), StoreError::Version);
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]; the index has to be built again.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>, rules: IndexRules) -> Result<Self, StoreError> {
        let bytes = bytes.into();
        let body = bytes.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix(&[FORMAT]));
        let mut from = Reader(body.ok_or(StoreError::Version)?);
        let count = from.count().filter(|&count| count <= MOST_FILES.min(from.0.len()));
        let at = bytes.len() - from.0.len();
        let left = count.ok_or(StoreError::Damaged { at })?;
        let (files, owners, before, index, left_out) = <_>::default();
        Ok(Self { bytes, at, part: StorePart::Files, left, files, owners, before, index, rules, left_out })
    }

    /// Reads a little more; the index once all of it is read. Nothing is left to do then.
    ///
    /// ```
    /// use ghostlight_context::index::{Index, IndexRules, Restoring};
    /// let mut restoring = Restoring::new(Index::default().to_bytes(), IndexRules::default())?;
    /// let index = loop {
    ///     if let Some(index) = restoring.step()? {
    ///         break index;
    ///     }
    /// };
    /// assert!(index.is_empty());
    /// # Ok::<(), ghostlight_context::index::StoreError>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]; the index has to be built again.
    pub fn step(&mut self) -> Result<Option<Index>, StoreError> {
        // Lent, so that reading and keeping are two things.
        let bytes = std::mem::take(&mut self.bytes);
        let mut from = Reader(&bytes[self.at..]);
        let done = self.read(&mut from);
        self.at = bytes.len() - from.0.len();
        self.bytes = bytes;
        if !done.ok_or(StoreError::Damaged { at: self.at })? {
            return Ok(None);
        }
        let mut index = std::mem::take(&mut self.index);
        index.rules = std::mem::take(&mut self.rules);
        self.left_out.drain(..).for_each(|path| index.remove(&path));
        Ok(Some(index))
    }

    /// Whether that was all of it.
    fn read(&mut self, from: &mut Reader<'_>) -> Option<bool> {
        match self.part {
            StorePart::Files if self.left > 0 => {
                self.left -= 1;
                let file = read_file(from)?;
                self.index.text_bytes += file.text.len();
                if !self.rules.allow_path(&file.path) {
                    self.left_out.push(file.path.clone());
                }
                self.files.push(file);
                return (self.index.text_bytes <= MOST_TEXT).then_some(false);
            }
            StorePart::Files => {
                self.index.text_bytes = 0;
                self.owners.resize(self.files.iter().map(|file| file.chunks.len()).sum(), None);
                self.files.reverse();
                self.part = StorePart::Insert;
            }
            StorePart::Insert => match self.files.pop() {
                Some(file) => self.insert(file)?,
                None => self.begin_terms(from)?,
            },
            StorePart::Terms => {
                for _ in 0..self.left.min(TERMS) {
                    self.read_term(from)?;
                    self.left -= 1;
                }
                if self.left == 0 {
                    let ranking = &mut self.index.ranking;
                    ranking.lengths.iter_mut().for_each(|length| *length = (*length).max(1));
                    ranking.total = ranking.lengths.iter().map(|&length| u64::from(length)).sum();
                    self.part = StorePart::Places;
                }
            }
            StorePart::Places => {
                self.index.edited = read_places(from)?;
                self.index.visited = read_places(from)?;
                return from.is_done().then_some(true);
            }
        }
        Some(false)
    }

    fn insert(&mut self, file: File) -> Option<()> {
        let at = self.index.by_path.len() as u32;
        for chunk in &file.chunks {
            // Every number is there once.
            let owner = self.owners.get_mut(chunk.number as usize)?;
            if owner.replace(at).is_some() {
                return None;
            }
        }
        if self.index.by_path.contains_key(&file.path) {
            return None;
        }
        self.index.insert(at, file);
        Some(())
    }

    fn begin_terms(&mut self, from: &mut Reader<'_>) -> Option<()> {
        let chunks = self.owners.len();
        self.index.owners = std::mem::take(&mut self.owners).into_iter().collect::<Option<_>>()?;
        self.index.ranking.lengths = vec![0; chunks];
        self.index.ranking.chunks = chunks as u32;
        self.left = from.count().filter(|&count| count <= from.0.len())?;
        self.part = StorePart::Terms;
        Some(())
    }

    fn read_term(&mut self, from: &mut Reader<'_>) -> Option<()> {
        let ranking = &mut self.index.ranking;
        let term = from.text()?;
        let number = ranking.postings.len();
        let before = self.before.as_str();
        if term.is_empty() || term <= before && number > 0 {
            return None;
        }
        self.before.clear();
        self.before.push_str(term);
        let mut chunk = 0u32;
        let mut is_first = true;
        let postings = from.list(ranking.lengths.len(), |from| {
            let step = u32::try_from(from.number()?).ok()?;
            chunk = chunk.checked_add(step).filter(|_| is_first || step > 0)?;
            is_first = false;
            let count = u16::try_from(from.number()?).ok().filter(|&count| count > 0)?;
            let length = ranking.lengths.get_mut(chunk as usize)?;
            *length = length.checked_add(count.into())?;
            Some(Posting { chunk, count })
        })?;
        ranking.numbers.insert(term.into(), number as u32);
        ranking.postings.push(postings);
        Some(())
    }
}

fn write_file(to: &mut Writer, file: &File, numbers: &[u32]) {
    to.text(&file.path);
    to.number(file.modified);
    to.text(&file.text);
    to.list(&file.imports, |to, import| {
        to.text(&import.module);
        to.list(&import.names, |to, name| to.text(name));
        write_span(to, import.span);
    });
    to.list(&file.definitions, |to, definition| {
        let kind = DefinitionKind::ALL.iter().position(|&kind| kind == definition.kind);
        to.count(kind.expect("the list holds every kind"));
        to.text(&definition.name);
        to.text(&definition.signature);
        write_span(to, definition.span);
        to.number(definition.depth.into());
    });
    to.list(&file.chunks, |to, chunk| {
        to.number(numbers[chunk.number as usize].into());
        to.number((chunk.end - chunk.start).into());
    });
}

fn read_file(from: &mut Reader<'_>) -> Option<File> {
    let path = from.text().filter(|path| path.len() <= LONGEST_PATH)?.to_owned();
    let modified = from.number()?;
    let text = from.text().filter(|text| text.len() <= LARGEST)?.to_owned();
    let short =
        |from: &mut Reader<'_>, most: usize| from.text().filter(|text| text.len() <= most).map(str::to_owned);
    let span = |from: &mut Reader<'_>| {
        let start = from.count().filter(|&start| text.is_char_boundary(start))?;
        let end = start.checked_add(from.count()?).filter(|&end| text.is_char_boundary(end))?;
        Some(Span::new(start, end))
    };
    let imports = from.list(limits::IMPORTS, |from| {
        let module = short(from, limits::NAME)?;
        let names = from.list(limits::NAMES, |from| short(from, limits::NAME))?;
        Some(Import { module, names, span: span(from)? })
    })?;
    let definitions = from.list(limits::DEFINITIONS, |from| {
        Some(Definition {
            kind: *DefinitionKind::ALL.get(from.count()?)?,
            name: short(from, limits::NAME)?,
            signature: short(from, limits::SIGNATURE)?,
            span: span(from)?,
            depth: u32::try_from(from.number()?).ok()?,
        })
    })?;
    let mut start = 0u32;
    let chunks = from.list(limits::CUTS + 1, |from| {
        let number = u32::try_from(from.number()?).ok()?;
        let end = start.checked_add(u32::try_from(from.number()?).ok()?)?;
        let chunk = Chunk { number, start, end };
        start = end;
        (chunk.start < end && text.is_char_boundary(end as usize)).then_some(chunk)
    })?;
    (start as usize == text.len()).then(|| File {
        hash: hash(&text),
        path,
        modified,
        text,
        imports,
        definitions,
        chunks,
    })
}

fn write_span(to: &mut Writer, span: Span) {
    to.count(span.start.0);
    to.count(span.len());
}

fn read_places(from: &mut Reader<'_>) -> Option<Places> {
    let places = from.list(KEPT, |from| {
        let path = from.text().filter(|path| path.len() <= LONGEST_PATH)?.to_owned();
        let first = u32::try_from(from.number()?).ok()?;
        let last = u32::try_from(from.number()?).ok().filter(|&last| last >= first && last < u32::MAX)?;
        Some(Place { path, first, last })
    })?;
    Some(Places(places.into()))
}
