//! Weights into Q4_0 with scales that are fitted to them.
//!
//! The idea: the usual packing takes the scale from the largest weight of a block, so that
//! this one is exact and the other 31 are as they come. Here several scales are tried around
//! that one; for each, the quants are rounded, and the scale is then the one with the least
//! squared error for these quants, as one knows it in closed form: `d = sum(w q) / sum(q q)`.
//! The best of all is stored. Reading is what it always is: `w = d * (q - 8)`.
//!
//! Sums are taken in the order of the weights and without fused multiply-add, so that every
//! machine gives the same bytes.

use half::f16;

/// Weights of a block.
const LEN: usize = 32;
/// Bytes of a block: the scale as a 16-bit float, then two quants a byte.
const BYTES: usize = 18;
/// Scales that are tried on each side of the usual one, a fortieth of it apart.
const STEPS: i32 = 12;
const STEP: f32 = 1.0 / 40.0;

/// Packs `values`, a multiple of 32 of them, into `out`.
pub(super) fn q4_0(values: &[f32], out: &mut Vec<u8>) {
    out.clear();
    out.reserve(values.len() / LEN * BYTES);
    for block in values.chunks_exact(LEN) {
        let (d, quants) = best(block);
        out.extend(d.to_le_bytes());
        // The first half of the columns is in the low nibbles.
        out.extend((0..LEN / 2).map(|i| quants[i] | quants[i + LEN / 2] << 4));
    }
}

/// The scale with the least squared error, and the quants for it.
fn best(block: &[f32]) -> (f16, [u8; LEN]) {
    let extreme = block.iter().fold(0.0f32, |m, &v| if v.abs() > m.abs() { v } else { m });
    let mut best = (f32::INFINITY, f16::ZERO, [8; LEN]);
    if extreme == 0.0 {
        return (best.1, best.2);
    }
    for step in -STEPS..=STEPS {
        // The weight of the largest magnitude becomes -8, a little less or, cut off, more.
        let d = extreme / (-8.0 * (1.0 + step as f32 * STEP));
        let quants = round(block, d);
        let (mut products, mut squares) = (0.0f32, 0.0f32);
        for (&w, &q) in block.iter().zip(&quants) {
            let q = f32::from(q) - 8.0;
            products += w * q;
            squares += q * q;
        }
        if squares == 0.0 {
            continue;
        }
        let d = f16::from_f32(products / squares);
        let quants = round(block, d.to_f32());
        let error: f32 = block
            .iter()
            .zip(&quants)
            .map(|(&w, &q)| {
                let left = w - d.to_f32() * (f32::from(q) - 8.0);
                left * left
            })
            .sum();
        if error < best.0 {
            best = (error, d, quants);
        }
    }
    (best.1, best.2)
}

/// Quants 0 to 15 whose values `d * (q - 8)` are nearest.
fn round(block: &[f32], d: f32) -> [u8; LEN] {
    let inverse = if d == 0.0 { 0.0 } else { 1.0 / d };
    let mut quants = [8; LEN];
    for (q, &w) in quants.iter_mut().zip(block) {
        // A float that is too large for the type becomes its largest value.
        *q = (w * inverse + 8.5).clamp(0.0, 15.0) as u8;
    }
    quants
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
