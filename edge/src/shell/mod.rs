//! The worker itself: what comes in, what goes out, and what has to be waited for.
//!
//! The idea: this folder moves bytes and asks the policy modules what to do. No
//! stream, promise or timer of one request is touched by another; what isolates
//! share between requests is plain data in [`state`].
//!
//! Streams: a backend's body is read here only to learn what passes, and the very
//! chunks that arrived are written into the runtime's own identity stream, whose
//! other end is the client's body. A stream made in JavaScript would not be told
//! that the client went away by some versions of the runtime.

mod answer;
mod chat;
mod completions;
mod guard;
mod index;
mod js;
mod misc;
mod objects;
mod pump;
mod quota;
mod state;
mod stores;
mod upstream;
mod who;

use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::Env;

use crate::http::{self, Route, Row};
use crate::privacy::LogLine;
use crate::route::{Place, region};
use crate::{EdgeError, Millis, Principal};
use answer::Head;
use state::Loaded;

/// Everything that belongs to one request.
struct Call {
    request: Request,
    env: Env,
    context: Rc<worker::Context>,
    loaded: Rc<Loaded>,
    gone: js::Gone,
    start: Millis,
    head: std::cell::RefCell<Head>,
    bytes_in: std::cell::Cell<usize>,
    tries: std::cell::Cell<u32>,
    cache: std::cell::Cell<Option<&'static str>>,
}

impl Call {
    fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    /// Keeps the worker alive for work that outlives the answer.
    fn later(&self, work: impl Future<Output = ()> + 'static) {
        self.context.wait_until(work);
    }

    /// The client's region.
    fn region(&self) -> String {
        let cf = js::property(&self.request, "cf");
        let text = |name: &str| {
            cf.as_ref().and_then(|cf| js::property(cf, name)).and_then(|value| value.as_string())
        };
        let (country, continent, header) =
            (text("country"), text("continent"), self.header("x-ghostlight-region"));
        let place =
            Place { country: country.as_deref(), continent: continent.as_deref(), header: header.as_deref() };
        region(&self.loaded.config, &place).to_owned()
    }
}

/// What the runtime calls for every request.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports it")]
pub async fn handle_fetch(request: Request, env: Env, context: worker::worker_sys::Context) -> Response {
    let start = js::now();
    let context = Rc::new(worker::Context::new(context));
    let mut head = Head::new(js::uuid());
    let loaded = match state::load(&env, &context).await {
        Ok(loaded) => loaded,
        Err(error) => {
            js::log_error(&error.to_string());
            return answer::error(&error, &head);
        }
    };
    let origin = request.headers().get("origin").ok().flatten();
    match http::origin(&loaded.config.server, origin.as_deref()) {
        Ok(http::Origin::Allowed(origin)) => head.origin = Some(origin.to_owned()),
        Ok(http::Origin::None) => {}
        Err(error) => return answer::error(&error, &head),
    }
    let method = request.method();
    if method == "OPTIONS" {
        return answer::preflight(&head);
    }
    let (path, query) = js::path_and_query(&request.url());
    let found = http::find(&method, &path);
    let route = found.as_ref().map_or("none", |(row, _)| row.route.name());
    let gone = js::Gone::new(&request);
    let call = Rc::new(Call {
        request,
        env,
        context,
        loaded,
        gone,
        start,
        head: head.into(),
        bytes_in: 0.into(),
        tries: 0.into(),
        cache: None.into(),
    });
    let outcome = match found {
        Ok((row, segments)) => {
            let segments: Vec<String> = segments.into_iter().map(js::decoded).collect();
            handle(&call, row, &segments, &query).await
        }
        Err(error) => Err(error),
    };
    let error = outcome.as_ref().err().map(EdgeError::code);
    let response = outcome.unwrap_or_else(|error| answer::error(&error, &call.head.borrow()));
    note(&call, route, response.status(), error);
    response
}

/// What the runtime calls by the clock: every backend is asked whether it is well.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports it")]
pub async fn handle_scheduled(env: Env, context: worker::worker_sys::Context) {
    let context = Rc::new(worker::Context::new(context));
    match state::load(&env, &context).await {
        Ok(loaded) => upstream::probe(&loaded).await,
        Err(error) => js::log_error(&error.to_string()),
    }
}

async fn handle(call: &Rc<Call>, row: &Row, segments: &[String], query: &str) -> Result<Response, EdgeError> {
    let open = row.public || (row.route == Route::ModelFile && call.loaded.config.server.public_files);
    let principal = if open { None } else { Some(who::principal(call).await?) };
    if let (Some(scope), Some(principal)) = (row.scope, &principal) {
        principal.require(scope)?;
    }
    if let Some(principal) = &principal {
        quota::gate(call, principal).await?;
    }
    let limit = row.route.body_limit(&call.loaded.config.server);
    let body = if row.method == "POST" { answer::body(call, limit).await? } else { Vec::new() };
    call.bytes_in.set(body.len());
    match (row.route, principal) {
        (Route::Completions, Some(principal)) => completions::handle(call, &principal, &body).await,
        (Route::Chat, Some(principal)) => chat::handle(call, &principal, &body).await,
        (Route::IndexSync, Some(principal)) => index::sync(call, &principal, &body).await,
        (Route::IndexSearch, Some(principal)) => index::search(call, &principal, query).await,
        (Route::IndexDelete, Some(principal)) => index::delete(call, &principal, query).await,
        (Route::Feedback, Some(principal)) => misc::feedback(call, &principal, &body).await,
        (Route::Stats, Some(principal)) => misc::stats(call, &principal).await,
        (Route::ModelFile, _) => misc::model_file(call, segments).await,
        (Route::Models, _) => Ok(misc::models(call)),
        (Route::Metrics, _) => Ok(misc::metrics(call)),
        (Route::OpenApi, _) => Ok(misc::openapi(call)),
        (Route::Health, _) => Ok(misc::health(call)),
        // Only routes that are open have no principal.
        _ => Err(EdgeError::NotFound("route")),
    }
}

fn note(call: &Call, route: &'static str, status: u16, error: Option<&'static str>) {
    let head_ms = js::now().since(call.start).0;
    state::with(|isolate| {
        let labels = [("route", route), ("status", js::status_text(status))];
        isolate.metrics.add("ghostlight_requests_total", &labels, 1);
        isolate.metrics.time("ghostlight_head_ms", &[("route", route)], head_ms);
    });
    if let Some(error) = error.filter(|_| status >= 500) {
        let (cache, tries) = (call.cache.get(), call.tries.get());
        let line = LogLine {
            route,
            status,
            error: Some(error),
            cache,
            bytes_in: call.bytes_in.get(),
            head_ms,
            tries,
        };
        js::log_error(&serde_json::to_string(&line).unwrap_or_default());
    }
}

/// Whose store an object belongs to, as its name.
fn object_name(principal: &Principal, rest: &str) -> String {
    format!("{}:{rest}", principal.tenant().as_str())
}
