//! The operations of real models, timed where they run: in a worker of a browser.

use ghostlight_model::timing;
use ghostlight_protocol::{KernelTime, Listener};
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::error::Failure;
use crate::host::now_ms;
use crate::load::backend;

/// Times every row of the table; `onRow` gets a `KernelTime` for each, first one with the machine's own limits.
///
/// # Errors
///
/// Rejects with an `EngineError` when there is no device, or it fails.
#[wasm_bindgen(js_name = timeKernels)]
pub async fn time_kernels(rounds: usize, on_row: Function) -> Result<(), JsValue> {
    Ok(run(rounds, &Listener::from(on_row)).await?)
}

async fn run(rounds: usize, on_row: &Listener<KernelTime>) -> Result<(), Failure> {
    let backend = backend().await?;
    let peaks = timing::peaks(&backend, rounds, &now_ms).await?;
    let (gmacs, gigabytes) = peaks.map_or((0.0, 0.0), |peaks| (peaks.gmacs, peaks.gigabytes));
    on_row.tell(&KernelTime { row: backend.name().to_owned(), ms: 0.0, gmacs, gigabytes });
    for case in timing::table() {
        let time = timing::time(&case, &backend, rounds, &now_ms).await?;
        let (gmacs, gigabytes) = (time.gmacs(), time.gigabytes());
        on_row.tell(&KernelTime { row: timing::name(&case), ms: time.ms, gmacs, gigabytes });
    }
    Ok(())
}
