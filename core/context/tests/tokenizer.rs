//! Prompts with a model's own tokenizer.

use ghostlight_context::{Assembler, FimTemplate, ModelFacts, Source, TokenBudget, Tokens};
use ghostlight_gguf::{Array, Metadata, Value};
use ghostlight_tokenizer::Tokenizer;

/// Letters, signs and blanks, and a few words; then the control tokens.
fn tokenizer(controls: &[&str], extra: &[(&str, Value)]) -> Tokenizer {
    let mut tokens: Vec<String> = (33u8..127).map(|byte| char::from(byte).to_string()).collect();
    tokens.extend(["Ġ", "Ċ", "fi", "fn", "Ġx"].map(String::from));
    tokens.extend(controls.iter().map(ToString::to_string));
    let texts = |list: &mut dyn Iterator<Item = &str>| Array::Strings(list.collect());
    let mut entries = vec![
        ("tokenizer.ggml.model".to_owned(), "gpt2".into()),
        ("tokenizer.ggml.pre".to_owned(), "gpt-2".into()),
        ("tokenizer.ggml.tokens".to_owned(), texts(&mut tokens.iter().map(String::as_str)).into()),
        ("tokenizer.ggml.merges".to_owned(), texts(&mut ["f i", "f n", "Ġ x"].into_iter()).into()),
    ];
    entries.extend(extra.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    Tokenizer::from_gguf(&Metadata::new(entries).unwrap()).unwrap()
}

/// The prompt as text, with control tokens by name and what is left to the model.
fn shown(tokenizer: &Tokenizer, facts: ModelFacts<'_>, source: Source<'_>) -> (String, String) {
    let template = FimTemplate::select(facts, tokenizer);
    let assembler = Assembler::new(template, TokenBudget(100), tokenizer).unwrap();
    let prompt = assembler.assemble(source, tokenizer).unwrap();
    let text = |id| match tokenizer.special_name(id) {
        Some(name) => name.to_owned(),
        None => String::from_utf8_lossy(Tokens::token_bytes(tokenizer, id)).into_owned(),
    };
    (prompt.tokens.into_iter().map(text).collect(), prompt.pending)
}

const SOURCE: Source<'static> = Source { path: "a.rs", prefix: "fn f() { x", suffix: " }\n" };

#[test]
fn a_model_without_markers_continues_text() {
    let plain = tokenizer(&[], &[]);
    let (prompt, pending) = shown(&plain, ModelFacts::default(), SOURCE);
    assert_eq!((prompt.as_str(), pending.as_str()), ("// a.rs\nfn f() {", " x"));
}

#[test]
fn markers_are_found_in_the_vocabulary() {
    let controls = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>"];
    let coder = tokenizer(&controls, &[]);
    let (prompt, pending) = shown(&coder, ModelFacts::default(), SOURCE);
    assert_eq!(prompt, "<|fim_prefix|><|fim_suffix|> }\n<|fim_middle|>fn f() {");
    assert_eq!(pending, " x");
    assert_eq!(FimTemplate::by_family("qwen-coder").unwrap().end_tokens(&coder).len(), 4);
}

#[test]
fn the_first_token_stands_first_where_the_model_wants_it() {
    let id = |at: u32| Value::U32(94 + 5 + at);
    let extra = [("tokenizer.ggml.bos_token_id", id(0)), ("tokenizer.ggml.add_bos_token", Value::Bool(true))];
    let begun = tokenizer(&["<s>"], &extra);
    let source = Source { path: "", prefix: "f(", suffix: "" };
    let (prompt, pending) = shown(&begun, ModelFacts::default(), source);
    assert_eq!((prompt.as_str(), pending.as_str()), ("<s>f", "("));
}

/// What is left to the model is what stands there, also where a byte has no token.
#[test]
fn bytes_without_a_token_are_not_healed_away() {
    let plain = tokenizer(&[], &[]);
    let (_, pending) =
        shown(&plain, ModelFacts::default(), Source { path: "a.rs", prefix: "x f\u{1}n", suffix: "" });
    assert!(["", "n"].contains(&pending.as_str()), "{pending:?}");
}
