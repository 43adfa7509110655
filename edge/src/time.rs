//! Points and spans of time in milliseconds, handed in by whoever has a clock.
//!
//! Arithmetic saturates: a clock that is set back gives a span of zero, never a panic.

/// Milliseconds: since 1970 for a point in time, or a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// The span since `earlier`; zero if that is in the future.
    #[must_use]
    pub fn since(self, earlier: Millis) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// This point, later by `span`.
    #[must_use]
    pub fn plus(self, span: Millis) -> Millis {
        Millis(self.0.saturating_add(span.0))
    }

    /// Whole seconds, rounded up, at least one: what `retry-after` wants.
    #[must_use]
    pub fn seconds_up(self) -> u64 {
        self.0.div_ceil(1000).max(1)
    }
}
