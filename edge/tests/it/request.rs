//! Bodies that are read, refused, and written for backends.

use ghostlight_edge::request::{Chat, Completion, Defaults};
use ghostlight_edge::{EdgeError, experiments, feedback, privacy};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{config, principal};

fn completion(body: Value) -> Result<Completion, EdgeError> {
    Completion::parse(body.to_string().as_bytes())
}

fn param(error: EdgeError) -> String {
    match error {
        EdgeError::Invalid { param, message } => param.unwrap_or(message),
        other => panic!("{other}"),
    }
}

#[test]
fn wrong_fields_are_named() {
    for (field, value) in [
        ("prompt", json!(5)),
        ("prompt", json!(["a", "b"])),
        ("prompt", json!(null)),
        ("model", json!({})),
        ("suffix", json!([])),
        ("max_tokens", json!(0)),
        ("max_tokens", json!(-1)),
        ("max_tokens", json!(1.5)),
        ("max_tokens", json!("9")),
        ("n", json!(5)),
        ("n", json!(0)),
        ("stream", json!("yes")),
        ("temperature", json!(2.1)),
        ("top_p", json!(-0.1)),
        ("stop", json!(["", "a"])),
        ("stop", json!([1])),
        ("stop", json!(["a", "b", "c", "d", "e"])),
        ("language", json!("klingon")),
        ("repo_context", json!({ "snippets": [{ "path": "a" }] })),
        ("repo_context", json!([])),
        ("stream_options", json!(true)),
        ("echo", json!(true)),
        ("seed", json!(-1)),
    ] {
        let mut body = json!({ "model": "coder", "prompt": "x" });
        body[field] = value.clone();
        assert_eq!(param(completion(body).unwrap_err()), field, "{value}");
        if matches!(field, "model" | "n" | "stream" | "temperature" | "stop") {
            let mut body = json!({ "model": "coder", "messages": [{ "role": "user", "content": "x" }] });
            body[field] = value.clone();
            assert_eq!(param(Chat::parse(body.to_string().as_bytes()).unwrap_err()), field, "{value}");
        }
    }
    for text in ["", "{", "[]", "null", "{\"model\":\"a\"", &"[".repeat(100_000)] {
        assert!(Completion::parse(text.as_bytes()).is_err() && Chat::parse(text.as_bytes()).is_err());
    }
    let message = Completion::parse(b"{\"a\":\n x}").unwrap_err().to_string();
    assert!(message.contains("line 2, column 2"), "{message}");
}

#[test]
fn an_error_is_openais() {
    let error = completion(json!({ "model": "coder" })).unwrap_err();
    assert_eq!(error.status(), 400);
    assert_eq!(error.body()["error"]["param"], "prompt");
    assert_eq!(error.body()["error"]["type"], "invalid_request_error");
    assert_eq!(EdgeError::UnknownModel.body()["error"]["code"], "model_not_found");
    let secret = EdgeError::Config("backends.url of `x` is file:///secret".to_owned());
    assert!(!secret.body().to_string().contains("secret"));
}

#[test]
fn a_hole_gets_the_form_of_its_family() {
    let config = config();
    let request = completion(json!({
        "model": "coder", "prompt": "fn a() {", "suffix": "}", "language": "rust", "path": "src/a.rs",
        "repo_context": { "snippets": [{ "path": "b.rs", "text": "fn b() {}\n" }] },
        "stop": "\n\n", "unknown": 1,
    }))
    .unwrap();
    let body = request.upstream(&Defaults::new(config.model("coder").unwrap(), &[]), "qwen");
    let prompt = body["prompt"].as_str().unwrap();
    assert_eq!(prompt, "<|fim_prefix|>// b.rs\n// fn b() {}\nfn a() {<|fim_suffix|>}<|fim_middle|>");
    assert_eq!((body["model"].as_str(), body["max_tokens"].as_u64()), (Some("qwen"), Some(64)));
    assert_eq!((&body["stop"], body.get("suffix"), body.get("unknown")), (&json!(["\n\n"]), None, None));
    let tiny = request.upstream(&Defaults::new(config.model("tiny").unwrap(), &[]), "smollm");
    assert!(tiny["prompt"].as_str().unwrap().ends_with("fn a() {"), "{tiny}");
}

#[test]
fn a_marker_in_a_file_stays_text() {
    let config = config();
    let request = completion(
        json!({ "model": "coder", "prompt": "a<|fim_suffix|>b<|endoftext|>", "suffix": "<|fim_middle|>" }),
    );
    let body = request.unwrap().upstream(&Defaults::new(config.model("coder").unwrap(), &[]), "q");
    let prompt = body["prompt"].as_str().unwrap();
    for marker in ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"] {
        assert_eq!(prompt.matches(marker).count(), 1, "{prompt}");
    }
    assert!(!prompt.contains("<|endoftext|>"), "{prompt}");
}

