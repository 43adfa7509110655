//! Tiny random models of every family against Hugging Face transformers.

use ghostlight_decode::Decoder;
use ghostlight_model::{Backend, Precision};
use serde::Deserialize;

use crate::{bytes, floats, greedy, json, load, logits, nmse, prefill};

#[derive(Deserialize)]
struct Goldens {
    models: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    name: String,
    file: String,
    tokens: Vec<u32>,
    logits: String,
    greedy: Vec<u32>,
}

/// Logits after each token, all tokens in chunks and one by one, and greedy tokens.
fn check(backend: &Backend, precision: Precision, bound: f64, same_tokens: bool) {
    let goldens: Goldens = json("families/goldens.json");
    assert_eq!(goldens.models.len(), 9, "families with goldens");
    for golden in goldens.models {
        let file = bytes(&format!("families/{}", golden.file));
        let want = floats(&format!("families/{}", golden.logits));
        let vocab = want.len() / golden.tokens.len();
        let mut model = load(&file, backend, precision, 64);

        let mut have = Vec::new();
        for token in &golden.tokens {
            prefill(&mut model, &[*token]);
            have.extend(logits(&mut model));
        }
        let one_by_one = nmse(&have, &want);
        assert!(one_by_one <= bound, "{}: NMSE {one_by_one:e} token by token", golden.name);

        model.truncate(3);
        let next = prefill(&mut model, &golden.tokens[3..]);
        let at_once = nmse(&logits(&mut model), &want[want.len() - vocab..]);
        assert!(at_once <= bound, "{}: NMSE {at_once:e} in one chunk", golden.name);
        if same_tokens {
            assert_eq!(greedy(&mut model, next, golden.greedy.len()), golden.greedy, "{}", golden.name);
        }
    }
}

#[test]
fn plain_path_is_transformers() {
    check(&Backend::cpu(), Precision::Exact, 1e-5, true);
}

#[test]
fn packed_path_is_close() {
    // Activations and these float weights have eight bits here.
    check(&Backend::cpu(), Precision::Packed, 1e-2, false);
}

#[cfg(feature = "webgpu")]
#[test]
fn shaders_are_close() {
    let backend = pollster::block_on(Backend::webgpu()).unwrap();
    check(&backend, Precision::Packed, 1e-2, false);
}
