//! Streams of events: read along while their bytes pass untouched.
//!
//! The idea: bytes go from backend to client as they are. Beside them runs a parser
//! that is fed the same bytes in whatever pieces they come, and from its events
//! [`Observation`] learns text, tokens and whether the stream ended as it should.

mod observe;
mod sse;

pub use observe::{Kind, Observation, Part, Said, Usage};
pub use sse::{Event, Parser};
