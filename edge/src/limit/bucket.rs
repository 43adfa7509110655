//! Token buckets of a user and a tenant, which can be paid back and overdrawn.

use crate::Millis;
use crate::config::Allowance;

/// A bucket, counted in thousandths so that a slow refill loses nothing to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// What is in it, thousandths of a token; below zero if more was used than reserved.
    pub milli: i64,
    /// When that was.
    pub at: Millis,
}

impl Bucket {
    /// A full one.
    #[must_use]
    pub fn full(allowance: Allowance, now: Millis) -> Self {
        Self { milli: size(allowance), at: now }
    }

    /// Brings it up to `now`. A clock that went back refills nothing.
    #[must_use]
    pub fn at(self, allowance: Allowance, now: Millis) -> Self {
        let span = i64::try_from(now.since(self.at).0).unwrap_or(i64::MAX);
        // A thousandth of a token a millisecond is 60 tokens a minute.
        let refill = span.saturating_mul(i64::from(allowance.per_minute)) / 60;
        Self {
            milli: self.milli.saturating_add(refill).clamp(-size(allowance), size(allowance)),
            at: if now > self.at { now } else { self.at },
        }
    }

    /// When `tokens` will be there. More than the bucket holds are never there: then it
    /// is when the bucket is full.
    #[must_use]
    pub fn wait(&self, allowance: Allowance, tokens: u32) -> Millis {
        let wanted = (i64::from(tokens) * 1000).min(size(allowance));
        let lacking = u64::try_from(wanted.saturating_sub(self.milli)).unwrap_or(0);
        Millis(lacking.saturating_mul(60).div_ceil(u64::from(allowance.per_minute.max(1))))
    }
}

fn size(allowance: Allowance) -> i64 {
    i64::from(allowance.burst) * 1000
}

/// The two buckets that a request draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// The user's.
    pub user: Bucket,
    /// The tenant's.
    pub tenant: Bucket,
}

/// What a reservation gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// So many tokens.
    Tokens(u32),
    /// None; whose limit it was, and when to come again.
    Refused(&'static str, Millis),
}

impl Buckets {
    /// Takes from both or from neither: at least `need`, at most `want` tokens.
    pub fn reserve(
        &mut self,
        user: Allowance,
        tenant: Allowance,
        need: u32,
        want: u32,
        now: Millis,
    ) -> Granted {
        self.user = self.user.at(user, now);
        self.tenant = self.tenant.at(tenant, now);
        // Nothing larger than a full bucket can wait for its turn.
        let need = need.min(user.burst).min(tenant.burst);
        for (what, bucket, allowance) in
            [("this user", self.user, user), ("this tenant", self.tenant, tenant)]
        {
            if bucket.milli < i64::from(need) * 1000 {
                return Granted::Refused(what, bucket.wait(allowance, need));
            }
        }
        let there = self.user.milli.min(self.tenant.milli) / 1000;
        let tokens = u32::try_from(there).unwrap_or(u32::MAX).min(want.max(need));
        self.user.milli -= i64::from(tokens) * 1000;
        self.tenant.milli -= i64::from(tokens) * 1000;
        Granted::Tokens(tokens)
    }

    /// Gives tokens back, or takes those that were used beyond what was reserved.
    pub fn settle(&mut self, user: Allowance, tenant: Allowance, back: i64, now: Millis) {
        for (bucket, allowance) in [(&mut self.user, user), (&mut self.tenant, tenant)] {
            *bucket = bucket.at(allowance, now);
            let milli = bucket.milli.saturating_add(back.saturating_mul(1000));
            bucket.milli = milli.clamp(-size(allowance), size(allowance));
        }
    }
}
