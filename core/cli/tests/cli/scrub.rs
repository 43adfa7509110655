//! `ghostlight scrub`: lines in, lines out.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::{command, conformance, utf8};

fn scrubbed(input: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = command(&[&["scrub"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), utf8(&output.stdout).to_owned(), utf8(&output.stderr).to_owned())
}

#[test]
fn secrets_go_and_the_rest_stays() {
    // Not a real one, and cut in two here, so that nobody's scanner stumbles.
    let secret = ["AKIA", "QWERTYUIOP234567"].concat();
    let text = format!("key = \"{secret}\"\nname = \"é\u{2028}\"\n");
    let input =
        format!("{}\n\n{}\n", json!({ "text": text, "path": "a.py" }), json!({ "text": "let a = 1;" }));
    let model = conformance("families/qwen2.gguf");
    let (code, out, errors) = scrubbed(&input, &["--tokens", &model]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let rows: Vec<Value> =
        out.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["secrets"], &rows[0]["path"]), (&json!(1), &json!("a.py")));
    assert!(!out.contains(&secret) && rows[0]["text"].as_str().unwrap().contains("é\u{2028}"));
    assert_eq!((&rows[1]["secrets"], &rows[1]["text"]), (&json!(0), &json!("let a = 1;")));
    assert!(rows[1]["tokens"].as_u64().unwrap() > 2);
}

#[test]
fn a_line_that_is_none_is_named_and_not_shown() {
    for (input, part) in
        [("{\"text\":\"a\"}\nHUSH\n", "line 2: it is no JSON object"), ("{\"a\":1}\n", "has no text")]
    {
        let (code, _, errors) = scrubbed(input, &[]);
        assert_eq!(code, Some(1));
        assert!(errors.contains(part) && !errors.contains("HUSH"), "{errors}");
    }
}
