//! Streams read along, cut anywhere.

use ghostlight_edge::stream::{Endpoint, SseEvent, SseParser, StreamState};
use proptest::prelude::*;

fn events(bytes: &[u8], cuts: &[usize]) -> Vec<SseEvent> {
    let mut parser = SseParser::new(1 << 16);
    let mut cuts: Vec<usize> =
        cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
    cuts.sort_unstable();
    cuts.windows(2).flat_map(|pair| parser.push(&bytes[pair[0]..pair[1]]).unwrap()).collect()
}

#[test]
fn events_are_those_of_the_standard() {
    let event = |name: &str, data: &str| (name.to_owned(), data.to_owned());
    for (text, expected) in [
        ("data: a\n\n", vec![event("", "a")]),
        ("data:a\r\n\r\n", vec![event("", "a")]),
        ("data: a\r\rdata: b\r\r", vec![event("", "a"), event("", "b")]),
        ("\u{feff}data: a\n\n", vec![event("", "a")]),
        ("data: a\ndata: b\n\n", vec![event("", "a\nb")]),
        (": comment\n\ndata:  two\n\n", vec![event("", " two")]),
        ("event: error\ndata: {}\nid: 1\nretry: 2\n\n", vec![event("error", "{}")]),
        ("data\n\n", vec![event("", "")]),
        ("data: cut", vec![]),
        ("\n\n\n", vec![]),
    ] {
        let found: Vec<_> = events(text.as_bytes(), &[]).into_iter().map(|e| (e.name, e.data)).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn bytes_are_counted_up_to_where_an_event_begins() {
    for (text, starts, between) in [
        ("data: a\n\ndata: b\n\n", vec![0, 9], 18),
        (": alive\n\ndata: a\n\nid: 1\ndata", vec![9], 24),
        ("data: a\r\n\r\ndata: b\r\n\r\n", vec![0, 11], 22),
        ("\n\ndata: a\n", vec![], 2),
    ] {
        for cuts in [&[][..], &[1, 3, 8, 9, 10, 11, 13]] {
            let found: Vec<u64> = events(text.as_bytes(), cuts).iter().map(|event| event.start).collect();
            assert_eq!(found, starts, "{text:?}");
            let mut parser = SseParser::new(100);
            text.bytes().for_each(|byte| drop(parser.push(&[byte]).unwrap()));
            assert_eq!(parser.between(), between, "{text:?}");
        }
    }
}

#[test]
fn an_event_has_a_limit() {
    let mut parser = SseParser::new(100);
    assert!(parser.push(&[b'x'; 101]).is_err());
    let mut parser = SseParser::new(100);
    let mut failed = false;
    for _ in 0..100 {
        failed |= parser.push(b"data: 0123456789\n").is_err();
    }
    assert!(failed);
}

const CLEAN: &str = "data: {\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\n\
    data: {\"choices\":[{\"index\":0,\"text\":\"ü\",\"finish_reason\":\"stop\"}]}\n\n\
    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\n\
    data: [DONE]\n\n";

fn observed(text: &str) -> StreamState {
    let mut stream_state = StreamState::new(Endpoint::Completions, 100);
    stream_state.push(text.as_bytes());
    stream_state.finish();
    stream_state
}

#[test]
fn only_whole_and_clean_streams_count() {
    let clean = observed(CLEAN);
    let choices = clean.clean(1).unwrap();
    assert_eq!((choices[0].text.as_str(), choices[0].finish.as_str()), ("aü", "stop"));
    assert_eq!(clean.written(), 2);
    assert_eq!(clean.clean(2), None);
    for bad in [
        CLEAN.replace("\"stop\"", "null"),
        CLEAN.replace("\"stop\"", "\"tool_calls\""),
        CLEAN.replace("\"stop\"", "\"content_filter\""),
        CLEAN.replace("data: {\"choices\":[],", "data: {\"error\":{\"message\":\"x\"},"),
        CLEAN.replace("data: {\"choices\":[],", "event: error\ndata: {"),
        CLEAN.replace("data: {\"choices\":[],", "data: nonsense\n\ndata: {"),
        CLEAN.replace("\"text\":\"a\"", &format!("\"text\":\"{}\"", "a".repeat(200))),
        format!("{CLEAN}data: {{}}\n\n"),
        CLEAN.replace("\"index\":0", "\"index\":99"),
        String::new(),
    ] {
        assert_eq!(observed(&bad).clean(1), None, "{bad}");
    }
}

#[test]
fn a_chat_is_read_as_well() {
    let mut stream_state = StreamState::new(Endpoint::Chat, 100);
    let pieces = stream_state.push(b"data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"hi\"}}]}\n\n");
    assert_eq!((pieces[0].index, pieces[0].text.as_str()), (1, "hi"));
    assert_eq!(stream_state.written(), 1);
    let body = serde_json::json!({ "choices": [{ "index": 0, "message": { "content": "x" }, "finish_reason": "stop" }] });
    let mut stream_state = StreamState::new(Endpoint::Chat, 100);
    stream_state.push_json(&body);
    assert!(stream_state.clean(1).is_some());
}

proptest! {
    /// Where bytes are cut changes nothing.
    #[test]
    fn cuts_do_not_matter(
        text in "(data: ?[a{\"]{0,5}(\\n|\\r|\\r\\n)|:c\n|event: e\r\n|\\n|\\r\\n|é\n){0,12}",
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        prop_assert_eq!(events(text.as_bytes(), &cuts), events(text.as_bytes(), &[]));
    }

    #[test]
    fn cuts_do_not_matter_to_what_is_observed(cuts in proptest::collection::vec(any::<usize>(), 0..40)) {
        let bytes = CLEAN.as_bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % bytes.len()).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let mut stream_state = StreamState::new(Endpoint::Completions, 100);
        let pieces: Vec<_> =
            cuts.windows(2).flat_map(|pair| stream_state.push(&bytes[pair[0]..pair[1]])).collect();
        prop_assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), "aü");
        prop_assert_eq!(stream_state.clean(1), observed(CLEAN).clean(1));
    }

    #[test]
    fn no_bytes_panic(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..20)) {
        let mut stream_state = StreamState::new(Endpoint::Completions, 100);
        for chunk in chunks {
            stream_state.push(&chunk);
        }
        let _ = stream_state.clean(1);
    }
}
