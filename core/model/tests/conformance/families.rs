//! Tiny random models of every family against Hugging Face transformers.

use ghostlight_decode::{Cancel, Cancelled, DecodeError, Decoder, Prediction, cancel_at_checkpoint};
use ghostlight_model::kernel::Isa;
use ghostlight_model::{Backend, Precision};
use ghostlight_text::TokenId;
use serde::Deserialize;

use super::{bytes, floats, greedy, ids, json, load, logits, nmse, prefill};

#[derive(Deserialize)]
struct Goldens {
    models: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    name: String,
    file: String,
    tokens: Vec<u32>,
    logits: String,
    greedy: Vec<u32>,
}

/// Logits after each token, all tokens in chunks and one by one, and greedy tokens.
fn check(backend: &Backend, precision: Precision, bound: f64, same_tokens: bool) {
    let goldens: Goldens = json("families/goldens.json");
    assert_eq!(goldens.models.len(), 9, "families with goldens");
    for golden in goldens.models {
        let file = bytes(&format!("families/{}", golden.file));
        let want = floats(&format!("families/{}", golden.logits));
        let vocab = want.len() / golden.tokens.len();
        let mut model = load(&file, backend, precision, 64);

        let mut have = Vec::new();
        for token in &golden.tokens {
            prefill(&mut model, &[*token]);
            have.extend(logits(&mut model));
        }
        let one_by_one = nmse(&have, &want);
        assert!(one_by_one <= bound, "{}: NMSE {one_by_one:e} token by token", golden.name);

        model.truncate(3);
        let next = prefill(&mut model, &golden.tokens[3..]);
        let at_once = nmse(&logits(&mut model), &want[want.len() - vocab..]);
        assert!(at_once <= bound, "{}: NMSE {at_once:e} in one chunk", golden.name);
        if same_tokens {
            assert_eq!(greedy(&mut model, next, golden.greedy.len()), golden.greedy, "{}", golden.name);
        }
    }
}

/// Several tokens in one step give what one step each gives: the same tokens, and
/// log probabilities within `tolerance`.
fn check_batches(backend: &Backend, models: usize, sizes: &[usize], tolerance: f32) {
    let goldens: Goldens = json("families/goldens.json");
    for golden in goldens.models.into_iter().take(models) {
        let file = bytes(&format!("families/{}", golden.file));
        let tokens: Vec<u32> = golden.tokens.iter().copied().cycle().take(24).collect();
        let mut model = load(&file, backend, Precision::Packed, 64);
        let each: Vec<Prediction> = tokens.iter().map(|&token| prefill(&mut model, &[token])).collect();
        let last = logits(&mut model);
        for &size in sizes {
            model.truncate(0);
            let mut all = Vec::new();
            for batch in ids(&tokens).chunks(size) {
                all.extend(pollster::block_on(model.verify(batch, &Cancel::new())).unwrap());
            }
            assert_eq!((all.len(), model.len()), (24, 24), "{}: {size} at once", golden.name);
            for (have, want) in all.iter().zip(&each) {
                let off = (have.log_prob - want.log_prob).abs();
                assert!(
                    have.token == want.token && off <= tolerance,
                    "{}: {size} at once: {have:?} instead of {want:?}",
                    golden.name
                );
            }
            if tolerance == 0.0 {
                assert_eq!(logits(&mut model), last, "{}: {size} at once", golden.name);
            }
        }
    }
}

#[test]
fn a_cancelled_chunk_goes_on_where_it_was_and_gives_what_a_fresh_one_gives() {
    let goldens: Goldens = json("families/goldens.json");
    for golden in goldens.models {
        let file = bytes(&format!("families/{}", golden.file));
        let mut model = load(&file, &Backend::cpu(), Precision::Packed, 64);
        let layers = model.config().layers;
        let tokens = ids(&golden.tokens);
        // The same tokens again, more of them, fewer, and others from some place on.
        let (half, third) = (tokens.len() / 2, tokens.len() / 3);
        let other: Vec<TokenId> = tokens[..third].iter().chain(&tokens[..half]).copied().collect();
        let cases: [(&[TokenId], &[TokenId]); 5] = [
            (&tokens, &tokens),
            (&tokens[..half], &tokens),
            (&tokens, &tokens[..half]),
            (&tokens, &other),
            (&tokens, &tokens[1..]),
        ];
        for (before, after) in cases {
            let shared = before.iter().zip(after).take_while(|(a, b)| a == b).count();
            model.truncate(0);
            pollster::block_on(model.prefill(after, &Cancel::new())).unwrap();
            let want = logits(&mut model);
            for at in 0..=layers {
                model.truncate(0);
                let cancelled = pollster::block_on(model.prefill(before, &cancel_at_checkpoint(at)));
                assert_eq!(cancelled, Err(DecodeError::Cancelled(Cancelled)), "{}: {at}", golden.name);
                assert_eq!(model.len(), 0, "{}: {at}", golden.name);
                // One before the chunk and one before each layer: this many have been through.
                let done = if shared > 0 { at.saturating_sub(1) } else { 0 };
                let left = layers - done + if shared < after.len() && done > 0 { layers + 1 } else { 0 };
                let enough = cancel_at_checkpoint(1 + left);
                pollster::block_on(model.prefill(after, &enough)).unwrap();
                assert_eq!(logits(&mut model), want, "{}: cancelled at {at}", golden.name);
            }
            // What changed before it ends it.
            model.truncate(0);
            pollster::block_on(model.step(tokens[0], &Cancel::new())).unwrap();
            let cancelled = pollster::block_on(model.prefill(&tokens[1..], &cancel_at_checkpoint(layers)));
            assert!(cancelled.is_err());
            model.truncate(0);
            pollster::block_on(model.prefill(after, &Cancel::new())).unwrap();
            assert_eq!(logits(&mut model), want, "{}", golden.name);
        }
    }
}

#[test]
fn a_step_of_several_tokens_is_several_steps() {
    for isa in Isa::available() {
        check_batches(&Backend::cpu_with(isa), 9, &[1, 2, 3, 4, 7, 8, 13, 24], 0.0);
    }
}

#[test]
fn plain_path_is_transformers() {
    check(&Backend::cpu(), Precision::Exact, 1e-5, true);
}

#[test]
fn packed_path_is_close() {
    // Activations and these float weights have eight bits here.
    check(&Backend::cpu(), Precision::Packed, 1e-2, false);
}

#[cfg(feature = "webgpu")]
#[test]
fn shaders_are_close() {
    let backend = pollster::block_on(Backend::webgpu()).unwrap();
    check(&backend, Precision::Packed, 1e-2, false);
}

// There products of one token and of several add in another order, so a tie may fall
// otherwise: whoever needs the same text turns speculation off on a GPU.
#[cfg(feature = "webgpu")]
#[test]
fn a_step_of_several_tokens_is_several_steps_on_webgpu() {
    check_batches(&pollster::block_on(Backend::webgpu()).unwrap(), 2, &[3, 8], 1e-4);
}
