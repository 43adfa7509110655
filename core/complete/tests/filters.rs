//! Golden cases of the post filters, and what holds for all of them on any text.
//!
//! A case is a file in the folder of its filter (`all` runs the whole list):
//! the file being edited with `▮` for the cursor, what the model wrote, and
//! what is kept of it. `growing` after `model` means that more may follow,
//! `ended` after `kept` that it could not matter any more.

use std::path::Path;

use ghostlight_complete::filter::{self, FILTERS, Filter, Kept, Place};
use ghostlight_context::Source;
use ghostlight_context::syntax::{Insertion, Lexical, StatementEnd, Syntax};
use ghostlight_text::{Language, Span};
use proptest::prelude::*;

const CURSOR: char = '▮';

struct Case {
    path: String,
    file: String,
    model: String,
    growing: bool,
    kept: String,
    ended: bool,
}

impl Case {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("==> file ")?;
        let (path, rest) = rest.split_once('\n')?;
        let (file, rest) = rest.split_once("\n==> model")?;
        let (model_flags, rest) = rest.split_once('\n')?;
        let (model, rest) = rest.split_once("\n==> kept")?;
        let (kept_flags, kept) = rest.split_once('\n')?;
        Some(Self {
            path: path.to_owned(),
            file: file.to_owned(),
            model: model.to_owned(),
            growing: model_flags == ", growing",
            kept: kept.strip_suffix('\n')?.to_owned(),
            ended: kept_flags == ", ended",
        })
    }

    fn source(&self) -> Source<'_> {
        let (prefix, suffix) = self.file.split_once(CURSOR).expect("a case has a cursor");
        Source { path: &self.path, prefix, suffix }
    }

    fn place(&self) -> Place<'_> {
        let (prefix, suffix) = self.file.split_once(CURSOR).expect("a case has a cursor");
        let place = Place::new(prefix, suffix, Language::from_path(&self.path));
        Place { growing: self.growing, ..place }
    }
}

#[allow(clippy::disallowed_methods, reason = "cases are files")]
fn check(folder: &str, filter: impl for<'a> Fn(&Case, &Place<'_>, &'a str) -> Kept<'a>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filter").join(folder);
    let entries = root.read_dir().unwrap_or_else(|e| panic!("{folder} has no cases: {e}"));
    let mut cases = 0;
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        let text = std::fs::read_to_string(&path).expect("a readable case");
        let case = Case::parse(&text).unwrap_or_else(|| panic!("{path:?} is no case"));
        let kept = filter(&case, &case.place(), &case.model);
        assert_eq!(kept, Kept { text: &case.kept, ended: case.ended }, "{path:?}");
        assert_eq!(filter(&case, &case.place(), kept.text).text, case.kept, "{path:?} again");
        cases += 1;
    }
    assert!(cases >= 5, "{folder} has {cases} cases");
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
        Kept { text: kept, ended: false }
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
