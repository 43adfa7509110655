//! The table of HTTP routes: a route is a row, and a row is all there is to a route.
//!
//! The worker finds its handler here, and [`openapi`](crate::openapi) makes the
//! document of all routes from the same rows. Which backend answers a completion is
//! not decided here but in [`balancing`](crate::balancing).

mod answers;

use crate::config::Server;
use crate::request::{chat, completion};
use crate::schema::{Field, Form, Schema};
use crate::tenant::Scope;
use crate::{EdgeError, feedback, index};

/// A row of the table.
#[derive(Debug)]
pub struct Route {
    /// The name in metrics and logs.
    pub name: &'static str,
    /// `GET`, which `HEAD` comes with, `POST` or `DELETE`.
    pub method: &'static str,
    /// Its path; `{name}` stands for one segment.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// The body that it takes.
    pub body: Option<Body>,
    /// Parameters of its query.
    pub query: &'static [Field],
    /// Headers that mean something to it.
    pub headers: &'static [Field],
    /// What it answers.
    pub answer: Answer,
    /// What it does, for the document.
    pub summary: &'static str,
    /// The function of `shell` that answers, which is compiled for WebAssembly only.
    #[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "only the worker calls it"))]
    pub(crate) handler: Handler,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without credentials.
    Public,
    /// Whoever has credentials, or anybody with `server.public_files`.
    Files,
    /// Whoever has credentials.
    Authenticated,
    /// Whoever has credentials with this scope.
    Scoped(Scope),
}

/// The body of a request.
#[derive(Debug)]
pub struct Body {
    /// The most bytes, as configured.
    pub limit: fn(&Server) -> usize,
    /// What it holds, as JSON.
    pub schema: &'static Schema,
}

