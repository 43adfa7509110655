//! Ghostlight tokenizer.
