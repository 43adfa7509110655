//! The interface of a model: append tokens, predict the next, cut back.

use ghostlight_text::TokenId;

use crate::{Cancel, Cancelled};

/// What the model expects after the last token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The likeliest next token; of equal ones, the lowest id.
    pub token: TokenId,
    /// Natural logarithm of its probability; 0 is certain.
    pub log_prob: f32,
}

/// Why a decoder could not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The caller asked to stop. The cache is at a valid prefix.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The tokens do not fit the KV cache. Nothing was appended.
    #[error("decode: {needed} tokens do not fit a KV cache of {capacity}")]
    Full {
        /// Tokens that the cache would have held.
        needed: usize,
        /// Tokens it can hold.
        capacity: usize,
    },
    /// A prefill of no tokens has no prediction.
    #[error("prefill: the prompt has no tokens")]
    EmptyPrompt,
    /// A token that the model's embedding table does not have.
    #[error("decode: token {token} is outside a vocabulary of {vocab}")]
    UnknownToken {
        /// The token.
        token: TokenId,
        /// Number of tokens the model knows.
        vocab: usize,
    },
    /// Logits were asked for where there are none: before the first token, or
    /// after a truncation.
    #[error("read logits: no token has been decoded since the cache was cut")]
    NoLogits,
    /// The model gave no finite logit, so nothing can be chosen.
    #[error("sample: none of {count} logits is finite")]
    NotFinite {
        /// Number of logits.
        count: usize,
    },
    /// The device failed (lost, out of memory, validation).
    #[error("device: {0}")]
    Device(String),
}

/// A causal language model with its KV cache.
///
/// The cache is a list of tokens. After every successful call it holds what it
/// held before plus the given tokens; after an error, or when the future of a
/// call is dropped, it holds a prefix of that which is at least what it held
/// before. Equal caches give equal predictions, however they were filled.
// Callers await on one thread (a browser worker, a native executor of one
// task), where device handles are not `Send`; no bound is wanted.
#[allow(async_fn_in_trait)]
pub trait Decoder {
    /// Tokens in the KV cache.
    fn len(&self) -> usize;

    /// Whether the KV cache holds no token.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tokens that the KV cache can hold.
    fn capacity(&self) -> usize;

    /// Cuts the cache to its first `len` tokens, free of cost; does nothing
    /// when it holds no more than that.
    fn truncate(&mut self, len: usize);

    /// Appends `tokens` and predicts what follows the last one. Cancellation
    /// is looked at between chunks, and finished chunks stay.
    ///
    /// # Errors
    /// [`DecodeError`]; an empty `tokens` is [`DecodeError::EmptyPrompt`].
    async fn prefill(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Prediction, DecodeError>;

    /// Appends one token and predicts what follows it.
    ///
    /// # Errors
    /// [`DecodeError`].
    async fn step(&mut self, token: TokenId, cancel: &Cancel) -> Result<Prediction, DecodeError>;

    /// Appends `tokens` and predicts what follows each of them: what steps of
    /// one token each would predict, which is also how it is done unless the
    /// model has a faster way. Finished chunks stay, as in a prefill.
    ///
    /// # Errors
    /// [`DecodeError`]; an empty `tokens` is [`DecodeError::EmptyPrompt`].
    async fn verify(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Vec<Prediction>, DecodeError> {
        if tokens.is_empty() {
            return Err(DecodeError::EmptyPrompt);
        }
        let (needed, capacity) = (self.len() + tokens.len(), self.capacity());
        if needed > capacity {
            return Err(DecodeError::Full { needed, capacity });
        }
        let mut predictions = Vec::with_capacity(tokens.len());
        for &token in tokens {
            predictions.push(self.step(token, cancel).await?);
        }
        Ok(predictions)
    }

    /// Appends `tokens` and gives the natural logarithm of the probability that each of them
    /// had where it stands, `[tokens]`: how likely the model finds a text that is given. The
    /// first one is judged by what the cache held before; there is none for it in an empty
    /// cache, and its entry is 0.
    ///
    /// # Errors
    /// [`DecodeError`]; an empty `tokens` is [`DecodeError::EmptyPrompt`], and
    /// [`DecodeError::NoLogits`] is given where the cache was cut since the last token.
    async fn score(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Vec<f32>, DecodeError> {
        if tokens.is_empty() {
            return Err(DecodeError::EmptyPrompt);
        }
        let mut scores = Vec::with_capacity(tokens.len());
        for &token in tokens {
            let first = self.is_empty();
            scores.push(if first { 0.0 } else { log_prob(&self.logits().await?, token) });
            self.step(token, cancel).await?;
        }
        Ok(scores)
    }

    /// Logits after the last token, `[vocab]`. Only sampling pays for reading
    /// them back from the device.
    ///
    /// # Errors
    /// [`DecodeError::NoLogits`] before the first token or after a truncation.
    async fn logits(&mut self) -> Result<Vec<f32>, DecodeError>;
}

/// Natural logarithm of the probability of `token` by these logits, `[vocab]`; negative
/// infinity for a token that there is none for.
#[must_use]
pub fn log_prob(logits: &[f32], token: TokenId) -> f32 {
    let Some(&own) = logits.get(token.index()) else { return f32::NEG_INFINITY };
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f64 = logits.iter().map(|&logit| libm::exp(f64::from(logit) - f64::from(top))).sum();
    (f64::from(own) - f64::from(top) - libm::log(total)) as f32
}
