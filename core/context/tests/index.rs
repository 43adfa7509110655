//! The index: words, ranking, rules, imports, edits, and bytes.

use std::collections::BTreeMap;

use ghostlight_context::index::{
    FileStamp, GitIgnore, Index, IndexRules, Place, Question, StoreError, Updated, terms,
};
use ghostlight_context::syntax::Lexical;
use ghostlight_guard::PrivacyRules;
use proptest::prelude::*;

fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    terms(text, |term| all.push(term.to_owned()));
    all
}

#[test]
fn identifiers_are_their_parts_and_themselves() {
    for (text, expected) in [
        ("parseHttpHeader", "parse http header parsehttpheader"),
        ("parse_http_header(x)", "parse http header parsehttpheader"),
        ("HTTPServer2", "http server httpserver2"),
        ("MAX_LEN", "max len maxlen"),
        ("a b1 if", "b1 if"),
        ("user.name = 42;", "user name"),
        ("größeÄndern", "größe ändern größeändern"),
        ("__init__", "init"),
        ("", ""),
    ] {
        assert_eq!(words(text).join(" "), expected, "{text}");
    }
}

fn index(files: &[(&str, &str)]) -> Index {
    let mut index = Index::default();
    for (path, text) in files {
        assert_eq!(index.update(path, 1, text, &mut Lexical), Updated::Read, "{path}");
    }
    index
}

fn question(text: &str) -> Question {
    let mut question = Question::default();
    question.add(text, 1.0);
    question
}

/// BM25 as the formula says it, over whole texts.
fn naive(pieces: &[String], asked: &str) -> Vec<(usize, f32)> {
    let pieces: Vec<Vec<String>> = pieces.iter().map(|text| words(text)).collect();
    let length = |piece: &Vec<String>| piece.len().max(1) as f32;
    let mean = pieces.iter().map(length).sum::<f32>() / pieces.len() as f32;
    let mut asked = words(asked);
    asked.sort();
    asked.dedup();
    let mut scores = vec![0.0; pieces.len()];
    for term in asked {
        let found = pieces.iter().filter(|piece| piece.contains(&term)).count() as f32;
        let all = pieces.len() as f32;
        if found > 16.0 && found > all / 3.0 {
            continue;
        }
        let rarity = ((all - found + 0.5) / (found + 0.5) + 1.0).ln();
        for (score, piece) in scores.iter_mut().zip(&pieces) {
            let count = piece.iter().filter(|word| **word == term).count() as f32;
            *score += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length(piece) / mean));
        }
    }
    let mut ranked: Vec<_> = scores.into_iter().enumerate().filter(|(_, score)| *score > 0.0).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked
}

