//! Whether one configuration is better than another, or was lucky.
//!
//! Both ran the same cases, so each case is its own control: what counts is the
//! difference on a case. The interval comes from drawing cases with replacement
//! (bootstrap, Efron 1979); the probability from turning the signs of
//! differences at random (Fisher's test): how often chance alone gives a mean as
//! far from zero.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::{Interval, Score, quantiles, round};
use crate::{EvalError, Random};

/// Draws of the bootstrap and of the test.
const DRAWS: usize = 10_000;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// As many lines as the hole has, to the character.
    ExactMatch,
    /// The whole suggestion, to the character.
    WholeExact,
    /// 1 less the edit distance of as many lines as the hole has.
    EditSimilarity,
    /// Keys that a simulated typist saves, in parts of the case's characters; each case weighs the same.
    Saved,
    /// Whether the file parses with the suggestion.
    Parses,
    /// Whether its test passes.
    Passes,
}

impl Measure {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 6] =
        [Self::ExactMatch, Self::WholeExact, Self::EditSimilarity, Self::Saved, Self::Parses, Self::Passes];

    /// The value of one case; `None` where it could not be found out.
    ///
    /// ```
    /// # use ghostlight_eval::{Measure, read_outcomes, read_suite, score};
    /// # let case = &read_suite(br#"{"id":"a","kind":"other","prefix":"x = ","suffix":"","truth":"1"}"#)?[0];
    /// # let outcomes = read_outcomes(br#"{"id":"a","text":"1"}"#)?;
    /// let score = score(case, &outcomes[0]);
    /// assert_eq!(Measure::ExactMatch.of(&score), Some(1.0));
    /// assert_eq!(Measure::Passes.of(&score), None); // no test was run
    /// # Ok::<(), ghostlight_eval::EvalError>(())
    /// ```
    #[must_use]
    pub fn of(self, score: &Score) -> Option<f64> {
        let rate = |is: bool| f64::from(u8::from(is));
        match self {
            Self::ExactMatch => Some(rate(score.exact)),
            Self::WholeExact => Some(rate(score.whole_exact)),
            Self::EditSimilarity => Some(score.edit),
            Self::Saved => Some(score.acceptance.saved() as f64 / score.acceptance.chars.max(1) as f64),
            Self::Parses => score.parses.map(rate),
            Self::Passes => score.passes.map(rate),
        }
    }

    /// Whether every case has a value.
    ///
    /// ```
    /// use ghostlight_eval::Measure;
    /// assert!(Measure::ExactMatch.is_of_all() && !Measure::Passes.is_of_all());
    /// ```
    #[must_use]
    pub fn is_of_all(self) -> bool {
        !matches!(self, Self::Parses | Self::Passes)
    }
}

/// The second run less the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What was compared.
    pub measure: Measure,
    /// Cases that have the measure in both runs.
    pub cases: usize,
    /// Mean of the first run.
    pub first: f64,
    /// Mean of the second.
    pub second: f64,
    /// Mean difference, and the interval that holds it in 95 of 100 draws.
    pub difference: Interval,
    /// Probability of a difference as large if there were none, both ways.
    pub p: f64,
    /// Cases on which the second is better.
    pub better: usize,
    /// Cases on which it is worse.
    pub worse: usize,
}

impl Comparison {
    /// Whether the second run is worse by more than chance explains.
    ///
    /// ```
    /// # use ghostlight_eval::{Measure, Score, compare, read_outcomes, read_suite, score};
    /// # let case = &read_suite(br#"{"id":"a","kind":"other","prefix":"x = ","suffix":"","truth":"1"}"#)?[0];
    /// # let outcomes = read_outcomes(b"{\"id\":\"a\",\"text\":\"1\"}\n{\"id\":\"b\",\"text\":\"2\"}")?;
    /// # let named = |id: i32, nth: usize| Score { id: id.to_string(), ..score(case, &outcomes[nth]) };
    /// # let run = |nth| (0..10).map(|id| named(id, nth)).collect::<Vec<_>>();
    /// # let (right, wrong) = (run(0), run(1));
    /// // Ten cases that the first run has right and the second wrong.
    /// let comparison = compare(Measure::ExactMatch, &right, &wrong)?;
    /// assert!(comparison.is_worse(0.05));
    /// # Ok::<(), ghostlight_eval::EvalError>(())
    /// ```
    #[must_use]
    pub fn is_worse(&self, p: f64) -> bool {
        self.difference.mean < 0.0 && self.p < p
    }
}

