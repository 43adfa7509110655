//! How likely a suggestion is wanted, from what the model thinks of its own tokens.
//!
//! The idea: a small model is too sure of itself, so its probabilities are put
//! through a logistic curve, two numbers that can be fitted to what was typed
//! next (Platt: "Probabilistic Outputs for Support Vector Machines", 1999). How
//! suggestions of the same kind have fared with this user is a factor on top
//! (`feedback.rs`); the product has to clear a threshold before anything shows.

/// The curve from the mean log probability of tokens to a share of wanted suggestions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Log odds at a geometric mean probability of 1.
    pub at_certain: f32,
    /// What the log odds lose for each unit of mean negative log probability.
    pub slope: f32,
}

impl Default for Calibration {
    /// A guess for a small model, not fitted yet: `cargo xtask bench typing` prints the fit.
    fn default() -> Self {
        Self { at_certain: 0.6, slope: 2.2 }
    }
}

impl Calibration {
    /// The share of suggestions with this mean log probability that are what is typed next.
    #[must_use]
    pub fn of(self, mean_log_prob: f32) -> f32 {
        let odds = self.at_certain + self.slope * mean_log_prob.min(0.0);
        (1.0 / (1.0 + libm::exp(-f64::from(odds)))) as f32
    }

    /// [`Calibration::of`] for a geometric mean probability, as [`Completion::confidence`](crate::Completion::confidence).
    #[must_use]
    pub fn of_confidence(self, confidence: f32) -> f32 {
        if confidence <= 0.0 {
            return 0.0;
        }
        self.of(libm::log(f64::from(confidence)) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surer_is_likelier_and_all_of_it_is_a_probability() {
        let curve = Calibration::default();
        let steps =
            [0.0, 1e-9, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0].map(|confidence| curve.of_confidence(confidence));
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
        assert!(steps[0] == 0.0 && steps[7] < 1.0);
        assert_eq!(curve.of(3.0), curve.of(0.0));
        assert!(curve.of(f32::NEG_INFINITY) == 0.0);
    }
}
