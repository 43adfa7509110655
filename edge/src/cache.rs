//! Answers that were given before: keys, freshness, memory, typed-through hits, single flight.
//!
//! The idea: a key cannot be built without a [`TenantScope`](crate::TenantScope), so
//! there is no way to forget the tenant. What is kept is not what a backend sent but
//! an [`Entry`], which can be told as JSON and as an event stream.

mod entry;
mod flight;
mod key;
mod memory;

pub use entry::{Choice, Entry, Freshness};
pub use flight::{Flight, Flights, Follower, Join, Leader, Outcome, Piece};
pub use key::{CacheKey, GroupKey, KeyMaker, Keys, Request};
pub use memory::{Found, Memory};
