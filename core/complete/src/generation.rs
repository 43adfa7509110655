//! One generation: from a prompt, or from text that another model wrote, to a suggestion.
//!
//! The idea: requests, alternatives, reviews and the evaluation's bare model all drive the same
//! [`Generation`], and a [`GenerationMode`] says what differs between them. So the filters, the guard,
//! the syntax, the threshold and what an [`Ablation`](crate::Ablation) leaves out are the same for all.

use ghostlight_context::Prompt;
use ghostlight_context::syntax::SyntaxFacts;
use ghostlight_decode::{
    Ahead, Cancel, Cancelled, Decoder, Finish, Flow, GenerateOptions, Piece, Prediction, Sampling, Stops,
    TokenText, generate_ahead, heal,
};
use ghostlight_text::TokenId;

use crate::stream::{StreamOutcome, SuggestionStream};
use crate::{Clock, CompleteError, Completion, Event, FinishReason, Request, Session, Vocabulary, Written};

/// What a driver wants of a generation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GenerationMode {
    /// How tokens are chosen.
    pub(crate) sampling: Sampling,
    /// Whether it ends where it is not likely enough to be shown.
    pub(crate) has_threshold: bool,
    /// Whether its text is filtered and guarded, and ends at a stop string.
    pub(crate) is_screened: bool,
}

impl GenerationMode {
    /// The likeliest tokens, however unlikely: what is shown to somebody who asked by hand.
    pub(crate) const ASKED: Self =
        Self { sampling: Sampling::GREEDY, has_threshold: false, is_screened: true };
    /// The likeliest tokens as the model writes them.
    pub(crate) const RAW: Self = Self { is_screened: false, ..Self::ASKED };

    /// The suggestion of a request.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        Self { has_threshold: request.event != Event::Asked, ..Self::ASKED }
    }

    /// Another suggestion for the same place.
    pub(crate) fn sampled(sampling: Sampling) -> Self {
        Self { sampling, ..Self::ASKED }
    }
}

/// A prompt, and what syntax said of the cursor if it was asked.
pub(crate) struct Prepared {
    pub(crate) prompt: Prompt,
    pub(crate) facts: Option<SyntaxFacts>,
}

/// What a generation came to.
pub(crate) struct Generated {
    pub(crate) completion: Completion,
    /// Whether it ends where more would have been too unlikely.
    pub(crate) is_short: bool,
}

/// A generation that has not begun.
pub(crate) struct Generation<'a, D, V> {
    session: &'a mut Session<D, V>,
    request: Request<'a>,
    mode: GenerationMode,
}

impl<'a, D: Decoder, V: Vocabulary> Generation<'a, D, V> {
    pub(crate) fn new(session: &'a mut Session<D, V>, request: Request<'a>, mode: GenerationMode) -> Self {
        Self { session, request, mode }
    }

    /// The session's model writes it. `on_update` gets what may be shown each time it grows, and ends the
    /// generation if it wants no more.
    pub(crate) async fn decode(
        self,
        Prepared { prompt, facts }: &Prepared,
        cancel: &Cancel,
        clock: &impl Clock,
        on_update: &mut dyn FnMut(&str) -> Flow,
    ) -> Result<Generated, CompleteError> {
        let Self { session, request, mode } = self;
        let start = clock.now_ms();
        let begin = session.begin(prompt, cancel).await?;
        let filled = clock.now_ms();
        session.note_read(prompt.tokens.len().saturating_sub(begin.reused), filled - start);

        let options = GenerateOptions {
            max_tokens: if begin.is_stuck { 0 } else { session.max_tokens(&request) },
            stops: if mode.is_screened { session.stops.clone() } else { Stops::default() },
            sampling: mode.sampling,
            keeps_first: !prompt.pending.is_empty(),
        };
        let mut text = GhostText { text: session.vocabulary.text(), ends: &session.ends, skip: begin.skip };
        let decoder = &mut session.decoder;
        let now = || clock.now_ms();
        let is_greedy = mode.sampling.is_greedy();
        let ahead = is_greedy.then(|| Ahead::new(&mut session.speculator, decoder.tokens(), &now));
        let judges = (&mut *session.syntax.0, &mut session.guard, &session.state, &session.options);
        let mut stream = SuggestionStream::new(&request, facts.as_ref(), mode, judges);
        let on_piece = |piece: Piece<'_>| stream.take(piece, on_update);
        let generated =
            generate_ahead(decoder, begin.first, &mut text, &options, ahead, cancel, on_piece).await?;
        if stream.is_outdated() {
            return Err(CompleteError::Cancelled(Cancelled));
        }
        let done = clock.now_ms();

        let completion = Completion {
            prompt_tokens: prompt.tokens.len(),
            reused_tokens: begin.reused,
            tokens: generated.tokens.len(),
            drafted: generated.drafted,
            accepted: generated.accepted,
            prefill_ms: filled - start,
            decode_ms: done - filled,
            ..Completion::without_model(String::new(), reason(generated.finish))
        };
        let is_open = completion.finish == FinishReason::Length;
        Ok(concluded(stream, is_open, completion))
    }

