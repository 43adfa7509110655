//! What a prompt could quote: candidates from the index, ranked over all kinds.
//!
//! The idea: each kind of source has a weight, from how often such a thing is what
//! the next line needs, and within a kind a candidate's score falls with its
//! place. The best of all are taken until they are worth too little; which of them
//! fit is for the assembler to say, which counts tokens.
//!
//! A prompt whose beginning changes costs all of the KV cache, so a choice is
//! sticky: [`StickySelection::update`] keeps what it has, in the same order, while enough
//! of it is still good.

use std::borrow::Cow;

use ghostlight_text::Language;

use crate::Source;
use crate::index::{Hit, Index, Place, Question, fuse_hits};
use crate::only_closes;
use crate::snippet::{Snippet, SnippetKind as Kind};
use crate::syntax::{Definition, DefinitionKind, Reference, SyntaxFacts};

/// Candidates of all kinds together.
pub(crate) const CANDIDATES: usize = 24;

/// Snippets in a prompt.
const CHOSEN: usize = 12;

/// Longest snippet, in lines and bytes.
pub(crate) const LONGEST: (usize, usize) = (40, 1600);

/// Bytes on each side of the cursor whose words are looked for.
const NEAR: usize = 1200;

/// Bytes before and after the cursor whose meaning is looked for: about as many as an
/// embedding model reads.
const MEANT: (usize, usize) = (700, 200);

/// Least score of a chunk that is found by words: below it a chunk shares words that all
/// code has.
const LEAST_WORDS: f32 = 8.0;

/// Least cosine of a chunk that is found by meaning.
const LEAST_MEANING: f32 = 0.25;

/// Chunks of each ranking that are fused.
const FUSED: usize = 30;

/// Chunks that have to do with the text at the cursor.
const ALIKE: usize = 6;

/// A question for whoever knows other files: the cursor of a prompt, and what is known there. Its
/// form as bytes is [`context_wire`](crate::context_wire)'s.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ContextQuery<'a> {
    /// The file and its cursor.
    pub source: Source<'a>,
    /// What syntax says of the cursor.
    pub facts: Cow<'a, SyntaxFacts>,
    /// About how many UTF-8 bytes before and after the cursor the prompt shows anyway.
    pub window: (usize, usize),
}

/// Snippets for the prompt of a query, at most 24, the best first. `vector` is that of [`meaning`],
/// by the embedder that the index was embedded with.
///
/// ```
/// use std::borrow::Cow;
///
/// use ghostlight_context::index::Index;
/// use ghostlight_context::syntax::{Lexical, Syntax};
/// use ghostlight_context::{ContextQuery, Source, retrieve};
///
/// let mut index = Index::default();
/// index.update("cache.rs", 1, "pub struct Cache {\n    size: usize,\n}\n", &mut Lexical);
/// let source = Source { path: "app.rs", prefix: "fn app(cache: Cache) {\n    ", suffix: "\n}\n" };
/// let facts = Lexical.facts(source);
/// let found = retrieve(&index, &ContextQuery { source, facts: Cow::Owned(facts), window: (0, 0) }, None);
/// assert_eq!(found[0].path, "cache.rs");
/// ```
#[must_use]
pub fn retrieve(index: &Index, query: &ContextQuery<'_>, vector: Option<&[f32]>) -> Vec<Snippet> {
    retrieve_seen(index, query, vector, &mut |_| {})
}

