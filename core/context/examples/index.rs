//! How fast and how large the index of a folder is, and how long a prompt takes that
//! quotes from it: facts of the cursor, candidates, choice, tokens.
//!
//! `cargo run --release -p ghostlight-context --features grammars --example index -- DIR [FILES] [MODEL]`
//!
//! With a GGUF file, of which only the tokenizer is read, prompts are made too, in the form
//! of files for 512 tokens. Memory
//! is what the process holds more than before, on Linux; it and the figure that the index
//! gives of itself are told apart.
#![allow(clippy::disallowed_methods, reason = "an example brings the files and the clock")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use ghostlight_context::index::{Index, IndexRules, Place, Updated};
use ghostlight_context::syntax::{Lexical, Syntax};
use ghostlight_context::{
    Assembler, ContextQuery, FimTemplate, Role, Source, StickySelection, TokenBudget, Tokens, retrieve,
};
use ghostlight_gguf::Gguf;
use ghostlight_text::{Language, TokenId};
use ghostlight_tokenizer::Tokenizer;

/// Tokens of a prompt in an editor.
const BUDGET: TokenBudget = TokenBudget(512);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder to index"));
    let most = arguments.next().map_or(1000, |count| count.parse().expect("a number of files"));
    let mut files = Vec::new();
    collect(&folder, &folder, most, &mut files);
    let tokenizer = arguments.next().map(|model| {
        let bytes = std::fs::read(model).expect("a model file");
        let gguf = pollster::block_on(Gguf::open(bytes.as_slice())).expect("a GGUF file");
        Tokenizer::from_gguf(&gguf.metadata).expect("a tokenizer")
    });
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!("{} files, {:.1} MB", files.len(), bytes as f64 / 1e6);
    #[cfg(feature = "grammars")]
    measure("trees", &mut ghostlight_context::syntax::TreeSitter::with_all(), &files, tokenizer.as_ref());
    measure("lexical", &mut Lexical, &files, tokenizer.as_ref());
}

fn measure(name: &str, syntax: &mut dyn Syntax, files: &[(String, String)], tokenizer: Option<&Tokenizer>) {
    let resident_before = resident();
    let mut index = Index::new(IndexRules::default());
    let start = Instant::now();
    let mut slowest = 0.0f64;
    for (path, text) in files {
        let one = Instant::now();
        index.update(path, 1, text, syntax);
        slowest = slowest.max(ms(one));
    }
    let built = ms(start);
    let size = index.size();
    println!(
        "{name}: built in {:.2} s, slowest file {slowest:.1} ms; {} files, {} pieces, {} symbols, {:.1} MB of memory by its own account, {:.1} MB more resident",
        built / 1e3,
        size.files,
        size.pieces,
        size.symbols,
        size.memory as f64 / 1e6,
        (resident() - resident_before) / 1e6
    );

    // A line in the middle of every fifth file changes, under a cursor.
    let mut edits = Vec::new();
    for (path, text) in files.iter().step_by(5) {
        let middle = text.floor_char_boundary(text.len() / 2);
        let at = text[middle..].find('\n').map_or(text.len(), |at| middle + at + 1);
        let edited = [&text[..at], "    let changed_value = 1;\n", &text[at..]].concat();
        syntax.facts(Source { path, prefix: &text[..at], suffix: &text[at..] });
        let start = Instant::now();
        let updated = index.update(path, 2, &edited, syntax);
        if updated == Updated::Read {
            edits.push(ms(start));
        }
        index.note_edit(Place { path: path.clone(), first: 10, last: 12 });
    }
    println!("  an edit: {}", spread(edits));

    let start = Instant::now();
    let stored = index.to_bytes();
    let written = ms(start);
    let start = Instant::now();
    let read = Index::from_bytes(&stored, IndexRules::default()).expect("it was just written");
    println!(
        "  {:.1} MB, written in {written:.0} ms, read in {:.0} ms ({} files)",
        stored.len() as f64 / 1e6,
        ms(start),
        read.size().files
    );

    let (mut facts_times, mut retrieval_times, mut prompt_times) = (Vec::new(), Vec::new(), Vec::new());
    let (mut count, mut tokens, mut quoted) = (0, 0, 0);
    let assembler = tokenizer.map(|tokenizer| {
        let tokens = Marked(tokenizer);
        let form = FimTemplate::by_family("qwen-coder").expect("a family of the table");
        let assembler = Assembler::new(form, BUDGET, &tokens).expect("it has every marker");
        println!("  prompts in the form of {}", assembler.template().family);
        (assembler, tokens)
    });
    for (path, text) in files.iter().step_by(5) {
        let at = text.floor_char_boundary(text.len() / 2);
        let source = Source { path, prefix: &text[..at], suffix: &text[at..] };
        let start = Instant::now();
        let facts = syntax.facts(source);
        facts_times.push(ms(start));
        let start = Instant::now();
        let query = ContextQuery { source, facts: std::borrow::Cow::Borrowed(&facts), window: (1500, 600) };
        let candidates = retrieve(&index, &query, None);
        retrieval_times.push(ms(start));
        count += candidates.len();
        let Some((assembler, tokens_of)) = &assembler else { continue };
        let mut selection = StickySelection::default();
        let chosen = selection.update(path, candidates);
        let prompt = assembler.assemble_with(source, chosen, tokens_of).expect("room for a prompt");
        // All of it, as a keystroke would wait for it.
        prompt_times.push(facts_times.last().copied().unwrap_or_default() + ms(start));
        tokens += prompt.tokens.len();
        quoted += prompt.snippets.len();
    }
    println!("  facts of a cursor: {}", spread(facts_times));
    println!(
        "  retrieval: {} ({} snippets on average)",
        spread(retrieval_times),
        count / files.len().div_ceil(5).max(1)
    );
    if !prompt_times.is_empty() {
        let prompts = prompt_times.len() as f64;
        println!(
            "  a prompt, all in all: {} ({:.0} tokens, {:.1} snippets on average)",
            spread(prompt_times),
            tokens as f64 / prompts,
            quoted as f64 / prompts
        );
    }
}

/// A tokenizer whose vocabulary has every marker, so that a form that quotes files is
/// measured whatever model there is.
struct Marked<'a>(&'a Tokenizer);

impl Tokens for Marked<'_> {
    fn encode(&self, text: &str) -> Vec<TokenId> {
        self.0.encode(text)
    }

    fn token_bytes(&self, token: TokenId) -> &[u8] {
        self.0.token_bytes(token)
    }

    fn control(&self, _: &str) -> Option<TokenId> {
        Some(TokenId(0))
    }

    fn fim(&self, _: Role) -> Option<TokenId> {
        None
    }

    fn first(&self) -> Option<TokenId> {
        None
    }
}

/// Bytes that the process has in memory; 0 where the system does not tell.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1024.0
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn spread(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at =
        |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default();
    format!("p50 {:.2} ms, p95 {:.2} ms, worst {:.2} ms", at(0.5), at(0.95), at(1.0))
}

/// Source files below a folder in the order of their names, at most `most`.
fn collect(root: &Path, folder: &Path, most: usize, files: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if files.len() >= most {
            return;
        }
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() {
            collect(root, &path, most, files);
        } else if Language::from_path(&name).is_some_and(|language| language.id != "json")
            && IndexRules::default().allow_path(&name)
            && let Ok(text) = std::fs::read_to_string(&path)
            && IndexRules::allow_text(&text)
        {
            files.push((name, text));
        }
    }
}
