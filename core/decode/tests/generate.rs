//! The generate loop ends for every reason it names, and streams what it promises.

use ghostlight_decode::{
    Cancel, DecodeError, Decoder, Finish, Flow, GenerateOptions, Generated, Piece, Sampling, ScriptedDecoder,
    Stops, TokenText, cancel_at_checkpoint, generate,
};
use ghostlight_text::TokenId;
use pollster::block_on;

/// Token `n` is the `n`-th byte of this text; the token after the last byte ends.
const TEXT: &str = "let é = 1;\n\nrest";
const CUE: TokenId = TokenId(100);
const END: TokenId = TokenId(99);

/// Hands out a character when all its bytes have come.
#[derive(Default)]
struct Bytes {
    pending: Vec<u8>,
    out: String,
}

impl TokenText for Bytes {
    fn push(&mut self, token: TokenId) -> &str {
        self.pending.push(TEXT.as_bytes()[token.index()]);
        self.out.clear();
        if let Ok(text) = std::str::from_utf8(&self.pending) {
            self.out.push_str(text);
            self.pending.clear();
        }
        &self.out
    }

    fn finish(&mut self) -> &str {
        self.out = String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned();
        &self.out
    }

    fn is_end(&self, token: TokenId) -> bool {
        token == END
    }
}

fn player() -> ScriptedDecoder {
    let script = (0..TEXT.len() as u32).map(TokenId).collect();
    ScriptedDecoder::playing(CUE, script, END)
}

fn run_with(
    decoder: &mut ScriptedDecoder,
    options: &GenerateOptions,
    cancel: &Cancel,
    enough: impl Fn(&str) -> bool,
) -> (String, Result<Generated, DecodeError>) {
    let first = block_on(decoder.prefill(&[CUE], &Cancel::new())).unwrap();
    let mut shown = String::new();
    let result = block_on(generate(decoder, first, &mut Bytes::default(), options, cancel, |piece| {
        shown.push_str(piece.text);
        if enough(&shown) { Flow::Stop } else { Flow::Continue }
    }));
    (shown, result)
}

fn run(options: &GenerateOptions) -> (String, Generated) {
    let (shown, result) = run_with(&mut player(), options, &Cancel::new(), |_| false);
    (shown, result.unwrap())
}

fn options(max_tokens: usize) -> GenerateOptions {
    GenerateOptions { max_tokens, ..GenerateOptions::default() }
}

#[test]
fn runs_to_the_end_token() {
    let (shown, generated) = run(&options(100));
    assert_eq!((shown.as_str(), generated.finish), (TEXT, Finish::End));
    assert_eq!(generated.tokens.len(), TEXT.len());
    assert_eq!(generated.log_probs.len(), TEXT.len());
    assert!(generated.log_probs.iter().all(|&log_prob| log_prob > -1.0 && log_prob <= 0.0));
}

#[test]
fn ends_at_the_token_limit() {
    let mut decoder = player();
    let (shown, result) = run_with(&mut decoder, &options(3), &Cancel::new(), |_| false);
    assert_eq!((shown.as_str(), result.unwrap().finish), ("let", Finish::Length));
    // The last token was not worth a step.
    assert_eq!((decoder.len(), decoder.stepped()), (3, 2));

    let (shown, generated) = run(&options(0));
    assert_eq!((shown.as_str(), generated.tokens.len()), ("", 0));
    assert_eq!((generated.finish, generated.log_probs.len()), (Finish::Length, 0));
}

#[test]
fn a_limit_inside_a_character_gives_a_replacement() {
    assert_eq!(run(&options(5)).0, "let \u{FFFD}");
    assert_eq!(run(&options(6)).0, "let é");
}

