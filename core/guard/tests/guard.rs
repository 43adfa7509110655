//! The guard as a whole: any chunking gives the same, nothing of a secret is
//! shown, what is held back has a bound, what stood before is not held against
//! an answer.

use ghostlight_guard::{
    CODE_MATCH, Cut, FingerprintBuilder, Fingerprints, Guard, Policy, RiskyRules, SecretRules, TOKENS,
    Verdict, check,
};
use ghostlight_text::Language;
use proptest::prelude::*;
use std::sync::LazyLock;

static SECRETS: LazyLock<SecretRules> = LazyLock::new(SecretRules::builtin);
static PYTHON: LazyLock<RiskyRules> = LazyLock::new(|| {
    RiskyRules::builtin(Language::from_id("python").expect("Python is in the table"))
        .expect("Python has rules")
});
static KNOWN: LazyLock<Fingerprints> = LazyLock::new(|| {
    let mut builder = FingerprintBuilder::new();
    builder.add("known.py", &known_source()).expect("it is small");
    Fingerprints::parse(builder.finish()).expect("what was built can be read")
});

const TOKEN: &str = "ghp_8Zq1mT4vXc7Ry2Wk9Ld3Ns6Bf0Gh5Jp1QaEu";

fn known_source() -> String {
    (0..60).map(|n| format!("value_{n} = compute(alpha_{n}, {n})\n")).collect()
}

fn policy() -> Policy<'static> {
    Policy { secrets: Some(&SECRETS), risky: Some(&PYTHON), known: Some(&KNOWN), ..Policy::default() }
}

/// What is shown of an answer in these pieces, and why it ended.
fn stream<'t>(before: &str, pieces: impl Iterator<Item = &'t str>) -> (String, Option<Cut>) {
    let mut guard = Guard::new(policy(), before);
    let mut shown = String::new();
    for piece in pieces {
        match guard.push(piece) {
            Verdict::Show(text) => shown.push_str(text),
            Verdict::Cut(cut) => return (shown, Some(cut)),
        }
        assert!(guard.held() <= SECRETS.longest(), "{} bytes are held", guard.held());
    }
    match guard.finish() {
        Verdict::Show(text) => shown.push_str(text),
        Verdict::Cut(cut) => return (shown, Some(cut)),
    }
    (shown, None)
}

