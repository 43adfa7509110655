//! Policy of the edge, tested natively.

#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]

mod auth;
mod balancing;
mod cache;
mod config;
mod guard;
mod index;
mod limit;
mod privacy;
mod request;
mod routes;
mod stream;
mod streams;
mod support;