/// The same; `seen` is told each kind as soon as it was looked for, so that whoever
/// has a clock can say what it costs.
///
/// ```
/// use ghostlight_context::index::Index;
/// use ghostlight_context::{ContextQuery, SnippetKind, retrieve_seen};
/// let mut kinds = Vec::new();
/// let found = retrieve_seen(&Index::default(), &ContextQuery::default(), None, &mut |kind| kinds.push(kind));
/// assert!(found.is_empty() && kinds.contains(&SnippetKind::Definition));
/// ```
#[must_use]
pub fn retrieve_seen(
    index: &Index,
    query: &ContextQuery<'_>,
    vector: Option<&[f32]>,
    seen: &mut dyn FnMut(Kind),
) -> Vec<Snippet> {
    let ContextQuery { source, ref facts, window } = *query;
    let mut found = Vec::new();
    definitions(index, source, facts, &mut found);
    seen(Kind::Definition);
    imports(index, source, facts, &mut found);
    seen(Kind::Import);
    outline(source, facts, window, &mut found);
    seen(Kind::Outline);
    places(index, source, &mut found);
    seen(Kind::Edit);
    similar(index, query, vector, &mut found);
    seen(Kind::Similar);
    tests(index, source, &mut found);
    seen(Kind::Test);
    manifests(index, source, &mut found);
    seen(Kind::Manifest);
    // Of two snippets that say the same the better one stays.
    found.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (&a.path, &a.text).cmp(&(&b.path, &b.text)))
    });
    let mut chosen: Vec<Snippet> = Vec::new();
    for snippet in found {
        let known = chosen.iter().any(|one| one.path == snippet.path && overlaps(&one.text, &snippet.text));
        if chosen.len() < CANDIDATES && !known && !snippet.text.is_empty() {
            chosen.push(snippet);
        }
    }
    chosen
}

fn overlaps(one: &str, other: &str) -> bool {
    one.contains(other) || other.contains(one)
}

/// Where a text comes from: its file, and the line that it begins with, from 1, or
/// 0 where it was made of several places.
type From<'a> = (&'a str, u32);

