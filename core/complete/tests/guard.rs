//! What the guard keeps from being shown, and files that are not completed at all.

use crate::support::{Bytes, knowing, session};
use ghostlight_complete::{Completion, FinishReason, GuardOptions, Request, Session, Skip, Source};
use ghostlight_context::syntax::TreeSitter;
use ghostlight_decode::{Cancel, ScriptedDecoder};
use ghostlight_guard::{FingerprintBuilder, Fingerprints, PrivacyRules, Severity};
use pollster::block_on;

type Scripted = Session<ScriptedDecoder, Bytes>;

const TOKEN: &str = "ghp_8Zq1mT4vXc7Ry2Wk9Ld3Ns6Bf0Gh5Jp1QaEu";

/// Asks at the end of `prefix`; gives everything that was shown on the way too.
fn ask(session: &mut Scripted, path: &str, prefix: &str) -> (Completion, Vec<String>) {
    ask_for(session, path, prefix, 200)
}

fn ask_for(session: &mut Scripted, path: &str, prefix: &str, max_tokens: usize) -> (Completion, Vec<String>) {
    let mut shown = Vec::new();
    let request =
        Request { source: Source { path, prefix, ..Source::default() }, max_tokens, ..Request::default() };
    let update = |text: &str| shown.push(text.to_owned());
    let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, update)).unwrap();
    (completion, shown)
}

/// A session that goes on with `rest` after a first line that holds no path, in any language.
fn going_on(prefix: &str, rest: &str) -> Scripted {
    session(knowing(&format!("{prefix}{rest}")), &[], 8)
}

#[test]
fn a_secret_ends_the_answer_and_nothing_of_it_is_shown() {
    // JSON has no comments, so no line with the path stands before the text.
    let (prefix, rest) = ("{\"token\": ", format!("\"{TOKEN}\"}}"));
    let mut guarded = going_on(prefix, &rest);
    let (completion, shown) = ask(&mut guarded, "a.json", prefix);
    assert_eq!((completion.text.as_str(), completion.finish), ("", FinishReason::Guarded));
    assert_eq!(completion.cut.map(|cut| cut.rule), Some("github-token"));
    assert!(shown.iter().all(|text| !text.contains("ghp")), "{shown:?}");
    // It ended where the hit was, and what is known of it afterwards is that there is nothing.
    assert!(completion.tokens <= TOKEN.len() + 4);
    let (again, shown) = ask(&mut guarded, "a.json", prefix);
    assert_eq!((again.text.as_str(), again.finish, shown.len()), ("", FinishReason::Reused, 0));

    let mut open = going_on(prefix, &rest);
    open.set_guard(GuardOptions::off());
    assert!(ask(&mut open, "a.json", prefix).0.text.contains(TOKEN));
}

#[test]
fn what_was_shown_before_a_hit_is_taken_back() {
    let (prefix, rest) = ("{\"name\": ", format!("\"a long name\", \"token\": \"{TOKEN}\"}}"));
    let (completion, shown) = ask(&mut going_on(prefix, &rest), "a.json", prefix);
    assert_eq!((completion.text.as_str(), completion.finish), ("", FinishReason::Guarded));
    assert!(shown.last().is_some_and(|text| text.starts_with("\"a long name\"")), "{shown:?}");
    assert!(shown.iter().all(|text| !text.contains("ghp")), "{shown:?}");
}

#[test]
fn the_beginning_of_a_secret_is_not_shown_where_the_tokens_end() {
    let (prefix, rest) = ("{\"token\": ", format!("\"{TOKEN}\"}}"));
    for max_tokens in 1..TOKEN.len() {
        let (completion, shown) = ask_for(&mut going_on(prefix, &rest), "a.json", prefix, max_tokens);
        assert_eq!(completion.finish, FinishReason::Length);
        let all = shown.iter().chain([&completion.text]).cloned().collect::<String>();
        assert!(!all.contains("gh"), "{max_tokens}: {all}");
    }
}

#[test]
fn a_risky_pattern_ends_the_answer_in_its_own_language() {
    let answer = |path: &str, risky: Option<Severity>| {
        let header = if path.ends_with(".py") { format!("# {path}\n") } else { String::new() };
        let mut session = session(knowing(&format!("{header}value = eval(text)")), &[], 0);
        session.set_guard(GuardOptions { risky, ..GuardOptions::default() });
        ask(&mut session, path, "value = ").0
    };
    let python = answer("a.py", Some(Severity::High));
    assert_eq!((python.finish, python.cut.map(|cut| cut.rule)), (FinishReason::Guarded, Some("python-eval")));
    assert_eq!(answer("a.py", None).text, "eval(text)");
    assert_eq!(answer("a.json", Some(Severity::High)).text, "eval(text)");
}

