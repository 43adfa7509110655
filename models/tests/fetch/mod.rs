//! Fetching against a server that breaks in every way a network does.

mod bench;
mod pieces;
mod prepare;
mod server;
mod sources;
