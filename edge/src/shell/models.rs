//! `GET /v1/models` and files of models, whole or a byte range, from R2 or static assets.

use serde_json::{Value, json};
use web_sys::{RequestInit, Response};

use super::{Call, Incoming, answer};
use crate::EdgeError;
use crate::http::{self, ByteRange};

pub(crate) async fn list(incoming: Incoming) -> Result<Response, EdgeError> {
    let models = incoming.call.runtime.config.models.iter().map(|model| {
        json!({ "id": model.id, "object": "model", "created": 0, "owned_by": "ghostlight", "files": model.files })
    });
    let list: Vec<Value> = models.collect();
    Ok(answer::json(200, &json!({ "object": "list", "data": list }), &incoming.call.head.borrow()))
}

/// A file of a model, from R2 or, without a bucket, from static assets.
pub(crate) async fn file(incoming: Incoming) -> Result<Response, EdgeError> {
    let call = &incoming.call;
    let missing = || EdgeError::NotFound("file");
    let [id, file] = incoming.segments.as_slice() else { return Err(missing()) };
    // Only what the configuration lists, so no path can lead elsewhere.
    let model = call.runtime.config.model(id).ok_or(EdgeError::UnknownModel)?;
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
        ByteRange::Whole => (200, 0, size),
        ByteRange::Part(first, last) => {
            more.push(("content-range", format!("bytes {first}-{last}/{size}")));
            (206, first, last - first + 1)
        }
        ByteRange::Outside => {
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
