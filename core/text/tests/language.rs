//! The language table is consistent, and paths find their rows.

use std::collections::HashSet;

use ghostlight_text::Language;

#[test]
fn rows_are_ordered_and_claim_nothing_twice() {
    let ids: Vec<_> = Language::all().iter().map(|l| l.id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(ids, sorted);
    assert!(ids.len() >= 30);
    let mut names = HashSet::new();
    for language in Language::all() {
        assert_eq!(Language::from_id(language.id), Some(language));
        for extension in language.extensions {
            assert_eq!(extension.to_lowercase(), **extension);
            assert!(names.insert(*extension), "{extension} stands twice");
        }
        for name in language.file_names {
            assert!(names.insert(*name), "{name} stands twice");
        }
    }
}

#[test]
fn paths_find_their_language() {
    let cases = [
        ("src/main.rs", Some("rust")),
        ("C:\\work\\App.TSX", Some("typescriptreact")),
        ("deploy/Dockerfile", Some("dockerfile")),
        ("tsconfig.json", Some("jsonc")),
        ("package.json", Some("json")),
        ("a.b/c", None),
        ("noext", None),
        (".rs", Some("rust")),
        ("", None),
        ("x.", None),
        ("dir.rs/", None),
    ];
    for (path, id) in cases {
        assert_eq!(Language::from_path(path).map(|l| l.id), id, "{path}");
    }
}

#[test]
fn a_comment_cannot_be_left() {
    let comment = |id: &str, text| Language::from_id(id).and_then(|l| l.comment(text));
    assert_eq!(comment("python", "a\nb").as_deref(), Some("# a b"));
    assert_eq!(comment("css", "a*/b.css").as_deref(), Some("/* ab.css */"));
    assert_eq!(comment("css", "a**//b.css").as_deref(), Some("/* ab.css */"));
    assert_eq!(comment("css", "x\r\ny").as_deref(), Some("/* x  y */"));
    assert_eq!(comment("json", "a.json"), None);
}
