//! Text that another model wrote is shown as if the session had written it.

use crate::support::{knowing, session};
use ghostlight_complete::{Event, FinishReason, Request, Skip, Source, Written};
use ghostlight_context::syntax::TreeSitter;
use ghostlight_decode::Cancel;
use pollster::block_on;

const TOKEN: &str = "ghp_8Zq1mT4vXc7Ry2Wk9Ld3Ns6Bf0Gh5Jp1QaEu";

/// Path, text before the cursor, text after it, what a model writes.
const CASES: &[[&str; 4]] = &[
    ["a.json", "{\"a\": ", "\n}", "[1, 2]\n}\n\n{\"b\": 1}"],
    ["a.json", "{\"a\": call(", ")", "1, 2)), 3"],
    ["a.txt", "one two three ", "", "four four four four four four four four four four four four\n"],
    [
        "a.json",
        "{\n    \"a\": {\n        ",
        "\n    }\n}",
        "\"b\": 1,\n        \"c\": 2\n    },\n    \"d\": 3\n}",
    ],
    ["a.json", "{\n    ", "\n}", "```json\n\"a\": 1\n```"],
    ["a.json", "{\"a\": 1,", "", ""],
];

#[test]
fn it_is_what_the_session_itself_would_show() {
    for [path, prefix, suffix, rest] in CASES {
        let request =
            Request { source: Source { path, prefix, suffix }, max_tokens: 200, ..Request::default() };
        let mut own = session(knowing(&format!("{prefix}{rest}")), &[], 8);
        own.set_syntax(TreeSitter::default());
        let shown = block_on(own.complete(request, &Cancel::new(), &|| 0.0, |_| ())).unwrap();

        let mut other = session(knowing("nothing of it"), &[], 8);
        other.set_syntax(TreeSitter::default());
        let reviewed = other.review(&request, rest, Written::Whole);
        assert_eq!(reviewed.text, shown.text, "{prefix:?} {rest:?}");

        // While it grows nothing is made up, and it ends where the filters end it. A filter may take
        // back what is seen to be a repetition only later.
        let ends = rest.char_indices().map(|(at, sign)| at + sign.len_utf8());
        let growing: Vec<_> =
            ends.map(|end| other.review(&request, &rest[..end], Written::Growing)).collect();
        for pair in growing.windows(2) {
            let (earlier, later) = (&pair[0], &pair[1]);
            if later.finish == FinishReason::Length {
                let (short, long) = (earlier.text.len().min(later.text.len()), &later.text);
                assert!(long.starts_with(&earlier.text[..short]), "{:?} {long:?}", earlier.text);
            } else {
                assert_eq!(later.finish, FinishReason::Stop);
            }
        }
        if let Some(first) = growing.iter().find(|one| one.finish == FinishReason::Stop) {
            assert_eq!(first.text, shown.text, "{prefix:?} {rest:?}");
        }
    }
}

#[test]
fn the_guard_reads_it_too() {
    let mut session = session(knowing(""), &[], 8);
    let request = Request {
        source: Source { path: "a.json", prefix: "{\"token\": ", ..Source::default() },
        ..Request::default()
    };
    let text = format!("\"{TOKEN}\"}}");
    let cut = session.review(&request, &text, Written::Whole);
    assert_eq!((cut.text.as_str(), cut.finish), ("", FinishReason::Guarded));
    assert_eq!(cut.cut.map(|cut| cut.rule), Some("github-token"));
    for end in 1..text.len() {
        let shown = session.review(&request, &text[..end], Written::Growing).text;
        let ended = session.review(&request, &text[..end], Written::Truncated).text;
        assert!(!shown.contains("gh") && !ended.contains("gh"), "{end}");
    }
}

#[test]
fn an_empty_text_tells_whether_to_ask() {
    let mut session = session(knowing(""), &[], 8);
    let mut skip = |path: &str, prefix: &str, suffix: &str| {
        let request =
            Request { source: Source { path, prefix, suffix }, event: Event::Typed, ..Request::default() };
        session.review(&request, "", Written::Growing).skip
    };
    assert_eq!(skip("a.py", "total = ", ""), None);
    assert_eq!(skip("a.py", "tot", "al = 1"), Some(Skip::MidWord));
    assert_eq!(skip(".env", "KEY=", ""), Some(Skip::Private));
}
