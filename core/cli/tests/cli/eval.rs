//! `ghostlight eval`: on the committed sample with the model `tiny`, and on tiny suites with tiny ones.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{command, conformance, fails, file, output, utf8};

fn committed(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/eval").join(name);
    path.to_str().expect("the path of a checkout is UTF-8").to_owned()
}

/// The report on stdout; the tables for people are on stderr.
#[track_caller]
fn evaluated(arguments: &[&str], code: i32) -> Value {
    let output = output(&mut command(arguments));
    assert_eq!(output.status.code(), Some(code), "{}", utf8(&output.stderr));
    serde_json::from_str(utf8(&output.stdout)).expect("one JSON object")
}

/// The gate: suggestions for a committed sample are not worse than those of the committed run by more than chance
/// explains. What they are worth in all says `cargo xtask eval`.
#[test]
fn the_sample_is_not_worse_than_it_was() {
    let (sample, before) = (committed("sample.jsonl"), committed("sample.outcomes.jsonl"));
    let report = evaluated(&["eval", &sample, "--json", "--against", &before], 0);
    assert_eq!(report["model"], "smollm2-135m-q4_1");
    assert!(report["cases"].as_u64().unwrap() >= 20);
    assert!(report["single_line"]["edit_similarity"].as_f64().unwrap() > 0.2);
    assert!(report["by_language"].as_object().unwrap().len() >= 12);
    let comparisons = report["against"].as_array().unwrap();
    for measure in ["exact_match", "edit_similarity", "saved"] {
        let found = comparisons.iter().find(|comparison| comparison["measure"] == measure).unwrap();
        assert_eq!(found["cases"], report["cases"], "all cases are compared");
    }
    #[cfg(feature = "grammars")]
    assert!(
        comparisons.iter().any(|found| found["measure"] == "parses" && found["cases"].as_u64() > Some(9))
    );
}

#[cfg(feature = "grammars")]
#[test]
fn files_are_parsed_with_the_suggestion() {
    let case = |id: &str, path: &str| json!({ "id": id, "kind": "other", "path": path, "prefix": "a = ", "suffix": "\n", "truth": "1" });
    let cases = [
        case("whole", "a.py"),
        case("broken", "a.py"),
        case("silent", "a.py"),
        case("no grammar", "a.hs"),
        case("other", "a.rb"),
    ];
    let (_suite, suite) = file("suite.jsonl", cases.map(|case| case.to_string()).join("\n"));
    let texts =
        [("whole", "f(2)"), ("broken", "f(2"), ("silent", ""), ("no grammar", "f(2"), ("other", "[2]")];
    let outcomes = texts.map(|(id, text)| json!({ "id": id, "text": text }).to_string());
    let (_outcomes, outcomes) = file("outcomes.jsonl", outcomes.join("\n"));
    let report = evaluated(&["eval", &suite, "--outcomes", &outcomes, "--json"], 0);
    assert_eq!(report["all"]["parsed"], 3);
    assert_eq!(report["parse_rate"], 0.6667);
    assert_eq!(report["by_language"]["python"]["parse_rate"], 0.5);
    assert_eq!(report["by_language"]["haskell"]["parse_rate"], Value::Null);
}

#[test]
fn a_worse_run_fails() {
    let (sample, before) = (committed("sample.jsonl"), committed("sample.outcomes.jsonl"));
    let text = std::fs::read_to_string(&before).unwrap();
    let worse: Vec<String> = text
        .lines()
        .map(|line| {
            let mut outcome: Value = serde_json::from_str(line).unwrap();
            outcome["text"] = "~".into();
            outcome.to_string()
        })
        .collect();
    let (_folder, path) = file("worse.jsonl", worse.join("\n"));
    let report = evaluated(&["eval", &sample, "--outcomes", &path, "--against", &before, "--json"], 1);
    assert_eq!(report["all"]["exact_match"], 0.0);
    let lines = &report["against_by_kind"]["line_rest"];
    assert_eq!((&lines[0]["measure"], &lines[0]["cases"]), (&json!("exact_match"), &json!(14)));
    let same = evaluated(&["eval", &sample, "--outcomes", &before, "--against", &before, "--json"], 0);
    assert_eq!(same["against"][0]["p"], 1.0);
}

