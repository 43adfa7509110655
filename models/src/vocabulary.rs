//! `tokenizer.json` as the metadata of a GGUF file.
//!
//! The idea: byte-level BPE is a list of tokens and a list of merges, which both
//! formats have; what differs is how special tokens and the rule for words are
//! told. A model's table often has more rows than there are tokens: the rest gets
//! names that no text becomes.
//!
//! Only byte-level BPE is converted, and only with a rule for words that the
//! tokenizer has.

use std::path::Path;

use ghostlight_gguf::{Array, Strings, Value};
use serde_json::Value as Json;

use crate::ModelsError;
use crate::convert::read_json;

/// Values of `tokenizer.ggml.token_type`.
const NORMAL: i32 = 1;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const UNUSED: i32 = 5;

/// Names of the tokens of fill in the middle, and the key that each goes under.
const FIM: [(&str, &[&str]); 6] = [
    ("fim_pre", &["<|fim_prefix|>", "<fim_prefix>"]),
    ("fim_suf", &["<|fim_suffix|>", "<fim_suffix>"]),
    ("fim_mid", &["<|fim_middle|>", "<fim_middle>"]),
    ("fim_pad", &["<|fim_pad|>", "<fim_pad>"]),
    ("fim_rep", &["<|repo_name|>", "<repo_name>", "<reponame>"]),
    ("fim_sep", &["<|file_sep|>", "<file_sep>"]),
];

/// The metadata of the tokenizer in `folder`, for a table of `rows` rows.
pub(crate) fn read(
    folder: &Path,
    rows: usize,
    pre: Option<&str>,
    config: &Json,
) -> Result<Vec<(String, Value)>, ModelsError> {
    let path = folder.join("tokenizer.json");
    let json = read_json(&path)?;
    // Which tokens begin and end a text stands in a third file, which may be missing.
    let extra = read_json(&folder.join("tokenizer_config.json")).unwrap_or(Json::Null);
    vocabulary(&json, &extra, config, rows, pre).map_err(|reason| ModelsError::Checkpoint { path, reason })
}

fn vocabulary(
    json: &Json,
    extra: &Json,
    config: &Json,
    rows: usize,
    pre: Option<&str>,
) -> Result<Vec<(String, Value)>, String> {
    let model = &json["model"];
    if model["type"].as_str().is_some_and(|kind| kind != "BPE") {
        return Err(format!("a tokenizer of type {}, only BPE is converted", model["type"]));
    }
    let mut tokens: Vec<Option<(&str, i32)>> = vec![None; rows];
    let row = |id: &Json| {
        let id = id.as_u64().filter(|&id| id < rows as u64);
        id.map(|id| id as usize).ok_or_else(|| format!("a token's id is no row of the table of {rows}"))
    };
    let listed = model["vocab"].as_object().ok_or("it has no model.vocab")?;
    for (text, id) in listed {
        tokens[row(id)?] = Some((text, NORMAL));
    }
    for token in json["added_tokens"].as_array().into_iter().flatten() {
        let text = token["content"].as_str().ok_or("an added token has no content")?;
        let kind = if token["special"].as_bool().unwrap_or(false) { CONTROL } else { USER_DEFINED };
        tokens[row(&token["id"])?] = Some((text, kind));
    }
    let mut texts = Strings::default();
    let mut kinds = Vec::with_capacity(rows);
    for (id, token) in tokens.iter().enumerate() {
        match token {
            Some((text, kind)) => {
                texts.push(text.as_bytes());
                kinds.push(*kind);
            }
            None => {
                texts.push(format!("[PAD{id}]").as_bytes());
                kinds.push(UNUSED);
            }
        }
    }
    let mut merges = Strings::default();
    for merge in model["merges"].as_array().ok_or("it has no model.merges")? {
        match (merge.as_str(), merge[0].as_str(), merge[1].as_str()) {
            (Some(text), ..) => merges.push(text.as_bytes()),
            (_, Some(left), Some(right)) => merges.push(format!("{left} {right}").as_bytes()),
            _ => return Err("a merge is no pair of texts".to_owned()),
        }
    }

    let pre = match pre {
        Some(pre) => pre,
        None => pre_tokenizer(&json["pre_tokenizer"])?,
    };
    let find = |name: &str| tokens.iter().position(|token| token.is_some_and(|(text, _)| text == name));
    let mut entries = vec![
        ("tokenizer.ggml.model".to_owned(), Value::from("gpt2")),
        ("tokenizer.ggml.pre".to_owned(), Value::from(pre)),
        ("tokenizer.ggml.tokens".to_owned(), Value::Array(Array::Strings(texts))),
        ("tokenizer.ggml.token_type".to_owned(), Value::Array(Array::I32(kinds))),
        ("tokenizer.ggml.merges".to_owned(), Value::Array(Array::Strings(merges))),
    ];
    for (key, name) in [("bos", "bos_token"), ("eos", "eos_token"), ("padding", "pad_token")] {
        let named = extra[name].as_str().or(extra[name]["content"].as_str()).and_then(find);
        let numbered = || config[format!("{name}_id")].as_u64().filter(|&id| id < rows as u64);
        if let Some(id) = named.map(|id| id as u64).or_else(numbered) {
            entries.push((format!("tokenizer.ggml.{key}_token_id"), Value::U32(id as u32)));
        }
    }
    for (key, names) in FIM {
        if let Some(id) = names.iter().find_map(|name| find(name)) {
            entries.push((format!("tokenizer.ggml.{key}_token_id"), Value::U32(id as u32)));
        }
    }
    let add_bos = extra["add_bos_token"].as_bool().unwrap_or(false);
    entries.push(("tokenizer.ggml.add_bos_token".to_owned(), Value::Bool(add_bos)));
    Ok(entries)
}

