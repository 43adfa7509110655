//! Is what a hole needs among the first pieces that are found? By words, by meaning, by both.
//!
//! The idea: a case that crosses files names what another file of its package defines. All
//! files that the suite knows of the package, or of the language, are one workspace, and
//! each way to search it ranks pieces for the cursor. A piece is right if the definition
//! begins in it. No model completes anything, and all of it runs on one thread. What
//! embedding takes is the time of that thread on a core, where the system tells it (Linux),
//! so that a busy machine does not decide.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Instant;

use anyhow::{Result, bail};
use ghostlight_context::index::{Hit, Index, IndexRules, fuse_hits};
#[cfg(not(feature = "grammars"))]
use ghostlight_context::syntax::Lexical;
use ghostlight_context::syntax::{Syntax, SyntaxFacts};
use ghostlight_context::{ContextQuery, EmbedFailed, Embedder, Source, meaning, retrieve, words};
use ghostlight_embed::{MOST_PIECES, MiniLm};
use ghostlight_eval::{Case, Kind};
use ghostlight_models::{Progress, Terminal};
use serde::Serialize;

#[cfg(feature = "grammars")]
use super::trees::Trees;
use crate::embedder;

/// Pieces of each ranking that are fused, as when a prompt is made.
const FUSED: usize = 30;

/// Snippets of all kinds that a prompt has room for.
const QUOTED: usize = 12;

/// Places of a ranking up to which it counts.
const PLACES: [usize; 3] = [1, 3, 6];

/// What was found.
#[derive(Debug, Default, Serialize)]
pub(super) struct Found {
    /// By the files that were searched: `package`, then `language`.
    pub(super) workspaces: Vec<Searched>,
    /// Pieces that were embedded, and milliseconds for each.
    embedded: usize,
    piece_ms: Option<f64>,
    question_ms: Option<f64>,
    /// Milliseconds of a search in the workspaces of languages, by words and by meaning.
    words_ms: f64,
    vector_ms: Option<f64>,
}

/// One kind of workspace.
#[derive(Debug, Default, Serialize)]
pub(super) struct Searched {
    files: &'static str,
    /// Cases whose definition is in an outline.
    cases: usize,
    /// Pieces of a case's workspace, on average.
    pieces: f64,
    rows: Vec<RetrievalRow>,
}

/// One way to search.
#[derive(Debug, Default, Serialize)]
struct RetrievalRow {
    by: &'static str,
    /// Cases with the right piece in the first 1, 3 and 6 places.
    right: [usize; PLACES.len()],
    /// Cases with the right file in the first 6.
    file: usize,
    /// Cases that it has in the first 6 and words alone have not, and the other way round.
    won: usize,
    lost: usize,
    #[serde(skip)]
    cases: Vec<bool>,
}

/// Files of the suite by path, where the path begins with the package.
type Files = BTreeMap<String, String>;

/// Ranks pieces for every case that crosses files.
pub(super) fn run(cases: &[Case], options: &super::EvalOptions) -> Result<Found> {
    let crossing: Vec<&Case> =
        cases.iter().filter(|case| case.kind == Kind::CrossFile && !case.context.is_empty()).collect();
    if crossing.is_empty() {
        bail!("measure retrieval: the suite has no case that crosses files");
    }
    let read = options.read.map_or(MOST_PIECES, |pieces| pieces as usize);
    let embedder = if options.embeddings { Some(embedder::load()?.reading(read)) } else { None };
    let mut measuring = Measuring::new(embedder);
    let mut by_language: BTreeMap<&str, Files> = BTreeMap::new();
    for case in cases {
        let files = by_language.entry(&case.language).or_default();
        let whole = [&*case.prefix, &case.truth, &case.suffix].concat();
        add(files, &case.package, &case.path, whole);
        for file in &case.context {
            add(files, &case.package, &file.path, file.text.clone());
        }
    }
    let mut searched =
        [Searched { files: "package", ..<_>::default() }, Searched { files: "language", ..<_>::default() }];
    let mut progress = Terminal::counting();
    progress.begin("searching", crossing.len() as u64);
    let mut done = 0;
    for (language, files) in &by_language {
        let own: Vec<&&Case> = crossing.iter().filter(|case| case.language == *language).collect();
        if own.is_empty() {
            continue;
        }
        let whole = measuring.index(files, None)?;
        let kept = measuring.embedder.as_ref().map(|embedder| whole.vectors_to_bytes(embedder));
        let mut packages: BTreeMap<&str, Index> = BTreeMap::new();
        for case in own {
            if !packages.contains_key(&*case.package) {
                let start = format!("{}/", case.package);
                let part = files.iter().filter(|(path, _)| path.starts_with(&start));
                let part = part.map(|(path, text)| (path.clone(), text.clone())).collect();
                packages.insert(&case.package, measuring.index(&part, kept.as_deref())?);
            }
            let package = &packages[&*case.package];
            for (into, index) in searched.iter_mut().zip([package, &whole]) {
                measuring.case(case, index, into)?;
            }
            done += 1;
            progress.at(done);
        }
    }
    progress.end();
    for one in &mut searched {
        one.pieces /= one.cases.max(1) as f64;
    }
    Ok(Found { workspaces: searched.into(), ..measuring.costs() })
}