/// The line of a place in a text, from 1.
fn line_at(text: &str, at: usize) -> u32 {
    text.as_bytes()[..at.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() as u32 + 1
}

/// A snippet of a text, cut to what one may have.
fn snippet(kind: Kind, (path, mut line): From<'_>, text: &str, score: f32) -> Snippet {
    let (lines, bytes) = LONGEST;
    let end = text.match_indices('\n').nth(lines - 1).map_or(text.len(), |(at, _)| at);
    let mut text = &text[..end];
    if text.len() > bytes {
        let cut = text.floor_char_boundary(bytes);
        text = &text[..text[..cut].rfind('\n').unwrap_or(cut)];
    }
    let text = text.trim_end();
    let shown = text.trim_start_matches('\n');
    if line > 0 {
        line += (text.len() - shown.len()) as u32;
    }
    Snippet { kind, path: path.to_owned(), line, text: shown.to_owned(), score }
}

/// Definitions of names that are used near the cursor: types whole where they are
/// short, functions by their heads.
fn definitions(index: &Index, source: Source<'_>, facts: &SyntaxFacts, found: &mut Vec<Snippet>) {
    let own = |name: &str| facts.definitions.iter().any(|definition| definition.name == name);
    let names = facts.references.iter().filter(|reference| !own(&reference.name));
    for (nth, Reference { name, .. }) in names.take(32).enumerate() {
        // The same name in another language is another thing.
        let symbols = index.symbols(name, source.path).filter(|symbol| is_akin(source.path, symbol.path));
        let symbols: Vec<_> = symbols.take(8).collect();
        // A name that is defined all over says little.
        if symbols.len() > 4 {
            continue;
        }
        let imported = |path: &str| {
            facts.imports.iter().any(|import| index.resolve(source.path, &import.module) == Some(path))
        };
        // The head of an `impl` says nothing that its type does not.
        let named = symbols.iter().filter(|symbol| symbol.definition.kind != DefinitionKind::Extension);
        for symbol in named {
            let is_type = matches!(
                symbol.definition.kind,
                DefinitionKind::Class
                    | DefinitionKind::Enum
                    | DefinitionKind::Interface
                    | DefinitionKind::Type
            );
            let lines = symbol.text.lines().count();
            let text =
                if is_type && lines <= 24 { symbol.text } else { symbol.definition.signature.as_str() };
            let near = 1.0 / (1.0 + nth as f32 * 0.12);
            let known = if imported(symbol.path) { 1.25 } else { 1.0 };
            let line = line_at(index.text(symbol.path).unwrap_or_default(), symbol.definition.span.start.0);
            found.push(snippet(Kind::Definition, (symbol.path, line), text, near * known));
        }
    }
}

/// Whether files are of one language, or of two that use each other's names.
fn is_akin(one: &str, other: &str) -> bool {
    match (Language::from_path(one), Language::from_path(other)) {
        (Some(one), Some(other)) => one.is_akin(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// The heads of what a file defines, a line each.
fn heads<'a>(definitions: impl Iterator<Item = &'a Definition>) -> String {
    let mut text = String::new();
    for definition in definitions.filter(|definition| definition.depth <= 1) {
        let indent = if definition.depth > 0 { "    " } else { "" };
        text.push_str(indent);
        text.push_str(&definition.signature);
        text.push('\n');
    }
    text
}

fn imports(index: &Index, source: Source<'_>, facts: &SyntaxFacts, found: &mut Vec<Snippet>) {
    for (nth, path) in index.imported(source.path, &facts.imports).into_iter().take(6).enumerate() {
        let text = heads(index.definitions(path).iter());
        found.push(snippet(Kind::Import, (path, 0), &text, 0.6 / (1.0 + nth as f32 * 0.25)));
    }
}

/// What stands in the file beyond the window, by its heads.
fn outline(source: Source<'_>, facts: &SyntaxFacts, window: (usize, usize), found: &mut Vec<Snippet>) {
    let cursor = source.prefix.len();
    let shown = cursor.saturating_sub(window.0)..cursor + window.1;
    let outside = facts.definitions.iter().filter(|definition| {
        let start = definition.span.start.0;
        !shown.contains(&start)
            && definition.kind != DefinitionKind::Field
            && definition.kind != DefinitionKind::Variable
    });
    found.push(snippet(Kind::Outline, (source.path, 0), &heads(outside), 0.7));
}

/// Lines that were changed or looked at lately, in other files.
fn places(index: &Index, source: Source<'_>, found: &mut Vec<Snippet>) {
    let mut add = |kind: Kind, place: &Place, score: f32| {
        // Three lines more on each side show what the place is part of.
        let wider = Place {
            path: place.path.clone(),
            first: place.first.saturating_sub(3),
            last: place.last.saturating_add(3),
        };
        if let Some(text) = index.lines(&wider) {
            found.push(snippet(kind, (&place.path, wider.first + 1), text, score));
        }
    };
    let edited = index.edited().filter(|place| place.path != source.path);
    for (nth, place) in edited.take(4).enumerate() {
        add(Kind::Edit, place, 0.8 / (1.0 + nth as f32 * 0.4));
    }
    let visited = index.visited().filter(|place| place.path != source.path);
    for (nth, place) in visited.take(3).enumerate() {
        add(Kind::Visit, place, 0.45 / (1.0 + nth as f32 * 0.5));
    }
}

/// The words of the text around the cursor, the more its own line's.
///
/// ```
/// use ghostlight_context::index::Index;
/// use ghostlight_context::syntax::Lexical;
/// use ghostlight_context::{Source, words};
/// let mut index = Index::default();
/// index.update("price.rs", 1, "fn price(item: &Item) -> u32 {\n    0\n}\n", &mut Lexical);
/// let source = Source { path: "main.rs", prefix: "let total = price(", suffix: ")" };
/// assert_eq!(index.search(&words(source, None), source.path, 1)[0].path, "price.rs");
/// ```
#[must_use]
pub fn words(source: Source<'_>, facts: Option<&SyntaxFacts>) -> Question {
    let mut question = Question::default();
    let before = &source.prefix[source.prefix.ceil_char_boundary(source.prefix.len().saturating_sub(NEAR))..];
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    question.add(&before[line..], 1.5);
    question.add(before, 1.0);
    question.add(&source.suffix[..source.suffix.floor_char_boundary(NEAR / 3)], 0.5);
    for scope in facts.into_iter().flat_map(|facts| &facts.scopes) {
        question.add(&scope.signature, 1.2);
    }
    question
}

/// The text around the cursor, to be embedded.
///
/// ```
/// use ghostlight_context::{Source, meaning};
/// let source = Source { path: "a.rs", prefix: "let total = ", suffix: ";\n" };
/// assert_eq!(meaning(source), "let total = ;\n");
/// ```
#[must_use]
pub fn meaning(source: Source<'_>) -> String {
    let (before, after) = MEANT;
    let start = source.prefix.ceil_char_boundary(source.prefix.len().saturating_sub(before));
    let end = source.suffix.floor_char_boundary(after);
    [&source.prefix[start..], &source.suffix[..end]].concat()
}

/// Chunks that share rare words with the text around the cursor, and with a vector also
/// chunks that mean something alike, in one ranking.
fn similar(index: &Index, query: &ContextQuery<'_>, vector: Option<&[f32]>, found: &mut Vec<Snippet>) {
    let source = query.source;
    let question = words(source, Some(&query.facts));
    let mut hits = index.search(&question, source.path, if vector.is_some() { FUSED } else { ALIKE });
    let best = hits.first().map_or(1.0, |hit| hit.score).max(f32::MIN_POSITIVE);
    hits.retain(|hit| hit.score >= LEAST_WORDS);
    let mut add = |kind: Kind, hit: &Hit<'_>, score: f32| {
        let line = line_at(index.text(hit.path).unwrap_or_default(), hit.span.start.0);
        found.push(snippet(kind, (hit.path, line), hit.text, score));
    };
    let Some(vector) = vector else {
        hits.iter().for_each(|hit| add(Kind::Similar, hit, 0.75 * hit.score / best));
        return;
    };
    let mut meant = index.search_vector(vector, source.path, FUSED);
    meant.retain(|hit| hit.score >= LEAST_MEANING);
    let fused = fuse_hits(&[&hits, &meant], ALIKE);
    let best = fused.first().map_or(1.0, |hit| hit.score);
    for hit in &fused {
        let has_words = hits.iter().any(|one| one.path == hit.path && one.span == hit.span);
        let kind = if has_words { Kind::Similar } else { Kind::Related };
        add(kind, hit, 0.75 * hit.score / best);
    }
}

/// The test of a file, or the file of a test, by its name.
fn tests(index: &Index, source: Source<'_>, found: &mut Vec<Snippet>) {
    let bare = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.split('.').next().unwrap_or(name).to_lowercase();
        let is_test = name.to_lowercase().contains("test") || name.contains("spec") || path.contains("test");
        let bare = ["_test", "test_", "tests", "test", "_spec", "spec"]
            .iter()
            .find_map(|word| stem.strip_suffix(word).or_else(|| stem.strip_prefix(word)))
            .unwrap_or(&stem)
            .trim_matches('_')
            .to_owned();
        (bare, is_test)
    };
    let (own, is_test) = bare(source.path);
    if own.is_empty() || matches!(own.as_str(), "mod" | "index" | "main" | "lib" | "__init__" | "support") {
        return;
    }
    let mut others: Vec<&str> = index
        .paths()
        .filter(|path| *path != source.path)
        .filter(|path| bare(path) == (own.clone(), !is_test))
        .collect();
    others.sort_unstable();
    for path in others.into_iter().take(1) {
        let (line, text) = match is_test {
            // A test wants to know what there is to test.
            true => (0, heads(index.definitions(path).iter())),
            false => (1, index.text(path).unwrap_or_default().to_owned()),
        };
        found.push(snippet(Kind::Test, (path, line), &text, 0.4));
    }
}

/// Whether a file, by its name, says what a workspace depends on.
///
/// ```
/// use ghostlight_context::is_manifest;
/// assert!(is_manifest("web/package.json") && !is_manifest("web/package.ts"));
/// ```
#[must_use]
pub fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    Language::all().iter().any(|language| language.manifests.contains(&name))
}

