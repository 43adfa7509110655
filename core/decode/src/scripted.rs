//! A decoder without a model, for tests of everything above a model.
//!
//! It keeps the tokens of its "cache" and predicts by a function of them, so
//! that a wrong reuse of the cache shows as a wrong prediction. It works in
//! chunks with a checkpoint between them, counts what it computes, and can be
//! told to fail.

use std::cell::Cell;
use std::fmt;

use ghostlight_text::TokenId;

use crate::{Cancel, DecodeError, Decoder, Prediction};

type Rule = Box<dyn Fn(&[TokenId]) -> TokenId>;

/// Tokens of a prompt that are worked on between two checkpoints.
const CHUNK: usize = 4;

/// Plays the model. See the module for what it is good for.
pub struct ScriptedDecoder {
    rule: Rule,
    vocab: u32,
    capacity: usize,
    cache: Vec<TokenId>,
    ready: bool, // a prediction stands after the last token
    prefilled: usize,
    stepped: usize,
    verified: usize,
    fail_in: Option<usize>, // tokens until the device fails
}

impl ScriptedDecoder {
    /// Predicts `rule(cache)`, with ids below `vocab`.
    pub fn new(vocab: u32, capacity: usize, rule: impl Fn(&[TokenId]) -> TokenId + 'static) -> Self {
        Self {
            rule: Box::new(rule),
            vocab,
            capacity,
            cache: Vec::new(),
            ready: false,
            prefilled: 0,
            stepped: 0,
            verified: 0,
            fail_in: None,
        }
    }

    /// Predicts an arbitrary token that depends on every token in the cache and
    /// on their order.
    pub fn hashed(vocab: u32, capacity: usize) -> Self {
        Self::new(vocab, capacity, move |cache| TokenId((hash(cache) % u64::from(vocab)) as u32))
    }

    /// After any prompt that ends with `cue`, plays `script`, then `end` for ever.
    pub fn playing(cue: TokenId, script: Vec<TokenId>, end: TokenId) -> Self {
        let highest = script.iter().chain([&cue, &end]).map(|token| token.0).max();
        let vocab = highest.unwrap_or(0) + 1;
        Self::new(vocab, usize::MAX, move |cache| {
            // The script has been played as far as the cache ends with it.
            let played = (0..=script.len().min(cache.len())).rev().find(|&played| {
                let (before, tail) = cache.split_at(cache.len() - played);
                tail == &script[..played] && before.last() == Some(&cue)
            });
            played.and_then(|played| script.get(played)).copied().unwrap_or(end)
        })
    }

    /// Fails as a device does, one time, once `tokens` more tokens have been computed.
    pub fn fail_in(&mut self, tokens: usize) {
        self.fail_in = Some(tokens);
    }

    /// Tokens in the cache.
    #[must_use]
    pub fn cache(&self) -> &[TokenId] {
        &self.cache
    }

    /// Tokens computed by prefills, since the start.
    #[must_use]
    pub fn prefilled(&self) -> usize {
        self.prefilled
    }

    /// Tokens computed by steps, since the start.
    #[must_use]
    pub fn stepped(&self) -> usize {
        self.stepped
    }

    /// Tokens computed by steps of several, since the start.
    #[must_use]
    pub fn verified(&self) -> usize {
        self.verified
    }

    fn check(&self, tokens: &[TokenId]) -> Result<(), DecodeError> {
        let (needed, capacity) = (self.cache.len() + tokens.len(), self.capacity);
        if needed > capacity {
            return Err(DecodeError::Full { needed, capacity });
        }
        match tokens.iter().find(|token| token.0 >= self.vocab) {
            Some(&token) => Err(DecodeError::UnknownToken { token, vocab: self.vocab as usize }),
            None => Ok(()),
        }
    }

    fn append(&mut self, tokens: &[TokenId]) -> Result<(), DecodeError> {
        if let Some(left) = self.fail_in {
            if left < tokens.len() {
                self.fail_in = None;
                return Err(DecodeError::Device("scripted failure".into()));
            }
            self.fail_in = Some(left - tokens.len());
        }
        self.cache.extend_from_slice(tokens);
        self.ready = true;
        Ok(())
    }

    fn predict(&self) -> Prediction {
        self.predict_after(self.cache.len())
    }

    /// What follows the first `len` tokens of the cache.
    fn predict_after(&self, len: usize) -> Prediction {
        let cache = &self.cache[..len];
        // Between a half and one: different, but never out of range.
        let log_prob = -((hash(cache) % 64) as f32) / 96.0;
        Prediction { token: (self.rule)(cache), log_prob }
    }
}

impl Decoder for ScriptedDecoder {
    fn len(&self) -> usize {
        self.cache.len()
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn truncate(&mut self, len: usize) {
        if len < self.cache.len() {
            self.cache.truncate(len);
            self.ready = false;
        }
    }

    async fn prefill(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Prediction, DecodeError> {
        if tokens.is_empty() {
            return Err(DecodeError::EmptyPrompt);
        }
        self.check(tokens)?;
        for chunk in tokens.chunks(CHUNK) {
            cancel.checkpoint().await?;
            self.append(chunk)?;
            self.prefilled += chunk.len();
        }
        Ok(self.predict())
    }

    async fn step(&mut self, token: TokenId, cancel: &Cancel) -> Result<Prediction, DecodeError> {
        self.check(&[token])?;
        cancel.checkpoint().await?;
        self.append(&[token])?;
        self.stepped += 1;
        Ok(self.predict())
    }

    async fn verify(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Vec<Prediction>, DecodeError> {
        if tokens.is_empty() {
            return Err(DecodeError::EmptyPrompt);
        }
        self.check(tokens)?;
        let mut predictions = Vec::with_capacity(tokens.len());
        for chunk in tokens.chunks(CHUNK) {
            cancel.checkpoint().await?;
            self.append(chunk)?;
            self.verified += chunk.len();
            let before = self.cache.len() - chunk.len();
            predictions.extend((1..=chunk.len()).map(|more| self.predict_after(before + more)));
        }
        Ok(predictions)
    }

    async fn logits(&mut self) -> Result<Vec<f32>, DecodeError> {
        if !self.ready {
            return Err(DecodeError::NoLogits);
        }
        let best = self.predict().token;
        let base = hash(&self.cache);
        let noise = |id: u32| (mix(base ^ u64::from(id)) % 1000) as f32 / 250.0;
        Ok((0..self.vocab).map(|id| if id == best.0 { 4.5 } else { noise(id) }).collect())
    }
}

impl fmt::Debug for ScriptedDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedDecoder")
            .field("cache", &self.cache)
            .field("prefilled", &self.prefilled)
            .field("stepped", &self.stepped)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

/// A cancel that is pulled when the `n`-th checkpoint (from 0) is reached, in
/// whatever code that is.
#[must_use]
pub fn cancel_at_checkpoint(n: usize) -> Cancel {
    let left = Cell::new(n);
    let inner = Cancel::new();
    let handle = inner.handle();
    inner.and_turn(move || {
        match left.get() {
            0 => handle.cancel(),
            more => left.set(more - 1),
        }
        None
    })
}

fn hash(tokens: &[TokenId]) -> u64 {
    tokens.iter().fold(0x51ED_270B, |state, token| mix(state ^ u64::from(token.0)))
}

fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x ^ (x >> 32)).wrapping_add(0x9E37_79B9_7F4A_7C15)
}
