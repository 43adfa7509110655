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

/// The request that runs and the one that is not wanted any more; 0 for none.
static CELLS: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];

/// Address of two 32-bit cells in the shared memory: the worker writes which request runs into
/// the first, the page which one is cancelled into the second. So a cancellation is seen
/// without a return to the event loop.
#[wasm_bindgen(js_name = cancelCells)]
pub fn cancel_cells() -> *const u32 {
    CELLS.as_ptr().cast()
}

/// Whether the page has cancelled the request that runs.
pub(crate) fn is_cancelled() -> bool {
    let [running, cancelled] = CELLS.each_ref().map(|cell| cell.load(Ordering::Relaxed));
    running != 0 && running == cancelled
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
