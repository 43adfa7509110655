//! The language model: a burn module, its kernels and its KV cache.
//!
//! [`Model::load`] reads a GGUF file of a supported family onto a [`Backend`]
//! and is a [`ghostlight_decode::Decoder`] from then on. [`transformer`] is the
//! model on one screen; [`ops`] are the operations that it is made of;
//! [`kernel`] is what they are on a CPU.
//!
//! ```no_run
//! use ghostlight_decode::{Cancel, Decoder};
//! use ghostlight_gguf::Gguf;
//! use ghostlight_model::{Backend, Model, Options};
//! use ghostlight_text::TokenId;
//!
//! # pollster::block_on(async {
//! let source: &[u8] = &[]; // anything that is a `Source`
//! let gguf = Gguf::open(source).await?;
//! let (backend, cancel) = (Backend::cpu(), Cancel::new());
//! let mut progress = |p: ghostlight_model::Progress| println!("{} of {} bytes", p.done, p.total);
//! let mut model =
//!     Model::load(source, &gguf, &backend, Options::default(), &mut progress, &cancel).await?;
//! let first = model.prefill(&[TokenId(1), TokenId(2)], &cancel).await.expect("room for two tokens");
//! let second = model.step(first.token, &cancel).await.expect("room for a third");
//! println!("{} with a log-probability of {}", second.token, second.log_prob);
//! # Ok::<(), ghostlight_model::ModelError>(()) });
//! ```
//!
//! What else there is to opening a file (tokenizer, self-test, errors with the
//! file's name) is `ghostlight-loader`'s. This crate knows no tokenizer, no text and no browser, and it is the only
//! one that names burn. Nothing in it blocks: reading back from a device is
//! async, and native callers block at their outermost edge.

mod backend;
mod cache;
pub mod check;
mod config;
mod decoder;
mod error;
pub mod kernel;
mod load;
pub mod ops;
pub mod timing;
pub mod transformer;

pub use backend::{Backend, BackendKind};
pub use config::{Config, Family};
pub use decoder::{DEFAULT_CONTEXT, Model, Options};
pub use error::ModelError;
pub use kernel::ThreadPool;
pub use load::{Precision, Progress};
pub use ops::Adapter;
