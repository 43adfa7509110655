//! JavaScript of the runtime: clock, timers, streams, aborting, headers; what has no wrapper, or one too thick.

use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{Either, Shared, select};
use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, ReadableStream, ReadableStreamDefaultReader, Request, RequestInit,
    Response, WritableStream, WritableStreamDefaultWriter,
};

use crate::Millis;

#[wasm_bindgen]
extern "C" {
    /// The runtime's own pipe: its ends are native streams.
    type IdentityTransformStream;
    #[wasm_bindgen(constructor)]
    fn new() -> IdentityTransformStream;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &IdentityTransformStream) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &IdentityTransformStream) -> WritableStream;

    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Promise;
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

/// The time. The runtime stops it between two waits.
pub(super) fn now() -> Millis {
    let now = js_sys::Date::now();
    // Not negative, and below 2^53.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
    Millis(now as u64)
}

pub(super) fn uuid() -> String {
    random_uuid()
}

/// Uniform in 0 to 1.
pub(super) fn random() -> f64 {
    js_sys::Math::random()
}

pub(super) fn log_error(text: &str) {
    worker::console_error!("{text}");
}

/// A pause.
pub(super) async fn sleep(span: Millis) {
    worker::Delay::from(Duration::from_millis(span.0.min(600_000))).await;
}

/// `None` if `work` takes longer than `span`.
pub(super) async fn within<T>(span: Millis, work: impl Future<Output = T>) -> Option<T> {
    match select(std::pin::pin!(work), std::pin::pin!(sleep(span))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}

/// A property that is there.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// Path and query of an absolute address. The runtime has parsed it already, and a parser more
/// would cost 5 KB of the worker's size, or an object of the runtime's in every request.
pub(super) fn path_and_query(url: &str) -> (String, String) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let path = path.split('#').next().unwrap_or("/");
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    (path.to_owned(), query.to_owned())
}

/// A segment of a path without its `%` encoding.
pub(super) fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// A parameter of a query.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// Whether the client of a request went away.
///
/// Many wait for it in turn, and mostly in vain, so there is one listener a request and
/// not a promise for each of them.
#[derive(Clone)]
pub(super) struct ClientDisconnect(Option<Rc<Listener>>);

/// Listens until it is dropped.
struct Listener {
    signal: AbortSignal,
    heard: Shared<oneshot::Receiver<()>>,
    tell: Closure<dyn FnMut()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let tell = self.tell.as_ref().unchecked_ref();
        // It was added, so it can be taken away.
        let _ = self.signal.remove_event_listener_with_callback("abort", tell);
    }
}

impl ClientDisconnect {
    pub(super) fn new(request: &Request) -> Self {
        // Not there where the runtime lacks the flag `enable_request_signal`.
        let signal = property(request, "signal").and_then(|signal| signal.dyn_into::<AbortSignal>().ok());
        Self(signal.map(|signal| {
            let (tell, heard) = oneshot::channel();
            let mut tell = Some(tell);
            let tell = Closure::new(move || {
                // Nobody may wait any more.
                tell.take().map(|tell| tell.send(()));
            });
            // It cannot throw.
            let _ = signal.add_event_listener_with_callback("abort", tell.as_ref().unchecked_ref());
            Rc::new(Listener { signal, heard: heard.shared(), tell })
        }))
    }

    /// One that never goes, for work without a client.
    pub(super) fn never() -> Self {
        Self(None)
    }

    pub(super) fn is_gone(&self) -> bool {
        self.0.as_ref().is_some_and(|listener| listener.signal.aborted())
    }

    /// Waits until the client goes.
    pub(super) async fn wait(&self) {
        match &self.0 {
            Some(listener) if !listener.signal.aborted() => drop(listener.heard.clone().await),
            Some(_) => {}
            None => std::future::pending().await,
        }
    }

    /// `None` if the client goes before `work` is done.
    pub(super) async fn unless<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        if self.is_gone() {
            return None;
        }
        match select(std::pin::pin!(work), std::pin::pin!(self.wait())).await {
            Either::Left((result, _)) => Some(result),
            Either::Right(_) => None,
        }
    }
}

/// A request of ours to another server; dropped, it is aborted.
pub(super) struct Outgoing(Option<AbortController>);

impl Outgoing {
    pub(super) fn new() -> Self {
        Self(AbortController::new().ok())
    }

