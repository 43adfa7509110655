//! Syntax from the host: a function that answers for packs that it has fetched.
//!
//! The function gets a pack's name and a question as bytes, and gives the answer as
//! bytes, at once; anything else while it has none. `web/package/src/syntax.ts` is
//! such a function.

use ghostlight_context::syntax::{Lexical, Remote, Syntax};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

/// The syntax of an engine: the host's where there is one, else [`Lexical`].
#[must_use]
pub fn from_host(answer: Option<Function>) -> Box<dyn Syntax> {
    let Some(answer) = answer else { return Box::new(Lexical) };
    Box::new(Remote::new(move |pack: &str, question: &[u8]| {
        let question = Uint8Array::from(question);
        let given = answer.call2(&JsValue::NULL, &pack.into(), &question).ok()?;
        given.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec())
    }))
}
