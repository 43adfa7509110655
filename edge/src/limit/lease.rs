//! Tokens that an isolate took for one user, to spend without asking.

use crate::Millis;

/// What is left of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lease {
    tokens: i64,
    until: Millis,
}

/// What came of a request to a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It had enough.
    Yes,
    /// It has to be filled up; what is left of it counts.
    No {
        /// Tokens to give back to the store first, or to ask for if negative.
        left: i64,
    },
}

impl Lease {
    /// Spends `tokens` if they are there.
    pub fn take(&mut self, tokens: u32, now: Millis) -> Taken {
        if now < self.until && self.tokens >= i64::from(tokens) {
            self.tokens -= i64::from(tokens);
            Taken::Yes
        } else {
            Taken::No { left: self.tokens }
        }
    }

    /// Replaces what was left by `granted` tokens, of which `spent` are spent at once.
    pub fn fill(&mut self, granted: u32, spent: u32, until: Millis) {
        *self = Self { tokens: i64::from(granted) - i64::from(spent), until };
    }

    /// Adds to what is left, as two requests may fill the same lease.
    pub fn add(&mut self, granted: u32, spent: u32, until: Millis) {
        self.tokens = self.tokens.saturating_add(i64::from(granted) - i64::from(spent));
        self.until = until;
    }

    /// Takes everything out, to give it back to the store.
    pub fn drain(&mut self) -> i64 {
        std::mem::take(&mut self.tokens)
    }

    /// Gives back what a request did not use; negative for what it used beyond.
    pub fn settle(&mut self, back: i64) {
        self.tokens = self.tokens.saturating_add(back);
    }

    /// What is left.
    #[must_use]
    pub fn left(&self) -> i64 {
        self.tokens
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self, now: Millis) -> bool {
        now >= self.until
    }
}
