//! Syntax from the host: a function that answers for packs that it has fetched.
//!
//! The function gets a pack's name and a question as bytes, and gives the answer as
//! bytes, at once; anything else while it has none. `web/package/src/syntax.ts` is
//! such a function.

use ghostlight_context::syntax::{Remote, Syntax};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

/// The syntax of an engine that asks its host.
pub(crate) fn from_host(answer: Function) -> impl Syntax {
    Remote::new(move |pack: &str, question: &[u8]| {
        let question = Uint8Array::from(question);
        let given = answer.call2(&JsValue::NULL, &pack.into(), &question).ok()?;
        given.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec())
    })
}
