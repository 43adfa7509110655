//! A decoder that remembers which tokens are in its KV cache.
//!
//! The idea: to reuse a cache one must know what is in it, also after a
//! cancellation, an error, or a future that was dropped half way. The wrapper
//! notes the tokens before it hands them on and trusts only the decoder's own
//! length afterwards.

use ghostlight_text::TokenId;

use crate::{Cancel, DecodeError, Decoder, Prediction};

/// A decoder and the tokens in its cache.
#[derive(Debug)]
pub struct Tracked<D> {
    decoder: D,
    tokens: Vec<TokenId>, // at least decoder.len(); what is beyond was not finished
}

impl<D: Decoder> Tracked<D> {
    /// Takes over a decoder; whatever its cache holds is forgotten.
    pub fn new(mut decoder: D) -> Self {
        decoder.truncate(0);
        Self { decoder, tokens: Vec::new() }
    }

    /// Tokens in the KV cache, in order.
    pub fn tokens(&self) -> &[TokenId] {
        &self.tokens[..self.decoder.len().min(self.tokens.len())]
    }

    /// The decoder itself, to look at.
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// Gives the decoder back.
    pub fn into_inner(self) -> D {
        self.decoder
    }

    /// Makes the cache hold exactly `prompt`, keeping the part that it already
    /// holds. The last token is always computed again, for its prediction.
    /// Gives the prediction and how many tokens were kept.
    ///
    /// # Errors
    /// [`DecodeError`]; afterwards the cache holds a prefix of `prompt`.
    pub async fn fill(
        &mut self,
        prompt: &[TokenId],
        cancel: &Cancel,
    ) -> Result<(Prediction, usize), DecodeError> {
        let (needed, capacity) = (prompt.len(), self.capacity());
        if needed > capacity {
            return Err(DecodeError::Full { needed, capacity });
        }
        let kept = self.common(prompt).min(prompt.len().saturating_sub(1));
        self.truncate(kept);
        let prediction = self.prefill(&prompt[kept..], cancel).await?;
        Ok((prediction, kept))
    }

    /// How many tokens at the start of `prompt` the cache holds.
    pub fn common(&self, prompt: &[TokenId]) -> usize {
        self.tokens().iter().zip(prompt).take_while(|(a, b)| a == b).count()
    }

    /// Drops notes of tokens that never reached the cache.
    fn settle(&mut self) {
        self.tokens.truncate(self.decoder.len());
    }
}

impl<D: Decoder> Decoder for Tracked<D> {
    fn len(&self) -> usize {
        self.tokens().len()
    }

    fn capacity(&self) -> usize {
        self.decoder.capacity()
    }

    fn truncate(&mut self, len: usize) {
        self.decoder.truncate(len);
        self.settle();
    }

    async fn prefill(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Prediction, DecodeError> {
        self.settle();
        self.tokens.extend_from_slice(tokens);
        let result = self.decoder.prefill(tokens, cancel).await;
        self.settle();
        result
    }

    async fn step(&mut self, token: TokenId, cancel: &Cancel) -> Result<Prediction, DecodeError> {
        self.settle();
        self.tokens.push(token);
        let result = self.decoder.step(token, cancel).await;
        self.settle();
        result
    }

    async fn verify(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Vec<Prediction>, DecodeError> {
        self.settle();
        self.tokens.extend_from_slice(tokens);
        let result = self.decoder.verify(tokens, cancel).await;
        self.settle();
        result
    }

    async fn score(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Vec<f32>, DecodeError> {
        self.settle();
        self.tokens.extend_from_slice(tokens);
        let result = self.decoder.score(tokens, cancel).await;
        self.settle();
        result
    }

    async fn logits(&mut self) -> Result<Vec<f32>, DecodeError> {
        self.decoder.logits().await
    }
}
