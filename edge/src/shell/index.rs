//! Routes of the index of repositories: checked here, kept by one durable object a repository.

use serde::Deserialize;
use serde_json::{Value, json};
use web_sys::Response;

use super::objects::{self, Changes};
use super::{Call, Incoming, answer, js, object_name};
use crate::index::{Change, MOST_RESULTS, Sync, check_repo, match_expression};
use crate::tenant::Privacy;
use crate::{EdgeError, Principal};

/// The tenant has opted in, and keeps things at all.
fn allowed(call: &Call, principal: &Principal) -> Result<(), EdgeError> {
    let opted = call.runtime.config.index.tenants.iter().any(|tenant| tenant == principal.tenant().as_str());
    if opted && principal.privacy() == Privacy::Standard {
        Ok(())
    } else {
        Err(EdgeError::NotEnabled("the index"))
    }
}

async fn ask(
    call: &Call,
    principal: &Principal,
    repo: &str,
    path: &str,
    body: &str,
) -> Result<Value, EdgeError> {
    let name = object_name(principal, repo);
    let work = objects::call(&call.env, objects::REPOS, &name, path, body);
    let answer = call.disconnect.unless(work).await.ok_or(EdgeError::Cancelled)?;
    answer.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(EdgeError::Store("the index"))
}

pub(crate) async fn sync(incoming: Incoming) -> Result<Response, EdgeError> {
    let (call, principal) = (&incoming.call, incoming.principal()?);
    allowed(call, principal)?;
    let limits = &call.runtime.config.index;
    let (repo, sync) = Sync::parse(&incoming.body, limits)?;
    let egress = call.egress(principal)?.for_repo(&repo);
    egress.require("")?;
    let answer = match sync {
        Sync::Changes(changes) => {
            for change in &changes {
                if let Change::Put { path, .. } = change {
                    egress.require(path)?;
                }
            }
            let body = json!(Changes::new(changes, limits)).to_string();
            ask(call, principal, &repo, "/changes", &body).await?
        }
        Sync::Manifest(manifest) => {
            ask(call, principal, &repo, "/manifest", &json!(manifest).to_string()).await?
        }
    };
    if answer["full"] == true {
        let (bytes, files) = (limits.repo_bytes, limits.repo_files);
        let message =
            format!("the index holds {files} files and {bytes} bytes at most: nothing of this was taken");
        return Err(EdgeError::invalid("changes", message));
    }
    Ok(answer::json(200, &answer, &call.head.borrow()))
}

pub(crate) async fn search(incoming: Incoming) -> Result<Response, EdgeError> {
    let (call, principal, query) = (&incoming.call, incoming.principal()?, &incoming.query);
    allowed(call, principal)?;
    let repo = repo(query)?;
    let text =
        js::parameter(query, "q").ok_or(EdgeError::invalid("q", "`q` is missing: what to look for"))?;
    let limit = match js::parameter(query, "limit") {
        None => 10,
        Some(limit) => {
            limit.parse().ok().filter(|limit| (1..=MOST_RESULTS).contains(limit)).ok_or_else(|| {
                let message = format!("`limit` has to be a whole number from 1 to {MOST_RESULTS}");
                EdgeError::invalid("limit", message)
            })?
        }
    };
    let found = match match_expression(&text) {
        Some(expression) => {
            ask(call, principal, &repo, "/search", &json!([expression, limit]).to_string()).await?
        }
        None => json!([]),
    };
    Ok(answer::json(200, &json!({ "results": found }), &call.head.borrow()))
}

pub(crate) async fn delete(incoming: Incoming) -> Result<Response, EdgeError> {
    let (call, principal) = (&incoming.call, incoming.principal()?);
    // Also for those who have opted out since.
    let repo = repo(&incoming.query)?;
    let answer = ask(call, principal, &repo, "/delete", "").await?;
    Ok(answer::json(200, &answer, &call.head.borrow()))
}

/// Chunks of code for a conversation, each with its path.
pub(super) async fn find(
    call: &Call,
    principal: &Principal,
    repo: &str,
    question: &str,
    top_k: u32,
) -> Result<Vec<(String, String)>, EdgeError> {
    #[derive(Deserialize)]
    struct FoundChunk {
        path: String,
        text: String,
    }
    allowed(call, principal)?;
    check_repo(repo)?;
    let Some(expression) = match_expression(question) else { return Ok(Vec::new()) };
    let found = ask(call, principal, repo, "/search", &json!([expression, top_k]).to_string()).await?;
    let found: Vec<FoundChunk> = serde_json::from_value(found).map_err(|_| EdgeError::Store("the index"))?;
    Ok(found.into_iter().map(|chunk| (chunk.path, chunk.text)).collect())
}

fn repo(query: &str) -> Result<String, EdgeError> {
    let repo = js::parameter(query, "repo").ok_or(EdgeError::invalid("repo", "`repo` is missing"))?;
    check_repo(&repo)?;
    Ok(repo)
}
