//! What every decoder promises, shown on the scripted one, and the tracking of its cache.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ghostlight_decode::{
    Cancel, Cancelled, DecodeError, Decoder, Prediction, ScriptedDecoder, Tracked, cancel_at_checkpoint,
};
use ghostlight_text::TokenId;
use pollster::block_on;
use proptest::prelude::*;

fn ids(ids: &[u32]) -> Vec<TokenId> {
    ids.iter().copied().map(TokenId).collect()
}

fn fresh(tokens: &[TokenId]) -> Prediction {
    block_on(ScriptedDecoder::hashed(50, 1000).prefill(tokens, &Cancel::new())).unwrap()
}

#[derive(Debug, Clone)]
enum Act {
    Prefill(Vec<u32>, Option<usize>), // cancelled at that checkpoint
    Step(u32),
    Verify(Vec<u32>, Option<usize>),
    Truncate(usize),
    Fill(Vec<u32>),
    Fail(Vec<u32>, usize),
}

fn act() -> impl Strategy<Value = Act> {
    let tokens = || prop::collection::vec(0u32..4, 1..16);
    prop_oneof![
        (tokens(), prop::option::of(0usize..5)).prop_map(|(t, c)| Act::Prefill(t, c)),
        (0u32..4).prop_map(Act::Step),
        (tokens(), prop::option::of(0usize..5)).prop_map(|(t, c)| Act::Verify(t, c)),
        (0usize..30).prop_map(Act::Truncate),
        tokens().prop_map(Act::Fill),
        (tokens(), 0usize..16).prop_map(|(t, n)| Act::Fail(t, n)),
    ]
}

proptest! {
    /// After anything at all, the cache is what it says it is.
    #[test]
    fn a_cache_predicts_as_a_fresh_one(acts in prop::collection::vec(act(), 1..12)) {
        let mut decoder = Tracked::new(ScriptedDecoder::hashed(50, 1000));
        for act in acts {
            let before = decoder.tokens().to_vec();
            match act {
                Act::Prefill(tokens, at) => {
                    let tokens = ids(&tokens);
                    let whole = [before.clone(), tokens.clone()].concat();
                    let cancel = at.map_or_else(Cancel::new, cancel_at_checkpoint);
                    match block_on(decoder.prefill(&tokens, &cancel)) {
                        Ok(prediction) => prop_assert_eq!(prediction, fresh(&whole)),
                        Err(error) => prop_assert_eq!(error, DecodeError::Cancelled(Cancelled)),
                    }
                    prop_assert!(decoder.tokens().starts_with(&before));
                    prop_assert!(whole.starts_with(decoder.tokens()));
                }
                Act::Step(token) => {
                    let step = block_on(decoder.step(TokenId(token), &Cancel::new()));
                    prop_assert_eq!(step.unwrap(), fresh(decoder.tokens()));
                }
                Act::Verify(tokens, at) => {
                    let tokens = ids(&tokens);
                    let whole = [before.clone(), tokens.clone()].concat();
                    let cancel = at.map_or_else(Cancel::new, cancel_at_checkpoint);
                    match block_on(decoder.verify(&tokens, &cancel)) {
                        Ok(predictions) => {
                            let ends = before.len() + 1..=whole.len();
                            let each: Vec<_> = ends.map(|end| fresh(&whole[..end])).collect();
                            prop_assert_eq!(predictions, each);
                        }
                        Err(error) => prop_assert_eq!(error, DecodeError::Cancelled(Cancelled)),
                    }
                    prop_assert!(decoder.tokens().starts_with(&before));
                    prop_assert!(whole.starts_with(decoder.tokens()));
                }
                Act::Truncate(len) => {
                    decoder.truncate(len);
                    prop_assert_eq!(decoder.tokens(), &before[..len.min(before.len())]);
                }
                Act::Fill(tokens) => {
                    let tokens = ids(&tokens);
                    let computed = decoder.decoder().prefilled();
                    let (prediction, kept) = block_on(decoder.fill(&tokens, &Cancel::new())).unwrap();
                    prop_assert_eq!(prediction, fresh(&tokens));
                    prop_assert_eq!(decoder.tokens(), &tokens[..]);
                    prop_assert_eq!(decoder.decoder().prefilled() - computed, tokens.len() - kept);
                    let common = before.iter().zip(&tokens).take_while(|(a, b)| a == b).count();
                    prop_assert_eq!(kept, common.min(tokens.len() - 1));
                }
                Act::Fail(tokens, after) => {
                    let tokens = ids(&tokens);
                    let mut broken = ScriptedDecoder::hashed(50, 1000);
                    broken.fail_in(after);
                    let result = block_on(broken.prefill(&tokens, &Cancel::new()));
                    prop_assert_eq!(result.is_err(), after < tokens.len());
                    prop_assert!(tokens.starts_with(broken.cache()));
                }
            }
            prop_assert_eq!(decoder.tokens(), decoder.decoder().cache());
            prop_assert_eq!(decoder.len(), decoder.tokens().len());
        }
    }
}

