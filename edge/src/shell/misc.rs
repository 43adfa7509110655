//! The small routes: models and their files, feedback, counts, health, metrics, the document.

use serde_json::{Value, json};
use web_sys::{RequestInit, Response};

use super::{Call, answer, js, object_name, objects, state};
use crate::http::{self, Range};
use crate::metrics::render;
use crate::route::State;
use crate::{EdgeError, Principal, feedback, openapi};

const TENANTS: &str = "GHOSTLIGHT_TENANTS";

pub(super) fn health(call: &Call) -> Response {
    answer::json(200, &json!({ "status": "ok" }), &call.head.borrow())
}

pub(super) fn openapi(call: &Call) -> Response {
    answer::bytes(200, answer::JSON, openapi::DOCUMENT.as_bytes(), &call.head.borrow())
}

pub(super) fn models(call: &Call) -> Response {
    let models = call.loaded.config.models.iter().map(|model| {
        json!({ "id": model.id, "object": "model", "created": 0, "owned_by": "ghostlight", "files": model.files })
    });
    let list: Vec<Value> = models.collect();
    answer::json(200, &json!({ "object": "list", "data": list }), &call.head.borrow())
}

pub(super) fn metrics(call: &Call) -> Response {
    let now = js::now();
    let text = state::with(|isolate| {
        let mut gauges = vec![
            ("ghostlight_cache_bytes", String::new(), count(isolate.memory.bytes())),
            ("ghostlight_cache_entries", String::new(), count(isolate.memory.len())),
            ("ghostlight_flights", String::new(), count(isolate.flights.len())),
        ];
        for backend in &isolate.backends {
            let open = f64::from(u8::from(backend.breaker.state(now) != State::Closed));
            gauges.push(("ghostlight_breaker_open", render(&[("backend", &backend.id)]), open));
        }
        for backend in &isolate.backends {
            let in_flight = f64::from(backend.in_flight);
            gauges.push(("ghostlight_in_flight", render(&[("backend", &backend.id)]), in_flight));
        }
        isolate.metrics.text(&gauges)
    });
    answer::bytes(200, "text/plain; version=0.0.4", text.as_bytes(), &call.head.borrow())
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

pub(super) async fn feedback(call: &Call, principal: &Principal, body: &[u8]) -> Result<Response, EdgeError> {
    let events = feedback::parse(body, &call.loaded.config)?;
    let name = object_name(principal, "stats");
    let answer = objects::call(&call.env, TENANTS, &name, "/feedback", &json!(events).to_string()).await;
    let answer: Value =
        answer.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(EdgeError::Store("feedback"))?;
    Ok(answer::json(200, &answer, &call.head.borrow()))
}

pub(super) async fn stats(call: &Call, principal: &Principal) -> Result<Response, EdgeError> {
    let name = object_name(principal, "stats");
    let answer = objects::call(&call.env, TENANTS, &name, "/stats", "").await;
    let data: Value =
        answer.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(EdgeError::Store("feedback"))?;
    Ok(answer::json(200, &json!({ "object": "list", "data": data }), &call.head.borrow()))
}

/// A file of a model, from R2 or, without a bucket, from static assets.
pub(super) async fn model_file(call: &Call, segments: &[String]) -> Result<Response, EdgeError> {
    let missing = || EdgeError::NotFound("file");
    let [id, file] = segments else { return Err(missing()) };
    // Only what the configuration lists, so no path can lead elsewhere.
    let model = call.loaded.config.model(id).ok_or(EdgeError::UnknownModel)?;
    if !model.files.contains(file) {
        return Err(missing());
    }
    let key = format!("{id}/{file}");
    match call.env.bucket("GHOSTLIGHT_MODELS") {
        Ok(bucket) => from_bucket(call, &bucket, &key).await,
        Err(_) => from_assets(call, &key).await,
    }
}

async fn from_bucket(call: &Call, bucket: &worker::Bucket, key: &str) -> Result<Response, EdgeError> {
    let store = |_| EdgeError::Store("models");
    let object = bucket.head(key).await.map_err(store)?.ok_or(EdgeError::NotFound("file"))?;
    let size = object.size();
    let mut more = vec![("accept-ranges", "bytes".to_owned()), ("etag", object.http_etag())];
    let fresh = call.header("if-range").is_none_or(|tag| tag == object.http_etag());
    let range = http::range(call.header("range").filter(|_| fresh).as_deref(), size);
    let (status, first, length) = match range {
        Range::Whole => (200, 0, size),
        Range::Part(first, last) => {
            more.push(("content-range", format!("bytes {first}-{last}/{size}")));
            (206, first, last - first + 1)
        }
        Range::Outside => {
            let response = answer::bytes(416, "", &[], &call.head.borrow());
            let _ = response.headers().set("content-range", &format!("bytes */{size}"));
            return Ok(response);
        }
    };
    more.push(("cache-control", "public, max-age=31536000, immutable".to_owned()));
    if call.request.method() == "HEAD" || length == 0 {
        let response = answer::bytes(status, BYTES, &[], &call.head.borrow());
        more.iter().for_each(|(name, value)| drop(response.headers().set(name, value)));
        return Ok(response);
    }
    let range = worker::Range::OffsetWithLength { offset: first, length };
    let object =
        bucket.get(key).range(range).execute().await.map_err(store)?.ok_or(EdgeError::NotFound("file"))?;
    let body = object.body().ok_or(EdgeError::Store("models"))?.response_body().map_err(store)?;
    let worker::ResponseBody::Stream(stream) = body else { return Err(EdgeError::Store("models")) };
    Ok(answer::stream(status, BYTES, &stream, &call.head.borrow(), &more))
}

const BYTES: &str = "application/octet-stream";

async fn from_assets(call: &Call, key: &str) -> Result<Response, EdgeError> {
    let assets = call.env.assets("GHOSTLIGHT_ASSETS").map_err(|_| EdgeError::NotFound("file"))?;
    let init = RequestInit::new();
    init.set_method(&call.request.method());
    let address = format!("https://assets/{key}");
    let request =
        web_sys::Request::new_with_str_and_init(&address, &init).map_err(|_| EdgeError::NotFound("file"))?;
    if let Some(range) = call.header("range") {
        let _ = request.headers().set("range", &range);
    }
    let response =
        assets.fetch_request(worker::Request::from(request)).await.map_err(|_| EdgeError::Store("models"))?;
    let response: web_sys::Response = response.into();
    let status = response.status();
    if !matches!(status, 200 | 206 | 416) {
        return Err(EdgeError::NotFound("file"));
    }
    let more: Vec<(&str, String)> = ["content-range", "content-length", "accept-ranges", "etag"]
        .into_iter()
        .filter_map(|name| Some((name, response.headers().get(name).ok().flatten()?)))
        .collect();
    match response.body() {
        Some(body) => Ok(answer::stream(status, BYTES, &body, &call.head.borrow(), &more)),
        None => Ok(answer::bytes(status, BYTES, &[], &call.head.borrow())),
    }
}
