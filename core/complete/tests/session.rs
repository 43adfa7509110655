//! One request after the other: what is suggested, and what is not computed again.

use crate::support;
use std::cell::Cell;

use crate::support::{Bytes, answering, babbling, knowing, marker, session};
use ghostlight_complete::{
    CompleteError, Completion, FinishReason, Request, Session, SessionOptions, Source,
};
use ghostlight_context::{ContextError, ModelFacts, TokenBudget, Tokens};
use ghostlight_decode::{Cancel, Cancelled, DecodeError, ScriptedDecoder, cancel_at_checkpoint};
use ghostlight_text::TokenId;
use pollster::block_on;

type Scripted = Session<ScriptedDecoder, Bytes>;

fn at<'a>(prefix: &'a str, suffix: &'a str) -> Request<'a> {
    Request { source: Source { prefix, suffix, ..Source::default() }, ..Request::default() }
}

/// Asks, and checks what holds for every answer.
fn ask(session: &mut Scripted, request: Request<'_>) -> Completion {
    let mut updates: Vec<String> = Vec::new();
    let time = Cell::new(0.0);
    let clock = || time.replace(time.get() + 1.0);
    let cancel = Cancel::new();
    let update = |text: &str| updates.push(text.to_owned());
    let completion = block_on(session.complete(request, &cancel, &clock, update)).unwrap();
    for pair in updates.windows(2) {
        assert!(pair[1].starts_with(&pair[0]) && pair[1].len() > pair[0].len());
    }
    assert!(updates.iter().all(|text| !text.is_empty()));
    let decoded = !matches!(completion.finish, FinishReason::Reused | FinishReason::Skipped);
    // Prefill ends at the second look at the clock, decoding at the last.
    let (prefill, decode) = if decoded { (1.0, time.get() - 2.0) } else { (0.0, 0.0) };
    assert_eq!((completion.prefill_ms, completion.decode_ms), (prefill, decode));
    assert!(!decoded || decode >= 1.0);
    completion
}

const FILE: &str = "def add(a, b):\n    return a + b\n\nprint(add(1, 2))\n";

#[test]
fn suggests_what_the_model_knows_and_stops_where_the_block_does() {
    let mut session = session(knowing(FILE), &[], 0);
    let completion = ask(&mut session, at("def add(a, b):", ""));
    assert_eq!(completion.text, "\n    return a + b");
    assert_eq!(completion.finish, FinishReason::Stop);
    // The last token before the cursor is generated anew.
    assert_eq!((completion.prompt_tokens, completion.reused_tokens), (13, 0));
    // Nothing was generated beyond the first letter after the block.
    assert_eq!(completion.tokens, ":\n    return a + b\n\np".len());
    // Scripted tokens have probabilities between a half and one.
    let least = 0.5f32.powi(completion.tokens as i32);
    assert!(completion.confidence > least && completion.confidence < 0.1, "{}", completion.confidence);
    // In the middle of a line, to its end.
    assert_eq!(ask(&mut session, at("def add(a, b):\n    ret", "")).text, "urn a + b");
    assert_eq!(ask(&mut session, at("something else", "")).text, "");
}

#[test]
fn what_is_cached_is_not_computed_again() {
    let mut session = session(knowing(FILE), &[], 0);
    ask(&mut session, at("def add(a, b):\n    ", ""));
    let before = session.decoder().prefilled();
    let completion = ask(&mut session, at("def add(a, b):\n    r", ""));
    // The typed letter is the one that was generated: all but it is there.
    assert_eq!((completion.prompt_tokens, completion.reused_tokens), (19, 18));
    assert_eq!(session.decoder().prefilled() - before, 1);
    let completion = ask(&mut session, at("def mul(a, b):\n    r", ""));
    assert_eq!(completion.reused_tokens, 4);
    // The same again: the last token alone is computed, for its prediction.
    let completion = ask(&mut session, at("def mul(a, b):\n    r", ""));
    assert_eq!(completion.reused_tokens, completion.prompt_tokens - 1);
}

#[test]
fn typing_what_was_suggested_needs_no_model() {
    let mut session = session(knowing(FILE), &[], 8);
    let suggested = ask(&mut session, at("def add(a, b):\n    ", ""));
    assert_eq!(suggested.text, "return a + b");
    let steps = session.decoder().stepped();
    let cases = [("re", "turn a + b"), ("return a ", "+ b"), ("r", "eturn a + b"), ("", "return a + b")];
    for (typed, rest) in cases {
        let prefix = format!("def add(a, b):\n    {typed}");
        let completion = ask(&mut session, at(&prefix, ""));
        assert_eq!((completion.text.as_str(), completion.finish), (rest, FinishReason::Reused));
        assert_eq!(completion.confidence, suggested.confidence);
    }
    assert_eq!(session.decoder().stepped(), steps);
    // Typed to the end, typed otherwise, or with another text behind it: ask.
    for (typed, suffix) in [("return a + b", ""), ("rex", ""), ("re", "\nx"), ("return a + b + ", "")] {
        let prefix = format!("def add(a, b):\n    {typed}");
        assert_ne!(ask(&mut session, at(&prefix, suffix)).finish, FinishReason::Reused, "{typed}");
    }
    session.forget();
    assert_ne!(ask(&mut session, at("def add(a, b):\n    ", "")).finish, FinishReason::Reused);
}

