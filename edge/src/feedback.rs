//! Feedback: how often suggestions were shown, accepted, kept, by model, language and variant.
//!
//! An event has names only, each from a list that somebody wrote: the
//! configuration's models and variants, the language table. So the counts are few,
//! and no text can hide in them.

use ghostlight_text::Language;
use serde::{Deserialize, Serialize};

use crate::schema::{Field, Form, Schema};
use crate::{Config, EdgeError};

/// The most events in one request.
pub const MOST_EVENTS: usize = 256;

/// The largest `count` of an event.
const MOST_AT_ONCE: u32 = 10_000;

/// What happened to a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackKind {
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

impl FeedbackKind {
    /// All, in the order of the columns.
    pub const ALL: [(FeedbackKind, &'static str); 8] = [
        (FeedbackKind::Shown, "shown"),
        (FeedbackKind::Accepted, "accepted"),
        (FeedbackKind::Partial, "partial"),
        (FeedbackKind::Rejected, "rejected"),
        (FeedbackKind::Edited, "edited"),
        (FeedbackKind::Kept30s, "kept_30s"),
        (FeedbackKind::Kept2m, "kept_2m"),
        (FeedbackKind::Kept10m, "kept_10m"),
    ];

    /// What requests call them, in the same order.
    pub const NAMES: &[&str] =
        &["shown", "accepted", "partial", "rejected", "edited", "kept30s", "kept2m", "kept10m"];

    /// The name of its column.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackEvent {
    /// The public name of the model.
    pub model: String,
    /// The id of the language.
    #[serde(default)]
    pub language: String,
    /// What `x-ghostlight-variant` said.
    #[serde(default)]
    pub variant: String,
    /// What happened.
    pub event: FeedbackKind,
    /// How often.
    #[serde(default = "once")]
    pub count: u32,
}

fn once() -> u32 {
    1
}

const EVENT: Form = Form::Object(&[
    Field::required("model", Form::Text, "The public name of the model."),
    Field::required("event", Form::OneOf(FeedbackKind::NAMES), "What happened."),
    Field::optional("language", Form::Text, "The id of the language."),
    Field::optional("variant", Form::Text, "What `x-ghostlight-variant` said."),
    Field::optional("count", Form::Whole(1, MOST_AT_ONCE as u64), "How often; once if left out."),
]);

/// What the body of `POST /v1/feedback` holds.
pub static SCHEMA: Schema = Schema {
    name: "FeedbackRequest",
    form: Form::Either(&[
        EVENT,
        Form::Object(&[Field::required("events", Form::List(&EVENT, MOST_EVENTS), "")]),
    ]),
};

/// Reads one event or `{"events": [...]}`.
///
/// # Errors
/// For JSON that is neither, for names that nobody configured, for more than [`MOST_EVENTS`].
pub fn parse(body: &[u8], config: &Config) -> Result<Vec<FeedbackEvent>, EdgeError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum FeedbackBody {
        Many { events: Vec<FeedbackEvent> },
        One(FeedbackEvent),
    }
    let body: FeedbackBody = serde_json::from_slice(body).map_err(|_| EdgeError::Invalid {
        message: "the body has to be an event or {\"events\": [..]}: model, language, variant, event, count"
            .into(),
        param: None,
    })?;
    let events = match body {
        FeedbackBody::Many { events } => events,
        FeedbackBody::One(event) => vec![event],
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
        if !(1..=MOST_AT_ONCE).contains(&event.count) {
            return Err(EdgeError::invalid("count", format!("may be 1 to {MOST_AT_ONCE}")));
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
