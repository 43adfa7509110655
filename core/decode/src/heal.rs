//! Token healing: a generation that must begin with text that is already there.
//!
//! The idea: a cursor often stands where a tokenizer would never end a token,
//! after a blank, a bracket or in the middle of a word, and a model asked there answers
//! badly. So the last tokens before the cursor are left out of the prompt, and
//! the generation has to begin with their text: of the tokens that agree with it,
//! the likeliest. What goes beyond it is the answer.
//!
//! After a blank the answer begins with something else: who stands at a column
//! stands where the text is to go on. Without that rule a model that meant three
//! blanks and ` return` adds a blank to four.

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
/// through tokens that are part of it, and gives the first one that goes beyond, or
/// reaches its end. `None` when no token agrees or the cache is full.
/// `text` gives the bytes of a token; inside `pending`, tokens without any are never taken.
///
/// Where `pending` ends with a blank, none follows: neither in the token that goes beyond
/// it, nor at the start of the one after a token that ends with it.
///
/// # Errors
/// What the decoder gives; the cache then holds what was stepped through.
pub async fn heal<'v, D: Decoder>(
    decoder: &mut D,
    pending: &[u8],
    text: impl Fn(TokenId) -> &'v [u8],
    cancel: &Cancel,
) -> Result<Option<Healed>, DecodeError> {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let ends_blank = is_blank(pending.last());
    let mut pending = pending;
    loop {
        cancel.checkpoint().await?;
        let logits = decoder.logits().await?;
        let agrees = |bytes: &[u8]| {
            let shared = bytes.len().min(pending.len());
            let more = bytes.get(pending.len());
            shared > 0 && bytes[..shared] == pending[..shared] && !(ends_blank && is_blank(more))
        };
        let Some(first) = likeliest(&logits, |token| agrees(text(token))) else { return Ok(None) };
        let bytes = text(first.token);
        if bytes.len() > pending.len() || (bytes.len() == pending.len() && !ends_blank) {
            return Ok(Some(Healed { first, skip: pending.len() }));
        }
        if decoder.len() >= decoder.capacity() {
            return Ok(None);
        }
        decoder.step(first.token, cancel).await?;
        pending = &pending[bytes.len()..];
        if pending.is_empty() {
            let logits = decoder.logits().await?;
            let first = likeliest(&logits, |token| !is_blank(text(token).first()));
            return Ok(first.map(|first| Healed { first, skip: 0 }));
        }
    }
}

/// The likeliest of the tokens that may be taken, its probability among those.
fn likeliest(logits: &[f32], may: impl Fn(TokenId) -> bool) -> Option<Prediction> {
    let all = (0..).map(TokenId).zip(logits.iter().copied());
    let agreeing: Vec<(TokenId, f32)> =
        all.filter(|&(token, logit)| logit.is_finite() && may(token)).collect();
    // Of equal ones the lowest id, as everywhere.
    let best = agreeing.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let weight = |&(_, logit): &(TokenId, f32)| libm::exp(f64::from(logit) - f64::from(best.1));
    let total: f64 = agreeing.iter().map(weight).sum();
    Some(Prediction { token: best.0, log_prob: -libm::log(total) as f32 })
}
