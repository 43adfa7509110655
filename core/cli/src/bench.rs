//! `ghostlight bench`: what speculation saves at places in files.
//!
//! Off and on take turns at each place, in one process and with the same KV
//! cache, so that what else the machine does hits both. What is learned about
//! drafts and their cost is carried from place to place, as in an editor, but
//! never from one round at a place to the next.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use ghostlight_complete::{CompleteError, Completion, Request, Session, SessionOptions, Source};
use ghostlight_decode::{Cancel, Decoder, Speculation, Speculator};
use ghostlight_loader::Loaded;
use ghostlight_model::{Model, timing};
use ghostlight_text::TokenId;
use serde::Serialize;

use crate::args::BenchOptions;
use crate::engine::{self, File};
use crate::place::Place;
use crate::terminal::{self, INTERRUPTED};

/// Steps of up to so many tokens are timed on their own.
const LARGEST: usize = 8;

pub(crate) async fn main(options: &BenchOptions) -> Result<ExitCode> {
    if options.kernels {
        return kernels(options).await;
    }
    let file = File::open(&options.engine).await?;
    let max_tokens = options.max_tokens as usize;
    // Every round asks the model.
    let session_options =
        SessionOptions { remembered: 0, ..file.session_options(&options.engine, max_tokens)? };
    let context = file.context(&options.engine, session_options.budget.0.saturating_add(max_tokens));
    let cancel = terminal::cancel_on_interrupt()?;
    let Loaded { model, tokenizer, info } = file.load(&options.engine, context, &cancel).await?;
    let mut session = Session::new(model, tokenizer, info.facts(), session_options)
        .context("make room for a prompt: use a larger --context")?;

    for place in &options.places {
        match at_place(&mut session, place, options, &cancel).await {
            Ok(row) => terminal::json(&row)?,
            Err(error) if matches!(error.downcast_ref(), Some(CompleteError::Cancelled(_))) => {
                return Ok(ExitCode::from(INTERRUPTED));
            }
            Err(error) => return Err(error),
        }
    }
    let step_cost = step_cost(&mut session, options.rounds, &cancel).await?;
    terminal::json(&Costs { step_cost })?;
    Ok(ExitCode::SUCCESS)
}

/// Times operations instead of completions.
async fn kernels(options: &BenchOptions) -> Result<ExitCode> {
    let backend = engine::backend(&options.engine).await?;
    let (start, rounds) = (Instant::now(), options.rounds as usize);
    let now = || start.elapsed().as_secs_f64() * 1e3;
    let peaks = timing::peaks(&backend, rounds, &now).await?;
    let limits = Limits {
        variant: backend.name(),
        threads: backend.threads(),
        gmacs: peaks.map(|peaks| peaks.gmacs),
        gigabytes: peaks.map(|peaks| peaks.gigabytes),
    };
    terminal::json(&limits)?;
    for case in timing::table() {
        let timing = timing::time(&case, &backend, rounds, &now).await?;
        let row = KernelRow {
            row: timing::name(&case),
            ms: timing.ms,
            gmacs: timing.gmacs(),
            gigabytes: timing.gigabytes(),
        };
        terminal::json(&row)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the machine can do at most, on one thread.
#[derive(Serialize)]
struct Limits<'a> {
    variant: &'a str,
    threads: usize,
    /// 10^9 multiply-accumulates a second, in a loop of nothing but dot products.
    gmacs: Option<f64>,
    /// 10^9 bytes a second, of a copy, read and written.
    gigabytes: Option<f64>,
}

/// One operation.
#[derive(Serialize)]
struct KernelRow {
    row: String,
    /// Milliseconds, median.
    ms: f64,
    gmacs: f64,
    gigabytes: f64,
}

/// One line of the output.
#[derive(Serialize)]
struct BenchRow {
    place: String,
    prompt_tokens: usize,
    tokens: usize,
    /// Median milliseconds of decoding.
    off_ms: f64,
    on_ms: f64,
    drafted: usize,
    accepted: usize,
}

/// The last line.
#[derive(Serialize)]
struct Costs {
    /// Of steps of 1, 2, 3... tokens, in steps of one token.
    step_cost: Vec<f64>,
}

async fn at_place(
    session: &mut Session<Model>,
    place: &Place,
    options: &BenchOptions,
    cancel: &Cancel,
) -> Result<BenchRow> {
    let bytes = terminal::read_file(&place.file)?;
    let text = String::from_utf8_lossy(&bytes);
    let (prefix, suffix) = place.split(&text)?;
    let path = place.path_in_project();
    let request = Request {
        source: Source { path: &path, prefix, suffix },
        max_tokens: options.max_tokens as usize,
        ..Request::default()
    };

    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64() * 1e3;
    let learned = session.speculator_mut().clone();
    let mut run = async |speculator: Speculator| -> Result<(Completion, Speculator)> {
        *session.speculator_mut() = speculator;
        let completion = session.complete(request, cancel, &clock, |_| ()).await?;
        Ok((completion, session.speculator_mut().clone()))
    };
    // The first one reads the prompt and is not timed.
    let (plain, _) = run(Speculator::new(Speculation::OFF)).await?;
    let (mut off_ms, mut on_ms) = (Vec::new(), Vec::new());
    let (mut drafts, mut after) = ((0, 0), learned.clone());
    for round in 0..options.rounds {
        for on in [round % 2 == 1, round % 2 == 0] {
            let speculator = if on { learned.clone() } else { Speculator::new(Speculation::OFF) };
            let (completion, speculator) = run(speculator).await?;
            if (&completion.text, completion.tokens) != (&plain.text, plain.tokens) {
                bail!("compare {place}: speculation changed the text");
            }
            if on {
                on_ms.push(completion.decode_ms);
                (drafts, after) = ((completion.drafted, completion.accepted), speculator);
            } else {
                off_ms.push(completion.decode_ms);
            }
        }
    }
    *session.speculator_mut() = after;
    Ok(BenchRow {
        place: place.to_string(),
        prompt_tokens: plain.prompt_tokens,
        tokens: plain.tokens,
        off_ms: median(&mut off_ms),
        on_ms: median(&mut on_ms),
        drafted: drafts.0,
        accepted: drafts.1,
    })
}

/// Times steps of one to [`LARGEST`] tokens after what is in the KV cache.
async fn step_cost(session: &mut Session<Model>, rounds: u32, cancel: &Cancel) -> Result<Vec<f64>> {
    let decoder = session.decoder_mut();
    let tokens = [TokenId(0); LARGEST];
    let before = decoder.len().min(decoder.capacity().saturating_sub(LARGEST));
    decoder.truncate(before);
    let mut times = vec![Vec::new(); LARGEST];
    for _ in 0..rounds {
        for (tokens, times) in (1..=LARGEST).map(|count| &tokens[..count]).zip(&mut times) {
            let start = Instant::now();
            decoder.verify(tokens, cancel).await?;
            times.push(start.elapsed().as_secs_f64());
            decoder.truncate(before);
        }
    }
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    Ok(medians.iter().map(|time| (time / medians[0] * 100.0).round() / 100.0).collect())
}

/// The middle one; of two the lower.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}
