//! Syntax by tree-sitter: queries of every language, samples, edits, any input.
#![allow(clippy::disallowed_methods, reason = "what may not take long is timed")]
#![cfg(feature = "grammars")]

use crate::samples;
use std::cell::RefCell;

use ghostlight_context::Source;
use ghostlight_context::syntax::{
    Lexical, Origin, QUERIES, Queries, Remote, Syntax, TreeSitter, answer, limits,
};
use ghostlight_text::Language;
use proptest::prelude::*;

#[test]
fn every_language_has_every_query_and_it_compiles() {
    let all = TreeSitter::with_all();
    let names: Vec<_> = QUERIES.iter().map(|queries| queries.name).collect();
    assert!(names.len() >= 24 && names.is_sorted());
    assert!(all.names().eq(names.iter().copied()));
    all.check().unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let files = std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file());
    assert_eq!(files.count(), names.len(), "a file without a row");
    for queries in QUERIES {
        let (outline, place) = queries.parts();
        assert!(!outline.is_empty() && !place.is_empty(), "{} has no `; place`", queries.name);
        for kind in Queries::KINDS {
            let has = queries.text.contains(&format!("@{kind}"));
            assert_eq!(has, !queries.without.contains(&kind), "{}: @{kind}", queries.name);
        }
        for language in queries.languages {
            assert!(Language::from_id(language).is_some(), "{language}");
        }
    }
}

#[test]
fn samples_of_every_language() {
    let mut trees = TreeSitter::with_all();
    for sample in samples::all() {
        insta::assert_snapshot!(format!("tree-{}", sample.name), samples::show(&mut trees, &sample));
    }
}

/// The bytes that a pack gives to the engine; `tests/browser/syntax.test.mjs` compares
/// what packs give in a browser with these.
#[test]
fn answers_of_every_language() {
    let mut trees = TreeSitter::with_all();
    for sample in samples::all() {
        let mut bytes = Vec::new();
        let facts = Remote::new(|_: &str, question: &[u8]| {
            bytes = answer(&mut trees, question)?;
            Some(bytes.clone())
        })
        .facts(sample.source());
        assert_eq!(facts.origin, Origin::Tree);
        let lines = bytes
            .chunks(50)
            .map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n");
        insta::assert_snapshot!(format!("answer-{}", sample.name), lines.collect::<String>());
        assert_eq!(facts, trees.facts(sample.source()));
    }
}

#[test]
fn the_samples_are_read_by_a_tree_and_without_errors() {
    let mut trees = TreeSitter::with_all();
    for sample in samples::all() {
        // A file that somebody types has errors; with the text it should have none.
        let whole = [&sample.prefix, "", &sample.suffix].concat();
        let outline = trees.outline(&sample.path, &whole);
        assert_eq!(outline.origin, Origin::Tree, "{}", sample.name);
        assert!(!outline.definitions.is_empty(), "{}", sample.name);
    }
}

/// Excerpts, as an editor has files whose other end is still to be written.
#[test]
fn a_bracket_that_the_text_opened_ends_no_block_around_it() {
    let mut trees = TreeSitter::with_all();
    for (path, prefix, insert, suffix) in [
        (
            "a_spec.lua",
            "   it('x', function()\n      local output = run('lib[1]')\n      ",
            "assert.match(output, output)",
            "\n         end, finally)\n      end)\n\n   end)\n\nend)\n",
        ),
        (
            "a_test.go",
            "func f() {\n\tt.Run(\"x\", func(t *testing.T) {\n\t\ts := httptest.NewServer(",
            "t.HandleFunc(\"/\", func(rw http.ResponseWriter, r *http.Request) {\n\t\t\trw.Write(nil)\n\t\t})",
            "\n\t\tdefer s.Close()\n\t})\n}\n",
        ),
    ] {
        let insertion = trees.insertion(Source { path, prefix, suffix }, insert);
        assert_eq!(insertion.origin, Origin::Tree);
        assert_eq!(insertion.block_end, None, "{path}");
    }
    // What closes a bracket from before does.
    let source = Source { path: "a.go", prefix: "func f() {\n\tg(func() {\n\t\t", suffix: "\n}\n" };
    assert_eq!(trees.insertion(source, "h(1)\n\t})").block_end, Some("h(1)\n\t".len()));
}

