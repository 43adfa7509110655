//! A request, its alternatives, a review and the bare model agree: all four drive one generation.

use crate::support::golden::golden;
use crate::support::{Bytes, babbling, knowing_anywhere};
use ghostlight_complete::{
    Ablation, Completion, FinishReason, GuardOptions, Request, Session, SessionOptions, Skip, Written,
};
use ghostlight_context::syntax::{Insertion, Lexical, Outline, Syntax, SyntaxFacts};
use ghostlight_context::{ModelFacts, Source, TokenBudget};
use ghostlight_decode::{Cancel, DecodeError, Decoder, Prediction, ScriptedDecoder};
use ghostlight_text::TokenId;
use pollster::block_on;
use proptest::prelude::*;

/// A model so sure of each token that samples are what greedy decoding gives.
struct Certain(ScriptedDecoder);

impl Decoder for Certain {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }

    fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    async fn prefill(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Prediction, DecodeError> {
        self.0.prefill(tokens, cancel).await
    }

    async fn step(&mut self, token: TokenId, cancel: &Cancel) -> Result<Prediction, DecodeError> {
        self.0.step(token, cancel).await
    }

    async fn logits(&mut self) -> Result<Vec<f32>, DecodeError> {
        // The scripted token has 4.5, and no other one as much.
        Ok(self.0.logits().await?.into_iter().map(|logit| logit * 40.0).collect())
    }
}

/// Syntax that no question mark goes with.
struct Picky;

impl Syntax for Picky {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        Lexical.facts(source)
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        Insertion { breaks: text.contains('?'), ..Lexical.insertion(source, text) }
    }

    fn outline(&mut self, path: &str, text: &str) -> Outline {
        Lexical.outline(path, text)
    }
}

fn session(decoder: ScriptedDecoder, ablation: Ablation) -> Session<Certain, Bytes> {
    let budget = TokenBudget(300);
    let options =
        SessionOptions { budget, remembered: 0, threshold: 0.0, ablation, ..SessionOptions::default() };
    let mut session = Session::new(Certain(decoder), Bytes(&[]), ModelFacts::default(), options).unwrap();
    session.set_syntax(Picky);
    session
}

fn complete(session: &mut Session<Certain, Bytes>, request: Request<'_>) -> Completion {
    block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| ())).unwrap()
}

/// The text of a request, which the other drivers must give too.
fn agreed(decoder: impl Fn() -> ScriptedDecoder, request: Request<'_>, ablation: Ablation) -> String {
    let mut session = session(decoder(), ablation);
    let own = complete(&mut session, request);

    let found = block_on(session.alternatives(request, 2, &Cancel::new(), &|| 0.0)).unwrap();
    let found: Vec<&str> = found.iter().map(|one| one.text.as_str()).collect();
    let expected = [own.text.as_str()];
    // What a certain model samples is the same again, and left out.
    assert_eq!(found, expected[..usize::from(!own.text.is_empty())], "alternatives {request:?}");

    let raw = block_on(session.raw(request, &Cancel::new(), &|| 0.0, |_| false)).unwrap();
    if raw.skip == Some(Skip::Empty) {
        assert_eq!(own.skip, raw.skip);
        return own.text;
    }
    let written = if raw.finish == FinishReason::Length { Written::Truncated } else { Written::Whole };
    // As an edge's text arrives: piece by piece, until the rest does not matter.
    let ends = raw.text.char_indices().map(|(at, sign)| at + sign.len_utf8());
    let mut pieces = ends.map(|end| session.review(&request, &raw.text[..end], Written::Growing));
    let ended = pieces.find(|piece| piece.finish != FinishReason::Length);
    drop(pieces);
    let reviewed = ended.unwrap_or_else(|| session.review(&request, &raw.text, written));
    assert_eq!(reviewed.text, own.text, "review of {:?} for {request:?}", raw.text);

    // With all filters and the guard off, a request gives what the bare model writes.
    let bare = ["filters", "line", "scope", "whole", "valid"].map(|name| Ablation::part(name).unwrap());
    let bare = bare.into_iter().fold(ablation, Ablation::and);
    let mut session = self::session(decoder(), bare);
    session.set_guard(GuardOptions::off());
    assert_eq!(complete(&mut session, request).text, raw.text, "the bare model for {request:?}");
    own.text
}

fn part(name: &str) -> Ablation {
    Ablation::part(name).unwrap()
}

/// Path, text before the cursor, text after it, what a model writes, and the part that matters there.
const CASES: &[[&str; 5]] = &[
    ["a.py", "def f(a):", "", "\n    return a\n\nf(1)\n", "lines"],
    ["a.py", "x = ", "", " 1\n", "healing"],
    ["a.rs", "let a = ", "\n", "f(b)?;\n", "valid"],
];

