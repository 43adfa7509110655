//! Syntax without a grammar: samples of every language, small cases, any input, and
//! the same answers as bytes.
#![allow(clippy::disallowed_methods, reason = "what may not take long is timed")]

use crate::samples;
use ghostlight_context::Source;
use ghostlight_context::syntax::{Lexical, Origin, Remote, Syntax, Within, answer, limits, pack_of};
use ghostlight_text::Language;
use proptest::prelude::*;

/// The facts at `▮`.
fn facts(path: &str, text: &str) -> ghostlight_context::syntax::SyntaxFacts {
    let (prefix, suffix) = text.split_once('▮').expect("a cursor");
    Lexical.facts(Source { path, prefix, suffix })
}

#[test]
fn samples_of_every_language() {
    for sample in samples::all() {
        insta::assert_snapshot!(format!("lexical-{}", sample.name), samples::show(&mut Lexical, &sample));
    }
}

#[test]
fn what_the_cursor_is_in() {
    for (path, text, within) in [
        ("a.rs", "let a = \"x▮\";", Within::String),
        ("a.rs", "let a = \"x\"▮;", Within::Code),
        ("a.rs", "let a = \"x▮", Within::String),
        ("a.rs", "fn f<'a>(x: &'a str▮) {}", Within::Code),
        ("a.rs", "let c = '\"'; ▮", Within::Code),
        ("a.rs", "let c = r#\"a \" ▮\"#;", Within::String),
        ("a.rs", "// it▮", Within::Comment),
        ("a.rs", "// it\n▮", Within::Code),
        ("a.rs", "/* it */▮", Within::Code),
        ("a.rs", "use std::▮", Within::Import),
        ("a.py", "x = 'it''s' # don't ▮", Within::Comment),
        ("a.py", "'''\ntext ▮\n'''", Within::String),
        ("a.py", "from a import ▮", Within::Import),
        ("a.py", "x = 'a\ny = ▮", Within::Code),
        ("a.js", "const s = `a\n▮`;", Within::String),
        ("a.js", "import { a▮ } from 'b';", Within::Import),
        ("a.sh", "echo $# ▮", Within::Code),
        ("a.sh", "echo 'a # b' ▮", Within::Code),
        ("a.lua", "--[[ a\n▮ ]]", Within::Comment),
        ("a.sql", "-- it▮", Within::Comment),
        ("a.unknown", "// ▮", Within::Code),
    ] {
        assert_eq!(facts(path, text).within, within, "{path}: {text}");
    }
}

#[test]
fn empty_blocks() {
    for (path, text, expected) in [
        ("a.rs", "fn f() {\n    ▮\n}\n", true),
        ("a.rs", "fn f() {▮}", true),
        ("a.rs", "fn f() {\n    ▮", true),
        ("a.rs", "fn f() {\n    g();\n    ▮\n}\n", false),
        ("a.rs", "fn f() {\n    ▮\n    g();\n}\n", false),
        ("a.py", "def f():\n    ▮\n\ndef g():\n    pass\n", true),
        ("a.py", "def f():\n    ▮\n    return 1\n", false),
        ("a.py", "def f():\n    return 1\n    ▮\n", false),
        ("a.rb", "def f\n  ▮\nend\n", true),
        ("a.sh", "if true; then\n  ▮\nfi\n", true),
        ("a.md", "# A\n▮\n", false),
    ] {
        assert_eq!(facts(path, text).in_empty_block, expected, "{path}: {text}");
    }
}

/// The text up to each end of a statement, with its depth, and up to the end of the block.
fn ends(path: &str, text: &str, insert: &str) -> (Vec<(String, u32)>, Option<String>) {
    let (prefix, suffix) = text.split_once('▮').expect("a cursor");
    let insertion = Lexical.insertion(Source { path, prefix, suffix }, insert);
    let ends = insertion.statements.iter().map(|end| (insert[..end.at].to_owned(), end.depth));
    (ends.collect(), insertion.block_end.map(|end| insert[..end].to_owned()))
}