    /// Sends it. A failure says nothing, as its text could hold an address.
    pub(super) async fn send(&self, url: &str, init: &RequestInit) -> Result<Response, ()> {
        if let Some(controller) = &self.0 {
            init.set_signal(Some(&controller.signal()));
        }
        let response = JsFuture::from(global_fetch(url, init)).await.map_err(drop)?;
        response.dyn_into().map_err(drop)
    }
}

impl Outgoing {
    /// Its answer is read to the end: there is nothing left to abort.
    pub(super) fn done(&mut self) {
        self.0 = None;
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

/// Headers as a plain object: an object of the runtime's own would be one more for its
/// collector, in every request.
pub(super) struct HeaderFields(Object);

impl HeaderFields {
    pub(super) fn new() -> Self {
        Self(Object::new())
    }

    /// Sets a header; a value that is none is left out.
    pub(super) fn set(&self, name: &str, value: &str) {
        // One bad value would fail all of them.
        if value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
            // It is an object that takes any property.
            let _ = Reflect::set(&self.0, &name.into(), &value.into());
        }
    }
}

impl AsRef<JsValue> for HeaderFields {
    fn as_ref(&self) -> &JsValue {
        &self.0
    }
}

/// Reads a body in chunks.
pub(super) struct Reader(ReadableStreamDefaultReader);

impl Reader {
    pub(super) fn new(body: &ReadableStream) -> Result<Self, ()> {
        ReadableStreamDefaultReader::new(body).map(Self).map_err(drop)
    }

    /// The next chunk, `None` at the end.
    pub(super) async fn read(&self) -> Result<Option<Uint8Array>, ()> {
        let result = JsFuture::from(self.0.read()).await.map_err(drop)?;
        if property(&result, "done").is_none_or(|done| done.is_truthy()) {
            return Ok(None);
        }
        property(&result, "value").ok_or(())?.dyn_into().map(Some).map_err(drop)
    }

    /// All of it, if it is not longer than `limit`.
    pub(super) async fn all(&self, limit: usize) -> Result<Option<Vec<u8>>, ()> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.read().await? {
            if bytes.len() + chunk.length() as usize > limit {
                drop(self.0.cancel());
                return Ok(None);
            }
            append(&mut bytes, &chunk);
        }
        Ok(Some(bytes))
    }
}

/// The body of an answer, if it is not longer than `limit`. One that tells its length is taken
/// at once, as the runtime holds the sender to it; a compressed one is longer than it tells.
pub(super) async fn whole(response: &Response, limit: usize) -> Result<Option<Vec<u8>>, ()> {
    let headers = response.headers();
    let declared = headers.get("content-length").ok().flatten();
    let declared = declared.filter(|_| !headers.has("content-encoding").unwrap_or(true));
    match declared.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > limit => Ok(None),
        Some(_) => {
            let buffer = JsFuture::from(response.array_buffer().map_err(drop)?).await.map_err(drop)?;
            Ok(Some(Uint8Array::new(&buffer).to_vec()))
        }
        None => match response.body() {
            Some(body) => Reader::new(&body)?.all(limit).await,
            None => Ok(Some(Vec::new())),
        },
    }
}

/// Adds a chunk's bytes.
pub(super) fn append(bytes: &mut Vec<u8>, chunk: &Uint8Array) {
    let start = bytes.len();
    bytes.resize(start + chunk.length() as usize, 0);
    chunk.copy_to(&mut bytes[start..]);
}

/// The end of a pipe that is written to.
pub(super) struct Writer(WritableStreamDefaultWriter);

/// A pipe of the runtime's: bytes that are written come out of the readable end.
pub(super) fn pipe() -> Result<(Writer, ReadableStream), ()> {
    let stream = IdentityTransformStream::new();
    let writer = stream.writable().get_writer().map_err(drop)?;
    Ok((Writer(writer), stream.readable()))
}

impl Writer {
    /// Waits until the chunk was taken. An error means that nobody reads any more.
    pub(super) async fn write(&self, chunk: &Uint8Array) -> Result<(), ()> {
        JsFuture::from(self.0.write_with_chunk(chunk)).await.map(drop).map_err(drop)
    }

    pub(super) async fn write_bytes(&self, bytes: &[u8]) -> Result<(), ()> {
        self.write(&Uint8Array::from(bytes)).await
    }

    pub(super) async fn close(self) {
        // Whoever read it may be gone.
        drop(JsFuture::from(self.0.close()).await);
    }

    /// Ends it so that the client sees that something is lacking.
    pub(super) async fn abort(self) {
        drop(JsFuture::from(self.0.abort_with_reason(&"the answer was cut off".into())).await);
    }
}
