//! Byte-level BPE from a model's GGUF metadata: text to ids exactly as llama.cpp makes them, ids to text as they come.
//!
//! The idea: a pre-tokenizer cuts text into words, a hash table of merges turns each word into tokens. Text never
//! becomes a control token, whatever it spells. Any bytes can be encoded, any ids decoded, without an error.
//!
//! What it does not do: other kinds of tokenizer (SentencePiece, WordPiece), prompt templates, chat templates.
//!
//! # Why not a library
//! The budgets are 100 KB of wasm, 100 ms to load a vocabulary in a browser, 10 ms for a source file of 64 KB.
//! Measured on a two-core machine, bytes with `opt-level = "s"` and fat LTO, times native with Qwen2.5's vocabulary
//! of 151,665 tokens:
//!
//! | | wasm | load | encode 64 KB of Rust | |
//! |---|---:|---:|---:|---|
//! | this crate | 71 KB | 38 ms | 1.4 ms | 65 KB after `wasm-opt -Oz`; load 78 ms in V8 |
//! | `tokenizers` 0.23.2 | 2,163 KB | 434 ms | 55 ms | same ids |
//! | `tiktoken-rs` 0.12.1 | 1,182 KB | 95 ms | 7.4 ms | has no list of merges |
//! | `bpe` 0.2.3 | 59 KB | 1,443 ms | 6.6 ms | has none either, cuts no words, needs a token for each byte |
//! | `fancy-regex` 0.20.0 | 878 KB | | 2.1 ms | cuts words only; `regex` 700 KB, without look-ahead |
//!
//! Size decided: any regex engine with Unicode tables is seven times the budget, so words are cut by hand-written
//! scanners. For the classes of characters `icu_properties` would cost 19 KB, `unicode-properties` 44 KB and
//! `unicode-general-category` 53 KB; a table of 7 KB is checked against `unicode-properties` for every code point.
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
pub use detokenizer::Detokenizer;
pub use error::TokenizerError;
pub use special::FimTokens;
pub use tokenizer::Tokenizer;
