//! Whatever came before, an answer is what a fresh session gives.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use crate::support::{Bytes, babbling, session};
use ghostlight_complete::{Completion, Request, Session, Source};
use ghostlight_decode::{Cancel, ScriptedDecoder, Speculation, Speculator, cancel_at_checkpoint};
use pollster::block_on;
use proptest::prelude::*;

const NAMES: [&[&str]; 3] = [
    &[],
    &["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
    &["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
];

fn complete(session: &mut Session<ScriptedDecoder, Bytes>, request: Request<'_>) -> Completion {
    block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| {})).unwrap()
}

/// An answer without what only says how it was found.
fn answer(completion: Completion) -> Completion {
    Completion { reused_tokens: 0, drafted: 0, accepted: 0, ..completion }
}

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Done,
    Cancelled(usize),
    Dropped(usize),
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Done),
        (0usize..120).prop_map(Outcome::Cancelled),
        (0usize..120).prop_map(Outcome::Dropped),
    ]
}

/// Runs a request until its `n`-th checkpoint and then drops it.
fn drop_at(session: &mut Session<ScriptedDecoder, Bytes>, request: Request<'_>, n: usize) {
    let left = std::cell::Cell::new(n);
    let cancel = Cancel::with_turn(move || match left.get() {
        0 => Some(Box::pin(std::future::pending())),
        more => {
            left.set(more - 1);
            None
        }
    });
    let clock = || 0.0;
    let mut future = pin!(session.complete(request, &cancel, &clock, |_| {}));
    let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

fn text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec!["a", "b(", "x = ", "\n", "\n  ", ")", "{", "long_name, ", "\n\n"]);
    // Long enough, now and then, that the window has to be cut.
    prop::collection::vec(part, 0..120).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn an_answer_does_not_depend_on_what_came_before(
        base in text(), suffix in text(), names in 0..NAMES.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[a-c(){}\n ]{0,3}", outcome()), 1..8),
    ) {
        let mut used = session(babbling(), NAMES[names], 0);
        for (at, typed, outcome) in edits {
            // A cursor somewhere, and something typed there.
            let cursor = at.index(base.len() + 1);
            let prefix = format!("{}{typed}", &base[..cursor]);
            let request =
                Request { source: Source { path: "a.rs", prefix: &prefix, suffix: &suffix }, max_tokens: 24, ..Request::default() };
            match outcome {
                Outcome::Done => {
                    let mut fresh = session(babbling(), NAMES[names], 0);
                    let expected = complete(&mut fresh, request);
                    let got = complete(&mut used, request);
                    prop_assert_eq!(answer(got), answer(expected));
                }
                Outcome::Cancelled(n) => {
                    let cancel = cancel_at_checkpoint(n);
                    let _ = block_on(used.complete(request, &cancel, &|| 0.0, |_| {}));
                }
                Outcome::Dropped(n) => drop_at(&mut used, request, n),
            }
        }
    }

    /// With drafts and without, an answer and what is shown on the way are the same.
    #[test]
    fn an_answer_does_not_depend_on_speculation(
        prefix in text(), suffix in text(), names in 0..NAMES.len(), extra_cost in 0.0f32..1.0,
    ) {
        let request =
            Request { source: Source { path: "a.rs", prefix: &prefix, suffix: &suffix }, max_tokens: 60, ..Request::default() };
        let eager = Speculation { draft: 15, shortest: 1, extra_cost };
        let [plain, drafted] = [Speculation::OFF, eager].map(|speculation| {
            let mut session = session(babbling(), NAMES[names], 0);
            *session.speculator_mut() = Speculator::new(speculation);
            let mut shown = Vec::new();
            let update = |text: &str| shown.push(text.to_owned());
            let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, update)).unwrap();
            (answer(completion), shown)
        });
        prop_assert_eq!(plain, drafted);
    }

    /// Typing what was suggested leaves the rest of it, however it is typed and deleted.
    #[test]
    fn a_suggestion_survives_typing_it(
        prefix in text(), steps in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let mut session = session(babbling(), &[], 4);
        let request = Request { source: Source { prefix: &prefix, ..Source::default() }, ..Request::default() };
        let text = complete(&mut session, request).text;
        let work = |session: &Session<ScriptedDecoder, Bytes>| {
            let decoder = session.decoder();
            (decoder.prefilled(), decoder.stepped(), decoder.verified())
        };
        let before = work(&session);
        for step in steps.iter().filter(|_| !text.is_empty()) {
            let typed = step.index(text.len());
            let longer = format!("{prefix}{}", &text[..typed]);
            let rest = complete(&mut session, Request { source: Source { prefix: &longer, ..Source::default() }, ..Request::default() });
            prop_assert_eq!(&rest.text, &text[typed..]);
        }
        prop_assert_eq!(work(&session), before);
    }
}