fn parts() -> impl Strategy<Value = Vec<String>> {
    let known = known_source();
    let part = prop_oneof![
        8 => prop::sample::select(vec![
            "a", "sk-", "ghp_", "g", "AKIA", "eyJ", "password", " = ", "\"", "'", "\n", "(", ")", "x", " ", "é", "🙂",
            "eval", "eval(x)", "#", "f\"{x}\"", "os.system(", "cmd", "://", "a:b", "@", "-----BEGIN ", "PRIVATE KEY-----",
            "\"\"\"", "api_key=\"", "QWERTYuiop12", "\\", "import os\n", ".", "key-",
        ]).prop_map(str::to_owned),
        1 => Just(TOKEN.to_owned()),
        1 => Just(known[..900].to_owned()),
        1 => "[ -~]{0,12}",
    ];
    prop::collection::vec(part, 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_chunking_gives_the_same(before in parts(), answer in parts(), cuts in prop::collection::vec(0usize..4000, 0..12)) {
        let (before, answer) = (before.concat(), answer.concat());
        let whole = stream(&before, std::iter::once(answer.as_str()));
        prop_assert_eq!(check(policy(), &before, &answer), whole.1);

        let mut ends: Vec<usize> = cuts.into_iter().map(|at| answer.floor_char_boundary(at.min(answer.len()))).collect();
        ends.push(answer.len());
        ends.sort_unstable();
        let mut start = 0;
        let pieces: Vec<&str> = ends.into_iter().map(|end| { let piece = &answer[start..end]; start = end; piece }).collect();
        let (shown, cut) = stream(&before, pieces.into_iter());
        prop_assert_eq!(cut, whole.1);

        let one_by_one = answer.char_indices().map(|(at, c)| &answer[at..at + c.len_utf8()]);
        let (most, cut) = stream(&before, one_by_one);
        prop_assert_eq!(cut, whole.1);
        prop_assert!(answer.starts_with(&most) && most.starts_with(&shown), "shown is a beginning of the answer");
        if whole.1.is_none() {
            prop_assert_eq!(&shown, &answer);
            prop_assert_eq!(&most, &answer);
        }
    }

    /// No byte of a secret gets out before the cut, however small the pieces are.
    #[test]
    fn no_part_of_a_secret_is_shown(before in "[a-z =\n]{0,20}", head in "[a-z =\n]{0,20}", tail in "[a-z \n]{0,8}") {
        let answer = format!("{head} {TOKEN} {tail}");
        let pieces = answer.char_indices().map(|(at, c)| &answer[at..at + c.len_utf8()]);
        let (shown, cut) = stream(&before, pieces);
        prop_assert_eq!(cut.map(|cut| cut.rule), Some("github-token"));
        prop_assert!(shown.len() <= head.len() + 1, "{} bytes of the secret", shown.len() - head.len() - 1);
    }

    #[test]
    fn any_text_at_all_is_fine(before in any::<String>(), answer in any::<String>()) {
        let _ = check(policy(), &before, &answer);
    }
}

#[test]
fn ordinary_code_comes_through_at_once() {
    let mut guard = Guard::new(policy(), "import os\n\n");
    for piece in ["def total(rows):\n", "    return ", "sum(row.price ", "for row in rows)\n"] {
        let Verdict::Show(text) = guard.push(piece) else { panic!("cut at {piece:?}") };
        assert!(text.len() + 3 >= piece.len(), "{piece:?} waits");
    }
    assert!(matches!(guard.finish(), Verdict::Show(_)));
}

#[test]
fn a_value_is_held_but_its_name_is_not() {
    let mut guard = Guard::new(policy(), "");
    assert_eq!(guard.push("api_key = \""), Verdict::Show("api_key = \""));
    assert_eq!(guard.push("q8Zr2"), Verdict::Show(""));
    // Too short for a secret, once the quote closes.
    assert_eq!(guard.push("\"\n"), Verdict::Show("q8Zr2\"\n"));
}

#[test]
fn what_stood_before_is_not_held_against_an_answer() {
    let before = format!("token = \"{TOKEN}\"\neval(x)\n");
    assert_eq!(check(policy(), &before, "print(1)\n"), None);
    // A secret that ends at the cursor, a call that does.
    assert_eq!(check(policy(), &format!("token = {TOKEN}"), "\nprint(1)\n"), None);
    assert_eq!(check(policy(), "eval(x", ")\n"), None);
    // One that the answer completes is the answer's.
    let cut = check(policy(), &format!("token = \"{}", &TOKEN[..20]), &format!("{}\"\n", &TOKEN[20..]));
    assert_eq!(cut.map(|cut| cut.rule), Some("github-token"));
    let cut = check(policy(), "result = eval(", "expression)\n");
    assert_eq!(cut.map(|cut| cut.rule), Some("python-eval"));
}

#[test]
fn a_cut_is_final_and_names_the_rule_only() {
    let mut guard = Guard::new(policy(), "");
    let cut = guard.push(&format!("x = \"{TOKEN}\"\n"));
    let expected = Verdict::Cut(Cut { rule: "github-token", document: None });
    assert_eq!(cut, expected);
    assert_eq!(guard.push("harmless"), expected);
    assert_eq!(guard.finish(), expected);
    assert!(!format!("{expected:?}").contains("8Zq1"));
}

#[test]
fn a_copy_is_cut_where_it_reaches_sixty_five_tokens() {
    let source = known_source();
    // Eight tokens a line: eight lines and one token are 65.
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    let cut = check(policy(), "", &lines[10..19].concat()).expect("72 tokens are a copy");
    assert_eq!((cut.rule, cut.document), (CODE_MATCH, Some(0)));
    assert_eq!(check(policy(), "", &lines[10..18].concat()), None, "64 tokens are none, of {TOKENS}");
    // What stood before counts, but the answer has to bring some.
    assert!(check(policy(), &lines[10..16].concat(), &lines[16..19].concat()).is_some());
    assert_eq!(check(policy(), &lines[10..19].concat(), lines[19]), None);
}

#[test]
fn parts_that_are_not_asked_for_are_not_looked_for() {
    assert_eq!(check(Policy::default(), "", &format!("eval({TOKEN})\n{}", known_source())), None);
}
