//! Norms, activation functions, softmax pieces and the final prediction.
//!
//! Plain Rust in shapes that vectorise: fixed-size chunks, no branches in
//! loops. Called from jobs that were compiled for an instruction set.

use super::isa::{Job, run};
use super::lanes::Lanes;
use super::thread_pool::Cpu;

/// Partial sums kept side by side so that additions do not wait for each other.
const WAYS: usize = 16;

/// Folds `x` with `f` in [`WAYS`] independent parts, then joins those.
#[inline(always)]
fn fold(x: &[f32], start: f32, f: impl Fn(f32, f32) -> f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut parts = [start; WAYS];
    let chunks = x.chunks_exact(WAYS);
    let rest = chunks.remainder();
    for chunk in chunks {
        let chunk: &[f32; WAYS] = chunk.try_into().expect("chunks are exact");
        for i in 0..WAYS {
            parts[i] = f(parts[i], chunk[i]);
        }
    }
    for (part, &value) in parts.iter_mut().zip(rest) {
        *part = f(*part, value);
    }
    let mut width = WAYS / 2;
    while width > 0 {
        for i in 0..width {
            parts[i] = join(parts[i], parts[i + width]);
        }
        width /= 2;
    }
    parts[0]
}

/// Sum of squares.
#[inline(always)]
fn sum_of_squares(x: &[f32]) -> f32 {
    fold(x, 0.0, |sum, value| sum + value * value, |a, b| a + b)
}

/// Sum.
#[inline(always)]
pub(super) fn sum(x: &[f32]) -> f32 {
    fold(x, 0.0, |sum, value| sum + value, |a, b| a + b)
}

/// Largest value; negative infinity for none.
#[inline(always)]
pub(super) fn max(x: &[f32]) -> f32 {
    let larger = |a, b| if b > a { b } else { a };
    fold(x, f32::NEG_INFINITY, larger, larger)
}

/// `x / rms(x) * gamma` (Zhang and Sennrich 2019).
#[inline(always)]
pub(super) fn rms_norm(x: &[f32], gamma: &[f32], eps: f32, out: &mut [f32]) {
    let scale = 1.0 / (sum_of_squares(x) / x.len() as f32 + eps).sqrt();
    for ((out, &x), &gamma) in out.iter_mut().zip(x).zip(gamma) {
        *out = x * scale * gamma;
    }
}

/// `(x - mean) / sqrt(var + eps) * gamma + beta` (Ba et al. 2016).
#[inline(always)]
pub(super) fn layer_norm(x: &[f32], gamma: &[f32], beta: &[f32], eps: f32, out: &mut [f32]) {
    let mean = sum(x) / x.len() as f32;
    for (out, &x) in out.iter_mut().zip(x) {
        *out = x - mean;
    }
    let scale = 1.0 / (sum_of_squares(out) / x.len() as f32 + eps).sqrt();
    for ((out, &gamma), &beta) in out.iter_mut().zip(gamma).zip(beta) {
        *out = *out * scale * gamma + beta;
    }
}

/// `e^x`, within 2 units in the last place for x in [-87, 88]; 0 below.
///
/// Splits `x = n ln 2 + r` (Cody and Waite 1980) and evaluates the Taylor
/// polynomial of degree 7 on |r| <= 0.35.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let clamped = x.clamp(-87.3, 88.3);
    let n = clamped * core::f32::consts::LOG2_E + 12_582_912.0;
    let exponent = (n.to_bits() as i32).wrapping_sub(0x4b40_0000);
    let n = n - 12_582_912.0;
    let r = clamped - n * 0.693_359_4;
    let r = r + n * 2.121_944_4e-4;
    let mut p = 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    let result = p * f32::from_bits(((exponent + 127) << 23) as u32);
    if x < -87.3 { 0.0 } else { result }
}

/// `silu(gate) * up` (Shazeer 2020).
#[inline(always)]
pub(super) fn swiglu(gate: &[f32], up: &[f32], out: &mut [f32]) {
    for ((out, &gate), &up) in out.iter_mut().zip(gate).zip(up) {
        *out = gate / (1.0 + exp(-gate)) * up;
    }
}

/// The tanh form of GELU (Hendrycks and Gimpel 2016).
#[inline(always)]
pub(super) fn gelu(x: &[f32], out: &mut [f32]) {
    for (out, &x) in out.iter_mut().zip(x) {
        // tanh(u) = 1 - 2 / (e^2u + 1), and gelu = x / 2 * (1 + tanh(u)).
        let u = 0.797_884_6 * (x + 0.044_715 * x * x * x);
        *out = x * (1.0 - 1.0 / (exp(2.0 * u) + 1.0));
    }
}

/// The likeliest token and the logarithm of its probability.
///
/// Equal logits go to the lowest id.
pub fn predict(cpu: &Cpu, logits: &[f32]) -> (u32, f32) {
    struct Predict<'a>(&'a [f32], &'a mut (u32, f32));
    impl Job for Predict<'_> {
        #[inline(always)]
        unsafe fn run<L: Lanes>(self) {
            let top = max(self.0);
            let token = self.0.iter().position(|&logit| logit == top).unwrap_or(0);
            let total = fold(self.0, 0.0, |sum, logit| sum + exp(logit - top), |a, b| a + b);
            *self.1 = (token as u32, -total.ln());
        }
    }
    let mut prediction = (0, 0.0);
    run(cpu.isa, Predict(logits, &mut prediction));
    prediction
}

#[cfg(test)]
mod tests {
    use super::super::isa::Isa;
    use super::*;

    #[test]
    fn exp_is_close_everywhere() {
        for i in -9000..9000 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp();
            if (-87.0..88.0).contains(&x) {
                let error = (f64::from(exp(x)) - exact).abs() / exact;
                assert!(error < 3e-7, "exp({x}) is off by {error}");
            }
        }
        assert_eq!(exp(-1e30), 0.0);
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn prediction_is_argmax_and_log_softmax() {
        let logits: Vec<f32> = (0..1001).map(|i| ((i * 7919) % 1001) as f32 * 0.01).collect();
        for isa in Isa::available() {
            let (token, log_prob) = predict(&Cpu::new(isa, None), &logits);
            let best = (0..1001).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
            assert_eq!(token as usize, best);
            let total: f64 = logits.iter().map(|&l| f64::from(l - logits[best]).exp()).sum();
            assert!((f64::from(log_prob) + total.ln()).abs() < 1e-5);
        }
    }
}
