//! The bare model: the prompt of its family, greedy tokens, and no filter.
//!
//! A model alone does not know when a hole is full, so it is told: the text ends
//! where it has as many lines as the hole. That flatters it against what an
//! editor shows, and is how infilling suites are scored elsewhere.

use anyhow::{Result, bail};
use ghostlight_complete::TokenizerText;
use ghostlight_context::{Assembler, FimTemplate, ModelFacts, Order, Source, TokenBudget};
use ghostlight_decode::{
    Cancel, Decoder, Flow, GenerateOptions, Healed, Sampling, Stops, TokenText, Tracked, generate, heal,
};
use ghostlight_eval::{Case, lines_end};
use ghostlight_model::Model;
use ghostlight_text::TokenId;
use ghostlight_tokenizer::Tokenizer;

/// A model and how it is asked.
pub(super) struct Raw {
    decoder: Tracked<Model>,
    tokenizer: Tokenizer,
    assembler: Assembler,
    ends: Vec<TokenId>,
    max_tokens: usize,
}

impl Raw {
    pub(super) fn new(
        model: Model,
        tokenizer: Tokenizer,
        facts: ModelFacts<'_>,
        (budget, order): (TokenBudget, Option<Order>),
        max_tokens: usize,
    ) -> Result<Self> {
        let template = FimTemplate::select(facts, &tokenizer);
        let room = model.capacity().saturating_sub(max_tokens);
        let assembler =
            Assembler::new(template, TokenBudget(budget.0.min(room)), &tokenizer)?.in_order(order);
        let ends = template.end_tokens(&tokenizer);
        Ok(Self { decoder: Tracked::new(model), tokenizer, assembler, ends, max_tokens })
    }

    /// The text, and how many tokens the prompt and it have.
    pub(super) async fn answer(&mut self, case: &Case, cancel: &Cancel) -> Result<(String, usize, usize)> {
        let source = Source { path: &case.path, prefix: &case.prefix, suffix: &case.suffix };
        let prompt = self.assembler.assemble(source, &self.tokenizer)?;
        if prompt.tokens.is_empty() {
            bail!("the prompt is empty");
        }
        let (first, _) = self.decoder.fill(&prompt.tokens, cancel).await?;
        let mut begin = Some(Healed { first, skip: 0 });
        if !prompt.pending.is_empty() {
            let text = |token| self.tokenizer.token_bytes(token);
            begin = heal(&mut self.decoder, prompt.pending.as_bytes(), text, cancel).await?;
        }
        let Some(Healed { first, skip }) = begin else {
            return Ok((String::new(), prompt.tokens.len(), 0));
        };
        let options = GenerateOptions {
            max_tokens: self.max_tokens,
            stops: Stops::default(),
            sampling: Sampling::default(),
        };
        let mut pieces = Pieces { text: TokenizerText::new(&self.tokenizer), ends: &self.ends, skip };
        let lines = case.truth.trim().split('\n').count();
        let mut text = String::new();
        let generated = generate(&mut self.decoder, first, &mut pieces, &options, cancel, |piece| {
            text.push_str(piece.text);
            if lines_end(&text, lines).is_some() { Flow::Stop } else { Flow::Continue }
        })
        .await?;
        if let Some(end) = lines_end(&text, lines) {
            text.truncate(end);
        }
        Ok((text, prompt.tokens.len(), generated.tokens.len()))
    }
}

/// The text of a generation without what stands before the cursor, ended by the template's end tokens too.
struct Pieces<'a> {
    text: TokenizerText<'a>,
    ends: &'a [TokenId],
    skip: usize,
}

impl TokenText for Pieces<'_> {
    fn push(&mut self, token: TokenId) -> &str {
        let text = self.text.push(token);
        let skipped = self.skip.min(text.len());
        self.skip -= skipped;
        text.get(skipped..).unwrap_or_default()
    }

    fn finish(&mut self) -> &str {
        self.text.finish()
    }

    fn is_end(&self, token: TokenId) -> bool {
        self.ends.contains(&token) || self.text.is_end(token)
    }
}