/// Of SQL in pieces no piece is SQL, and a call in a call is too far for tokens.
#[test]
fn a_tree_withholds_what_tokens_let_pass() {
    for (prefix, rest, rule, is_graver) in [
        ("rows = db.execute(", "\"SELECT id, \" + columns + \" FROM users\")", "python-sql", true),
        (
            "def f(session):\n    ",
            "requests.Session().get(url, verify=False)\n    return 1",
            "python-tls-off",
            true,
        ),
        (
            "def f(session):\n    ",
            "hashlib.new(data=text, name=\"md5\")\n    return 1",
            "python-weak-hash",
            false,
        ),
    ] {
        let answer = |risky: Option<Severity>, has_tree: bool| {
            let mut session = session(knowing(&format!("# a.py\n{prefix}{rest}")), &[], 0);
            session.set_guard(GuardOptions { risky, ..GuardOptions::default() });
            if has_tree {
                session.set_syntax(TreeSitter::with_all());
            }
            ask(&mut session, "a.py", prefix)
        };
        assert_eq!(answer(Some(Severity::Medium), false).0.text, rest);
        assert_eq!(answer(None, true).0.text, rest);
        let (withheld, shown) = answer(Some(Severity::Medium), true);
        assert_eq!((withheld.text.as_str(), withheld.finish), ("", FinishReason::Guarded), "{rest}");
        assert_eq!(withheld.cut.map(|cut| (cut.rule, cut.document)), Some((rule, None)));
        // Only the whole text tells; what was shown until then is taken back.
        assert!(!shown.is_empty());
        let grave = answer(Some(Severity::High), true).0;
        assert_eq!(grave.finish == FinishReason::Guarded, is_graver, "{rest}");
    }
}

#[test]
fn a_copy_of_known_source_is_withheld() {
    let source: String = (0..40).map(|n| format!("  value_{n} = compute(alpha_{n}, {n});\n")).collect();
    let mut builder = FingerprintBuilder::new();
    builder.add("known.c", &source).unwrap();
    let known = Fingerprints::parse(builder.finish()).unwrap();
    // As many lines as a request may have, by the part before the cursor.
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    let (prefix, rest) = (format!("{{\n{}", lines[..8].concat()), lines[8..11].concat());
    let answer = |known: Option<Fingerprints>| {
        let mut session = session(knowing(&format!("{prefix}{rest}")), &[], 0);
        session.set_guard(GuardOptions { known, ..GuardOptions::default() });
        let request = Request {
            source: Source { prefix: &prefix, ..Source::default() },
            max_tokens: 200,
            ..Request::default()
        };
        block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| {})).unwrap()
    };
    assert!(answer(None).text.contains("value_9"), "{:?}", answer(None));
    let withheld = answer(Some(known));
    assert_eq!((withheld.text.as_str(), withheld.finish), ("", FinishReason::Guarded));
    assert_eq!(withheld.cut.map(|cut| cut.document), Some(Some(0)));
}

#[test]
fn files_that_rules_keep_out_are_never_read() {
    for (path, rules, is_private) in [
        (".env", "", true),
        ("deploy/id_rsa", "", true),
        ("src/main.rs", "", false),
        ("src/main.rs", "nowhere src", true),
        ("src/main.rs", "tab src", false),
        (".env", "backend .env", true), // no layer loosens another
    ] {
        let mut session = session(knowing("x"), &[], 0);
        let mut guard = GuardOptions::default();
        guard.rules.push(PrivacyRules::parse_or_closed(rules));
        session.set_guard(guard);
        let completion = ask(&mut session, path, "KEY=").0;
        assert_eq!(completion.skip == Some(Skip::Private), is_private, "{path}: {rules}");
        assert_eq!(session.decoder().prefilled() == 0, is_private, "{path}: {rules}");
    }
    let mut session = session(knowing("x"), &[], 0);
    session.set_guard(GuardOptions { rules: vec![PrivacyRules::closed()], ..GuardOptions::default() });
    assert_eq!(ask(&mut session, "a.rs", "x").0.skip, Some(Skip::Private));
    let request =
        Request { source: Source { path: "a.rs", prefix: "x", ..Source::default() }, ..Request::default() };
    assert_eq!(block_on(session.prefill(request, &Cancel::new(), &|| 0.0)), Ok(0));
    assert!(block_on(session.alternatives(request, 3, &Cancel::new(), &|| 0.0)).unwrap().is_empty());
    assert_eq!(session.decoder().prefilled(), 0);
}

#[test]
fn new_rules_hold_for_what_is_remembered_too() {
    let prefix = "{\"token\": ";
    let mut session = going_on(prefix, &format!("\"{TOKEN}\"}}"));
    session.set_guard(GuardOptions::off());
    assert!(!ask(&mut session, "a.json", prefix).0.text.is_empty());
    // Also when they are set beside the session.
    session.scheduler().set_guard(GuardOptions::default());
    assert_eq!(ask(&mut session, "a.json", prefix).0.finish, FinishReason::Guarded);
}
