//! Ghostlight model.
