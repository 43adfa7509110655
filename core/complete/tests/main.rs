//! All integration tests of this crate, as one program: a crate of its own each would be linked each.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod filters;
mod fim_goldens;
mod generation;
mod guard;
mod invariants;
mod language;
mod remote;
mod review;
mod scheduler;
mod session;
mod support;
mod tokenizer;
mod trigger;
mod workspace;
