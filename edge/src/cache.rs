//! The answer cache: keys, freshness, the in-memory tier, typed-through hits, single flight.
//!
//! The idea: a key cannot be built without a [`TenantScope`](crate::TenantScope), so
//! there is no way to forget the tenant. What is kept is not what a backend sent but
//! an [`CachedAnswer`], which can be told as JSON and as an event stream.

mod answer;
mod flight;
mod key;
mod memory;

pub use answer::{CachedAnswer, CachedChoice, Freshness};
pub use flight::{Flight, Flights, Follower, Join, Leader, Outcome, SharedDelta};
pub use key::{CacheKey, GroupKey, KeyInput, KeyMaker, Keys};
pub use memory::{Found, Memory};
