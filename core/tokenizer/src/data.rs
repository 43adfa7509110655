//! What a model's metadata say about its tokenizer, before anything is made of it.
//!
//! The idea: the one place that knows the keys. Lists are borrowed from the metadata, so nothing is copied. Ids
//! outside the vocabulary are dropped, as llama.cpp does: converters are known to write them.
//!
//! What it does not do: judge whether the model or the pre-tokenizer is supported. [`crate::Tokenizer::new`] does.

use std::borrow::Cow;

use ghostlight_gguf::{Metadata, Strings};
use ghostlight_text::TokenId;

use crate::{FimTokens, TokenizerError};

/// A token's type in `tokenizer.ggml.token_type`: no ordinary token, stands for unknown text.
pub const TYPE_UNKNOWN: i32 = 2;
/// A token's type: steers the model and stands for no text.
pub const TYPE_CONTROL: i32 = 3;
/// A token's type: a text that is matched before anything else.
pub const TYPE_USER_DEFINED: i32 = 4;

/// A tokenizer as metadata describe it.
#[derive(Clone, Debug)]
pub struct TokenizerData<'a> {
    /// `tokenizer.ggml.model`
    pub model: &'a str,
    /// `tokenizer.ggml.pre`
    pub pre: Option<&'a str>,
    /// The text of each token in the alphabet of byte-level BPE.
    pub tokens: &'a Strings,
    /// Two symbols with a space between, a line each, the first to be applied first.
    pub merges: &'a Strings,
    /// The type of each token, see [`TYPE_CONTROL`]; all are ordinary without.
    pub token_types: Option<Cow<'a, [i32]>>,
    /// Beginning of text.
    pub bos: Option<TokenId>,
    /// End of text.
    pub eos: Option<TokenId>,
    /// End of turn.
    pub eot: Option<TokenId>,
    /// End of message.
    pub eom: Option<TokenId>,
    /// Fill-in-the-middle markers that the metadata name by id.
    pub fim: FimTokens,
    /// Whether a prompt begins with `bos`; the pre-tokenizer's custom without.
    pub add_bos: Option<bool>,
}

impl<'a> TokenizerData<'a> {
    /// Reads the keys `tokenizer.ggml.*`.
    ///
    /// # Errors
    /// [`TokenizerError::Metadata`] when `model`, `tokens` or `merges` is missing or any key has another type.
    pub(crate) fn from_metadata(metadata: &'a Metadata) -> Result<Self, TokenizerError> {
        let model = metadata.require_str("tokenizer.ggml.model")?;
        // Other kinds of tokenizer have no merges; say that they are of another kind, not that a key is missing.
        if model != MODEL {
            return Err(TokenizerError::Model { model: model.chars().take(80).collect() });
        }
        let tokens = metadata.require_strings("tokenizer.ggml.tokens")?;
        let id = |name: &str| -> Result<Option<TokenId>, TokenizerError> {
            let id = metadata.u32(&format!("tokenizer.ggml.{name}_token_id"))?;
            Ok(id.filter(|&id| (id as usize) < tokens.len()).map(TokenId))
        };
        // The second name of a marker is the one that older converters wrote.
        let either = |name, older| Ok::<_, TokenizerError>(id(name)?.or(id(older)?));
        Ok(Self {
            model,
            pre: metadata.str("tokenizer.ggml.pre")?,
            tokens,
            merges: metadata.require_strings("tokenizer.ggml.merges")?,
            token_types: metadata.i32s("tokenizer.ggml.token_type")?,
            bos: id("bos")?,
            eos: id("eos")?,
            eot: id("eot")?,
            eom: id("eom")?,
            fim: FimTokens {
                prefix: either("fim_pre", "prefix")?,
                suffix: either("fim_suf", "suffix")?,
                middle: either("fim_mid", "middle")?,
                pad: id("fim_pad")?,
                repo: id("fim_rep")?,
                sep: id("fim_sep")?,
            },
            add_bos: metadata.bool("tokenizer.ggml.add_bos_token")?,
        })
    }
}

/// The one supported value of `tokenizer.ggml.model`: byte-level BPE.
pub(crate) const MODEL: &str = "gpt2";
