//! `POST /v1/completions`: from the cache, from a request under way (single flight), or from a backend.
//!
//! The request to a backend runs as work that the runtime waits for, apart from the
//! answer to the client, so that it can go on for others when its client goes.

use std::rc::Rc;

use ghostlight_guard::Reach;
use serde_json::json;
use sha2::{Digest, Sha256};
use web_sys::Response;

use super::guard::{self, AnswerGuard};
use super::serve::{self, Begun, Finished};
use super::upstream::UpstreamRequest;
use super::{Call, Incoming, answer, js, state, stores};
use crate::balancing::affinity;
use crate::cache::{CachedAnswer, Follower, Found, Freshness, Join, KeyInput, Keys, Leader, Outcome};
use crate::config::{Model, Variant};
use crate::guard::Rules;
use crate::request::{Completion, Defaults};
use crate::stream::{Endpoint, StreamState};
use crate::{EdgeError, Millis, Principal, experiments, privacy};

/// How often a follower looks what its leader has.
const POLL_INTERVAL: Millis = Millis(5);

/// A request on its way.
#[derive(Clone)]
struct Job {
    call: Rc<Call>,
    principal: Principal,
    request: Completion,
    /// The model after variants.
    model: String,
    variants: Vec<Variant>,
    /// How far the text may go.
    reach: Reach,
    /// What the answer is held to.
    rules: Option<Rc<Rules>>,
    /// Where the answer is kept; `None` if it must not be.
    keys: Option<Keys>,
}

pub(crate) async fn handle(incoming: Incoming) -> Result<Response, EdgeError> {
    let (call, principal) = (&incoming.call, incoming.principal()?);
    let mut request = Completion::parse(&incoming.body)?;
    let config = &call.runtime.config;
    config.model(&request.model).ok_or(EdgeError::UnknownModel)?;
    let egress = call.egress(principal)?;
    let reach = egress.require(&request.path)?;
    // Context goes where the file goes, or not at all.
    request.snippets.retain(|snippet| egress.reach(&snippet.path) >= reach);
    let rules = guard::rules(call).await?;
    let assigned: Vec<_> = experiments::assign(&config.experiments, principal, &request.model).collect();
    if !assigned.is_empty() {
        call.head.borrow_mut().variant = Some(experiments::header(&assigned));
    }
    let variants: Vec<Variant> = assigned.iter().map(|assigned| assigned.variant.clone()).collect();
    let model = variants.iter().find_map(|variant| variant.model.clone()).unwrap_or(request.model.clone());
    let handling = privacy::handling(principal, call.header("cache-control").as_deref());
    let mut job = Job {
        call: call.clone(),
        principal: principal.clone(),
        request,
        model,
        variants,
        reach,
        rules,
        keys: None,
    };
    if !config.cache.enabled || !handling.write {
        return lead(Rc::new(job), None).await;
    }
    let keys = job.make_keys()?;
    job.keys = Some(keys.clone());
    let job = Rc::new(job);
    if handling.read
        && let Some(response) = earlier(&job, &keys).await
    {
        return Ok(response);
    }
    let join = state::with(|isolate| isolate.flights.join(keys.exact, config.cache.entry_bytes));
    match join {
        Join::Follower(follower) => follow(&job, follower).await,
        Join::Leader(leader) => lead(job, Some(leader)).await,
    }
}

impl Job {
    fn model(&self) -> Result<&Model, EdgeError> {
        self.call.runtime.config.model(&self.model).ok_or(EdgeError::UnknownModel)
    }

    /// What the answer is held to.
    fn guard(&self) -> Option<AnswerGuard> {
        let request = &self.request;
        let rules = self.rules.clone()?;
        Some(AnswerGuard::code(rules, &request.language, &request.path, &request.prompt))
    }