#[test]
fn every_part_that_is_left_out_is_left_out_by_all() {
    for name in Ablation::names() {
        // Some find what others have found before.
        let base = match name {
            "scope" => part("dedent"),
            "drop_token_loop" => part("repetition"),
            _ => Ablation::default(),
        };
        let mut differ = 0;
        let mut check = |path: &str, prefix: &str, suffix: &str, model: &str| {
            // What is whole only matters where the limit cuts a text off.
            let (max_tokens, more) = if name == "whole" { (model.len(), "more") } else { (200, "") };
            let request =
                Request { source: Source { path, prefix, suffix }, max_tokens, ..Request::default() };
            let decoder = || knowing_anywhere(&format!("{prefix}{model}{more}"));
            let with = agreed(decoder, request, base);
            let without = agreed(decoder, request, base.and(part(name)));
            differ += usize::from(with != without);
        };
        let folder = match name {
            "filters" => "all",
            "lines" | "healing" | "valid" => "",
            other => other,
        };
        let cases = if folder.is_empty() { Vec::new() } else { golden(folder) };
        for (_, case) in &cases {
            check(&case.path, case.source().prefix, case.source().suffix, &case.model);
        }
        for [path, prefix, suffix, model, _] in CASES.iter().filter(|case| case[4] == name) {
            check(path, prefix, suffix, model);
        }
        assert!(differ > 0, "leaving out {name} changes nothing");
    }
}

#[test]
fn the_bare_model_ends_where_it_is_told() {
    let text = "let a = 1;\nlet b = 2;\nlet c = 3;\n";
    let mut session = session(knowing_anywhere(text), Ablation::default());
    let request = Request {
        source: Source { path: "a.rs", prefix: "let a", ..Source::default() },
        max_tokens: 200,
        ..Request::default()
    };
    let is_enough = |text: &str| text.matches('\n').count() == 2;
    let raw = block_on(session.raw(request, &Cancel::new(), &|| 0.0, is_enough)).unwrap();
    assert_eq!((raw.text.as_str(), raw.finish), (" = 1;\nlet b = 2;\n", FinishReason::Stop));
    // No rule keeps a file from it, and it leaves nothing behind.
    let request = Request {
        source: Source { path: ".env", prefix: "let a", ..Source::default() },
        max_tokens: 4,
        ..Request::default()
    };
    let raw = block_on(session.raw(request, &Cancel::new(), &|| 0.0, |_| false)).unwrap();
    assert_eq!((raw.text.as_str(), raw.finish), (" = ", FinishReason::Length));
    assert_eq!(session.scheduler().work().requests, 0);
}

/// A file that lacks what opens the lines below the cursor.
struct Headless;

impl Syntax for Headless {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        Lexical.facts(source)
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        Insertion { was_broken: true, mends: text.ends_with('{'), ..Lexical.insertion(source, text) }
    }

    fn outline(&mut self, path: &str, text: &str) -> Outline {
        Lexical.outline(path, text)
    }
}

#[test]
fn what_has_to_open_the_lines_below_is_shown_when_it_is_known_to() {
    let source = Source { path: "a.rs", prefix: "fn f() {\n    ", suffix: "\n        g();\n    }\n}\n" };
    let request = Request { source, max_tokens: 60, ..Request::default() };
    for (writes, ablation, wanted, is_shown_early) in [
        ("if a {\n        b();\n    }", Ablation::default(), "if a {", false),
        ("let a = b();\n    c();", Ablation::default(), "", false),
        ("if a {\n        b();\n    }", part("valid"), "if a {\n        b();\n    }", true),
    ] {
        let mut session = session(knowing_anywhere(&format!("fn f() {{\n    {writes}\n}}\n")), ablation);
        session.set_syntax(Headless);
        let mut early = false;
        let update = |_: &str| early = true;
        let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, update)).unwrap();
        assert_eq!((completion.text.as_str(), early), (wanted, is_shown_early), "{writes:?}");
        // Whoever ends the bare model by what it has written is told of all of it.
        let is_enough = |text: &str| text.contains('(');
        let raw = block_on(session.raw(request, &Cancel::new(), &|| 0.0, is_enough)).unwrap();
        assert!(raw.text.ends_with('('), "{:?}", raw.text);
    }
}

fn text() -> impl Strategy<Value = String> {
    let part =
        prop::sample::select(vec!["a", "b(", "x = ", "\n", "\n  ", ")", "{", "long_name, ", "\n\n", "\""]);
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn all_drivers_agree_on_whatever_a_model_writes(
        prefix in text(), suffix in text(), max_tokens in 1usize..60,
        path in prop::sample::select(vec!["a.py", "a.rs", "a.txt", "a"]),
        name in prop::option::of(prop::sample::select(Ablation::names().collect::<Vec<_>>())),
    ) {
        let request = Request { source: Source { path, prefix: &prefix, suffix: &suffix }, max_tokens, ..Request::default() };
        agreed(babbling, request, name.map(part).unwrap_or_default());
    }
}