/// The longest text of a path is the file; shorter ones are excerpts of it.
fn add(files: &mut Files, package: &str, path: &str, text: String) {
    let known = files.entry(format!("{package}/{path}")).or_default();
    if text.len() > known.len() {
        *known = text;
    }
}

struct Measuring {
    embedder: Option<MiniLm>,
    #[cfg(feature = "grammars")]
    syntax: Trees,
    #[cfg(not(feature = "grammars"))]
    syntax: Lexical,
    embedded: usize,
    embed_ms: f64,
    question_ms: Vec<f64>,
    words_ms: Vec<f64>,
    vector_ms: Vec<f64>,
}

impl Measuring {
    fn new(embedder: Option<MiniLm>) -> Self {
        #[cfg(feature = "grammars")]
        let syntax = Trees::new();
        #[cfg(not(feature = "grammars"))]
        let syntax = Lexical;
        let (embedded, embed_ms, question_ms, words_ms, vector_ms) = <_>::default();
        Self { embedder, syntax, embedded, embed_ms, question_ms, words_ms, vector_ms }
    }

    /// An index of some files, with the vectors that are known and those that are not yet.
    fn index(&mut self, files: &Files, known: Option<&[u8]>) -> Result<Index> {
        let mut index = Index::new(IndexRules::default());
        for (path, text) in files {
            index.update(path, 1, text, &mut self.syntax);
        }
        let Some(embedder) = &mut self.embedder else { return Ok(index) };
        if let Some(known) = known {
            index.restore_vectors(known, embedder);
        }
        let before = index.embedded();
        let (done, taken) = timed(|| {
            while index.embed(embedder, 1)? > 0 {}
            Ok::<_, EmbedFailed>(())
        });
        done?;
        self.embedded += index.embedded() - before;
        self.embed_ms += taken;
        Ok(index)
    }

    fn case(&mut self, case: &Case, index: &Index, into: &mut Searched) -> Result<()> {
        let path = format!("{}/{}", case.package, case.path);
        let source = Source { path: &path, prefix: &case.prefix, suffix: &case.suffix };
        let Some(answer) = Answer::of(case, index) else { return Ok(()) };
        #[cfg(feature = "grammars")]
        self.syntax.forget(&path);
        let facts = self.syntax.facts(source);
        into.cases += 1;
        into.pieces += index.size().pieces as f64;

        let start = Instant::now();
        let by_words = index.search(&words(source, Some(&facts)), &path, FUSED);
        self.words_ms.push(ms(start));
        let hits = |hits: &[Hit<'_>]| {
            hits.iter().map(|hit| (answer.is_file(hit.path), answer.is_in(hit))).collect::<Vec<_>>()
        };
        into.count("words", &hits(&by_words));
        let quoted = |vector: Option<&[f32]>| answer.quoted(index, source, &facts, vector);
        let Some(embedder) = &mut self.embedder else {
            into.count("all kinds", &quoted(None));
            return Ok(());
        };
        let (vectors, taken) = timed(|| embedder.embed(&[&meaning(source)]));
        self.question_ms.push(taken);
        let Some(vector) = vectors?.pop() else { bail!("measure retrieval: a text has no vector") };
        let start = Instant::now();
        let by_meaning = index.search_vector(&vector, &path, FUSED);
        self.vector_ms.push(ms(start));
        into.count("meaning", &hits(&by_meaning));
        into.count("both", &hits(&fuse_hits(&[&by_words, &by_meaning], FUSED)));
        into.count("all kinds", &quoted(None));
        into.count("all kinds and meaning", &quoted(Some(&vector)));
        Ok(())
    }

    fn costs(self) -> Found {
        let median = |mut all: Vec<f64>| {
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied()
        };
        // The time on a core comes in ticks, so that only a mean says something.
        let asked = self.question_ms.len();
        let mean = |sum: f64, count: usize| (count > 0).then(|| sum / count as f64);
        Found {
            embedded: self.embedded,
            piece_ms: mean(self.embed_ms, self.embedded),
            question_ms: mean(self.question_ms.iter().sum(), asked),
            words_ms: median(self.words_ms).unwrap_or_default(),
            vector_ms: median(self.vector_ms),
            ..Found::default()
        }
    }
}

/// What a case needs: the definitions of names that its hole holds, in another file.
struct Answer {
    file: String,
    names: BTreeSet<String>,
    starts: Vec<usize>,
}

