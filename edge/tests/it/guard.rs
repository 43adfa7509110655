//! Answers under guard: what passes, what waits, what ends them.

use std::sync::LazyLock;

use ghostlight_edge::config::{Guard, Risky};
use ghostlight_edge::guard::{AnswerForm, Rules, StreamGuard};
use ghostlight_edge::stream::{Endpoint, StreamState};
use ghostlight_guard::FingerprintBuilder;
use ghostlight_text::Language;
use proptest::prelude::*;
use serde_json::json;

/// Made up; only its form is that of a token.
const TOKEN: &str = "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5";

fn rules(options: &Guard) -> Rules {
    Rules::new(options, None).unwrap().unwrap()
}

fn event(kind: Endpoint, text: &str, finish: Option<&str>) -> String {
    let choice = match kind {
        Endpoint::Completions => json!({ "index": 0, "text": text, "finish_reason": finish }),
        Endpoint::Chat => json!({ "index": 0, "delta": { "content": text }, "finish_reason": finish }),
    };
    format!("data: {}\n\n", json!({ "choices": [choice] }))
}

fn stream(kind: Endpoint, texts: &[&str]) -> String {
    let mut all: String = texts.iter().map(|text| event(kind, text, None)).collect();
    all.push_str(&event(kind, "", Some("stop")));
    all + "data: [DONE]\n\n"
}

/// What passes of a stream in these chunks, and the rule that ended it.
fn pass(
    rules: &Rules,
    form: AnswerForm<'_>,
    kind: Endpoint,
    bytes: &[u8],
    cuts: &[usize],
) -> (usize, Option<&'static str>) {
    let mut seen = StreamState::new(kind, 1 << 20);
    let mut watch = StreamGuard::new(rules, form);
    let mut free = 0;
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([bytes.len()]).collect();
    ends.sort_unstable();
    let mut start = 0;
    for end in ends {
        let said = seen.push(&bytes[start..end]);
        start = end;
        if let Err(cut) = watch.push(&said, &seen) {
            return (free, Some(cut.rule));
        }
        let now = usize::try_from(watch.free(&seen)).unwrap();
        assert!(free <= now && now <= end, "{free} {now} {end}");
        free = now;
    }
    match watch.finish() {
        Err(cut) => (free, Some(cut.rule)),
        Ok(()) => (usize::try_from(watch.free(&seen)).unwrap(), None),
    }
}

fn check(language: &str, before: &str, answer: &str) -> Option<&'static str> {
    let form = AnswerForm::Code(Language::from_id(language), before);
    let text = stream(Endpoint::Completions, &[answer]);
    pass(&rules(&Guard::default()), form, Endpoint::Completions, text.as_bytes(), &[]).1
}

fn check_chat(options: &Guard, answer: &str) -> Option<&'static str> {
    let texts: Vec<String> = answer.chars().map(String::from).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let text = stream(Endpoint::Chat, &texts);
    pass(&rules(options), AnswerForm::Prose, Endpoint::Chat, text.as_bytes(), &[]).1
}

#[test]
fn secrets_and_risky_code_end_an_answer() {
    assert_eq!(check("python", "key = ", &format!("\"{TOKEN}\"")), Some("github-token"));
    assert_eq!(check("python", "key = ", "os.environ['KEY']"), None);
    assert_eq!(check("python", "import os\n", "os.system(f'rm {name}')\n"), Some("python-os-system"));
    assert_eq!(check("rust", "import os\n", "os.system(f'rm {name}')\n"), None);
    assert_eq!(check("", "import os\n", "os.system(f'rm {name}')\n"), None);
    // What stands there already is not the answer's fault.
    assert_eq!(check("python", &format!("key = \"{TOKEN}\"\nprint("), "key)"), None);
}

#[test]
fn risky_code_in_a_chat_is_code_between_fences() {
    let code = "os.system(f'rm {name}')\n";
    let all = Guard::default();
    for (answer, expected) in [
        (format!("Try\n```python\n{code}```\n"), Some("python-os-system")),
        (format!("Try\n\n  ~~~~ py\n{code}"), Some("python-os-system")),
        (format!("````python\n```\n{code}````\n"), Some("python-os-system")),
        (format!("```rust\n{code}```\n"), None),
        (format!("```\n{code}```\n"), None),
        (format!("Never write {code}"), None),
        (format!("```python\nprint()\n```\n{code}"), None),
        (format!("`` ```python `` {code}"), None),
    ] {
        assert_eq!(check_chat(&all, &answer), expected, "{answer}");
    }
    assert_eq!(check_chat(&Guard { risky: Risky::Off, ..all }, &format!("```python\n{code}```")), None);
    assert_eq!(check_chat(&Guard::default(), &format!("Your key is {TOKEN}.")), Some("github-token"));
}

#[test]
fn arguments_and_thoughts_are_watched_as_well() {
    for delta in [
        json!({ "tool_calls": [{ "index": 0, "function": { "name": "f", "arguments": TOKEN } }] }),
        json!({ "function_call": { "arguments": TOKEN } }),
        json!({ "reasoning_content": TOKEN }),
        json!({ "refusal": TOKEN }),
    ] {
        let event = json!({ "choices": [{ "index": 1, "delta": delta }] });
        let text = format!("data: {event}\n\ndata: [DONE]\n\n");
        let outcome =
            pass(&rules(&Guard::default()), AnswerForm::Prose, Endpoint::Chat, text.as_bytes(), &[]);
        assert_eq!(outcome, (0, Some("github-token")), "{event}");
    }
}