#[test]
fn statements_and_blocks_end() {
    let own = |text: &str, depth| (text.to_owned(), depth);
    assert_eq!(
        ends("a.rs", "fn f() {\n    ▮", "a();\n    if b {\n        c();\n    }\n}\nfn g() {}"),
        (
            vec![
                own("a();", 0),
                own("a();\n    if b {\n        c();", 1),
                own("a();\n    if b {\n        c();\n    }", 0)
            ],
            Some("a();\n    if b {\n        c();\n    }\n".to_owned())
        )
    );
    assert_eq!(
        ends("a.js", "f(▮", "(x) => {\n  y;\n});\nz()\n"),
        (
            vec![own("(x) => {\n  y;", 1), own("(x) => {\n  y;\n});", 0), own("(x) => {\n  y;\n});\nz()", 0)],
            None
        )
    );
    let (python, block) = ends(
        "a.py",
        "def f():\n    ▮",
        "x = [\n        1,\n    ]\n    if x:\n        y()\n    z()\n\ndef g():\n    pass\n",
    );
    let at_zero: Vec<_> = python
        .iter()
        .filter(|(_, depth)| *depth == 0)
        .map(|(text, _)| text.lines().last().unwrap())
        .collect();
    assert_eq!(at_zero, ["    ]", "        y()", "    z()"]);
    assert!(block.is_some_and(|block| block.ends_with("z()\n\n")));
    assert_eq!(ends("a.md", "▮", "text\n\nmore\n"), (vec![], None));
}

#[test]
fn a_long_file_is_cut_between_definitions() {
    let text: String =
        (0..60).map(|i| format!("fn f{i}(x: u32) -> u32 {{\n    let y = x + {i};\n    y\n}}\n\n")).collect();
    let outline = Lexical.outline("a.rs", &text);
    assert_eq!(outline.definitions.len(), 60);
    assert!((5..=9).contains(&outline.cuts.len()), "{:?}", outline.cuts);
    for cut in outline.cuts {
        assert!(text[cut..].starts_with("fn f"), "{:?}", &text[cut..cut + 10]);
    }
    let plain = "word\n".repeat(1000);
    assert!(!Lexical.outline("a.unknown", &plain).cuts.is_empty());
}

#[test]
fn every_language_with_a_pack_is_in_the_table() {
    let packs: std::collections::BTreeSet<_> = samples::all().into_iter().map(|sample| sample.name).collect();
    let found: std::collections::BTreeSet<_> = Language::all()
        .iter()
        .flat_map(|language| language.extensions)
        .filter_map(|extension| pack_of(&format!("a.{extension}")).map(str::to_owned))
        .collect();
    assert_eq!(found, packs);
    assert_eq!(packs.len(), 24);
}

#[test]
fn answers_are_the_same_as_bytes() {
    for sample in samples::all() {
        let mut asked = Vec::new();
        let mut remote = Remote::new(|pack: &str, question: &[u8]| {
            asked.push(pack.to_owned());
            answer(&mut Lexical, question)
        });
        assert_eq!(remote.facts(sample.source()), Lexical.facts(sample.source()));
        let insertion = Lexical.insertion(sample.source(), &sample.insert);
        assert_eq!(remote.insertion(sample.source(), &sample.insert), insertion);
        assert_eq!(
            remote.outline(&sample.path, &sample.text()),
            Lexical.outline(&sample.path, &sample.text())
        );
        assert_eq!(asked, [sample.name.as_str(); 3]);
    }
    // Without a pack, or for a language that has none, one is enough.
    let source = Source { path: "a.rs", prefix: "fn f() {", suffix: "}" };
    assert_eq!(Remote::new(|_: &str, _: &[u8]| None).facts(source), Lexical.facts(source));
    let source = Source { path: "a.zig", ..source };
    assert_eq!(Remote::new(|_: &str, _: &[u8]| panic!("no pack")).facts(source), Lexical.facts(source));
}

