//! Choosing a token from logits: greedy, or seeded top-k / top-p / temperature.
//!
//! The idea: the same seed gives the same tokens on every machine. Logits are
//! ordered by value and then by id, the exponential is a portable one and sums
//! run in that order, and the generator is SplitMix64 (Steele, Lea and Flood,
//! "Fast splittable pseudorandom number generators", OOPSLA 2014), which is
//! all integer. Logits themselves may of course differ between devices.
//!
//! Order of the filters: top-k, then temperature, then top-p of what is left.

use ghostlight_text::TokenId;

use crate::{DecodeError, Prediction};

/// How to choose a token. The default is greedy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Divides the logits; 0 (or less, or not a number) is greedy.
    pub temperature: f32,
    /// Keep this many of the likeliest tokens; 0 keeps all.
    pub top_k: usize,
    /// Keep the fewest tokens whose probabilities sum to this; 1 keeps all.
    pub top_p: f32,
    /// Start of the random sequence.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self::GREEDY
    }
}

impl Sampling {
    /// The likeliest token each time.
    pub const GREEDY: Self = Self { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0 };

    /// Whether the likeliest token is always taken, so that no logits are needed.
    #[must_use]
    pub fn is_greedy(&self) -> bool {
        let random = self.temperature > 0.0; // not for NaN
        !random || self.top_k == 1
    }
}

/// A [`Sampling`] at work: holds the state of the random sequence.
#[derive(Debug, Clone)]
pub struct Sampler {
    sampling: Sampling,
    random: SplitMix64,
}

impl Sampler {
    /// Starts the random sequence at the seed.
    #[must_use]
    pub fn new(sampling: Sampling) -> Self {
        Self { sampling, random: SplitMix64(sampling.seed) }
    }

    /// Whether the likeliest token is always taken.
    #[must_use]
    pub fn is_greedy(&self) -> bool {
        self.sampling.is_greedy()
    }

    /// Chooses from `logits`, `[vocab]`. The log probability is the model's own,
    /// before temperature and filters. Logits that are not finite are never chosen.
    ///
    /// # Errors
    /// [`DecodeError::NotFinite`] when there is no finite logit.
    pub fn pick(&mut self, logits: &[f32]) -> Result<Prediction, DecodeError> {
        let mut kept: Vec<(f32, u32)> =
            logits.iter().copied().zip(0..).filter(|(logit, _)| logit.is_finite()).collect();
        let likelier = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));

        let Some(&best) = kept.iter().min_by(|a, b| likelier(a, b)) else {
            return Err(DecodeError::NotFinite { count: logits.len() });
        };
        let total: f64 = kept.iter().map(|&(logit, _)| weight(logit, best.0, 1.0)).sum();
        let prediction = |(logit, id): (f32, u32)| Prediction {
            token: TokenId(id),
            log_prob: (f64::from(logit) - f64::from(best.0) - libm::log(total)) as f32,
        };
        if self.is_greedy() {
            return Ok(prediction(best));
        }

        let k = self.sampling.top_k;
        if k > 0 && k < kept.len() {
            kept.select_nth_unstable_by(k - 1, likelier);
            kept.truncate(k);
        }
        kept.sort_unstable_by(likelier);

        let temperature = f64::from(self.sampling.temperature);
        let weights: Vec<f64> = kept.iter().map(|x| weight(x.0, best.0, temperature)).collect();
        let nucleus = nucleus(&weights, f64::from(self.sampling.top_p));
        let mut left = self.random.unit() * weights[..nucleus].iter().sum::<f64>();
        for (&token, weight) in kept.iter().zip(&weights[..nucleus]) {
            left -= weight;
            if left < 0.0 {
                return Ok(prediction(token));
            }
        }
        // Rounding can leave a hair over the sum.
        Ok(prediction(kept[nucleus - 1]))
    }
}

/// Unnormalised probability of `logit`: 1 for the best one.
fn weight(logit: f32, best: f32, temperature: f64) -> f64 {
    libm::exp((f64::from(logit) - f64::from(best)) / temperature)
}

/// Length of the shortest run of the sorted `weights` that holds `p` of their sum; at least 1.
fn nucleus(weights: &[f64], p: f64) -> usize {
    if p >= 1.0 || p.is_nan() {
        return weights.len();
    }
    let mut need = p * weights.iter().sum::<f64>();
    let reached = weights.iter().position(|weight| {
        need -= weight;
        need <= 0.0
    });
    reached.map_or(weights.len(), |last| last + 1)
}

#[derive(Debug, Clone)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1), with 53 bits.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}
