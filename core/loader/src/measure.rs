//! How fast a loaded model reads a prompt and generates, for benchmarks of whole engines.

use ghostlight_decode::{Cancel, DecodeError, Decoder};
use ghostlight_text::TokenId;

/// What a measurement gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The tokens that were predicted, the one after the prompt first.
    pub tokens: Vec<TokenId>,
    /// Milliseconds of prefill.
    pub prefill_ms: f64,
    /// Milliseconds of all steps together; there is one fewer than tokens.
    pub decode_ms: f64,
}

/// Reads `prompt` into an empty cache and takes up to `steps` greedy steps, none after `limit_ms`
/// milliseconds of them. Times are those of `now_ms`.
///
/// # Errors
///
/// [`DecodeError`] when the prompt or the steps do not fit, the device fails, or it was cancelled.
pub async fn measure(
    decoder: &mut impl Decoder,
    prompt: &[TokenId],
    steps: usize,
    limit_ms: Option<f64>,
    now_ms: &dyn Fn() -> f64,
    cancel: &Cancel,
) -> Result<Measured, DecodeError> {
    decoder.truncate(0);
    let start = now_ms();
    let mut next = decoder.prefill(prompt, cancel).await?.token;
    let filled = now_ms();
    let mut tokens = vec![next];
    let mut end = filled;
    while tokens.len() <= steps && limit_ms.is_none_or(|limit| end - filled < limit) {
        next = decoder.step(next, cancel).await?.token;
        end = now_ms();
        tokens.push(next);
    }
    Ok(Measured { tokens, prefill_ms: filled - start, decode_ms: end - filled })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use ghostlight_decode::ScriptedDecoder;

    use super::*;

    /// Measures a model that counts, on a clock that is a millisecond further at each look.
    fn count(prompt: &[u32], steps: usize, limit_ms: Option<f64>) -> Result<Measured, DecodeError> {
        let mut decoder = ScriptedDecoder::new(99, 16, |tokens| TokenId(tokens.len() as u32));
        let prompt: Vec<_> = prompt.iter().copied().map(TokenId).collect();
        let clock = Cell::new(0.0);
        let now = || clock.replace(clock.get() + 1.0);
        pollster::block_on(measure(&mut decoder, &prompt, steps, limit_ms, &now, &Cancel::new()))
    }

    #[test]
    fn steps_end_where_they_were_told_to_or_when_time_is_up() {
        for (steps, limit_ms, made) in [(0, None, 1), (3, None, 4), (9, Some(2.0), 3), (1, Some(99.0), 2)] {
            let measured = count(&[7, 7], steps, limit_ms).expect("room");
            let tokens: Vec<_> = (2..2 + made).map(TokenId).collect();
            assert_eq!(measured.tokens, tokens, "{steps} {limit_ms:?}");
            assert_eq!(measured.prefill_ms, 1.0);
            assert_eq!(measured.decode_ms, f64::from(made - 1));
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert!(matches!(count(&[1; 17], 1, None), Err(DecodeError::Full { .. })));
        assert!(matches!(count(&[1; 16], 1, None), Err(DecodeError::Full { .. })));
        assert!(matches!(count(&[], 1, None), Err(DecodeError::EmptyPrompt)));
    }
}
