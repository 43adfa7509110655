//! Cancellation, and giving the host its turn.
//!
//! The idea: in a browser worker a message that says "cancel" is only seen when
//! the running code returns to the event loop, so looking at a flag is not
//! enough. A checkpoint first runs the host's hook, which may return to the
//! event loop, and then looks at the flag. Natively there is no hook, and
//! another thread sets the flag through a [`CancelHandle`].
//!
//! A cancel is for one request and is never reset.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The request was cancelled. Its own type, so that it is never mistaken for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request was cancelled")]
pub struct Cancelled;

/// What the host wants to do at a checkpoint: nothing, or something to wait for.
pub type Turn = Option<Pin<Box<dyn Future<Output = ()>>>>;

/// One request's cancellation, shared by everything that works on it.
///
/// ```
/// use ghostlight_decode::{Cancel, Cancelled};
/// let cancel = Cancel::new();
/// let handle = cancel.handle();
/// std::thread::scope(|s| { s.spawn(move || handle.cancel()); });
/// assert_eq!(pollster::block_on(cancel.checkpoint()), Err(Cancelled));
/// ```
#[derive(Clone, Default)]
pub struct Cancel {
    handle: CancelHandle,
    turn: Option<Rc<dyn Fn() -> Turn>>,
}

impl Cancel {
    /// Not cancelled, and with no hook: a checkpoint only looks at the flag.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a hook that every checkpoint calls. It is called often (each token
    /// and each chunk of a prompt), so it should return `None` unless it is
    /// time to let the host work.
    #[must_use]
    pub fn with_turn(turn: impl Fn() -> Turn + 'static) -> Self {
        Self::new().and_turn(turn)
    }

    /// The same cancel with another hook.
    pub(crate) fn and_turn(self, turn: impl Fn() -> Turn + 'static) -> Self {
        Self { handle: self.handle, turn: Some(Rc::new(turn)) }
    }

    /// A part that can go to other threads.
    #[must_use]
    pub fn handle(&self) -> CancelHandle {
        self.handle.clone()
    }

    /// Asks the request to end at its next checkpoint.
    pub fn cancel(&self) {
        self.handle.cancel();
    }

    /// Whether the request has been asked to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.handle.is_cancelled()
    }

    /// Gives the host its turn, then looks at the flag.
    ///
    /// # Errors
    /// [`Cancelled`] when the request has been asked to end.
    pub async fn checkpoint(&self) -> Result<(), Cancelled> {
        if let Some(wait) = self.turn.as_ref().and_then(|turn| turn()) {
            wait.await;
        }
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel")
            .field("cancelled", &self.is_cancelled())
            .field("turn", &self.turn.is_some())
            .finish()
    }
}

/// Cancels one request, from any thread.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<AtomicBool>);

impl CancelHandle {
    /// Asks the request to end at its next checkpoint.
    pub fn cancel(&self) {
        // The flag guards no other memory, so no ordering is needed.
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the request has been asked to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