#[test]
fn a_copy_of_a_known_source_ends_an_answer() {
    let source: String = (0..200).map(|at| format!("let value_{at} = compute_{at}(input_{at});\n")).collect();
    let mut builder = FingerprintBuilder::new();
    builder.add("their/file.rs", &source).unwrap();
    let file = builder.finish();
    let options = Guard { secrets: false, risky: Risky::Off, ..Guard::default() };
    let rules = Rules::new(&options, Some(file.clone())).unwrap().unwrap();
    let outcome = |answer: &str| {
        let text = stream(Endpoint::Completions, &[answer]);
        pass(&rules, AnswerForm::Code(None, ""), Endpoint::Completions, text.as_bytes(), &[]).1
    };
    assert_eq!(outcome(&source[..2000]), Some("code-match"));
    assert_eq!(outcome("fn main() { println!(\"hello\"); }\n"), None);
    assert!(Rules::new(&options, Some(b"GLFP and nothing".to_vec())).is_err());
    assert!(Rules::new(&options, None).unwrap().is_none(), "there is nothing to hold answers to");
}

#[test]
fn other_rules_have_another_version() {
    let all = Guard::default();
    let file = FingerprintBuilder::new().finish();
    let with_file = Rules::new(&all, Some(file)).unwrap().unwrap();
    let mut versions: Vec<String> = [
        all.clone(),
        Guard { secrets: false, ..all.clone() },
        Guard { risky: Risky::Off, ..all.clone() },
        Guard { risky: Risky::Medium, ..all.clone() },
        Guard { own_tokens: 20, ..all.clone() },
    ]
    .iter()
    .map(|options| rules(options).version().to_owned())
    .chain([with_file.version().to_owned()])
    .collect();
    assert_eq!(rules(&all).version(), versions[0], "the same rules have the same");
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 6);
}

/// Compiled once: there are many cases.
static DEFAULT: LazyLock<Rules> = LazyLock::new(|| rules(&Guard::default()));

proptest! {
    /// However a stream is cut, no event with a part of a secret passes, and all before it may.
    #[test]
    fn no_part_of_a_secret_passes(
        before in "[a-z =\"\n]{0,40}",
        sizes in proptest::collection::vec(1usize..12, 1..60),
        cuts in proptest::collection::vec(any::<usize>(), 0..60),
        is_chat in any::<bool>(),
    ) {
        let answer = format!("{before}\"{TOKEN}\" and more");
        let mut texts = Vec::new();
        let mut rest = answer.as_str();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (text, left) = rest.split_at((*size).min(rest.len()));
            texts.push(text);
            rest = left;
        }
        let (kind, form) =
            if is_chat { (Endpoint::Chat, AnswerForm::Prose) } else { (Endpoint::Completions, AnswerForm::Code(None, "")) };
        let bytes = stream(kind, &texts);
        let (passed, rule) = pass(&DEFAULT, form, kind, bytes.as_bytes(), &cuts);
        prop_assert!(rule.is_some());
        let mut shown = StreamState::new(kind, 1 << 20);
        let text: String = shown.push(&bytes.as_bytes()[..passed]).into_iter().map(|said| said.text).collect();
        prop_assert!(shown.is_between(), "whole events");
        prop_assert!(text.len() <= before.len() + 1, "{:?} of {:?}", text, answer);
        prop_assert!(answer.starts_with(&text));
    }

    /// An answer without a hit passes to the last byte, and waits for nothing but text that could become one.
    #[test]
    fn clean_answers_pass_whole(
        texts in proptest::collection::vec("[a-z .,\n]{0,8}|gh|ghp_x|é", 0..30),
        cuts in proptest::collection::vec(any::<usize>(), 0..60),
    ) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let bytes = format!(": hello\n\n{}\n", stream(Endpoint::Chat, &texts).replace('\n', "\r\n"));
        let all = pass(&DEFAULT, AnswerForm::Prose, Endpoint::Chat, bytes.as_bytes(), &cuts);
        prop_assert_eq!(all, (bytes.len(), None));
        let open = event(Endpoint::Chat, "nothing here is held ", None);
        let seen = pass_without_end(&open);
        prop_assert_eq!(seen, open.len());
    }
}

/// What may pass while more is to come.
fn pass_without_end(bytes: &str) -> usize {
    let mut seen = StreamState::new(Endpoint::Chat, 1 << 20);
    let mut watch = StreamGuard::new(&DEFAULT, AnswerForm::Prose);
    let said = seen.push(bytes.as_bytes());
    watch.push(&said, &seen).unwrap();
    usize::try_from(watch.free(&seen)).unwrap()
}

#[test]
fn an_answer_that_is_cut_in_two_shows_what_is_free() {
    let (open, held) = (event(Endpoint::Chat, "plain ", None), event(Endpoint::Chat, "ghp_aB3d", None));
    assert_eq!(pass_without_end(&format!("{open}{held}")), open.len());
    assert_eq!(pass_without_end(&format!("{open}data: {{\"cho")), open.len());
    assert_eq!(pass_without_end(&format!("{open}: alive\n\n")), open.len() + 9);
}

/// The fingerprint file of the tests on the runtimes, which have nothing to make one with.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test may read the file that it is about")]
fn the_fingerprint_file_of_the_runtimes_tests_is_up_to_date() {
    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/edge/support");
    let mut builder = FingerprintBuilder::new();
    let source = std::fs::read_to_string(format!("{FOLDER}/known.py")).unwrap();
    builder.add("known.py", &source).unwrap();
    let (file, path) = (builder.finish(), format!("{FOLDER}/known.glfp"));
    if std::env::var_os("UPDATE_FINGERPRINTS").is_some() {
        std::fs::write(&path, &file).unwrap();
    }
    assert_eq!(std::fs::read(&path).unwrap(), file, "run it with UPDATE_FINGERPRINTS=1");
}