#[test]
fn ends_at_a_stop_string_across_tokens() {
    let stops = Stops::new(["\n\n"]);
    let (shown, generated) = run(&GenerateOptions { stops: stops.clone(), ..options(100) });
    assert_eq!((shown.as_str(), generated.finish), ("let é = 1;", Finish::Stop));
    assert_eq!(generated.tokens.len(), "let é = 1;\n\n".len());
    // Half a stop string at the limit is text.
    let (shown, generated) = run(&GenerateOptions { stops, ..options(12) });
    assert_eq!((shown.as_str(), generated.finish), ("let é = 1;\n", Finish::Length));
}

#[test]
fn a_stop_string_may_be_complete_only_at_the_end() {
    let stops = Stops::new(["\u{FFFD}"]);
    let (shown, generated) = run(&GenerateOptions { stops, ..options(5) });
    assert_eq!((shown.as_str(), generated.finish), ("let ", Finish::Stop));
}

#[test]
fn the_receiver_can_end_it() {
    let (shown, result) = run_with(&mut player(), &options(100), &Cancel::new(), |s| s.ends_with('='));
    assert_eq!((shown.as_str(), result.unwrap().finish), ("let é =", Finish::Receiver));
}

#[test]
fn a_full_cache_ends_it() {
    let mut decoder = ScriptedDecoder::new(101, 6, |cache| TokenId(cache.len() as u32 - 1));
    let (shown, result) = run_with(&mut decoder, &options(100), &Cancel::new(), |_| false);
    assert_eq!(result.unwrap().finish, Finish::Full);
    assert_eq!((shown.as_str(), decoder.len()), ("let é", 6));
}

#[test]
fn cancelling_keeps_what_was_shown_and_the_cache() {
    let mut lengths = Vec::new();
    for checkpoint in 0..10 {
        let mut decoder = player();
        let cancel = cancel_at_checkpoint(checkpoint);
        let (shown, result) = run_with(&mut decoder, &options(100), &cancel, |_| false);
        assert!(matches!(result, Err(DecodeError::Cancelled(_))));
        assert!(TEXT.starts_with(&shown));
        let script: Vec<_> = (0..decoder.len() as u32 - 1).map(TokenId).collect();
        assert_eq!(decoder.cache()[1..], script);
        lengths.push(decoder.len());
    }
    assert_eq!(lengths, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
}

#[test]
fn a_failing_device_is_reported() {
    let mut decoder = player();
    decoder.fail_in(3);
    let (shown, result) = run_with(&mut decoder, &options(100), &Cancel::new(), |_| false);
    assert_eq!(result, Err(DecodeError::Device("scripted failure".into())));
    assert_eq!(shown, "let");
}

fn sample(sampling: Sampling, keeps_first: bool) -> Vec<TokenId> {
    // Every id of the hashed decoder is a byte of the text.
    let mut decoder = ScriptedDecoder::hashed(16, 100);
    let first = block_on(decoder.prefill(&[TokenId(3)], &Cancel::new())).unwrap();
    let options = GenerateOptions { sampling, keeps_first, ..options(12) };
    let mut text = Bytes::default();
    let cancel = Cancel::new();
    let on_piece = |_: Piece<'_>| Flow::Continue;
    let generated = generate(&mut decoder, first, &mut text, &options, &cancel, on_piece);
    block_on(generated).unwrap().tokens
}

#[test]
fn what_has_to_come_first_is_not_sampled() {
    let hot = |seed| Sampling { temperature: 50.0, seed, ..Sampling::default() };
    let greedy = sample(Sampling::default(), false)[0];
    assert!((0..8).all(|seed| sample(hot(seed), true)[0] == greedy));
    assert!((0..8).any(|seed| sample(hot(seed), false)[0] != greedy));
    assert_ne!(sample(hot(1), true), sample(hot(2), true));
}

#[test]
fn sampling_is_repeatable_and_differs_from_greedy() {
    let sample = |sampling| sample(sampling, false);
    let warm = Sampling { temperature: 2.0, seed: 11, ..Sampling::default() };
    assert_eq!(sample(warm), sample(warm));
    assert_ne!(sample(warm), sample(Sampling::default()));
    assert_ne!(sample(warm), sample(Sampling { seed: 12, ..warm }));
}
