//! A lease: tokens of a quota that an isolate took for one user, to spend without asking.

use crate::Millis;

/// What is left of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lease {
    tokens: i64,
    until: Millis,
    /// Until when what the isolate lent of itself has to last.
    lent: Millis,
    /// Until when a request is taken to be on its way for more.
    asked: Millis,
    /// How large the last one was, and when it came.
    size: u32,
    since: Millis,
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
        *self = Self { tokens: i64::from(granted) - i64::from(spent), until, ..*self };
    }

    /// Adds to what is left, as two requests may fill the same lease.
    pub fn add(&mut self, granted: u32, spent: u32, until: Millis) {
        self.tokens = self.tokens.saturating_add(i64::from(granted) - i64::from(spent));
        self.until = until;
        self.asked = Millis(0);
    }

    /// Whether it is time to go for more, so that nobody has to wait for it: half of it is
    /// gone, or half of its time.
    #[must_use]
    pub fn is_low(&self, now: Millis, span: Millis) -> bool {
        self.tokens < i64::from(self.size / 2) || self.until.since(now).0 < span.0 / 2
    }

    /// How large the next one should be: twice the last if that was used up in less than
    /// half of `span`, half of it if it lasted; never outside of `least` and `most`.
    pub fn grow(&mut self, least: u32, most: u32, now: Millis, span: Millis) -> u32 {
        let lasted = now.since(self.since).0;
        let size = if lasted < span.0 / 2 {
            self.size.saturating_mul(2)
        } else if lasted >= span.0 {
            self.size / 2
        } else {
            self.size
        };
        self.size = size.min(most).max(least);
        self.since = now;
        self.size
    }

    /// Whether a request that goes for more should bring a whole lease: only one of those
    /// that are on their way at a time, or many would empty the bucket for each other.
    pub fn goes(&mut self, now: Millis, span: Millis) -> bool {
        let is_first = self.asked.since(now) == Millis(0) || self.asked.since(now) > span;
        if is_first {
            self.asked = now.plus(span);
        }
        is_first
    }

    /// Lends what the store cannot give while it does not answer: once in `span`, what a
    /// bucket of `per_minute` is refilled with in that time, and `spent` at least, which
    /// are spent at once.
    ///
    /// # Errors
    /// With when to come again, if so much was lent already.
    pub fn lend(&mut self, spent: u32, per_minute: u32, now: Millis, span: Millis) -> Result<(), Millis> {
        let wait = self.lent.since(now);
        // More than a span away is a clock that was set back.
        if wait > Millis(0) && wait <= span {
            return Err(wait);
        }
        let refill = u64::from(per_minute).saturating_mul(span.0) / 60_000;
        let amount = u32::try_from(refill).unwrap_or(u32::MAX).max(spent);
        self.add(amount, spent, now.plus(span));
        self.lent = self.until;
        Ok(())
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
