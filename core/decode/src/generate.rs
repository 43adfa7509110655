//! The generate loop: one token after the other until something says enough.
//!
//! What can say so: the model (an end token), a stop string, the receiver of
//! the text, the token limit, a full KV cache, or the caller (cancellation).
//! The loop starts from the prediction of a prefill, so that the caller decides
//! what of the prompt was still in the cache, and can take the time in between.
//!
//! [`generate_ahead`] is the same loop with a [`Speculator`], which finds some
//! tokens several at a time. Whatever it does, the outcome is the same.

use std::collections::VecDeque;

use ghostlight_text::TokenId;

use crate::{Cancel, DecodeError, Decoder, Prediction, Sampler, Sampling, Speculator, StopScanner, Stops};

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
    /// Whether the first token is the one that was predicted, however the others are chosen: after
    /// [`heal`](crate::heal) it has to agree with text that is there already.
    pub keeps_first: bool,
}

/// One token's worth of progress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece<'a> {
    /// Text that is now certain; may be empty while a character or a stop
    /// string is incomplete.
    pub text: &'a str,
    /// Tokens generated so far.
    pub tokens: usize,
    /// Sum of the natural logarithms of their probabilities.
    pub log_prob: f32,
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
    /// Tokens that were drafted and put to the model.
    pub drafted: usize,
    /// Of those, tokens that the model agreed with.
    pub accepted: usize,
}

/// A speculator at work on one generation.
pub struct Ahead<'a> {
    speculator: &'a mut Speculator,
    now_ms: &'a dyn Fn() -> f64,
}

impl<'a> Ahead<'a> {
    /// `context` is what the decoder's cache holds, `now_ms` a clock in
    /// milliseconds, by which drafts are judged; one that stands still is fine.
    pub fn new(speculator: &'a mut Speculator, context: &[TokenId], now_ms: &'a dyn Fn() -> f64) -> Self {
        speculator.begin(context);
        Self { speculator, now_ms }
    }
}

impl std::fmt::Debug for Ahead<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ahead").field("speculator", &self.speculator).finish_non_exhaustive()
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
    on_piece: impl FnMut(Piece<'_>) -> Flow,
) -> Result<Generated, DecodeError> {
    generate_ahead(decoder, first, text, options, None, cancel, on_piece).await
}

/// [`generate`] with a speculator, to be faster. Tokens, their probabilities,
/// pieces and the cache afterwards are the same; sampling is never speculated on.
///
/// After an error the cache holds a beginning of what plain generation would
/// have put there. Only a dropped future can leave tokens of a draft in it.
///
/// # Errors
/// As [`generate`].
pub async fn generate_ahead<D: Decoder>(
    decoder: &mut D,
    first: Prediction,
    text: &mut impl TokenText,
    options: &GenerateOptions,
    ahead: Option<Ahead<'_>>,
    cancel: &Cancel,
    mut on_piece: impl FnMut(Piece<'_>) -> Flow,
) -> Result<Generated, DecodeError> {
    let mut scanner = options.stops.scanner();
    let mut walk = Walk {
        start: decoder.len(),
        ahead: ahead.filter(|ahead| ahead.speculator.is_on() && options.sampling.is_greedy()),
        verified: VecDeque::new(),
        generated: Generated {
            tokens: Vec::new(),
            log_probs: Vec::new(),
            finish: Finish::Length,
            drafted: 0,
            accepted: 0,
        },
    };
    let result = walk.run(decoder, first, text, options, &mut scanner, cancel, &mut on_piece).await;

    // What was verified beyond the text goes: plain generation would not have it.
    let Walk { start, mut generated, .. } = walk;
    let stepped = match result {
        Ok(Finish::End) | Err(_) => generated.tokens.len(),
        Ok(_) => generated.tokens.len().saturating_sub(1),
    };
    decoder.truncate(start + stepped);
    let mut finish = result?;

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
            let (tokens, log_prob) = (generated.tokens.len(), generated.log_probs.iter().sum());
            on_piece(Piece { text: &rest, tokens, log_prob });
        }
    }
    generated.finish = finish;
    Ok(generated)
}

