//! What became of suggestions, as counts by model, language and variant.
//!
//! An event has names only, each from a list that somebody wrote: the
//! configuration's models and variants, the language table. So the counts are few,
//! and no text can hide in them.

use ghostlight_text::Language;
use serde::{Deserialize, Serialize};

use crate::{Config, EdgeError};

/// The most events in one request.
pub const MOST_EVENTS: usize = 256;

/// What happened to a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It was shown.
    Shown,
    /// It was taken.
    Accepted,
    /// A part of it was taken.
    Partial,
    /// It was dismissed.
    Rejected,
    /// It was taken and changed afterwards.
    Edited,
    /// It was still there half a minute later.
    Kept30s,
    /// It was still there two minutes later.
    Kept2m,
    /// It was still there ten minutes later.
    Kept10m,
}

impl Happened {
    /// All, in the order of the columns.
    pub const ALL: [(Happened, &'static str); 8] = [
        (Happened::Shown, "shown"),
        (Happened::Accepted, "accepted"),
        (Happened::Partial, "partial"),
        (Happened::Rejected, "rejected"),
        (Happened::Edited, "edited"),
        (Happened::Kept30s, "kept_30s"),
        (Happened::Kept2m, "kept_2m"),
        (Happened::Kept10m, "kept_10m"),
    ];

    /// The name of its column.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(happened, _)| *happened == self).map_or("", |(_, name)| name)
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The public name of the model.
    pub model: String,
    /// The id of the language.
    #[serde(default)]
    pub language: String,
    /// What `x-ghostlight-variant` said.
    #[serde(default)]
    pub variant: String,
    /// What happened.
    pub event: Happened,
    /// How often.
    #[serde(default = "once")]
    pub count: u32,
}

fn once() -> u32 {
    1
}

/// Reads one event or `{"events": [...]}`.
///
/// # Errors
/// For JSON that is neither, for names that nobody configured, for more than [`MOST_EVENTS`].
pub fn parse(body: &[u8], config: &Config) -> Result<Vec<Event>, EdgeError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Body {
        Many { events: Vec<Event> },
        One(Event),
    }
    let body: Body = serde_json::from_slice(body).map_err(|_| EdgeError::Invalid {
        message: "the body has to be an event or {\"events\": [..]}: model, language, variant, event, count"
            .into(),
        param: None,
    })?;
    let events = match body {
        Body::Many { events } => events,
        Body::One(event) => vec![event],
    };
    if events.is_empty() || events.len() > MOST_EVENTS {
        return Err(EdgeError::invalid("events", format!("there may be 1 to {MOST_EVENTS} events at once")));
    }
    for event in &events {
        if config.model(&event.model).is_none() {
            return Err(EdgeError::UnknownModel);
        }
        if !event.language.is_empty() && Language::from_id(&event.language).is_none() {
            return Err(EdgeError::invalid("language", "this is no language id; see the language table"));
        }
        if !known_variant(config, &event.variant) {
            return Err(EdgeError::invalid("variant", "send what `x-ghostlight-variant` said, or nothing"));
        }
        if event.count == 0 || event.count > 10_000 {
            return Err(EdgeError::invalid("count", "may be 1 to 10000"));
        }
    }
    Ok(events)
}

fn known_variant(config: &Config, text: &str) -> bool {
    text.is_empty()
        || text.split(',').all(|part| {
            part.split_once('=').is_some_and(|(experiment, variant)| {
                config.experiments.iter().any(|known| {
                    known.name == experiment && known.variants.iter().any(|known| known.name == variant)
                })
            })
        })
}
