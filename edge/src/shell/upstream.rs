//! Upstream: backends are tried in order, with retries and hedges, until one has sent its first event.
//!
//! Nothing has been sent to the client while this runs, so any failure in here can
//! be made good. Dropping a try aborts its request.

use std::pin::Pin;
use std::rc::Rc;

use futures_util::future::{Either, select};
use ghostlight_guard::Reach;
use js_sys::Uint8Array;
use serde_json::Value;
use web_sys::{RequestInit, RequestRedirect, Response};

use super::state::RuntimeConfig;
use super::{Call, js, state};
use crate::balancing::{Backoff, Breaker, BreakerState, Load, Permit, RankRequest, Verdict, rank, verdict};
use crate::config::Model;
use crate::stream::{Endpoint, StreamState, TextDelta, as_events};
use crate::{EdgeError, Millis};

/// The longest answer that is no stream, bytes, and the longest error.
const LONGEST: usize = 4 << 20;
const LONGEST_ERROR: usize = 4 << 10;
/// How long a backend is asked to wait with the next request if all are busy.
const BUSY: Millis = Millis(1_000);
/// How long the body of an error may take.
const ERROR_BODY_TIMEOUT: Millis = Millis(1_000);
/// How long a backend may take to say that it is well.
const PROBE_TIMEOUT: Millis = Millis(3_000);

/// A request to whichever backend answers it.
pub(super) struct UpstreamRequest<'a> {
    pub(super) model: &'a Model,
    pub(super) endpoint: Endpoint,
    pub(super) stream: bool,
    pub(super) hedge: bool,
    pub(super) affinity: u64,
    pub(super) region: &'a str,
    /// How far the text may go.
    pub(super) reach: Reach,
    /// The most text that is kept of an answer, bytes.
    pub(super) keep: usize,
    /// The body for the model that answers and the name that a backend calls it by.
    pub(super) body: &'a dyn Fn(&Model, &str) -> Value,
}

/// A backend's answer, its first bytes read.
pub(super) struct UpstreamResponse {
    pub(super) stream_state: StreamState,
    pub(super) deltas: Vec<TextDelta>,
    pub(super) chunks: Vec<Uint8Array>,
    /// Whether it goes to the client as events.
    pub(super) is_stream: bool,
    /// What is still to come; `None` if it is whole.
    pub(super) rest: Option<js::Reader>,
    pub(super) slot: InFlight,
    // Aborts the request when it is dropped, so it is last.
    pub(super) outgoing: js::Outgoing,
}

/// A request in flight at a backend. Dropped without a verdict, it was abandoned.
pub(super) struct InFlight {
    runtime: Rc<RuntimeConfig>,
    at: usize,
    judged: bool,
}

impl InFlight {
    fn new(runtime: &Rc<RuntimeConfig>, at: usize) -> Self {
        state::with(|isolate| {
            if let Some(backend) = isolate.backend(runtime, at) {
                backend.in_flight = backend.in_flight.saturating_add(1);
            }
        });
        Self { runtime: runtime.clone(), at, judged: false }
    }

    /// Tells the breaker how it went.
    pub(super) fn judge(&mut self, well: bool) {
        self.judged = true;
        self.breaker(|breaker| if well { breaker.succeeded(js::now()) } else { breaker.failed(js::now()) });
    }

    fn rest(&mut self, span: Millis) {
        self.judged = true;
        self.breaker(|breaker| breaker.rest(js::now(), span));
    }

    fn breaker(&self, tell: impl FnOnce(&mut Breaker)) {
        state::with(|isolate| {
            if let Some(backend) = isolate.backend(&self.runtime, self.at) {
                tell(&mut backend.breaker);
            }
        });
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let judged = self.judged;
        state::with(|isolate| {
            if let Some(backend) = isolate.backend(&self.runtime, self.at) {
                backend.in_flight = backend.in_flight.saturating_sub(1);
                if !judged {
                    backend.breaker.abandoned();
                }
            }
        });
    }
}

/// # Errors
/// If the text may go no further than the edge, and no backend is a part of it.
pub(super) fn require_own(runtime: &RuntimeConfig, model: &Model, reach: Reach) -> Result<(), EdgeError> {
    let backends = runtime.config.backends.iter().filter(|backend| model.backends.contains_key(&backend.id));
    if reach == Reach::Backend || backends.into_iter().any(|backend| backend.own) {
        Ok(())
    } else {
        Err(EdgeError::Private("the edge"))
    }
}

