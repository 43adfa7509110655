//! Keystroke by keystroke: what is asked, kept, reused, computed ahead and read early.

use crate::support;
use std::cell::RefCell;
use std::rc::Rc;

use crate::support::{Bytes, answering, babbling, knowing, session};
use ghostlight_complete::feedback::{Length, Outcome, Stratum};
use ghostlight_complete::{
    CompleteError, Completion, Event, FinishReason, GuardOptions, Plan, Request, Scheduler, Session,
    SessionOptions, Skip, Source,
};
use ghostlight_context::{ModelFacts, TokenBudget, Tokens};
use ghostlight_decode::{Cancel, Cancelled, DecodeError, Decoder, Prediction, ScriptedDecoder};
use ghostlight_guard::PrivacyRules;
use ghostlight_text::TokenId;
use pollster::block_on;
use proptest::prelude::*;

type Scripted = Session<ScriptedDecoder, Bytes>;

const FILE: &str = "def add(a, b):\n    total = a + b\n    return total\n\nprint(add(1, 2))\n";
const BODY: &str = "total = a + b\n    return total";

fn typed(prefix: &str) -> Request<'_> {
    Request { source: Source { prefix, ..Source::default() }, event: Event::Typed, ..Request::default() }
}

fn ask(session: &mut Scripted, request: Request<'_>) -> Completion {
    block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| {})).unwrap()
}

/// Runs a request and plans another one each time the first has grown; gives the plans.
fn plans_while_running(
    session: &mut Scripted,
    first: Request<'_>,
    later: Request<'_>,
) -> (Vec<Plan>, Result<Completion, CompleteError>) {
    let scheduler = RefCell::new(session.scheduler());
    let plans = Rc::new(RefCell::new(Vec::new()));
    let note = |_: &str| plans.borrow_mut().push(scheduler.borrow_mut().plan(&later, 0.0));
    let result = block_on(session.complete(first, &Cancel::new(), &|| 0.0, note));
    (plans.take(), result)
}

#[test]
fn typing_waits_asking_does_not() {
    let session = session(knowing(FILE), &[], 8);
    let mut scheduler = session.scheduler();
    assert!(matches!(scheduler.plan(&typed("def add"), 0.0), Plan::After { ms } if ms >= 10.0));
    assert_eq!(
        scheduler.plan(
            &Request { source: Source { prefix: "def add", ..Source::default() }, ..Request::default() },
            0.0
        ),
        Plan::Now
    );
    let accepted = Request { event: Event::Accepted, ..typed("def add") };
    assert_eq!(scheduler.plan(&accepted, 0.0), Plan::Now);
    let deleted = Request { event: Event::Deleted, ..typed("def add") };
    assert_eq!(scheduler.plan(&deleted, 0.0), Plan::Skip(Skip::NotTyped));
}

fn ask_planned(session: &mut Scripted, request: Request<'_>) -> Completion {
    block_on(session.complete_planned(request, &Cancel::new(), &|| 0.0, |_| {})).unwrap()
}

#[test]
fn what_was_planned_is_not_found_out_again() {
    let mut session = session(knowing(FILE), &[], 8);
    let mut scheduler = session.scheduler();
    let request = typed("def add(a, b):\n    ");
    assert!(matches!(scheduler.plan(&request, 0.0), Plan::After { .. }));
    assert_eq!(ask(&mut session, request).text, BODY);
    // The cache has it by now; the plan was to ask the model.
    assert_eq!(ask_planned(&mut session, request).finish, FinishReason::Stop);
    // A plan serves one answer.
    assert_eq!(ask_planned(&mut session, request).finish, FinishReason::Reused);
    assert_eq!(scheduler.plan(&request, 0.0), Plan::Now);
    assert_eq!(ask_planned(&mut session, request).finish, FinishReason::Reused);
}

#[test]
fn a_plan_is_of_its_request_and_of_the_rules_in_force() {
    let mut session = session(knowing(FILE), &[], 8);
    let mut scheduler = session.scheduler();
    scheduler.plan(&typed("KEY="), 0.0);
    let secret = Request { source: Source { path: ".env", prefix: "KEY=", suffix: "" }, ..typed("") };
    assert_eq!(ask_planned(&mut session, secret).skip, Some(Skip::Private));
    // Rules that come between end it.
    let request = Request { source: Source { path: "a.json", prefix: "def ", suffix: "" }, ..typed("") };
    scheduler.plan(&request, 0.0);
    let rules = vec![PrivacyRules::closed()];
    scheduler.set_guard(GuardOptions { rules, ..GuardOptions::default() });
    assert_eq!(ask_planned(&mut session, request).skip, Some(Skip::Private));
}

