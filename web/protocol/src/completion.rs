//! Requests for ghost text and what comes back: a plan, updates, a result.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

/// What led to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum RequestEvent {
    /// Somebody or something asked: it is answered wherever the cursor is, at once.
    #[default]
    Asked,
    /// A character was typed: the engine decides whether and when it answers.
    Typed,
    /// A suggestion, or a part of one, was accepted.
    Accepted,
    /// Something was deleted: only what is known already is shown.
    Deleted,
}

/// One request for ghost text.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct CompletionRequest {
    /// Path of the file inside the workspace; its extension names the language.
    pub path: String,
    /// Text before the cursor (the nearest part of it, for a very large file).
    pub prefix: String,
    /// Text after the cursor, likewise.
    pub suffix: String,
    /// Most tokens to generate; 0 takes the default.
    pub max_tokens: u32,
    /// What led to the request.
    pub event: RequestEvent,
    /// Whether text is selected, so that typing would replace it.
    pub selection: bool,
    /// Whether the text cannot be edited.
    pub read_only: bool,
}

/// What is to be done about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum PlanAction {
    /// End what runs and show nothing.
    Skip,
    /// End what runs and complete now.
    #[default]
    Now,
    /// Let what runs go on: it agrees with what was typed since.
    Keep,
    /// End what runs and complete after a time, unless another request comes.
    After,
}

/// What is to be done about a request, and when.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct RequestPlan {
    /// What.
    pub action: PlanAction,
    /// Milliseconds to wait, for `after`.
    pub delay_ms: f64,
    /// What was typed since the running request, for `keep`: its text begins with this.
    pub typed: String,
    /// Why nothing is done, for `skip`.
    pub skip: Option<SkipReason>,
}

/// The suggestion as far as it is known; sent each time it grows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct CompletionUpdate {
    /// The whole suggestion so far, filtered and ready to show.
    pub text: String,
}

/// Why generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum FinishReason {
    /// The model or a stop rule ended the suggestion.
    #[default]
    Stop,
    /// The token limit was reached.
    Length,
    /// Answered from an earlier suggestion that agrees with what was typed.
    Reused,
    /// The model was not asked; `skip` says why.
    Skipped,
    /// The guard ended it; `rule` says which rule, and nothing is shown.
    Guarded,
    /// It is not likely enough to be wanted; nothing is shown.
    Unlikely,
}

/// Why the model was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// The text around the cursor has a NUL.
    Binary,
    /// There is no text.
    Empty,
    /// Rules or the privacy mode keep the file out of any prompt.
    Private,
    /// The text cannot be edited.
    ReadOnly,
    /// Text is selected.
    Selection,
    /// The cursor stands before the rest of a word.
    MidWord,
    /// More than closing brackets stands after the cursor on its line.
    MidLine,
    /// What was typed closes a statement.
    AfterClosing,
    /// Something was deleted, and nothing is known of the place.
    NotTyped,
}

/// How long a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum SuggestionLength {
    /// Up to 12 characters.
    #[default]
    Word,
    /// The rest of a line.
    Line,
    /// More than a line.
    Lines,
}

/// The finished suggestion and what it cost.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct CompletionResult {
    /// The suggestion; empty when there is none worth showing.
    pub text: String,
    /// Why it ended.
    pub finish: FinishReason,
    /// Why the model was not asked.
    pub skip: Option<SkipReason>,
    /// Id of the rule of the guard that ended it.
    pub rule: Option<String>,
    /// Tokens in the prompt.
    pub prompt_tokens: u32,
    /// Of those, tokens that were still in the KV cache.
    pub reused_tokens: u32,
    /// Tokens generated.
    pub tokens: u32,
    /// Tokens that were drafted from the text around and put to the model.
    pub drafted: u32,
    /// Of those, tokens that the model agreed with.
    pub accepted: u32,
    /// Milliseconds spent on the prompt.
    pub prefill_ms: f64,
    /// Milliseconds spent generating.
    pub decode_ms: f64,
    /// The model's own probability of the text, 0 to 1: the product of its tokens'.
    pub confidence: f64,
    /// How likely it is that what is typed next begins with the suggestion, 0 to 1.
    pub likelihood: f64,
    /// Id of the file's language; empty where it is not known.
    pub language: String,
    /// How long the text is.
    pub length: SuggestionLength,
}

/// Several suggestions for one place, the likeliest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct Alternatives {
    /// Different texts, all filtered and guarded.
    pub texts: Vec<String>,
}

/// How far a text is that another model wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum Written {
    /// More of it may come.
    Growing,
    /// It had a limit, and would have more without.
    Truncated,
    /// It is whole.
    Whole,
}
