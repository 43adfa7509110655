//! How far the text of a file may go, for whoever asks before a model is loaded.

use ghostlight_protocol::{FromJs, GuardOptions, to_js};
use wasm_bindgen::prelude::*;

use crate::convert;

/// The answer to `reach` of the worker's methods, by these options (`GuardOptions`): a `Reach`.
///
/// # Errors
///
/// Throws an `EngineError` for options that cannot be read.
#[wasm_bindgen]
pub fn reach(options: JsValue, path: &str) -> Result<JsValue, JsValue> {
    let (guard, _) = convert::guard(&GuardOptions::from_js(options)?, None);
    Ok(to_js(&convert::reach(guard.reach(path)))?)
}
