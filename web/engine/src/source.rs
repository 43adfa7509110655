//! A model file behind a JavaScript object: a Blob, an OPFS handle, HTTP ranges.

use ghostlight_gguf::{Source, SourceError};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::error::message;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r"
/** A model file: its size, and how to read `length` bytes at `offset`, which may be overwritten by the next read. */
export interface ModelSource {
  size: number;
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}
";

#[wasm_bindgen]
extern "C" {
    /// See `ModelSource` in TypeScript.
    #[wasm_bindgen(typescript_type = "ModelSource")]
    pub type ModelSource;

    #[wasm_bindgen(method, getter)]
    fn size(this: &ModelSource) -> f64;

    #[wasm_bindgen(method, catch)]
    fn read(this: &ModelSource, offset: f64, length: f64) -> Result<JsValue, JsValue>;
}

impl Source for ModelSource {
    fn len(&self) -> u64 {
        // Negative and not-a-number become 0, which no model is.
        self.size() as u64
    }

    async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        SourceError::check_range(offset, buf.len(), self.len())?;
        let failed = |error: JsValue| SourceError::failed(offset, buf.len(), message(&error));
        let mut bytes = self.read(offset as f64, buf.len() as f64).map_err(failed)?;
        if bytes.is_instance_of::<Promise>() {
            bytes = JsFuture::from(Promise::unchecked_from_js(bytes)).await.map_err(failed)?;
        }
        let bytes: Uint8Array = bytes
            .dyn_into()
            .map_err(|_| SourceError::failed(offset, buf.len(), "read() gave no Uint8Array"))?;
        if bytes.length() as usize != buf.len() {
            let reason = format!("read() gave {} bytes", bytes.length());
            return Err(SourceError::failed(offset, buf.len(), reason));
        }
        bytes.copy_to(buf);
        Ok(())
    }
}
