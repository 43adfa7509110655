//! The model against other implementations' committed answers.
//!
//! `families`: tiny random models of every family against Hugging Face
//! transformers. `quantized`: one per tensor type against llama.cpp and exact
//! weights. `smollm2` and `qwen2`: models of the catalogue against llama.cpp. The files and their
//! formats are described in tests/conformance/README.md.

#![allow(clippy::disallowed_methods, reason = "tests read their goldens")]

mod families;
mod quantized;
mod qwen2;
mod smollm2;

use std::path::PathBuf;

use ghostlight_decode::{Cancel, Decoder, Prediction};
use ghostlight_gguf::{Gguf, Source};
use ghostlight_model::{Backend, Model, Options, Precision};
use ghostlight_text::TokenId;
use serde::de::DeserializeOwned;

/// A file below `tests/conformance`.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("read {name}: {error}"))
}

fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|error| panic!("parse {name}: {error}"))
}

/// Little-endian f32.
fn floats(name: &str) -> Vec<f32> {
    bytes(name).chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

/// Little-endian f16.
fn halves(name: &str) -> Vec<f32> {
    bytes(name).chunks_exact(2).map(|b| half::f16::from_le_bytes(b.try_into().unwrap()).to_f32()).collect()
}

fn nmse(have: &[f32], want: &[f32]) -> f64 {
    assert_eq!(have.len(), want.len(), "number of logits");
    let error: f64 = have.iter().zip(want).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    error / want.iter().map(|b| f64::from(*b).powi(2)).sum::<f64>()
}

fn load<S: Source + ?Sized>(source: &S, backend: &Backend, precision: Precision, context: usize) -> Model {
    pollster::block_on(async {
        let gguf = Gguf::open(source).await.unwrap();
        let options = Options { context, precision, ..Options::default() };
        Model::load(source, &gguf, backend, options, &mut |_| {}, &Cancel::new()).await.unwrap()
    })
}

fn ids(ids: &[u32]) -> Vec<TokenId> {
    ids.iter().copied().map(TokenId).collect()
}

fn prefill(model: &mut Model, tokens: &[u32]) -> Prediction {
    pollster::block_on(model.prefill(&ids(tokens), &Cancel::new())).unwrap()
}

fn logits(model: &mut Model) -> Vec<f32> {
    pollster::block_on(model.logits()).unwrap()
}

/// What llama.cpp answers to a prompt.
struct GreedyAnswer<'a> {
    name: &'a str,
    prompt: &'a [u32],
    /// Greedy tokens.
    tokens: &'a [u32],
    /// The two best logits that each was chosen from, `[id, logit]`.
    top2: &'a [[(u32, f32); 2]],
}

/// Of 20 answers at least 15 are llama.cpp's, and the others part from them at a near tie.
fn assert_greedy_text_is_llama_cpps<'a>(model: &mut Model, answers: impl Iterator<Item = GreedyAnswer<'a>>) {
    let (mut all, mut equal, mut wrong) = (0, 0, Vec::new());
    for GreedyAnswer { name, prompt, tokens, top2 } in answers {
        model.truncate(0);
        let mut next = prefill(model, prompt).token.0;
        let mut same = true;
        for (i, (&token, top2)) in tokens.iter().zip(top2).enumerate() {
            if next != token {
                let lead = top2[0].1 - top2[1].1;
                eprintln!("{name}: another token at {i}, where llama.cpp leads by {lead}");
                if lead > 0.15 {
                    wrong.push(format!("{name} at {i}: llama.cpp leads by {lead}"));
                }
                same = false;
                break;
            }
            next = prefill(model, &[next]).token.0;
        }
        all += 1;
        equal += usize::from(same);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(all, 20, "prompts with goldens");
    assert!(equal >= 15, "{equal} of 20 answers are llama.cpp's");
}

/// `count` greedy tokens after `next`, which was predicted last.
fn greedy(model: &mut Model, mut next: Prediction, count: usize) -> Vec<u32> {
    let mut tokens = vec![next.token.0];
    while tokens.len() < count {
        next = pollster::block_on(model.step(next.token, &Cancel::new())).unwrap();
        tokens.push(next.token.0);
    }
    tokens
}