#[test]
fn tests_of_cases_are_run() {
    let case = |id: &str, language: &str, path: &str, code: &str, prefix: &str, suffix: &str| {
        json!({
            "id": id, "kind": "other", "path": path, "prefix": prefix, "suffix": suffix, "truth": "1",
            "test": { "run": "append", "language": language, "code": code },
        })
    };
    let mut cases = vec![case("p", "python", "a.py", "assert a == 1", "a = ", "\n")];
    cases.push(case("j", "javascript", "a.js", "if (a !== 1) throw a;", "const a = ", ";\n"));
    let check = "#[test]\nfn works() {\n    assert_eq!(a(), 1);\n}\n";
    cases.push(case("r", "rust", "a.rs", check, "pub fn a() -> u8 {\n    ", "\n}\n"));
    cases.push(case("loop", "python", "a.py", "", "while ", ": pass\n"));
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let (_suite, suite) = file("suite.jsonl", lines.join("\n"));
    // One text for all: right, wrong, and wrong for ever.
    for (text, passing) in [("1", 3.0), ("2", 0.0)] {
        let ids = ["p", "j", "r"].into_iter().chain((text == "1").then_some("loop"));
        let outcomes: Vec<String> = ids.map(|id| json!({ "id": id, "text": text }).to_string()).collect();
        let (_outcomes, outcomes) = file("outcomes.jsonl", outcomes.join("\n"));
        let report = evaluated(&["eval", &suite, "--outcomes", &outcomes, "--execute", "--json"], 0);
        let executed = report["all"]["executed"].as_f64().unwrap();
        let passed = (report["all"]["pass_rate"].as_f64().unwrap() * executed).round();
        assert_eq!(passed, passing, "{text}: of {executed}");
        assert!(executed >= 3.0, "Python, Node.js and the compiler are there where this is tested");
    }
}

/// The true line of a suite whose holes end with their line, as a session shows it: without the line's end.
#[test]
fn the_truth_of_whole_lines_parses_and_passes() {
    let case = |id: usize, suffix: &str, truth: &str| {
        json!({
            "task_id": format!("SingleLineInfilling/HumanEval/0/L{id}"), "prompt": "def f(a):\n", "suffix": suffix,
            "canonical_solution": truth, "test": "def check(g):\n    assert g(1) == 2\n", "entry_point": "f",
        })
    };
    let cases = [case(0, "    return b\n", "    b = a + 1\n"), case(1, "", "    return a + 1\n")];
    let (_suite, suite) = file("suite.jsonl", cases.map(|case| case.to_string()).join("\n"));
    // The truth, then the truth and a line that is wrong, then a way around the test.
    for (more, parses, passes, whole) in
        [("", 1.0, 1.0, 1.0), ("\n    return 3", 1.0, 0.5, 0.0), ("\n    )", 0.0, 0.0, 0.0)]
    {
        let texts = [format!("    b = a + 1{more}"), format!("    return a + 1{more}")];
        let outcomes = texts.iter().enumerate().map(|(id, text)| {
            json!({ "id": format!("SingleLineInfilling/HumanEval/0/L{id}"), "text": text }).to_string()
        });
        let (_outcomes, outcomes) = file("outcomes.jsonl", outcomes.collect::<Vec<_>>().join("\n"));
        let report = evaluated(&["eval", &suite, "--outcomes", &outcomes, "--execute", "--json"], 0);
        let all = &report["all"];
        assert_eq!((&all["exact_match"], &all["executed"]), (&json!(1.0), &json!(2)), "{more:?}");
        assert_eq!((&all["whole_exact"], &all["pass_rate"]), (&json!(whole), &json!(passes)), "{more:?}");
        if cfg!(feature = "grammars") {
            assert_eq!(all["parse_rate"], parses, "{more:?}");
        }
    }
}

