//! `ghostlight generate`: a text and what the model makes of it, token by token.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use ghostlight_complete::TokenizerText;
use ghostlight_decode::{
    Ahead, Cancel, DecodeError, Decoder, Finish, Flow, GenerateOptions as Choice, Piece, Sampling,
    Speculation, Speculator, Stops, TokenText, generate_ahead,
};
use ghostlight_loader::{Loaded, policy};
use ghostlight_text::TokenId;
use serde::Serialize;

use crate::args::{GenerateOptions, SamplingOptions, Switch};
use crate::engine::{self, File};
use crate::terminal::{self, INTERRUPTED, note};

pub(crate) async fn main(options: &GenerateOptions) -> Result<ExitCode> {
    let prompt = prompt(options)?;
    let file = File::open(&options.engine).await?;
    let first = file.tokenizer().bos().filter(|_| file.tokenizer().add_bos());
    let tokens: Vec<TokenId> = first.into_iter().chain(file.tokenizer().encode(&prompt)).collect();
    if tokens.is_empty() {
        bail!("generate: the prompt is empty, and this model begins with no token of its own");
    }
    let max_tokens = options.max_tokens as usize;
    let context = file.context(&options.engine, tokens.len().saturating_add(max_tokens));
    check_room(tokens.len(), context, file.config().trained_context)?;
    let cancel = terminal::cancel_on_interrupt()?;
    let Loaded { mut model, tokenizer, .. } = file.load(&options.engine, context, &cancel).await?;

    let choice = Choice {
        max_tokens,
        stops: Stops::new(options.stop.iter()),
        sampling: sampling(&options.sampling),
        ..Choice::default()
    };
    let text =
        Recorded { text: TokenizerText::new(&tokenizer), tokens: Vec::new(), ignore_end: options.ignore_end };
    let speculation =
        policy::speculation(engine::kind(&options.engine), matches!(options.speculate, Switch::On));
    let run = run(&mut model, &tokens, text, &choice, speculation, &cancel, !options.json).await?;

    let report = GenerateReport {
        prompt_tokens: ids(&tokens),
        tokens: ids(&run.tokens),
        text: &run.text,
        prefill_tps: rate(tokens.len(), run.prefill),
        decode_tps: rate(run.steps, run.decode),
        drafted: run.drafted,
        accepted: run.accepted,
    };
    if options.json {
        terminal::json(&report)?;
    } else if terminal::is_on_terminal() {
        terminal::text("\n")?;
    }
    if run.finish == Some(Finish::Full) {
        note(&format!("stopped: the context of {context} tokens is full"));
    }
    if terminal::is_watched() && !options.json {
        let GenerateReport { prompt_tokens, tokens, prefill_tps, decode_tps, .. } = &report;
        let (read, made) = (prompt_tokens.len(), tokens.len());
        note(&format!("prompt {read} tokens, {prefill_tps:.0}/s; text {made} tokens, {decode_tps:.0}/s"));
    }
    Ok(if run.finish.is_none() { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

fn prompt(options: &GenerateOptions) -> Result<Vec<u8>> {
    match (&options.prompt, &options.prompt_file) {
        (Some(text), _) => Ok(text.clone().into_bytes()),
        (None, Some(path)) => terminal::read_file(path),
        (None, None) => terminal::read_stdin(),
    }
}

/// Whether a prompt fits, told before the weights are read.
fn check_room(prompt: usize, context: usize, trained: usize) -> Result<()> {
    if prompt <= context {
        return Ok(());
    }
    if prompt > trained {
        bail!("generate: the prompt has {prompt} tokens, this model takes {trained}: shorten it");
    }
    bail!("generate: the prompt has {prompt} tokens, the context {context}: use --context {prompt} or more");
}

fn sampling(options: &SamplingOptions) -> Sampling {
    Sampling {
        temperature: options.temperature.unwrap_or(0.0),
        top_k: options.top_k as usize,
        top_p: options.top_p,
        seed: options.seed,
    }
}

/// What a generation gave, however it ended.
struct Run {
    tokens: Vec<TokenId>,
    text: String,
    /// `None` when it was cancelled.
    finish: Option<Finish>,
    prefill: Duration,
    decode: Duration,
    /// Generated tokens that went through the model.
    steps: usize,
    drafted: usize,
    accepted: usize,
}

async fn run(
    model: &mut impl Decoder,
    prompt: &[TokenId],
    mut recorded: Recorded<'_>,
    choice: &Choice,
    speculation: Speculation,
    cancel: &Cancel,
    streams: bool,
) -> Result<Run> {
    let mut text = String::new();
    let mut broken = None;
    let start = Instant::now();
    let first = model.prefill(prompt, cancel).await;
    let prefill = start.elapsed();
    let on_piece = |piece: Piece<'_>| {
        text.push_str(piece.text);
        let written = if streams { terminal::text(piece.text) } else { Ok(()) };
        match written {
            Ok(()) => Flow::Continue,
            Err(error) => {
                broken = Some(error);
                Flow::Stop
            }
        }
    };
    let mut speculator = Speculator::new(speculation);
    let now = || start.elapsed().as_secs_f64() * 1e3;
    let ahead = Some(Ahead::new(&mut speculator, prompt, &now));
    let generated = match first {
        Ok(first) => generate_ahead(model, first, &mut recorded, choice, ahead, cancel, on_piece).await,
        Err(error) => Err(error),
    };
    let decode = start.elapsed() - prefill;
    let (finish, drafted, accepted) = match generated {
        Ok(generated) => (Some(generated.finish), generated.drafted, generated.accepted),
        Err(DecodeError::Cancelled(_)) => (None, 0, 0),
        Err(error) => return Err(error.into()),
    };
    if let Some(error) = broken {
        return Err(error.into());
    }
    let steps = model.len().saturating_sub(prompt.len());
    Ok(Run { tokens: recorded.tokens, text, finish, prefill, decode, steps, drafted, accepted })
}

/// A tokenizer's text that keeps the tokens, which a cancelled generation does not give back.
struct Recorded<'a> {
    text: TokenizerText<'a>,
    tokens: Vec<TokenId>,
    ignore_end: bool,
}

impl TokenText for Recorded<'_> {
    fn push(&mut self, token: TokenId) -> &str {
        self.tokens.push(token);
        self.text.push(token)
    }

    fn finish(&mut self) -> &str {
        self.text.finish()
    }

    fn is_end(&self, token: TokenId) -> bool {
        !self.ignore_end && self.text.is_end(token)
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct GenerateReport<'a> {
    prompt_tokens: Vec<u32>,
    tokens: Vec<u32>,
    text: &'a str,
    /// Tokens a second; 0 when there was nothing to measure.
    prefill_tps: f64,
    /// Likewise.
    decode_tps: f64,
    /// Tokens that were drafted and put to the model.
    drafted: usize,
    /// Of those, tokens that it agreed with.
    accepted: usize,
}

fn ids(tokens: &[TokenId]) -> Vec<u32> {
    tokens.iter().map(|token| token.0).collect()
}

/// Tokens a second, to two digits after the point.
fn rate(tokens: usize, time: Duration) -> f64 {
    let rate = tokens as f64 / time.as_secs_f64();
    if rate.is_finite() { (rate * 100.0).round() / 100.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_that_does_not_fit_says_what_to_do() {
        assert!(check_room(8, 8, 8).is_ok());
        let message =
            |prompt, context, trained| check_room(prompt, context, trained).unwrap_err().to_string();
        assert!(message(9, 8, 8).ends_with("9 tokens, this model takes 8: shorten it"));
        assert!(message(9, 8, 100).ends_with("the context 8: use --context 9 or more"));
    }

    #[test]
    fn a_rate_is_always_a_number() {
        assert_eq!(rate(3, Duration::from_secs(2)), 1.5);
        assert_eq!(rate(0, Duration::ZERO), 0.0);
        assert_eq!(rate(5, Duration::ZERO), 0.0);
    }
}
