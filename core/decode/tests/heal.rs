//! Token healing takes the likeliest token that agrees with what is there.

use ghostlight_decode::{Cancel, Cancelled, DecodeError, Decoder, Prediction, ScriptedDecoder, heal};
use ghostlight_text::TokenId;
use pollster::block_on;
use proptest::prelude::*;

const WORDS: [&str; 12] = ["", " ", "  ", "\n", "\n  ", "r", "re", "return", " return", "x", " =", "\n   "];

/// A model that only has logits: always the same ones.
struct Fixed {
    logits: Vec<f32>,
    stepped: Vec<TokenId>,
    capacity: usize,
}

impl Fixed {
    /// The given words, likeliest first; the others less likely than those.
    fn preferring(words: &[&str]) -> Self {
        let place = |word: &&str| words.iter().position(|w| w == word);
        let logit = |word| place(word).map_or(-9.0, |at| -(at as f32));
        Self { logits: WORDS.iter().map(logit).collect(), stepped: Vec::new(), capacity: 100 }
    }
}

impl Decoder for Fixed {
    fn len(&self) -> usize {
        self.stepped.len()
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn truncate(&mut self, len: usize) {
        self.stepped.truncate(len);
    }

    async fn prefill(&mut self, _: &[TokenId], _: &Cancel) -> Result<Prediction, DecodeError> {
        Err(DecodeError::EmptyPrompt)
    }

    async fn step(&mut self, token: TokenId, _: &Cancel) -> Result<Prediction, DecodeError> {
        self.stepped.push(token);
        Ok(Prediction { token, log_prob: 0.0 })
    }

    async fn logits(&mut self) -> Result<Vec<f32>, DecodeError> {
        Ok(self.logits.clone())
    }
}

fn text(token: TokenId) -> &'static [u8] {
    WORDS[token.index()].as_bytes()
}

/// The words that were stepped through, the first one, and what to skip of it.
fn healed(words: &[&str], pending: &str) -> (Vec<&'static str>, Option<(&'static str, usize)>) {
    let mut decoder = Fixed::preferring(words);
    let result = block_on(heal(&mut decoder, pending.as_bytes(), text, &Cancel::new()));
    let first = result.expect("it has logits").map(|h| (WORDS[h.first.token.index()], h.skip));
    (decoder.stepped.iter().map(|token| WORDS[token.index()]).collect(), first)
}

#[test]
fn the_likeliest_that_agrees_goes_first() {
    // The model would rather say something else.
    assert_eq!(healed(&["x", " return", " "], " "), (vec![], Some((" return", 1))));
    // What stands there already is stepped through, and no blank follows it.
    assert_eq!(healed(&[" ", "x", " return"], " "), (vec![" "], Some(("x", 0))));
    assert_eq!(healed(&["  ", " return", "x"], " "), (vec![], Some((" return", 1))));
    assert_eq!(healed(&["  ", " return", "\n"], "  "), (vec!["  "], Some(("\n", 0))));
    assert_eq!(healed(&["return", "re"], "r"), (vec![], Some(("return", 1))));
}

#[test]
fn a_shorter_token_is_stepped_through() {
    let got = healed(&["\n  ", " return", "\n   "], "\n   ");
    assert_eq!(got, (vec!["\n  "], Some((" return", 1))));
    assert_eq!(healed(&["r"], "rex"), (vec!["r"], None));
}

#[test]
fn nothing_agrees_or_nothing_fits() {
    assert_eq!(healed(&["x"], "?"), (vec![], None));
    assert_eq!(healed(&["x"], ""), (vec![], None));
    let mut full = Fixed { capacity: 0, ..Fixed::preferring(&["\n"]) };
    assert_eq!(block_on(heal(&mut full, b"\n ", text, &Cancel::new())), Ok(None));
}

#[test]
fn the_probability_is_among_those_that_agree() {
    let mut decoder = Fixed::preferring(&["x"]);
    decoder.logits = vec![f32::NAN; WORDS.len()];
    decoder.logits[6] = 2.0; // "re"
    decoder.logits[7] = 2.0; // "return"
    decoder.logits[9] = 50.0; // "x"
    let result = block_on(heal(&mut decoder, b"re", text, &Cancel::new())).expect("it has logits");
    let first = result.expect("two agree").first;
    assert_eq!(first.token, TokenId(6));
    assert!((first.log_prob - 0.5f32.ln()).abs() < 1e-6);
}

#[test]
fn it_can_be_cancelled() {
    let cancel = Cancel::new();
    cancel.cancel();
    let mut decoder = ScriptedDecoder::hashed(5, 10);
    let result = block_on(heal(&mut decoder, b" ", text, &cancel));
    assert_eq!(result, Err(DecodeError::Cancelled(Cancelled)));
}

proptest! {
    /// Whatever the model prefers, the text that was there is there again.
    #[test]
    fn what_was_there_comes_again(
        logits in prop::collection::vec(-5f32..5.0, WORDS.len()), pending in "[ rex\n]{1,6}",
    ) {
        let mut decoder = Fixed { logits, ..Fixed::preferring(&[]) };
        let result = block_on(heal(&mut decoder, pending.as_bytes(), text, &Cancel::new()));
        if let Some(healed) = result.expect("it has logits") {
            let before: String = decoder.stepped.iter().map(|t| WORDS[t.index()]).collect();
            let (again, _) = WORDS[healed.first.token.index()].split_at(healed.skip);
            prop_assert_eq!(before + again, pending.as_str());
            // And no blank behind a blank.
            let rest = &WORDS[healed.first.token.index()][healed.skip..];
            prop_assert!(!pending.ends_with(' ') || !rest.starts_with(' '), "{pending:?} {rest:?}");
        }
    }
}
