//! HTTP headers: CORS origins and lists, `cache-control`, byte ranges.
//!
//! No header is handed on in either direction: what a backend and a client get is set
//! by the shell one by one, so a header nobody thought of reaches neither.

use crate::EdgeError;
use crate::config::Server;

/// Headers of a client that a page of another origin may send.
pub const CORS_HEADERS: &str = "authorization, content-type, cache-control, x-ghostlight-repo, \
    x-ghostlight-mode, \
    x-stainless-arch, x-stainless-lang, x-stainless-os, x-stainless-package-version, x-stainless-retry-count, \
    x-stainless-runtime, x-stainless-runtime-version, x-stainless-timeout, x-stainless-helper-method";

/// Headers of ours that a page of another origin may read.
pub const CORS_EXPOSED: &str = "retry-after, x-request-id, x-ghostlight-cache, x-ghostlight-fallback, x-ghostlight-model, x-ghostlight-variant";

/// What to do about the origin of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// No page of another origin asks.
    None,
    /// This origin may read the answer.
    Allowed(&'a str),
}

/// Compares an `origin` header with the list, byte by byte.
///
/// # Errors
/// For an origin that is not on the list.
pub fn origin<'a>(server: &Server, header: Option<&'a str>) -> Result<Origin<'a>, EdgeError> {
    match header {
        None => Ok(Origin::None),
        Some(origin) if server.cors_origins.iter().any(|allowed| allowed == origin) => {
            Ok(Origin::Allowed(origin))
        }
        Some(_) => Err(EdgeError::Origin),
    }
}

/// Whether `cache-control` forbids keeping anything of this exchange.
#[must_use]
pub fn forbids_store(cache_control: Option<&str>) -> bool {
    cache_control
        .is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case("no-store")))
}

/// Whether `cache-control` asks for a new answer.
#[must_use]
pub fn forbids_hit(cache_control: Option<&str>) -> bool {
    cache_control
        .is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case("no-cache")))
}

/// Which bytes of a file are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// All of them.
    Whole,
    /// From the first number to the second, both included.
    Part(u64, u64),
    /// None that are there.
    Outside,
}

/// Reads a `range` header for a file of `size` bytes (RFC 9110, 14.2). What is not
/// understood, or names several ranges, means the whole file, as the RFC allows.
#[must_use]
pub fn range(header: Option<&str>, size: u64) -> ByteRange {
    let Some((first, last)) = header
        .and_then(|value| value.strip_prefix("bytes="))
        .filter(|value| !value.contains(','))
        .and_then(|value| value.split_once('-'))
    else {
        return ByteRange::Whole;
    };
    let number = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    match (number(first.trim()), number(last.trim()), first.trim().is_empty(), last.trim().is_empty()) {
        (Some(first), _, _, true) if first < size => ByteRange::Part(first, size - 1),
        (Some(first), Some(last), ..) if first <= last && first < size => {
            ByteRange::Part(first, last.min(size - 1))
        }
        (Some(first), Some(last), ..) if first > last => ByteRange::Whole,
        (None, Some(0), true, _) => ByteRange::Outside,
        (None, Some(tail), true, _) if size > 0 => ByteRange::Part(size.saturating_sub(tail), size - 1),
        (Some(_), ..) | (None, Some(_), true, _) => ByteRange::Outside,
        _ => ByteRange::Whole,
    }
}