fn prose() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["getUser", "set_user", "cache", "HttpCache", "user", "x1", "\n", "list"]),
        1..30,
    )
    .prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_ranking_is_that_of_the_formula(texts in prop::collection::vec(prose(), 1..20), asked in prose()) {
        let mut index = Index::default();
        for (nth, text) in texts.iter().enumerate() {
            index.update(&format!("{nth}.txt"), 1, text, &mut Lexical);
        }
        let hits = index.search(&question(&asked), "", 100);
        let expected = naive(&texts, &asked);
        prop_assert_eq!(hits.len(), expected.len());
        let mut scores: Vec<f32> = hits.iter().map(|hit| hit.score).collect();
        for (score, (_, expected)) in scores.drain(..).zip(&expected) {
            prop_assert!((score - expected).abs() <= 1e-4 * expected.max(1.0), "{score} {expected}");
        }
    }

    /// However the files came to be what they are, what is found is the same.
    #[test]
    fn an_index_that_was_edited_finds_what_a_new_one_finds(
        steps in prop::collection::vec((0usize..6, prop::option::of(prop::collection::vec(prose(), 0..8))), 1..30),
        asked in prose(),
    ) {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let mut edited = Index::default();
        for (nth, text) in steps {
            let path = format!("src/f{nth}.rs");
            match text {
                Some(parts) => {
                    let text: String = parts.iter().map(|part| format!("fn f() {{\n{part}\n}}\n\n").repeat(4)).collect();
                    edited.update(&path, 1, &text, &mut Lexical);
                    files.insert(path, text);
                }
                None => {
                    edited.remove(&path);
                    files.remove(&path);
                }
            }
        }
        let mut fresh = Index::default();
        for (path, text) in &files {
            fresh.update(path, 1, text, &mut Lexical);
        }
        let stored = Index::from_bytes(&edited.to_bytes(), IndexRules::default()).unwrap();
        let found = |index: &Index| -> Vec<(String, usize, String)> {
            let mut hits: Vec<_> = index.search(&question(&asked), "", 1000).iter()
                .map(|hit| (hit.path.to_owned(), hit.span.start.0, format!("{:.3}", hit.score))).collect();
            hits.sort();
            hits
        };
        prop_assert_eq!(found(&edited), found(&fresh));
        prop_assert_eq!(found(&stored), found(&fresh));
        prop_assert_eq!(edited.size().symbols, fresh.size().symbols);
        prop_assert_eq!(edited.size().text, fresh.size().text);
        prop_assert_eq!(stored.size().pieces, fresh.size().pieces);
        prop_assert_eq!(stored.symbols("f", "").count(), fresh.symbols("f", "").count());
    }

    #[test]
    fn bytes_that_are_no_index_are_refused(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
        garbage in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let index = index(&[("a.rs", "use b::c;\nfn f() { cache(); }\n"), ("é/b.py", "def g():\n    return user\n")]);
        let bytes = index.to_bytes();
        prop_assert!(Index::from_bytes(&bytes[..cut.index(bytes.len())], IndexRules::default()).is_err());
        let mut changed = bytes.clone();
        let at = at.index(bytes.len());
        changed[at] = byte;
        if let Ok(read) = Index::from_bytes(&changed, IndexRules::default()) {
            // Some changes make another index, which then has to work.
            let _ = read.search(&question("cache user"), "a.rs", 10);
            let _ = read.to_bytes();
        }
        prop_assert!(Index::from_bytes(&[b"GLIX\x01", &garbage[..]].concat(), IndexRules::default()).is_err() || garbage.len() < 8);
    }
}

#[test]
fn counts_that_promise_too_much_take_no_memory() {
    for count in [&[0xff, 0xff, 0xff, 0xff, 0x0f][..], &[0xff; 9], &[0x80, 0x80, 0x01]] {
        let bytes = [b"GLIX\x01", count].concat();
        assert!(matches!(Index::from_bytes(&bytes, IndexRules::default()), Err(StoreError::Damaged { .. })));
    }
    assert_eq!(Index::from_bytes(b"GLIX\x02", IndexRules::default()).unwrap_err(), StoreError::Version);
    assert_eq!(Index::from_bytes(b"", IndexRules::default()).unwrap_err(), StoreError::Version);
}

#[test]
fn symbols_are_found_in_other_files() {
    let index = index(&[
        ("a.rs", "pub fn load(path: &str) -> Cache {\n    todo()\n}\n"),
        ("b.rs", "struct Cache {\n    size: usize,\n}\n\nfn load() {}\n"),
    ]);
    let found: Vec<_> = index
        .symbols("load", "b.rs")
        .map(|symbol| (symbol.path, symbol.definition.signature.as_str()))
        .collect();
    assert_eq!(found, [("a.rs", "pub fn load(path: &str) -> Cache")]);
    assert_eq!(index.symbols("Cache", "").next().map(|symbol| symbol.text.lines().count()), Some(3));
    assert_eq!(index.symbols("nobody", "").count(), 0);
    let hits = index.search(&question("cache_size"), "a.rs", 5);
    assert_eq!(hits.first().map(|hit| hit.path), Some("b.rs"));
}

