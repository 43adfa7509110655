//! The errors of a request.

use ghostlight_context::ContextError;
use ghostlight_decode::{Cancelled, DecodeError};

/// What can happen to a request. The session stays usable after each of them,
/// as far as its decoder does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompleteError {
    /// The caller asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// No prompt could be made.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// The decoder failed.
    #[error(transparent)]
    Decode(DecodeError),
}

impl From<DecodeError> for CompleteError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Decode(other),
        }
    }
}
