//! What became of suggestions, and what was counted of it.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

use crate::SuggestionLength;

/// What became of a suggestion that was visible for 250 ms at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum SuggestionFate {
    /// All of it was taken.
    Accepted,
    /// A word or a line of it was taken.
    Partly,
    /// It was sent away.
    Dismissed,
    /// Something else was typed.
    TypedOver,
    /// The cursor went elsewhere, or the file was closed.
    Left,
}

/// One suggestion's outcome, without any text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct SuggestionOutcome {
    /// Id of the language; empty where it is not known.
    pub language: String,
    /// How long it was.
    pub length: SuggestionLength,
    /// Its confidence, 0 to 1.
    pub confidence: f64,
    /// What became of it.
    pub fate: SuggestionFate,
}

/// Outcomes and later looks at accepted text, to be counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct Feedback {
    /// What became of suggestions.
    pub outcomes: Vec<SuggestionOutcome>,
    /// Shares of accepted text, 0 to 1, that still stood there.
    pub kept: Vec<KeptShare>,
    /// Whether this happened just now, and not on an earlier visit.
    pub fresh: bool,
}

/// A later look at accepted text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct KeptShare {
    /// Seconds after acceptance: 30, 120 or 600.
    pub after_s: u32,
    /// Share of the text that still stands, 0 to 1.
    pub share: f64,
}

/// How suggestions of one kind fared.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct KindFigures {
    /// Id of the language.
    pub language: String,
    /// How long they are.
    pub length: SuggestionLength,
    /// Their confidence in fifths, 0 to 4.
    pub fifth: u8,
    /// How many were shown.
    pub shown: u32,
    /// How many were accepted, whole or in part.
    pub accepted: u32,
    /// The rate of acceptance that is expected of the next, 0 to 1.
    pub rate: f64,
}

/// What is left of accepted text after some time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct KeptFigures {
    /// Seconds after acceptance.
    pub after_s: u32,
    /// Acceptances that were looked at.
    pub seen: u32,
    /// Mean share of them that still stood there, 0 to 1; 0 where none was looked at.
    pub share: f64,
}

/// What the engine has counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct FeedbackFigures {
    /// Every kind that was shown.
    pub kinds: Vec<KindFigures>,
    /// By time after acceptance.
    pub kept: Vec<KeptFigures>,
    /// Milliseconds between two keys, as they usually are.
    pub gap_ms: f64,
    /// Milliseconds from a request to its first text, as they usually are.
    pub latency_ms: f64,
    /// How likely a suggestion has to be before it is shown, 0 to 1.
    pub threshold: f64,
    /// What requests have cost.
    pub work: WorkFigures,
}

/// What requests have cost since the engine started. Work ahead is not counted among requests.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct WorkFigures {
    /// Requests that reached the model.
    pub requests: f64,
    /// Of those, requests that were answered; the others were cancelled, or failed.
    pub answered: f64,
    /// Tokens of their prompts.
    pub prompt_tokens: f64,
    /// Of those, tokens that were read for them, also ahead of them; the others were in the KV cache.
    pub read_tokens: f64,
    /// Tokens generated in answers.
    pub generated_tokens: f64,
    /// Tokens read and generated for what may be asked next.
    pub ahead_tokens: f64,
}
