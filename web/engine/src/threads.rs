//! Threads that the page lends to the CPU kernels.
//!
//! The module is instantiated once in the worker and once in each helper, over
//! one shared memory. The worker says how many helpers it will start; each helper
//! calls `lendThread`, which never returns: ending the helper's worker ends it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use ghostlight_model::Crew;
use wasm_bindgen::prelude::*;

/// The memory is shared, so this is the same crew in every instance.
static CREW: OnceLock<Arc<Crew>> = OnceLock::new();

/// Messages that the page has sent.
static KNOCKS: AtomicU32 = AtomicU32::new(0);

/// Address of a 32-bit cell in the shared memory, to which the page adds one with each message,
/// so that the worker returns to its event loop when there is a reason to.
#[wasm_bindgen]
pub fn knocker() -> *const u32 {
    KNOCKS.as_ptr().cast_const()
}

/// Messages that the page has sent so far, modulo 2^32.
pub(crate) fn knocks() -> u32 {
    KNOCKS.load(Ordering::Relaxed)
}

/// The crew, if threads were announced.
pub(crate) fn crew() -> Option<Arc<Crew>> {
    CREW.get().cloned()
}

/// Announces `helpers` threads besides this one; called once, before a model is loaded.
#[wasm_bindgen(js_name = expectThreads)]
pub fn expect_threads(helpers: usize) {
    // A second announcement would be a defect of the worker and changes nothing.
    let _ = CREW.set(Arc::new(Crew::new(helpers)));
}

/// Lends the calling helper until it is terminated.
#[wasm_bindgen(js_name = lendThread)]
pub fn lend_thread() {
    if let Some(crew) = crew() {
        crew.lend();
    }
}
