//! One small model per tensor type, against exact weights and llama.cpp.

use ghostlight_model::{Backend, Precision};
use serde::Deserialize;

use super::{bytes, floats, json, load, logits, nmse, prefill};

#[derive(Deserialize)]
struct Goldens {
    tokens: Vec<u32>,
    models: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    name: String,
    file: String,
    llama_cpp_logits: String,
    f32_logits: String,
}

fn check(backend: &Backend, precision: Precision, to_exact: f64, to_llama_cpp: f64) {
    let goldens: Goldens = json("quantized/goldens.json");
    assert_eq!(goldens.models.len(), 9, "types with goldens");
    for golden in goldens.models {
        let file = bytes(&format!("quantized/{}", golden.file));
        let mut model = load(&file, backend, precision, 64);
        prefill(&mut model, &goldens.tokens);
        let have = logits(&mut model);
        let exact = nmse(&have, &floats(&format!("quantized/{}", golden.f32_logits)));
        assert!(exact <= to_exact, "{}: NMSE {exact:e} to exact weights", golden.name);
        let llama_cpp = nmse(&have, &floats(&format!("quantized/{}", golden.llama_cpp_logits)));
        assert!(llama_cpp <= to_llama_cpp, "{}: NMSE {llama_cpp:e} to llama.cpp", golden.name);
    }
}

#[test]
fn plain_path_is_exact() {
    check(&Backend::cpu(), Precision::Exact, 1e-6, 1e-2);
}

#[test]
fn packed_path_is_close() {
    check(&Backend::cpu(), Precision::Packed, 1e-2, 1e-2);
}

#[cfg(feature = "webgpu")]
#[test]
fn shaders_are_close() {
    let backend = pollster::block_on(Backend::webgpu()).unwrap();
    // The distance to llama.cpp is its own: it rounds activations to 8 bits.
    check(&backend, Precision::Packed, 1e-4, 1e-2);
}
