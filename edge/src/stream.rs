//! Event streams of backends: parsed and observed while their bytes pass untouched.
//!
//! The idea: bytes go from backend to client as they are. Beside them runs a parser
//! that is fed the same bytes in whatever pieces they come, and from its events
//! [`StreamState`] learns text, tokens and whether the stream ended as it should.

mod sse;
mod state;
mod whole;

pub use sse::{SseEvent, SseParser};
pub use state::{Channel, Endpoint, StreamState, TextDelta, Usage};
pub use whole::as_events;
