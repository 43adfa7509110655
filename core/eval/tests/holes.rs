//! Suggestions in holes: the file that is tried out, and the part that the hole asks for.
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::path::Path;

use ghostlight_eval::{Case, Outcome, read_outcomes, read_suite, score};
use proptest::prelude::*;
use serde_json::json;

/// A hole in `prefix[truth]suffix`.
fn hole(prefix: &str, truth: &str, suffix: &str) -> Case {
    let line = json!({ "id": "a", "kind": "other", "prefix": prefix, "truth": truth, "suffix": suffix });
    read_suite(line.to_string().as_bytes()).unwrap().remove(0)
}

fn outcome(text: &str) -> Outcome {
    read_outcomes(json!({ "id": "a", "text": text }).to_string().as_bytes()).unwrap().remove(0)
}

/// What a session leaves of a text that it would show: no line ends at the end, and no blanks
/// where nothing follows on the line (`core/complete/src/filter/whitespace.rs`).
fn as_shown(text: &str) -> [&str; 2] {
    [text.trim_end_matches(['\n', '\r']), text.trim_end()]
}

#[track_caller]
fn the_truth_makes_its_file(case: &Case) {
    let whole = [case.prefix.as_str(), &case.truth, &case.suffix].concat();
    assert_eq!(case.file_with(&case.truth), whole, "{}", case.id);
    for shown in as_shown(&case.truth) {
        assert_eq!(case.file_with(shown), whole, "{}: {shown:?}", case.id);
        let score = score(case, &Outcome { id: case.id.clone(), ..outcome(shown) });
        assert!(score.exact && score.whole_exact && score.edit >= 1.0, "{}: {score:?}", case.id);
    }
}

#[test]
fn the_truth_of_every_form_makes_its_file() {
    let humaneval = |suffix: &str| {
        json!({ "task_id": format!("SingleLineInfilling/HumanEval/0/L{}", suffix.len()), "prompt": "def f(a):\n",
                "suffix": suffix, "canonical_solution": "    b = a\n", "test": "", "entry_point": "f" })
    };
    let lines = [
        // The line end belongs to the hole, and the suffix begins on the next line or is empty.
        humaneval("    return b\n"),
        humaneval(""),
        json!({ "task_id": "RandomSpanInfilling/HumanEval/0/1", "prompt": "x = a", "suffix": "* b\n",
                "canonical_solution": "bc \t", "test": "", "entry_point": "f" }),
        json!({ "prompt": "x = ", "right_context": "\n", "groundtruth": "a.b()", "metadata": { "file": "x.ts" } }),
        json!({ "task_id": "b/1", "lang": "java", "eval_prompt": "int f() {\n  {{completion}}}",
                "ground_truth": "return 1;\n" }),
        json!({ "id": "r", "kind": "line_rest", "prefix": "a = ", "suffix": "b\r\n", "truth": "c;\r\n  \r\n" }),
    ];
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    for case in read_suite(text.join("\n").as_bytes()).unwrap() {
        the_truth_makes_its_file(&case);
    }
}

#[test]
fn the_truth_of_every_committed_case_makes_its_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/eval/sample.jsonl");
    for case in read_suite(&std::fs::read(path).unwrap()).unwrap() {
        the_truth_makes_its_file(&case);
    }
}

#[test]
fn only_what_is_missing_at_the_end_is_added() {
    for (truth, suggestion, expected) in [
        ("b\n", "c", "a[c\n]d"),
        ("b\n", "c\n", "a[c\n]d"),
        ("b\n", "c\n\n", "a[c\n\n]d"),
        ("b\n", "c  ", "a[c\n]d"),
        ("b  ", "c ", "a[c  ]d"),
        ("b\r\n", "c\n", "a[c\r\n]d"),
        ("b", "c \n", "a[c \n]d"),
        // Nothing at the front: where it is inserted, it stands as it is.
        ("  b\n", "b", "a[b\n]d"),
    ] {
        assert_eq!(hole("a[", truth, "]d").file_with(suggestion), expected, "{truth:?}, {suggestion:?}");
    }
}

#[test]
fn a_hole_asks_for_as_many_lines_as_it_has() {
    // suffix, truth, suggestion; right as asked, right as a whole
    for (suffix, truth, suggestion, exact, whole) in [
        ("\nc", "a", "a", true, true),
        ("\nc", "a", "a\nb", true, false),
        (" \t\r\nc", "a", "a\nb", true, false),
        ("", "a", "a\r\nb", true, false),
        ("c\n", "a\n", "a\nb", true, false),
        ("c\n", "a\n", "\n  a\nb", true, false),
        ("\nc", "a", "ab\nb", false, false),
        ("\nc", "a\nb", "a\nb\nc", true, false),
        ("\nc", "a\nb", "a", false, false),
        // The line goes on: what follows on other lines is in its way.
        (")\n", "a", "a\nb", false, false),
        (")\n", "a", "a ", true, true),
    ] {
        let score = score(&hole("f(", truth, suffix), &outcome(suggestion));
        assert_eq!((score.exact, score.whole_exact), (exact, whole), "{suggestion:?} before {suffix:?}");
        assert_eq!((score.edit >= 1.0, score.whole_edit >= 1.0), (exact, whole), "{suggestion:?}");
        // One key for all of it would take what is wrong, too.
        assert_eq!(score.acceptance.whole, whole, "{suggestion:?}");
    }
}

proptest! {
    #[test]
    fn what_is_asked_begins_the_suggestion(
        text in "[ab\r\n ]{0,10}", truth in "[ \n]{0,2}[ab][ab\r\n ]{0,6}", suffix in "[a \n]{0,3}",
    ) {
        let case = hole("x", &truth, &suffix);
        prop_assert!(text.starts_with(case.asked(&text)));
        let score = score(&case, &outcome(&text));
        prop_assert!(score.exact || !score.whole_exact);
        let file = case.file_with(&text);
        prop_assert!(file.starts_with("x") && file.ends_with(&suffix));
        prop_assert!(file[1..].starts_with(text.trim_end()));
        prop_assert_eq!(case.file_with(&truth), format!("x{truth}{suffix}"));
        for shown in as_shown(&truth) {
            prop_assert_eq!(case.file_with(shown), format!("x{truth}{suffix}"));
        }
    }
}
