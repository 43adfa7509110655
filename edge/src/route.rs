//! Which backend gets a request: region, affinity, load, health, retries, hedges.
//!
//! The idea: an order of all backends that could answer, made anew for every request
//! from a hash and a little state of this isolate. No table of prefixes is kept: it
//! would grow with traffic. The first of the order gets the request, a retry or a
//! hedge goes to the next.

mod breaker;
mod budget;
mod latency;
mod order;
mod region;
mod retry;

pub use breaker::{Breaker, Permit, State};
pub use budget::Budget;
pub use latency::Latency;
pub use order::{Load, Wanted, affinity, order};
pub use region::{Place, region};
pub use retry::{Backoff, Verdict, verdict};
