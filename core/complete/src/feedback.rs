//! Acceptance statistics: what became of suggestions, and by how much that corrects a likelihood.
//!
//! The idea: a suggestion is a success when it was accepted, whole or in part.
//! Counts are kept by stratum: language, length and confidence. A stratum that was
//! seen little is judged by wider ones: the rate of all suggestions is the
//! prior of a language's, that of a language the prior of one stratum of it, each
//! a Beta distribution worth a few observations. The ratio of that rate to the
//! rate that was to be expected is the factor by which a suggestion's own
//! likelihood is corrected.
//!
//! Nothing here holds text, a path or a time of day. Where the counts are kept
//! between visits is the host's business.

use std::collections::BTreeMap;

/// What became of a suggestion that was visible long enough to be read, which the editor decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// All of it was taken.
    Accepted,
    /// A word or a line of it was taken.
    Partly,
    /// It was sent away.
    Dismissed,
    /// Something else was typed.
    TypedOver,
    /// The cursor went elsewhere, or the file was closed.
    Left,
}

/// Seconds after which accepted text is looked at again.
pub const AGES_S: [u32; 3] = [30, 120, 600];

/// How long a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Length {
    /// Up to 12 characters.
    Word,
    /// The rest of a line.
    Line,
    /// More than a line.
    Lines,
}

impl Length {
    /// Of a whole suggestion.
    ///
    /// ```
    /// use ghostlight_complete::feedback::Length;
    /// assert_eq!((Length::of("price"), Length::of("price\n")), (Length::Word, Length::Lines));
    /// ```
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text {
            _ if text.contains('\n') => Self::Lines,
            _ if text.chars().nth(12).is_none() => Self::Word,
            _ => Self::Line,
        }
    }
}

/// Suggestions that are counted together: of one language, length and confidence bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stratum {
    /// Id of the language; empty where it is not known.
    pub language: String,
    /// How long they are.
    pub length: Length,
    /// Their confidence bucket: the model's probability of the text in fifths, 0 to 4.
    pub bucket: u8,
}

impl Stratum {
    /// The stratum of a suggestion with this confidence, 0 to 1.
    ///
    /// ```
    /// use ghostlight_complete::feedback::{Length, Stratum};
    /// assert_eq!(Stratum::new("python", Length::Line, 0.7).bucket, 3); // 0.6 to 0.8
    /// ```
    #[must_use]
    pub fn new(language: &str, length: Length, confidence: f32) -> Self {
        let bucket = (confidence.clamp(0.0, 0.999) * 5.0) as u8;
        Self { language: language.to_owned(), length, bucket }
    }
}

/// How often something was shown, and how often taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Shown long enough.
    pub shown: u32,
    /// Accepted, whole or in part.
    pub accepted: u32,
}

/// What is left of accepted text after some time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Kept {
    /// Acceptances that were looked at.
    pub seen: u32,
    /// Sum of the shares of them that still stood there.
    pub share: f64,
}

/// Observations that a prior is worth.
const PRIOR: f64 = 12.0;
/// Rate of acceptance where nothing is known yet.
const EXPECTED: f64 = 0.25;
/// Bounds of the factor, so that no history silences the model, or lets everything through.
const FACTORS: (f64, f64) = (0.3, 1.8);
/// Languages that are told apart, so that strange names cost no memory.
const MOST_STRATA: usize = 512;

/// What became of all suggestions so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    strata: BTreeMap<Stratum, Count>,
    kept: [Kept; AGES_S.len()],
}

impl History {
    /// Counts a suggestion that was shown.
    pub(crate) fn add(&mut self, stratum: Stratum, outcome: Outcome) {
        if self.strata.len() >= MOST_STRATA && !self.strata.contains_key(&stratum) {
            return;
        }
        let count = self.strata.entry(stratum).or_default();
        count.shown = count.shown.saturating_add(1);
        let is_taken = matches!(outcome, Outcome::Accepted | Outcome::Partly);
        count.accepted = count.accepted.saturating_add(u32::from(is_taken));
    }

    /// Accepted text was looked at again: `share` of it, 0 to 1, still stands
    /// after `AGES_S[age]`.
    pub(crate) fn looked(&mut self, age: usize, share: f64) {
        if let Some(kept) = self.kept.get_mut(age) {
            kept.seen = kept.seen.saturating_add(1);
            kept.share += if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        }
    }

    /// Every stratum that was counted, in order.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// use ghostlight_complete::feedback::{Length, Outcome, Stratum};
    /// scheduler.judge(Stratum::new("python", Length::Line, 0.7), Outcome::Dismissed, true);
    /// let history = scheduler.history();
    /// let (stratum, count) = history.strata().next().unwrap();
    /// assert_eq!((stratum.language.as_str(), count.shown, count.accepted), ("python", 1, 0));
    /// ```
    pub fn strata(&self) -> impl Iterator<Item = (&Stratum, Count)> {
        self.strata.iter().map(|(stratum, count)| (stratum, *count))
    }

    /// What is left after each of [`AGES_S`].
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// scheduler.looked(0, 1.0);
    /// scheduler.looked(0, 0.5);
    /// let first = scheduler.history().kept()[0];
    /// assert_eq!((first.seen, first.share), (2, 1.5));
    /// ```
    #[must_use]
    pub fn kept(&self) -> [Kept; AGES_S.len()] {
        self.kept
    }

