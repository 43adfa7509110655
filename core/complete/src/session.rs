//! The session: a decoder, its KV cache, and the steps of a request in their order.
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
use ghostlight_decode::{Cancel, Decoder, Flow, Speculation, Speculator, Stops, Tracked};
use ghostlight_text::TokenId;
use ghostlight_tokenizer::Tokenizer;

use crate::ablation::Ablation;
use crate::feedback::History;
use crate::generation::{Generated, Generation, GenerationMode, Prepared};
use crate::guard::CompiledGuard;
use crate::prefill_rate::PrefillRate;
use crate::prompt::{Keep, Made};
use crate::reuse::{CachedSuggestion, Reuse};
use crate::session_state::{Judgement, RunningGuard, SessionState, SharedState, Work};
use crate::{
    Calibration, Clock, CompleteError, Completion, ContextProvider, GuardOptions, Prompter, Request,
    Scheduler, Skip, Vocabulary,
};

/// Tokens of a suggestion when the request does not say.
const DEFAULT_MAX_TOKENS: usize = 64;

/// Milliseconds of reading that a user hardly notices.
const MOMENT_MS: f64 = 150.0;
/// Tokens that are read in them as long as the rate is not known.
const USUAL_MOMENT: usize = 32;

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
    /// Maps the log-probability of a text to the probability that it is wanted.
    pub calibration: Calibration,
    /// Components disabled for an ablation run.
    pub ablation: Ablation,
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
            ablation: Ablation::NOTHING,
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
    pub(crate) state: SharedState,
    pub(crate) guard: CompiledGuard,
    pub(crate) syntax: Reader,
    pub(crate) speculator: Speculator,
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

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// Takes over a decoder and chooses the prompt's form from what the model's
    /// file says. The guard is that of [`GuardOptions::default`].
    ///
    /// # Errors
    /// [`ContextError::Budget`] when the KV cache has no room for a prompt.
    ///
    /// ```
    /// use ghostlight_complete::{Request, Source, Session, SessionOptions};
    /// use ghostlight_context::ModelFacts;
    /// use ghostlight_decode::{Cancel, ScriptedDecoder};
    /// use ghostlight_gguf::{Array, Metadata};
    /// use ghostlight_text::TokenId;
    /// use ghostlight_tokenizer::Tokenizer;
    ///
    /// let words = ["x", "=", "1", "end"].map(str::to_owned);
    /// let tokenizer = Tokenizer::from_gguf(&Metadata::new(vec![
    ///     ("tokenizer.ggml.model".to_owned(), "gpt2".into()),
    ///     ("tokenizer.ggml.pre".to_owned(), "gpt-2".into()),
    ///     ("tokenizer.ggml.tokens".to_owned(), Array::Strings(words.iter().collect()).into()),
    ///     ("tokenizer.ggml.merges".to_owned(), Array::Strings(std::iter::empty::<String>().collect()).into()),
    ///     ("tokenizer.ggml.eos_token_id".to_owned(), 3u32.into()),
    /// ])?)?;
    /// // In place of a model: it writes `1` after `=`, and ends.
    /// let decoder = ScriptedDecoder::playing(TokenId(1), vec![TokenId(2)], TokenId(3));
    /// let facts = ModelFacts::default();
    /// let mut session = Session::new(decoder, tokenizer, facts, SessionOptions::default())?;
    ///
    /// let source = Source { prefix: "x=", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let cancel = Cancel::new();
    /// let completion = session.complete(request, &cancel, &|| 0.0, |_| ());
    /// assert_eq!(pollster::block_on(completion)?.text, "1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        let state = SessionState {
            reuse: Reuse::new(options.remembered),
            running: None,
            planned: None,
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
            state: Rc::new(RefCell::new(state)),
            guard: CompiledGuard::new(guard),
            syntax: Reader(Box::new(Lexical)),
            speculator: Speculator::new(options.speculation),
            prefill_rate: PrefillRate::default(),
            vocabulary,
            options,
            last: None,
        })
    }

    /// The form of the prompts.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// assert_eq!(session.template().family, "prefix-only");
    /// ```
    pub fn template(&self) -> &'static FimTemplate {
        self.prompter.assembler.template()
    }

    /// The decoder, to look at.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// assert_eq!(session.decoder().prefilled(), 0); // no token was read yet
    /// ```
    pub fn decoder(&self) -> &D {
        self.decoder.decoder()
    }

    /// The decoder and what it knows of its cache, to fill by hand; the next
    /// request keeps what agrees with its prompt.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// use ghostlight_decode::Decoder;
    /// block_on(session.complete(Request::default(), &Cancel::new(), &|| 0.0, |_| ()))?;
    /// session.decoder_mut().truncate(0);
    /// assert!(session.decoder().cache().is_empty());
    /// # Ok::<(), CompleteError>(())
    /// ```
    pub fn decoder_mut(&mut self) -> &mut Tracked<D> {
        &mut self.decoder
    }

    /// What drafts tokens, with all that it has learned: to look at, to keep, or
    /// to replace by one with other options.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// use ghostlight_decode::{Speculation, Speculator};
    /// *session.speculator_mut() = Speculator::new(Speculation::OFF);
    /// assert!(!session.speculator_mut().is_on());
    /// ```
    pub fn speculator_mut(&mut self) -> &mut Speculator {
        &mut self.speculator
    }

    /// How many tokens the model reads `text` as, without what a prompt has around it.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// assert_eq!(session.count_tokens("total"), 5); // a vocabulary with one token a byte
    /// ```
    pub fn count_tokens(&self, text: &str) -> usize {
        self.vocabulary.encode(text).len()
    }

    /// Decides about requests beside the session, also while one runs.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let scheduler = session.scheduler();
    /// let source = Source { prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| ()))?;
    /// assert_eq!(scheduler.work().requests, 1);
    /// # Ok::<(), CompleteError>(())
    /// ```
    pub fn scheduler(&self) -> Scheduler {
        Scheduler::new(self.state.clone())
    }

    /// Replaces the guard's options and clears the suggestion cache.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let request = Request { source: Source { path: ".env", prefix: "KEY=", suffix: "" }, ..Request::default() };
    /// let ask = |session: &mut Session<_, _>| block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| ()));
    /// assert_eq!(ask(&mut session)?.skip, Some(Skip::Private));
    /// session.set_guard(GuardOptions::off());
    /// assert_eq!(ask(&mut session)?.skip, None);
    /// # Ok::<(), CompleteError>(())
    /// ```
    pub fn set_guard(&mut self, guard: GuardOptions) {
        self.state.borrow_mut().set_guard(guard);
        self.follow_guard();
    }

    /// Replaces the syntax provider; by default brackets and indentation are read.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// use ghostlight_context::syntax::LexicalOf;
    /// use ghostlight_text::Language;
    /// session.set_syntax(LexicalOf(Language::from_id("python").unwrap())); // whatever the path
    /// let source = Source { path: "unnamed", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| ()))?;
    /// assert_eq!(completion.text, "price * count");
    /// # Ok::<(), CompleteError>(())
    /// ```
    pub fn set_syntax(&mut self, syntax: impl Syntax + 'static) {
        self.syntax = Reader(Box::new(syntax));
    }

    /// Replaces the context provider that prompts quote from, as far as the guard lets them.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let workspace = Workspace::default();
    /// let text = Some("def price(item): ...\n".to_owned());
    /// workspace.change(FileChange { path: "price.py".to_owned(), text, ..FileChange::default() });
    /// workspace.step();
    /// session.set_provider(workspace);
    /// assert_eq!(session.explain(Request::default(), &|| 0.0)?.index.files, 1);
    /// # Ok::<(), CompleteError>(())
    /// ```
    pub fn set_provider(&mut self, mut provider: impl ContextProvider + 'static) {
        provider.follow(self.guard.options());
        self.prompter.set_provider(provider);
    }

    /// Forgets all suggestions; the KV cache stays.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let ask = |session: &mut Session<_, _>| block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| ()));
    /// ask(&mut session)?;
    /// assert_eq!(ask(&mut session)?.finish, FinishReason::Reused);
    /// session.forget();
    /// assert_eq!(ask(&mut session)?.finish, FinishReason::Stop);
    /// # Ok::<(), CompleteError>(())
    /// ```
    pub fn forget(&mut self) {
        let state = &mut *self.state.borrow_mut();
        state.reuse.clear();
        state.planned = None;
    }

    /// Answers one request. `on_update` gets the suggestion each time it grows,
    /// filtered, guarded and ready to show; each begins with the one before. The
    /// answer may be shorter than the last of them, and is empty when the guard
    /// ended it.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let mut shown = String::new();
    /// let show = |text: &str| shown = text.to_owned();
    /// let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, show))?;
    /// assert_eq!((completion.text.as_str(), shown.as_str()), ("price * count", "price * count"));
    /// # Ok::<(), CompleteError>(())
    /// ```
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
        let judgement = self.state.borrow().judge(&request);
        self.answer(request, judgement, cancel, clock, &mut on_update).await
    }

    /// [`Session::complete`] for the request that [`Scheduler::plan`] was asked about last: the trigger
    /// and the suggestion cache are asked again only if the running generation was to be kept for it.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, event: Event::Typed, ..Request::default() };
    /// assert!(matches!(session.scheduler().plan(&request, 0.0), Plan::After { .. }));
    /// let completion = block_on(session.complete_planned(request, &Cancel::new(), &|| 0.0, |_| ()))?;
    /// assert_eq!(completion.text, "price * count");
    /// # Ok::<(), CompleteError>(())
    /// ```
    ///
    /// # Errors
    /// [`CompleteError`], as for [`Session::complete`].
    pub async fn complete_planned(
        &mut self,
        request: Request<'_>,
        cancel: &Cancel,
        clock: &impl Clock,
        mut on_update: impl FnMut(&str),
    ) -> Result<Completion, CompleteError> {
        self.follow_guard();
        let judgement = self.state.borrow_mut().take_planned(&request);
        self.answer(request, judgement, cancel, clock, &mut on_update).await
    }

    async fn answer(
        &mut self,
        request: Request<'_>,
        judgement: Judgement,
        cancel: &Cancel,
        clock: &impl Clock,
        on_update: &mut dyn FnMut(&str),
    ) -> Result<Completion, CompleteError> {
        // Trigger and reuse.
        match judgement {
            Judgement::Skip(why) => return Ok(Completion::skipped(why)),
            Judgement::Cached(completion) => {
                if !completion.text.is_empty() {
                    on_update(&completion.text);
                    self.note_last(&request, &completion.text);
                }
                return Ok(completion);
            }
            Judgement::Ask => {}
        }
        // Assemble.
        let prepared = self.prepare(&request, Keep::of(&request))?;
        if prepared.prompt.tokens.is_empty() {
            return Ok(Completion::skipped(Skip::Empty));
        }
        // Decode, with the filters and the guard after every token.
        let running = RunningGuard::new(&self.state, &request);
        let there = self.there(&prepared.prompt);
        let mut on_update = |text: &str| {
            on_update(text);
            Flow::Continue
        };
        let generation = Generation::new(self, request, GenerationMode::of(&request));
        let decoded = generation.decode(&prepared, cancel, clock, &mut on_update).await;
        drop(running);
        {
            // What was read counts, also of a prompt that was cancelled half-way.
            let work = &mut self.state.borrow_mut().work;
            work.requests += 1;
            work.prompt_tokens += prepared.prompt.tokens.len() as u64;
            work.read_tokens += self.there(&prepared.prompt).saturating_sub(there) as u64;
            if let Ok(Generated { completion, .. }) = &decoded {
                work.answered += 1;
                work.generated_tokens += completion.tokens as u64;
            }
        }
        let Generated { completion, is_short } = decoded?;
        // Show.
        let suggestion = CachedSuggestion {
            text: completion.text.clone(),
            confidence: completion.confidence,
            likelihood: completion.likelihood,
            is_short,
        };
        self.state.borrow_mut().reuse.remember(&request, suggestion);
        let completion = self.state.borrow().shown(&request, completion, is_short);
        if !completion.text.is_empty() {
            self.note_last(&request, &completion.text);
        }
        Ok(completion)
    }

    /// The prompt of a request.
    pub(crate) fn prepare(&mut self, request: &Request<'_>, keep: Keep) -> Result<Prepared, ContextError> {
        let before = self.prompter.kept();
        let mut made = self.made(request, keep)?;
        if keep == Keep::Hold && self.missing(&made.prompt) > self.moment() {
            let held = self.prompter.held(request.source, before, &self.vocabulary)?;
            if let Some((prompt, kept)) = held
                && !self.is_new(&prompt)
                && self.missing(&prompt) + self.moment() < self.missing(&made.prompt)
            {
                self.prompter.keep(kept);
                made.prompt = prompt;
            }
        }
        // What has to be read anyway may as well have the length that suits the device.
        let is_read_anew = self.is_new(&made.prompt);
        if let Some(ms) = self.options.prefill_ms.filter(|_| is_read_anew) {
            let now = self.prompter.assembler.budget();
            let most = TokenBudget(self.decoder.capacity().saturating_sub(self.options.max_tokens));
            let budget = self.prefill_rate.budget(ms, now, most);
            if budget != now {
                self.prompter.assembler.set_budget(budget);
                made = self.made(request, keep)?;
            }
        }
        if !self.options.ablation.has("healing") {
            let pending = std::mem::take(&mut made.prompt.pending);
            made.prompt.tokens.extend(self.vocabulary.encode(&pending));
        }
        Ok(Prepared { prompt: made.prompt, facts: made.facts })
    }

    /// Tokens that are read in a moment that a user hardly notices.
    fn moment(&self) -> usize {
        self.prefill_rate.tokens_in(MOMENT_MS).unwrap_or(USUAL_MOMENT)
    }

    /// Tokens of a prompt that have to be read.
    fn missing(&self, prompt: &Prompt) -> usize {
        prompt.tokens.len() - self.there(prompt)
    }

    /// Whether most of a prompt has to be read.
    fn is_new(&self, prompt: &Prompt) -> bool {
        self.there(prompt) * 2 < prompt.tokens.len()
    }

    fn made(&mut self, request: &Request<'_>, keep: Keep) -> Result<Made, ContextError> {
        let syntax = &mut self.syntax;
        let facts = |source: Source<'_>| syntax.facts(source);
        self.prompter.make(request.source, keep, facts, &self.vocabulary, &|| 0.0)
    }

    /// So many tokens of a prompt were read in `ms` milliseconds.
    pub(crate) fn note_read(&mut self, tokens: usize, ms: f64) {
        self.prefill_rate.add(tokens, ms);
    }

    /// Tokens of a prompt that the KV cache holds.
    pub(crate) fn there(&self, prompt: &Prompt) -> usize {
        self.decoder.common(&prompt.tokens)
    }

    /// Takes over rules that were set beside the session.
    pub(crate) fn follow_guard(&mut self) {
        let guard = self.state.borrow().guard.clone();
        if !Rc::ptr_eq(&guard, self.guard.options()) {
            if let Some(provider) = self.prompter.provider() {
                provider.follow(&guard);
            }
            self.guard = CompiledGuard::new(guard);
            self.last = None;
        }
    }

    fn note_last(&mut self, request: &Request<'_>, text: &str) {
        self.last = Some(Last {
            path: request.source.path.to_owned(),
            prefix: request.source.prefix.to_owned(),
            suffix: request.source.suffix.to_owned(),
            max_tokens: request.max_tokens,
            text: text.to_owned(),
        });
    }
}
