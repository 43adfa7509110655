//! What a step of several tokens costs, in steps of one token.
//!
//! The idea: that is a property of a device and a model, from nearly nothing (a
//! GPU waits for memory, which is read once) to nearly as much as single steps
//! (a CPU computes). So it is measured while tokens are generated: the median
//! of the last times of each size, and an assumption until there are some. A
//! clock that does not move leaves the assumption alone.

/// Most tokens of one step that are told apart.
pub(crate) const MOST: usize = 16;
/// Times that are remembered of each size.
const WINDOW: usize = 7;
/// Times that are worth more than the assumption.
const ENOUGH: usize = 3;
/// Single steps after which measured batches are forgotten: one that was slow
/// by chance is then tried once more.
const FORGET_AFTER: usize = 512;

/// Times of steps by their number of tokens.
#[derive(Debug, Clone)]
pub(crate) struct Costs {
    /// Assumed share of a step that each token beyond the first costs.
    assumed: f32,
    times: [Times; MOST],
    singles: usize, // since the last batch
}

#[derive(Debug, Clone, Copy, Default)]
struct Times {
    recent: [f32; WINDOW], // milliseconds
    count: usize,
}

impl Times {
    fn add(&mut self, ms: f32) {
        self.recent[self.count % WINDOW] = ms;
        self.count += 1;
    }

    fn median(&self) -> Option<f32> {
        let mut recent = self.recent;
        let recent = recent.get_mut(..self.count.min(WINDOW)).filter(|recent| !recent.is_empty())?;
        recent.sort_by(f32::total_cmp);
        // Of two in the middle the lower: what is off is off upwards.
        Some(recent[(recent.len() - 1) / 2]).filter(|&ms| ms > 0.0)
    }
}

impl Costs {
    pub(crate) fn new(assumed: f32) -> Self {
        Self { assumed: assumed.max(0.0), times: [Times::default(); MOST], singles: 0 }
    }

    /// A step of `tokens` took so many milliseconds.
    pub(crate) fn add(&mut self, tokens: usize, ms: f64) {
        let Some(times) = tokens.checked_sub(1).and_then(|at| self.times.get_mut(at)) else { return };
        if ms.is_finite() && ms >= 0.0 {
            times.add(ms as f32);
        }
        self.singles = if tokens == 1 { self.singles + 1 } else { 0 };
        if self.singles >= FORGET_AFTER {
            self.times[1..].fill(Times::default());
            self.singles = 0;
        }
    }

    /// What a step of `tokens` costs; 1 is a step of one token.
    pub(crate) fn of(&self, tokens: usize) -> f32 {
        let extra = tokens.saturating_sub(1) as f32;
        let assumed = 1.0 + extra * self.slope().unwrap_or(self.assumed);
        let Some(measured) = self.measured(tokens) else { return assumed };
        match self.times[tokens - 1].count {
            count if count >= ENOUGH => measured,
            count => (assumed + count as f32 * measured) / (1 + count) as f32,
        }
    }

    fn measured(&self, tokens: usize) -> Option<f32> {
        let single = self.times[0].median().filter(|_| self.times[0].count >= ENOUGH)?;
        let batch = self.times.get(tokens.checked_sub(1)?)?.median()?;
        // More tokens are never cheaper; a slow outlier is not believed whole.
        Some((batch / single).clamp(1.0, 2.0 * tokens as f32))
    }

    /// Cost of a further token, over the sizes that were measured.
    fn slope(&self) -> Option<f32> {
        let known = (2..=MOST).filter_map(|tokens| Some((self.measured(tokens)? - 1.0, tokens - 1)));
        let (cost, tokens) = known.fold((0.0, 0), |(a, b), (cost, tokens)| (a + cost, b + tokens));
        (tokens > 0).then(|| cost / tokens as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_assumed() {
        let mut costs = Costs::new(0.5);
        assert_eq!([1, 2, 5].map(|tokens| costs.of(tokens)), [1.0, 1.5, 3.0]);
        // A clock that stands still, or goes wrong, says nothing.
        for ms in [0.0, 0.0, f64::NAN, -3.0, 0.0] {
            costs.add(1, ms);
            costs.add(4, ms);
        }
        assert_eq!(costs.of(4), 2.5);
        costs.add(0, 1.0);
        costs.add(MOST + 1, 1.0);
        assert_eq!(costs.of(MOST + 1), 9.0);
    }

    #[test]
    fn what_is_measured_is_believed_and_lends_to_its_neighbours() {
        let mut costs = Costs::new(1.0);
        for _ in 0..WINDOW {
            costs.add(1, 10.0);
        }
        for ms in [25.0, 25.0, 900.0, 25.0] {
            costs.add(4, ms);
        }
        assert_eq!(costs.of(4), 2.5);
        assert_eq!(costs.of(3), 2.0);
        for _ in 0..WINDOW {
            costs.add(4, 5.0);
        }
        assert_eq!(costs.of(4), 1.0);
    }

    #[test]
    fn a_bad_start_is_forgotten() {
        let mut costs = Costs::new(0.2);
        for _ in 0..ENOUGH {
            costs.add(1, 10.0);
        }
        for _ in 0..ENOUGH {
            costs.add(2, 1000.0);
        }
        assert_eq!(costs.of(2), 4.0);
        for _ in 0..FORGET_AFTER {
            costs.add(1, 10.0);
        }
        assert_eq!(costs.of(2), 1.2);
    }
}
