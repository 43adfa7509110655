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
    ///
    /// ```
    /// # use ghostlight_gguf::{Array, Metadata};
    /// # use ghostlight_tokenizer::Tokenizer;
    /// # let words = ["x", "=", "1"].map(str::to_owned);
    /// # let tokenizer = Tokenizer::from_gguf(&Metadata::new(vec![
    /// #     ("tokenizer.ggml.model".to_owned(), "gpt2".into()),
    /// #     ("tokenizer.ggml.pre".to_owned(), "gpt-2".into()),
    /// #     ("tokenizer.ggml.tokens".to_owned(), Array::Strings(words.iter().collect()).into()),
    /// #     ("tokenizer.ggml.merges".to_owned(), Array::Strings(std::iter::empty::<String>().collect()).into()),
    /// # ])?)?;
    /// use ghostlight_complete::TokenizerText;
    /// use ghostlight_decode::TokenText;
    /// let mut text = TokenizerText::new(&tokenizer);
    /// assert_eq!(text.push(tokenizer.encode("x")[0]), "x");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
