//! Policy of the edge, tested natively.

#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]

mod auth;
mod cache;
mod config;
mod guard;
mod index;
mod limit;
mod privacy;
mod request;
mod route;
mod stream;
mod support;