/// The part of the nearest manifest that names versions, for a cursor in imports or
/// at the top of a file, where it is what one needs.
fn manifests(index: &Index, source: Source<'_>, found: &mut Vec<Snippet>) {
    let Some(language) = Language::from_path(source.path) else { return };
    let near_imports = source.prefix.lines().count() <= 20;
    for name in language.manifests {
        if source.path.ends_with(name) {
            continue;
        }
        // Upwards from the file's own folder.
        let mut folder = source.path;
        let manifest = loop {
            folder = folder.rfind('/').map_or("", |at| &folder[..at]);
            let path = if folder.is_empty() { (*name).to_owned() } else { [folder, "/", name].concat() };
            if let Some(text) = index.text(&path) {
                break Some((path, text));
            }
            if folder.is_empty() {
                break None;
            }
        };
        if let Some((path, text)) = manifest {
            let at = text.find("dependencies").map_or(0, |at| text[..at].rfind('\n').map_or(0, |at| at + 1));
            let score = if near_imports { 0.5 } else { 0.15 };
            found.push(snippet(Kind::Manifest, (&path, line_at(text, at)), &text[at..], score));
            return;
        }
    }
}

/// The snippets of the prompts of one file, kept while they are good enough.
#[derive(Debug, Clone, Default)]
pub struct StickySelection {
    path: String,
    snippets: Vec<Snippet>,
}