/// Asks until somebody answers, or `nobody` wants an answer any more.
pub(super) async fn ask(
    call: &Call,
    request: &UpstreamRequest<'_>,
    nobody: impl Future<Output = ()>,
) -> Result<UpstreamResponse, EdgeError> {
    match select(std::pin::pin!(tries(call, request)), std::pin::pin!(nobody)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => {
            state::with(|isolate| {
                isolate.metrics.add("ghostlight_cancelled_total", &[("when", "before_first_byte")], 1)
            });
            Err(EdgeError::Cancelled)
        }
    }
}

async fn tries(call: &Call, request: &UpstreamRequest<'_>) -> Result<UpstreamResponse, EdgeError> {
    let runtime = &call.runtime;
    let routing = &runtime.config.routing;
    let (retry_after, mut last) = (BUSY, None);
    let mut backoff = Backoff::default();
    let mut used: Vec<usize> = Vec::new();
    state::with(|isolate| {
        isolate.retries.earn(js::now());
        if request.hedge {
            isolate.hedges.earn(js::now());
        }
    });
    for attempt in 0..routing.attempts {
        let Some(at) = next(runtime, request, &used) else { break };
        if attempt > 0 {
            if !state::with(|isolate| isolate.retries.spend(js::now())) {
                break;
            }
            state::with(|isolate| isolate.metrics.add("ghostlight_retries_total", &[], 1));
            js::sleep(backoff.next(js::random())).await;
        }
        used.push(at);
        call.tries.set(call.tries.get() + 1);
        let first: Pin<Box<dyn Future<Output = _> + '_>> = Box::pin(one(runtime, request, at));
        let outcome = match hedge_after(runtime, request, at) {
            None => first.await,
            Some(span) => match select(first, std::pin::pin!(js::sleep(span))).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(((), first)) => match second(runtime, request, &mut used) {
                    None => first.await,
                    Some(at) => {
                        call.tries.set(call.tries.get() + 1);
                        either(first, Box::pin(one(runtime, request, at))).await
                    }
                },
            },
        };
        match outcome {
            Ok(answer) => return Ok(answer),
            Err(Verdict::Fail(error)) => return Err(error),
            Err(Verdict::Retry(error)) => last = Some(error),
            Err(Verdict::Rest(_) | Verdict::Use) => {}
        }
    }
    // With a single backend its fault is worth telling; with several none is to blame.
    Err(match last {
        Some(error) if used.iter().all(|at| *at == used[0]) => error,
        _ => EdgeError::Overloaded { retry_after },
    })
}

/// The first of two that answers; the other is dropped, which aborts it.
async fn either<'a, T, E>(
    one: Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>,
    two: Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>,
) -> Result<T, E> {
    match select(one, two).await {
        Either::Left((Ok(answer), _)) | Either::Right((Ok(answer), _)) => Ok(answer),
        Either::Left((Err(_), other)) => other.await,
        Either::Right((Err(_), other)) => other.await,
    }
}

/// The best backend that was not tried, with its breaker's leave. If all were tried,
/// one may be tried again.
fn next(runtime: &Rc<RuntimeConfig>, request: &UpstreamRequest<'_>, used: &[usize]) -> Option<usize> {
    let now = js::now();
    state::with(|isolate| {
        let loads: Vec<Load> = (0..runtime.config.backends.len())
            .map(|at| {
                isolate.backend(runtime, at).map_or(Load::default(), |backend| Load {
                    in_flight: backend.in_flight,
                    down: backend.breaker.state(now) == BreakerState::Open,
                })
            })
            .collect();
        let wanted = RankRequest {
            model: request.model,
            region: request.region,
            affinity: request.affinity,
            reach: request.reach,
        };
        let ranking = rank(&runtime.config, &wanted, &loads);
        let fresh = ranking.iter().copied().filter(|at| !used.contains(at));
        let again = ranking.iter().copied().filter(|at| used.contains(at));
        let mut candidates = fresh.chain(again);
        candidates.find(|at| {
            isolate.backend(runtime, *at).is_none_or(|backend| backend.breaker.permit(now) != Permit::No)
        })
    })
}