    fn defaults<'a>(&self, model: &'a Model) -> Defaults<'a> {
        Defaults::new(model, &self.variants.iter().collect::<Vec<_>>())
    }

    fn make_keys(&self) -> Result<Keys, EdgeError> {
        let (request, model) = (&self.request, self.model()?);
        let defaults = self.defaults(model);
        let mut context = Sha256::new();
        for snippet in &request.snippets {
            for text in [&snippet.path, &snippet.text] {
                context.update((text.len() as u64).to_le_bytes());
                context.update(text.as_bytes());
            }
        }
        let parameters = json!([
            request.tokens(&defaults),
            request.n,
            request.temperature.unwrap_or(defaults.temperature),
            request.top_p,
            request.stops,
            request.seed,
            request.language,
            request.path,
            context.finalize().as_slice(),
            self.rules.as_ref().map(|rules| rules.version()),
        ]);
        let scope = self.principal.scope(self.call.runtime.config.cache.sharing);
        Ok(self.call.runtime.keys.keys(
            &scope,
            &KeyInput {
                model: &model.id,
                template: (&model.fim, model.template_version),
                prefix: &request.prompt,
                suffix: &request.suffix,
                parameters: &parameters.to_string(),
            },
        ))
    }

    fn count(&self, how: &'static str) {
        self.call.cache.set(Some(how));
        self.call.head.borrow_mut().cache = Some(how);
        state::with(|isolate| isolate.metrics.add("ghostlight_cache_total", &[("outcome", how)], 1));
    }

    fn replay(&self, answer: &CachedAnswer, how: &'static str) -> Response {
        self.count(how);
        let mut head = self.call.head.borrow_mut();
        head.model = Some(answer.model.clone());
        let id = format!("cmpl-{}", head.id);
        if self.request.stream {
            answer::bytes(200, answer::EVENTS, &answer.events(&id, self.request.wants_usage), &head)
        } else {
            answer::json(200, &answer.json(&id, true), &head)
        }
    }

    /// The answer as it can be kept, if it is clean.
    fn cachable(&self, stream_state: &StreamState, model: &str) -> Option<CachedAnswer> {
        let choices = stream_state.clean(self.request.n as usize)?;
        Some(CachedAnswer::new(model.to_owned(), choices, stream_state.usage, js::now()))
    }

    /// Keeps an answer of the model that was asked for.
    async fn keep(&self, answer: &CachedAnswer) {
        let Some(keys) = self.keys.as_ref().filter(|_| answer.model == self.model) else { return };
        if answer.size() <= self.call.runtime.config.cache.entry_bytes {
            state::with(|isolate| {
                // A configuration that came meanwhile has a memory of its own.
                if Rc::ptr_eq(&isolate.runtime, &self.call.runtime) {
                    isolate.memory.put(keys, answer.clone());
                }
            });
            stores::keep(&self.call.env, &self.call.runtime, keys.exact, answer).await;
        }
    }
}

/// An answer that was given before. A stale one is given too, and made anew behind it.
async fn earlier(job: &Rc<Job>, keys: &Keys) -> Option<Response> {
    let call = &job.call;
    let found = state::with(|isolate| isolate.memory.find(keys, js::now()));
    let (entry, freshness) = match found {
        Found::TypedThrough(entry) => return Some(job.replay(&entry, "typed-through")),
        Found::Hit(entry, freshness) => (entry, freshness),
        Found::Miss => {
            let looked = stores::find(&call.env, &call.runtime, keys.exact);
            let (entry, freshness) = call.disconnect.unless(looked).await.flatten()?;
            state::with(|isolate| isolate.memory.put(keys, entry.clone()));
            (entry, freshness)
        }
    };
    if freshness == Freshness::Stale {
        let limit = call.runtime.config.cache.entry_bytes;
        if let Join::Leader(leader) = state::with(|isolate| isolate.flights.join(keys.exact, limit)) {
            let request = Completion { stream: false, ..job.request.clone() };
            let again = Rc::new(Job { request, ..Job::clone(job) });
            call.later(async move {
                let (tell, _) = futures_channel::oneshot::channel();
                work(again, Some(leader), js::ClientDisconnect::never(), tell).await;
            });
        }
    }
    Some(job.replay(&entry, "hit"))
}

