//! What metadata give: special tokens, markers of fill in the middle, and errors that say what is wrong.

use crate::support::{metadata, smollm2, smollm2_metadata};
use ghostlight_gguf::{Array, Metadata, Value};
use ghostlight_text::TokenId;
use ghostlight_tokenizer::{FimTokens, TYPE_CONTROL, TYPE_USER_DEFINED, Tokenizer};

/// A tokenizer of the letters `a`, `b` and further tokens with their types.
fn tokenizer(more: &[(&str, i32)], keys: Vec<(&str, Value)>) -> Tokenizer {
    let tokens = ["a", "b", "Ġ"].into_iter().chain(more.iter().map(|(text, _)| *text)).collect();
    let types = [1; 3].into_iter().chain(more.iter().map(|(_, token_type)| *token_type)).collect();
    let keys = keys.into_iter().chain([("token_type", Array::I32(types).into())]).collect();
    Tokenizer::from_gguf(&metadata("gpt-2", tokens, ["a b"].iter().collect(), keys)).unwrap()
}

fn ids(numbers: &[u32]) -> Vec<TokenId> {
    numbers.iter().copied().map(TokenId).collect()
}

#[track_caller]
fn check_error(change: (&str, Option<Value>), message: &str) {
    let (key, value) = change;
    let key = format!("tokenizer.ggml.{key}");
    let all = smollm2_metadata("smollm");
    let mut entries: Vec<_> = all.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect();
    entries.retain(|(known, _)| *known != key);
    entries.extend(value.map(|value| (key, value)));
    let error = Tokenizer::from_gguf(&Metadata::new(entries).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn smollm2_has_its_special_tokens() {
    let tokenizer = smollm2("smollm");
    assert_eq!(tokenizer.vocab_size(), 49_152);
    assert_eq!(
        (tokenizer.bos(), tokenizer.eos(), tokenizer.eot()),
        (Some(TokenId(1)), Some(TokenId(2)), Some(TokenId(2)))
    );
    assert!(!tokenizer.add_bos());
    assert_eq!(tokenizer.special("<|im_start|>"), Some(TokenId(1)));
    assert_eq!(tokenizer.special("the"), None, "only control tokens have names");
    assert_eq!(
        tokenizer.fim(),
        FimTokens { repo: Some(TokenId(3)), sep: Some(TokenId(5)), ..FimTokens::default() }
    );
    assert_eq!(tokenizer.token_bytes(TokenId(2)), b"");
    assert_eq!(tokenizer.token_bytes(TokenId(u32::MAX)), b"");
    assert_eq!(tokenizer.decode(&tokenizer.encode("def f():")), "def f():");
}

#[test]
fn llama_3_asks_for_a_beginning_of_text() {
    let without = |pre| {
        let all = smollm2_metadata(pre);
        let entries = all.iter().filter(|(key, _)| !key.ends_with("add_bos_token"));
        let entries = entries.map(|(key, value)| (key.to_owned(), value.clone())).collect();
        Tokenizer::from_gguf(&Metadata::new(entries).unwrap()).unwrap().add_bos()
    };
    assert!(without("llama-bpe"));
    assert!(!without("qwen2"));
}

#[test]
fn markers_are_known_by_name_or_by_key() {
    let fim = |tokens: &[&str], keys| {
        let tokens: Vec<_> = tokens.iter().map(|text| (*text, TYPE_CONTROL)).collect();
        let FimTokens { prefix, suffix, middle, pad, repo, sep } = tokenizer(&tokens, keys).fim();
        [prefix, suffix, middle, pad, repo, sep].map(|id| id.map(|id| id.0))
    };
    let qwen = [
        "<|fim_prefix|>",
        "<|fim_middle|>",
        "<|fim_suffix|>",
        "<|fim_pad|>",
        "<|repo_name|>",
        "<|file_sep|>",
    ];
    assert_eq!(fim(&qwen, vec![]), [Some(3), Some(5), Some(4), Some(6), Some(7), Some(8)]);
    let starcoder =
        ["<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>", "<repo_name>", "<file_sep>"];
    assert_eq!(fim(&starcoder, vec![]), [Some(3), Some(5), Some(4), Some(6), Some(7), Some(8)]);
    let deepseek = ["<｜fim▁hole｜>", "<｜fim▁begin｜>", "<｜fim▁end｜>"];
    assert_eq!(fim(&deepseek, vec![]), [Some(4), Some(3), Some(5), None, None, None]);
    let keys = vec![("fim_pre_token_id", 4u32.into()), ("suffix_token_id", 5u32.into())];
    assert_eq!(fim(&["<fim_prefix>", "<P>", "<S>"], keys), [Some(4), Some(5), None, None, None, None]);
    assert_eq!(fim(&["<P>"], vec![("fim_pre_token_id", 99u32.into())])[0], None, "outside the vocabulary");
}

#[test]
fn markers_are_control_tokens_whatever_their_type() {
    let marker = |text: &str, token_type| {
        let tokenizer = tokenizer(&[(text, token_type)], vec![]);
        (tokenizer.special(text), tokenizer.encode(text).contains(&TokenId(3)))
    };
    for (text, token_type) in [
        ("<|fim_prefix|>", TYPE_USER_DEFINED),
        ("<tool_call>", TYPE_USER_DEFINED),
        ("<|im_end|>", 1),
        ("</s>", 1),
    ] {
        assert_eq!(marker(text, token_type), (Some(TokenId(3)), false), "{text}");
    }
    assert_eq!(marker("ab", TYPE_USER_DEFINED), (None, true));
}

#[test]
fn user_defined_texts_are_matched_first_and_the_longest_first() {
    let tokenizer = tokenizer(&[("  ", 4), ("    ", 4), ("ba", 4), ("ü", 4)], vec![]);
    assert_eq!(tokenizer.encode("ab      abab ü"), ids(&[0, 1, 4, 3, 0, 5, 1, 2, 6]));
    assert_eq!(tokenizer.decode(&ids(&[4, 3, 6, 5])), "      üba");
}

#[test]
fn ends_of_generation_are_known() {
    let markers = ["<|im_end|>", "<|endoftext|>", "<|file_sep|>", "<|im_start|>", "x"];
    let markers: Vec<_> = markers.iter().map(|text| (*text, TYPE_CONTROL)).collect();
    let tokenizer = tokenizer(&markers, vec![("eos_token_id", 7u32.into())]);
    let ends: Vec<u32> = (0..9).filter(|&id| tokenizer.is_end(TokenId(id))).collect();
    assert_eq!(ends, [3, 4, 5, 7]);
    assert_eq!(
        (tokenizer.eos(), tokenizer.eot(), tokenizer.bos()),
        (Some(TokenId(7)), Some(TokenId(3)), None)
    );
}

#[test]
fn errors_name_what_is_wrong() {
    let supported = "only smollm, starcoder, refact, gpt-2, qwen2, llama-bpe, deepseek-coder are";
    check_error(
        ("model", Some("llama".into())),
        "load tokenizer: model \"llama\" is not supported, only \"gpt2\" (byte-level BPE) is",
    );
    check_error(
        ("pre", Some("tekken".into())),
        &format!("load tokenizer: pre-tokenizer \"tekken\" is not supported, {supported}"),
    );
    check_error(
        ("pre", None),
        &format!("load tokenizer: the file names no pre-tokenizer, {supported} supported"),
    );
    check_error(
        ("tokens", Some(Array::Strings(Default::default()).into())),
        "load tokenizer: the vocabulary is empty",
    );
    check_error(
        ("token_type", Some(Array::I32(vec![1; 9]).into())),
        "load tokenizer: 49152 tokens but 9 token types",
    );
    check_error(("merges", None), "read metadata: key \"tokenizer.ggml.merges\" is missing");
}