/// When a second request may be made, if at all.
fn hedge_after(runtime: &Rc<RuntimeConfig>, request: &UpstreamRequest<'_>, at: usize) -> Option<Millis> {
    // A request that nobody else could answer needs no clock.
    let mut others = runtime.config.backends.iter().enumerate().filter(|(other, _)| *other != at);
    let somebody = others.any(|(_, other)| request.model.backends.contains_key(&other.id));
    if !request.hedge || !somebody || runtime.config.routing.hedge_percent == 0 {
        return None;
    }
    let p95 = state::with(|isolate| isolate.backend(runtime, at).and_then(|backend| backend.latency.p95()))?;
    Some(p95.max(Millis(runtime.config.routing.hedge_min_ms)))
}

/// Where a second request goes, if there is another backend and the budget allows it.
fn second(
    runtime: &Rc<RuntimeConfig>,
    request: &UpstreamRequest<'_>,
    used: &mut Vec<usize>,
) -> Option<usize> {
    let at = next(runtime, request, used).filter(|at| !used.contains(at))?;
    state::with(|isolate| {
        let may = isolate.hedges.spend(js::now());
        if may {
            isolate.metrics.add("ghostlight_hedges_total", &[], 1);
        } else if let Some(backend) = isolate.backend(runtime, at) {
            // Its leave is not used.
            backend.breaker.abandoned();
        }
        may
    })
    .then(|| {
        used.push(at);
        at
    })
}

/// One try with one backend.
async fn one(
    runtime: &Rc<RuntimeConfig>,
    request: &UpstreamRequest<'_>,
    at: usize,
) -> Result<UpstreamResponse, Verdict> {
    let mut slot = InFlight::new(runtime, at);
    let span = Millis(if request.stream {
        runtime.config.routing.first_byte_ms
    } else {
        runtime.config.routing.total_ms
    });
    let start = js::now();
    let late = Verdict::Retry(EdgeError::Backend("it did not begin to answer in time"));
    let outcome = js::within(span, receive(runtime, request, at)).await.unwrap_or(Err(late));
    match outcome {
        Ok((outgoing, stream_state, deltas, chunks, rest)) => {
            let time = js::now().since(start);
            state::with(|isolate| {
                if let Some(backend) = isolate.backend(runtime, at) {
                    backend.latency.add(time);
                    let id = backend.id.clone();
                    isolate.metrics.time("ghostlight_first_byte_ms", &[("backend", &id)], time.0);
                }
            });
            if rest.is_none() {
                slot.judge(true);
            }
            Ok(UpstreamResponse {
                stream_state,
                deltas,
                chunks,
                is_stream: request.stream,
                rest,
                slot,
                outgoing,
            })
        }
        Err(verdict) => {
            match &verdict {
                Verdict::Rest(span) => slot.rest(*span),
                Verdict::Fail(_) => slot.judge(true),
                _ => slot.judge(false),
            }
            let id = &runtime.config.backends[at].id;
            state::with(|isolate| {
                isolate.metrics.add("ghostlight_backend_failures_total", &[("backend", id)], 1)
            });
            Err(verdict)
        }
    }
}

/// A request, what its answer has said so far, its chunks, and what is still to come.
type Received = (js::Outgoing, StreamState, Vec<TextDelta>, Vec<Uint8Array>, Option<js::Reader>);