impl StickySelection {
    /// What was quoted last for a file, in the order of the prompt; nothing where another file
    /// has been quoted for since.
    ///
    /// ```
    /// use ghostlight_context::{Snippet, SnippetKind, StickySelection};
    /// # let snippet = |path: &str| {
    /// #     let (path, text) = (path.to_owned(), "fn one() {}".to_owned());
    /// #     Snippet { kind: SnippetKind::Import, path, line: 1, text, score: 1.0 }
    /// # };
    /// let mut selection = StickySelection::default();
    /// selection.update("a.rs", vec![snippet("one.rs")]);
    /// assert_eq!(selection.snippets_for("a.rs").unwrap().len(), 1);
    /// assert_eq!(selection.snippets_for("b.rs"), None);
    /// ```
    #[must_use]
    pub fn snippets_for(&self, path: &str) -> Option<&[Snippet]> {
        (self.path == path || self.snippets.is_empty()).then_some(&self.snippets)
    }

    /// Gives up all of it where a part is of a file that is gone: what must not be
    /// quoted any more does not stay for the cache's sake.
    ///
    /// ```
    /// use ghostlight_context::{Snippet, SnippetKind, StickySelection};
    /// # let snippet = |path: &str| {
    /// #     let (path, text) = (path.to_owned(), "fn one() {}".to_owned());
    /// #     Snippet { kind: SnippetKind::Import, path, line: 1, text, score: 1.0 }
    /// # };
    /// let mut selection = StickySelection::default();
    /// selection.update("a.rs", vec![snippet("one.rs"), snippet("two.rs")]);
    /// selection.retain(|path| path != "two.rs");
    /// assert_eq!(selection.snippets_for("a.rs"), Some(&[][..]));
    /// ```
    pub fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        if !self.snippets.iter().all(|snippet| is_there(&snippet.path)) {
            self.snippets.clear();
        }
    }

    /// What to quote now: what was quoted before, as long as the file is the same
    /// and at most a third of it is no candidate any more; else the best.
    ///
    /// ```
    /// use ghostlight_context::{Snippet, SnippetKind, StickySelection};
    /// let snippet = |path: &str| {
    ///     let (path, text) = (path.to_owned(), "fn one() {}".to_owned());
    ///     Snippet { kind: SnippetKind::Import, path, line: 1, text, score: 1.0 }
    /// };
    /// let mut selection = StickySelection::default();
    /// selection.update("a.rs", vec![snippet("one.rs"), snippet("two.rs"), snippet("three.rs")]);
    /// // Two of three are still candidates, so that the prompt begins as before.
    /// let now = selection.update("a.rs", vec![snippet("two.rs"), snippet("one.rs")]);
    /// assert!(now.iter().map(|one| one.path.as_str()).eq(["one.rs", "three.rs", "two.rs"]));
    /// ```
    pub fn update(&mut self, path: &str, candidates: Vec<Snippet>) -> &[Snippet] {
        let is_good =
            |old: &Snippet| candidates.iter().any(|new| new.path == old.path && new.text == old.text);
        let good = self.snippets.iter().filter(|old| is_good(old)).count();
        let new = candidates.iter().take(CHOSEN / 3).filter(|new| {
            !self.snippets.iter().any(|old| old.path == new.path && overlaps(&old.text, &new.text))
        });
        // What is best by far is worth the cache, and so is an empty place.
        let is_stale = self.path != path
            || good * 3 < self.snippets.len() * 2
            || new.count() > CHOSEN / 6
            || self.snippets.len() < candidates.len().min(3);
        if is_stale {
            self.path = path.to_owned();
            self.snippets = candidates;
            self.snippets.truncate(CHOSEN);
            // By file and place in it, so that the order does not follow the scores.
            self.snippets.sort_by(|a, b| (a.kind, &a.path, &a.text).cmp(&(b.kind, &b.path, &b.text)));
        }
        &self.snippets
    }
}

