//! The worker's I/O: fetch and scheduled events, requests to backends, stores, streams.
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
mod authenticate;
pub(crate) mod chat;
pub(crate) mod completions;
pub(crate) mod feedback;
mod guard;
pub(crate) mod index;
mod js;
pub(crate) mod models;
mod objects;
mod pump;
mod quota;
mod serve;
mod state;
pub(crate) mod status;
mod stores;
mod upstream;

use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::Env;

use crate::balancing::{Location, region};
use crate::error::AuthFault;
use crate::privacy::{EgressPolicy, LogLine};
use crate::routes::{self, Access, Route};
use crate::{EdgeError, Millis, Principal, http};
use answer::Head;
use state::RuntimeConfig;

/// A request that was let in, with its body read.
pub(crate) struct Incoming {
    call: Rc<Call>,
    /// Who asks; nobody on a route that lets anybody in.
    principal: Option<Principal>,
    body: Vec<u8>,
    /// What stands in the path for its `{}`.
    segments: Vec<String>,
    query: String,
}

impl Incoming {
    /// # Errors
    /// On a route that lets anybody in.
    fn principal(&self) -> Result<&Principal, EdgeError> {
        self.principal.as_ref().ok_or(EdgeError::Unauthorized(AuthFault::Missing))
    }
}

/// The answer of a [`Handler`], once it is there.
type Handled = Pin<Box<dyn Future<Output = Result<Response, EdgeError>>>>;

/// What answers the requests of a route.
#[derive(Debug)]
pub(crate) struct Handler(pub(crate) fn(Incoming) -> Handled);

/// Everything that belongs to one request.
struct Call {
    request: Request,
    env: Env,
    context: Rc<worker::Context>,
    runtime: Rc<RuntimeConfig>,
    disconnect: js::ClientDisconnect,
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
        let location = Location {
            country: country.as_deref(),
            continent: continent.as_deref(),
            header: header.as_deref(),
        };
        region(&self.runtime.config, &location).to_owned()
    }

    /// How far the texts of the request may go.
    fn egress(&self, principal: &Principal) -> Result<EgressPolicy<'_>, EdgeError> {
        let (mode, repo) = (self.header("x-ghostlight-mode"), self.header("x-ghostlight-repo"));
        EgressPolicy::new(principal, mode.as_deref(), &self.runtime.layers, repo)
    }
}

/// What the runtime calls for every request.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports it")]
pub async fn handle_fetch(request: Request, env: Env, context: worker::worker_sys::Context) -> Response {
    let start = js::now();
    let context = Rc::new(worker::Context::new(context));
    let mut head = Head::new(js::uuid());
    let runtime = match state::load(&env, &context).await {
        Ok(runtime) => runtime,
        Err(error) => {
            js::log_error(&error.to_string());
            return answer::error(&error, &head);
        }
    };
    let origin = request.headers().get("origin").ok().flatten();
    match http::origin(&runtime.config.server, origin.as_deref()) {
        Ok(http::Origin::Allowed(origin)) => head.origin = Some(origin.to_owned()),
        Ok(http::Origin::None) => {}
        Err(error) => return answer::error(&error, &head),
    }
    let method = request.method();
    if method == "OPTIONS" {
        return answer::preflight(&head);
    }
    let (path, query) = js::path_and_query(&request.url());
    let found = routes::find(&method, &path);
    let name = found.as_ref().map_or("none", |(route, _)| route.name);
    let disconnect = js::ClientDisconnect::new(&request);
    let call = Rc::new(Call {
        request,
        env,
        context,
        runtime,
        disconnect,
        start,
        head: head.into(),
        bytes_in: 0.into(),
        tries: 0.into(),
        cache: None.into(),
    });
    let outcome = match found {
        Ok((route, segments)) => {
            let segments = segments.into_iter().map(js::decoded).collect();
            handle(&call, route, segments, query).await
        }
        Err(error) => Err(error),
    };
    let error = outcome.as_ref().err().map(EdgeError::code);
    let response = outcome.unwrap_or_else(|error| answer::error(&error, &call.head.borrow()));
    note(&call, name, response.status(), error);
    response
}

/// What the runtime calls by the clock: every backend is asked whether it is well.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports it")]
pub async fn handle_scheduled(env: Env, context: worker::worker_sys::Context) {
    let context = Rc::new(worker::Context::new(context));
    match state::load(&env, &context).await {
        Ok(runtime) => upstream::probe(&runtime).await,
        Err(error) => js::log_error(&error.to_string()),
    }
}

/// Lets a request in, reads its body, and has it answered.
async fn handle(
    call: &Rc<Call>,
    route: &Route,
    segments: Vec<String>,
    query: String,
) -> Result<Response, EdgeError> {
    let server = &call.runtime.config.server;
    let is_open = match route.access {
        Access::Public => true,
        Access::Files => server.public_files,
        Access::Authenticated | Access::Scoped(_) => false,
    };
    let principal = if is_open { None } else { Some(authenticate::principal(call).await?) };
    if let Some(principal) = &principal {
        if let Access::Scoped(scope) = route.access {
            principal.require(scope)?;
        }
        quota::gate(call, principal).await?;
    }
    let body = match &route.body {
        Some(body) => answer::body(call, (body.limit)(server)).await?,
        None => Vec::new(),
    };
    call.bytes_in.set(body.len());
    (route.handler.0)(Incoming { call: call.clone(), principal, body, segments, query }).await
}

fn note(call: &Call, route: &'static str, status: u16, error: Option<&'static str>) {
    let head_ms = js::now().since(call.start).0;
    let text = status.to_string();
    state::with(|isolate| {
        let labels = [("route", route), ("status", text.as_str())];
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