#[test]
fn a_dropped_prefill_leaves_a_valid_prefix() {
    // The host never returns from its turn at the second checkpoint.
    let calls = std::cell::Cell::new(0);
    let cancel = Cancel::with_turn(move || {
        calls.set(calls.get() + 1);
        if calls.get() < 2 { None } else { Some(Box::pin(std::future::pending())) }
    });
    let mut decoder = Tracked::new(ScriptedDecoder::hashed(50, 1000));
    let prompt = ids(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    {
        let mut prefill = pin!(decoder.prefill(&prompt, &cancel));
        let poll = prefill.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Pending));
    }
    assert_eq!(decoder.tokens(), &prompt[..4]);
    let (prediction, kept) = block_on(decoder.fill(&prompt, &Cancel::new())).unwrap();
    assert_eq!((prediction, kept), (fresh(&prompt), 4));
}

#[test]
fn wrong_calls_are_errors_that_change_nothing() {
    let mut decoder = Tracked::new(ScriptedDecoder::hashed(5, 3));
    let cancel = Cancel::new();
    assert_eq!(block_on(decoder.logits()), Err(DecodeError::NoLogits));
    assert_eq!(block_on(decoder.prefill(&[], &cancel)), Err(DecodeError::EmptyPrompt));
    assert_eq!(block_on(decoder.fill(&[], &cancel)), Err(DecodeError::EmptyPrompt));
    assert_eq!(block_on(decoder.verify(&[], &cancel)), Err(DecodeError::EmptyPrompt));
    let full = DecodeError::Full { needed: 4, capacity: 3 };
    assert_eq!(block_on(decoder.prefill(&ids(&[1; 4]), &cancel)), Err(full.clone()));
    assert_eq!(block_on(decoder.verify(&ids(&[1; 4]), &cancel)), Err(full.clone()));
    assert_eq!(full.to_string(), "decode: 4 tokens do not fit a KV cache of 3");
    let unknown = DecodeError::UnknownToken { token: TokenId(5), vocab: 5 };
    assert_eq!(block_on(decoder.step(TokenId(5), &cancel)), Err(unknown));
    assert!(decoder.is_empty());

    block_on(decoder.prefill(&ids(&[1, 2]), &cancel)).unwrap();
    assert_eq!(block_on(decoder.logits()).unwrap().len(), 5);
    decoder.truncate(1);
    assert_eq!(block_on(decoder.logits()), Err(DecodeError::NoLogits));
    // Too long a prompt leaves what was there for the next one.
    let long = DecodeError::Full { needed: 4, capacity: 3 };
    assert_eq!(block_on(decoder.fill(&ids(&[1; 4]), &cancel)), Err(long));
    assert_eq!(decoder.tokens(), ids(&[1]));
}
