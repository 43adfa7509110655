//! SmolLM2, the model `tiny`, against llama.cpp, prompt by prompt.
//!
//! llama.cpp rounds activations to 8 bits, and so do we; which way a last bit
//! falls depends on the order of additions, and after thirty layers that is
//! noise in the logits of about 1e-3. Bounds here leave room for that noise and
//! for nothing else; tests/conformance/README.md has llama.cpp's own figures.
//!
//! Needs the model file in the cache; `cargo xtask setup` puts it there.

use ghostlight_decode::Decoder;
use ghostlight_model::{Backend, Model, Precision};
use ghostlight_models::{Cache, Catalog, FileSource};
use serde::Deserialize;

use super::{GreedyAnswer, assert_greedy_text_is_llama_cpps, halves, json, load, logits, nmse, prefill};

#[derive(Deserialize)]
struct Goldens {
    prompts: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    name: String,
    prompt_tokens: Vec<u32>,
    llama_cpp: Answer,
    f32: Answer,
}

#[derive(Deserialize)]
struct Answer {
    tokens: Vec<u32>,
    /// The two best logits that each token was chosen from, `[id, logit]`.
    top2: Vec<[(u32, f32); 2]>,
    logits: String,
}

fn goldens() -> Vec<Golden> {
    let goldens: Goldens = json("smollm2/goldens.json");
    assert_eq!(goldens.prompts.len(), 20, "prompts with goldens");
    goldens.prompts
}

fn model(backend: &Backend, precision: Precision) -> Model {
    let catalog = Catalog::builtin().unwrap();
    let path = Cache::from_env().unwrap().file(catalog.model(Some("tiny")).unwrap());
    let source = FileSource::open(&path).expect("the model `tiny`; `cargo xtask setup` fetches it");
    load(&source, backend, precision, 2048)
}

#[test]
fn greedy_text_is_llama_cpps_until_a_tie() {
    let mut model = model(&Backend::cpu(), Precision::Packed);
    let goldens = goldens();
    let answers = goldens.iter().map(|golden| GreedyAnswer {
        name: &golden.name,
        prompt: &golden.prompt_tokens,
        tokens: &golden.llama_cpp.tokens,
        top2: &golden.llama_cpp.top2,
    });
    assert_greedy_text_is_llama_cpps(&mut model, answers);
}

#[test]
fn each_token_is_llama_cpps_or_tied() {
    // Along llama.cpp's own tokens, so that one tie does not hide what follows.
    let mut model = model(&Backend::cpu(), Precision::Packed);
    let (mut same, mut all, mut wrong) = (0, 0, Vec::new());
    for golden in goldens() {
        model.truncate(0);
        let mut next = prefill(&mut model, &golden.prompt_tokens).token.0;
        let off = nmse(&logits(&mut model), &halves(&format!("smollm2/{}", golden.llama_cpp.logits)));
        if off > 1e-2 {
            wrong.push(format!("{}: NMSE {off:e} at the prompt's end", golden.name));
        }
        for (i, (&token, top2)) in golden.llama_cpp.tokens.iter().zip(&golden.llama_cpp.top2).enumerate() {
            let lead = top2[0].1 - top2[1].1;
            all += 1;
            same += usize::from(next == token);
            if next != token && lead > 0.5 {
                wrong.push(format!("{} at {i}: llama.cpp leads by {lead}", golden.name));
            }
            next = prefill(&mut model, &[token]).token.0;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(same * 100 >= all * 97, "{same} of {all} tokens are llama.cpp's");
}

/// Logits at the end of each of the first `count` prompts.
fn logits_of(backend: &Backend, precision: Precision, count: usize) -> Vec<Vec<f32>> {
    let mut model = model(backend, precision);
    let of = |golden: Golden| {
        model.truncate(0);
        prefill(&mut model, &golden.prompt_tokens);
        logits(&mut model)
    };
    shortest().into_iter().take(count).map(of).collect()
}

/// Prompts, the shortest first.
fn shortest() -> Vec<Golden> {
    let mut goldens = goldens();
    goldens.sort_by_key(|golden| golden.prompt_tokens.len());
    goldens
}

fn assert_alike(have: &[Vec<f32>], want: &[Vec<f32>], what: &str) {
    for (i, (have, want)) in have.iter().zip(want).enumerate() {
        let off = nmse(have, want);
        assert!(off <= 1e-2, "{what}: NMSE {off:e} at prompt {i}");
    }
}

#[test]
fn plain_and_packed_paths_agree() {
    let cpu = Backend::cpu();
    let plain = logits_of(&cpu, Precision::Exact, 6);
    assert_alike(&logits_of(&cpu, Precision::Packed, 6), &plain, "packed against plain");
    for (golden, plain) in shortest().iter().zip(&plain) {
        let off = nmse(plain, &halves(&format!("smollm2/{}", golden.f32.logits)));
        assert!(off <= 1e-6, "{}: plain path, NMSE {off:e} to transformers", golden.name);
    }
}

#[cfg(feature = "webgpu")]
#[test]
fn webgpu_and_cpu_agree() {
    let gpu = pollster::block_on(Backend::webgpu()).unwrap();
    let cpu = logits_of(&Backend::cpu(), Precision::Packed, 3);
    assert_alike(&logits_of(&gpu, Precision::Packed, 3), &cpu, "WebGPU against CPU");
}
