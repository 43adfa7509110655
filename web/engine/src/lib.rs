//! The engine as one wasm-bindgen class over plain data.
//!
//! `Engine` converts and delegates: JavaScript values become
//! the types of `ghostlight-protocol`, a `Session` of `ghostlight-complete` answers, and
//! the answer goes back the same way. It is built four times: for browsers with
//! SIMD, with relaxed SIMD (feature `relaxed-simd`), with that and shared memory
//! (feature `threads`), and with WebGPU (feature `webgpu`). It runs in a worker, gives that worker's event loop its turn, and
//! has no logic of its own. Outside WebAssembly this crate is empty.
#![cfg(target_family = "wasm")]

mod convert;
mod engine;
mod error;
mod explain;
mod host;
pub mod kernels;
mod library;
mod load;
mod reach;
mod sha256;
mod source;
pub mod start;
mod syntax;
#[cfg(feature = "threads")]
pub mod threads;

pub use engine::Engine;
pub use reach::reach;
pub use sha256::Sha256;
