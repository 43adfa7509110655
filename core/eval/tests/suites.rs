//! Lines of suites, ours and others', and lines that are none.

use ghostlight_eval::{
    Case, Kind, MAX_LINE_BYTES, Outcome, Test, read_outcomes, read_suite, sample, write_case, write_outcome,
};
use proptest::prelude::*;

fn one(line: &str) -> Case {
    read_suite(line.as_bytes()).unwrap().remove(0)
}

#[test]
fn suites_of_others_are_understood() {
    let case = one(
        r#"{"task_id":"SingleLineInfilling/HumanEval/0/L1","prompt":"def f(a):\n","suffix":"    return b\n",
            "canonical_solution":"    b = a\n","test":"def check(g):\n    assert g(1) == 1\n","entry_point":"f"}"#
            .replace('\n', " ")
            .as_str(),
    );
    assert_eq!((case.kind, case.language.as_str()), (Kind::SingleLine, "python"));
    assert_eq!((case.prefix.as_str(), case.truth.as_str()), ("def f(a):\n", "    b = a\n"));
    let Some(Test::Append { code, .. }) = &case.test else { panic!("it can be executed") };
    assert!(code.ends_with("\ncheck(f)\n"));

    let case = one(
        r#"{"prompt":"import a\nx = ","right_context":"\n","groundtruth":"a.b()","metadata":{"task_id":"p/1","file":"src/x.ts"},"crossfile_context":{"list":[{"retrieved_chunk":"export","filename":"a.ts"}]}}"#,
    );
    assert_eq!((case.id.as_str(), case.kind), ("p/1", Kind::CrossFile));
    assert_eq!((case.language.as_str(), case.context[0].path.as_str()), ("typescript", "a.ts"));

    let case = one(
        r#"{"task_id":"b/1","lang":"java","eval_prompt":"int f() {\n  /* TODO: Your code here */\n}","ground_truth":"return 1;"}"#,
    );
    assert_eq!((case.prefix.as_str(), case.suffix.as_str()), ("int f() {\n  ", "\n}"));
    assert_eq!(case.language, "java");
}

#[test]
fn our_own_form_is_written_and_read() {
    let line = r#"{"id":"a","kind":"block","path":"a/b.rs","prefix":"x","suffix":"","truth":"y","test":{"run":"append","language":"rust","code":"z"}}"#;
    let case = one(line);
    assert_eq!(case.language, "rust", "the path says it");
    assert_eq!(one(&write_case(&case)), case);
    let outcome = Outcome {
        id: "a".into(),
        text: "y".into(),
        prompt_tokens: 3,
        tokens: 2,
        ms: 1.5,
        parses: None,
        passes: Some(true),
    };
    assert_eq!(read_outcomes(write_outcome(&outcome).as_bytes()).unwrap(), [outcome]);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let good = r#"{"id":"a","kind":"other","prefix":"SECRET","suffix":"","truth":"y"}"#;
    for (text, what) in [
        (String::new(), "there is no case"),
        (format!("{good}\n\n{{"), "line 3: ends in the middle"),
        (format!("{good}\n[1]"), "line 2: a value of another type"),
        (format!("{good}\n{{\"id\":\"b\"}}"), "line 2: no known form"),
        (format!("{good}\n{good}"), "line 2: the id \"a\" stands twice"),
        (good.replace("\"y\"", "\" \""), "line 1: the text of the hole is empty"),
        (good.replace("other", "nothing"), "line 1: a value of another type"),
        (good.replace("\"kind\":\"other\",", ""), "missing field `kind`"),
        (r#"{"prompt":1,"suffix":"","canonical_solution":"x"}"#.to_owned(), "prompt is no text"),
    ] {
        let message = read_suite(text.as_bytes()).unwrap_err().to_string();
        assert!(message.contains(what), "{message}");
        assert!(!message.contains("SECRET"), "{message}");
    }
    let twice = "{\"id\":\"a\",\"text\":\"SECRET\"}\n".repeat(2);
    assert!(
        read_outcomes(twice.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("line 2: the id \"a\" stands twice")
    );
    let long = format!("{{\"id\":\"{}\"}}", "a".repeat(MAX_LINE_BYTES));
    assert!(read_suite(long.as_bytes()).unwrap_err().to_string().contains("at most"));
    assert!(read_suite(b"\xff").unwrap_err().to_string().contains("not UTF-8"));
}

fn cases(counts: &[(&str, Kind, usize)]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (language, kind, count) in counts {
        for n in 0..*count {
            let id = format!("{language}-{}-{n}", kind.name());
            let line = format!(
                r#"{{"id":"{id}","language":"{language}","kind":"{}","prefix":"","suffix":"","truth":"y"}}"#,
                kind.name()
            );
            cases.push(one(&line));
        }
    }
    cases
}

#[test]
fn a_sample_has_a_share_of_everything() {
    let all = cases(&[("rust", Kind::Block, 60), ("rust", Kind::SingleLine, 30), ("go", Kind::Block, 10)]);
    let count = |cases: &[Case], language: &str, kind: Kind| {
        cases.iter().filter(|case| case.language == language && case.kind == kind).count()
    };
    let chosen = sample(all.clone(), 20);
    assert_eq!(chosen.len(), 20);
    assert_eq!(count(&chosen, "go", Kind::Block), 2);
    assert!((11..=13).contains(&count(&chosen, "rust", Kind::Block)));
    assert_eq!(sample(all.clone(), 20), chosen, "the same each time");
    let mut places = chosen.iter().map(|case| all.iter().position(|other| other == case).unwrap());
    assert!(places.by_ref().is_sorted(), "in the suite's order");
    for kind in [("rust", Kind::Block), ("rust", Kind::SingleLine), ("go", Kind::Block)] {
        assert_eq!(count(&sample(all.clone(), 3), kind.0, kind.1), 1, "one of each at least");
    }
    assert_eq!(sample(all.clone(), 1000), all);
    assert!(sample(all, 0).is_empty());
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_suite(&bytes);
        let _ = read_outcomes(&bytes);
    }
}