impl Answer {
    /// None where no outline has the definition.
    fn of(case: &Case, index: &Index) -> Option<Self> {
        let file = format!("{}/{}", case.package, case.context.first()?.path);
        let used: BTreeSet<&str> = case
            .truth
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|name| name.len() > 4)
            .collect();
        let defined = || index.definitions(&file).iter().filter(|one| used.contains(one.name.as_str()));
        let names: BTreeSet<String> = defined().map(|one| one.name.clone()).collect();
        let starts: Vec<usize> = defined().map(|one| one.span.start.0).collect();
        (!starts.is_empty()).then_some(Self { file, names, starts })
    }

    fn is_file(&self, path: &str) -> bool {
        path == self.file
    }

    fn is_in(&self, hit: &Hit<'_>) -> bool {
        let span = hit.span.start.0..hit.span.end.0;
        self.is_file(hit.path) && self.starts.iter().any(|start| span.contains(start))
    }

    /// The snippets of a prompt: whether each is of the file, and names what is needed.
    fn quoted(
        &self,
        index: &Index,
        source: Source<'_>,
        facts: &SyntaxFacts,
        vector: Option<&[f32]>,
    ) -> Vec<(bool, bool)> {
        let query = ContextQuery { source, facts: Cow::Borrowed(facts), window: (1500, 600) };
        let all = retrieve(index, &query, vector).into_iter().take(QUOTED);
        all.map(|one| {
            let is_file = self.is_file(&one.path);
            (is_file, is_file && self.names.iter().any(|name| one.text.contains(name)))
        })
        .collect()
    }
}

impl Searched {
    /// Counts a case for one way to search, by its places: of the file, of the piece.
    fn count(&mut self, by: &'static str, places: &[(bool, bool)]) {
        if !self.rows.iter().any(|row| row.by == by) {
            self.rows.push(RetrievalRow { by, ..RetrievalRow::default() });
        }
        // All that a prompt quotes counts, whatever its place.
        let is_prompt = by.starts_with("all kinds");
        let base = if is_prompt { "all kinds" } else { "words" };
        let last = if is_prompt { QUOTED } else { PLACES[PLACES.len() - 1] };
        let is_right = |most: usize| places.iter().take(most).any(|(_, piece)| *piece);
        let right = is_right(last);
        let before = self.rows.iter().find(|row| row.by == base && by != base);
        let before = before.and_then(|row| row.cases.last().copied());
        let Some(row) = self.rows.iter_mut().find(|row| row.by == by) else { return };
        for (count, most) in row.right.iter_mut().zip(PLACES) {
            *count += usize::from(is_right(if is_prompt { QUOTED } else { most }));
        }
        row.file += usize::from(places.iter().take(last).any(|(file, _)| *file));
        row.won += usize::from(right && before == Some(false));
        row.lost += usize::from(!right && before == Some(true));
        row.cases.push(right);
    }
}

/// For people.
pub(super) fn table(found: &Found) -> String {
    let mut out = String::new();
    for Searched { files, cases, pieces, rows } in &found.workspaces {
        let _ = writeln!(out, "files of the {files}: {cases} cases, {pieces:.0} pieces on average");
        let _ = writeln!(out, "  found by                first 1  first 3  first 6     file   won  lost");
        for RetrievalRow { by, right, file, won, lost, .. } in rows {
            let share = |count: usize| count as f64 / (*cases).max(1) as f64 * 100.0;
            let [one, three, six] = right.map(share);
            let file = share(*file);
            let _ = writeln!(
                out,
                "  {by:<22}  {one:>5.1} %  {three:>5.1} %  {six:>5.1} %  {file:>5.1} %  {won:>4}  {lost:>4}"
            );
        }
    }
    let _ = write!(out, "a search by words {:.2} ms", found.words_ms);
    if let (Some(piece), Some(question), Some(vector)) = (found.piece_ms, found.question_ms, found.vector_ms)
    {
        let pieces = found.embedded;
        let _ = write!(
            out,
            ", by vector {vector:.2} ms; embedding {piece:.1} ms a piece ({pieces} pieces), {question:.1} ms a question"
        );
    }
    out
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// Runs something; its milliseconds on a core, else those that passed.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let on_core = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    };
    let (start, before) = (Instant::now(), on_core());
    let done = work();
    let taken = on_core().zip(before).map(|(after, before)| after.saturating_sub(before) as f64 / 1e6);
    (done, taken.unwrap_or_else(|| ms(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted() {
        let mut searched = Searched::default();
        let no = (false, false);
        searched.count("words", &[no, (true, false), no, no, no, no, (true, true)]);
        searched.count("meaning", &[no, (true, true)]);
        searched.count("words", &[(true, true)]);
        searched.count("meaning", &[no]);
        let [words, meaning] = &searched.rows[..] else { panic!("two ways to search") };
        assert_eq!((words.right, words.file, words.won, words.lost), ([1, 1, 1], 2, 0, 0));
        assert_eq!((meaning.right, meaning.file, meaning.won, meaning.lost), ([0, 1, 1], 1, 1, 1));
    }
}
