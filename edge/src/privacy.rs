//! Privacy: what may be kept of a request, the egress policy of its text, and a line of the log.
//!
//! The idea: one decision, made once a request, that every store asks. How far text
//! may go is `ghostlight-guard`'s to say, from the mode of whoever asks and from rules
//! by path and repository; a client can ask for less, never for more. A line of the
//! log is a struct without a field that text of a request would fit into.

use ghostlight_guard::{PrivacyMode, PrivacyRules, Reach, reach};
use serde::Serialize;
use serde::de::value::{Error, StrDeserializer};

use crate::tenant::{Mode, Principal, Privacy};
use crate::{EdgeError, http};

/// What may be done with one request's text and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handling {
    /// Whether an earlier answer may be given.
    pub read: bool,
    /// Whether the answer may be kept, or shared with a request in flight.
    pub write: bool,
}

/// Decides from the principal and the request's `cache-control`.
#[must_use]
pub fn handling(principal: &Principal, cache_control: Option<&str>) -> Handling {
    let keeps = principal.privacy() == Privacy::Standard && !http::forbids_store(cache_control);
    Handling { read: keeps && !http::forbids_hit(cache_control), write: keeps }
}

/// The egress policy of one request: how far its texts may go.
#[derive(Debug, Clone)]
pub struct EgressPolicy<'a> {
    modes: [PrivacyMode; 2],
    layers: &'a [PrivacyRules],
    repo: Option<String>,
}

impl<'a> EgressPolicy<'a> {
    /// `wish` is the header `x-ghostlight-mode`, `repo` the header `x-ghostlight-repo`.
    ///
    /// # Errors
    /// For a mode that there is not: what was meant could be stricter.
    pub fn new(
        principal: &Principal,
        wish: Option<&str>,
        layers: &'a [PrivacyRules],
        repo: Option<String>,
    ) -> Result<Self, EdgeError> {
        let wish = match wish {
            None => Mode::Backend,
            Some(name) => {
                serde::Deserialize::deserialize(StrDeserializer::<Error>::new(name)).map_err(|_| {
                    EdgeError::invalid(
                        "x-ghostlight-mode",
                        "there are the modes tab-only, own-edge and backend",
                    )
                })?
            }
        };
        Ok(Self { modes: [principal.mode().into(), wish.into()], layers, repo })
    }

    /// The same policy for texts of another repository.
    #[must_use]
    pub fn for_repo(&self, repo: &str) -> Self {
        Self { repo: Some(repo.to_owned()), ..self.clone() }
    }

    /// How far the text of a file may go; a path that is not told is empty.
    #[must_use]
    pub fn reach(&self, path: &str) -> Reach {
        let reaches = self.modes.map(|mode| reach(mode, self.layers, self.repo.as_deref(), path));
        reaches[0].min(reaches[1])
    }

    /// The same for a text that is here already.
    ///
    /// # Errors
    /// If it should not be.
    pub fn require(&self, path: &str) -> Result<Reach, EdgeError> {
        Some(self.reach(path)).filter(|reach| *reach >= Reach::OwnEdge).ok_or(EdgeError::Private("the tab"))
    }
}

/// A line of the log.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LogLine {
    /// The route's name.
    pub route: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The code of the error, where there is one.
    pub error: Option<&'static str>,
    /// How the cache was used.
    pub cache: Option<&'static str>,
    /// Bytes of the request's body.
    pub bytes_in: usize,
    /// Milliseconds until the head of the answer.
    pub head_ms: u64,
    /// Tries that were made with backends.
    pub tries: u32,
}