    /// Another model wrote `text`: what of it may be shown. How likely it is, its writer does not say.
    pub(crate) fn review(self, text: &str, written: Written) -> Completion {
        let Self { session, request, mode } = self;
        let judges = (&mut *session.syntax.0, &mut session.guard, &session.state, &session.options);
        let mut stream = SuggestionStream::new(&request, None, mode, judges);
        let mut safe = String::new();
        let mut on_update = |shown: &str| {
            shown.clone_into(&mut safe);
            Flow::Continue
        };
        let flow = stream.take(Piece { text, tokens: 1, log_prob: 0.0 }, &mut on_update);
        if written == Written::Growing && flow == Flow::Continue {
            return Completion::without_model(safe, FinishReason::Length);
        }
        let is_open = written == Written::Truncated && flow == Flow::Continue;
        let completion = Completion::without_model(String::new(), FinishReason::Stop);
        let reviewed = concluded(stream, is_open, completion).completion;
        Completion { confidence: 0.0, likelihood: 0.0, ..reviewed }
    }
}

/// What a host is told of a text that has ended; `is_open` when there would be more of it.
fn concluded(stream: SuggestionStream<'_>, is_open: bool, completion: Completion) -> Generated {
    match stream.finish(is_open) {
        StreamOutcome::Whole(suggested) => Generated {
            completion: Completion {
                confidence: libm::exp(f64::from(suggested.log_prob)) as f32,
                likelihood: suggested.likelihood,
                text: suggested.text,
                ..completion
            },
            is_short: suggested.is_short,
        },
        StreamOutcome::Cut(cut) => Generated {
            completion: Completion { finish: FinishReason::Guarded, cut: Some(cut), ..completion },
            is_short: false,
        },
    }
}

/// Where a generation begins.
struct Begin {
    first: Prediction,
    /// Bytes at the start of its text that stand before the cursor already.
    skip: usize,
    /// Tokens of the prompt that were in the KV cache.
    reused: usize,
    /// Whether no token agrees with what is there, so that there is nothing to say.
    is_stuck: bool,
}

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// Makes the KV cache hold the prompt, and agrees with the text that must come next.
    async fn begin(&mut self, prompt: &Prompt, cancel: &Cancel) -> Result<Begin, CompleteError> {
        let (first, reused) = self.decoder.fill(&prompt.tokens, cancel).await?;
        let mut begin = Begin { first, skip: 0, reused, is_stuck: false };
        if !prompt.pending.is_empty() {
            let text = |token| self.vocabulary.token_bytes(token);
            let pending = prompt.pending.as_bytes();
            match heal(&mut self.decoder, pending, text, cancel).await? {
                Some(healed) => begin = Begin { first: healed.first, skip: healed.skip, ..begin },
                None => begin.is_stuck = true,
            }
        }
        Ok(begin)
    }

    /// Most tokens of an answer.
    fn max_tokens(&self, request: &Request<'_>) -> usize {
        if request.max_tokens == 0 { self.options.max_tokens } else { request.max_tokens }
    }
}

fn reason(finish: Finish) -> FinishReason {
    match finish {
        Finish::End | Finish::Stop | Finish::Receiver => FinishReason::Stop,
        Finish::Length | Finish::Full => FinishReason::Length,
    }
}

/// The text of a generation: without what stands before the cursor, and ended
/// by the template's end tokens too.
struct GhostText<'a, T> {
    text: T,
    ends: &'a [TokenId],
    skip: usize, // UTF-8 bytes
}

impl<T: TokenText> TokenText for GhostText<'_, T> {
    fn push(&mut self, token: TokenId) -> &str {
        let text = self.text.push(token);
        let skipped = self.skip.min(text.len());
        self.skip -= skipped;
        text.get(skipped..).unwrap_or_default()
    }

    fn finish(&mut self) -> &str {
        // Half a character is worth nothing in ghost text.
        ""
    }

    fn is_end(&self, token: TokenId) -> bool {
        self.ends.contains(&token) || self.text.is_end(token)
    }
}
