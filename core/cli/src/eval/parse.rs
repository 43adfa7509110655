//! Whether a file parses with the suggestion in it.
//!
//! The measure: the file with the suggestion has no more syntax errors than the
//! file with what stood in the hole. That file is the base, since excerpts,
//! macros and dialects have errors of their own, which no suggestion is to blame
//! for. Where nothing was suggested there is no such file, and where no grammar
//! reads the file, or all of the base is one error, nobody can tell: then it is
//! not counted.

use ghostlight_eval::{Case, Outcome};

/// Fills in [`Outcome::parses`] for the languages that can be checked; what an
/// outcome from a file says already is kept for the others.
pub(super) fn run(cases: &[Case], outcomes: &mut [Outcome]) {
    let by_id: std::collections::HashMap<&str, &Case> =
        cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let mut checker = Checker::default();
    for outcome in outcomes {
        if let Some(case) = by_id.get(outcome.id.as_str())
            && checker.reads(&case.path)
        {
            outcome.parses = checker.parses(case, &outcome.text);
        }
    }
}

/// Counts syntax errors; without grammars, of nothing.
#[derive(Default)]
struct Checker {
    #[cfg(feature = "grammars")]
    trees: Option<ghostlight_context::syntax::TreeSitter>,
}

impl Checker {
    /// `None` where nothing was suggested, or the file itself cannot be parsed.
    fn parses(&mut self, case: &Case, text: &str) -> Option<bool> {
        if text.trim().is_empty() {
            return None;
        }
        let base = self.errors(&case.path, &case.file_with(&case.truth))?;
        // What is too wild to be parsed does not parse.
        Some(self.errors(&case.path, &case.file_with(text)).is_some_and(|errors| errors <= base))
    }
}

#[cfg(feature = "grammars")]
impl Checker {
    fn trees(&mut self) -> &mut ghostlight_context::syntax::TreeSitter {
        self.trees.get_or_insert_with(ghostlight_context::syntax::TreeSitter::with_all)
    }

    fn reads(&mut self, path: &str) -> bool {
        self.trees().reads(path)
    }

    fn errors(&mut self, path: &str, text: &str) -> Option<usize> {
        self.trees().errors(path, text)
    }
}

#[cfg(not(feature = "grammars"))]
#[expect(clippy::unused_self, reason = "there is nobody to ask")]
impl Checker {
    fn reads(&mut self, _path: &str) -> bool {
        false
    }

    fn errors(&mut self, _path: &str, _text: &str) -> Option<usize> {
        None
    }
}

#[cfg(test)]
#[cfg(feature = "grammars")]
mod tests {
    use super::*;

    /// Whether `text` parses between `prefix` and `suffix`, where `truth` stood.
    fn parses(path: &str, prefix: &str, truth: &str, suffix: &str, text: &str) -> Option<bool> {
        let line = serde_json::json!({
            "id": "1", "kind": "other", "path": path, "prefix": prefix, "suffix": suffix, "truth": truth,
        });
        let cases = ghostlight_eval::read_suite(line.to_string().as_bytes()).unwrap();
        let outcome = serde_json::json!({ "id": "1", "text": text });
        let mut outcomes = ghostlight_eval::read_outcomes(outcome.to_string().as_bytes()).unwrap();
        run(&cases, &mut outcomes);
        outcomes[0].parses
    }

    #[test]
    fn a_suggestion_parses_where_it_adds_no_error() {
        let (prefix, suffix) = ("fn f() -> u8 {\n    ", "\n}\n");
        for (text, expected) in
            [("2 * 3", Some(true)), ("g(1", Some(false)), ("1 }", Some(false)), (" \n", None)]
        {
            assert_eq!(parses("a.rs", prefix, "1 + 1", suffix, text), expected, "{text:?}");
        }
        assert_eq!(parses("a.hs", "f = ", "1", "\n", "2"), None, "there is no grammar of Haskell");
        assert_eq!(parses("", "f = ", "1", "\n", "2"), None);
    }

    /// A whole line of HumanEval-Infilling, whose suffix begins on the next line, comes without its end.
    #[test]
    fn the_next_line_stays_where_it_is() {
        let (prefix, suffix) = ("def f(a):\n", "    return b\n");
        for (text, expected) in [("    b = a", true), ("    b = a\n", true), ("    b = (a", false)] {
            assert_eq!(parses("a.py", prefix, "    b = a\n", suffix, text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn errors_that_the_file_had_do_not_count() {
        // An excerpt that begins in the middle of a function.
        let (prefix, suffix) = ("    let a = 1;\n}\n\nfn f() {\n    ", "\n}\n");
        assert_eq!(parses("a.rs", prefix, "g();", suffix, "h();"), Some(true));
        assert_eq!(parses("a.rs", prefix, "g();", suffix, "h(;"), Some(false));
    }

    #[test]
    fn the_truth_parses_wherever_it_can_be_told() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/eval/sample.jsonl");
        let cases = ghostlight_eval::read_suite(&std::fs::read(path).unwrap()).unwrap();
        let mut checker = Checker::default();
        let mut counted = std::collections::BTreeSet::new();
        for case in cases {
            match checker.parses(&case, &case.truth) {
                Some(parses) => assert!(parses, "{}: the truth parses", case.id),
                None => continue,
            }
            let shown = case.truth.trim_end();
            assert_eq!(checker.parses(&case, shown), Some(true), "{}: as it is shown", case.id);
            counted.insert(case.language);
        }
        assert!(counted.len() >= 10, "{counted:?}");
    }
}