#[test]
fn what_is_known_is_told_at_once_also_after_deleting() {
    let mut session = session(knowing(FILE), &[], 8);
    let mut scheduler = session.scheduler();
    assert_eq!(ask(&mut session, typed("def add(a, b):\n    ")).text, BODY);
    assert_eq!(scheduler.plan(&typed("def add(a, b):\n    tot"), 0.0), Plan::Now);
    let deleted = Request { event: Event::Deleted, ..typed("def add(a, b):\n    to") };
    assert_eq!(scheduler.plan(&deleted, 0.0), Plan::Now);
    assert_eq!(ask(&mut session, deleted).text, BODY[2..]);
    let gone = Request { event: Event::Deleted, ..typed("def add(a, b)") };
    assert_eq!(scheduler.plan(&gone, 0.0), Plan::Skip(Skip::NotTyped));
    assert_eq!(ask(&mut session, gone).skip, Some(Skip::NotTyped));
}

#[test]
fn a_keystroke_that_agrees_keeps_the_generation_and_one_that_does_not_ends_it() {
    let first = typed("def add(a, b):\n    ");
    let mut agreeing = session(knowing(FILE), &[], 8);
    let (plans, result) = plans_while_running(&mut agreeing, first, typed("def add(a, b):\n    total"));
    assert!(plans.iter().all(|plan| *plan == Plan::Keep { typed: "total".into() }), "{plans:?}");
    assert_eq!(result.unwrap().text, BODY);
    // Then it is known.
    assert_eq!(ask(&mut agreeing, typed("def add(a, b):\n    total")).finish, FinishReason::Reused);

    let mut other = session(knowing(FILE), &[], 8);
    let (plans, _) = plans_while_running(&mut other, first, typed("def add(a, b):\n    x"));
    assert!(plans.iter().all(|plan| matches!(plan, Plan::After { .. })), "{plans:?}");
    // Nothing is left of a generation that is over.
    let mut scheduler = other.scheduler();
    assert!(matches!(scheduler.plan(&typed("def add(a, b):\n    y"), 0.0), Plan::After { .. }));
}

#[test]
fn a_generation_that_turns_out_otherwise_is_cancelled() {
    let mut session = session(knowing(FILE), &[], 8);
    // Agrees with the first letters, and not with what comes then.
    let (plans, result) = plans_while_running(
        &mut session,
        typed("def add(a, b):\n    "),
        typed("def add(a, b):\n    total = a * "),
    );
    assert_eq!(plans[0], Plan::Keep { typed: "total = a * ".into() });
    assert_eq!(result, Err(CompleteError::Cancelled(Cancelled)));
    // And it is not remembered as if it were whole.
    assert_ne!(ask(&mut session, typed("def add(a, b):\n    ")).finish, FinishReason::Reused);
}

#[test]
fn a_generation_in_another_place_is_not_kept() {
    let first = typed("def add(a, b):\n    ");
    let request = typed("def add(a, b):\n    to");
    for later in [
        Request { source: Source { path: "b.json", ..request.source }, ..request },
        Request { source: Source { suffix: ")", ..request.source }, ..request },
        Request { max_tokens: 9, ..request },
        Request { source: Source { prefix: "def sub(a, b):\n    to", ..request.source }, ..request },
    ] {
        let mut session = session(knowing(FILE), &[], 8);
        let (plans, _) = plans_while_running(&mut session, first, later);
        assert!(plans.iter().all(|plan| matches!(plan, Plan::After { .. })), "{later:?}: {plans:?}");
    }
}

#[test]
fn a_dropped_generation_leaves_nothing_behind() {
    let mut session = session(knowing(FILE), &[], 8);
    let scheduler = RefCell::new(session.scheduler());
    let cancel = Cancel::with_turn(|| Some(Box::pin(std::future::pending())));
    let clock = || 0.0;
    {
        let mut future = std::pin::pin!(session.complete(typed("def "), &cancel, &clock, |_| {}));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(std::future::Future::poll(future.as_mut(), &mut context).is_pending());
        assert!(
            matches!(scheduler.borrow_mut().plan(&typed("def "), 0.0), Plan::Keep { typed } if typed.is_empty())
        );
    }
    assert!(matches!(scheduler.borrow_mut().plan(&typed("def "), 0.0), Plan::After { .. }));
}

