//! All integration tests of this crate, as one program: a crate of its own each would be linked each.

mod code_match;
mod guard;
mod privacy;
mod real_files;
mod risky;
mod secret_files;
mod secrets;