/// The text after the cursor of the prompts of one file, kept while it has changed
/// little: with the suffix first, a change of it costs all of the KV cache.
#[derive(Debug, Clone, Default)]
pub struct StableSuffix {
    path: String,
    text: String,
}

/// Bytes of a suffix that are compared.
const SUFFIX_COMPARED: usize = 400;

impl StableSuffix {
    /// The suffix to use for `source`: the one from before where the rest of the cursor's line is the
    /// same but for closing brackets and quotes before it, which editors write with what opens
    /// them, and less than a tenth of what follows has changed.
    ///
    /// ```
    /// use ghostlight_context::{Source, StableSuffix};
    /// let mut stable = StableSuffix::default();
    /// let source = Source { path: "a.rs", prefix: "f", suffix: "\nlet b = 2;\n" };
    /// stable.update(source);
    /// // The editor has closed a bracket, which the model need not read.
    /// let suffix = stable.update(Source { prefix: "f(", suffix: ")\nlet b = 2;\n", ..source });
    /// assert_eq!(suffix, "\nlet b = 2;\n");
    /// ```
    pub fn update<'a>(&'a mut self, source: Source<'a>) -> &'a str {
        let (old_line, old) = split_line(&self.text);
        let (new_line, new) = split_line(source.suffix);
        let keeps = self.path == source.path && new_line.strip_suffix(old_line).is_some_and(only_closes) && {
            let old = &old[..old.floor_char_boundary(SUFFIX_COMPARED)];
            let new = &new[..new.floor_char_boundary(SUFFIX_COMPARED)];
            distance(old, new) * 10 < old.len().max(1)
        };
        if !keeps {
            self.path = source.path.to_owned();
            self.text = source.suffix.to_owned();
        }
        &self.text
    }
}

fn line_of(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// The first line of a text, and the text from that line's end on.
fn split_line(text: &str) -> (&str, &str) {
    text.split_at(line_of(text).len())
}

/// Edit distance in lines' worth of bytes: bytes outside of what both begin and end with.
fn distance(old: &str, new: &str) -> usize {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    (a.len() - start - end).max(b.len() - start - end)
}
