//! The corpus, llama.cpp's ids for it and the vocabularies they were made with, out of `tests/conformance`.
//!
//! All of it is compiled in, so the tests run anywhere. `tests/conformance/README.md` has the formats.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use ghostlight_gguf::{Array, Metadata, Strings, Value};
use ghostlight_tokenizer::Tokenizer;
use serde_json::Value as Json;

/// The names that `tokenizer.ggml.pre` can have, without aliases.
pub const NAMES: [&str; 7] =
    ["smollm", "gpt-2", "qwen2", "llama-bpe", "starcoder", "refact", "deepseek-coder"];

macro_rules! data {
    ($macro:ident, $path:literal) => {
        $macro!(concat!("../../../../tests/conformance/tokenizer/", $path))
    };
}

pub fn goldens() -> Json {
    serde_json::from_str(data!(include_str, "goldens.json")).unwrap()
}

/// A text of the corpus.
pub struct Snippet {
    pub name: String,
    pub bytes: Vec<u8>,
}

pub fn corpus() -> Vec<Snippet> {
    let corpus: Vec<Json> = serde_json::from_str(data!(include_str, "corpus.json")).unwrap();
    let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    let snippet = |entry: &Json| {
        let bytes = match &entry["hex"] {
            Json::String(hex) => hex.as_bytes().chunks(2).map(byte).collect(),
            _ => entry["text"].as_str().unwrap().as_bytes().to_vec(),
        };
        let times = entry["times"].as_u64().unwrap_or(1) as usize;
        Snippet { name: entry["name"].as_str().unwrap().to_owned(), bytes: bytes.repeat(times) }
    };
    corpus.iter().map(snippet).collect()
}

/// llama.cpp's ids in one of the files that `goldens.json` names, a list for each text.
pub fn ids(path: &str) -> Vec<Vec<u32>> {
    let file: &[u8] = match path {
        "smollm2/smollm.u16" => data!(include_bytes, "smollm2/smollm.u16"),
        "smollm2/gpt-2.u16" => data!(include_bytes, "smollm2/gpt-2.u16"),
        "smollm2/qwen2.u16" => data!(include_bytes, "smollm2/qwen2.u16"),
        "smollm2/deepseek-coder.u16" => data!(include_bytes, "smollm2/deepseek-coder.u16"),
        "pairs/smollm.u16" => data!(include_bytes, "pairs/smollm.u16"),
        "pairs/gpt-2.u16" => data!(include_bytes, "pairs/gpt-2.u16"),
        "pairs/qwen2.u16" => data!(include_bytes, "pairs/qwen2.u16"),
        "pairs/llama-bpe.u16" => data!(include_bytes, "pairs/llama-bpe.u16"),
        "pairs/deepseek-coder.u16" => data!(include_bytes, "pairs/deepseek-coder.u16"),
        other => panic!("{other} is not compiled in"),
    };
    let mut numbers = u16s(file);
    let mut lists = Vec::new();
    while let Some(count) = numbers.next() {
        lists.push(numbers.by_ref().take(count as usize).collect());
    }
    lists
}

fn u16s(file: &[u8]) -> impl Iterator<Item = u32> {
    file.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]).into())
}

/// Metadata of a tokenizer with these lists and further keys.
pub fn metadata(pre: &str, tokens: Strings, merges: Strings, more: Vec<(&str, Value)>) -> Metadata {
    let mut entries = vec![
        ("tokenizer.ggml.model".to_owned(), "gpt2".into()),
        ("tokenizer.ggml.pre".to_owned(), pre.into()),
        ("tokenizer.ggml.tokens".to_owned(), Array::Strings(tokens).into()),
        ("tokenizer.ggml.merges".to_owned(), Array::Strings(merges).into()),
    ];
    entries.extend(more.into_iter().map(|(key, value)| (format!("tokenizer.ggml.{key}"), value)));
    Metadata::new(entries).unwrap()
}

/// SmolLM2's metadata with a pre-tokenizer of choice.
pub fn smollm2_metadata(pre: &str) -> Metadata {
    let vocabulary = &goldens()["vocabulary"];
    let control: Vec<&str> =
        vocabulary["control"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    let letters = vocabulary["letters"].as_str().unwrap().chars().map(String::from);
    let mut tokens: Vec<String> = control.iter().map(|t| t.to_string()).chain(letters).collect();
    let mut merges = Strings::default();
    let sides: Vec<u32> = u16s(data!(include_bytes, "smollm2/merges.u16")).collect();
    for pair in sides.chunks(2) {
        let (left, right) = (&tokens[pair[0] as usize], &tokens[pair[1] as usize]);
        merges.push(format!("{left} {right}").as_bytes());
        tokens.push(format!("{left}{right}"));
    }
    let types = (0..tokens.len()).map(|id| if id < control.len() { 3 } else { 1 }).collect();
    let id = |key: &str| Value::from(vocabulary[key].as_u64().unwrap() as u32);
    let more = vec![
        ("token_type", Array::I32(types).into()),
        ("bos_token_id", id("bos")),
        ("eos_token_id", id("eos")),
        ("add_bos_token", vocabulary["add_bos"].as_bool().unwrap().into()),
    ];
    metadata(pre, tokens.iter().collect(), merges, more)
}

pub fn smollm2(pre: &str) -> Tokenizer {
    Tokenizer::from_gguf(&smollm2_metadata(pre)).unwrap()
}

/// The letter of byte-level BPE for each byte.
pub fn letters() -> Vec<String> {
    let mut next = 0x100;
    let letter = |byte: u8| match byte {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => char::from(byte).to_string(),
        _ => {
            next += 1;
            char::from_u32(next - 1).unwrap().to_string()
        }
    };
    (0..=255).map(letter).collect()
}

/// All bytes, and all pairs of the bytes that UTF-8 has, which merge in the order of their values.
pub fn pairs_metadata(pre: &str) -> Metadata {
    let letters = letters();
    let mut tokens: Strings = letters.iter().collect();
    let mut merges = Strings::default();
    for left in &letters[..0xf5] {
        for right in &letters[..0xf5] {
            tokens.push(format!("{left}{right}").as_bytes());
            merges.push(format!("{left} {right}").as_bytes());
        }
    }
    metadata(pre, tokens, merges, Vec::new())
}

pub fn pairs(pre: &str) -> Tokenizer {
    Tokenizer::from_gguf(&pairs_metadata(pre)).unwrap()
}
