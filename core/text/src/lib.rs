//! Ghostlight text.
