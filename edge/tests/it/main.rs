//! Policy of the edge, tested natively.

mod auth;
mod cache;
mod config;
mod index;
mod limit;
mod request;
mod route;
mod stream;
mod support;
