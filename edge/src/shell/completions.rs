//! `POST /v1/completions`: from memory, from a store, from a request under way, or from a backend.
//!
//! The request to a backend runs as work that the runtime waits for, apart from the
//! answer to the client, so that it can go on for others when its client goes.

use std::rc::Rc;

use ghostlight_guard::Reach;
use serde_json::json;
use sha2::{Digest, Sha256};
use web_sys::Response;

use super::guard::{self, Guarded};
use super::quota::{Reserved, reserve};
use super::upstream::{Question, ask, require_own};
use super::{Call, answer, js, pump, state, stores};
use crate::cache::{Entry, Follower, Found, Freshness, Join, Keys, Leader, Outcome, Request};
use crate::config::{Model, Variant};
use crate::guard::Rules;
use crate::privacy::{self, Travel};
use crate::request::{Completion, Defaults};
use crate::route::affinity;
use crate::stream::{Kind, Observation};
use crate::{EdgeError, Millis, Principal, flags};

/// How often a follower looks what its leader has.
const GLANCE: Millis = Millis(5);

/// A request on its way.
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

pub(super) async fn handle(
    call: &Rc<Call>,
    principal: &Principal,
    body: &[u8],
) -> Result<Response, EdgeError> {
    let mut request = Completion::parse(body)?;
    let config = &call.loaded.config;
    config.model(&request.model).ok_or(EdgeError::UnknownModel)?;
    let (wish, repo) = (call.header("x-ghostlight-mode"), call.header("x-ghostlight-repo"));
    let travel = Travel::new(principal, wish.as_deref(), &call.loaded.layers, repo.as_deref())?;
    let reach = travel.require(&request.path)?;
    // Context goes where the file goes, or not at all.
    request.snippets.retain(|snippet| travel.reach(&snippet.path) >= reach);
    let rules = guard::rules(call).await?;
    let dealt: Vec<_> = flags::deal(&config.experiments, principal, &request.model).collect();
    if !dealt.is_empty() {
        call.head.borrow_mut().variant = Some(flags::header(&dealt));
    }
    let variants: Vec<Variant> = dealt.iter().map(|dealt| dealt.variant.clone()).collect();
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
        self.call.loaded.config.model(&self.model).ok_or(EdgeError::UnknownModel)
    }

    /// What the answer is held to.
    fn guarded(&self) -> Option<Guarded> {
        let request = &self.request;
        let rules = self.rules.clone()?;
        Some(Guarded::code(rules, &request.language, &request.path, &request.prompt))
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
        let scope = self.principal.scope(self.call.loaded.config.cache.sharing);
        Ok(self.call.loaded.keys.keys(
            &scope,
            &Request {
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

    fn replay(&self, entry: &Entry, how: &'static str) -> Response {
        self.count(how);
        let mut head = self.call.head.borrow_mut();
        head.model = Some(entry.model.clone());
        let id = format!("cmpl-{}", head.id);
        if self.request.stream {
            answer::bytes(200, answer::EVENTS, &entry.events(&id, self.request.wants_usage), &head)
        } else {
            answer::json(200, &entry.json(&id, true), &head)
        }
    }

    /// The answer as it can be kept, if it is clean.
    fn entry(&self, observation: &Observation, model: &str) -> Option<Entry> {
        let choices = observation.clean(self.request.n as usize)?;
        Some(Entry::new(model.to_owned(), choices, observation.usage, js::now()))
    }

    /// Keeps an answer of the model that was asked for.
    async fn keep(&self, entry: &Entry) {
        let Some(keys) = self.keys.as_ref().filter(|_| entry.model == self.model) else { return };
        if entry.size() <= self.call.loaded.config.cache.entry_bytes {
            state::with(|isolate| {
                // A configuration that came meanwhile has a memory of its own.
                if Rc::ptr_eq(&isolate.loaded, &self.call.loaded) {
                    isolate.memory.put(keys, entry.clone());
                }
            });
            stores::keep(&self.call.env, &self.call.loaded, keys.exact, entry).await;
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
            let looked = stores::find(&call.env, &call.loaded, keys.exact);
            let (entry, freshness) = call.gone.unless(looked).await.flatten()?;
            state::with(|isolate| isolate.memory.put(keys, entry.clone()));
            (entry, freshness)
        }
    };
    if freshness == Freshness::Stale {
        let limit = call.loaded.config.cache.entry_bytes;
        if let Join::Leader(leader) = state::with(|isolate| isolate.flights.join(keys.exact, limit)) {
            let request = Completion { stream: false, ..job.request.clone() };
            let again = Rc::new(Job {
                call: call.clone(),
                principal: job.principal.clone(),
                request,
                model: job.model.clone(),
                variants: job.variants.clone(),
                reach: job.reach,
                rules: job.rules.clone(),
                keys: job.keys.clone(),
            });
            call.later(async move {
                let (tell, _) = futures_channel::oneshot::channel();
                work(again, Some(leader), js::Gone::never(), tell).await;
            });
        }
    }
    Some(job.replay(&entry, "hit"))
}

/// Waits for another request's answer, and passes it on as it comes.
async fn follow(job: &Rc<Job>, mut follower: Follower) -> Result<Response, EdgeError> {
    job.count("coalesced");
    let gone = job.call.gone.clone();
    if !job.request.stream {
        loop {
            match follower.look().1 {
                Some(Outcome::Landed(entry)) => return Ok(job.replay(&entry, "coalesced")),
                Some(Outcome::Failed(error)) => return Err(error),
                None => gone.unless(js::sleep(GLANCE)).await.ok_or(EdgeError::Cancelled)?,
            }
        }
    }
    // The head of the answer waits for the first piece, so that an error can still be one.
    let (mut pieces, mut outcome) = follower.look();
    while pieces.is_empty() && outcome.is_none() {
        gone.unless(js::sleep(GLANCE)).await.ok_or(EdgeError::Cancelled)?;
        (pieces, outcome) = follower.look();
    }
    if let Some(Outcome::Failed(error)) = &outcome {
        return Err(error.clone());
    }
    let (writer, readable) = js::pipe().map_err(|()| EdgeError::Backend("no stream could be made"))?;
    let id = format!("cmpl-{}", job.call.head.borrow().id);
    job.call.head.borrow_mut().model = Some(job.model.clone());
    let response = answer::stream(200, answer::EVENTS, &readable, &job.call.head.borrow(), &[]);
    let shell = Entry::new(job.model.clone(), Vec::new(), None, js::now());
    let wants_usage = job.request.wants_usage;
    job.call.later(async move {
        loop {
            for piece in pieces {
                let event = shell.event(&id, piece.index, &piece.text, None);
                if !matches!(gone.unless(writer.write_bytes(&event)).await, Some(Ok(()))) {
                    return;
                }
            }
            match outcome {
                Some(Outcome::Landed(entry)) => {
                    let end = entry.ending(&id, wants_usage);
                    let _ = gone.unless(writer.write_bytes(&end)).await;
                    return writer.close().await;
                }
                Some(Outcome::Failed(error)) => {
                    let event = format!("data: {}\n\n", error.body());
                    let _ = gone.unless(writer.write_bytes(event.as_bytes())).await;
                    return writer.close().await;
                }
                None => {
                    if gone.unless(js::sleep(GLANCE)).await.is_none() {
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
    let gone = job.call.gone.clone();
    let call = job.call.clone();
    call.later(work(job, leader, gone, tell));
    told.await.unwrap_or(Err(EdgeError::Cancelled))
}

async fn work(job: Rc<Job>, leader: Option<Leader>, gone: js::Gone, tell: Tell) {
    match begin(&job, leader.as_ref(), &gone).await {
        Err(error) => {
            if let Some(leader) = leader {
                leader.end(Outcome::Failed(error.clone()));
            }
            // Nobody may be there to be told.
            let _ = tell.send(Err(error));
        }
        Ok((reserved, answered, model)) => finish(&job, leader, gone, tell, reserved, answered, model).await,
    }
}

/// Reserves, and asks the model, then ever smaller ones while all backends are busy.
async fn begin(
    job: &Rc<Job>,
    leader: Option<&Leader>,
    gone: &js::Gone,
) -> Result<(Reserved, super::upstream::Answer, String), EdgeError> {
    let call = &job.call;
    let mut model = job.model()?;
    require_own(&call.loaded, model, job.reach)?;
    let cost = job.request.cost(&job.defaults(model));
    let reserved = reserve(call, &job.principal, cost).await?;
    let region = call.region();
    let affinity = affinity(job.principal.tenant(), &job.request.path, &job.request.prompt);
    loop {
        let defaults = job.defaults(model);
        let body = |name: &str| job.request.upstream(&defaults, name);
        let question = Question {
            model,
            path: "/completions",
            kind: Kind::Completion,
            stream: job.request.stream,
            hedge: true,
            affinity,
            region: &region,
            reach: job.reach,
            keep: call.loaded.config.cache.entry_bytes,
            body: &body,
        };
        let nobody = async {
            gone.wait().await;
            while leader.is_some_and(|leader| leader.followers() > 0) {
                js::sleep(GLANCE).await;
            }
        };
        match ask(call, &question, nobody).await {
            Ok(answer) => return Ok((reserved, answer, model.id.clone())),
            Err(EdgeError::Overloaded { retry_after }) => {
                let smaller = model.smaller.as_deref().and_then(|id| call.loaded.config.model(id));
                let Some(smaller) = smaller else {
                    reserved.settle(0);
                    return Err(EdgeError::Overloaded { retry_after });
                };
                state::with(|isolate| isolate.metrics.add("ghostlight_degraded_total", &[], 1));
                model = smaller;
            }
            Err(error) => {
                reserved.settle(0);
                return Err(error);
            }
        }
    }
}

/// Passes an answer on, and keeps it if it is clean.
async fn finish(
    job: &Rc<Job>,
    leader: Option<Leader>,
    gone: js::Gone,
    tell: Tell,
    reserved: Reserved,
    answered: super::upstream::Answer,
    model: String,
) {
    job.call.head.borrow_mut().model = Some(model.clone());
    let read =
        job.request.read_cost(job.call.loaded.config.model(&model).map_or(0, |model| model.context_bytes));
    if answered.rest.is_none() {
        reserved.settle(used(&answered.observation, read));
        let guarded = job.guarded();
        let checked = guarded.map_or(Ok(()), |guarded| guarded.check(&answered.said, &answered.observation));
        if let Err(error) = checked {
            drop(answered);
            pump::land(leader, Err(error.clone()));
            let _ = tell.send(Err(error));
            return;
        }
        let entry = job.entry(&answered.observation, &model);
        let response = answer::chunks(200, answer::JSON, &answered.chunks, &job.call.head.borrow());
        drop(answered);
        let _ = tell.send(Ok(response));
        pump::land(leader, entry.as_ref().ok_or(UNCLEAN));
        if let Some(entry) = entry {
            job.keep(&entry).await;
        }
        return;
    }
    match pump::pass(answered, gone, leader, job.guarded(), &job.call.loaded.config.routing) {
        Err(error) => {
            reserved.settle(0);
            let _ = tell.send(Err(error));
        }
        Ok((readable, passing)) => {
            let response = answer::stream(200, answer::EVENTS, &readable, &job.call.head.borrow(), &[]);
            let _ = tell.send(Ok(response));
            let (passed, leader) = passing.await;
            reserved.settle(used(&passed.observation, read));
            let entry = match passed.fault {
                Some(_) => None,
                None => job.entry(&passed.observation, &model),
            };
            pump::land(leader, entry.as_ref().ok_or(passed.fault.unwrap_or(UNCLEAN)));
            if let Some(entry) = entry {
                job.keep(&entry).await;
            }
        }
    }
}

/// What followers are told of an answer that cannot be told again.
const UNCLEAN: EdgeError = EdgeError::Backend("it did not come to a clean end");

/// Tokens that an answer cost: what the backend said, else what was seen.
pub(super) fn used(observation: &Observation, read: u64) -> u64 {
    observation.usage.map_or(read + observation.written(), |usage| {
        usage.total_tokens.max(usage.prompt_tokens.saturating_add(usage.completion_tokens))
    })
}
