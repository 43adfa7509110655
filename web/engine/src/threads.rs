//! Threads of the page for the CPU kernels.
//!
//! The module is instantiated once in the worker and once in each helper, over
//! one shared memory. The worker says how many helpers it will start; each helper
//! calls `joinThreads`, which never returns: ending the helper's worker ends it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use ghostlight_model::ThreadPool;
use wasm_bindgen::prelude::*;

/// The memory is shared, so this is the same pool in every instance.
static POOL: OnceLock<Arc<ThreadPool>> = OnceLock::new();

/// Messages that the page has sent.
static MESSAGES: AtomicU32 = AtomicU32::new(0);

/// Address of a 32-bit cell in the shared memory, to which the page adds one with each message,
/// so that the worker returns to its event loop when there is a reason to.
#[wasm_bindgen(js_name = wakeCounter)]
pub fn wake_counter() -> *const u32 {
    MESSAGES.as_ptr().cast_const()
}

/// Messages that the page has sent so far, modulo 2^32.
pub(crate) fn messages() -> u32 {
    MESSAGES.load(Ordering::Relaxed)
}

/// The pool, if threads were announced.
pub(crate) fn pool() -> Option<Arc<ThreadPool>> {
    POOL.get().cloned()
}

/// Announces `helpers` threads besides this one; called once, before a model is loaded.
#[wasm_bindgen(js_name = expectThreads)]
pub fn expect_threads(helpers: usize) {
    // A second announcement would be a defect of the worker and changes nothing.
    let _ = POOL.set(Arc::new(ThreadPool::new(helpers)));
}

/// Makes the calling helper a thread of the pool until it is terminated.
#[wasm_bindgen(js_name = joinThreads)]
pub fn join_threads() {
    if let Some(pool) = pool() {
        pool.join();
    }
}