#[test]
fn an_earlier_suggestion_is_of_its_file_and_its_place() {
    let long = "x".repeat(600) + "\n";
    let text = format!("{long}def add(a, b):\n    return");
    let mut session = session(knowing(&text[text.len() - 200..]), &[], 8);
    let prefix = format!("{long}def add(a, b):\n    ");
    ask(
        &mut session,
        Request { source: Source { path: "a.json", prefix: &prefix, suffix: "" }, ..Request::default() },
    );
    // An edit far above does not matter, another file or a nearer edit does.
    let same = |session: &mut Scripted, path: &str, prefix: &str| {
        ask(session, Request { source: Source { path, prefix, suffix: "" }, ..Request::default() }).finish
            == FinishReason::Reused
    };
    assert!(same(&mut session, "a.json", &format!("new\n{prefix}")));
    assert!(!same(&mut session, "b.json", &prefix));
    assert!(!same(&mut session, "a.json", &prefix.replace("add", "mul")));
}

#[test]
fn that_there_is_nothing_is_remembered_too() {
    let mut session = session(knowing(FILE), &[], 8);
    assert_eq!(ask(&mut session, at("nobody knows", "")).finish, FinishReason::Stop);
    let again = ask(&mut session, at("nobody knows", ""));
    assert_eq!((again.text.as_str(), again.finish), ("", FinishReason::Reused));
    assert_ne!(ask(&mut session, at("nobody knows ", "")).finish, FinishReason::Reused);
}

#[test]
fn binary_and_nothing_are_skipped() {
    let mut session = session(knowing(FILE), &[], 8);
    for request in [at("def\0", ""), at("", "a\0b"), at("", "")] {
        let completion = ask(&mut session, request);
        assert_eq!((completion.text.as_str(), completion.finish), ("", FinishReason::Skipped));
    }
    assert_eq!(session.decoder().prefilled(), 0);
}

#[test]
fn the_token_limit_holds() {
    let mut session = session(knowing(FILE), &[], 0);
    let request = Request { max_tokens: 6, ..at("def add(a, b):\n    ", "") };
    let completion = ask(&mut session, request);
    // The blanks that stand there already are none of the tokens.
    assert_eq!((completion.text.as_str(), completion.tokens), ("return", 6));
    assert_eq!(completion.finish, FinishReason::Length);
    let line = format!("x = \"{}\"", "abcdefghij0123456789".repeat(9));
    let mut session = support::session(knowing(&line), &[], 0);
    assert_eq!(ask(&mut session, at("x = ", "")).tokens, 64);
}

#[test]
fn half_a_character_is_not_shown() {
    let mut session = session(knowing("x = \"é🙂\""), &[], 0);
    let limited = |max_tokens| Request { max_tokens, ..at("x = ", "") };
    assert_eq!(ask(&mut session, limited(2)).text, "\"");
    assert_eq!(ask(&mut session, limited(5)).text, "\"é");
    assert_eq!(ask(&mut session, limited(20)).text, "\"é🙂\"");
}

#[test]
fn the_token_at_the_cursor_is_left_to_the_model() {
    let mut session = session(knowing("x = 1 + y;"), &[], 0);
    let prompt = "x = 1";
    assert_eq!(ask(&mut session, at(prompt, "")).text, " + y;");
    assert_eq!(session.decoder().cache()[..4], Bytes::default().encode("x = ")[..]);
    // Only what the model was asked to go on from is computed.
    assert_eq!(session.decoder().prefilled(), 4);
}

#[test]
fn fills_in_the_middle_where_the_model_can() {
    const NAMES: &[&str] = &["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>"];
    let mut fim = session(answering(marker(2), "f(a, b)\n"), NAMES, 0);
    assert_eq!(fim.template().family, "qwen-coder");
    let completion = ask(&mut fim, at("f(", ");\n"));
    assert_eq!(completion.text, "a, b");
    // The suffix first; the bracket at the cursor is left to the generation.
    assert_eq!(completion.prompt_tokens, ");\nf".len() + 3);
    // A marker of the template ends a completion like an end token.
    let writes_marker = ScriptedDecoder::new(300, 4096, |cache| match cache.last() {
        Some(&TokenId(40)) => TokenId(b'a'.into()),
        _ => marker(3),
    });
    let completion = ask(&mut session(writes_marker, NAMES, 0), at("f(", ");\n"));
    assert_eq!((completion.text.as_str(), completion.finish), ("a", FinishReason::Stop));
}