/// A program that ends before its test has not passed it.
#[test]
fn a_way_around_the_test_fails() {
    let case = json!({
        "id": "a", "kind": "other", "path": "a.py", "prefix": "a = ", "suffix": "\n", "truth": "1",
        "test": { "run": "append", "language": "python", "code": "assert a == 1" },
    });
    let (_suite, suite) = file("suite.jsonl", case.to_string());
    for (text, rate) in [("1", 1.0), ("exit()", 0.0), ("", 0.0)] {
        let (_outcomes, outcomes) = file("outcomes.jsonl", json!({ "id": "a", "text": text }).to_string());
        let report = evaluated(&["eval", &suite, "--outcomes", &outcomes, "--execute", "--json"], 0);
        assert_eq!(
            (&report["all"]["executed"], &report["all"]["pass_rate"]),
            (&json!(1), &json!(rate)),
            "{text}"
        );
    }
}

#[test]
fn cases_without_an_outcome_are_told() {
    let (sample, before) = (committed("sample.jsonl"), committed("sample.outcomes.jsonl"));
    let text = std::fs::read_to_string(&before).unwrap();
    let some: Vec<&str> = text.lines().take(20).collect();
    let (_folder, path) = file("some.jsonl", some.join("\n"));
    let output = output(&mut command(&["eval", &sample, "--outcomes", &path, "--json"]));
    let report: Value = serde_json::from_str(utf8(&output.stdout)).unwrap();
    assert_eq!((&report["cases"], &report["unanswered"]), (&json!(20), &json!(8)));
    assert!(utf8(&output.stderr).contains("8 of 28 cases have no outcome"), "{}", utf8(&output.stderr));
    let output = self::output(&mut command(&["eval", &sample, "--outcomes", &before, "--against", &path]));
    assert!(utf8(&output.stderr).contains("8 of 28 cases are not in the earlier run"));
}

#[test]
fn one_kind_of_hole_is_measured_alone() {
    let (sample, before) = (committed("sample.jsonl"), committed("sample.outcomes.jsonl"));
    let arguments = ["eval", &sample, "--outcomes", &before, "--json", "--kind", "line_rest"];
    let report = evaluated(&arguments, 0);
    assert_eq!((&report["cases"], &report["unanswered"]), (&json!(14), &json!(0)));
    assert_eq!(report["by_kind"].as_object().unwrap().len(), 1);
    fails(
        &mut command(&["eval", &sample, "--outcomes", &before, "--kind", "block"]),
        &["no hole of the kinds"],
    );
    let output = command(&["eval", &sample, "--kind", "lines"]).output().unwrap();
    assert!(utf8(&output.stderr).contains("single_line, line_rest"), "{}", utf8(&output.stderr));
}

#[test]
fn a_tiny_model_is_evaluated_raw_and_not() {
    let model = conformance("families/qwen2.gguf");
    let line = json!({
        "task_id": "SingleLineInfilling/HumanEval/0/L1", "prompt": "def f(a):\n    b = ", "suffix": "\n    return b\n",
        "canonical_solution": "a + 1", "test": "def check(g):\n    assert g(1) == 2\n", "entry_point": "f",
    });
    let (_folder, suite) = file("suite.jsonl", line.to_string());
    for extra in
        [&["--raw"][..], &["--without", "trees"], &["--without", "lines", "--without", "strip_markers"], &[]]
    {
        let arguments =
            ["eval", &suite, "--model", &model, "--max-tokens", "8", "--context", "256", "--budget", "64"];
        let report = evaluated(&[&arguments[..], extra, &["--json"]].concat(), 0);
        assert_eq!((&report["cases"], &report["by_kind"]["single_line"]["cases"]), (&json!(1), &json!(1)));
        assert_eq!(report["all"]["executed"], 0);
        assert!(report["model"].as_str().unwrap().starts_with("qwen2@"));
    }
}

#[test]
fn what_is_wrong_with_a_suite_is_one_line() {
    let (_folder, path) = file("suite.jsonl", "{\"id\":1}");
    fails(&mut command(&["eval", &path]), &["suite.jsonl", "line 1"]);
    fails(&mut command(&["eval", "nowhere.jsonl"]), &["nowhere.jsonl"]);
    let output = command(&["eval", &path, "--without", "everything"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("healing"));
}
