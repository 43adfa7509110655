//! The typing model: how long to wait after a keystroke (debounce), by the gaps between keys and the engine's latency.
//!
//! The idea: a suggestion is worth its tokens only if it stands there before
//! the next key falls. So the wait and the measured latency together should
//! take a share of the usual gap between two keys: a small one where
//! suggestions are likely to be wanted (after a blank, a bracket, at a line's
//! start), a larger one within a word. An engine that needs longer than a gap
//! can only be seen in a pause, and is asked in one. Suggestions that are
//! dismissed raise an annoyance factor that makes the wait longer, accepted ones lower it,
//! and both wear off.
//!
//! It counts and never sleeps: the timer is the host's.

use std::collections::VecDeque;

/// Gaps that are remembered.
const WINDOW: usize = 48;
/// Fewest gaps that say more than the assumption.
const ENOUGH: usize = 6;
/// Milliseconds between two keys of a person of whom nothing is known: the
/// mean of 168,000 typists (Dhakal, Feit, Kristensson, Oulasvirta:
/// "Observations on Typing from 136 Million Keystrokes", CHI 2018).
const ASSUMED_GAP: f64 = 239.0;
/// Gaps out of these bounds are a rollover, or a pause to think.
const GAPS: std::ops::RangeInclusive<f64> = 20.0..=1000.0;
/// Least and most milliseconds to wait.
const WAITS: (f64, f64) = (10.0, 600.0);
/// Milliseconds within which an answer came from memory, which says nothing of the model.
const INSTANT_MS: f64 = 2.0;
/// Weight of the newest latency in the mean.
const NEWEST: f64 = 0.2;
/// Bounds of the annoyance factor, and how much of its distance from 1 is left after each keystroke.
const ANNOYANCE: (f64, f64) = (0.6, 2.5);
const ANNOYANCE_DECAY: f64 = 0.98;

/// What stands before the cursor, as far as the wait is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CursorContext {
    /// At the start of a line, but for blanks.
    LineStart,
    /// After a blank or a sign.
    AfterSign,
    /// Within a word.
    InWord,
}

impl CursorContext {
    /// By the text before the cursor.
    pub(crate) fn after(prefix: &str) -> Self {
        let line = prefix.rsplit(['\n', '\r']).next().unwrap_or_default();
        match line.chars().next_back() {
            _ if line.trim().is_empty() => Self::LineStart,
            Some(last) if last.is_alphanumeric() || last == '_' => Self::InWord,
            _ => Self::AfterSign,
        }
    }

    /// Share of a gap after which a suggestion should stand there.
    fn share(self) -> f64 {
        match self {
            Self::LineStart => 0.3,
            Self::AfterSign => 0.35,
            Self::InWord => 0.5,
        }
    }
}

/// What is known of somebody's typing and of the engine's latency.
#[derive(Debug, Clone)]
pub struct TypingModel {
    gaps: VecDeque<f64>, // milliseconds
    last: Option<f64>,
    latency: Option<f64>, // milliseconds
    annoyance: f64,       // 1 is even
}

impl Default for TypingModel {
    fn default() -> Self {
        Self { gaps: VecDeque::new(), last: None, latency: None, annoyance: 1.0 }
    }
}

impl TypingModel {
    /// A key fell at `now_ms`.
    pub(crate) fn typed(&mut self, now_ms: f64) {
        let gap = self.last.replace(now_ms).map(|last| now_ms - last);
        self.annoyance = 1.0 + (self.annoyance - 1.0) * ANNOYANCE_DECAY;
        if let Some(gap) = gap.filter(|gap| GAPS.contains(gap)) {
            if self.gaps.len() == WINDOW {
                self.gaps.pop_front();
            }
            self.gaps.push_back(gap);
        }
    }

    /// The first text of an answer took so many milliseconds.
    ///
    /// ```
    /// use ghostlight_complete::TypingModel;
    /// let mut model = TypingModel::default();
    /// model.answered(80.0);
    /// model.answered(0.5); // from a cache: says nothing of the model
    /// assert_eq!(model.latency(), 80.0);
    /// ```
    pub fn answered(&mut self, ms: f64) {
        if ms.is_finite() && ms > INSTANT_MS {
            let old = self.latency.unwrap_or(ms);
            self.latency = Some(old + NEWEST * (ms - old));
        }
    }

    /// A suggestion was accepted, or sent away.
    pub(crate) fn judged(&mut self, is_accepted: bool) {
        let annoyance = self.annoyance * if is_accepted { 0.8 } else { 1.25 };
        self.annoyance = annoyance.clamp(ANNOYANCE.0, ANNOYANCE.1);
    }