/// The name of the rule by which text is cut into words.
fn pre_tokenizer(json: &Json) -> Result<&'static str, String> {
    let steps: Vec<&Json> = match json["pretokenizers"].as_array() {
        Some(steps) => steps.iter().collect(),
        None => vec![json],
    };
    let kinds: Vec<&str> = steps.iter().map(|step| step["type"].as_str().unwrap_or_default()).collect();
    let pattern = steps.iter().find_map(|step| step["pattern"]["Regex"].as_str()).unwrap_or_default();
    match kinds[..] {
        ["ByteLevel"] => Ok("gpt-2"),
        ["Digits", "ByteLevel"] if steps[0]["individual_digits"].as_bool() == Some(true) => Ok("smollm"),
        // The two patterns differ in how many digits make a word.
        ["Split", "ByteLevel"] if pattern.contains(r"\p{N}{1,3}") => Ok("llama-bpe"),
        ["Split", "ByteLevel"] if pattern.contains(r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*") => Ok("qwen2"),
        _ => Err(format!("the pre-tokenizer {kinds:?} is not known, name it with --pre")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer() -> Json {
        serde_json::json!({
            "model": { "type": "BPE", "vocab": { "a": 0, "b": 1, "ab": 2 }, "merges": ["a b"] },
            "added_tokens": [{ "id": 4, "content": "<fim_prefix>", "special": true }],
            "pre_tokenizer": { "type": "ByteLevel" },
        })
    }

    fn value<'a>(entries: &'a [(String, Value)], key: &str) -> &'a Value {
        &entries.iter().find(|(name, _)| name == &format!("tokenizer.ggml.{key}")).unwrap().1
    }

    #[test]
    fn tokens_and_merges_are_taken_over() {
        let config = serde_json::json!({ "eos_token_id": 2 });
        for merges in [serde_json::json!(["a b"]), serde_json::json!([["a", "b"]])] {
            let mut json = tokenizer();
            json["model"]["merges"] = merges;
            let entries = vocabulary(&json, &Json::Null, &config, 5, None).unwrap();
            let texts = |list: &[&str]| Value::Array(Array::Strings(list.iter().collect()));
            assert_eq!(value(&entries, "tokens"), &texts(&["a", "b", "ab", "[PAD3]", "<fim_prefix>"]));
            assert_eq!(value(&entries, "merges"), &texts(&["a b"]));
            assert_eq!(value(&entries, "token_type"), &Value::Array(Array::I32(vec![1, 1, 1, 5, 3])));
            assert_eq!(value(&entries, "fim_pre_token_id"), &Value::U32(4));
            assert_eq!(value(&entries, "eos_token_id"), &Value::U32(2));
            assert_eq!(value(&entries, "pre"), &Value::from("gpt-2"));
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let bad = |change: fn(&mut Json)| {
            let mut json = tokenizer();
            change(&mut json);
            vocabulary(&json, &Json::Null, &Json::Null, 5, None).unwrap_err()
        };
        for (message, what) in [
            (bad(|json| json["model"]["type"] = "Unigram".into()), "only BPE"),
            (bad(|json| json["model"]["vocab"]["c"] = 5.into()), "no row of the table of 5"),
            (bad(|json| json["model"]["vocab"] = Json::Null), "no model.vocab"),
            (bad(|json| json["model"]["merges"] = serde_json::json!([1])), "no pair of texts"),
            (bad(|json| json["pre_tokenizer"] = serde_json::json!({"type": "Whitespace"})), "--pre"),
        ] {
            assert!(message.contains(what), "{message}");
        }
    }
}
