//! Ghostlight's edge worker: OpenAI's completions and chat with a cache, quotas, a guard and load balancing.
//!
//! The idea: what decides stands in small modules that are pure functions of their
//! arguments, take the time as a number, and are tested natively with properties.
//! What does I/O is `shell`, thin, compiled for WebAssembly only, and written
//! against the `worker` crate. No request, backend answer or configuration makes
//! either of them panic; every buffer has a limit.
//!
//! The crate runs no model and knows no tensors. It builds fill-in-the-middle
//! prompts with `ghostlight-context` and sends them to servers that speak OpenAI's
//! protocol.

pub mod auth;
pub mod balancing;
pub mod cache;
pub mod config;
pub mod error;
pub mod experiments;
pub mod feedback;
pub mod guard;
pub mod http;
pub mod index;
pub mod limit;
pub mod metrics;
pub mod openapi;
pub mod privacy;
pub mod request;
pub mod routes;
pub mod schema;
pub mod stream;
pub mod tenant;
pub mod time;

#[cfg(target_arch = "wasm32")]
mod shell;

pub use config::Config;
pub use error::EdgeError;
pub use tenant::{Principal, TenantScope};
pub use time::Millis;