fn paths() -> impl Strategy<Value = String> {
    let extensions: Vec<_> = Language::all().iter().flat_map(|language| language.extensions).collect();
    prop::sample::select(extensions).prop_map(|extension| format!("a.{extension}"))
}

/// Pieces of which code is made, in any order.
fn nonsense() -> impl Strategy<Value = String> {
    let pieces = vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\n",
        "  ",
        "\t",
        "\"",
        "'",
        "`",
        "\\",
        "//",
        "/*",
        "*/",
        "#",
        "--",
        "[[",
        "]]",
        "fn ",
        "def ",
        "class A",
        "import ",
        "use ",
        "from x ",
        ";",
        ":",
        "=>",
        "x",
        "é",
        "漢",
        "\r\n",
        "end",
        "do",
        "<!--",
        "-->",
        "r#\"",
        "$",
        "@",
        "🙂",
        "if ",
        "1",
        ",",
        ".",
        "impl<T> X for Y<T> {",
        "require('a')",
        "# T",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_has_facts_within_it(path in paths(), prefix in nonsense(), suffix in nonsense(), text in nonsense()) {
        let source = Source { path: &path, prefix: &prefix, suffix: &suffix };
        let whole = [prefix.as_str(), &suffix].concat();
        let facts = Lexical.facts(source);
        prop_assert_eq!(facts.origin, Origin::Lexical);
        let spans = facts.scopes.iter().map(|x| x.span)
            .chain(facts.imports.iter().map(|x| x.span))
            .chain(facts.definitions.iter().map(|x| x.span))
            .chain(facts.references.iter().map(|x| x.span));
        for span in spans {
            prop_assert!(whole.get(span.start.0..span.end.0).is_some(), "{:?}", span);
        }
        let insertion = Lexical.insertion(source, &text);
        for at in insertion.statements.iter().map(|end| end.at).chain(insertion.block_end) {
            prop_assert!(text.is_char_boundary(at), "{at}");
        }
        let outline = Lexical.outline(&path, &whole);
        prop_assert!(outline.cuts.is_sorted() && outline.cuts.iter().all(|&cut| whole.is_char_boundary(cut)));
        // What was read can be sent: nothing is over its limit.
        let mut remote = Remote::new(|_: &str, question: &[u8]| answer(&mut Lexical, question));
        prop_assert_eq!(remote.facts(source), facts);
        prop_assert_eq!(remote.insertion(source, &text), insertion);
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_no_answer(
        at in 0usize..2000, byte in any::<u8>(), cut in 0usize..2000, garbage in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let sample = &samples::all()[16];
        let whole = sample.text();
        let mut remote = Remote::new(|_: &str, question: &[u8]| {
            let mut bytes = answer(&mut Lexical, question)?;
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(if cut < 1000 { cut } else { bytes.len() });
            Some(bytes)
        });
        for definition in remote.facts(sample.source()).definitions {
            prop_assert!(whole.get(definition.span.start.0..definition.span.end.0).is_some());
            prop_assert!(definition.name.len() <= limits::NAME);
        }
        remote.insertion(sample.source(), &sample.insert);
        remote.outline(&sample.path, &whole);
        // The other side is as careful.
        answer(&mut Lexical, &garbage);
    }
}

#[test]
fn long_texts_take_linear_time() {
    for piece in ["{", "(", "fn f() {\n", "\"", "/*", "import (\n", "'", "x ", "\n", "function f(", "a.b({"] {
        let text = piece.repeat(400_000 / piece.len());
        for path in ["a.rs", "a.py", "a.ts", "a.go", "a.rb"] {
            let start = std::time::Instant::now();
            Lexical.facts(Source { path, prefix: &text, suffix: "}" });
            Lexical.insertion(Source { path, prefix: "x", suffix: "}" }, &text[..20_000]);
            Lexical.outline(path, &text);
            // Far above what it takes unoptimised, far below what a square would.
            assert!(start.elapsed().as_secs() < 20, "{path}: {piece:?} took {:?}", start.elapsed());
        }
    }
}
