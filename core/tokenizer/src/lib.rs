//! Byte-level BPE from a model's GGUF metadata: text to ids exactly as llama.cpp makes them, ids to text as they come.
//!
//! The idea: a pre-tokenizer cuts text into words, a hash table of merges turns each word into tokens. Text never
//! becomes a control token, whatever it spells. Any bytes can be encoded, any ids decoded, without an error.
//!
//! What it does not do: other kinds of tokenizer (SentencePiece, WordPiece), prompt templates, chat templates.
//!
//! ```
//! use ghostlight_gguf::{Array, Metadata};
//! use ghostlight_text::TokenId;
//! use ghostlight_tokenizer::{Detokenizer, Tokenizer};
//!
//! let texts = |list: &[&str]| Array::Strings(list.iter().collect());
//! let tokenizer = Tokenizer::from_gguf(&Metadata::new(vec![
//!     ("tokenizer.ggml.model".into(), "gpt2".into()),
//!     ("tokenizer.ggml.pre".into(), "gpt-2".into()),
//!     ("tokenizer.ggml.tokens".into(), texts(&["h", "i", "Ġ", "hi", "Ġhi"]).into()),
//!     ("tokenizer.ggml.merges".into(), texts(&["h i", "Ġ hi"]).into()),
//! ])?)?;
//! let ids = tokenizer.encode("hi hi");
//! assert_eq!(ids, [TokenId(3), TokenId(4)]);
//! let mut detokenizer = Detokenizer::new(&tokenizer);
//! let mut text = detokenizer.push(ids[0]).to_owned();
//! text += detokenizer.push(ids[1]);
//! text += detokenizer.finish();
//! assert_eq!(text, "hi hi");
//! # Ok::<(), ghostlight_tokenizer::TokenizerError>(())
//! ```

mod alphabet;
mod chars;
mod class;
mod data;
mod detokenizer;
mod error;
mod merges;
mod pre;
mod special;
mod tokenizer;

pub use data::{TYPE_CONTROL, TYPE_UNKNOWN, TYPE_USER_DEFINED, TokenizerData};
pub use detokenizer::{Detokenizer, Utf8Stream};
pub use error::TokenizerError;
pub use special::FimTokens;
pub use tokenizer::Tokenizer;
