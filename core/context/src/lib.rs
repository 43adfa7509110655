//! Ghostlight context.
