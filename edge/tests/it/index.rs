//! Changes, chunks and queries of the index.

use ghostlight_edge::config::Index;
use ghostlight_edge::index::{Change, Sync, check_path, chunks, match_expression, search_terms};
use proptest::prelude::*;
use serde_json::json;

const HASH_OF_A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

#[test]
fn paths_stay_inside() {
    for fine in ["a", "src/a.rs", "ä/ö.py", ".github/x", "a b/c"] {
        assert!(check_path(fine).is_ok(), "{fine}");
    }
    for bad in
        ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\\b", "C:/a", "a\0b", "a\nb", &"a/".repeat(400)]
    {
        assert!(check_path(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_sync_is_read_or_refused() {
    let parse = |body: serde_json::Value| Sync::parse(body.to_string().as_bytes(), &Index::default());
    let (repo, sync) = parse(json!({ "repo": "g/p", "changes": [
        { "op": "add", "path": "a", "hash": HASH_OF_A, "text": "a" }, { "op": "delete", "path": "b" },
    ] }))
    .unwrap();
    assert_eq!(repo, "g/p");
    let put = Change::Put { path: "a".into(), hash: HASH_OF_A.into(), text: "a".into() };
    assert_eq!(sync, Sync::Changes(vec![put, Change::Delete { path: "b".into() }]));
    for bad in [
        json!({ "repo": "g/p" }),
        json!({ "repo": "../p", "changes": [] }),
        json!({ "repo": "g/p", "changes": [], "manifest": [] }),
        json!({ "repo": "g/p", "changes": [{ "op": "add", "path": "a", "hash": HASH_OF_A, "text": "b" }] }),
        json!({ "repo": "g/p", "changes": [{ "op": "add", "path": "../a", "hash": HASH_OF_A, "text": "a" }] }),
        json!({ "repo": "g/p", "changes": [{ "op": "drop", "path": "a" }] }),
        json!({ "repo": "g/p", "changes": [{ "op": "delete", "path": "a", "text": "a" }] }),
        json!({ "repo": "g/p", "manifest": [{ "path": "/etc/passwd", "hash": "" }] }),
        json!({ "repo": 1, "changes": [] }),
    ] {
        assert!(parse(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn names_are_found_by_their_parts() {
    assert_eq!(search_terms("parseHTTPHeader_v2(x)"), ["parse", "http", "header", "parsehttpheaderv2"]);
    assert_eq!(match_expression("read file"), Some("\"read\" OR \"file\"".to_owned()));
    for empty in ["", "   ", "\"*()", "a b", "-:^"] {
        assert_eq!(match_expression(empty), None, "{empty}");
    }
}

#[test]
fn pieces_overlap() {
    let text: String = (1..=100).map(|line| format!("line {line}\n")).collect();
    let chunks = chunks(&text);
    let lines: Vec<usize> = chunks.iter().map(|chunk| chunk.line).collect();
    assert_eq!(lines, [1, 33, 65]);
    assert!(chunks[2].text.ends_with("line 100\n"));
}

proptest! {
    /// Whatever is asked, an expression is words in quotes with OR between.
    #[test]
    fn queries_hold_no_syntax(query in "\\PC*|(\"|\\*|NEAR|AND|OR|NOT|-|\\(|\\)|:|\\^|'|;|--| |drop table){0,20}") {
        if let Some(expression) = match_expression(&query) {
            for part in expression.split(" OR ") {
                let word = part.strip_prefix('"').and_then(|part| part.strip_suffix('"')).unwrap();
                prop_assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric), "{part}");
            }
        }
    }

    /// Every line begins in some chunk, and chunks are bounded.
    #[test]
    fn pieces_cover_a_text(lines in proptest::collection::vec("[a-z]{1,300}", 1..120)) {
        let text = lines.join("\n");
        let chunks = chunks(&text);
        let mut next = 1;
        for chunk in &chunks {
            prop_assert!(chunk.text.len() <= 4096 && chunk.line <= next);
            next = next.max(chunk.line + chunk.text.lines().count());
        }
        prop_assert!(next > lines.len());
    }
}
