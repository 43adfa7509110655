//! The generate loop: one token after the other until something says enough.
//!
//! What can say so: the model (an end token), a stop string, the receiver of
//! the text, the token limit, a full KV cache, or the caller (cancellation).
//! The loop starts from the prediction of a prefill, so that the caller decides
//! what of the prompt was still in the cache, and can take the time in between.

use ghostlight_text::TokenId;

use crate::{Cancel, DecodeError, Decoder, Prediction, Sampler, Sampling, Stops};

/// What the loop needs to know of a tokenizer. One value serves one generation.
pub trait TokenText {
    /// The text that `token` completes: whole characters only, so it may be
    /// empty, or hold what earlier tokens began.
    fn push(&mut self, token: TokenId) -> &str;

    /// What is left of an unfinished character at the end.
    fn finish(&mut self) -> &str;

    /// Whether `token` ends the generation; such a token has no text.
    fn is_end(&self, token: TokenId) -> bool;
}

/// When to end, and how to choose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerateOptions {
    /// Most tokens to generate.
    pub max_tokens: usize,
    /// Texts that end the generation and are not part of it.
    pub stops: Stops,
    /// How tokens are chosen.
    pub sampling: Sampling,
}

/// One token's worth of progress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece<'a> {
    /// Text that is now certain; may be empty while a character or a stop
    /// string is incomplete.
    pub text: &'a str,
    /// Tokens generated so far.
    pub tokens: usize,
}

/// Whether the receiver wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Enough.
    Stop,
}

/// Why a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model gave an end token.
    End,
    /// A stop string was complete.
    Stop,
    /// The receiver said stop.
    Receiver,
    /// The token limit was reached.
    Length,
    /// The KV cache is full.
    Full,
}

/// What was generated. The end token is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// Tokens, with those that make up a stop string.
    pub tokens: Vec<TokenId>,
    /// Natural logarithm of each token's probability, `[tokens]`.
    pub log_probs: Vec<f32>,
    /// Why it ended.
    pub finish: Finish,
}

impl Generated {
    /// Geometric mean probability of the tokens, 0 to 1; 0 when there are none.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        if self.log_probs.is_empty() {
            return 0.0;
        }
        let mean = self.log_probs.iter().map(|&p| f64::from(p)).sum::<f64>() / self.log_probs.len() as f64;
        libm::exp(mean).clamp(0.0, 1.0) as f32
    }
}

/// Generates after `first`, the prediction of the prefill that filled `decoder`.
///
/// Afterwards the cache holds the prompt and every generated token but the
/// last. Pieces that were handed to `on_piece` before an error stay valid.
///
/// # Errors
/// What the decoder gives; [`DecodeError::Cancelled`] between any two tokens.
pub async fn generate<D: Decoder>(
    decoder: &mut D,
    first: Prediction,
    text: &mut impl TokenText,
    options: &GenerateOptions,
    cancel: &Cancel,
    mut on_piece: impl FnMut(Piece<'_>) -> Flow,
) -> Result<Generated, DecodeError> {
    let mut sampler = Sampler::new(options.sampling);
    let mut scanner = options.stops.scanner();
    let mut tokens = Vec::new();
    let mut log_probs = Vec::new();
    let mut greedy = first;

    let mut finish = loop {
        cancel.checkpoint().await?;
        if tokens.len() >= options.max_tokens {
            break Finish::Length;
        }
        let chosen = if sampler.is_greedy() { greedy } else { sampler.pick(&decoder.logits().await?)? };
        if text.is_end(chosen.token) {
            break Finish::End;
        }
        tokens.push(chosen.token);
        log_probs.push(chosen.log_prob);

        let scanned = scanner.push(text.push(chosen.token));
        let flow = on_piece(Piece { text: scanned.text, tokens: tokens.len() });
        if scanned.stopped {
            break Finish::Stop;
        }
        if flow == Flow::Stop {
            break Finish::Receiver;
        }
        if tokens.len() >= options.max_tokens {
            break Finish::Length;
        }
        if decoder.len() >= decoder.capacity() {
            break Finish::Full;
        }
        greedy = decoder.step(chosen.token, cancel).await?;
    };

    // What was held back is text after all, unless a stop cut it off or the
    // receiver wants no more.
    if !matches!(finish, Finish::Stop | Finish::Receiver) {
        let last = scanner.push(text.finish());
        let mut rest = last.text.to_owned();
        if last.stopped {
            finish = Finish::Stop;
        } else {
            rest.push_str(scanner.finish());
        }
        if !rest.is_empty() {
            on_piece(Piece { text: &rest, tokens: tokens.len() });
        }
    }
    Ok(Generated { tokens, log_probs, finish })
}
