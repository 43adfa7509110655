//! The OpenAPI document of all routes, served as it stands.
//!
//! A test compares its paths with the table of routes, in both directions.

/// The document, JSON.
pub const DOCUMENT: &str = include_str!("../openapi.json");
