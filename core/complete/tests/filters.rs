//! Golden cases of the post filters, and what holds for all of them on any text.
//!
//! A case is a file in the folder of its filter (`all` runs the whole list):
//! the file being edited with `▮` for the cursor, what the model wrote, and
//! what is kept of it. `growing` after `model` means that more may follow,
//! `ended` after `kept` that it could not matter any more.

use crate::support::golden::{Case, golden};
use ghostlight_complete::filter::{self, FILTERS, Filter, FilterOutput, Place};
use ghostlight_context::Source;
use ghostlight_context::syntax::{Insertion, Lexical, StatementEnd, Syntax};
use ghostlight_text::{Language, Span};
use proptest::prelude::*;

fn place(case: &Case) -> Place<'_> {
    let Source { path, prefix, suffix } = case.source();
    Place { growing: case.growing, ..Place::new(prefix, suffix, Language::from_path(path)) }
}

fn check(folder: &str, filter: impl for<'a> Fn(&Case, &Place<'_>, &'a str) -> FilterOutput<'a>) {
    let cases = golden(folder);
    assert!(cases.len() >= 5, "{folder} has {} cases", cases.len());
    for (path, case) in &cases {
        let kept = filter(case, &place(case), &case.model);
        assert_eq!(kept, FilterOutput { text: &case.kept, ended: case.ended }, "{path:?}");
        assert_eq!(filter(case, &place(case), kept.text).text, case.kept, "{path:?} again");
    }
}

#[test]
fn every_filter_keeps_what_its_cases_say() {
    for (name, filter) in FILTERS {
        check(name, |_, place, text| filter(place, text));
    }
}

#[test]
fn the_whole_list_keeps_what_its_cases_say() {
    check("all", |_, place, text| filter::run(place, text));
}

#[test]
fn suggestions_end_with_the_scope_of_the_cursor() {
    check("scope", |case, place, text| {
        let insertion = Lexical.insertion(case.source(), text);
        filter::scope(place, &insertion, text)
    });
}

#[test]
fn what_the_tokens_cut_ends_with_a_whole_statement() {
    check("whole", |case, _, text| {
        let kept = filter::whole(&Lexical.insertion(case.source(), text), text);
        FilterOutput { text: kept, ended: false }
    });
}

#[test]
fn what_breaks_the_file_is_cut_back_to_what_does_not() {
    // A grammar that cannot bear question marks, and is confused by exclamation marks.
    let reads = |text: &str| Insertion {
        breaks: text.contains('?'),
        errors: text.match_indices('!').map(|(at, _)| Span::new(at, at + 1)).collect(),
        statements: text.match_indices(';').map(|(at, _)| StatementEnd { at: at + 1, depth: 0 }).collect(),
        ..Insertion::default()
    };
    for (text, kept, kept_inside) in [
        ("a; b;", "a; b;", "a; b;"),
        ("a; b; ?", "a; b;", "a; b;"),
        ("a; b?; c;", "a;", "a;"),
        ("a?", "", ""),
        ("é; ?", "é;", "é;"),
        ("", "", ""),
        ("a\nb?", "a", "a"),
        ("a\nb!", "a", "a"),
        ("a;\nb; !", "a;\nb;", "a;\nb;"),
        // The file may have been broken before, which nothing shorter would mend.
        ("a!", "a!", ""),
        ("!a; b;", "!a; b;", ""),
        ("!a; b?", "!a;", ""),
    ] {
        for rest in ["", ");", "  "] {
            assert_eq!(filter::valid(text, rest, reads), kept, "{text} before {rest:?}");
        }
        assert_eq!(filter::valid(text, ") {", reads), kept_inside, "{text} inside a line");
    }
}

#[test]
fn what_opens_the_lines_below_is_found() {
    // A file that a line that ends with an opening bracket mends.
    let broken = |text: &str| Insertion {
        was_broken: true,
        mends: text.ends_with(['{', '(']) && !text.contains('?'),
        ..Insertion::default()
    };
    for (text, kept) in [
        ("if a {", "if a {"),
        ("if a {\n    b();\n}", "if a {"),
        ("a();\nif b {\n    c();\n}", "a();\nif b {"),
        ("\n\nf(", "\n\nf("),
        ("if a { b }", ""),
        ("?\nif a {", ""),
        ("", ""),
    ] {
        assert_eq!(filter::opener(text, broken), Some(kept), "{text:?}");
        assert_eq!(filter::opener(text, |_| Insertion::default()), None, "{text:?} in a file without errors");
    }
}

fn text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "b, ",
        "let x = 1;",
        "\n",
        "\n    ",
        "\r\n",
        "\n\n",
        "}",
        ")",
        "(",
        "{",
        ":",
        "```",
        "<|im_",
        "<",
        "\t",
        " ",
        "é",
        "🙂",
        "return",
        "end",
        "\n}",
        ";",
        "\"",
        "]",
        "'",
        "\"\"\"",
        "/*",
        "\n// a.rs",
        "\n# b/c.py",
        "\n//",
        "\ndiff --git a",
        "\nHere is ",
        "const a = ",
        "x1 = 2\n",
        "f(a, b)\n",
        "a;\nb;\n",
    ]);
    // Now and then over and over, as small models do.
    let times = prop_oneof![9 => Just(1usize), 1 => 2usize..16];
    let parts = prop::collection::vec((part, times).prop_map(|(part, times)| part.repeat(times)), 0..16);
    parts.prop_map(|parts| parts.concat())
}

fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a.rs", "a.py", "a.md", "a.lua", "a", "a.json"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn filters_are_idempotent_and_add_nothing(
        prefix in text(), suffix in text(), model in text(), path in path(), growing in any::<bool>(),
    ) {
        let place = Place::new(&prefix, &suffix, Language::from_path(path));
        let place = Place { growing, ..place };
        let list: [(&str, Filter); 1] = [("all", filter::run)];
        for (name, filter) in FILTERS.iter().chain(&list) {
            let kept = filter(&place, &model).text;
            prop_assert_eq!(filter(&place, kept).text, kept, "{} twice", name);
            let range = model.as_bytes().as_ptr_range();
            let inside = kept.is_empty() || range.contains(&kept.as_ptr());
            prop_assert!(inside && kept.len() <= model.len(), "{} is not a part", name);
        }
    }

    /// What says that it has ended means it.
    #[test]
    fn after_the_end_nothing_matters(
        prefix in text(), suffix in text(), model in text(), more in text(), path in path(),
    ) {
        let place = Place::new(&prefix, &suffix, Language::from_path(path));
        let growing = Place { growing: true, ..place };
        if filter::run(&growing, &model).ended {
            let now = filter::run(&place, &model).text;
            let longer = format!("{model}{more}");
            prop_assert_eq!(filter::run(&place, &longer).text, now);
        }
    }
}
