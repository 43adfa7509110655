//! Load balancing: which backend gets a request, by region, affinity, load and health; retries and hedges.
//!
//! The idea: a ranking of all backends that could answer, made anew for every request
//! from a hash and a little state of this isolate. No table of prefixes is kept: it
//! would grow with traffic. The first of the ranking gets the request, a retry or a
//! hedge goes to the next.

mod breaker;
mod budget;
mod latency;
mod rank;
mod region;
mod retry;

pub use breaker::{Breaker, BreakerState, Permit};
pub use budget::Budget;
pub use latency::Latency;
pub use rank::{Load, RankRequest, affinity, rank};
pub use region::{Location, region};
pub use retry::{Backoff, Verdict, verdict};
