//! The index of a workspace as one wasm-bindgen class over plain data.
//!
//! A module of its own, since a page without a workspace need not fetch it: the worker loads
//! it when a workspace is opened, gives it the files and the syntax packs, and hands its
//! instance to the engine, which asks it what a prompt could quote. It converts and delegates
//! to `Workspace` of `ghostlight-complete`. Outside WebAssembly this crate is empty.
#![cfg(target_family = "wasm")]

mod index;
mod start;

pub use index::WorkspaceIndex;
