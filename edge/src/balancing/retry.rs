//! Retries: what a backend's status means, and the backoff before the next try.
//!
//! Retries happen only before the first byte went to the client; whoever calls sees
//! to that by asking only then.

use crate::{EdgeError, Millis};

/// The longest pause between two tries.
const LONGEST: Millis = Millis(1000);
/// The first one, at most.
const FIRST: u64 = 50;

/// What to do about a backend's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Use the answer.
    Use,
    /// Try another backend; this one failed.
    Retry(EdgeError),
    /// Try another backend and leave this one alone for a while: it is overloaded.
    Rest(Millis),
    /// Tell the client.
    Fail(EdgeError),
}

/// Judges a status. `retry_after` is the header's value, `message` what the backend
/// says in OpenAI's error object.
#[must_use]
pub fn verdict(status: u16, retry_after: Option<&str>, message: Option<&str>) -> Verdict {
    match status {
        200 => Verdict::Use,
        429 | 503 => {
            let seconds = retry_after.and_then(|value| value.trim().parse::<u64>().ok());
            Verdict::Rest(Millis(seconds.unwrap_or(1).clamp(1, 60) * 1000))
        }
        400 | 413 | 422 => {
            let message =
                message.unwrap_or("it gave no reason").chars().filter(|c| !c.is_control()).take(300);
            Verdict::Fail(EdgeError::Refused(message.collect()))
        }
        // Wrong keys and unknown models are a fault of the configuration, not of the client,
        // and another backend may be configured rightly.
        401 | 403 | 404 => Verdict::Retry(EdgeError::Backend("it does not accept the edge's request")),
        300..=399 => Verdict::Retry(EdgeError::Backend("it redirects, which is refused")),
        _ => Verdict::Retry(EdgeError::Backend("it failed")),
    }
}

/// Pauses between tries: exponential, with full jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next pause. `random` is uniform in 0 to 1.
    pub fn next(&mut self, random: f64) -> Millis {
        let most = FIRST.saturating_mul(1 << self.tries.min(10)).min(LONGEST.0);
        self.tries = self.tries.saturating_add(1);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 1000"
        )]
        let pause = (most as f64 * random.clamp(0.0, 1.0)) as u64;
        Millis(pause)
    }
}