thread_local! {
    /// Compiling queries takes longer than all that the cases do.
    static TREES: RefCell<(TreeSitter, TreeSitter)> = RefCell::new((TreeSitter::with_all(), TreeSitter::with_all()));
}

/// Edits of a text: where, how much goes, what comes.
/// A file that is broken elsewhere: what is good at the cursor is not withheld for it, what is bad is.
#[test]
fn a_broken_file_is_broken_by_what_touches_the_text() {
    let mut trees = TreeSitter::with_all();
    let broken = "function before( {{\n  let a = ;\n}\n\nclass Open {\n  constructor(\n\n";
    let prefix = [broken, "export function add(a, b) {\n  "].concat();
    let source =
        Source { path: "sum.ts", prefix: &prefix, suffix: "\n}\n\nfunction after() {\n  return [1, ;\n}\n" };
    for good in ["return a + b;", "const sum = a + b;\n  return sum;", "if (a) {\n    return b;\n  }"] {
        assert!(!trees.insertion(source, good).breaks, "{good}");
    }
    let whole = Source { path: "sum.ts", prefix: "export function add(a, b) {\n  ", suffix: "\n}\n" };
    for bad in ["return ((a + b;", "const = 5 5;"] {
        assert!(trees.insertion(whole, bad).breaks, "{bad}");
    }
}

/// A line is gone that opened what stands below it: what opens it again mends the file, nothing else does.
#[test]
fn what_opens_the_lines_below_mends_the_file() {
    let mut trees = TreeSitter::with_all();
    for (path, prefix, suffix, opens, closes) in [
        ("a.rs", "fn f() {\n    ", "\n        g();\n    }\n}\n", "if a {", "a();"),
        ("a.go", "package p\n\nfunc f() {\n\t", "\n\t\tg()\n\t}\n}\n", "for a {", "a()"),
        ("a.ts", "function f() {\n  ", "\n    g();\n  });\n}\n", "a.forEach((b) => {", "a();"),
        ("a.java", "class A {\n    ", "\n        g();\n    }\n}\n", "void f() {", "int a;"),
        ("a.c", "int f() {\n  ", "\n    g();\n  }\n}\n", "while (a) {", "a();"),
        ("a.lua", "function f()\n   ", "\n      g()\n   end\nend\n", "if a then", "a()"),
        ("a.php", "<?php\nfunction f() {\n    ", "\n        g();\n    }\n}\n", "if ($a) {", "a();"),
    ] {
        let source = Source { path, prefix, suffix };
        for (text, mends) in [(opens, true), (closes, false)] {
            let insertion = trees.insertion(source, text);
            assert!(insertion.was_broken, "{path}");
            assert_eq!(insertion.mends, mends, "{path}: {text}");
        }
    }
    let whole = Source { path: "a.rs", prefix: "fn f() {\n    ", suffix: "\n}\n" };
    let insertion = trees.insertion(whole, "if a {");
    assert!(insertion.breaks && !insertion.was_broken && !insertion.mends);
}

/// What stands behind the cursor on its line belongs to the statement that the text makes.
#[test]
fn a_text_has_to_fit_the_rest_of_its_line() {
    let mut trees = TreeSitter::with_all();
    let before = "int main(void) {\n  if (!(i";
    let source = Source { path: "a.c", prefix: before, suffix: "ename);\n    return 2;\n  }\n}\n" };
    let errors = |trees: &mut TreeSitter, text| trees.insertion(source, text).errors;
    let fits = "n = open(name))) {\n    fail(fil";
    assert_eq!(errors(&mut trees, fits), []);
    let two_statements = "n = open(name))) { return 1; } int ";
    assert!(!errors(&mut trees, two_statements).is_empty());
    // Brackets that an editor closed say nothing of the text.
    let closed = Source { path: "a.c", prefix: "int main(void) {\n  f(", suffix: ");\n  }}}\n" };
    assert_eq!(trees.insertion(closed, "1, 2").errors, []);
}

fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, String)>> {
    let pieces = vec![
        "x", "\n", "    ", "}", "{", "(", ")", "\"", "a.b();\n", "# ", "é", "if x:\n", "end\n", "漢", ";",
    ];
    let piece = prop::collection::vec(prop::sample::select(pieces), 0..4).prop_map(|pieces| pieces.concat());
    prop::collection::vec((any::<prop::sample::Index>(), 0usize..6, piece), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever was read before, an answer is that of a reader that has read nothing.
    #[test]
    fn a_text_that_was_edited_is_read_as_a_new_one(nth in 0usize..24, edits in edits()) {
        let sample = &samples::all()[nth];
        let mut text = sample.text();
        TREES.with_borrow_mut(|(old, new)| {
            old.forget(&sample.path);
            for (at, gone, piece) in edits {
                let start = text.floor_char_boundary(at.index(text.len() + 1));
                let end = text.ceil_char_boundary((start + gone).min(text.len()));
                text.replace_range(start..end, &piece);
                let cursor = start + piece.len();
                let source = Source { path: &sample.path, prefix: &text[..cursor], suffix: &text[cursor..] };
                new.forget(&sample.path);
                prop_assert_eq!(old.facts(source), new.facts(source));
            }
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_read(nth in 0usize..24, from in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..200), insert in ".{0,40}") {
        let sample = &samples::all()[nth];
        let text = sample.text();
        let at = text.floor_char_boundary(from.index(text.len()));
        let noise = String::from_utf8_lossy(&bytes);
        let prefix = [&text[at..], &noise].concat();
        let source = Source { path: &sample.path, prefix: &prefix, suffix: &text[..at] };
        let whole = [prefix.as_str(), &text[..at]].concat();
        TREES.with_borrow_mut(|(trees, _)| {
            let facts = trees.facts(source);
            for definition in &facts.definitions {
                prop_assert!(whole.get(definition.span.start.0..definition.span.end.0).is_some());
            }
            let insertion = trees.insertion(source, &insert);
            prop_assert!(insertion.risks.len() <= limits::RISKS);
            let mut remote = Remote::new(|_: &str, question: &[u8]| answer(&mut *trees, question));
            prop_assert_eq!(&remote.insertion(source, &insert), &insertion);
            for at in insertion.statements.iter().map(|end| end.at).chain(insertion.block_end) {
                prop_assert!(insert.is_char_boundary(at), "{at}");
            }
            trees.outline(&sample.path, &whole);
            Ok(())
        })?;
    }
}

/// The scanner of bash looks digits up in a table; what is far beyond it was read, too.
#[test]
fn a_scanner_is_shown_what_it_can_look_up() {
    let mut trees = TreeSitter::with_all();
    for piece in ["{\u{d01d7}..3}", "{1\u{10ffff}..é}", "{漢..\u{1f600}}"] {
        let text = format!("name=漢é\necho {piece} \"$name\"\n");
        let facts = trees.facts(Source { path: "a.sh", prefix: &text, suffix: "" });
        assert_eq!(facts.origin, Origin::Tree, "{piece}");
        assert_eq!(trees.outline("a.sh", "f() { echo 漢; }\n").definitions[0].name, "f");
    }
}

#[test]
fn texts_made_to_take_long_do_not() {
    let mut trees = TreeSitter::with_all();
    let start = std::time::Instant::now();
    for piece in ["(", "<a>", "a?b:"] {
        for sample in samples::all() {
            let text = piece.repeat(2_000 / piece.len());
            let source = Source { path: &sample.path, prefix: &text, suffix: "" };
            trees.facts(source);
            trees.insertion(source, piece);
        }
    }
    // Far above what it takes unoptimised on a busy machine; without a bound it is hours.
    assert!(start.elapsed().as_secs() < 300, "{:?}", start.elapsed());
}

#[test]
fn what_is_too_long_is_read_without_a_grammar() {
    let text = "fn f() { g(); }\n".repeat(40_000);
    let source = Source { path: "a.rs", prefix: &text, suffix: "" };
    assert_eq!(TreeSitter::with_all().facts(source), Lexical.facts(source));
}
