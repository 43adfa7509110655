//! Ghostlight gguf.
