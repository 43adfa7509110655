//! The clock of the caller: no code here reads the time itself.

/// A clock that never runs backwards, such as `performance.now()`.
///
/// Any `Fn() -> f64` is one; `|| 0.0` where no times are wanted.
pub trait Clock {
    /// Milliseconds since some fixed moment.
    fn now_ms(&self) -> f64;
}

impl<F: Fn() -> f64> Clock for F {
    fn now_ms(&self) -> f64 {
        self()
    }
}