#[test]
fn stop_strings_of_the_template_end_a_completion() {
    const NAMES: &[&str] = &["[PREFIX]", "[SUFFIX]"];
    let known: Vec<TokenId> = "{\n  a\n+++++ b.py\n".bytes().map(|b| TokenId(b.into())).collect();
    let decoder = ScriptedDecoder::new(300, 4096, move |cache| {
        let written = cache.iter().rposition(|&t| t == marker(0)).map_or(0, |p| cache.len() - p - 1);
        known.get(written).copied().unwrap_or(support::END)
    });
    let mut session = session(decoder, NAMES, 0);
    let completion = ask(&mut session, at("{", ""));
    assert_eq!((completion.text.as_str(), completion.finish), ("\n  a", FinishReason::Stop));
}

#[test]
fn very_large_files_are_answered_and_cost_no_more() {
    let mut session = session(babbling(), &[], 8);
    for text in ["let x = call(1);\n".repeat(300_000), "a ".repeat(100_000), "b".repeat(5_000_000)] {
        let completion = ask(
            &mut session,
            Request { source: Source { path: "a.rs", prefix: &text, suffix: &text }, ..Request::default() },
        );
        assert!(completion.prompt_tokens <= 300);
    }
}

#[test]
fn a_cache_too_small_for_a_prompt_is_said_at_the_start() {
    let small = ScriptedDecoder::hashed(300, 70);
    let error = Session::new(small, Bytes(&[]), ModelFacts::default(), SessionOptions::default());
    assert_eq!(error.unwrap_err(), ContextError::Budget { budget: 6, least: 16 });
    // One that is smaller than the budget is used as it is.
    let decoder = ScriptedDecoder::hashed(256, 164);
    let options = SessionOptions { budget: TokenBudget(4000), ..SessionOptions::default() };
    let mut session = Session::new(decoder, Bytes(&[]), ModelFacts::default(), options).unwrap();
    let completion = ask(&mut session, at(&"let x = 1;\n".repeat(100), ""));
    assert!(completion.prompt_tokens <= 100);
}

#[test]
fn a_prompt_has_the_length_that_is_read_in_time() {
    let long = "let x = call(1);\n".repeat(1000);
    // Milliseconds that a token takes, and the least and most tokens of the next prompt.
    for (name, token_ms, least, most) in [
        ("a device as assumed", 5.0, 128, 512),
        ("a fast device", 1.0, 1024, 2560),
        ("a slow device", 50.0, 64, 256),
    ] {
        let options = SessionOptions { prefill_ms: Some(2500.0), remembered: 0, ..SessionOptions::default() };
        let decoder = ScriptedDecoder::hashed(300, 4096);
        let mut session = Session::new(decoder, Bytes(&[]), ModelFacts::default(), options).unwrap();
        let mut read = |path: &str, prefix: &str| {
            // The second look at the clock comes after the prompt was read.
            let looks = std::cell::Cell::new(0);
            let clock = || {
                looks.set(looks.get() + 1);
                if looks.get() == 1 { 0.0 } else { 512.0 * token_ms }
            };
            let request = Request { source: Source { path, prefix, suffix: "" }, ..Request::default() };
            block_on(session.complete(request, &Cancel::new(), &clock, |_| {})).unwrap().prompt_tokens
        };
        let first = read("a.rs", &long);
        assert!((128..=512).contains(&first), "{name}: {first}");
        let other = read("b.rs", &long.replace("call", "other"));
        assert!((least..=most).contains(&other), "{name}: {other}");
        // What the cache holds is not read anew for another length.
        let same = read("b.rs", &format!("{}l", long.replace("call", "other")));
        assert!(same.abs_diff(other) <= 16, "{name}: {other}, then {same}");
    }
}

#[test]
fn a_failing_device_is_said_and_the_next_request_works() {
    let mut decoder = knowing(FILE);
    decoder.fail_in(8);
    let mut session = session(decoder, &[], 8);
    let result = block_on(session.complete(at(FILE, ""), &Cancel::new(), &|| 0.0, |_| {}));
    let device = DecodeError::Device("scripted failure".into());
    assert_eq!(result, Err(CompleteError::Decode(device)));
    assert_eq!(ask(&mut session, at("def add(a, b):\n    ", "")).text, "return a + b");
}

#[test]
fn cancelled_anywhere_it_is_said_so_and_the_next_request_works() {
    let request = at("def add(a, b):\n    ", "");
    let mut cancelled = 0;
    for checkpoint in 0..60 {
        let mut session = session(knowing(FILE), &[], 8);
        let cancel = cancel_at_checkpoint(checkpoint);
        match block_on(session.complete(request, &cancel, &|| 0.0, |_| {})) {
            Err(error) => {
                assert_eq!(error, CompleteError::Cancelled(Cancelled));
                cancelled += 1;
                let completion = ask(&mut session, request);
                assert_eq!(completion.text, "return a + b");
                // A cancelled suggestion is not remembered, but what was computed is kept.
                assert_eq!(completion.finish, FinishReason::Stop);
                assert!(completion.reused_tokens >= (4 * checkpoint).min(14));
            }
            Ok(completion) => assert_eq!(completion.text, "return a + b"),
        }
    }
    assert!(cancelled > 20 && cancelled < 60, "{cancelled}");
}
