//! Speculation changes the time that a text takes, and nothing else.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use ghostlight_decode::{
    Ahead, Cancel, DecodeError, Decoder, GenerateOptions, Generated, Piece, Sampling, ScriptedDecoder,
    Speculation, Speculator, Stops, TokenText, Tracked, cancel_at_checkpoint, generate_ahead, heal,
};
use ghostlight_decode::{Flow, Prediction};
use ghostlight_text::TokenId;
use pollster::block_on;
use proptest::prelude::*;

/// Token `n` is the `n`-th of these; the one after them ends.
const WORDS: [&str; 8] = ["a", "b", "ab", " ", "\n", "\n  ", "fn", "("];
const END: TokenId = TokenId(8);
const VOCAB: u32 = 9;

struct Words;

impl TokenText for Words {
    fn push(&mut self, token: TokenId) -> &str {
        WORDS[token.index()]
    }

    fn finish(&mut self) -> &str {
        ""
    }

    fn is_end(&self, token: TokenId) -> bool {
        token == END
    }
}

fn bytes(token: TokenId) -> &'static [u8] {
    WORDS.get(token.index()).copied().unwrap_or_default().as_bytes()
}

/// A model that repeats itself as code does: the next token depends on the last
/// few, and now and then on everything.
#[derive(Debug, Clone, Copy)]
struct Habit {
    order: usize,
    surprise: u64,
    ends: bool,
    capacity: usize,
}

impl Habit {
    fn decoder(self) -> ScriptedDecoder {
        let mix = |h: u64, token: &TokenId| {
            (h ^ u64::from(token.0)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
        };
        ScriptedDecoder::new(VOCAB, self.capacity, move |cache| {
            let all = cache.iter().fold(3, mix);
            let near = cache.iter().rev().take(self.order).fold(5, mix);
            let h = if (all >> 40).is_multiple_of(self.surprise) { all } else { near };
            let ids = if self.ends { VOCAB } else { VOCAB - 1 };
            TokenId((h >> 33) as u32 % ids)
        })
    }
}

fn habit() -> impl Strategy<Value = Habit> {
    (1usize..4, 2u64..40, any::<bool>(), 20usize..200).prop_map(|(order, surprise, ends, capacity)| Habit {
        order,
        surprise,
        ends,
        capacity,
    })
}

/// One generation as a caller asks for it.
#[derive(Debug, Clone)]
struct Ask {
    prompt: Vec<TokenId>,
    pending: String,
    max_tokens: usize,
    stops: Vec<String>,
    enough: usize, // bytes after which the receiver has enough
}

fn ask() -> impl Strategy<Value = Ask> {
    (
        prop::collection::vec(0..VOCAB - 1, 1..20),
        prop_oneof![Just(""), Just(" "), Just("a"), Just("\n "), Just("f")],
        0usize..120,
        prop::collection::vec("[ab \n(]{2,5}", 0..3),
        prop_oneof![Just(usize::MAX), 0usize..100],
    )
        .prop_map(|(prompt, pending, max_tokens, stops, enough)| Ask {
            prompt: prompt.into_iter().map(TokenId).collect(),
            pending: pending.to_owned(),
            max_tokens,
            stops,
            enough,
        })
}

/// What a caller sees: pieces with the tokens so far, and the result.
type Seen = (Vec<(String, usize)>, Result<Generated, DecodeError>);

async fn answer(
    decoder: &mut Tracked<ScriptedDecoder>,
    ask: &Ask,
    speculator: &mut Speculator,
    now: &dyn Fn() -> f64,
    cancel: &Cancel,
    seen: &mut Vec<(String, usize)>,
) -> Result<Generated, DecodeError> {
    let (mut first, _) = decoder.fill(&ask.prompt, cancel).await?;
    if !ask.pending.is_empty()
        && let Some(healed) = heal(decoder, ask.pending.as_bytes(), bytes, cancel).await?
    {
        first = healed.first;
    }
    let options = GenerateOptions {
        max_tokens: ask.max_tokens,
        stops: Stops::new(ask.stops.iter()),
        ..GenerateOptions::default()
    };
    let context = decoder.tokens().to_vec();
    let ahead = Some(Ahead::new(speculator, &context, now));
    let mut length = 0;
    let on_piece = |piece: Piece<'_>| {
        length += piece.text.len();
        seen.push((piece.text.to_owned(), piece.tokens));
        if length >= ask.enough { Flow::Stop } else { Flow::Continue }
    };
    generate_ahead(decoder, first, &mut Words, &options, ahead, cancel, on_piece).await
}

fn run(
    decoder: &mut Tracked<ScriptedDecoder>,
    ask: &Ask,
    speculator: &mut Speculator,
    now: &dyn Fn() -> f64,
    cancel: &Cancel,
) -> Seen {
    let mut seen = Vec::new();
    let result = block_on(answer(decoder, ask, speculator, now, cancel, &mut seen));
    (seen, result)
}

