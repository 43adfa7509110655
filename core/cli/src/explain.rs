//! `ghostlight explain`: what the model would be shown, piece by piece.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use ghostlight_complete::{
    ExplainedPiece, Explanation, GuardOptions, PieceOrigin, Prompter, Request, SessionOptions, Skip,
    Workspace, trigger,
};
use ghostlight_context::{Assembler, Order, Source, TokenBudget};
use ghostlight_text::printable;
use serde::Serialize;

use crate::args::ExplainOptions;
use crate::terminal::{self, count, print};
use crate::workspace::{Embedded, Indexed, Project};
use crate::{engine, syntax};

/// Characters of the bar that the whole prompt would have.
const BAR: usize = 24;
/// Characters of a text's first line.
const SHOWN: usize = 48;

pub(crate) async fn main(options: &ExplainOptions) -> Result<ExitCode> {
    let bytes = terminal::read_file(&options.place.file)?;
    let text = String::from_utf8_lossy(&bytes);
    let (prefix, suffix) = options.place.split(&text)?;
    let project = Project::of(&options.place, &options.workspace)?;
    let path =
        project.as_ref().map_or_else(|| options.place.path_in_project(), |project| project.path.clone());
    let request = Request { source: Source { path: &path, prefix, suffix }, ..Request::default() };
    match trigger::skip(&request, &GuardOptions::default()) {
        None => {}
        Some(Skip::Private) => bail!("explain {path}: rules keep this file out of any prompt"),
        Some(_) => bail!("explain {path}: the text is binary, so there is no prompt"),
    }

    let file = engine::open(options.model.as_deref()).await?;
    let tokenizer = file.tokenizer();
    let budget =
        options.budget.map_or(SessionOptions::default().budget, |tokens| TokenBudget(tokens as usize));
    let assembler = Assembler::new(file.template(), budget, tokenizer)?;

    let workspace = Workspace::default();
    let mut indexed = None;
    if let Some(project) = project {
        let files = project.index(&workspace);
        let vectors = if options.workspace.embeddings { Some(project.embed(&workspace)?) } else { None };
        indexed = Some(Indexed { vectors, ..files });
    }
    let mut prompter = Prompter::new(assembler);
    prompter.set_provider(workspace);
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64() * 1e3;
    let source = Source { path: &path, prefix, suffix };
    let explanation = prompter.explain(source, &mut syntax::reader(), tokenizer, &clock)?;
    if options.json {
        terminal::json(&ExplainReport::of(&explanation, indexed.as_ref()))?;
    } else {
        print(&table(&explanation, indexed.as_ref()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// For people: a row a piece.
fn table(explanation: &Explanation, indexed: Option<&Indexed>) -> String {
    let Explanation { family, tokens, budget, .. } = explanation;
    let order = match explanation.order {
        Order::Psm => "before the cursor, then after it",
        Order::Spm => "after the cursor, then before it",
    };
    let mut out = format!("{tokens} of {budget} tokens, in the form of {family}");
    if explanation.pieces.iter().any(|piece| piece.origin == PieceOrigin::After) {
        let _ = write!(out, " ({order})");
    }
    out += "\n\n";
    for piece in &explanation.pieces {
        let full = (piece.tokens * BAR).div_ceil((*budget).max(1)).min(BAR);
        let bar = "#".repeat(full) + &".".repeat(BAR - full);
        let _ = writeln!(out, "{:>6}  {bar}  {:<10}  {}", piece.tokens, piece.origin.name(), what(piece));
    }
    if !explanation.left_out.is_empty() {
        out += "\nleft out\n";
    }
    for piece in &explanation.left_out {
        let why = piece.left_out.map_or("", |why| why.name());
        let bytes = count(piece.bytes, "byte");
        let _ = writeln!(out, "{why:>6}  {bytes:>12}  {:<10}  {}", piece.origin.name(), what(piece));
    }
    let costs: Vec<String> =
        explanation.costs.iter().map(|cost| format!("{} {:.2}", cost.step, cost.ms)).collect();
    let _ = writeln!(out, "\n{:.2} ms: {}", explanation.total_ms(), costs.join(", "));
    match indexed {
        Some(Indexed { read, ms, vectors }) => {
            let index = explanation.index;
            let _ = writeln!(
                out,
                "index: {} ({} read now), {}, {}, {:.1} MB, up to date in {ms:.0} ms",
                count(index.files, "file"),
                read,
                count(index.pieces, "piece"),
                count(index.symbols, "symbol"),
                index.memory as f64 / 1e6,
            );
            if let Some(Embedded { pieces, new, ms }) = vectors {
                let pieces = count(*pieces, "piece");
                let _ = writeln!(out, "vectors: {pieces} ({new} embedded now), up to date in {ms:.0} ms");
            }
        }
        None => {
            out += "no workspace: the file is in no repository and below no manifest, or --alone was given\n"
        }
    }
    out
}

/// Where a piece is from, and how it begins.
fn what(piece: &ExplainedPiece) -> String {
    if piece.origin == PieceOrigin::Form {
        return "markers and path".to_owned();
    }
    let line = if piece.line > 0 { format!(":{}", piece.line) } else { String::new() };
    let first = piece.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut shown = printable(&first.chars().take(SHOWN).collect::<String>()).into_owned();
    if first.chars().count() > SHOWN {
        shown += "...";
    }
    format!("{}{line}  {shown}", printable(&piece.path)).trim_end().to_owned()
}

/// What `--json` prints.
#[derive(Serialize)]
struct ExplainReport<'a> {
    family: &'a str,
    order: &'static str,
    budget: usize,
    tokens: usize,
    pieces: Vec<PieceReport<'a>>,
    left_out: Vec<PieceReport<'a>>,
    costs: Vec<CostReport>,
    total_ms: f64,
    index: Option<IndexReport>,
}

#[derive(Serialize)]
struct PieceReport<'a> {
    origin: &'static str,
    path: &'a str,
    line: u32,
    tokens: usize,
    bytes: usize,
    score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    text: &'a str,
}

#[derive(Serialize)]
struct CostReport {
    step: &'static str,
    ms: f64,
}

#[derive(Serialize)]
struct IndexReport {
    files: usize,
    read: usize,
    pieces: usize,
    symbols: usize,
    memory: usize,
    ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    vectors: Option<VectorsReport>,
}

#[derive(Serialize)]
struct VectorsReport {
    pieces: usize,
    new: usize,
    ms: f64,
}

impl<'a> ExplainReport<'a> {
    fn of(from: &'a Explanation, indexed: Option<&Indexed>) -> Self {
        let pieces = |list: &'a [ExplainedPiece]| list.iter().map(PieceReport::of).collect();
        Self {
            family: from.family,
            order: match from.order {
                Order::Psm => "psm",
                Order::Spm => "spm",
            },
            budget: from.budget,
            tokens: from.tokens,
            pieces: pieces(&from.pieces),
            left_out: pieces(&from.left_out),
            costs: from.costs.iter().map(|cost| CostReport { step: cost.step, ms: cost.ms }).collect(),
            total_ms: from.total_ms(),
            index: indexed.map(|indexed| IndexReport {
                files: from.index.files,
                read: indexed.read,
                pieces: from.index.pieces,
                symbols: from.index.symbols,
                memory: from.index.memory,
                ms: indexed.ms,
                vectors: indexed.vectors.as_ref().map(|&Embedded { pieces, new, ms }| VectorsReport {
                    pieces,
                    new,
                    ms,
                }),
            }),
        }
    }
}

impl<'a> PieceReport<'a> {
    fn of(from: &'a ExplainedPiece) -> Self {
        Self {
            origin: from.origin.name(),
            path: &from.path,
            line: from.line,
            tokens: from.tokens,
            bytes: from.bytes,
            score: from.score,
            why: from.left_out.map(|why| why.name()),
            text: &from.text,
        }
    }
}
