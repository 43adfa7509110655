//! The real model against Hugging Face transformers: pieces to the id, vectors to the angle.
//!
//! `cargo run -p ghostlight -- models fetch minilm` (or `cargo xtask setup`) brings the
//! model; the goldens are made by `tests/conformance/embed_goldens.py`.
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::path::{Path, PathBuf};

use ghostlight_context::Embedder;
use ghostlight_embed::{MOST_PIECES, MiniLm, WordPiece};
use ghostlight_models::{Cache, Catalog};
use serde_json::Value;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance").join(name)
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&bytes(&file(name))).unwrap()
}

/// Weights and vocabulary of the cache.
fn fetched() -> (Vec<u8>, String) {
    let (catalog, cache) = (Catalog::builtin().unwrap(), Cache::from_env().unwrap());
    let model = catalog.model(Some("minilm")).unwrap();
    let vocabulary = cache.beside(model, &model.beside[0]);
    (bytes(&cache.file(model)), String::from_utf8(bytes(&vocabulary)).unwrap())
}

#[test]
fn vectors_are_those_of_transformers() {
    let (weights, vocabulary) = fetched();
    let mut model = MiniLm::load(&weights, &vocabulary).unwrap();
    let goldens = json("embed/goldens.json");
    assert_eq!(goldens["most"], MOST_PIECES);
    let texts = goldens["texts"].as_array().unwrap();
    let raw = bytes(&file("embed/vectors.f32"));
    let (numbers, _) = raw.as_chunks::<4>();
    let numbers: Vec<f32> = numbers.iter().map(|&number| f32::from_le_bytes(number)).collect();
    let expected: Vec<&[f32]> = numbers.chunks_exact(model.dimensions()).collect();
    assert_eq!((texts.len(), expected.len()), (8, 8));

    for (golden, expected) in texts.iter().zip(expected) {
        let (name, text) = (&golden["name"], golden["text"].as_str().unwrap());
        let pieces: Vec<u64> =
            golden["pieces"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
        let found: Vec<u64> = model.pieces(text).into_iter().map(u64::from).collect();
        assert_eq!(found, pieces, "{name}");
        let vector = model.embed(&[text]).unwrap().remove(0);
        let cosine: f32 = vector.iter().zip(expected).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.9999, "{name}: a cosine of {cosine}");
        let furthest = vector.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(furthest < 1e-4, "{name}: off by {furthest}");
        let length: f32 = vector.iter().map(|number| number * number).sum();
        assert!((length - 1.0).abs() < 1e-4, "{name}: a length of {length}");
    }
}

#[test]
fn pieces_of_the_corpus_are_those_of_tokenizers() {
    let tokenizer = WordPiece::parse(&fetched().1).unwrap();
    let most = json("embed/goldens.json")["corpus_most"].as_u64().unwrap() as usize;
    let raw = bytes(&file("embed/corpus.u16"));
    let (ids, _) = raw.as_chunks::<2>();
    let mut ids = ids.iter().map(|&id| u32::from(u16::from_le_bytes(id)));
    let (mut texts, mut wrong) = (0, Vec::new());
    for entry in json("tokenizer/corpus.json").as_array().unwrap() {
        let Some(text) = entry["text"].as_str() else { continue };
        let text = text.repeat(entry["times"].as_u64().unwrap_or(1) as usize);
        let count = ids.next().expect("a count for each text") as usize;
        let expected: Vec<u32> = ids.by_ref().take(count).collect();
        let found = tokenizer.encode(&text, most);
        if found != expected {
            wrong.push(format!("{}: {found:?} instead of {expected:?}", entry["name"]));
        }
        texts += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(texts > 300 && ids.next().is_none(), "{texts} texts");
}

#[test]
fn a_text_has_its_own_vector_whatever_stands_beside_it() {
    let (weights, vocabulary) = fetched();
    let mut model = MiniLm::load(&weights, &vocabulary).unwrap();
    let texts = ["let a = 1;", "a much longer text than the other one, which is short"];
    let together = model.embed(&texts).unwrap();
    for (text, vector) in texts.into_iter().zip(together) {
        assert_eq!(model.embed(&[text]).unwrap(), [vector]);
    }
    assert!(model.embed(&[]).unwrap().is_empty());
}