fn plain(habit: Habit, ask: &Ask) -> (Seen, Vec<TokenId>) {
    let mut decoder = Tracked::new(habit.decoder());
    let seen = run(&mut decoder, ask, &mut Speculator::new(Speculation::OFF), &|| 0.0, &Cancel::new());
    let cache = decoder.tokens().to_vec();
    (seen, cache)
}

/// The result without what only says how it was found.
fn outcome((pieces, result): Seen) -> Seen {
    (pieces, result.map(|generated| Generated { drafted: 0, accepted: 0, ..generated }))
}

fn speculation() -> impl Strategy<Value = Speculation> {
    (1usize..20, 1usize..4, prop_oneof![Just(0.0f32), 0.0f32..1.2])
        .prop_map(|(draft, shortest, extra_cost)| Speculation { draft, shortest, extra_cost })
}

/// A clock that runs by leaps.
fn clock(seed: u64) -> impl Fn() -> f64 {
    let state = Cell::new((seed, 0.0));
    move || {
        let (random, now) = state.get();
        let random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let now = now + (random >> 59) as f64;
        state.set((random, now));
        now
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Tokens, probabilities, pieces, the end, the cache: all as without.
    #[test]
    fn the_outcome_is_that_of_plain_greedy_decoding(
        habit in habit(), asks in prop::collection::vec(ask(), 1..4), options in speculation(), seed: u64,
    ) {
        let mut decoder = Tracked::new(habit.decoder());
        let mut speculator = Speculator::new(options);
        let now = clock(seed);
        for ask in asks {
            let (expected, cache) = plain(habit, &ask);
            let got = run(&mut decoder, &ask, &mut speculator, &now, &Cancel::new());
            prop_assert_eq!(outcome(got), outcome(expected));
            prop_assert_eq!(decoder.tokens(), &cache[..]);
            prop_assert_eq!(decoder.tokens(), decoder.decoder().cache());
        }
    }

    /// Cancelled or failing anywhere, what was shown is a beginning of the plain
    /// text and the cache one of the plain tokens; the next answer is right.
    #[test]
    fn an_interruption_leaves_a_beginning(
        habit in habit(), ask in ask(), options in speculation(), at in 0usize..60, fails: bool,
    ) {
        let ((pieces, result), cache) = plain(habit, &ask);
        let mut inner = habit.decoder();
        if fails {
            inner.fail_in(at);
        }
        let mut decoder = Tracked::new(inner);
        let mut speculator = Speculator::new(options);
        let cancel = if fails { Cancel::new() } else { cancel_at_checkpoint(at) };
        let got = run(&mut decoder, &ask, &mut speculator, &|| 0.0, &cancel);
        if got.1.is_ok() {
            // It ended before that.
            prop_assert_eq!(outcome(got), outcome((pieces, result)));
            return Ok(());
        }
        prop_assert!(pieces.starts_with(&got.0), "{:?} is no beginning of {:?}", got.0, pieces);
        prop_assert!(cache.starts_with(decoder.tokens()));
        prop_assert_eq!(decoder.tokens(), decoder.decoder().cache());
        let (expected, _) = plain(habit, &ask);
        let again = run(&mut decoder, &ask, &mut speculator, &|| 0.0, &Cancel::new());
        prop_assert_eq!(outcome(again), outcome(expected));
    }

    /// Dropped anywhere, the decoder and the speculator still give right answers.
    #[test]
    fn a_dropped_generation_does_no_harm(
        habit in habit(), ask in ask(), options in speculation(), at in 0usize..60,
    ) {
        let mut decoder = Tracked::new(habit.decoder());
        let mut speculator = Speculator::new(options);
        {
            let left = Cell::new(at);
            let cancel = Cancel::with_turn(move || match left.get() {
                0 => Some(Box::pin(std::future::pending())),
                more => { left.set(more - 1); None }
            });
            let mut seen = Vec::new();
            let mut future = pin!(answer(&mut decoder, &ask, &mut speculator, &|| 0.0, &cancel, &mut seen));
            let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        let (expected, cache) = plain(habit, &ask);
        let again = run(&mut decoder, &ask, &mut speculator, &|| 0.0, &Cancel::new());
        prop_assert_eq!(outcome(again), outcome(expected));
        prop_assert_eq!(decoder.tokens(), &cache[..]);
    }

    /// However wrong its guesses are, and whatever a token of a batch costs: at
    /// the cost that is known, at most 3 % and a few steps are lost.
    #[test]
    fn it_never_loses_much(
        order in 1usize..5, surprise in 2u64..20, extra in 0.05f32..1.0, draft in 1usize..16,
    ) {
        let habit = Habit { order, surprise, ends: false, capacity: 2000 };
        let ask = Ask {
            prompt: vec![TokenId(1)], pending: String::new(), max_tokens: 240,
            stops: Vec::new(), enough: usize::MAX,
        };
        let mut decoder = Tracked::new(habit.decoder());
        let mut speculator = Speculator::new(Speculation { draft, extra_cost: extra, shortest: 2 });
        let (_, result) = run(&mut decoder, &ask, &mut speculator, &|| 0.0, &Cancel::new());
        let generated = result.unwrap();
        let (stepped, verified) = (decoder.decoder().stepped(), decoder.decoder().verified());
        let batches = verified - generated.drafted;
        let cost = stepped as f32 + batches as f32 + extra * generated.drafted as f32;
        prop_assert!(cost <= 239.0 * 1.03 + 2.0, "{cost} steps for 239 tokens");
        prop_assert_eq!(stepped + batches + generated.accepted, 239);
    }
}

fn long(prompt: &str, max_tokens: usize) -> Ask {
    let tokens = prompt.bytes().map(|byte| TokenId(u32::from(byte - b'a'))).collect();
    Ask { prompt: tokens, pending: String::new(), max_tokens, stops: Vec::new(), enough: usize::MAX }
}

/// A model that writes one line again and again.
fn chorus() -> ScriptedDecoder {
    let line = [0, 1, 2, 3, 6, 7, 4].map(TokenId);
    ScriptedDecoder::new(VOCAB, 4000, move |cache| line[(cache.len() - 1) % line.len()])
}

#[test]
fn a_text_that_repeats_itself_takes_few_calls() {
    let mut decoder = Tracked::new(chorus());
    let mut speculator =
        Speculator::new(Speculation { extra_cost: 0.2, shortest: 2, ..Speculation::default() });
    let (_, result) = run(&mut decoder, &long("a", 200), &mut speculator, &|| 0.0, &Cancel::new());
    let generated = result.unwrap();
    assert!(generated.accepted > 150, "{generated:?}");
    assert_eq!(generated.drafted, generated.accepted);
    assert!(decoder.decoder().stepped() < 30, "{decoder:?}");
}

#[test]
fn where_a_batch_costs_as_much_as_its_tokens_nothing_is_drafted() {
    let mut decoder = Tracked::new(chorus());
    let mut speculator = Speculator::new(Speculation { extra_cost: 1.0, ..Speculation::default() });
    let (_, result) = run(&mut decoder, &long("a", 200), &mut speculator, &|| 0.0, &Cancel::new());
    assert_eq!(result.unwrap().drafted, 0);
}

#[test]
fn what_a_batch_costs_is_measured() {
    // Ten milliseconds a token, however many there are in a step: the assumption was wrong.
    struct Slow {
        inner: ScriptedDecoder,
        clock: std::rc::Rc<Cell<f64>>,
    }
    impl Decoder for Slow {
        fn len(&self) -> usize {
            self.inner.len()
        }
        fn capacity(&self) -> usize {
            self.inner.capacity()
        }
        fn truncate(&mut self, len: usize) {
            self.inner.truncate(len);
        }
        async fn prefill(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Prediction, DecodeError> {
            self.inner.prefill(tokens, cancel).await
        }
        async fn step(&mut self, token: TokenId, cancel: &Cancel) -> Result<Prediction, DecodeError> {
            self.clock.set(self.clock.get() + 10.0);
            self.inner.step(token, cancel).await
        }
        // `verify` is the trait's own: one step after the other.
        async fn logits(&mut self) -> Result<Vec<f32>, DecodeError> {
            self.inner.logits().await
        }
    }
    let clock = std::rc::Rc::new(Cell::new(0.0));
    let mut decoder = Slow { inner: chorus(), clock: clock.clone() };
    let mut speculator = Speculator::new(Speculation { extra_cost: 0.1, ..Speculation::default() });
    let cancel = Cancel::new();
    let first = block_on(decoder.prefill(&[TokenId(0)], &cancel)).unwrap();
    let options = GenerateOptions { max_tokens: 400, ..GenerateOptions::default() };
    let now = || clock.get();
    let ahead = Some(Ahead::new(&mut speculator, &[TokenId(0)], &now));
    let generated =
        block_on(generate_ahead(&mut decoder, first, &mut Words, &options, ahead, &cancel, |_| {
            Flow::Continue
        }))
        .unwrap();
    assert_eq!(generated.tokens.len(), 400);
    assert!(generated.drafted > 0 && generated.drafted < 60, "{}", generated.drafted);
    assert!(speculator.cost(4) > 3.5, "{}", speculator.cost(4));
}

#[test]
fn sampling_is_not_speculated_on() {
    let sampling = Sampling { temperature: 1.5, seed: 3, ..Sampling::default() };
    let options = GenerateOptions { max_tokens: 60, sampling, ..GenerateOptions::default() };
    let mut texts = Vec::new();
    for speculation in [Speculation::OFF, Speculation { extra_cost: 0.0, ..Speculation::default() }] {
        let (mut decoder, mut speculator) = (chorus(), Speculator::new(speculation));
        let cancel = Cancel::new();
        let first = block_on(decoder.prefill(&[TokenId(0)], &cancel)).unwrap();
        let ahead = Some(Ahead::new(&mut speculator, &[TokenId(0)], &|| 0.0));
        let mut text = Words;
        let generated =
            generate_ahead(&mut decoder, first, &mut text, &options, ahead, &cancel, |_| Flow::Continue);
        texts.push(block_on(generated).unwrap());
    }
    assert_eq!(texts[0], texts[1]);
}