/// Compares two runs on the cases of which both have the measure.
///
/// ```
/// # use ghostlight_eval::{Measure, Score, compare, read_outcomes, read_suite, score};
/// # let case = &read_suite(br#"{"id":"a","kind":"other","prefix":"x = ","suffix":"","truth":"1"}"#)?[0];
/// # let outcomes = read_outcomes(b"{\"id\":\"a\",\"text\":\"1\"}\n{\"id\":\"b\",\"text\":\"2\"}")?;
/// # let named = |id: i32, nth: usize| Score { id: id.to_string(), ..score(case, &outcomes[nth]) };
/// # let run = |nth| (0..10).map(|id| named(id, nth)).collect::<Vec<_>>();
/// # let (right, wrong) = (run(0), run(1));
/// // Ten cases that the first run has wrong and the second right.
/// let comparison = compare(Measure::ExactMatch, &wrong, &right)?;
/// assert_eq!((comparison.difference.mean, comparison.better), (1.0, 10));
/// assert!(comparison.p < 0.05);
/// # Ok::<(), ghostlight_eval::EvalError>(())
/// ```
///
/// # Errors
/// [`EvalError::Disjoint`] when there is none.
pub fn compare(measure: Measure, first: &[Score], second: &[Score]) -> Result<Comparison, EvalError> {
    let by_id: BTreeMap<&str, &Score> = first.iter().map(|score| (score.id.as_str(), score)).collect();
    let pairs: Vec<(f64, f64)> = second
        .iter()
        .filter_map(|score| {
            let old = by_id.get(score.id.as_str())?;
            Some((measure.of(old)?, measure.of(score)?))
        })
        .collect();
    if pairs.is_empty() {
        return Err(EvalError::Disjoint { first: first.len(), second: second.len() });
    }
    let n = pairs.len() as f64;
    let differences: Vec<f64> = pairs.iter().map(|(old, new)| new - old).collect();
    let mean = differences.iter().sum::<f64>() / n;

    let mut random = Random::new(6);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| differences.iter().map(|_| differences[random.below(differences.len())]).sum::<f64>() / n)
        .collect();
    let (low, high) = quantiles(&mut means);
    // Where nothing differs there is nothing to turn, and in the others a bit says which way.
    let turned: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    let mut as_far = 0usize;
    for _ in 0..DRAWS {
        let sum: f64 = turned
            .chunks(64)
            .map(|some| {
                let bits = random.next_u64();
                let signs = (0..64).map(|at| if bits >> at & 1 == 0 { 1.0 } else { -1.0 });
                some.iter().zip(signs).map(|(d, sign)| d * sign).sum::<f64>()
            })
            .sum();
        // Sums in another order differ in the last bit.
        as_far += usize::from((sum / n).abs() >= mean.abs() - 1e-12);
    }
    Ok(Comparison {
        measure,
        cases: pairs.len(),
        first: round(pairs.iter().map(|(old, _)| old).sum::<f64>() / n),
        second: round(pairs.iter().map(|(_, new)| new).sum::<f64>() / n),
        difference: Interval { mean: round(mean), low: round(low), high: round(high) },
        // The draw that is there counts too.
        p: (as_far + 1) as f64 / (DRAWS + 1) as f64,
        better: differences.iter().filter(|d| **d > 0.0).count(),
        worse: differences.iter().filter(|d| **d < 0.0).count(),
    })
}
