//! One editor's dialogue with one model: the steps of a request, in their order.
//!
//! trigger > reuse > assemble > decode > post filters > guard > show.
//!
//! [`Session::complete`] is that line; each step has a file of its own. What is
//! done besides requests stands in `ahead.rs` and `alternatives.rs`, and when a
//! request is made at all in `scheduler.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use ghostlight_context::syntax::{Lexical, Syntax, SyntaxFacts};
use ghostlight_context::{
    Assembler, ContextError, FimTemplate, ModelFacts, Order, Prompt, Source, TokenBudget,
};
use ghostlight_decode::{
    Ahead, Cancel, Cancelled, Decoder, Finish, GenerateOptions, Prediction, Sampling, Speculation,
    Speculator, Stops, Tracked, generate_ahead, heal,
};
use ghostlight_text::{Language, TokenId};
use ghostlight_tokenizer::Tokenizer;

use crate::feedback::History;
use crate::filter::Place;
use crate::growth::{GhostText, Grown, Growth};
use crate::likelihood::Expected;
use crate::memory::{Memory, Note, Shared, Work};
use crate::parts::Without;
use crate::prefill_rate::PrefillRate;
use crate::prompt::{Keep, Made};
use crate::reuse::{Reuse, Said};
use crate::watch::Watch;
use crate::{
    Calibration, Clock, CompleteError, Completion, Event, FinishReason, GuardOptions, Library, Prompter,
    Request, Scheduler, Shape, Skip, Vocabulary, trigger,
};

/// Tokens of a suggestion when the request does not say.
pub const DEFAULT_MAX_TOKENS: usize = 64;

/// How a session works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionOptions {
    /// Most tokens of a prompt; less where the KV cache is smaller.
    pub budget: TokenBudget,
    /// Most milliseconds that the prefill of a whole prompt may take: its length then follows from the rate that was
    /// measured, up to what the KV cache holds, and `budget` is in force until there is one.
    /// `None` keeps to `budget`, so that prompts do not depend on the machine.
    pub prefill_ms: Option<f64>,
    /// Most tokens of a suggestion when the request does not say.
    pub max_tokens: usize,
    /// Suggestions to remember; 0 asks the model every time.
    pub remembered: usize,
    /// Whether tokens are drafted from the text around; the answers are the same.
    pub speculation: Speculation,
    /// How likely a suggestion has to be before it is shown to somebody who
    /// did not ask for it; 0 shows all.
    pub threshold: f32,
    /// What the model's confidence is worth.
    pub calibration: Calibration,
    /// What is left out, for comparison.
    pub without: Without,
    /// The order of all prompts, for comparison; the family's own choice where left out.
    pub order: Option<Order>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            budget: TokenBudget(512),
            prefill_ms: None,
            max_tokens: DEFAULT_MAX_TOKENS,
            remembered: 128,
            speculation: Speculation::default(),
            threshold: 0.2,
            calibration: Calibration::default(),
            without: Without::NOTHING,
            order: None,
        }
    }
}

/// A decoder, what is in its KV cache, and what it has suggested lately.
///
/// Cancelling a request, dropping its future or a failing device leave the
/// session usable: the next answer is what a fresh session would give.
#[derive(Debug)]
pub struct Session<D, V = Tokenizer> {
    pub(crate) decoder: Tracked<D>,
    pub(crate) vocabulary: V,
    pub(crate) prompter: Prompter,
    pub(crate) ends: Vec<TokenId>,
    pub(crate) stops: Stops,
    pub(crate) memory: Shared,
    pub(crate) watch: Watch,
    pub(crate) syntax: Reader,
    speculator: Speculator,
    prefill_rate: PrefillRate,
    pub(crate) options: SessionOptions,
    /// The last suggestion that had text, and where.
    pub(crate) last: Option<Last>,
}

/// Who is asked about syntax.
pub(crate) struct Reader(pub(crate) Box<dyn Syntax>);

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

impl Reader {
    pub(crate) fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        self.0.facts(source)
    }
}

/// A suggestion with its place.
#[derive(Debug, Clone)]
pub(crate) struct Last {
    pub(crate) path: String,
    pub(crate) prefix: String,
    pub(crate) suffix: String,
    pub(crate) max_tokens: usize,
    pub(crate) text: String,
}

