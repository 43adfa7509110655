//! What the browser gives: a clock, and the way back to the event loop.

use std::cell::Cell;
use std::rc::Rc;

use ghostlight_decode::{Cancel, Turn};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Longest time between two returns to the event loop, in milliseconds. A
/// message waits at most this long plus one layer.
const SLICE_MS: f64 = 12.0;
/// The same with shared memory, where a return costs more, while the page sends nothing.
#[cfg(feature = "threads")]
const QUIET_SLICE_MS: f64 = 48.0;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the worker started, not affected by clock changes.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub fn now_ms() -> f64;
}

/// Returns to the event loop, and when they are due.
struct Turns {
    last: Cell<f64>,
    /// Messages of the page that were known at the last return.
    #[cfg(feature = "threads")]
    messages: Cell<u32>,
    /// When the page last sent one.
    #[cfg(feature = "threads")]
    heard: Cell<f64>,
}

impl Turns {
    fn new() -> Self {
        Self {
            last: Cell::new(now_ms()),
            #[cfg(feature = "threads")]
            messages: Cell::new(crate::threads::messages()),
            #[cfg(feature = "threads")]
            heard: Cell::new(now_ms()),
        }
    }

    #[cfg(not(feature = "threads"))]
    fn is_due(&self) -> bool {
        now_ms() - self.last.get() >= SLICE_MS
    }

    /// At once when the page has sent a message, often for a while after that, else seldom.
    #[cfg(feature = "threads")]
    fn is_due(&self) -> bool {
        let (now, messages) = (now_ms(), crate::threads::messages());
        if self.messages.replace(messages) != messages {
            self.heard.set(now);
            return true;
        }
        let is_quiet = now - self.heard.get() > 2.0 * QUIET_SLICE_MS;
        now - self.last.get() >= if is_quiet { QUIET_SLICE_MS } else { SLICE_MS }
    }
}

/// A fresh [`Cancel`] whose checkpoints return to the event loop now and then.
pub(crate) fn cancel() -> Result<Cancel, JsValue> {
    let channel = Rc::new(web_sys::MessageChannel::new()?);
    let turns = Rc::new(Turns::new());
    Ok(Cancel::with_turn(move || -> Turn {
        if !turns.is_due() {
            return None;
        }
        let (channel, turns) = (channel.clone(), turns.clone());
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
            turns.last.set(now_ms());
        }))
    }))
}
