//! What became of suggestions, counted; and whether one like them is worth showing.
//!
//! The idea: a suggestion is a success when it was accepted, whole or in part.
//! Counts are kept by language, length and confidence. A kind that was seen
//! little is judged by its wider kinds: the rate of all suggestions is the
//! prior of a language's, that of a language the prior of one kind of it, each
//! a Beta distribution worth a few observations. The ratio of that rate to the
//! rate that was to be expected is the factor by which a suggestion's own
//! likelihood is corrected.
//!
//! Nothing here holds text, a path or a time of day. Where the counts are kept
//! between visits is the host's business.

use std::collections::BTreeMap;

/// What became of a suggestion that was visible for [`VISIBLE_MS`] at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
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

/// Milliseconds for which a suggestion has to stand before it counts as shown.
pub const VISIBLE_MS: f64 = 250.0;

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
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text {
            _ if text.contains('\n') => Self::Lines,
            _ if text.chars().nth(12).is_none() => Self::Word,
            _ => Self::Line,
        }
    }
}

/// Suggestions that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// Id of the language; empty where it is not known.
    pub language: String,
    /// How long they are.
    pub length: Length,
    /// Their confidence in fifths, 0 to 4.
    pub fifth: u8,
}

impl Kind {
    /// The kind of a suggestion with this confidence, 0 to 1.
    #[must_use]
    pub fn new(language: &str, length: Length, confidence: f32) -> Self {
        let fifth = (confidence.clamp(0.0, 0.999) * 5.0) as u8;
        Self { language: language.to_owned(), length, fifth }
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
const MOST_KINDS: usize = 512;

/// What became of all suggestions so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    kinds: BTreeMap<Kind, Count>,
    kept: [Kept; AGES_S.len()],
}

impl History {
    /// Counts a suggestion that was shown.
    pub fn add(&mut self, kind: Kind, fate: Fate) {
        if self.kinds.len() >= MOST_KINDS && !self.kinds.contains_key(&kind) {
            return;
        }
        let count = self.kinds.entry(kind).or_default();
        count.shown = count.shown.saturating_add(1);
        let is_taken = matches!(fate, Fate::Accepted | Fate::Partly);
        count.accepted = count.accepted.saturating_add(u32::from(is_taken));
    }

    /// Accepted text was looked at again: `share` of it, 0 to 1, still stands
    /// after `AGES_S[age]`.
    pub fn looked(&mut self, age: usize, share: f64) {
        if let Some(kept) = self.kept.get_mut(age) {
            kept.seen = kept.seen.saturating_add(1);
            kept.share += if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        }
    }

    /// Every kind that was counted, in order.
    pub fn kinds(&self) -> impl Iterator<Item = (&Kind, Count)> {
        self.kinds.iter().map(|(kind, count)| (kind, *count))
    }

    /// What is left after each of [`AGES_S`].
    #[must_use]
    pub fn kept(&self) -> [Kept; AGES_S.len()] {
        self.kept
    }

    /// The rate of acceptance that is to be expected of a kind.
    #[must_use]
    pub fn rate(&self, kind: &Kind) -> f64 {
        let all = posterior(self.sum(|_| true), EXPECTED);
        let language = posterior(self.sum(|other| other.language == kind.language), all);
        posterior(self.kinds.get(kind).copied().unwrap_or_default(), language)
    }

    /// By what a suggestion's own likelihood is to be multiplied.
    #[must_use]
    pub fn factor(&self, kind: &Kind) -> f32 {
        (self.rate(kind) / EXPECTED).clamp(FACTORS.0, FACTORS.1) as f32
    }

    fn sum(&self, of: impl Fn(&Kind) -> bool) -> Count {
        let counts = self.kinds.iter().filter(|(kind, _)| of(kind)).map(|(_, count)| count);
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

    fn kind(language: &str, fifth: u8) -> Kind {
        Kind { language: language.to_owned(), length: Length::Line, fifth }
    }

    #[test]
    fn without_a_history_nothing_changes() {
        assert_eq!(History::default().factor(&kind("rust", 3)), 1.0);
    }

    #[test]
    fn a_kind_is_judged_by_itself_then_by_its_language_then_by_all() {
        let mut history = History::default();
        (0..60).for_each(|_| history.add(kind("rust", 4), Fate::Accepted));
        (0..60).for_each(|_| history.add(kind("rust", 0), Fate::TypedOver));
        (0..90).for_each(|_| history.add(kind("css", 2), Fate::Dismissed));
        let rate = |language, fifth| history.rate(&kind(language, fifth));
        assert!(rate("rust", 4) > 0.85 && rate("rust", 0) < 0.15);
        // Never seen: as its language fares, or as all do.
        assert!((rate("rust", 2) - 0.48).abs() < 0.03, "{}", rate("rust", 2));
        assert!(rate("css", 4) < rate("go", 4) && rate("go", 4) < rate("rust", 2));
        assert_eq!(history.factor(&kind("rust", 4)), FACTORS.1 as f32);
        assert_eq!(history.factor(&kind("css", 2)), FACTORS.0 as f32);
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
            (Kind::new("c", Length::Word, 1.0).fifth, Kind::new("c", Length::Word, -1.0).fifth),
            (4, 0)
        );
    }

    proptest! {
        #[test]
        fn rates_are_probabilities_and_rise_with_success(
            fates in prop::collection::vec((0u8..3, 0u8..5, 0usize..5), 0..60), language in 0u8..3, fifth in 0u8..5,
        ) {
            const FATES: [Fate; 5] = [Fate::Accepted, Fate::Partly, Fate::Dismissed, Fate::TypedOver, Fate::Left];
            let named = |language: u8, fifth| kind(["a", "b", "c"][usize::from(language)], fifth);
            let mut history = History::default();
            for (language, fifth, fate) in fates {
                history.add(named(language, fifth), FATES[fate]);
            }
            let before = history.rate(&named(language, fifth));
            prop_assert!(before > 0.0 && before < 1.0);
            history.add(named(language, fifth), Fate::Accepted);
            let after = history.rate(&named(language, fifth));
            prop_assert!(after > before);
            history.add(named(language, fifth), Fate::Dismissed);
            prop_assert!(history.rate(&named(language, fifth)) < after);
        }
    }
}