/// Where a generation begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begin {
    pub(crate) first: Prediction,
    /// Bytes at the start of its text that stand before the cursor already.
    pub(crate) skip: usize,
    /// Tokens of the prompt that were in the KV cache.
    pub(crate) reused: usize,
    /// Whether no token agrees with what is there, so that there is nothing to say.
    pub(crate) is_stuck: bool,
}

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// Takes over a decoder and chooses the prompt's form from what the model's
    /// file says. The guard is that of [`GuardOptions::default`].
    ///
    /// # Errors
    /// [`ContextError::Budget`] when the KV cache has no room for a prompt.
    pub fn new(
        decoder: D,
        vocabulary: V,
        facts: ModelFacts<'_>,
        options: SessionOptions,
    ) -> Result<Self, ContextError> {
        let template = FimTemplate::select(facts, &vocabulary);
        let room = decoder.capacity().saturating_sub(options.max_tokens);
        let budget = TokenBudget(options.budget.0.min(room));
        let assembler = Assembler::new(template, budget, &vocabulary)?.in_order(options.order);
        // An empty file must fit, or nothing ever will.
        assembler.assemble(Source::default(), &vocabulary)?;
        let guard = Rc::new(GuardOptions::default());
        let memory = Memory {
            reuse: Reuse::new(options.remembered),
            running: None,
            history: History::default(),
            threshold: options.threshold,
            guard: guard.clone(),
            work: Work::default(),
        };
        Ok(Self {
            decoder: Tracked::new(decoder),
            prompter: Prompter::new(assembler),
            ends: template.end_tokens(&vocabulary),
            stops: Stops::new(template.stops.iter().copied()),
            memory: Rc::new(RefCell::new(memory)),
            watch: Watch::new(guard),
            syntax: Reader(Box::new(Lexical)),
            speculator: Speculator::new(options.speculation),
            prefill_rate: PrefillRate::default(),
            vocabulary,
            options,
            last: None,
        })
    }

    /// The form of the prompts.
    pub fn template(&self) -> &'static FimTemplate {
        self.prompter.assembler.template()
    }

    /// The decoder, to look at.
    pub fn decoder(&self) -> &D {
        self.decoder.decoder()
    }

    /// The decoder and what it knows of its cache, to fill by hand; the next
    /// request keeps what agrees with its prompt.
    pub fn decoder_mut(&mut self) -> &mut Tracked<D> {
        &mut self.decoder
    }

    /// What drafts tokens, with all that it has learned: to look at, to keep, or
    /// to replace by one with other options.
    pub fn speculator_mut(&mut self) -> &mut Speculator {
        &mut self.speculator
    }

    /// The tokenizer.
    pub fn vocabulary(&self) -> &V {
        &self.vocabulary
    }

    /// How many tokens the model reads `text` as, without what a prompt has around it.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.vocabulary.encode(text).len()
    }

    /// Decides about requests beside the session, also while one runs.
    pub fn scheduler(&self) -> Scheduler {
        Scheduler::new(self.memory.clone())
    }

    /// Holds answers to something else from now on; earlier ones are forgotten.
    pub fn set_guard(&mut self, guard: GuardOptions) {
        self.memory.borrow_mut().set_guard(guard);
        self.follow_guard();
    }

    /// Asks somebody else about syntax from now on; brackets and indentation
    /// are all that is known by itself.
    pub fn set_syntax(&mut self, syntax: impl Syntax + 'static) {
        self.syntax = Reader(Box::new(syntax));
    }

    /// Prompts quote from it from now on, as far as the guard lets them.
    pub fn set_library(&mut self, mut library: impl Library + 'static) {
        library.follow(self.watch.options());
        self.prompter.set_library(library);
    }

    /// Forgets all suggestions; the KV cache stays.
    pub fn forget(&mut self) {
        self.memory.borrow_mut().reuse.clear();
    }

    /// Answers one request. `on_update` gets the suggestion each time it grows,
    /// filtered, guarded and ready to show; each begins with the one before. The
    /// answer may be shorter than the last of them, and is empty when the guard
    /// ended it.
    ///
    /// # Errors
    /// [`CompleteError`]; what was shown until then stays as it is.
    pub async fn complete(
        &mut self,
        request: Request<'_>,
        cancel: &Cancel,
        clock: &impl Clock,
        mut on_update: impl FnMut(&str),
    ) -> Result<Completion, CompleteError> {
        self.follow_guard();
        // Trigger. What is deleted may still be known.
        let skip = trigger::skip(&request, self.watch.options());
        if let Some(why) = skip.filter(|&why| why != Skip::NotTyped) {
            return Ok(Completion::skipped(why));
        }
        // Reuse.
        if let Some(completion) = self.recall(&request) {
            if !completion.text.is_empty() {
                on_update(&completion.text);
                self.note_last(&request, &completion.text);
            }
            return Ok(completion);
        }
        if let Some(why) = skip {
            return Ok(Completion::skipped(why));
        }
        // Assemble.
        let (prompt, facts) = self.prompt(&request)?;
        if prompt.tokens.is_empty() {
            return Ok(Completion::skipped(Skip::Empty));
        }
        // Decode, with the filters and the guard after every token.
        let running = Note::new(&self.memory, &request);
        let there = self.there(&prompt);
        let decoded = self.decode(&request, (&prompt, facts), cancel, clock, &mut on_update).await;
        drop(running);
        {
            // What was read counts, also of a prompt that was cancelled half-way.
            let work = &mut self.memory.borrow_mut().work;
            work.requests += 1;
            work.prompt_tokens += prompt.tokens.len() as u64;
            work.read_tokens += self.there(&prompt).saturating_sub(there) as u64;
            if let Ok((completion, _)) = &decoded {
                work.answered += 1;
                work.generated_tokens += completion.tokens as u64;
            }
        }
        let (completion, is_short) = decoded?;
        // Show.
        let said = Said {
            text: completion.text.clone(),
            confidence: completion.confidence,
            likelihood: completion.likelihood,
            is_short,
        };
        self.memory.borrow_mut().reuse.remember(&request, said);
        let completion = self.shown(&request, completion, is_short);
        if !completion.text.is_empty() {
            self.note_last(&request, &completion.text);
        }
        Ok(completion)
    }

    /// An earlier suggestion that what was typed agrees with.
    fn recall(&self, request: &Request<'_>) -> Option<Completion> {
        let memory = self.memory.borrow();
        let (rest, said) = memory.reuse.find(request)?;
        let known = Completion {
            confidence: said.confidence,
            likelihood: said.likelihood,
            ..Completion::without_model(rest.to_owned(), FinishReason::Reused)
        };
        Some(self.shown(request, known, said.is_short))
    }

    /// The prompt of a request, and what syntax said of the cursor if it was asked.
    pub(crate) fn prompt(
        &mut self,
        request: &Request<'_>,
    ) -> Result<(Prompt, Option<SyntaxFacts>), ContextError> {
        let mut made = self.made(request)?;
        // What has to be read anyway may as well have the length that suits the device.
        let is_read_anew = self.decoder.common(&made.prompt.tokens) * 2 < made.prompt.tokens.len();
        if let Some(ms) = self.options.prefill_ms.filter(|_| is_read_anew) {
            let now = self.prompter.assembler.budget();
            let most = TokenBudget(self.decoder.capacity().saturating_sub(self.options.max_tokens));
            let budget = self.prefill_rate.budget(ms, now, most);
            if budget != now {
                self.prompter.assembler.set_budget(budget);
                made = self.made(request)?;
            }
        }
        if !self.options.without.has("healing") {
            let pending = std::mem::take(&mut made.prompt.pending);
            made.prompt.tokens.extend(self.vocabulary.encode(&pending));
        }
        Ok((made.prompt, made.facts))
    }

    fn made(&mut self, request: &Request<'_>) -> Result<Made, ContextError> {
        let syntax = &mut self.syntax;
        let facts = |source: Source<'_>| syntax.facts(source);
        self.prompter.make(source_of(request), Keep::Yes, facts, &self.vocabulary, &|| 0.0)
    }

    /// So many tokens of a prompt were read in `ms` milliseconds.
    pub(crate) fn note_read(&mut self, tokens: usize, ms: f64) {
        self.prefill_rate.add(tokens, ms);
    }

    /// Makes the KV cache hold the prompt, and agrees with the text that must come next.
    pub(crate) async fn begin(&mut self, prompt: &Prompt, cancel: &Cancel) -> Result<Begin, CompleteError> {
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

    /// From a prompt to a suggestion, and whether it ends where more would have been too unlikely.
    async fn decode(
        &mut self,
        request: &Request<'_>,
        (prompt, facts): (&Prompt, Option<SyntaxFacts>),
        cancel: &Cancel,
        clock: &impl Clock,
        on_update: &mut impl FnMut(&str),
    ) -> Result<(Completion, bool), CompleteError> {
        let start = clock.now_ms();
        let begin = self.begin(prompt, cancel).await?;
        let filled = clock.now_ms();
        self.note_read(prompt.tokens.len().saturating_sub(begin.reused), filled - start);

        let language = Language::from_path(request.path);
        self.watch.prepare(language);
        let source = source_of(request);
        let facts = facts.unwrap_or_else(|| self.syntax.facts(source));
        let mut place = Place::new(request.prefix, request.suffix, language).with(&facts);
        if !self.options.without.has("lines") {
            place.shape = Shape::Line;
        }
        let max_tokens = if begin.is_stuck { 0 } else { self.wanted(request) };
        let expected = Expected::of(request, place.shape, &self.options, &self.memory.borrow());
        let reader = (&mut *self.syntax.0, source);
        let mut growth = Growth::new(
            (place, self.options.without),
            self.watch.policy(language),
            (request.event != Event::Asked && expected.threshold > 0.0).then_some(&expected),
            &self.memory,
            reader,
        );

        let options =
            GenerateOptions { max_tokens, stops: self.stops.clone(), sampling: Sampling::default() };
        let mut text = GhostText { text: self.vocabulary.text(), ends: &self.ends, skip: begin.skip };
        let decoder = &mut self.decoder;
        let now = || clock.now_ms();
        let ahead = Some(Ahead::new(&mut self.speculator, decoder.tokens(), &now));
        let on_piece = |piece: ghostlight_decode::Piece<'_>| growth.take(piece, on_update);
        let first = begin.first;
        let generated = generate_ahead(decoder, first, &mut text, &options, ahead, cancel, on_piece).await?;
        let done = clock.now_ms();

        let mut completion = Completion {
            prompt_tokens: prompt.tokens.len(),
            reused_tokens: begin.reused,
            tokens: generated.tokens.len(),
            drafted: generated.drafted,
            accepted: generated.accepted,
            prefill_ms: filled - start,
            decode_ms: done - filled,
            ..Completion::without_model(String::new(), reason(generated.finish))
        };
        let mut is_short = false;
        match growth.finish(completion.finish == FinishReason::Length) {
            Grown::Whole(suggested) => {
                completion.confidence = libm::exp(f64::from(suggested.log_prob)) as f32;
                completion.likelihood = expected.likelihood(suggested.log_prob);
                completion.text = suggested.text;
                is_short = suggested.is_short;
            }
            Grown::Cut(cut) => (completion.finish, completion.cut) = (FinishReason::Guarded, Some(cut)),
            Grown::Outdated => return Err(CompleteError::Cancelled(Cancelled)),
        }
        Ok((completion, is_short))
    }

    /// A finished suggestion, or nothing where it is not likely enough. Where nothing is left of one
    /// that `is_short`, that is the reason too.
    fn shown(&self, request: &Request<'_>, completion: Completion, is_short: bool) -> Completion {
        let threshold = self.memory.borrow().threshold;
        let is_wanted = request.event == Event::Asked || completion.likelihood >= threshold;
        if is_wanted || (completion.text.is_empty() && !is_short) {
            return completion;
        }
        Completion { text: String::new(), finish: FinishReason::Unlikely, ..completion }
    }

    /// Most tokens of an answer.
    pub(crate) fn wanted(&self, request: &Request<'_>) -> usize {
        if request.max_tokens == 0 { self.options.max_tokens } else { request.max_tokens }
    }

    /// Tokens of a prompt that the KV cache holds.
    pub(crate) fn there(&self, prompt: &Prompt) -> usize {
        self.decoder.common(&prompt.tokens)
    }

    /// Takes over rules that were set beside the session.
    pub(crate) fn follow_guard(&mut self) {
        let guard = self.memory.borrow().guard.clone();
        if !Rc::ptr_eq(&guard, self.watch.options()) {
            if let Some(library) = self.prompter.library() {
                library.follow(&guard);
            }
            self.watch = Watch::new(guard);
            self.last = None;
        }
    }

    fn note_last(&mut self, request: &Request<'_>, text: &str) {
        self.last = Some(Last {
            path: request.path.to_owned(),
            prefix: request.prefix.to_owned(),
            suffix: request.suffix.to_owned(),
            max_tokens: request.max_tokens,
            text: text.to_owned(),
        });
    }
}

/// The file and the cursor of a request.
pub(crate) fn source_of<'a>(request: &Request<'a>) -> Source<'a> {
    Source { path: request.path, prefix: request.prefix, suffix: request.suffix }
}

pub(crate) fn reason(finish: Finish) -> FinishReason {
    match finish {
        Finish::End | Finish::Stop | Finish::Receiver => FinishReason::Stop,
        Finish::Length | Finish::Full => FinishReason::Length,
    }
}
