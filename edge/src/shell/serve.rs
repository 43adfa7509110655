//! What completions and chats share: reserve, ask backends and ever smaller models, pass the answer on, settle.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, ready};
use web_sys::Response;

use super::guard::AnswerGuard;
use super::quota::{Reserved, reserve};
use super::upstream::{UpstreamRequest, UpstreamResponse, ask, require_own};
use super::{Call, answer, js, pump, state};
use crate::cache::Leader;
use crate::stream::StreamState;
use crate::{EdgeError, Principal};

/// An answer that has begun, with the tokens that are reserved for it.
pub(super) struct Begun {
    reserved: Reserved,
    upstream: UpstreamResponse,
    /// The public name of the model that answers.
    pub(super) model: String,
}

/// An answer that has come to its end.
pub(super) struct Finished {
    /// What it said, or why it is not whole.
    pub(super) outcome: Result<StreamState, EdgeError>,
    /// The flight that it is shared by, still to be ended.
    pub(super) leader: Option<Leader>,
}

/// Reserves `cost` tokens and asks the model, then ever smaller ones while all backends
/// are busy, until an answer begins or `nobody` wants one any more.
pub(super) async fn begin(
    call: &Rc<Call>,
    principal: &Principal,
    cost: u32,
    mut request: UpstreamRequest<'_>,
    nobody: impl Future<Output = ()>,
) -> Result<Begun, EdgeError> {
    require_own(&call.runtime, request.model, request.reach)?;
    let reserved = reserve(call, principal, cost).await?;
    let mut nobody = pin!(nobody);
    loop {
        let error = match ask(call, &request, nobody.as_mut()).await {
            Ok(upstream) => return Ok(Begun { reserved, upstream, model: request.model.id.clone() }),
            Err(error) => error,
        };
        let smaller = request.model.smaller.as_deref().and_then(|id| call.runtime.config.model(id));
        match (&error, smaller) {
            (EdgeError::Overloaded { .. }, Some(smaller)) => {
                state::with(|isolate| isolate.metrics.add("ghostlight_degraded_total", &[], 1));
                request.model = smaller;
            }
            _ => {
                reserved.settle(0);
                return Err(error);
            }
        }
    }
}

impl Begun {
    /// The response, and the work that is left until the answer has come to its end.
    /// `read` is how many tokens reading the request costs, if the backend does not say.
    pub(super) fn deliver(
        self,
        call: &Call,
        disconnect: js::ClientDisconnect,
        leader: Option<Leader>,
        guard: Option<AnswerGuard>,
        read: u64,
    ) -> (Result<Response, EdgeError>, impl Future<Output = Finished> + use<>) {
        let Self { reserved, upstream, model } = self;
        call.head.borrow_mut().model = Some(model);
        let end = |outcome, leader| Either::Left(ready(Finished { outcome, leader }));
        if !upstream.is_stream {
            reserved.settle(used(&upstream.stream_state, read));
            let checked = guard.map_or(Ok(()), |guard| guard.check(&upstream.deltas, &upstream.stream_state));
            return match checked {
                Ok(()) => {
                    let response = answer::chunks(200, answer::JSON, &upstream.chunks, &call.head.borrow());
                    (Ok(response), end(Ok(upstream.stream_state), leader))
                }
                Err(error) => (Err(error.clone()), end(Err(error), leader)),
            };
        }
        match pump::pass(upstream, disconnect, leader, guard, &call.runtime.config.routing) {
            Err(error) => {
                reserved.settle(0);
                (Err(error.clone()), end(Err(error), None))
            }
            Ok((readable, passing)) => {
                let response = answer::stream(200, answer::EVENTS, &readable, &call.head.borrow(), &[]);
                let rest = async move {
                    let (passed, leader) = passing.await;
                    reserved.settle(used(&passed.stream_state, read));
                    Finished { outcome: passed.fault.map_or(Ok(passed.stream_state), Err), leader }
                };
                (Ok(response), Either::Right(rest))
            }
        }
    }
}

/// Tokens that an answer cost: what the backend said, else what was seen.
fn used(stream_state: &StreamState, read: u64) -> u64 {
    stream_state.usage.map_or(read + stream_state.written(), |usage| {
        usage.total_tokens.max(usage.prompt_tokens.saturating_add(usage.completion_tokens))
    })
}
