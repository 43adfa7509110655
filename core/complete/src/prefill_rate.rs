//! The prompt's length by the measured prefill rate: what this device reads in a stated time.
//!
//! The idea: a prompt is read whole when a file is opened and when the window over it
//! moves, and only then does its length cost time; in between the KV cache holds it. So the
//! length is the measured prefill rate times the milliseconds that such a read may take.
//! Another length makes another prompt, which has to be read whole, so it is only put into
//! force when the next prompt has to be read anyway, and only when it differs by much.

use ghostlight_context::TokenBudget;

/// Fewest tokens of a prompt, however slow a device is.
const LEAST: usize = 256;
/// Lengths are multiples of it, so that noise in the rate gives the same length.
const STEP: usize = 128;
/// Fewest tokens at once whose time says something of the rate; few tokens at once are slower.
const SAMPLE: usize = 64;
/// Tokens after which the rate is believed.
const ENOUGH: f64 = 128.0;
/// Tokens after which older times count half: other programs come and go.
const MEMORY: f64 = 2048.0;

/// The prefill rate, as measured so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct PrefillRate {
    tokens: f64,
    ms: f64,
}

impl PrefillRate {
    /// So many tokens were read at once in `ms` milliseconds. A clock that stands still says nothing.
    pub(crate) fn add(&mut self, tokens: usize, ms: f64) {
        if tokens < SAMPLE || !ms.is_finite() || ms <= 0.0 {
            return;
        }
        if self.tokens >= MEMORY {
            *self = Self { tokens: self.tokens / 2.0, ms: self.ms / 2.0 };
        }
        self.tokens += tokens as f64;
        self.ms += ms;
    }

    /// How many tokens are read in `ms` milliseconds; nothing while the rate is not known.
    pub(crate) fn tokens_in(&self, ms: f64) -> Option<usize> {
        (self.tokens >= ENOUGH).then(|| (self.tokens / self.ms * ms) as usize)
    }

    /// The budget for reads within `ms` milliseconds, at most `most`; `now` while the rate is not
    /// known or gives much the same.
    pub(crate) fn budget(&self, ms: f64, now: TokenBudget, most: TokenBudget) -> TokenBudget {
        let Some(fits) = self.tokens_in(ms) else { return now };
        let wanted = ((fits + STEP / 2) / STEP * STEP).max(LEAST).min(most.0);
        let is_other = wanted * 4 >= now.0 * 5 || wanted * 5 <= now.0 * 4;
        if is_other { TokenBudget(wanted) } else { now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(reads: &[(usize, f64)], now: usize) -> usize {
        let mut rate = PrefillRate::default();
        for &(tokens, ms) in reads {
            rate.add(tokens, ms);
        }
        rate.budget(2500.0, TokenBudget(now), TokenBudget(1984)).0
    }

    #[test]
    fn the_length_follows_the_measured_rate() {
        for (name, reads, now, want) in [
            ("nothing measured", &[][..], 512, 512),
            ("too little measured", &[(100, 100.0)], 512, 512),
            ("tokens one by one", &[(1, 30.0); 400], 512, 512),
            ("a clock that stands still", &[(500, 0.0)], 512, 512),
            ("as assumed", &[(500, 2500.0)], 512, 512),
            ("a little faster", &[(500, 2200.0)], 512, 512),
            ("a GPU", &[(500, 200.0)], 512, 1984),
            ("four cores", &[(500, 1000.0)], 512, 1280),
            ("half as fast", &[(500, 5000.0)], 512, 256),
            ("very slow", &[(500, 60_000.0)], 512, 256),
            ("slower than it was", &[(500, 1000.0), (500, 9000.0)], 1152, 256),
        ] {
            assert_eq!(budget(reads, now), want, "{name}");
        }
    }

    #[test]
    fn old_times_wear_off() {
        let mut reads = vec![(512, 512.0); 20];
        reads.extend([(512, 5120.0); 20]);
        assert_eq!(budget(&reads, 1984), 256);
    }
}
