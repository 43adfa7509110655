//! The index of repositories: bodies checked into types, files cut into chunks, full-text queries, the schema.
//!
//! The idea: all that a client sends is checked here into types; the store (a
//! Durable Object with SQLite and FTS5) runs fixed statements with bound values only.
//! A query is taken apart into words, so no syntax of FTS survives.

mod chunk;
mod query;
mod sync;

pub use chunk::{Chunk, chunks};
pub use query::{match_expression, search_terms};
pub use sync::{Change, MANY_CHANGES, ManifestEntry, SYNC_SCHEMA, Sync, check_path, check_repo};

/// The most results of a search.
pub const MOST_RESULTS: u64 = 50;

/// Statements that make the store. They run at every start and do nothing the second time.
pub const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS files (
        path TEXT PRIMARY KEY, hash TEXT NOT NULL, bytes INTEGER NOT NULL
     ) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS pieces (
        id INTEGER PRIMARY KEY, path TEXT NOT NULL, line INTEGER NOT NULL, text TEXT NOT NULL
     )",
    "CREATE INDEX IF NOT EXISTS pieces_path ON pieces (path)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5 (
        body, tokenize = 'unicode61'
     )",
];
