//! Vectors of texts, by all-MiniLM-L6-v2: what is near in meaning has vectors that point alike.
//!
//! The idea: a text is cut into word pieces ([`WordPiece`]), an encoder of six layers
//! reads them all at once (`encoder.rs`, in ordinary burn operations on f32), and the
//! mean over its positions, made one long, is the text's vector. [`MiniLm`] is all of
//! it, an [`Embedder`](ghostlight_context::Embedder) for the index of a workspace.
//!
//! Bytes are handed in; no file is read here. There is no training, no batch (a text is
//! read alone, so its vector never depends on its neighbours), and no kernel of our own.
//!
//! ```no_run
//! # fn bytes_of(_: &str) -> Vec<u8> { Vec::new() }
//! use ghostlight_context::Embedder;
//! use ghostlight_embed::MiniLm;
//!
//! let vocabulary = String::from_utf8(bytes_of("vocab.txt")).expect("it is text");
//! let mut model = MiniLm::load(&bytes_of("model.safetensors"), &vocabulary)?;
//! let vectors = model.embed(&["fn parse_header(line: &str)"]).expect("it runs on this machine");
//! assert_eq!(vectors[0].len(), 384);
//! # Ok::<(), ghostlight_embed::EmbedError>(())
//! ```

mod encoder;
mod error;
mod minilm;
mod weights;
mod wordpiece;

pub use error::EmbedError;
pub use minilm::{MOST_PIECES, MiniLm, NAME};
pub use wordpiece::WordPiece;
