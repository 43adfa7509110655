//! `ghostlight perplexity`: how likely a model finds texts.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use ghostlight_decode::Decoder;
use ghostlight_loader::Loaded;
use serde::Serialize;

use crate::args::PerplexityOptions;
use crate::engine::File;
use crate::terminal::{self, print};

/// The line of `--json`.
#[derive(Serialize)]
struct PerplexityReport {
    /// Tokens that were judged: all but the first of each piece.
    tokens: usize,
    /// UTF-8 bytes of them.
    bytes: usize,
    /// Mean negative log-likelihood of a token, in nats.
    nats_per_token: f64,
    perplexity: f64,
    bits_per_byte: f64,
}

pub(crate) async fn main(options: &PerplexityOptions) -> Result<ExitCode> {
    if options.tokens < 2 {
        bail!("judge texts: a piece of {} tokens has nothing to judge, give 2 or more", options.tokens);
    }
    let file = File::open(&options.engine).await?;
    let context = file.context(&options.engine, options.tokens);
    let cancel = terminal::cancel_on_interrupt()?;
    let Loaded { mut model, tokenizer, .. } = file.load(&options.engine, context, &cancel).await?;
    let (mut tokens, mut bytes, mut total) = (0, 0, 0.0);
    for path in &options.texts {
        let cannot = || format!("read {}", path.display());
        let text = std::fs::read(path).with_context(cannot)?;
        let ids = tokenizer.encode(&text);
        for piece in ids.chunks(options.tokens.min(context)) {
            model.truncate(0);
            let scores = model.score(piece, &cancel).await.with_context(cannot)?;
            tokens += piece.len() - 1;
            bytes += piece[1..].iter().map(|&id| tokenizer.token_bytes(id).len()).sum::<usize>();
            total -= scores[1..].iter().map(|&score| f64::from(score)).sum::<f64>();
        }
    }
    if tokens == 0 {
        bail!("judge texts: they have not two tokens together");
    }
    let nats_per_token = total / tokens as f64;
    let report = PerplexityReport {
        tokens,
        bytes,
        nats_per_token,
        perplexity: nats_per_token.exp(),
        bits_per_byte: total / bytes as f64 / std::f64::consts::LN_2,
    };
    if options.json {
        terminal::json(&report)?;
    } else {
        let PerplexityReport { perplexity, bits_per_byte, .. } = report;
        print(&format!(
            "{tokens} tokens, {bytes} bytes: perplexity {perplexity:.4}, {bits_per_byte:.4} bits a byte\n"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
