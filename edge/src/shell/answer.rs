//! Responses to clients: headers, bodies, errors; and the bodies of their requests.

use js_sys::Uint8Array;
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, Response, ResponseInit};

use super::{Call, js};
use crate::{EdgeError, Millis, http};

/// Headers that an answer gets besides those of its kind.
pub(super) struct Head {
    pub(super) id: String,
    pub(super) origin: Option<String>,
    pub(super) cache: Option<&'static str>,
    pub(super) model: Option<String>,
    pub(super) variant: Option<String>,
}

impl Head {
    pub(super) fn new(id: String) -> Self {
        Self { id, origin: None, cache: None, model: None, variant: None }
    }

    fn fields(&self, kind: &str) -> js::HeaderFields {
        let fields = js::HeaderFields::new();
        // A value that is no header would be a fault of the configuration; it is left out.
        let set = |name: &str, value: &str| fields.set(name, value);
        set("x-request-id", &self.id);
        set("cache-control", "no-store");
        set("x-content-type-options", "nosniff");
        set("vary", "Origin");
        if !kind.is_empty() {
            set("content-type", kind);
        }
        if kind.starts_with("text/event-stream") {
            set("x-accel-buffering", "no");
        }
        if let Some(origin) = &self.origin {
            set("access-control-allow-origin", origin);
            set("access-control-expose-headers", http::CORS_EXPOSED);
        }
        for (name, value) in [
            ("x-ghostlight-cache", self.cache),
            ("x-ghostlight-model", self.model.as_deref()),
            ("x-ghostlight-variant", self.variant.as_deref()),
        ] {
            if let Some(value) = value {
                set(name, value);
            }
        }
        fields
    }
}

/// How an event stream is called.
pub(super) const EVENTS: &str = "text/event-stream; charset=utf-8";
/// How JSON is called.
pub(super) const JSON: &str = "application/json";

fn init(status: u16, fields: &js::HeaderFields) -> ResponseInit {
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(fields.as_ref());
    init
}

/// An answer of bytes.
pub(super) fn bytes(status: u16, kind: &str, bytes: &[u8], head: &Head) -> Response {
    let init = init(status, &head.fields(kind));
    let body = Uint8Array::from(bytes);
    Response::new_with_opt_buffer_source_and_init(Some(&body), &init).expect("bytes are a body")
}

/// An answer of bytes that have come in chunks.
pub(super) fn chunks(status: u16, kind: &str, chunks: &[Uint8Array], head: &Head) -> Response {
    let init = init(status, &head.fields(kind));
    let body = match chunks {
        [one] => one.clone(),
        many => {
            let mut all = Vec::new();
            many.iter().for_each(|chunk| super::js::append(&mut all, chunk));
            Uint8Array::from(all.as_slice())
        }
    };
    Response::new_with_opt_buffer_source_and_init(Some(&body), &init).expect("bytes are a body")
}

/// An answer of JSON.
pub(super) fn json(status: u16, value: &Value, head: &Head) -> Response {
    bytes(status, JSON, value.to_string().as_bytes(), head)
}

/// An answer of a stream.
pub(super) fn stream(
    status: u16,
    kind: &str,
    body: &ReadableStream,
    head: &Head,
    more: &[(&str, String)],
) -> Response {
    let fields = head.fields(kind);
    more.iter().for_each(|(name, value)| fields.set(name, value));
    Response::new_with_opt_readable_stream_and_init(Some(body), &init(status, &fields))
        .expect("a fresh stream is a body")
}

/// An error in OpenAI's form.
pub(super) fn error(error: &EdgeError, head: &Head) -> Response {
    let fields = head.fields(JSON);
    if let Some(retry_after) = error.retry_after() {
        fields.set("retry-after", &retry_after.seconds_up().to_string());
    }
    if error.falls_back_locally() {
        fields.set("x-ghostlight-fallback", "local");
    }
    if let EdgeError::Unauthorized(_) = error {
        fields.set("www-authenticate", "Bearer");
    }
    if let EdgeError::Method(method) = error {
        fields.set("allow", method);
    }
    // The runtime knows no 499, and nobody is there to see it.
    let init = init(error.status(), &fields);
    let body = Uint8Array::from(error.body().to_string().as_bytes());
    Response::new_with_opt_buffer_source_and_init(Some(&body), &init).expect("bytes are a body")
}

/// The answer to a browser's question whether it may ask.
pub(super) fn preflight(head: &Head) -> Response {
    let fields = head.fields("");
    if head.origin.is_some() {
        for (name, value) in [
            ("access-control-allow-methods", "GET, POST, DELETE"),
            ("access-control-allow-headers", http::CORS_HEADERS),
            ("access-control-max-age", "600"),
        ] {
            fields.set(name, value);
        }
    }
    Response::new_with_opt_str_and_init(None, &init(204, &fields)).expect("no body is a body")
}

/// The body of a request, as far as `limit` and the time allow.
pub(super) async fn body(call: &Call, limit: usize) -> Result<Vec<u8>, EdgeError> {
    let declared = call.header("content-length").and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|declared| declared > limit) {
        return Err(EdgeError::TooLarge { limit });
    }
    let span = call.runtime.config.server.body_timeout_ms;
    let read = async {
        if declared.is_some() {
            // The runtime holds a client to the length that it told.
            let promise = call.request.array_buffer().map_err(|_| broken())?;
            let buffer = JsFuture::from(promise).await.map_err(|_| broken())?;
            let bytes = Uint8Array::new(buffer.unchecked_ref()).to_vec();
            return if bytes.len() > limit { Err(EdgeError::TooLarge { limit }) } else { Ok(bytes) };
        }
        let Some(stream) = call.request.body() else { return Ok(Vec::new()) };
        let reader = js::Reader::new(&stream).map_err(|()| broken())?;
        reader.all(limit).await.map_err(|()| broken())?.ok_or(EdgeError::TooLarge { limit })
    };
    match js::within(Millis(span), call.disconnect.unless(read)).await {
        None => Err(EdgeError::SlowBody(span)),
        Some(None) => Err(EdgeError::Cancelled),
        Some(Some(outcome)) => outcome,
    }
}

fn broken() -> EdgeError {
    EdgeError::Invalid { message: "the body ended before it was whole".to_owned(), param: None }
}
