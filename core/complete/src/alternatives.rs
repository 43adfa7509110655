//! Other suggestions for the same place, on request.
//!
//! The idea: the first is the greedy one, the others are sampled from the same
//! prompt, which the KV cache holds by then. Each passes the same filters and
//! the same guard; what comes out twice is left out.

use ghostlight_decode::{Cancel, Decoder, Flow, GenerateOptions, Piece, Sampling, generate};
use ghostlight_text::Language;

use crate::filter::Place;
use crate::growth::{GhostText, Grown, Growth};
use crate::likelihood::Expected;
use crate::session::{reason, source_of};
use crate::{Clock, CompleteError, Completion, Event, FinishReason, Request, Session, Vocabulary};

/// Most alternatives of one place, the greedy one included.
pub const MOST_ALTERNATIVES: usize = 5;
/// Samples that are drawn for each alternative that is wanted, at most.
const TRIES: usize = 3;
/// Far enough from greedy to differ, near enough to make sense.
const SAMPLING: Sampling = Sampling { temperature: 0.8, top_k: 40, top_p: 0.95, seed: 0 };

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// Up to `count` different suggestions, the greedy one first. Asked for by
    /// hand, so none is too unlikely. The same request gives the same list.
    ///
    /// # Errors
    /// [`CompleteError`].
    pub async fn alternatives(
        &mut self,
        request: Request<'_>,
        count: usize,
        cancel: &Cancel,
        clock: &impl Clock,
    ) -> Result<Vec<Completion>, CompleteError> {
        let count = count.min(MOST_ALTERNATIVES);
        let request = Request { event: Event::Asked, ..request };
        let greedy = self.complete(request, cancel, clock, |_| {}).await?;
        if greedy.skip.is_some() || count == 0 {
            return Ok(Vec::new());
        }
        let mut found: Vec<Completion> = Some(greedy).into_iter().filter(|c| !c.text.is_empty()).collect();
        for seed in 1..=(count * TRIES) as u64 {
            if found.len() >= count {
                break;
            }
            let sampling = Sampling { seed, ..SAMPLING };
            let sample = self.sample(&request, sampling, cancel, clock).await?;
            if !sample.text.is_empty() && found.iter().all(|other| other.text != sample.text) {
                found.push(sample);
            }
        }
        Ok(found)
    }

    /// One sampled suggestion.
    async fn sample(
        &mut self,
        request: &Request<'_>,
        sampling: Sampling,
        cancel: &Cancel,
        clock: &impl Clock,
    ) -> Result<Completion, CompleteError> {
        let (prompt, facts) = self.prompt(request)?;
        let start = clock.now_ms();
        let begin = self.begin(&prompt, cancel).await?;
        let filled = clock.now_ms();

        let language = Language::from_path(request.path);
        self.watch.prepare(language);
        let source = source_of(request);
        let facts = facts.unwrap_or_else(|| self.syntax.facts(source));
        let place = Place::new(request.prefix, request.suffix, language).with(&facts);
        let max_tokens = if begin.is_stuck { 0 } else { self.wanted(request) };
        let expected = Expected::of(request, place.shape, &self.options, &self.memory.borrow());
        let reader = (&mut *self.syntax.0, source);
        let mut growth = Growth::new(
            (place, self.options.without),
            self.watch.policy(language),
            None,
            &self.memory,
            reader,
        );
        let mut text = GhostText { text: self.vocabulary.text(), ends: &self.ends, skip: begin.skip };

        let mut options = GenerateOptions { max_tokens, stops: self.stops.clone(), sampling };
        let mut first = begin.first;
        let mut log_probs = Vec::new();
        let mut is_over = false;
        if !prompt.pending.is_empty() && options.max_tokens > 0 {
            // The token at the cursor has to agree with what is there, so it is the likeliest that does.
            use ghostlight_decode::TokenText;
            log_probs.push(first.log_prob);
            options.max_tokens -= 1;
            is_over = text.is_end(first.token);
            if !is_over {
                let piece = Piece { text: text.push(first.token), tokens: 1, log_prob: first.log_prob };
                is_over = growth.take(piece, &mut |_| {}) == Flow::Stop;
                first = self.decoder.step(first.token, cancel).await?;
            }
        }
        let mut finish = FinishReason::Stop;
        if !is_over {
            let on_piece = |piece: Piece<'_>| growth.take(piece, &mut |_| {});
            let generated = generate(&mut self.decoder, first, &mut text, &options, cancel, on_piece).await?;
            finish = reason(generated.finish);
            log_probs.extend(generated.log_probs);
        }
        let done = clock.now_ms();
        let mut completion = Completion {
            prompt_tokens: prompt.tokens.len(),
            reused_tokens: begin.reused,
            tokens: log_probs.len(),
            prefill_ms: filled - start,
            decode_ms: done - filled,
            ..Completion::without_model(String::new(), finish)
        };
        match growth.finish(finish == FinishReason::Length) {
            Grown::Whole(suggested) => {
                completion.confidence = libm::exp(f64::from(suggested.log_prob)) as f32;
                completion.likelihood = expected.likelihood(suggested.log_prob);
                completion.text = suggested.text;
            }
            Grown::Cut(cut) => (completion.finish, completion.cut) = (FinishReason::Guarded, Some(cut)),
            Grown::Outdated => {}
        }
        Ok(completion)
    }
}
