//! All integration tests of this crate, as one program: a crate of its own each would be linked each.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod convert;
mod fetch;
mod prepare;
