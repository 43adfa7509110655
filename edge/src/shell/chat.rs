//! `POST /v1/chat/completions`: context from the index if it is wished, then a backend's bytes as they come.

use std::rc::Rc;

use web_sys::Response;

use super::completions::used;
use super::guard::{self, Guarded};
use super::quota::reserve;
use super::upstream::{Question, ask, require_own};
use super::{Call, answer, index, pump, state};
use crate::privacy::Travel;
use crate::request::Chat;
use crate::route::affinity;
use crate::stream::Kind;
use crate::tenant::Scope;
use crate::{EdgeError, Principal};

/// Text of an answer that is looked at for nothing but its count, bytes.
const KEEP: usize = 0;

pub(super) async fn handle(
    call: &Rc<Call>,
    principal: &Principal,
    body: &[u8],
) -> Result<Response, EdgeError> {
    let mut chat = Chat::parse(body)?;
    let mut model = call.loaded.config.model(&chat.model).ok_or(EdgeError::UnknownModel)?;
    let (wish, repo) = (call.header("x-ghostlight-mode"), call.header("x-ghostlight-repo"));
    let reach = Travel::new(principal, wish.as_deref(), &call.loaded.layers, repo.as_deref())?.require("")?;
    require_own(&call.loaded, model, reach)?;
    let guarded = guard::rules(call).await?.map(Guarded::prose);
    if let Some(retrieve) = chat.retrieve.clone() {
        principal.require(Scope::Index)?;
        let mut pieces =
            index::find(call, principal, &retrieve.repo, &chat.question(), retrieve.top_k).await?;
        let repo = Some(retrieve.repo.as_str());
        let travel = Travel::new(principal, wish.as_deref(), &call.loaded.layers, repo)?;
        pieces.retain(|(path, _)| travel.reach(path) >= reach);
        chat.add_context(&pieces);
    }
    let reserved = reserve(call, principal, chat.cost(model, body.len())).await?;
    let region = call.region();
    // A conversation's beginning is what its turns share.
    let affinity = affinity(principal.tenant(), "", &chat.beginning());
    let answered = loop {
        let body = |name: &str| chat.upstream(model, name);
        let question = Question {
            model,
            path: "/chat/completions",
            kind: Kind::Chat,
            stream: chat.stream,
            hedge: false,
            affinity,
            region: &region,
            reach,
            keep: KEEP,
            body: &body,
        };
        match ask(call, &question, call.gone.wait()).await {
            Ok(answer) => break answer,
            Err(error) => {
                let smaller = model.smaller.as_deref().and_then(|id| call.loaded.config.model(id));
                match (&error, smaller) {
                    (EdgeError::Overloaded { .. }, Some(smaller)) => {
                        state::with(|isolate| isolate.metrics.add("ghostlight_degraded_total", &[], 1));
                        model = smaller;
                    }
                    _ => {
                        reserved.settle(0);
                        return Err(error);
                    }
                }
            }
        }
    };
    call.head.borrow_mut().model = Some(model.id.clone());
    let read = u64::try_from(body.len() / 4).unwrap_or(u64::MAX);
    if answered.rest.is_none() {
        reserved.settle(used(&answered.observation, read));
        if let Some(guarded) = guarded {
            guarded.check(&answered.said, &answered.observation)?;
        }
        return Ok(answer::chunks(200, answer::JSON, &answered.chunks, &call.head.borrow()));
    }
    let routing = &call.loaded.config.routing;
    let (readable, passing) = pump::pass(answered, call.gone.clone(), None, guarded, routing)?;
    call.later(async move {
        let (passed, _) = passing.await;
        reserved.settle(used(&passed.observation, read));
    });
    Ok(answer::stream(200, answer::EVENTS, &readable, &call.head.borrow(), &[]))
}
