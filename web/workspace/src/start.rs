//! What happens once, when the module is instantiated.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| {
        // The place and never the message: a message may quote source text.
        let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        web_sys::console::error_1(&format!("ghostlight: the index panicked at {place}").into());
    }));
}