/// A generation on its way.
struct Walk<'a> {
    /// Tokens in the cache before the first generated one.
    start: usize,
    ahead: Option<Ahead<'a>>,
    /// Predictions after tokens that are in the cache but not in the text yet.
    verified: VecDeque<Prediction>,
    generated: Generated,
}

impl Walk<'_> {
    #[allow(clippy::too_many_arguments, reason = "those of `generate`, and what it holds")]
    async fn run<D: Decoder>(
        &mut self,
        decoder: &mut D,
        first: Prediction,
        text: &mut impl TokenText,
        options: &GenerateOptions,
        scanner: &mut StopScanner<'_>,
        cancel: &Cancel,
        on_piece: &mut impl FnMut(Piece<'_>) -> Flow,
    ) -> Result<Finish, DecodeError> {
        let mut sampler = Sampler::new(options.sampling);
        let mut greedy = first;
        let mut total = 0.0;
        loop {
            cancel.checkpoint().await?;
            if self.generated.tokens.len() >= options.max_tokens {
                return Ok(Finish::Length);
            }
            let is_predicted =
                sampler.is_greedy() || (options.keeps_first && self.generated.tokens.is_empty());
            let chosen = if is_predicted { greedy } else { sampler.pick(&decoder.logits().await?)? };
            if text.is_end(chosen.token) {
                return Ok(Finish::End);
            }
            self.generated.tokens.push(chosen.token);
            self.generated.log_probs.push(chosen.log_prob);
            total += chosen.log_prob;
            let count = self.generated.tokens.len();

            let scanned = scanner.push(text.push(chosen.token));
            let flow = on_piece(Piece { text: scanned.text, tokens: count, log_prob: total });
            if scanned.stopped {
                return Ok(Finish::Stop);
            }
            if flow == Flow::Stop {
                return Ok(Finish::Receiver);
            }
            if count >= options.max_tokens {
                return Ok(Finish::Length);
            }
            // Counted as if tokens went in one by one.
            if self.start + count > decoder.capacity() {
                return Ok(Finish::Full);
            }
            greedy = self.next(decoder, chosen.token, options.max_tokens - count, text, cancel).await?;
        }
    }

    /// The prediction after `token`, which is the text's last; `wanted` more
    /// tokens may still be generated.
    async fn next<D: Decoder>(
        &mut self,
        decoder: &mut D,
        token: TokenId,
        wanted: usize,
        text: &impl TokenText,
        cancel: &Cancel,
    ) -> Result<Prediction, DecodeError> {
        let Some(Ahead { speculator, now_ms }) = &mut self.ahead else {
            return decoder.step(token, cancel).await;
        };
        speculator.push(token);
        if let Some(prediction) = self.verified.pop_front() {
            return Ok(prediction);
        }
        let before = decoder.len();
        let room = (decoder.capacity() - before).min(wanted).saturating_sub(1);
        let mut tokens = vec![token];
        // Nothing follows an end.
        tokens.extend(speculator.draft(room).into_iter().take_while(|&token| !text.is_end(token)));
        let draft = &tokens[1..];

        let start = now_ms();
        if draft.is_empty() {
            let prediction = decoder.step(token, cancel).await?;
            speculator.stepped(now_ms() - start);
            return Ok(prediction);
        }
        let mut predictions = VecDeque::from(decoder.verify(&tokens, cancel).await?);
        let took = now_ms() - start;
        let agreed = draft.iter().zip(&predictions).take_while(|(draft, next)| **draft == next.token).count();
        decoder.truncate(before + 1 + agreed);
        speculator.verified(draft.len(), agreed, took);
        self.generated.drafted += draft.len();
        self.generated.accepted += agreed;

        predictions.truncate(1 + agreed);
        let counts = (predictions.len(), tokens.len());
        self.verified = predictions;
        let wrong = || DecodeError::Device(format!("{} predictions for {} tokens", counts.0, counts.1));
        self.verified.pop_front().ok_or_else(wrong)
    }
}
