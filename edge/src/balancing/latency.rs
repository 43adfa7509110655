//! The latency of a backend: its last times to the first token, and their 95th percentile.

use crate::Millis;

/// Requests that are remembered.
const WINDOW: usize = 64;
/// Fewer say nothing about the 95th of a hundred.
const LEAST: usize = 20;

/// Times of the last requests.
#[derive(Debug, Clone, Default)]
pub struct Latency {
    times: Vec<u64>,
    next: usize,
}

impl Latency {
    /// Notes a time.
    pub fn add(&mut self, time: Millis) {
        if self.times.len() < WINDOW {
            self.times.push(time.0);
        } else {
            self.times[self.next] = time.0;
        }
        self.next = (self.next + 1) % WINDOW;
    }

    /// The 95th percentile (nearest rank); `None` while there are too few.
    #[must_use]
    pub fn p95(&self) -> Option<Millis> {
        if self.times.len() < LEAST {
            return None;
        }
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * 95).div_ceil(100);
        Some(Millis(sorted[rank - 1]))
    }
}
