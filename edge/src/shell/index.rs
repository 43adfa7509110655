//! The routes of the index: checked here, kept by one object a repository.

use serde::Deserialize;
use serde_json::{Value, json};
use web_sys::Response;

use super::objects::{self, Changes};
use super::{Call, answer, js, object_name};
use crate::index::{Change, Sync, check_repo, match_expression};
use crate::privacy::Travel;
use crate::tenant::Privacy;
use crate::{EdgeError, Principal};

const BINDING: &str = "GHOSTLIGHT_REPOS";

/// The tenant has opted in, and keeps things at all.
fn allowed(call: &Call, principal: &Principal) -> Result<(), EdgeError> {
    let opted = call.loaded.config.index.tenants.iter().any(|tenant| tenant == principal.tenant().as_str());
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
    let work = objects::call(&call.env, BINDING, &name, path, body);
    let answer = call.gone.unless(work).await.ok_or(EdgeError::Cancelled)?;
    answer.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(EdgeError::Store("the index"))
}

pub(super) async fn sync(call: &Call, principal: &Principal, body: &[u8]) -> Result<Response, EdgeError> {
    allowed(call, principal)?;
    let limits = &call.loaded.config.index;
    let (repo, sync) = Sync::parse(body, limits)?;
    let wish = call.header("x-ghostlight-mode");
    let travel = Travel::new(principal, wish.as_deref(), &call.loaded.layers, Some(repo.as_str()))?;
    travel.require("")?;
    let answer = match sync {
        Sync::Changes(changes) => {
            for change in &changes {
                if let Change::Put { path, .. } = change {
                    travel.require(path)?;
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

pub(super) async fn search(call: &Call, principal: &Principal, query: &str) -> Result<Response, EdgeError> {
    allowed(call, principal)?;
    let repo = repo(query)?;
    let text =
        js::parameter(query, "q").ok_or(EdgeError::invalid("q", "`q` is missing: what to look for"))?;
    let limit = match js::parameter(query, "limit") {
        None => 10,
        Some(limit) => limit
            .parse()
            .ok()
            .filter(|limit| (1..=50).contains(limit))
            .ok_or(EdgeError::invalid("limit", "`limit` has to be a whole number from 1 to 50"))?,
    };
    let found = match match_expression(&text) {
        Some(expression) => {
            ask(call, principal, &repo, "/search", &json!([expression, limit]).to_string()).await?
        }
        None => json!([]),
    };
    Ok(answer::json(200, &json!({ "results": found }), &call.head.borrow()))
}

pub(super) async fn delete(call: &Call, principal: &Principal, query: &str) -> Result<Response, EdgeError> {
    // Also for those who have opted out since.
    let repo = repo(query)?;
    let answer = ask(call, principal, &repo, "/delete", "").await?;
    Ok(answer::json(200, &answer, &call.head.borrow()))
}

/// Pieces of code for a conversation, each with its path.
pub(super) async fn find(
    call: &Call,
    principal: &Principal,
    repo: &str,
    question: &str,
    top_k: u32,
) -> Result<Vec<(String, String)>, EdgeError> {
    #[derive(Deserialize)]
    struct Row {
        path: String,
        text: String,
    }
    allowed(call, principal)?;
    check_repo(repo)?;
    let Some(expression) = match_expression(question) else { return Ok(Vec::new()) };
    let found = ask(call, principal, repo, "/search", &json!([expression, top_k]).to_string()).await?;
    let rows: Vec<Row> = serde_json::from_value(found).map_err(|_| EdgeError::Store("the index"))?;
    Ok(rows.into_iter().map(|row| (row.path, row.text)).collect())
}

fn repo(query: &str) -> Result<String, EdgeError> {
    let repo = js::parameter(query, "repo").ok_or(EdgeError::invalid("repo", "`repo` is missing"))?;
    check_repo(&repo)?;
    Ok(repo)
}
