//! The language model: a burn module, its kernels and its KV cache.
//!
//! [`Model::load`] reads a GGUF file of a supported family onto a [`Backend`]
//! and is a [`ghostlight_decode::Decoder`] from then on. [`transformer`] is the
//! model on one screen; [`ops`] are the operations that it is made of;
//! [`kernel`] is what they are on a CPU.
//!
//! This crate knows no tokenizer, no text and no browser, and it is the only
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
