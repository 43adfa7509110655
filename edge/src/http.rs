//! What is decided from method, path and headers alone: routes, origins, ranges, header lists.
//!
//! Headers pass by allow-list in both directions, so that a header nobody thought
//! of reaches neither a backend nor a client.

use crate::EdgeError;
use crate::config::Server;
use crate::tenant::Scope;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// Code at the cursor.
    Completions,
    /// A conversation.
    Chat,
    /// Models that can be named.
    Models,
    /// A file of a model.
    ModelFile,
    /// Changes of a repository.
    IndexSync,
    /// A search in a repository.
    IndexSearch,
    /// The end of a repository's index.
    IndexDelete,
    /// What became of a suggestion.
    Feedback,
    /// How many suggestions were taken.
    Stats,
    /// Whether the edge runs.
    Health,
    /// Counters for Prometheus.
    Metrics,
    /// The description of all this.
    OpenApi,
}

/// A row of the table of routes.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The route.
    pub route: Route,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// Its path; `{}` stands for one segment.
    pub path: &'static str,
    /// What credentials need; `None` lets any of them pass.
    pub scope: Option<Scope>,
    /// Whether there have to be credentials.
    pub public: bool,
}

const fn row(
    route: Route,
    method: &'static str,
    path: &'static str,
    scope: Option<Scope>,
    public: bool,
) -> Row {
    Row { route, method, path, scope, public }
}

/// Every route.
pub const ROUTES: &[Row] = &[
    row(Route::Completions, "POST", "/v1/completions", Some(Scope::Complete), false),
    row(Route::Chat, "POST", "/v1/chat/completions", Some(Scope::Chat), false),
    row(Route::Models, "GET", "/v1/models", None, false),
    row(Route::ModelFile, "GET", "/v1/models/{}/files/{}", None, false),
    row(Route::IndexSync, "POST", "/v1/index/sync", Some(Scope::Index), false),
    row(Route::IndexSearch, "GET", "/v1/index/search", Some(Scope::Index), false),
    row(Route::IndexDelete, "DELETE", "/v1/index", Some(Scope::Index), false),
    row(Route::Feedback, "POST", "/v1/feedback", Some(Scope::Complete), false),
    row(Route::Stats, "GET", "/v1/stats", Some(Scope::Complete), false),
    row(Route::Health, "GET", "/healthz", None, true),
    row(Route::Metrics, "GET", "/metrics", Some(Scope::Admin), false),
    row(Route::OpenApi, "GET", "/openapi.json", None, true),
];

impl Route {
    /// The name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Completions => "completions",
            Self::Chat => "chat",
            Self::Models => "models",
            Self::ModelFile => "model_file",
            Self::IndexSync => "index_sync",
            Self::IndexSearch => "index_search",
            Self::IndexDelete => "index_delete",
            Self::Feedback => "feedback",
            Self::Stats => "stats",
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::OpenApi => "openapi",
        }
    }

    /// The longest body, bytes.
    #[must_use]
    pub fn body_limit(self, server: &Server) -> usize {
        match self {
            Self::Completions | Self::Feedback => server.completion_body_bytes,
            Self::Chat => server.chat_body_bytes,
            Self::IndexSync => server.index_body_bytes,
            _ => 0,
        }
    }
}

/// A request's row, and what the `{}` of its path are.
///
/// # Errors
/// If there is no such path, or the path takes other methods.
pub fn find<'a>(method: &str, path: &'a str) -> Result<(&'static Row, Vec<&'a str>), EdgeError> {
    let mut other = None;
    for row in ROUTES {
        let Some(segments) = matched(row.path, path) else { continue };
        if row.method == method || (method == "HEAD" && row.method == "GET") {
            return Ok((row, segments));
        }
        other = Some(row.method);
    }
    Err(other.map_or(EdgeError::NotFound("route"), EdgeError::Method))
}

fn matched<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut segments = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(segments),
            (Some("{}"), Some(segment)) if !segment.is_empty() => segments.push(segment),
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

/// Headers of a backend's answer that a client gets to see.
pub const DOWN: &[&str] = &["content-type", "openai-processing-ms"];

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
pub enum Range {
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
pub fn range(header: Option<&str>, size: u64) -> Range {
    let Some((first, last)) = header
        .and_then(|value| value.strip_prefix("bytes="))
        .filter(|value| !value.contains(','))
        .and_then(|value| value.split_once('-'))
    else {
        return Range::Whole;
    };
    let number = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    match (number(first.trim()), number(last.trim()), first.trim().is_empty(), last.trim().is_empty()) {
        (Some(first), _, _, true) if first < size => Range::Part(first, size - 1),
        (Some(first), Some(last), ..) if first <= last && first < size => {
            Range::Part(first, last.min(size - 1))
        }
        (Some(first), Some(last), ..) if first > last => Range::Whole,
        (None, Some(0), true, _) => Range::Outside,
        (None, Some(tail), true, _) if size > 0 => Range::Part(size.saturating_sub(tail), size - 1),
        (Some(_), ..) | (None, Some(_), true, _) => Range::Outside,
        _ => Range::Whole,
    }
}
