//! How many shaders a token and a prompt launch: what a GPU's driver is paid for.

#![cfg(feature = "webgpu")]
#![allow(clippy::disallowed_methods, reason = "tests read their goldens")]

use std::path::Path;

use ghostlight_decode::{Cancel, Decoder};
use ghostlight_gguf::Gguf;
use ghostlight_model::{Backend, Model, Options};
use ghostlight_text::TokenId;

/// Launches that a layer may take, and those outside of the layers.
const A_LAYER: u64 = 8;
const OUTSIDE: u64 = 4;

/// Launches of a chunk of `tokens` that ends a prompt.
fn launches(backend: &Backend, model: &mut Model, tokens: usize) -> u64 {
    let before = backend.launches();
    pollster::block_on(model.prefill(&vec![TokenId(1); tokens], &Cancel::new())).unwrap();
    backend.launches() - before
}

#[test]
fn a_layer_is_at_most_eight_launches() {
    let backend = pollster::block_on(Backend::webgpu()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/families");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "gguf") {
            continue;
        }
        let name = path.file_name().unwrap().display();
        let file = std::fs::read(&path).unwrap();
        let options = Options { context: 400, chunk: 128, ..Options::default() };
        let mut model = pollster::block_on(async {
            let gguf = Gguf::open(&file).await.unwrap();
            Model::load(&file, &gguf, &backend, options, &mut |_| {}, &Cancel::new()).await.unwrap()
        });
        let most = A_LAYER * model.config().layers as u64 + OUTSIDE;
        // A token at the start, a prompt, and a token whose context is cut into parts.
        for tokens in [1, 2, 66, 1] {
            let have = launches(&backend, &mut model, tokens);
            assert!(have <= most, "{name}: {have} launches for {tokens} tokens, {most} allowed");
            assert!(have > 5 * model.config().layers as u64, "{name}: {have} launches counted");
        }
        assert_eq!(model.len(), 70, "{name}: positions");
        seen += 1;
    }
    assert_eq!(seen, 9, "families");
}
