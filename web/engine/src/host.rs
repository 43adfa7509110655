//! What the browser gives: a clock, and the way back to the event loop.

use std::cell::Cell;
use std::rc::Rc;

use ghostlight_decode::{Cancel, Turn};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Longest time between two returns to the event loop, in milliseconds. A
/// cancel message waits at most this long plus one layer; with shared memory the
/// page need not send one, and a return costs more.
const SLICE_MS: f64 = if cfg!(feature = "threads") { 48.0 } else { 12.0 };

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the worker started, not affected by clock changes.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub fn now_ms() -> f64;
}

/// A fresh [`Cancel`] whose checkpoints return to the event loop now and then.
pub(crate) fn cancel() -> Result<Cancel, JsValue> {
    let channel = Rc::new(web_sys::MessageChannel::new()?);
    let last = Rc::new(Cell::new(now_ms()));
    let cancel = Cancel::new();
    #[cfg(feature = "threads")]
    let handle = cancel.handle();
    Ok(cancel.and_turn(move || -> Turn {
        #[cfg(feature = "threads")]
        if crate::threads::is_cancelled() {
            handle.cancel();
            return None;
        }
        if now_ms() - last.get() < SLICE_MS {
            return None;
        }
        let (channel, last) = (channel.clone(), last.clone());
        Some(Box::pin(async move {
            // A message to oneself arrives after those that already wait; a
            // timer would be held back to four milliseconds.
            let turn = Promise::new(&mut |resolve, _| {
                channel.port1().set_onmessage(Some(&resolve));
                if channel.port2().post_message(&JsValue::NULL).is_err() {
                    let _ = resolve.call0(&JsValue::NULL);
                }
            });
            // This promise is only ever resolved.
            let _ = JsFuture::from(turn).await;
            last.set(now_ms());
        }))
    }))
}