#[test]
fn what_follows_an_accepted_suggestion_is_there_before_it_is_accepted() {
    let mut session = session(knowing(FILE), &[], 8);
    assert_eq!(block_on(session.look_ahead(&Cancel::new(), &|| 0.0)), Ok(None));
    let shown = ask(&mut session, typed("def add(a, b):\n    to"));
    assert_eq!(shown.text, "tal = a + b");
    let ahead = block_on(session.look_ahead(&Cancel::new(), &|| 0.0)).unwrap().unwrap();
    assert_eq!(ahead.text, "return total", "{ahead:?}");
    let steps = session.decoder().stepped();
    let next = format!("def add(a, b):\n    to{}\n    ", shown.text);
    let request = Request { event: Event::Accepted, ..typed(&next) };
    let completion = ask(&mut session, request);
    assert_eq!((completion.text.as_str(), completion.finish), ("return total", FinishReason::Reused));
    assert_eq!(session.decoder().stepped(), steps);
    // Not again for the same suggestion.
    let mut fresh = support::session(knowing("nothing"), &[], 8);
    ask(&mut fresh, typed("x"));
    assert_eq!(block_on(fresh.look_ahead(&Cancel::new(), &|| 0.0)), Ok(None));
}

#[test]
fn looking_ahead_leaves_the_prompt_of_the_cursor_in_the_cache() {
    // A token a byte, so what is suggested makes the window move at some of these lengths.
    let mut moved = 0;
    for lines in 8..24 {
        let above: String = (0..lines).map(|n| format!("value_{n} = {}\n", n * 7919 % 101)).collect();
        let prefix = format!("{above}total = ~");
        let text = "one + two + three + four + five + six";
        let mut session = session(answering(TokenId(u32::from(b'~')), text), &[], 8);
        let request = Request {
            source: Source { path: "a.py", prefix: &prefix, ..Source::default() },
            ..Request::default()
        };
        assert_eq!(ask(&mut session, request).text, text);
        let before = session.decoder().prefilled();
        let ahead = block_on(session.look_ahead(&Cancel::new(), &|| 0.0)).unwrap();
        moved += usize::from(ahead.is_none());
        let read = session.decoder().prefilled() - before;
        assert!(read < text.len() + 30, "{read} tokens ahead of {lines} lines");
        let again = block_on(session.prefill(request, &Cancel::new(), &|| 0.0)).unwrap();
        assert_eq!(again, 0, "tokens read again of {lines} lines");
    }
    assert!(moved > 0 && moved < 16, "{moved}");
}

#[test]
fn a_prompt_that_was_read_early_is_not_read_again() {
    let mut session = session(knowing(FILE), &[], 8);
    let prefix = "def add(a, b):\n    ";
    let computed = block_on(session.prefill(typed(prefix), &Cancel::new(), &|| 0.0)).unwrap();
    assert!(computed > 10);
    assert_eq!(block_on(session.prefill(typed(prefix), &Cancel::new(), &|| 0.0)), Ok(0));
    let before = session.decoder().prefilled();
    let completion = ask(&mut session, typed(prefix));
    assert_eq!(session.decoder().prefilled() - before, 1);
    assert_eq!(completion.reused_tokens, completion.prompt_tokens - 1);
}

#[test]
fn what_is_unlikely_is_shown_to_who_asks_for_it_only() {
    let options = SessionOptions { budget: TokenBudget(300), threshold: 0.99, ..SessionOptions::default() };
    let mut session = Session::new(knowing(FILE), Bytes(&[]), ModelFacts::default(), options).unwrap();
    let mut shown = 0;
    let request = typed("def add(a, b):\n    ");
    let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| shown += 1)).unwrap();
    assert_eq!((completion.text.as_str(), completion.finish, shown), ("", FinishReason::Unlikely, 0));
    assert!(completion.likelihood > 0.0 && completion.likelihood < 0.99);
    // It ended early and stays what it is; all of it is there when it is asked for.
    assert_eq!(ask(&mut session, request).finish, FinishReason::Unlikely);
    let asked = Request { event: Event::Asked, ..request };
    let answer = ask(&mut session, asked);
    assert_eq!((answer.text.as_str(), answer.finish), (BODY, FinishReason::Stop));
    assert_eq!(ask(&mut session, asked).finish, FinishReason::Reused);
    session.scheduler().set_threshold(0.0);
    assert_eq!(ask(&mut session, request).text, BODY);
}

