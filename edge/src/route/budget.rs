//! A share of requests that may be doubled, by a retry or a hedge.
//!
//! Every request earns a part, every second request costs a whole one. Little can be
//! saved up, so after a quiet hour there is no burst.

/// What can be saved up, second requests.
const SAVED: u64 = 10;

/// A budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    percent: u32,
    parts: u64, // hundredths of a request
}

impl Budget {
    /// An empty one for `percent` of requests.
    #[must_use]
    pub fn new(percent: u32) -> Self {
        Self { percent, parts: 0 }
    }

    /// One that begins with what can be saved up: a service that has just started
    /// may retry its first requests.
    #[must_use]
    pub fn full(percent: u32) -> Self {
        Self { percent, parts: if percent == 0 { 0 } else { SAVED * 100 } }
    }

    /// Notes a request.
    pub fn earn(&mut self) {
        self.parts = (self.parts + u64::from(self.percent)).min(SAVED * 100);
    }

    /// Whether there may be a second request; if so it is paid.
    pub fn spend(&mut self) -> bool {
        let enough = self.parts >= 100;
        if enough {
            self.parts -= 100;
        }
        enough
    }
}