/// What a route answers when all is well.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// JSON.
    Json(&'static Schema),
    /// A model's answer: JSON, or an event stream if the body says `"stream": true`.
    Generated(&'static Schema),
    /// Bytes of a file, whole or a range.
    File,
    /// Plain text.
    Text,
}

#[cfg(target_arch = "wasm32")]
pub(crate) use crate::shell::Handler;

/// Stands for the function of `shell` where that is not compiled.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub(crate) struct Handler;

/// The function at a path inside of `shell`, in the form that the table holds.
#[cfg(target_arch = "wasm32")]
macro_rules! handler {
    ($($path:ident)::+) => {
        Handler(|incoming| Box::pin(crate::shell::$($path)::+(incoming)))
    };
}

#[cfg(not(target_arch = "wasm32"))]
macro_rules! handler {
    ($($path:ident)::+) => {
        Handler
    };
}

/// How far the text of a request may go.
const MODE: Field = Field::optional(
    "x-ghostlight-mode",
    Form::OneOf(&["tab-only", "own-edge", "backend"]),
    "How far the text may go at most.",
);
/// Which repository a text is of.
const REPO: Field = Field::optional("x-ghostlight-repo", Form::Text, "The repository, for rules of privacy.");
/// The repository of an index.
const INDEXED_REPO: Field = Field::required("repo", Form::ShortText(200), "The repository.");

/// Every route.
pub static ROUTES: &[Route] = &[
    Route {
        name: "completions",
        method: "POST",
        path: "/v1/completions",
        access: Access::Scoped(Scope::Complete),
        body: Some(Body { limit: |server| server.completion_body_bytes, schema: &completion::SCHEMA }),
        query: &[],
        headers: &[MODE, REPO],
        answer: Answer::Generated(&answers::COMPLETION),
        summary: "Code at the cursor.",
        handler: handler!(completions::handle),
    },
    Route {
        name: "chat",
        method: "POST",
        path: "/v1/chat/completions",
        access: Access::Scoped(Scope::Chat),
        body: Some(Body { limit: |server| server.chat_body_bytes, schema: &chat::SCHEMA }),
        query: &[],
        headers: &[MODE, REPO],
        answer: Answer::Generated(&answers::CHAT),
        summary: "A conversation.",
        handler: handler!(chat::handle),
    },
    Route {
        name: "models",
        method: "GET",
        path: "/v1/models",
        access: Access::Authenticated,
        body: None,
        query: &[],
        headers: &[],
        answer: Answer::Json(&answers::MODELS),
        summary: "Models that can be named.",
        handler: handler!(models::list),
    },
    Route {
        name: "model_file",
        method: "GET",
        path: "/v1/models/{model}/files/{file}",
        access: Access::Files,
        body: None,
        query: &[],
        headers: &[Field::optional("range", Form::Text, "A range of bytes, such as `bytes=0-1023`.")],
        answer: Answer::File,
        summary: "A file of a model, whole or a range of it.",
        handler: handler!(models::file),
    },
    Route {
        name: "index_sync",
        method: "POST",
        path: "/v1/index/sync",
        access: Access::Scoped(Scope::Index),
        body: Some(Body { limit: |server| server.index_body_bytes, schema: &index::SYNC_SCHEMA }),
        query: &[],
        headers: &[MODE],
        answer: Answer::Json(&answers::SYNC),
        summary: "Changes of a repository, or what has to be changed.",
        handler: handler!(index::sync),
    },
    Route {
        name: "index_search",
        method: "GET",
        path: "/v1/index/search",
        access: Access::Scoped(Scope::Index),
        body: None,
        query: &[
            INDEXED_REPO,
            Field::required("q", Form::Text, "What to look for."),
            Field::optional(
                "limit",
                Form::Whole(1, index::MOST_RESULTS),
                "The most results; 10 if left out.",
            ),
        ],
        headers: &[],
        answer: Answer::Json(&answers::SEARCH),
        summary: "Chunks of a repository that fit a query, best first (BM25).",
        handler: handler!(index::search),
    },
    Route {
        name: "index_delete",
        method: "DELETE",
        path: "/v1/index",
        access: Access::Scoped(Scope::Index),
        body: None,
        query: &[INDEXED_REPO],
        headers: &[],
        answer: Answer::Json(&answers::DELETED),
        summary: "Forget a repository.",
        handler: handler!(index::delete),
    },
    Route {
        name: "feedback",
        method: "POST",
        path: "/v1/feedback",
        access: Access::Scoped(Scope::Complete),
        body: Some(Body { limit: |server| server.completion_body_bytes, schema: &feedback::SCHEMA }),
        query: &[],
        headers: &[],
        answer: Answer::Json(&answers::COUNTED),
        summary: "What became of suggestions.",
        handler: handler!(feedback::record),
    },
    Route {
        name: "stats",
        method: "GET",
        path: "/v1/stats",
        access: Access::Scoped(Scope::Complete),
        body: None,
        query: &[],
        headers: &[],
        answer: Answer::Json(&answers::STATS),
        summary: "How many suggestions were taken, by model, language and variant.",
        handler: handler!(feedback::stats),
    },
    Route {
        name: "health",
        method: "GET",
        path: "/healthz",
        access: Access::Public,
        body: None,
        query: &[],
        headers: &[],
        answer: Answer::Json(&answers::HEALTH),
        summary: "Whether the edge runs.",
        handler: handler!(status::health),
    },
    Route {
        name: "metrics",
        method: "GET",
        path: "/metrics",
        access: Access::Scoped(Scope::Admin),
        body: None,
        query: &[],
        headers: &[],
        answer: Answer::Text,
        summary: "Counters of one isolate for Prometheus.",
        handler: handler!(status::metrics),
    },
    Route {
        name: "openapi",
        method: "GET",
        path: "/openapi.json",
        access: Access::Public,
        body: None,
        query: &[],
        headers: &[],
        answer: Answer::Json(&answers::OPENAPI),
        summary: "This document.",
        handler: handler!(status::openapi),
    },
];

/// A request's route, and what the `{}` of its path are.
///
/// # Errors
/// If there is no such path, or the path takes other methods.
pub fn find<'a>(method: &str, path: &'a str) -> Result<(&'static Route, Vec<&'a str>), EdgeError> {
    let mut other = None;
    for route in ROUTES {
        let Some(segments) = matched(route.path, path) else { continue };
        if route.method == method || (method == "HEAD" && route.method == "GET") {
            return Ok((route, segments));
        }
        other = Some(route.method);
    }
    Err(other.map_or(EdgeError::NotFound("route"), EdgeError::Method))
}

fn matched<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut segments = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(segments),
            (Some(wanted), Some(segment)) if wanted.starts_with('{') && !segment.is_empty() => {
                segments.push(segment);
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}