/// A model that is sure of each token but `unsure`, which it takes for one of several.
struct Unsure(ScriptedDecoder, TokenId);

impl Unsure {
    fn weighed(&self, prediction: Prediction) -> Prediction {
        let log_prob = if prediction.token == self.1 { -4.0 } else { -0.01 };
        Prediction { log_prob, ..prediction }
    }
}

impl Decoder for Unsure {
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
        let prediction = self.0.prefill(tokens, cancel).await?;
        Ok(self.weighed(prediction))
    }

    async fn step(&mut self, token: TokenId, cancel: &Cancel) -> Result<Prediction, DecodeError> {
        let prediction = self.0.step(token, cancel).await?;
        Ok(self.weighed(prediction))
    }

    async fn logits(&mut self) -> Result<Vec<f32>, DecodeError> {
        let logits = self.0.logits().await?;
        // The likeliest is far ahead, so that what is healed is certain.
        Ok(logits.into_iter().map(|logit| if logit == 4.5 { 30.0 } else { logit }).collect())
    }
}

#[test]
fn a_suggestion_ends_where_more_would_be_unlikely_and_goes_on_for_who_asks() {
    // The token that is unsure, and what is left of the body before it.
    for (unsure, want) in [("\n", "total = a + b"), ("b", "total = a"), ("o", ""), ("#", BODY)] {
        let decoder = Unsure(knowing(FILE), Bytes(&[]).encode(unsure)[0]);
        let options = SessionOptions { budget: TokenBudget(300), ..SessionOptions::default() };
        let mut session = Session::new(decoder, Bytes(&[]), ModelFacts::default(), options).unwrap();
        let request = typed("def add(a, b):\n    ");
        let mut updates = Vec::new();
        let on_update = |text: &str| updates.push(text.to_owned());
        let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, on_update)).unwrap();
        assert_eq!(completion.text, want, "unsure of {unsure:?}");
        let is_unlikely = completion.finish == FinishReason::Unlikely;
        assert_eq!(is_unlikely, want.is_empty(), "unsure of {unsure:?}");
        assert_eq!(completion.likelihood >= 0.5, !want.is_empty(), "unsure of {unsure:?}: {completion:?}");
        assert!(updates.windows(2).all(|pair| pair[1].starts_with(&pair[0])), "{updates:?}");
        // What was certain was shown before its line was whole.
        assert!(want.is_empty() || updates.len() > 3, "unsure of {unsure:?}: {updates:?}");
        let asked = Request { event: Event::Asked, ..request };
        assert_eq!(block_on(session.complete(asked, &Cancel::new(), &|| 0.0, |_| ())).unwrap().text, BODY);
    }
}

#[test]
fn what_is_shown_of_a_line_that_is_being_written_is_not_taken_back() {
    // The body, the token that is unsure, and what is left before it.
    for (body, unsure, want) in [
        ("\"\"\"Adds two numbers.\"\"\"", "A", ""),
        ("print(\"Hello\", a)", "H", "print"),
        ("total(a, [b, 1])", "1", "total"),
        ("names['Key'] = a", "K", "names"),
        ("pair = (a, b)\n    return pair", "b", "pair"),
    ] {
        let file = format!("def add(a, b):\n    {body}\n");
        let decoder = Unsure(knowing(&file), Bytes(&[]).encode(unsure)[0]);
        let options = SessionOptions { budget: TokenBudget(300), ..SessionOptions::default() };
        let mut session = Session::new(decoder, Bytes(&[]), ModelFacts::default(), options).unwrap();
        let mut updates = Vec::new();
        let on_update = |text: &str| updates.push(text.to_owned());
        let request = typed("def add(a, b):\n    ");
        let completion = block_on(session.complete(request, &Cancel::new(), &|| 0.0, on_update)).unwrap();
        assert_eq!(completion.text, want, "{body}");
        assert!(updates.iter().all(|update| want.starts_with(update.as_str())), "{body}: {updates:?}");
        assert_eq!(updates.is_empty(), want.is_empty(), "{body}: {updates:?}");
    }
}

