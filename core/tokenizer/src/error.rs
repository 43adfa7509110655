//! Everything that can be wrong with a model's tokenizer metadata.
//!
//! Encoding and decoding have no errors: any bytes have ids, any ids have a text.

use ghostlight_gguf::GgufError;
use thiserror::Error;

/// Why no tokenizer could be made from a model's metadata.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// A key is missing or has a value of another type.
    #[error(transparent)]
    Metadata(#[from] GgufError),
    /// The tokenizer is not byte-level BPE.
    #[error("load tokenizer: model {model:?} is not supported, only \"gpt2\" (byte-level BPE) is")]
    Model {
        /// Value of `tokenizer.ggml.model`, 80 characters at most.
        model: String,
    },
    /// The rules that cut text into words are not known.
    #[error("load tokenizer: pre-tokenizer {pre:?} is not supported, only {supported} are")]
    Pre {
        /// Value of `tokenizer.ggml.pre`, 80 characters at most.
        pre: String,
        /// The supported names, without their aliases.
        supported: String,
    },
    /// There is no `tokenizer.ggml.pre`, as in files from before 2024-05; guessing would give wrong ids.
    #[error("load tokenizer: the file names no pre-tokenizer, only {supported} are supported")]
    NoPre {
        /// The supported names, without their aliases.
        supported: String,
    },
    /// There is not one token.
    #[error("load tokenizer: the vocabulary is empty")]
    Empty,
    /// The lists of tokens and of their types do not belong together.
    #[error("load tokenizer: {tokens} tokens but {types} token types")]
    Types {
        /// Length of `tokenizer.ggml.tokens`.
        tokens: usize,
        /// Length of `tokenizer.ggml.token_type`.
        types: usize,
    },
}
