//! The interface to a tokenizer: prompts in, text out.

use ghostlight_context::Tokens;
use ghostlight_decode::TokenText;
use ghostlight_text::TokenId;
use ghostlight_tokenizer::{Detokenizer, Tokenizer};

/// A tokenizer, both ways.
pub trait Vocabulary: Tokens {
    /// Turns the tokens of one generation into text.
    type Text<'a>: TokenText
    where
        Self: 'a;

    /// Begins the text of one generation.
    fn text(&self) -> Self::Text<'_>;
}

/// The text of one generation by a model's own tokenizer.
#[derive(Debug, Clone)]
pub struct TokenizerText<'a> {
    tokenizer: &'a Tokenizer,
    detokenizer: Detokenizer<'a>,
}

impl<'a> TokenizerText<'a> {
    /// At the start of a text.
    #[must_use]
    pub fn new(tokenizer: &'a Tokenizer) -> Self {
        Self { tokenizer, detokenizer: Detokenizer::new(tokenizer) }
    }
}

impl TokenText for TokenizerText<'_> {
    fn push(&mut self, token: TokenId) -> &str {
        self.detokenizer.push(token)
    }

    fn finish(&mut self) -> &str {
        self.detokenizer.finish()
    }

    fn is_end(&self, token: TokenId) -> bool {
        self.tokenizer.is_end(token)
    }
}

impl Vocabulary for Tokenizer {
    type Text<'a> = TokenizerText<'a>;

    fn text(&self) -> TokenizerText<'_> {
        TokenizerText::new(self)
    }
}
