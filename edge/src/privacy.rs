//! What may be kept of a request, and what may be said about it.
//!
//! The idea: one decision, made once a request, that every store asks. A line of
//! the log is a struct without a field that text of a request would fit into.

use serde::Serialize;

use crate::http;
use crate::tenant::{Principal, Privacy};

/// What may be done with one request's text and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handling {
    /// Whether an earlier answer may be given.
    pub read: bool,
    /// Whether the answer may be kept, or shared with a request in flight.
    pub write: bool,
}

/// Decides from the principal and the request's `cache-control`.
#[must_use]
pub fn handling(principal: &Principal, cache_control: Option<&str>) -> Handling {
    let keeps = principal.privacy() == Privacy::Standard && !http::forbids_store(cache_control);
    Handling { read: keeps && !http::forbids_hit(cache_control), write: keeps }
}

/// A line of the log.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LogLine {
    /// The route's name.
    pub route: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The code of the error, where there is one.
    pub error: Option<&'static str>,
    /// How the cache was used.
    pub cache: Option<&'static str>,
    /// Bytes of the request's body.
    pub bytes_in: usize,
    /// Milliseconds until the head of the answer.
    pub head_ms: u64,
    /// Tries that were made with backends.
    pub tries: u32,
}
