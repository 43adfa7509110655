//! Backends: tried in order, again after a failure, twice when slow, until one has given its first byte.
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

use super::state::Loaded;
use super::{Call, js, state};
use crate::config::Model;
use crate::route::{Backoff, Load, Permit, Verdict, Wanted, order, verdict};
use crate::stream::{Kind, Observation, Said};
use crate::{EdgeError, Millis};

/// The longest answer that is no stream, bytes, and the longest error.
const LONGEST: usize = 4 << 20;
const LONGEST_ERROR: usize = 4 << 10;
/// How long a backend is asked to wait with the next request if all are busy.
const BUSY: Millis = Millis(1000);

/// What is asked, whoever answers.
pub(super) struct Question<'a> {
    pub(super) model: &'a Model,
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    pub(super) stream: bool,
    pub(super) hedge: bool,
    pub(super) affinity: u64,
    pub(super) region: &'a str,
    /// How far the text may go.
    pub(super) reach: Reach,
    /// The most text that is kept of an answer, bytes.
    pub(super) keep: usize,
    /// The body for a backend that calls the model by this name.
    pub(super) body: &'a dyn Fn(&str) -> Value,
}

/// A backend's answer, its first bytes read.
pub(super) struct Answer {
    pub(super) observation: Observation,
    pub(super) said: Vec<Said>,
    pub(super) chunks: Vec<Uint8Array>,
    /// What is still to come; `None` if it is whole.
    pub(super) rest: Option<js::Reader>,
    pub(super) slot: Slot,
    // Aborts the request when it is dropped, so it is last.
    pub(super) outgoing: js::Outgoing,
}

/// A request in flight at a backend. Dropped without a verdict, it was abandoned.
pub(super) struct Slot {
    loaded: Rc<Loaded>,
    at: usize,
    judged: bool,
}

