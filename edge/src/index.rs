//! The index of a tenant's repositories: what comes in, how it is cut, how it is searched.
//!
//! The idea: all that a client sends is checked here into types; the store (a
//! Durable Object with SQLite and FTS5) runs fixed statements with bound values only.
//! A query is taken apart into words, so no syntax of FTS survives.

mod chunk;
mod query;
mod sync;

pub use chunk::{Piece, pieces};
pub use query::{match_expression, search_terms};
pub use sync::{Change, Entry, MANY_CHANGES, Sync, check_path, check_repo};

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
