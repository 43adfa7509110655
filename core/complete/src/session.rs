//! One editor's dialogue with one model.

use ghostlight_context::{Assembler, ContextError, FimTemplate, ModelFacts, Source, TokenBudget};
use ghostlight_decode::{
    Ahead, Cancel, Decoder, Finish, Flow, GenerateOptions, Healed, Sampling, Speculation, Speculator, Stops,
    TokenText, Tracked, generate_ahead, heal,
};
use ghostlight_text::{Language, TokenId};
use ghostlight_tokenizer::Tokenizer;

use crate::filter::{self, Place};
use crate::memory::Memory;
use crate::{Clock, CompleteError, Completion, FinishReason, Request, Vocabulary};

/// Tokens of a suggestion when the request does not say.
pub const DEFAULT_MAX_TOKENS: usize = 64;

/// How a session works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionOptions {
    /// Most tokens of a prompt; less where the KV cache is smaller.
    pub budget: TokenBudget,
    /// Most tokens of a suggestion when the request does not say.
    pub max_tokens: usize,
    /// Suggestions to remember; 0 asks the model every time.
    pub remembered: usize,
    /// Whether tokens are drafted from the text around; the answers are the same.
    pub speculation: Speculation,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            budget: TokenBudget(512),
            max_tokens: DEFAULT_MAX_TOKENS,
            remembered: 64,
            speculation: Speculation::default(),
        }
    }
}

/// A decoder, what is in its KV cache, and what it has suggested lately.
///
/// Cancelling a request, dropping its future or a failing device leave the
/// session usable: the next answer is what a fresh session would give.
#[derive(Debug)]
pub struct Session<D, V = Tokenizer> {
    decoder: Tracked<D>,
    vocabulary: V,
    assembler: Assembler,
    ends: Vec<TokenId>,
    stops: Stops,
    memory: Memory,
    speculator: Speculator,
    options: SessionOptions,
}

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// Takes over a decoder and chooses the prompt's form from what the model's
    /// file says.
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
        let assembler = Assembler::new(template, budget, &vocabulary)?;
        // An empty file must fit, or nothing ever will.
        assembler.assemble(Source::default(), &vocabulary)?;
        Ok(Self {
            decoder: Tracked::new(decoder),
            assembler,
            ends: template.end_tokens(&vocabulary),
            stops: Stops::new(template.stops.iter().copied()),
            memory: Memory::new(options.remembered),
            speculator: Speculator::new(options.speculation),
            vocabulary,
            options,
        })
    }

    /// The form of the prompts.
    pub fn template(&self) -> &'static FimTemplate {
        self.assembler.template()
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

    /// Forgets all suggestions; the KV cache stays.
    pub fn forget(&mut self) {
        self.memory.clear();
    }

    /// Answers one request. `on_update` gets the suggestion each time it grows,
    /// filtered and ready to show; each begins with the one before. The answer
    /// may be shorter than the last of them.
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
        if is_binary(&request) {
            let nothing = String::new();
            return Ok(Completion::without_model(nothing, FinishReason::Skipped, 0.0));
        }
        if let Some((text, confidence)) = self.memory.find(&request) {
            let text = text.to_owned();
            if !text.is_empty() {
                on_update(&text);
            }
            return Ok(Completion::without_model(text, FinishReason::Reused, confidence));
        }
        let Request { path, prefix, suffix, max_tokens } = request;
        let prompt = self.assembler.assemble(Source { path, prefix, suffix }, &self.vocabulary)?;
        if prompt.tokens.is_empty() {
            let nothing = String::new();
            return Ok(Completion::without_model(nothing, FinishReason::Skipped, 0.0));
        }

        let start = clock.now_ms();
        let (first, reused) = self.decoder.fill(&prompt.tokens, cancel).await?;
        let filled = clock.now_ms();
        let mut begin = Some(Healed { first, skip: 0 });
        if !prompt.pending.is_empty() {
            let text = |token| self.vocabulary.token_bytes(token);
            let pending = prompt.pending.as_bytes();
            begin = heal(&mut self.decoder, pending, text, cancel).await?;
        }

        let options = GenerateOptions {
            // Without a token that agrees with what is there, there is nothing to say.
            max_tokens: match (begin, max_tokens) {
                (None, _) => 0,
                (_, 0) => self.options.max_tokens,
                (_, asked) => asked,
            },
            stops: self.stops.clone(),
            sampling: Sampling::default(),
        };
        let Healed { first, skip } = begin.unwrap_or(Healed { first, skip: 0 });
        let mut text = GhostText { text: self.vocabulary.text(), ends: &self.ends, skip };
        let mut growth = Growth::at(&request);
        let on_piece = |piece: ghostlight_decode::Piece<'_>| growth.take(piece.text, &mut on_update);
        let decoder = &mut self.decoder;
        let now = || clock.now_ms();
        let ahead = Some(Ahead::new(&mut self.speculator, decoder.tokens(), &now));
        let generated = generate_ahead(decoder, first, &mut text, &options, ahead, cancel, on_piece).await?;
        let done = clock.now_ms();

        let completion = Completion {
            text: growth.finish(),
            finish: match generated.finish {
                Finish::End | Finish::Stop | Finish::Receiver => FinishReason::Stop,
                Finish::Length | Finish::Full => FinishReason::Length,
            },
            prompt_tokens: prompt.tokens.len(),
            reused_tokens: reused,
            tokens: generated.tokens.len(),
            drafted: generated.drafted,
            accepted: generated.accepted,
            prefill_ms: filled - start,
            decode_ms: done - filled,
            confidence: generated.confidence(),
        };
        self.memory.remember(&request, &completion.text, completion.confidence);
        Ok(completion)
    }
}

/// A suggestion while it grows.
struct Growth<'a> {
    place: Place<'a>,
    raw: String,
    shown: String,
}

impl<'a> Growth<'a> {
    fn at(request: &Request<'a>) -> Self {
        let language = Language::from_path(request.path);
        let place = Place::new(request.prefix, request.suffix, language);
        Self { place: Place { growing: true, ..place }, raw: String::new(), shown: String::new() }
    }

    fn take(&mut self, piece: &str, on_update: &mut impl FnMut(&str)) -> Flow {
        self.raw.push_str(piece);
        let kept = filter::run(&self.place, &self.raw);
        // What has been shown is not taken back before the end.
        if kept.text.len() > self.shown.len() && kept.text.starts_with(&self.shown) {
            self.shown = kept.text.to_owned();
            on_update(&self.shown);
        }
        if kept.ended { Flow::Stop } else { Flow::Continue }
    }

    fn finish(self) -> String {
        let place = Place { growing: false, ..self.place };
        filter::run(&place, &self.raw).text.to_owned()
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

/// Whether the text around the cursor is no text: it has a NUL.
fn is_binary(request: &Request<'_>) -> bool {
    const NEAR: usize = 8192;
    let before = &request.prefix.as_bytes()[request.prefix.len().saturating_sub(NEAR)..];
    let after = &request.suffix.as_bytes()[..request.suffix.len().min(NEAR)];
    before.contains(&0) || after.contains(&0)
}