    /// Milliseconds between two keys, as they usually are.
    ///
    /// ```
    /// use ghostlight_complete::TypingModel;
    /// assert_eq!(TypingModel::default().gap(), 239.0); // assumed, until enough keys were seen
    /// ```
    #[must_use]
    pub fn gap(&self) -> f64 {
        if self.gaps.len() < ENOUGH {
            return ASSUMED_GAP;
        }
        let mut gaps: Vec<f64> = self.gaps.iter().copied().collect();
        gaps.sort_by(f64::total_cmp);
        gaps[(gaps.len() - 1) / 2]
    }

    /// Milliseconds from a request to its first text, as they usually are; 0 until one was seen.
    ///
    /// ```
    /// use ghostlight_complete::TypingModel;
    /// assert_eq!(TypingModel::default().latency(), 0.0);
    /// ```
    #[must_use]
    pub fn latency(&self) -> f64 {
        self.latency.unwrap_or(0.0)
    }

    /// Milliseconds to wait after a keystroke before the engine is asked.
    pub(crate) fn wait(&self, context: CursorContext) -> f64 {
        let (gap, latency) = (self.gap(), self.latency());
        let wait = if latency < gap {
            gap * context.share() * self.annoyance - latency
        } else {
            1.3 * gap * self.annoyance
        };
        wait.clamp(WAITS.0, WAITS.1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typing(gap: f64) -> TypingModel {
        let mut model = TypingModel::default();
        (0..WINDOW * 2).for_each(|n| model.typed(n as f64 * gap));
        model
    }

    #[test]
    fn the_wait_is_a_share_of_the_gap_less_the_latency() {
        let mut model = typing(200.0);
        assert_eq!(CursorContext::after("foo"), CursorContext::InWord);
        assert_eq!(CursorContext::after("foo("), CursorContext::AfterSign);
        assert_eq!(CursorContext::after("foo(\n    "), CursorContext::LineStart);
        assert_eq!(model.wait(CursorContext::InWord), 100.0);
        model.answered(60.0);
        assert_eq!(model.wait(CursorContext::InWord), 40.0);
        assert_eq!(model.wait(CursorContext::AfterSign), 10.0);
        // An engine that is too slow for the gaps is asked in a pause.
        (0..60).for_each(|_| model.answered(900.0));
        assert_eq!(model.wait(CursorContext::AfterSign), 260.0);
        // Who types slowly is waited for longer.
        assert!(typing(400.0).wait(CursorContext::InWord) > typing(150.0).wait(CursorContext::InWord));
    }

    #[test]
    fn pauses_and_rollovers_are_no_rhythm() {
        let mut model = typing(200.0);
        let start = 200.0 * (WINDOW * 2) as f64;
        (0..20).for_each(|n| model.typed(start + 5000.0 * f64::from(n)));
        assert_eq!(model.gap(), 200.0);
        assert_eq!(TypingModel::default().gap(), ASSUMED_GAP);
    }

    #[test]
    fn dismissals_make_it_wait_and_wear_off() {
        let mut model = typing(200.0);
        let even = model.wait(CursorContext::InWord);
        (0..10).for_each(|_| model.judged(false));
        assert_eq!(model.wait(CursorContext::InWord), even * ANNOYANCE.1);
        let start = 200.0 * (WINDOW * 2) as f64;
        (0..300).for_each(|n| model.typed(start + 200.0 * f64::from(n)));
        assert!((model.wait(CursorContext::InWord) - even).abs() < 1.0);
        model.judged(true);
        assert!(model.wait(CursorContext::InWord) < even);
    }

    #[test]
    fn an_answer_from_memory_says_nothing_of_the_engine() {
        let mut model = TypingModel::default();
        for (ms, latency) in [(INSTANT_MS, 0.0), (60.0, 60.0), (0.1, 60.0), (-1.0, 60.0), (f64::NAN, 60.0)] {
            model.answered(ms);
            assert_eq!(model.latency(), latency, "after {ms} ms");
        }
    }

    proptest! {
        #[test]
        fn the_wait_has_bounds_whatever_the_clock_says(
            times in prop::collection::vec(any::<f64>(), 0..80), latency in any::<f64>(),
        ) {
            let mut model = TypingModel::default();
            times.iter().for_each(|&time| model.typed(time));
            model.answered(latency);
            for context in [CursorContext::LineStart, CursorContext::AfterSign, CursorContext::InWord] {
                let wait = model.wait(context);
                prop_assert!((WAITS.0..=WAITS.1).contains(&wait), "{}", wait);
            }
        }
    }
}
