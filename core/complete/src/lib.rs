//! Ghostlight complete.
