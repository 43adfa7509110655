//! A session with a model's own tokenizer, healing included.

use ghostlight_complete::{FinishReason, Request, Session, SessionOptions, Source};
use ghostlight_context::ModelFacts;
use ghostlight_decode::{Cancel, ScriptedDecoder};
use ghostlight_gguf::{Array, Metadata};
use ghostlight_text::TokenId;
use ghostlight_tokenizer::Tokenizer;
use pollster::block_on;

const VOCABULARY: [&str; 12] = ["x", "=", "1", ";", "Ġ", "Ċ", "Ġ1", "Ġ=", "é", "Ã", "©", "<|endoftext|>"];

fn tokenizer() -> Tokenizer {
    let texts = |list: &[&str]| Array::Strings(list.iter().collect());
    let entries = vec![
        ("tokenizer.ggml.model".to_owned(), "gpt2".into()),
        ("tokenizer.ggml.pre".to_owned(), "gpt-2".into()),
        ("tokenizer.ggml.tokens".to_owned(), texts(&VOCABULARY).into()),
        ("tokenizer.ggml.merges".to_owned(), texts(&["Ġ 1", "Ġ ="]).into()),
    ];
    Tokenizer::from_gguf(&Metadata::new(entries).unwrap()).unwrap()
}

fn token(text: &str) -> TokenId {
    TokenId(VOCABULARY.iter().position(|known| *known == text).unwrap() as u32)
}

/// What a model suggests that writes `tokens` after `x =` and then ends.
fn suggested(prefix: &str, tokens: &[&str]) -> (String, FinishReason) {
    let written: Vec<TokenId> = tokens.iter().map(|text| token(text)).collect();
    let end = token("<|endoftext|>");
    let decoder = ScriptedDecoder::new(VOCABULARY.len() as u32, 200, move |cache| {
        written.get(cache.len().saturating_sub(2)).copied().unwrap_or(end)
    });
    let mut session: Session<_> =
        Session::new(decoder, tokenizer(), ModelFacts::default(), SessionOptions::default()).unwrap();
    let request = Request { source: Source { prefix, ..Source::default() }, ..Request::default() };
    let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| {})).unwrap();
    (completion.text, completion.finish)
}

#[test]
fn tokens_are_counted_as_the_model_reads_them() {
    let decoder = ScriptedDecoder::new(VOCABULARY.len() as u32, 200, |_| token("<|endoftext|>"));
    let session: Session<_> =
        Session::new(decoder, tokenizer(), ModelFacts::default(), SessionOptions::default()).unwrap();
    for (text, tokens) in [("", 0), ("x", 1), ("x = 1;", 4), ("x =  1", 4), ("é", 2), ("é\n", 3)] {
        assert_eq!(session.count_tokens(text), tokens, "{text:?}");
    }
}

#[test]
fn a_blank_before_the_cursor_is_part_of_the_next_token() {
    let ended = FinishReason::Stop;
    assert_eq!(suggested("x = ", &["Ġ1", ";"]), ("1;".into(), ended));
    // Also when the model would rather not: it then writes what agrees best.
    assert!(!suggested("x = ", &["x", ";"]).0.starts_with(' '));
}

#[test]
fn characters_of_several_tokens_come_whole() {
    let ended = FinishReason::Stop;
    assert_eq!(suggested("x = ", &["Ġ", "Ã", "©", ";"]), ("é;".into(), ended));
    assert_eq!(suggested("x = ", &["Ġ1", "Ã"]), ("1".into(), ended));
}