impl Slot {
    fn new(loaded: &Rc<Loaded>, at: usize) -> Self {
        state::with(|isolate| {
            if let Some(backend) = isolate.backend(loaded, at) {
                backend.in_flight = backend.in_flight.saturating_add(1);
            }
        });
        Self { loaded: loaded.clone(), at, judged: false }
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

    fn breaker(&self, tell: impl FnOnce(&mut crate::route::Breaker)) {
        state::with(|isolate| {
            if let Some(backend) = isolate.backend(&self.loaded, self.at) {
                tell(&mut backend.breaker);
            }
        });
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let judged = self.judged;
        state::with(|isolate| {
            if let Some(backend) = isolate.backend(&self.loaded, self.at) {
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
pub(super) fn require_own(loaded: &Loaded, model: &Model, reach: Reach) -> Result<(), EdgeError> {
    let backends = loaded.config.backends.iter().filter(|backend| model.backends.contains_key(&backend.id));
    if reach == Reach::Backend || backends.into_iter().any(|backend| backend.own) {
        Ok(())
    } else {
        Err(EdgeError::Private("the edge"))
    }
}

/// Asks until somebody answers, or `nobody` wants an answer any more.
pub(super) async fn ask(
    call: &Call,
    question: &Question<'_>,
    nobody: impl Future<Output = ()>,
) -> Result<Answer, EdgeError> {
    match select(std::pin::pin!(tries(call, question)), std::pin::pin!(nobody)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => {
            state::with(|isolate| {
                isolate.metrics.add("ghostlight_cancelled_total", &[("when", "before_first_byte")], 1)
            });
            Err(EdgeError::Cancelled)
        }
    }
}

async fn tries(call: &Call, question: &Question<'_>) -> Result<Answer, EdgeError> {
    let loaded = &call.loaded;
    let routing = &loaded.config.routing;
    let (retry_after, mut last) = (BUSY, None);
    let mut backoff = Backoff::default();
    let mut used: Vec<usize> = Vec::new();
    state::with(|isolate| {
        isolate.retries.earn(js::now());
        if question.hedge {
            isolate.hedges.earn(js::now());
        }
    });
    for attempt in 0..routing.attempts {
        let Some(at) = next(loaded, question, &used) else { break };
        if attempt > 0 {
            if !state::with(|isolate| isolate.retries.spend(js::now())) {
                break;
            }
            state::with(|isolate| isolate.metrics.add("ghostlight_retries_total", &[], 1));
            js::sleep(backoff.next(js::random())).await;
        }
        used.push(at);
        call.tries.set(call.tries.get() + 1);
        let first: Pin<Box<dyn Future<Output = _> + '_>> = Box::pin(one(loaded, question, at));
        let outcome = match hedge_after(loaded, question, at) {
            None => first.await,
            Some(span) => match select(first, std::pin::pin!(js::sleep(span))).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(((), first)) => match second(loaded, question, &mut used) {
                    None => first.await,
                    Some(at) => {
                        call.tries.set(call.tries.get() + 1);
                        either(first, Box::pin(one(loaded, question, at))).await
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
fn next(loaded: &Rc<Loaded>, question: &Question<'_>, used: &[usize]) -> Option<usize> {
    let now = js::now();
    state::with(|isolate| {
        let loads: Vec<Load> = (0..loaded.config.backends.len())
            .map(|at| {
                isolate.backend(loaded, at).map_or(Load::default(), |backend| Load {
                    in_flight: backend.in_flight,
                    down: backend.breaker.state(now) == crate::route::State::Open,
                })
            })
            .collect();
        let wanted = Wanted {
            model: question.model,
            region: question.region,
            affinity: question.affinity,
            reach: question.reach,
        };
        let order = order(&loaded.config, &wanted, &loads);
        let fresh = order.iter().copied().filter(|at| !used.contains(at));
        let again = order.iter().copied().filter(|at| used.contains(at));
        let mut candidates = fresh.chain(again);
        candidates.find(|at| {
            isolate.backend(loaded, *at).is_none_or(|backend| backend.breaker.permit(now) != Permit::No)
        })
    })
}

/// When a second request may be made, if at all.
fn hedge_after(loaded: &Rc<Loaded>, question: &Question<'_>, at: usize) -> Option<Millis> {
    // A request that nobody else could answer needs no clock.
    let mut others = loaded.config.backends.iter().enumerate().filter(|(other, _)| *other != at);
    let somebody = others.any(|(_, other)| question.model.backends.contains_key(&other.id));
    if !question.hedge || !somebody || loaded.config.routing.hedge_percent == 0 {
        return None;
    }
    let p95 = state::with(|isolate| isolate.backend(loaded, at).and_then(|backend| backend.latency.p95()))?;
    Some(p95.max(Millis(loaded.config.routing.hedge_min_ms)))
}

/// Where a second request goes, if there is another backend and the budget allows it.
fn second(loaded: &Rc<Loaded>, question: &Question<'_>, used: &mut Vec<usize>) -> Option<usize> {
    let at = next(loaded, question, used).filter(|at| !used.contains(at))?;
    state::with(|isolate| {
        let may = isolate.hedges.spend(js::now());
        if may {
            isolate.metrics.add("ghostlight_hedges_total", &[], 1);
        } else if let Some(backend) = isolate.backend(loaded, at) {
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
async fn one(loaded: &Rc<Loaded>, question: &Question<'_>, at: usize) -> Result<Answer, Verdict> {
    let mut slot = Slot::new(loaded, at);
    let span = Millis(if question.stream {
        loaded.config.routing.first_byte_ms
    } else {
        loaded.config.routing.total_ms
    });
    let start = js::now();
    let late = Verdict::Retry(EdgeError::Backend("it did not begin to answer in time"));
    let outcome = js::within(span, request(loaded, question, at)).await.unwrap_or(Err(late));
    match outcome {
        Ok((outgoing, observation, said, chunks, rest)) => {
            let time = js::now().since(start);
            state::with(|isolate| {
                if let Some(backend) = isolate.backend(loaded, at) {
                    backend.latency.add(time);
                    let id = backend.id.clone();
                    isolate.metrics.time("ghostlight_first_byte_ms", &[("backend", &id)], time.0);
                }
            });
            if rest.is_none() {
                slot.judge(true);
            }
            Ok(Answer { observation, said, chunks, rest, slot, outgoing })
        }
        Err(verdict) => {
            match &verdict {
                Verdict::Rest(span) => slot.rest(*span),
                Verdict::Fail(_) => slot.judge(true),
                _ => slot.judge(false),
            }
            let id = &loaded.config.backends[at].id;
            state::with(|isolate| {
                isolate.metrics.add("ghostlight_backend_failures_total", &[("backend", id)], 1)
            });
            Err(verdict)
        }
    }
}

type Begun = (js::Outgoing, Observation, Vec<Said>, Vec<Uint8Array>, Option<js::Reader>);

async fn request(loaded: &Rc<Loaded>, question: &Question<'_>, at: usize) -> Result<Begun, Verdict> {
    let backend = &loaded.config.backends[at];
    let failed = |what: &'static str| Verdict::Retry(EdgeError::Backend(what));
    let name = question.model.backends.get(&backend.id).map_or("", String::as_str);
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_redirect(RequestRedirect::Manual);
    let headers = headers(loaded, at, question.stream);
    init.set_headers(headers.as_ref());
    init.set_body(&(question.body)(name).to_string().into());
    let mut outgoing = js::Outgoing::new();
    let url = format!("{}{}", backend.url.trim_end_matches('/'), question.path);
    let response = outgoing.send(&url, &init).await.map_err(|()| failed("it cannot be reached"))?;
    judge(&response).await?;
    let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    let expected = if question.stream { "text/event-stream" } else { "application/json" };
    if !kind.trim_start().to_ascii_lowercase().starts_with(expected) {
        return Err(failed("it is of another type than was asked for"));
    }
    let mut observation = Observation::new(question.kind, question.keep);
    if !question.stream {
        let bytes = js::whole(&response, LONGEST).await;
        let bytes = bytes.map_err(|()| failed("it ended before it was whole"))?;
        let bytes = bytes.ok_or(failed("it is too long"))?;
        outgoing.done();
        let value = serde_json::from_slice(&bytes).map_err(|_| failed("it is no JSON"))?;
        let said = observation.push_json(&value);
        if observation.is_broken() || !value["choices"].is_array() {
            return Err(failed("it holds no choices"));
        }
        let chunk = Uint8Array::from(bytes.as_slice());
        return Ok((outgoing, observation, said, vec![chunk], None));
    }
    let body = response.body().ok_or(failed("it is empty"))?;
    let reader = js::Reader::new(&body).map_err(|()| failed("it cannot be read"))?;
    // Read until the first event is whole, so that an error in its place can be made good.
    let (mut chunks, mut said, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let chunk = reader.read().await.map_err(|()| failed("it broke off"))?;
        let chunk = chunk.ok_or(failed("it ended before its first event"))?;
        bytes.clear();
        js::append(&mut bytes, &chunk);
        said.extend(observation.push(&bytes));
        chunks.push(chunk);
        if observation.is_broken() {
            return Err(failed("its first event is none"));
        }
        if observation.has_begun() {
            return Ok((outgoing, observation, said, chunks, Some(reader)));
        }
    }
}

/// Headers for a backend: only these, whatever the client sent.
fn headers(loaded: &Loaded, at: usize, stream: bool) -> js::Fields {
    let headers = js::Fields::new();
    headers.set("content-type", "application/json");
    headers.set("accept", if stream { "text/event-stream" } else { "application/json" });
    if let Some(key) = loaded.backend_keys.get(at).and_then(Option::as_deref) {
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
        let bytes = js::within(Millis(1000), js::whole(response, LONGEST_ERROR)).await;
        let bytes = bytes.and_then(Result::ok).flatten().unwrap_or_default();
        serde_json::from_slice::<Value>(&bytes).ok()
    } else {
        None
    };
    let message = message.as_ref().and_then(|body| body["error"]["message"].as_str());
    Err(verdict(status, retry_after.as_deref(), message))
}

/// Asks every backend whether it is well; a breaker that is half open closes or not.
pub(super) async fn probe(loaded: &Rc<Loaded>) {
    for (at, backend) in loaded.config.backends.iter().enumerate() {
        let permit = state::with(|isolate| isolate.backend(loaded, at).map(|b| b.breaker.permit(js::now())));
        if permit.is_none_or(|permit| permit == Permit::No) {
            continue;
        }
        let mut slot = Slot::new(loaded, at);
        let init = RequestInit::new();
        init.set_redirect(RequestRedirect::Manual);
        init.set_headers(headers(loaded, at, false).as_ref());
        let outgoing = js::Outgoing::new();
        let url = format!("{}{}", backend.url.trim_end_matches('/'), backend.health_path);
        let answer = js::within(Millis(3000), outgoing.send(&url, &init)).await;
        slot.judge(matches!(answer, Some(Ok(response)) if response.ok()));
    }
}
