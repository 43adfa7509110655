//! Fetching against a server that breaks in every way a network does.

#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod bench;
mod pieces;
mod prepare;
mod server;
mod sources;
