//! What servers of models send, as `tests/streams` has it, cut at every byte.
#![allow(clippy::disallowed_methods, reason = "the forms are files that two readers share")]

use std::fs;
use std::path::PathBuf;

use ghostlight_edge::stream::{Endpoint, StreamState, TextDelta, as_events};
use serde_json::{Value, json};

fn read(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/streams").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A row of `forms.json` with its bytes; an answer that is no stream is told as one.
struct Form {
    row: Value,
    bytes: Vec<u8>,
}

fn forms() -> Vec<Form> {
    let rows: Vec<Value> = serde_json::from_slice(&read("forms.json")).unwrap();
    let form = |row: Value| {
        let mut bytes = read(row["file"].as_str().unwrap());
        if row["type"].as_str().unwrap().starts_with("application/json") {
            bytes = as_events(serde_json::from_slice(&bytes).unwrap(), Endpoint::Completions);
        }
        Form { row, bytes }
    };
    rows.into_iter().map(form).collect()
}

fn said(pieces: &[&[u8]]) -> (StreamState, String) {
    let mut state = StreamState::new(Endpoint::Completions, 1000);
    let mut deltas: Vec<TextDelta> = pieces.iter().flat_map(|piece| state.push(piece)).collect();
    deltas.extend(state.finish());
    (state, deltas.iter().map(|delta| delta.text.as_str()).collect())
}

#[test]
fn every_form_is_read_wherever_it_is_cut() {
    for Form { row, bytes } in forms() {
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        let pairs = (0..=bytes.len()).map(|at| vec![&bytes[..at], &bytes[at..]]);
        for pieces in pairs.chain([single]) {
            let (state, text) = said(&pieces);
            let cut = pieces[0].len();
            assert_eq!(state.is_whole(), row["ends"] == "whole", "{row} at {cut}");
            assert_eq!(row["text"], text, "{row} at {cut}");
            if let Some(choices) = state.clean(1) {
                assert_eq!(
                    (&row["text"], &row["finish"]),
                    (&json!(choices[0].text), &json!(choices[0].finish))
                );
            }
        }
    }
}

#[test]
fn what_is_left_of_a_stream_is_never_taken_for_more() {
    for Form { row, bytes } in forms() {
        for at in 0..bytes.len() {
            let (state, text) = said(&[&bytes[..at]]);
            assert!(row["text"].as_str().unwrap().starts_with(&text), "{row} at {at}");
            assert!(!state.is_whole() || row["text"] == text, "{row} at {at}");
        }
    }
}

/// Behind what the edge adds, any client finds the end that the protocol has.
#[test]
fn what_is_whole_ends_as_clients_expect_it() {
    for Form { row, bytes } in forms().into_iter().filter(|form| form.row["ends"] == "whole") {
        let (state, _) = said(&[&bytes]);
        let sent = [&bytes[..], state.missing().as_bytes()].concat();
        let mut again = StreamState::new(Endpoint::Completions, 1000);
        let text: String = again.push(&sent).iter().map(|delta| delta.text.as_str()).collect();
        assert!(again.is_done() && !again.is_broken() && again.is_between(), "{row}");
        assert_eq!(row["text"], text, "{row}");
        let said = String::from_utf8_lossy(&bytes);
        if said.ends_with("data: [DONE]\n\n") {
            assert_eq!(state.missing(), "", "{row}");
        }
    }
}

/// Under guard, what waits at the end may pass if it is an event, and must not if it is half of one.
#[test]
fn all_of_a_stream_counts_as_passed_at_its_end_unless_it_broke_there() {
    for Form { row, bytes } in forms() {
        let (state, _) = said(&[&bytes]);
        let whole = state.between() == bytes.len() as u64;
        assert!(whole || state.is_broken(), "{row}");
    }
    let half = b"data: {}\n\ndata: {\"choi";
    let (state, _) = said(&[half]);
    assert_eq!((state.between(), state.is_broken()), (10, true));
}

#[test]
fn an_answer_that_is_no_stream_becomes_one() {
    let choice = |key: &str| json!({ "index": 0, key: { "role": "assistant", "content": "hi" }, "finish_reason": "stop" });
    let answer = json!({ "id": "x", "object": "chat.completion", "choices": [choice("message")] });
    let events = as_events(answer, Endpoint::Chat);
    let mut state = StreamState::new(Endpoint::Chat, 100);
    let deltas = state.push(&events);
    assert_eq!((deltas[0].text.as_str(), state.is_whole()), ("hi", true));
    let text = String::from_utf8(events).unwrap();
    let first = text.strip_prefix("data: ").and_then(|text| text.lines().next()).unwrap();
    let chunk: Value = serde_json::from_str(first).unwrap();
    assert_eq!(chunk["object"], "chat.completion.chunk");
    assert_eq!(chunk["choices"], json!([choice("delta")]));
}
