//! Ghostlight decode.