#[test]
fn variants_change_what_is_left_open() {
    let config = config();
    let model = config.model("coder").unwrap();
    let principal = principal("acme", "user-1");
    let variants: Vec<_> = experiments::assign(&config.experiments, &principal, "coder")
        .map(|assigned| assigned.variant)
        .collect();
    let defaults = Defaults::new(model, &variants);
    let open = completion(json!({ "model": "coder", "prompt": "x" })).unwrap();
    assert_eq!(Some(open.tokens(&defaults)), variants[0].default_tokens);
    let said = completion(json!({ "model": "coder", "prompt": "x", "max_tokens": 7 })).unwrap();
    assert_eq!(said.tokens(&defaults), 7);
    let much = completion(json!({ "model": "tiny", "prompt": "x", "max_tokens": 100_000 })).unwrap();
    assert_eq!(much.tokens(&Defaults::new(config.model("tiny").unwrap(), &[])), 64);
}

#[test]
fn a_chat_is_handed_on_field_by_field() {
    let config = config();
    let tools = json!([{ "type": "function", "function": { "name": "f", "parameters": {} } }]);
    let body = json!({
        "model": "coder", "messages": [{ "role": "system", "content": "s" }, { "role": "user", "content": [{ "type": "text", "text": "hello" }] }],
        "tools": tools, "stream": true, "api_base": "http://evil", "user": "u", "metadata": {},
        "ghostlight": { "retrieve": { "repo": "r" } },
    });
    let mut chat = Chat::parse(body.to_string().as_bytes()).unwrap();
    assert_eq!((chat.question().as_str(), chat.retrieve.as_ref().unwrap().top_k), ("hello", 6));
    chat.add_context(&[("a.rs".to_owned(), "code".to_owned())]);
    let sent = chat.upstream(config.model("coder").unwrap(), "qwen");
    assert_eq!((&sent["tools"], &sent["stream"], &sent["model"]), (&tools, &json!(true), &json!("qwen")));
    for gone in ["api_base", "user", "metadata", "ghostlight"] {
        assert_eq!(sent.get(gone), None, "{gone}");
    }
    assert!(sent["messages"][1]["content"].as_str().unwrap().contains("code"));
    assert_eq!(sent["messages"][2]["role"], "user");
}

#[test]
fn feedback_has_known_names_only() {
    let config = config();
    let parse = |body: Value| feedback::parse(body.to_string().as_bytes(), &config);
    let event =
        json!({ "model": "coder", "language": "rust", "variant": "length=short", "event": "accepted" });
    assert_eq!(parse(event.clone()).unwrap()[0].count, 1);
    assert_eq!(parse(json!({ "events": [event, event] })).unwrap().len(), 2);
    for (field, value) in
        [("model", "x"), ("language", "x"), ("variant", "length=other"), ("event", "x"), ("text", "x")]
    {
        let mut event = event.clone();
        event[field] = json!(value);
        assert!(parse(event).is_err(), "{field}");
    }
    assert!(parse(json!({ "events": [] })).is_err() && parse(json!({ "events": vec![event; 257] })).is_err());
}

#[test]
fn private_requests_leave_nothing() {
    use ghostlight_edge::tenant::{Principal, Privacy, Scopes};
    let open = principal("acme", "u");
    let closed =
        Principal::new(open.tenant().clone(), open.user().clone(), Scopes::default(), Privacy::NoStore);
    for (principal, header, read, write) in [
        (&open, None, true, true),
        (&open, Some("max-age=0, No-Store"), false, false),
        (&open, Some("no-cache"), false, true),
        (&closed, None, false, false),
    ] {
        assert_eq!(privacy::handling(principal, header), privacy::Handling { read, write }, "{header:?}");
    }
}

proptest! {
    #[test]
    fn no_body_panics(text in "\\PC*") {
        let _ = Completion::parse(text.as_bytes());
        let _ = Chat::parse(text.as_bytes());
        let _ = feedback::parse(text.as_bytes(), &config());
    }

    /// A prompt keeps to its size and holds each marker once, whatever the file says.
    #[test]
    fn prompts_keep_their_form(
        prefix in "(\\PC|<\\|fim_prefix\\|>|<<\\|fim_middle\\|>|\n){0,60}", suffix in "(\\PC|<\\|fim_suffix\\|>){0,60}", room in 16usize..200,
    ) {
        let mut config = config();
        config.models[0].context_bytes = room;
        let request = completion(json!({ "model": "coder", "prompt": prefix, "suffix": suffix })).unwrap();
        let body = request.upstream(&Defaults::new(&config.models[0], &[]), "q");
        let prompt = body["prompt"].as_str().unwrap();
        for marker in ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"] {
            prop_assert_eq!(prompt.matches(marker).count(), 1);
        }
        prop_assert!(prompt.len() <= room + 48 + 120);
    }
}
