//! Quotas: token buckets of users and tenants, and leases that isolates take from them.
//!
//! The idea: a request reserves what it may cost, and what it did not use is given
//! back when it ends, however it ends. The buckets stand in one place for all
//! isolates; an isolate takes a [`Lease`] out of them, so that most requests wait
//! for nobody.

mod bucket;
mod lease;

pub use bucket::{Bucket, Buckets, Granted};
pub use lease::{Lease, Taken};
