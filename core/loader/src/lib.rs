//! Opens a model file and brings it onto a device: one way for browser and command line.
//!
//! The idea: two steps, so that what would fail late is found out early.
//! [`ModelFile::open`] reads the header and refuses what no engine runs.
//! [`ModelFile::load`] compares the kernels with their definition, reads the
//! weights, and on a GPU compiles the pipelines. Every error is a [`LoadError`],
//! which names the file and says what to do. What follows from the kind of device
//! (chunks of a prompt, speculation) stands in [`policy`], and how fast a loaded
//! model is, [`measure`] tells.
//!
//! It does not find or download files (`ghostlight-models`, the worker's storage),
//! choose a device, or complete anything (`ghostlight-complete`).
//!
//! ```no_run
//! use ghostlight_decode::{Cancel, Decoder};
//! use ghostlight_loader::{LoadOptions, ModelFile};
//! use ghostlight_model::Backend;
//!
//! # pollster::block_on(async {
//! let bytes: &[u8] = &[]; // anything that is a `Source`: a file, OPFS, a slice
//! let file = ModelFile::open("tiny.gguf", bytes).await?;
//! let context = file.context(None, 512);
//! println!("{}, {} layers", file.facts().architecture, file.config().layers);
//!
//! let options = LoadOptions { context, ..LoadOptions::default() };
//! let mut progress = |p: ghostlight_loader::Progress| println!("{:?}: {} of {}", p.stage, p.done, p.total);
//! let mut loaded = file.load(&Backend::cpu(), options, &mut progress, &Cancel::new()).await?;
//! let prompt = loaded.tokenizer.encode("fn main");
//! loaded.model.prefill(&prompt, &Cancel::new()).await.expect("room for the prompt");
//! # Ok::<(), ghostlight_loader::LoadError>(()) });
//! ```

mod error;
mod file;
mod header;
mod measure;
pub mod policy;

pub use error::{Fault, LoadError};
pub use file::{LoadOptions, Loaded, ModelFile, ModelInfo, Progress, Stage, facts};
pub use header::Header;
pub use measure::{Measured, measure};