#[test]
fn gitignore_files() {
    let files = [
        GitIgnore::parse(
            ".gitignore",
            "# made\n*.log\n!keep.log\n/out\ntmp/\ndocs/*.pdf\n**/gen/**\na?c\n[xy].md\nspace\\ \n\\#x\nfoo/**/bar\n",
        ),
        GitIgnore::parse("web/.gitignore", "*.map\n/local\n!debug.log\r\n"),
    ];
    let rules = IndexRules { ignored: files.to_vec(), ..IndexRules::default() };
    for (path, ignored) in [
        ("a.log", true),
        ("deep/a.log", true),
        ("keep.log", false),
        ("out", true),
        ("out/a.rs", true),
        ("src/out", false),
        ("src/tmp/a.rs", true),
        ("tmp", false),
        ("docs/a.pdf", true),
        ("docs/deep/a.pdf", false),
        ("src/gen/a.rs", true),
        ("src/gen", false),
        ("abc", true),
        ("abbc", false),
        ("x.md", true),
        ("z.md", false),
        ("#x", true),
        ("foo/bar", true),
        ("foo/a/b/bar/c", true),
        ("foo/barn", false),
        ("web/a.map", true),
        ("a.map", false),
        ("web/local/x", true),
        ("web/deep/local", false),
        ("web/debug.log", false),
        // What is in a folder that is ignored cannot be taken back in.
        ("tmp/keep.log", true),
    ] {
        assert_eq!(!rules.allow_path(path), ignored, "{path}");
    }
}

proptest! {
    #[test]
    fn any_gitignore_is_read(text in "[a*?!/\\[\\]\\\\. \n-]{0,40}", path in "[a/.]{0,30}") {
        let rules = IndexRules { ignored: vec![GitIgnore::parse(".gitignore", &text)], ..IndexRules::default() };
        let _ = rules.allow_path(&path);
    }
}

#[test]
fn many_stars_take_no_long_time() {
    let rules = IndexRules {
        ignored: vec![GitIgnore::parse(
            ".gitignore",
            &format!("{}b\n{}b\n", "a*".repeat(200), "**/a/".repeat(100)),
        )],
        ..IndexRules::default()
    };
    assert!(rules.allow_path(&"a".repeat(4000)));
    assert!(rules.allow_path(&"a/".repeat(1000)));
}

#[test]
fn what_rules_leave_out_is_not_in_the_index() {
    let privacy = vec![PrivacyRules::builtin(), PrivacyRules::parse("nowhere secret/**").unwrap()];
    let mut index = Index::new(IndexRules { privacy, ..IndexRules::default() });
    for path in [
        ".env",
        "secret/a.rs",
        "node_modules/x/a.js",
        "web/dist/a.js",
        "Cargo.lock",
        "a.min.js",
        "certs/a.pem",
    ] {
        assert_eq!(index.update(path, 1, "text", &mut Lexical), Updated::LeftOut, "{path}");
    }
    assert_eq!(index.update("a.rs", 1, "fn f() {}", &mut Lexical), Updated::Read);
    assert_eq!(index.update("a.rs", 2, "fn f() {}", &mut Lexical), Updated::Unchanged);
    assert_eq!(index.update("b.rs", 1, &"x".repeat(5000), &mut Lexical), Updated::LeftOut);
    assert_eq!(index.update("c.rs", 1, "a\0b", &mut Lexical), Updated::LeftOut);
    // A file that becomes one to leave out goes.
    assert_eq!(index.update("a.rs", 3, "a\0b", &mut Lexical), Updated::LeftOut);
    assert_eq!(index.size().files, 0);
    index.update("a.rs", 1, "fn f() {}", &mut Lexical);
    let bytes = index.to_bytes();
    let rules = IndexRules { ignored: vec![GitIgnore::parse(".gitignore", "a.rs")], ..IndexRules::default() };
    assert_eq!(Index::from_bytes(&bytes, rules).unwrap().size().files, 0);
}