/// Waits for another request's answer, and passes it on as it comes.
async fn follow(job: &Rc<Job>, mut follower: Follower) -> Result<Response, EdgeError> {
    job.count("coalesced");
    let disconnect = job.call.disconnect.clone();
    if !job.request.stream {
        loop {
            match follower.look().1 {
                Some(Outcome::Landed(entry)) => return Ok(job.replay(&entry, "coalesced")),
                Some(Outcome::Failed(error)) => return Err(error),
                None => disconnect.unless(js::sleep(POLL_INTERVAL)).await.ok_or(EdgeError::Cancelled)?,
            }
        }
    }
    // The head of the answer waits for the first piece, so that an error can still be one.
    let (mut pieces, mut outcome) = follower.look();
    while pieces.is_empty() && outcome.is_none() {
        disconnect.unless(js::sleep(POLL_INTERVAL)).await.ok_or(EdgeError::Cancelled)?;
        (pieces, outcome) = follower.look();
    }
    if let Some(Outcome::Failed(error)) = &outcome {
        return Err(error.clone());
    }
    let (writer, readable) = js::pipe().map_err(|()| EdgeError::Backend("no stream could be made"))?;
    let id = format!("cmpl-{}", job.call.head.borrow().id);
    job.call.head.borrow_mut().model = Some(job.model.clone());
    let response = answer::stream(200, answer::EVENTS, &readable, &job.call.head.borrow(), &[]);
    let shell = CachedAnswer::new(job.model.clone(), Vec::new(), None, js::now());
    let wants_usage = job.request.wants_usage;
    job.call.later(async move {
        loop {
            for piece in pieces {
                let event = shell.event(&id, piece.index, &piece.text, None);
                if !matches!(disconnect.unless(writer.write_bytes(&event)).await, Some(Ok(()))) {
                    return;
                }
            }
            match outcome {
                Some(Outcome::Landed(entry)) => {
                    let end = entry.ending(&id, wants_usage);
                    let _ = disconnect.unless(writer.write_bytes(&end)).await;
                    return writer.close().await;
                }
                Some(Outcome::Failed(error)) => {
                    let event = format!("data: {}\n\n", error.body());
                    let _ = disconnect.unless(writer.write_bytes(event.as_bytes())).await;
                    return writer.close().await;
                }
                None => {
                    if disconnect.unless(js::sleep(POLL_INTERVAL)).await.is_none() {
                        return;
                    }
                    (pieces, outcome) = follower.look();
                }
            }
        }
    });
    Ok(response)
}

type Tell = futures_channel::oneshot::Sender<Result<Response, EdgeError>>;

/// Asks a backend, as work that outlives this request if it has to.
async fn lead(job: Rc<Job>, leader: Option<Leader>) -> Result<Response, EdgeError> {
    job.count("miss");
    let (tell, told) = futures_channel::oneshot::channel();
    let disconnect = job.call.disconnect.clone();
    let call = job.call.clone();
    call.later(work(job, leader, disconnect, tell));
    told.await.unwrap_or(Err(EdgeError::Cancelled))
}

async fn work(job: Rc<Job>, leader: Option<Leader>, disconnect: js::ClientDisconnect, tell: Tell) {
    let begun = match begin(&job, leader.as_ref(), &disconnect).await {
        Ok(begun) => begun,
        Err(error) => {
            land(leader, Err(error.clone()));
            // Nobody may be there to be told.
            let _ = tell.send(Err(error));
            return;
        }
    };
    let model = begun.model.clone();
    let room = job.call.runtime.config.model(&model).map_or(0, |model| model.context_bytes);
    let read = job.request.read_cost(room);
    let (response, rest) = begun.deliver(&job.call, disconnect, leader, job.guard(), read);
    let _ = tell.send(response);
    let Finished { outcome, leader } = rest.await;
    let answer = outcome.and_then(|stream_state| job.cachable(&stream_state, &model).ok_or(UNCLEAN));
    land(leader, answer.as_ref().map_err(EdgeError::clone));
    if let Ok(answer) = answer {
        job.keep(&answer).await;
    }
}

/// Asks backends for the answer.
async fn begin(
    job: &Rc<Job>,
    leader: Option<&Leader>,
    disconnect: &js::ClientDisconnect,
) -> Result<Begun, EdgeError> {
    let (call, model) = (&job.call, job.model()?);
    let region = call.region();
    let request = UpstreamRequest {
        model,
        endpoint: Endpoint::Completions,
        stream: job.request.stream,
        hedge: true,
        affinity: affinity(job.principal.tenant(), &job.request.path, &job.request.prompt),
        region: &region,
        reach: job.reach,
        keep: call.runtime.config.cache.entry_bytes,
        body: &|model, name| job.request.upstream(&job.defaults(model), name),
    };
    let nobody = async {
        disconnect.wait().await;
        while leader.is_some_and(|leader| leader.followers() > 0) {
            js::sleep(POLL_INTERVAL).await;
        }
    };
    let cost = job.request.cost(&job.defaults(model));
    serve::begin(call, &job.principal, cost, request, nobody).await
}

/// What followers are told of an answer that cannot be told again.
const UNCLEAN: EdgeError = EdgeError::Backend("it did not come to a clean end");

/// Ends a flight with what was learnt.
fn land(leader: Option<Leader>, outcome: Result<&CachedAnswer, EdgeError>) {
    if let Some(leader) = leader {
        leader.end(match outcome {
            Ok(answer) => Outcome::Landed(Rc::new(answer.clone())),
            Err(error) => Outcome::Failed(error),
        });
    }
}
