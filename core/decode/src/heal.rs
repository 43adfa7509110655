//! Token healing: a generation that must begin with text that is already there.
//!
//! The idea: a cursor often stands where a tokenizer would never end a token,
//! after a blank or in the middle of a word, and a model asked there answers
//! badly. So the last token before the cursor is left out of the prompt, and
//! the generation has to begin with its text: of the tokens that agree with it,
//! the likeliest. What goes beyond it is the answer.

use ghostlight_text::TokenId;

use crate::{Cancel, DecodeError, Decoder, Prediction};

/// Where a generation goes on after the text that had to be there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Healed {
    /// The token to begin with. Its probability is among those that agree.
    pub first: Prediction,
    /// Bytes at the start of its text that are there already.
    pub skip: usize,
}

/// Makes the cache agree with `pending`, the text that must come next: steps
/// through tokens that are part of it, and gives the first one that reaches its
/// end or goes beyond. `None` when no token agrees or the cache is full.
/// `text` gives the bytes of a token; tokens without any are never taken.
///
/// # Errors
/// What the decoder gives; the cache then holds what was stepped through.
pub async fn heal<'v, D: Decoder>(
    decoder: &mut D,
    pending: &[u8],
    text: impl Fn(TokenId) -> &'v [u8],
    cancel: &Cancel,
) -> Result<Option<Healed>, DecodeError> {
    let mut pending = pending;
    loop {
        cancel.checkpoint().await?;
        let logits = decoder.logits().await?;
        let Some(first) = likeliest(&logits, pending, &text) else { return Ok(None) };
        let bytes = text(first.token);
        if bytes.len() >= pending.len() {
            return Ok(Some(Healed { first, skip: pending.len() }));
        }
        if decoder.len() >= decoder.capacity() {
            return Ok(None);
        }
        decoder.step(first.token, cancel).await?;
        pending = &pending[bytes.len()..];
    }
}

/// The likeliest token whose text begins with `pending` or is a beginning of it.
fn likeliest<'v>(logits: &[f32], pending: &[u8], text: &impl Fn(TokenId) -> &'v [u8]) -> Option<Prediction> {
    let agrees = |&(token, logit): &(TokenId, f32)| {
        let bytes = text(token);
        let shared = bytes.len().min(pending.len());
        shared > 0 && logit.is_finite() && bytes[..shared] == pending[..shared]
    };
    let all = (0..).map(TokenId).zip(logits.iter().copied());
    let agreeing: Vec<(TokenId, f32)> = all.filter(agrees).collect();
    // Of equal ones the lowest id, as everywhere.
    let best = agreeing.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let weight = |&(_, logit): &(TokenId, f32)| libm::exp(f64::from(logit) - f64::from(best.1));
    let total: f64 = agreeing.iter().map(weight).sum();
    Some(Prediction { token: best.0, log_prob: -libm::log(total) as f32 })
}
