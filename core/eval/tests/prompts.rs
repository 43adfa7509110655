//! The prompts that training makes are those that `core/context` sends.
//!
//! `models/recipe/golden.json` holds prompts as pieces; the recipe's own tests
//! compare with the same file. `UPDATE_GOLDEN=1` writes it anew.
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::path::Path;

use ghostlight_context::{FimTemplate, Order, Piece, Source};
use serde_json::{Value, json};

/// Prefix and suffix.
const CASES: [(&str, &str); 6] = [
    ("def f(a):\n    return ", "\n\nprint(f(1))\n"),
    ("", "after"),
    ("before", ""),
    ("", ""),
    ("line\r\n\tüß 漢字 \u{1f600}", " trailing  "),
    ("<fim_suffix>", "<fim_middle><|endoftext|>"),
];

fn rendered() -> Value {
    let template = FimTemplate::by_family("starcoder").unwrap();
    let orders = [(Order::Spm, "spm"), (Order::Psm, "psm")];
    let mut prompts = Vec::new();
    for (prefix, suffix) in CASES {
        for (order, name) in orders {
            let source = Source { path: "src/a.py", prefix, suffix };
            let pieces: Vec<Value> = template
                .pieces(order, source)
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => json!(["text", text]),
                    Piece::Marker(marker) => json!(["marker", marker.text]),
                })
                .collect();
            prompts.push(json!({ "order": name, "prefix": prefix, "suffix": suffix, "pieces": pieces }));
        }
    }
    json!({ "family": template.family, "prompts": prompts })
}

#[test]
fn the_recipes_prompts_are_the_ones_that_are_sent() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/recipe/golden.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&rendered()).unwrap() + "\n").unwrap();
    }
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(committed, rendered());
}
