//! The circuit breaker of a backend: left alone after failures, then probed by one request at a time.
//!
//! Closed, it counts failures in a row and the share of failures in the last ten
//! seconds. Open, it lets nobody through for a while, which doubles with every probe
//! that fails. Half open, it lets one request through; its result decides.

use crate::Millis;
use crate::config::BreakerOptions;

/// Slices of the window, a second each.
const SLICES: usize = 10;
const SLICE: u64 = 1000;
/// A probe that never told its result is forgotten after this.
const LOST_PROBE: Millis = Millis(60_000);

/// What a breaker does with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Lets them through.
    Closed,
    /// Lets none through.
    Open,
    /// Lets one through at a time.
    HalfOpen,
}

/// The answer to a request that wants through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Go.
    Yes,
    /// Go, and tell how it went: others wait for it.
    Probe,
    /// Not now.
    No,
}

/// The breaker of one backend.
#[derive(Debug, Clone)]
pub struct Breaker {
    options: BreakerOptions,
    slices: [(u64, u32, u32); SLICES], // (number of the second, requests, failures)
    in_row: u32,
    open_until: Option<Millis>,
    opened: u32,
    probing_since: Option<Millis>,
}

impl Breaker {
    /// A closed one.
    #[must_use]
    pub fn new(options: BreakerOptions) -> Self {
        Self {
            options,
            slices: [(0, 0, 0); SLICES],
            in_row: 0,
            open_until: None,
            opened: 0,
            probing_since: None,
        }
    }

    /// What it does at `now`.
    #[must_use]
    pub fn state(&self, now: Millis) -> BreakerState {
        match self.open_until {
            None => BreakerState::Closed,
            Some(until) if now < until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Whether a request may go through; one that may be a probe is counted as it.
    pub fn permit(&mut self, now: Millis) -> Permit {
        match self.state(now) {
            BreakerState::Closed => Permit::Yes,
            BreakerState::Open => Permit::No,
            BreakerState::HalfOpen => {
                if self.probing_since.is_some_and(|since| now.since(since) < LOST_PROBE) {
                    return Permit::No;
                }
                self.probing_since = Some(now);
                Permit::Probe
            }
        }
    }

    /// Notes a success. One that began before the breaker opened does not close it.
    pub fn succeeded(&mut self, now: Millis) {
        match self.state(now) {
            BreakerState::Open => {}
            BreakerState::HalfOpen => *self = Self::new(self.options),
            BreakerState::Closed => {
                self.in_row = 0;
                self.slice(now).1 += 1;
            }
        }
    }

    /// Notes a failure that is the backend's.
    pub fn failed(&mut self, now: Millis) {
        match self.state(now) {
            BreakerState::Open => {}
            BreakerState::HalfOpen => self.open(now),
            BreakerState::Closed => {
                self.in_row = self.in_row.saturating_add(1);
                let slice = self.slice(now);
                slice.1 += 1;
                slice.2 += 1;
                let (requests, failures) = self.window(now);
                let many = requests >= self.options.min_requests.max(1)
                    && u64::from(failures) * 100 >= u64::from(requests) * u64::from(self.options.percent);
                if self.in_row >= self.options.consecutive || many {
                    self.open(now);
                }
            }
        }
    }

    /// Notes that a request ended without a verdict, since the client went away.
    pub fn abandoned(&mut self) {
        self.probing_since = None;
    }

    /// Opens it for `span`, because the backend asked to be left alone.
    pub fn rest(&mut self, now: Millis, span: Millis) {
        let span = Millis(span.0.clamp(1, self.options.max_open_ms));
        let until = now.plus(span);
        self.open_until = Some(self.open_until.map_or(until, |other| other.max(until)));
        self.probing_since = None;
    }

    fn open(&mut self, now: Millis) {
        let span =
            self.options.open_ms.saturating_mul(1 << self.opened.min(20)).min(self.options.max_open_ms);
        *self = Self {
            open_until: Some(now.plus(Millis(span))),
            opened: self.opened.saturating_add(1),
            ..Self::new(self.options)
        };
    }

    fn slice(&mut self, now: Millis) -> &mut (u64, u32, u32) {
        let number = now.0 / SLICE;
        let slice = &mut self.slices[(number % SLICES as u64) as usize];
        if slice.0 != number {
            *slice = (number, 0, 0);
        }
        slice
    }

    fn window(&self, now: Millis) -> (u32, u32) {
        let number = now.0 / SLICE;
        let inside = self.slices.iter().filter(|slice| slice.0 <= number && number - slice.0 < SLICES as u64);
        inside.fold((0, 0), |(requests, failures), slice| (requests + slice.1, failures + slice.2))
    }
}
