//! The likelihood that a suggestion is wanted, from the log-probability of its tokens.
//!
//! The idea: a text is what is typed next if each of its tokens is, so the model's probability
//! of it is their product. A small model is too sure of itself, and typing is not what it was
//! trained on, so the logarithm of that product is put through a logistic curve, two numbers
//! that are fitted to what was typed next (Platt: "Probabilistic Outputs for Support Vector
//! Machines", 1999). How suggestions of the same kind have fared with this user is a factor on
//! top (`feedback.rs`); the result has to clear a threshold before anything shows.

use ghostlight_text::Language;

use crate::feedback::{Length, Stratum};
use crate::session_state::SessionState;
use crate::shape::Shape;
use crate::{Request, SessionOptions};

/// The curve from the log probability of a text to a share of wanted suggestions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Log odds at a probability of 1.
    pub at_certain: f32,
    /// What the log odds lose for each unit of negative log probability.
    pub slope: f32,
}

impl Default for Calibration {
    /// Of a small code model; `cargo xtask bench typing --fit` fits another to a model.
    fn default() -> Self {
        Self { at_certain: 1.7, slope: 2.3 }
    }
}

impl Calibration {
    /// The share of suggestions with this log probability that are what is typed next.
    ///
    /// ```
    /// use ghostlight_complete::Calibration;
    /// let curve = Calibration { at_certain: 2.0, slope: 2.0 };
    /// assert_eq!(curve.of(-1.0), 0.5);
    /// assert!(curve.of(0.0) > 0.8 && curve.of(-5.0) < 0.01);
    /// ```
    #[must_use]
    pub fn of(self, log_prob: f32) -> f32 {
        let odds = self.at_certain + self.slope * log_prob.min(0.0);
        (1.0 / (1.0 + libm::exp(-f64::from(odds)))) as f32
    }
}

/// What a suggestion has to reach, and how that is reckoned, known before it is made.
pub(crate) struct Expected {
    calibration: Calibration,
    /// By bucket of confidence.
    factors: [f32; 5],
}

impl Expected {
    pub(crate) fn of(
        request: &Request<'_>,
        shape: Shape,
        options: &SessionOptions,
        state: &SessionState,
    ) -> Self {
        let length = if shape == Shape::Block { Length::Lines } else { Length::Line };
        let language = Language::from_path(request.source.path).map_or("", |language| language.id);
        let middle = |bucket: usize| (bucket as f32 + 0.5) / 5.0;
        let factor = |bucket| state.history.factor(&Stratum::new(language, length, middle(bucket)));
        Self { calibration: options.calibration, factors: std::array::from_fn(factor) }
    }

    /// Of a text with this log probability, 0 to 1.
    pub(crate) fn likelihood(&self, log_prob: f32) -> f32 {
        let confidence = libm::exp(f64::from(log_prob));
        let bucket = (confidence.clamp(0.0, 0.999) * 5.0) as usize;
        let factor = self.factors.get(bucket).copied().unwrap_or(1.0);
        (self.calibration.of(log_prob) * factor).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surer_is_likelier_and_all_of_it_is_a_probability() {
        let curve = Calibration::default();
        let steps = [0.0f32, 1e-9, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0].map(|confidence| curve.of(confidence.ln()));
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
        assert!(steps[0] == 0.0 && steps[7] < 1.0);
        assert_eq!(curve.of(3.0), curve.of(0.0));
        assert!(curve.of(f32::NEG_INFINITY) == 0.0);
    }
}
