//! A pruned vocabulary encodes as the whole one does, wherever all tokens of a text stay.

use std::collections::{HashMap, HashSet};

use crate::support::{corpus, smollm2_metadata};
use ghostlight_models::prune;
use ghostlight_text::TokenId;
use ghostlight_tokenizer::Tokenizer;
use proptest::prelude::*;

/// Encodes all texts with both, and compares those whose tokens stay; how many did.
fn agree(pre: &str, wanted: &HashSet<u32>, texts: &[&str]) -> (usize, usize) {
    let metadata = smollm2_metadata(pre);
    let whole = Tokenizer::from_gguf(&metadata).unwrap();
    let mut wanted: Vec<u32> = wanted.iter().copied().collect();
    wanted.sort_unstable();
    let (metadata, kept) = prune(&metadata, &wanted).unwrap();
    let pruned = Tokenizer::from_gguf(&metadata).unwrap();
    assert_eq!(pruned.vocab_size(), kept.len());
    let ids: HashMap<u32, u32> = kept.iter().copied().zip(0..).collect();
    let (mut same, mut other) = (0, 0);
    for text in texts {
        let old = whole.encode(text);
        let new = pruned.encode(text);
        let moved: Option<Vec<TokenId>> = old.iter().map(|id| ids.get(&id.0).copied().map(TokenId)).collect();
        match moved {
            Some(moved) => {
                assert_eq!(new, moved, "{pre}: {text:?}");
                same += 1;
            }
            None => {
                // More tokens, the same bytes.
                assert_eq!(pruned.decode(&new), whole.decode(&old), "{pre}: {text:?}");
                other += 1;
            }
        }
    }
    // Control tokens are found by their names still.
    assert_eq!(
        whole.special("<|endoftext|>").and_then(|id| ids.get(&id.0).copied()),
        pruned.special("<|endoftext|>").map(|id| id.0)
    );
    (same, other)
}

#[test]
fn what_a_half_of_the_corpus_uses_serves_that_half_alike() {
    let corpus = corpus().into_iter().map(|snippet| String::from_utf8_lossy(&snippet.bytes).into_owned());
    let corpus: Vec<String> = corpus.collect();
    let texts: Vec<&str> = corpus.iter().flat_map(|text| text.lines()).collect();
    for pre in ["smollm", "gpt-2", "qwen2"] {
        let whole = Tokenizer::from_gguf(&smollm2_metadata(pre)).unwrap();
        let half = &texts[..texts.len() / 2];
        let used = half.iter().flat_map(|text| whole.encode(text)).map(|id| id.0).collect();
        let (same, other) = agree(pre, &used, &texts);
        assert!(same >= half.len() && other > 0, "{pre}: {same} and {other}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is asked for, what it is made of stays with it.
    #[test]
    fn any_part_of_a_vocabulary_is_a_vocabulary(
        wanted in prop::collection::hash_set(0u32..49_000, 0..4_000),
        texts in prop::collection::vec("[a-z_]{1,9}( = |\\(|\\.|\n +)?[A-Za-z0-9]{0,9}", 1..40),
    ) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        agree("smollm", &wanted, &texts);
    }
}
