//! `POST /v1/chat/completions`: code from the index if it is wished, then a backend's bytes as they come.

use web_sys::Response;

use super::guard::{self, AnswerGuard};
use super::upstream::UpstreamRequest;
use super::{Incoming, index, serve};
use crate::EdgeError;
use crate::balancing::affinity;
use crate::request::Chat;
use crate::stream::Endpoint;
use crate::tenant::Scope;

/// Text of an answer that is kept, bytes: it is looked at for its count alone.
const KEEP: usize = 0;

pub(crate) async fn handle(incoming: Incoming) -> Result<Response, EdgeError> {
    let (call, principal) = (&incoming.call, incoming.principal()?);
    let mut chat = Chat::parse(&incoming.body)?;
    let model = call.runtime.config.model(&chat.model).ok_or(EdgeError::UnknownModel)?;
    let egress = call.egress(principal)?;
    let reach = egress.require("")?;
    let guard = guard::rules(call).await?.map(AnswerGuard::prose);
    if let Some(retrieve) = chat.retrieve.clone() {
        principal.require(Scope::Index)?;
        let egress = egress.for_repo(&retrieve.repo);
        let mut chunks =
            index::find(call, principal, &retrieve.repo, &chat.question(), retrieve.top_k).await?;
        chunks.retain(|(path, _)| egress.reach(path) >= reach);
        chat.add_context(&chunks);
    }
    let region = call.region();
    let request = UpstreamRequest {
        model,
        endpoint: Endpoint::Chat,
        stream: chat.stream,
        hedge: false,
        // A conversation's beginning is what its turns share.
        affinity: affinity(principal.tenant(), "", &chat.beginning()),
        region: &region,
        reach,
        keep: KEEP,
        body: &|model, name| chat.upstream(model, name),
    };
    let cost = chat.cost(model, incoming.body.len());
    let begun = serve::begin(call, principal, cost, request, call.disconnect.wait()).await?;
    let read = u64::try_from(incoming.body.len() / 4).unwrap_or(u64::MAX);
    let (response, rest) = begun.deliver(call, call.disconnect.clone(), None, guard, read);
    call.later(async move {
        rest.await;
    });
    response
}
