//! Requests and completions: what a host asks and is answered.

use ghostlight_context::Source;
use ghostlight_guard::Cut;

/// What led to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Event {
    /// Somebody or something asked for it: it is answered wherever the cursor is.
    #[default]
    Asked,
    /// A character was typed.
    Typed,
    /// A suggestion, or a part of one, was accepted.
    Accepted,
    /// Something was deleted: only what is known already is shown.
    Deleted,
}

/// A request for ghost text at a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Request<'a> {
    /// The file and its cursor: the name of the file tells the language, and of the text on each
    /// side the nearest part is enough.
    pub source: Source<'a>,
    /// Most tokens to generate; 0 takes the session's default.
    pub max_tokens: usize,
    /// What led to it.
    pub event: Event,
    /// Whether text is selected, so that typing would replace it.
    pub is_selection: bool,
    /// Whether the text cannot be edited.
    pub is_read_only: bool,
}

/// Why there are no more tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinishReason {
    /// The model, a stop rule or a filter ended the suggestion.
    Stop,
    /// The token limit was reached, or the KV cache was full.
    Length,
    /// Answered from an earlier suggestion that agrees with what was typed.
    Reused,
    /// The model was not asked, see [`Completion::skip`].
    Skipped,
    /// The guard ended it, see [`Completion::cut`]; nothing is shown.
    Guarded,
    /// It is not likely enough to be wanted; nothing is shown.
    Unlikely,
}

/// Why the model was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
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

/// A suggestion and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The suggestion; empty when there is none worth showing.
    pub text: String,
    /// Why it ended.
    pub finish: FinishReason,
    /// Why the model was not asked, for [`FinishReason::Skipped`].
    pub skip: Option<Skip>,
    /// Which rule ended it, for [`FinishReason::Guarded`].
    pub cut: Option<Cut>,
    /// Tokens in the prompt.
    pub prompt_tokens: usize,
    /// Of those, tokens that were still in the KV cache.
    pub reused_tokens: usize,
    /// Tokens generated.
    pub tokens: usize,
    /// Tokens that were drafted from the text around and put to the model.
    pub drafted: usize,
    /// Of those, tokens that the model agreed with.
    pub accepted: usize,
    /// Milliseconds spent on the prompt.
    pub prefill_ms: f64,
    /// Milliseconds spent generating.
    pub decode_ms: f64,
    /// The model's own probability of the text, 0 to 1: the product of its tokens'; of an
    /// earlier suggestion, what it was then.
    pub confidence: f32,
    /// How likely it is that what is typed next begins with the suggestion, 0
    /// to 1: the confidence, calibrated, with how suggestions like it fared.
    pub likelihood: f32,
}

impl Completion {
    /// An answer that the model was not asked for.
    pub(crate) fn without_model(text: String, finish: FinishReason) -> Self {
        Self {
            text,
            finish,
            skip: None,
            cut: None,
            prompt_tokens: 0,
            reused_tokens: 0,
            tokens: 0,
            drafted: 0,
            accepted: 0,
            prefill_ms: 0.0,
            decode_ms: 0.0,
            confidence: 0.0,
            likelihood: 0.0,
        }
    }

    pub(crate) fn skipped(skip: Skip) -> Self {
        Self { skip: Some(skip), ..Self::without_model(String::new(), FinishReason::Skipped) }
    }
}
