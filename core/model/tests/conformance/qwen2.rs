//! Qwen2.5-Coder against llama.cpp: plain prompts, and holes in both orders.
//!
//! The model of `GHOSTLIGHT_CONFORMANCE`, an id or alias of the catalogue, else `tab`; it has
//! to be fetched. `tests/conformance/README.md` says how the goldens are made.

use ghostlight_model::{Backend, Precision};
use ghostlight_models::{Cache, Catalog, FileSource};
use serde::Deserialize;

use super::{GreedyAnswer, assert_greedy_text_is_llama_cpps, json, load};

#[derive(Deserialize)]
struct Goldens {
    model: File,
    prompts: Vec<Golden>,
}

#[derive(Deserialize)]
struct File {
    bytes: u64,
    sha256: String,
}

#[derive(Deserialize)]
struct Golden {
    name: String,
    prompt_tokens: Vec<u32>,
    tokens: Vec<u32>,
    /// The two best logits that each token was chosen from, `[id, logit]`.
    top2: Vec<[(u32, f32); 2]>,
}

#[test]
fn greedy_text_is_llama_cpps_until_a_tie() {
    let asked = std::env::var("GHOSTLIGHT_CONFORMANCE").unwrap_or_else(|_| "tab".to_owned());
    let (catalog, cache) = (Catalog::builtin().unwrap(), Cache::from_env().unwrap());
    let entry = catalog.model(Some(&asked)).unwrap();
    let goldens: Goldens = json(&format!("qwen2/{}.json", entry.id));
    assert_eq!(
        (goldens.model.bytes, &goldens.model.sha256),
        (entry.bytes, &entry.sha256),
        "the goldens are of the catalogue's file"
    );
    let source =
        FileSource::open(cache.file(entry)).expect("the model; `ghostlight models fetch` fetches it");
    let mut model = load(&source, &Backend::cpu(), Precision::Packed, 2048);

    let answers = goldens.prompts.iter().map(|golden| GreedyAnswer {
        name: &golden.name,
        prompt: &golden.prompt_tokens,
        tokens: &golden.tokens,
        top2: &golden.top2,
    });
    assert_greedy_text_is_llama_cpps(&mut model, answers);
}
