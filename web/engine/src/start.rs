//! What happens once, when the module is instantiated.
//!
//! burn registers constructors at link time. Unless somebody calls them, the
//! linker wraps every export so that all of them run again at each call from
//! JavaScript, which costs milliseconds; hence the call here.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use wasm_bindgen::prelude::*;

unsafe extern "C" {
    fn __wasm_call_ctors();
}

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// With threads, every instance over the shared memory starts here.
static STARTED: AtomicBool = AtomicBool::new(false);

#[wasm_bindgen(start)]
fn start() {
    if STARTED.swap(true, Ordering::Relaxed) {
        return;
    }
    // SAFETY: the linker's own function, called once, before anything else runs.
    unsafe { __wasm_call_ctors() };
    std::panic::set_hook(Box::new(|info| {
        // The place and never the message: a message may quote source text.
        let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        web_sys::console::error_1(&format!("ghostlight: panic at {place}").into());
        PANIC.with_borrow_mut(|panic| *panic = Some(place));
    }));
    log::set_logger(&Console).map(|()| log::set_max_level(log::LevelFilter::Warn)).unwrap_or_default();
}

/// Where the engine panicked, if it did; the instance is unusable then.
#[wasm_bindgen(js_name = panicLocation)]
pub fn panic_location() -> Option<String> {
    PANIC.with_borrow(Clone::clone)
}

/// The GPU stack reports refused shaders through `log` and nowhere else.
struct Console;

impl log::Log for Console {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = format!("ghostlight: {}: {}", record.target(), record.args()).into();
            if record.level() == log::Level::Error {
                web_sys::console::error_1(&line);
            } else {
                web_sys::console::warn_1(&line);
            }
        }
    }

    fn flush(&self) {}
}
