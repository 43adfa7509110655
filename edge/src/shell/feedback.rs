//! `POST /v1/feedback` and `GET /v1/stats`: counts of suggestions, kept by an object a tenant.

use serde_json::{Value, json};
use web_sys::Response;

use super::{Incoming, answer, object_name, objects};
use crate::{EdgeError, feedback};

pub(crate) async fn record(incoming: Incoming) -> Result<Response, EdgeError> {
    let events = feedback::parse(&incoming.body, &incoming.call.runtime.config)?;
    let counted = ask(&incoming, "/feedback", &json!(events).to_string()).await?;
    Ok(answer::json(200, &counted, &incoming.call.head.borrow()))
}

pub(crate) async fn stats(incoming: Incoming) -> Result<Response, EdgeError> {
    let data = ask(&incoming, "/stats", "").await?;
    Ok(answer::json(200, &json!({ "object": "list", "data": data }), &incoming.call.head.borrow()))
}

async fn ask(incoming: &Incoming, path: &str, body: &str) -> Result<Value, EdgeError> {
    let name = object_name(incoming.principal()?, "stats");
    let answer = objects::call(&incoming.call.env, objects::TENANTS, &name, path, body).await;
    answer.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(EdgeError::Store("feedback"))
}