#[test]
fn a_listing_says_what_has_to_be_read() {
    let mut index = index(&[("a.rs", "fn a() {}"), ("b.rs", "fn b() {}"), ("gone.rs", "fn c() {}")]);
    let stamp = |path: &str, size, modified| FileStamp { path: path.to_owned(), size, modified };
    let listing = [
        stamp("a.rs", 9, 1),
        stamp("b.rs", 9, 2),
        stamp("new.rs", 5, 1),
        stamp("target/x.rs", 5, 1),
        stamp("big.rs", 1 << 30, 1),
    ];
    assert_eq!(index.begin(&listing), [1, 2]);
    let mut paths: Vec<_> = index.paths().collect();
    paths.sort_unstable();
    assert_eq!(paths, ["a.rs", "b.rs"]);
}

#[test]
fn imports_lead_to_files() {
    let index = index(&[
        ("src/cache.rs", "fn a() {}"),
        ("src/net/mod.rs", "fn a() {}"),
        ("src/net/http.rs", "fn a() {}"),
        ("other/cache.rs", "fn a() {}"),
        ("app/models/user.py", "x = 1"),
        ("app/models/__init__.py", "x = 1"),
        ("app/views.py", "x = 1"),
        ("web/src/api.ts", "let x = 1;"),
        ("web/src/ui/Button.tsx", "let x = 1;"),
        ("web/src/ui/index.ts", "let x = 1;"),
        ("java/org/acme/Cart.java", "class Cart {}"),
        ("c/list.h", "int x;"),
        ("go/internal/store/store.go", "package store"),
    ]);
    for (path, module, expected) in [
        ("src/main.rs", "crate::cache::Cache", Some("src/cache.rs")),
        ("other/main.rs", "crate::cache", Some("other/cache.rs")),
        ("src/main.rs", "crate::net", Some("src/net/mod.rs")),
        ("src/main.rs", "net::http::get", Some("src/net/http.rs")),
        ("src/main.rs", "std::fmt", None),
        ("app/main.py", "app.models.user", Some("app/models/user.py")),
        ("app/views.py", ".models.user", Some("app/models/user.py")),
        ("app/views.py", ".models", Some("app/models/__init__.py")),
        ("app/models/user.py", "..views", Some("app/views.py")),
        ("app/main.py", "json", None),
        ("web/src/App.tsx", "./api", Some("web/src/api.ts")),
        ("web/src/App.tsx", "./api.js", Some("web/src/api.ts")),
        ("web/src/App.tsx", "./ui", Some("web/src/ui/index.ts")),
        ("web/src/ui/Card.tsx", "../api", Some("web/src/api.ts")),
        ("web/src/App.tsx", "react", None),
        ("java/org/acme/Shop.java", "org.acme.Cart", Some("java/org/acme/Cart.java")),
        ("c/list.c", "list.h", Some("c/list.h")),
        ("go/main.go", "example.com/x/internal/store", Some("go/internal/store/store.go")),
    ] {
        assert_eq!(index.resolve(path, module), expected, "{path}: {module}");
    }
}

#[test]
fn the_latest_places_come_first() {
    let mut index = index(&[("a.rs", "one\ntwo\nthree\n"), ("b.rs", "x\n")]);
    let place = |path: &str, first, last| Place { path: path.to_owned(), first, last };
    index.note_edit(place("a.rs", 0, 0));
    index.note_edit(place("b.rs", 0, 0));
    index.note_edit(place("a.rs", 1, 1));
    let edited: Vec<_> = index.edited().cloned().collect();
    assert_eq!(edited, [place("a.rs", 0, 1), place("b.rs", 0, 0)]);
    assert_eq!(index.lines(&edited[0]), Some("one\ntwo\n"));
    assert_eq!(index.lines(&place("a.rs", 2, 9)), Some("three\n"));
    assert_eq!(index.lines(&place("a.rs", 9, 9)), None);
    for line in 0..100 {
        index.note_visit(place("a.rs", line * 100, line * 100));
    }
    assert_eq!(index.visited().count(), 32);
    let stored = Index::from_bytes(&index.to_bytes(), IndexRules::default()).unwrap();
    assert!(stored.edited().eq(index.edited()) && stored.visited().eq(index.visited()));
    index.remove("a.rs");
    assert_eq!((index.edited().count(), index.visited().count()), (1, 0));
}
