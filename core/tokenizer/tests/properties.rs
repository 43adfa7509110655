//! What holds for every text and every vocabulary.

use crate::support::{NAMES, corpus, letters, metadata, pairs, smollm2};
use ghostlight_text::TokenId;
use ghostlight_tokenizer::{Detokenizer, Tokenizer};
use proptest::prelude::*;

/// Texts like code and texts like nothing at all.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        r"[a-z_]{1,8}( = | \(|\.|::)?",
        r"[ \t\r\n]{1,5}",
        r"[0-9]{1,6}",
        r"\PC{1,6}",
        any::<char>().prop_map(String::from),
        Just("<|endoftext|>".to_owned()),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn stream(tokenizer: &Tokenizer, ids: &[TokenId]) -> String {
    let mut detokenizer = Detokenizer::new(tokenizer);
    let mut text: String = ids.iter().map(|&id| detokenizer.push(id).to_owned()).collect();
    text.push_str(detokenizer.finish());
    text
}

#[test]
fn decoding_gives_the_text_back() {
    for name in NAMES {
        let tokenizer = pairs(name);
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        runner
            .run(&text(), |text| {
                let ids = tokenizer.encode(&text);
                prop_assert_eq!(tokenizer.decode(&ids), &*text, "{}", name);
                prop_assert_eq!(stream(&tokenizer, &ids), text, "{}", name);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn the_corpus_comes_back_from_smollm2() {
    let tokenizer = smollm2("smollm");
    // Bytes that this vocabulary has no token for.
    let missing = |byte: &u8| {
        matches!(byte, 0x04 | 0x06 | 0x13 | 0x14 | 0x16 | 0x1d | 0xc0 | 0xc1 | 0xf1 | 0xf2 | 0xf5..=0xff)
    };
    for snippet in corpus() {
        let Ok(text) = String::from_utf8(snippet.bytes) else { continue };
        let want: Vec<u8> = text.bytes().filter(|byte| !missing(byte)).collect();
        let ids = tokenizer.encode(&text);
        let bytes: Vec<u8> = ids.iter().flat_map(|&id| tokenizer.token_bytes(id)).copied().collect();
        assert_eq!(bytes, want, "{}", snippet.name);
        assert_eq!(stream(&tokenizer, &ids), String::from_utf8_lossy(&want), "{}", snippet.name);
    }
}

#[test]
fn any_bytes_have_ids_and_any_ids_a_text() {
    let tokenizers = NAMES.map(pairs);
    let bytes = prop_oneof![any::<Vec<u8>>(), text().prop_map(String::into_bytes)];
    let ids = prop::collection::vec(prop_oneof![0u32..70_000, any::<u32>()], 0..20);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    runner
        .run(&(bytes, ids), |(bytes, ids)| {
            let ids: Vec<_> = ids.into_iter().map(TokenId).collect();
            for tokenizer in &tokenizers {
                let encoded = tokenizer.encode(&bytes);
                prop_assert_eq!(encoded.is_empty(), bytes.is_empty());
                prop_assert!(encoded.len() <= 3 * bytes.len(), "a byte becomes U+FFFD, three bytes, at most");
                prop_assert_eq!(stream(tokenizer, &ids), tokenizer.decode(&ids));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn text_never_becomes_a_control_token() {
    for name in NAMES {
        let tokenizer = smollm2(name);
        let control: Vec<_> = (0..17).map(TokenId).collect();
        for &id in &control {
            let marker = tokenizer.special_name(id).unwrap();
            assert_eq!(tokenizer.special(marker), Some(id));
            for text in [marker.to_owned(), format!(" {marker}\n"), marker.repeat(3), format!("a{marker}1")] {
                let ids = tokenizer.encode(&text);
                assert!(!ids.iter().any(|id| control.contains(id)), "{name}: {text:?}");
                assert_eq!(tokenizer.decode(&ids), text);
            }
        }
    }
}

#[test]
fn random_merges_never_panic() {
    let token = prop_oneof!["[a-dĠ]{1,4}", r"\PC{0,4}", Just("<|im_end|>".to_owned())];
    let line = prop_oneof!["[a-dĠ]{1,3} [a-dĠ]{1,3}", r"[a-d ]{0,4}", r"\PC{0,4}"];
    let input = (
        prop::collection::vec(token, 1..20),
        prop::collection::vec(line, 0..20),
        prop::collection::vec(0i32..7, 20),
        prop::sample::select(NAMES.to_vec()),
        "[a-d ]{0,60}",
    );
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    runner
        .run(&input, |(tokens, merges, types, pre, text)| {
            let count = tokens.len();
            let types = ghostlight_gguf::Array::I32(types);
            let (tokens, merges) = (tokens.iter().collect(), merges.iter().collect());
            let metadata = metadata(pre, tokens, merges, vec![("token_type", types.into())]);
            let tokenizer = Tokenizer::from_gguf(&metadata).unwrap();
            for id in tokenizer.encode(&text) {
                prop_assert!(id.index() < count);
                prop_assert!(tokenizer.special_name(id).is_none());
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_alphabet_of_the_tests_is_that_of_the_crate() {
    let tokenizer = pairs("gpt-2");
    for (byte, letter) in (0..=255u8).zip(letters()) {
        let id = TokenId(u32::from(byte));
        assert_eq!(tokenizer.token_bytes(id), [byte], "{letter}");
    }
}
