//! The budget of retries and hedges: a share of requests that may be made twice.
//!
//! Every request earns a part, every second request costs a whole one, and both count
//! for ten seconds. So after a quiet hour there is no burst, and in a busy second, when
//! a backend dies under many requests, there is as much to spend as they have earned.

use crate::Millis;

/// Slices of the window, a second each.
const SLICES: usize = 10;
const SLICE: u64 = 1000;
/// Second requests in a window of a [`Budget::with_reserve`] that nobody has to earn.
const RESERVE: u64 = 10;
/// Parts of a request.
const WHOLE: u64 = 100;

/// A budget of second requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    percent: u32,
    reserve: u64,
    /// Number of the second, parts earned in it, parts spent.
    slices: [(u64, u64, u64); SLICES],
}

impl Budget {
    /// For `percent` of requests.
    #[must_use]
    pub fn new(percent: u32) -> Self {
        Self { percent, reserve: 0, slices: [(0, 0, 0); SLICES] }
    }

    /// One with a few to spend however little is earned: a service with few requests, or
    /// one that has just started, may retry them.
    #[must_use]
    pub fn with_reserve(percent: u32) -> Self {
        Self { reserve: if percent == 0 { 0 } else { RESERVE * WHOLE }, ..Self::new(percent) }
    }

    /// Notes a request.
    pub fn earn(&mut self, now: Millis) {
        let parts = u64::from(self.percent);
        let slice = self.slice(now);
        slice.1 = slice.1.saturating_add(parts);
    }

    /// Whether there may be a second request; if so it is paid.
    pub fn spend(&mut self, now: Millis) -> bool {
        let number = now.0 / SLICE;
        let inside = self.slices.iter().filter(|slice| slice.0 <= number && number - slice.0 < SLICES as u64);
        let (earned, spent) = inside.fold((0u64, 0u64), |(earned, spent), slice| {
            (earned.saturating_add(slice.1), spent.saturating_add(slice.2))
        });
        let enough = earned.saturating_add(self.reserve) >= spent.saturating_add(WHOLE);
        if enough {
            self.slice(now).2 += WHOLE;
        }
        enough
    }

    fn slice(&mut self, now: Millis) -> &mut (u64, u64, u64) {
        let number = now.0 / SLICE;
        let slice = &mut self.slices[(number % SLICES as u64) as usize];
        if slice.0 != number {
            *slice = (number, 0, 0);
        }
        slice
    }
}
