//! Weights into Q4_0 with scales that are fitted to them.
//!
//! The idea: the usual packing takes the scale from the largest weight of a block, so that
//! this one is exact and the other 31 are as they come. Here several scales are tried around
//! that one. For the quants `q` that a scale gives, the best scale is known in closed form,
//! `d = sum(w q) / sum(q q)`, and so is what it leaves of the weights' squares:
//! `sum(w w) - sum(w q)^2 / sum(q q)`. The quants with the least left win, and are rounded
//! once more by the scale as it is stored. Reading is what it always is: `w = d * (q - 8)`.
//!
//! Sums are taken in an order that is written down here, eight lanes and then across, and
//! without fused multiply-add, so that every machine gives the same bytes.

use half::f16;

/// Weights of a block.
const LEN: usize = 32;
/// Bytes of a block: the scale as a 16-bit float, then two quants a byte.
const BYTES: usize = 18;
/// Scales that are tried on each side of the usual one, a fortieth of it apart.
const STEPS: i32 = 12;
const STEP: f32 = 1.0 / 40.0;

/// Sums that are taken side by side.
const LANES: usize = 8;
/// Added and taken off again, it rounds a small float to a whole number.
const ROUNDING: f32 = 12_582_912.0; // 1.5 * 2^23

/// Packs `values`, a multiple of 32 of them, into `out`.
pub(super) fn q4_0(values: &[f32], out: &mut Vec<u8>) {
    out.clear();
    out.reserve(values.len() / LEN * BYTES);
    let (blocks, _) = values.as_chunks::<LEN>();
    for block in blocks {
        let d = best(block);
        let quants = round(block, d.to_f32());
        let byte = |i: usize| (quants[i] + 8.0) as u8;
        out.extend(d.to_le_bytes());
        // The first half of the columns is in the low nibbles.
        out.extend((0..LEN / 2).map(|i| byte(i) | byte(i + LEN / 2) << 4));
    }
}

/// The scale with the least squared error.
fn best(block: &[f32; LEN]) -> f16 {
    let extreme = block.iter().fold(0.0f32, |m, &v| if v.abs() > m.abs() { v } else { m });
    let (mut best, mut most) = (0.0, 0.0f32);
    for step in -STEPS..=STEPS {
        // The weight of the largest magnitude becomes -8, or a little less, or is cut off.
        let quants = round(block, extreme / (-8.0 * (1.0 + step as f32 * STEP)));
        let products = sum(|i| block[i] * quants[i]);
        let squares = sum(|i| quants[i] * quants[i]);
        // All that a scale can take off the squares of the weights.
        let taken = products * products / squares;
        if taken > most {
            (best, most) = (products / squares, taken);
        }
    }
    f16::from_f32(best)
}

/// The sum over a block.
fn sum(term: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    for first in (0..LEN).step_by(LANES) {
        for (lane, total) in lanes.iter_mut().enumerate() {
            *total += term(first + lane);
        }
    }
    lanes.iter().sum()
}

/// Whole numbers -8 to 7 whose products with `d` are nearest.
fn round(block: &[f32; LEN], d: f32) -> [f32; LEN] {
    let inverse = if d == 0.0 { 0.0 } else { 1.0 / d };
    block.map(|w| (w * inverse).clamp(-8.0, 7.0) + ROUNDING - ROUNDING)
}

#[cfg(test)]
mod tests {
    use ghostlight_gguf::{TensorType, dequantize, quantize};

    use super::*;

    fn weights(seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).max(1);
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / u32::MAX as f32 - 0.5
        };
        (0..LEN * 64).map(|_| next() + next() + next()).collect()
    }

    fn error(values: &[f32], packed: &[u8]) -> f32 {
        let mut again = vec![0.0; values.len()];
        dequantize(TensorType::Q4_0, packed, &mut again).unwrap();
        values.iter().zip(&again).map(|(a, b)| (a - b) * (a - b)).sum()
    }

    #[test]
    fn it_loses_less_than_the_usual_packing_in_every_block() {
        for seed in 1..20 {
            let values = weights(seed);
            for block in values.chunks_exact(LEN) {
                let (mut fitted, mut usual) = (Vec::new(), Vec::new());
                q4_0(block, &mut fitted);
                quantize(TensorType::Q4_0, block, &mut usual).unwrap();
                assert_eq!(fitted.len(), usual.len());
                assert!(error(block, &fitted) <= error(block, &usual) * 1.0001);
            }
        }
    }

    #[test]
    fn what_fits_exactly_is_exact() {
        let exact: Vec<f32> = (0..LEN).map(|i| (i % 16) as f32 - 8.0).collect();
        for values in [exact, vec![0.0; LEN]] {
            let mut packed = Vec::new();
            q4_0(&values, &mut packed);
            assert_eq!(error(&values, &packed), 0.0);
        }
    }

    #[test]
    fn weights_that_make_no_sense_do_no_harm() {
        for odd in [f32::MAX, f32::INFINITY, f32::NAN, f32::MIN_POSITIVE] {
            let mut values = vec![0.25; LEN];
            values[3] = odd;
            let mut packed = Vec::new();
            q4_0(&values, &mut packed);
            assert_eq!(packed.len(), BYTES);
        }
    }
}