    /// The rate of acceptance that is to be expected of a stratum, 0 to 1: its own, as far as it was seen.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// use ghostlight_complete::feedback::{Length, Outcome, Stratum};
    /// let python = || Stratum::new("python", Length::Line, 0.7);
    /// let before = scheduler.history().rate(&python());
    /// scheduler.judge(python(), Outcome::Dismissed, true);
    /// assert!(scheduler.history().rate(&python()) < before);
    /// ```
    #[must_use]
    pub fn rate(&self, stratum: &Stratum) -> f64 {
        let all = posterior(self.sum(|_| true), EXPECTED);
        let language = posterior(self.sum(|other| other.language == stratum.language), all);
        posterior(self.strata.get(stratum).copied().unwrap_or_default(), language)
    }

    /// By what a suggestion's own likelihood is to be multiplied.
    pub(crate) fn factor(&self, stratum: &Stratum) -> f32 {
        (self.rate(stratum) / EXPECTED).clamp(FACTORS.0, FACTORS.1) as f32
    }

    fn sum(&self, of: impl Fn(&Stratum) -> bool) -> Count {
        let counts = self.strata.iter().filter(|(stratum, _)| of(stratum)).map(|(_, count)| count);
        counts.fold(Count::default(), |sum, count| Count {
            shown: sum.shown.saturating_add(count.shown),
            accepted: sum.accepted.saturating_add(count.accepted),
        })
    }
}

/// Mean of the Beta distribution after `count`, with a prior of this mean.
fn posterior(count: Count, prior: f64) -> f64 {
    (f64::from(count.accepted) + PRIOR * prior) / (f64::from(count.shown) + PRIOR)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stratum(language: &str, bucket: u8) -> Stratum {
        Stratum { language: language.to_owned(), length: Length::Line, bucket }
    }

    #[test]
    fn without_a_history_nothing_changes() {
        assert_eq!(History::default().factor(&stratum("rust", 3)), 1.0);
    }

    #[test]
    fn a_stratum_is_judged_by_itself_then_by_its_language_then_by_all() {
        let mut history = History::default();
        (0..60).for_each(|_| history.add(stratum("rust", 4), Outcome::Accepted));
        (0..60).for_each(|_| history.add(stratum("rust", 0), Outcome::TypedOver));
        (0..90).for_each(|_| history.add(stratum("css", 2), Outcome::Dismissed));
        let rate = |language, bucket| history.rate(&stratum(language, bucket));
        assert!(rate("rust", 4) > 0.85 && rate("rust", 0) < 0.15);
        // Never seen: as its language fares, or as all do.
        assert!((rate("rust", 2) - 0.48).abs() < 0.03, "{}", rate("rust", 2));
        assert!(rate("css", 4) < rate("go", 4) && rate("go", 4) < rate("rust", 2));
        assert_eq!(history.factor(&stratum("rust", 4)), FACTORS.1 as f32);
        assert_eq!(history.factor(&stratum("css", 2)), FACTORS.0 as f32);
    }

    #[test]
    fn what_is_kept_is_counted_by_age() {
        let mut history = History::default();
        for (age, share) in [(0, 1.0), (0, 0.5), (1, 7.0), (2, f64::NAN), (9, 1.0)] {
            history.looked(age, share);
        }
        let [half_a_minute, two, ten] = history.kept();
        assert_eq!((half_a_minute.seen, half_a_minute.share), (2, 1.5));
        assert_eq!((two.seen, two.share, ten.seen, ten.share), (1, 1.0, 1, 0.0));
    }

    #[test]
    fn lengths() {
        for (text, length) in
            [("", Length::Word), ("return x", Length::Word), ("return a + b;", Length::Line)]
        {
            assert_eq!(Length::of(text), length);
        }
        assert_eq!(Length::of("a\nb"), Length::Lines);
        assert_eq!(
            (Stratum::new("c", Length::Word, 1.0).bucket, Stratum::new("c", Length::Word, -1.0).bucket),
            (4, 0)
        );
    }

    proptest! {
        #[test]
        fn rates_are_probabilities_and_rise_with_success(
            outcomes in prop::collection::vec((0u8..3, 0u8..5, 0usize..5), 0..60), language in 0u8..3, bucket in 0u8..5,
        ) {
            const OUTCOMES: [Outcome; 5] = [Outcome::Accepted, Outcome::Partly, Outcome::Dismissed, Outcome::TypedOver, Outcome::Left];
            let named = |language: u8, bucket| stratum(["a", "b", "c"][usize::from(language)], bucket);
            let mut history = History::default();
            for (language, bucket, outcome) in outcomes {
                history.add(named(language, bucket), OUTCOMES[outcome]);
            }
            let before = history.rate(&named(language, bucket));
            prop_assert!(before > 0.0 && before < 1.0);
            history.add(named(language, bucket), Outcome::Accepted);
            let after = history.rate(&named(language, bucket));
            prop_assert!(after > before);
            history.add(named(language, bucket), Outcome::Dismissed);
            prop_assert!(history.rate(&named(language, bucket)) < after);
        }
    }
}