async fn receive(
    runtime: &Rc<RuntimeConfig>,
    request: &UpstreamRequest<'_>,
    at: usize,
) -> Result<Received, Verdict> {
    let backend = &runtime.config.backends[at];
    let failed = |what: &'static str| Verdict::Retry(EdgeError::Backend(what));
    let name = request.model.backends.get(&backend.id).map_or("", String::as_str);
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_redirect(RequestRedirect::Manual);
    let headers = headers(runtime, at, request.stream);
    init.set_headers(headers.as_ref());
    init.set_body(&(request.body)(request.model, name).to_string().into());
    let mut outgoing = js::Outgoing::new();
    let url = format!("{}{}", backend.url.trim_end_matches('/'), request.endpoint.path());
    let response = outgoing.send(&url, &init).await.map_err(|()| failed("it cannot be reached"))?;
    judge(&response).await?;
    let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    let kind = kind.trim_start().to_ascii_lowercase();
    let is_json = kind.starts_with("application/json");
    let is_stream = request.stream && kind.starts_with("text/event-stream");
    if !is_json && !is_stream {
        return Err(failed("it is of another type than was asked for"));
    }
    let mut stream_state = StreamState::new(request.endpoint, request.keep);
    if is_json {
        let bytes = js::whole(&response, LONGEST).await;
        let bytes = bytes.map_err(|()| failed("it ended before it was whole"))?;
        let bytes = bytes.ok_or(failed("it is too long"))?;
        outgoing.done();
        let value = serde_json::from_slice(&bytes).map_err(|_| failed("it is no JSON"))?;
        let deltas = stream_state.push_json(&value);
        if stream_state.is_broken() || !value["choices"].is_array() {
            return Err(failed("it holds no choices"));
        }
        if request.stream {
            let events = as_events(value, request.endpoint);
            let mut stream_state = StreamState::new(request.endpoint, request.keep);
            let deltas = stream_state.push(&events);
            return Ok((outgoing, stream_state, deltas, vec![Uint8Array::from(events.as_slice())], None));
        }
        let chunk = Uint8Array::from(bytes.as_slice());
        return Ok((outgoing, stream_state, deltas, vec![chunk], None));
    }
    let body = response.body().ok_or(failed("it is empty"))?;
    let reader = js::Reader::new(&body).map_err(|()| failed("it cannot be read"))?;
    // Read until the first event is whole, so that an error in its place can be made good.
    let (mut chunks, mut deltas, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let chunk = reader.read().await.map_err(|()| failed("it broke off"))?;
        let has_ended = chunk.is_none();
        if let Some(chunk) = chunk {
            bytes.clear();
            js::append(&mut bytes, &chunk);
            deltas.extend(stream_state.push(&bytes));
            chunks.push(chunk);
        } else {
            deltas.extend(stream_state.finish());
        }
        if stream_state.is_broken() {
            return Err(failed("its first event is none"));
        }
        if stream_state.has_begun() {
            return Ok((outgoing, stream_state, deltas, chunks, Some(reader)));
        }
        if has_ended {
            return Err(failed("it ended before its first event"));
        }
    }
}

/// Headers for a backend: only these, whatever the client sent.
fn headers(runtime: &RuntimeConfig, at: usize, stream: bool) -> js::HeaderFields {
    let headers = js::HeaderFields::new();
    headers.set("content-type", "application/json");
    headers.set("accept", if stream { "text/event-stream" } else { "application/json" });
    if let Some(key) = runtime.backend_keys.get(at).and_then(Option::as_deref) {
        headers.set("authorization", &format!("Bearer {key}"));
    }
    headers
}

async fn judge(response: &Response) -> Result<(), Verdict> {
    let status = response.status();
    if status == 200 {
        return Ok(());
    }
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let message = if (400..500).contains(&status) {
        let bytes = js::within(ERROR_BODY_TIMEOUT, js::whole(response, LONGEST_ERROR)).await;
        let bytes = bytes.and_then(Result::ok).flatten().unwrap_or_default();
        serde_json::from_slice::<Value>(&bytes).ok()
    } else {
        None
    };
    let message = message.as_ref().and_then(|body| body["error"]["message"].as_str());
    Err(verdict(status, retry_after.as_deref(), message))
}

/// Asks every backend whether it is well; a breaker that is half open closes or not.
pub(super) async fn probe(runtime: &Rc<RuntimeConfig>) {
    for (at, backend) in runtime.config.backends.iter().enumerate() {
        let permit = state::with(|isolate| isolate.backend(runtime, at).map(|b| b.breaker.permit(js::now())));
        if permit.is_none_or(|permit| permit == Permit::No) {
            continue;
        }
        let mut slot = InFlight::new(runtime, at);
        let init = RequestInit::new();
        init.set_redirect(RequestRedirect::Manual);
        init.set_headers(headers(runtime, at, false).as_ref());
        let outgoing = js::Outgoing::new();
        let url = format!("{}{}", backend.url.trim_end_matches('/'), backend.health_path);
        let answer = js::within(PROBE_TIMEOUT, outgoing.send(&url, &init)).await;
        slot.judge(matches!(answer, Some(Ok(response)) if response.ok()));
    }
}