#[test]
fn a_history_of_dismissals_makes_a_suggestion_unlikely() {
    let answer = |fate: Option<Outcome>| {
        let options =
            SessionOptions { budget: TokenBudget(300), threshold: 0.3, ..SessionOptions::default() };
        let mut session = Session::new(knowing(FILE), Bytes(&[]), ModelFacts::default(), options).unwrap();
        let mut scheduler: Scheduler = session.scheduler();
        for fate in fate.into_iter().cycle().take(200) {
            for length in [Length::Word, Length::Line, Length::Lines] {
                (0..5).for_each(|bucket| {
                    let kind = Stratum { language: String::new(), length, bucket };
                    scheduler.judge(kind, fate, true);
                });
            }
        }
        ask(&mut session, typed("def add(a, b):\n    ")).likelihood
    };
    let (none, dismissed, accepted) =
        (answer(None), answer(Some(Outcome::Dismissed)), answer(Some(Outcome::Accepted)));
    assert!(dismissed < 0.5 * none && accepted > 1.2 * none, "{dismissed} {none} {accepted}");
}

#[test]
fn alternatives_differ_and_begin_with_the_likeliest() {
    // The scripted logits make other bytes likely now and then.
    let mut session = session(babbling(), &[], 8);
    let request = Request {
        source: Source { prefix: "x = call(", path: "a.json", ..Source::default() },
        max_tokens: 12,
        ..Request::default()
    };
    let greedy = ask(&mut session, request);
    let all = |session: &mut Scripted| {
        let found = block_on(session.alternatives(request, 3, &Cancel::new(), &|| 0.0)).unwrap();
        found.into_iter().map(|completion| completion.text).collect::<Vec<_>>()
    };
    let texts = all(&mut session);
    assert_eq!(texts[0], greedy.text);
    assert!(texts.len() >= 2 && texts.len() <= 3, "{texts:?}");
    let mut unique = texts.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), texts.len(), "{texts:?}");
    // The same request gives the same list, whatever the cache holds.
    ask(&mut session, Request { source: Source { prefix: "something else", ..request.source }, ..request });
    assert_eq!(all(&mut session), texts);
    assert!(block_on(session.alternatives(request, 0, &Cancel::new(), &|| 0.0)).unwrap().is_empty());
}

proptest! {
    /// Reading early, looking ahead and sampling change no answer.
    #[test]
    fn work_ahead_changes_no_answer(
        parts in prop::collection::vec(prop::sample::select(vec!["a", "b(", "x = ", "\n", "\n  ", ")", "{"]), 0..30),
        suffix in "[)\n a]{0,3}", ahead in prop::collection::vec(0u8..3, 0..4),
    ) {
        let prefix = parts.concat();
        let request = Request { source: Source { prefix: &prefix, suffix: &suffix, path: "a.rs" }, max_tokens: 16, ..Request::default() };
        let expected = ask(&mut session(babbling(), &[], 0), request).text;
        let mut used = session(babbling(), &[], 0);
        for what in ahead {
            match what {
                0 => drop(block_on(used.prefill(request, &Cancel::new(), &|| 0.0)).unwrap()),
                1 => drop(block_on(used.look_ahead(&Cancel::new(), &|| 0.0)).unwrap()),
                _ => drop(block_on(used.alternatives(request, 2, &Cancel::new(), &|| 0.0)).unwrap()),
            }
        }
        prop_assert_eq!(ask(&mut used, request).text, expected);
    }

    /// A request that was planned is answered as it would be without a plan.
    #[test]
    fn a_plan_changes_no_answer(
        edits in prop::collection::vec(
            (prop::sample::select(vec!["", "a", "b(", "x = ", "\n", "\n  ", ")", ";"]), 0usize..4), 1..20,
        ),
    ) {
        const EVENTS: [Event; 4] = [Event::Asked, Event::Typed, Event::Accepted, Event::Deleted];
        let (mut plain, mut planned) = (session(babbling(), &[], 8), session(babbling(), &[], 8));
        let mut scheduler = planned.scheduler();
        let mut prefix = String::from("a");
        for (typed, event) in edits {
            match EVENTS[event] {
                Event::Deleted => drop(prefix.pop()),
                _ => prefix.push_str(typed),
            }
            let request =
                Request { source: Source { path: "a.rs", prefix: &prefix, ..Source::default() }, max_tokens: 8, event: EVENTS[event], ..Request::default() };
            scheduler.plan(&request, 0.0);
            prop_assert_eq!(ask_planned(&mut planned, request), ask(&mut plain, request));
        }
    }
}
