//! Prompts for holes are, token for token, what llama.cpp makes of the family's documented form.
#![allow(clippy::disallowed_methods, reason = "tests read their goldens")]

use std::path::PathBuf;

use ghostlight_context::{Assembler, FimTemplate, ModelFacts, Order, Source, TokenBudget};
use ghostlight_gguf::Gguf;
use ghostlight_models::{Cache, Catalog, FileSource};
use ghostlight_tokenizer::Tokenizer;
use serde_json::Value;

fn conformance(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/qwen2").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn holes_are_asked_for_as_llama_cpp_encodes_them() {
    let (catalog, cache) = (Catalog::builtin().unwrap(), Cache::from_env().unwrap());
    let entry = catalog.model(Some("tab")).unwrap();
    let source = FileSource::open(cache.file(entry)).expect("the model; `cargo xtask setup` fetches it");
    let gguf = pollster::block_on(Gguf::open(&source)).unwrap();
    let tokenizer = Tokenizer::from_gguf(&gguf.metadata).unwrap();
    let facts = ModelFacts {
        architecture: gguf.metadata.str("general.architecture").unwrap().unwrap(),
        name: gguf.metadata.str("general.name").unwrap(),
    };
    let template = FimTemplate::select(facts, &tokenizer);
    assert_eq!(template.family, "qwen-coder");
    let assembler = Assembler::new(template, TokenBudget(1900), &tokenizer).unwrap();

    let goldens = conformance(&format!("{}.json", entry.id));
    let mut orders = Vec::new();
    for (case, golden) in
        conformance("prompts.json").as_array().unwrap().iter().zip(goldens["prompts"].as_array().unwrap())
    {
        assert_eq!(case["name"], golden["name"]);
        let Some(order) = case["order"].as_str() else { continue };
        let text = |name: &str| case[name].as_str().unwrap();
        let source = Source { path: "", prefix: text("prefix"), suffix: text("suffix") };
        let order = if order == "spm" { Order::Spm } else { Order::Psm };
        let prompt = assembler.clone().in_order(Some(order)).assemble(source, &tokenizer).unwrap();
        let ids: Vec<u32> = prompt.tokens.iter().map(|token| token.0).collect();
        let mut expected: Vec<u32> = serde_json::from_value(golden["prompt_tokens"].clone()).unwrap();
        // The token at the cursor is left to the generation (token healing).
        let at = ids.iter().zip(&expected).take_while(|(a, b)| a == b).count();
        let pending = tokenizer.encode(&prompt.pending).iter().map(|token| token.0).collect::<Vec<_>>();
        let left: Vec<u32> = expected.drain(at..at + pending.len()).collect();
        assert_eq!(left, pending, "{}", case["name"]);
        assert_eq!(ids, expected, "{}", case["name"]);
        assert_eq!(prompt.order, order, "{}", case["name"]);
        orders.push(prompt.order);
    }
    let of = |order| orders.iter().filter(|&&other| other == order).count();
    assert!(of(Order::Spm) >= 6 && of(Order::Psm) >= 4, "both orders: {orders:?}");
}
