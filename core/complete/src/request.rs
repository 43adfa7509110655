//! What is asked and what is answered.

/// A request for ghost text at a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Request<'a> {
    /// Path inside the workspace; its name tells the language.
    pub path: &'a str,
    /// Text before the cursor, or the nearest part of it.
    pub prefix: &'a str,
    /// Text after the cursor, or the nearest part of it.
    pub suffix: &'a str,
    /// Most tokens to generate; 0 takes the session's default.
    pub max_tokens: usize,
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
    /// There was nothing to ask the model.
    Skipped,
}

/// A suggestion and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The suggestion; empty when there is none worth showing.
    pub text: String,
    /// Why it ended.
    pub finish: FinishReason,
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
    /// Geometric mean probability of the generated tokens, 0 to 1; of an
    /// earlier suggestion, what it was then.
    pub confidence: f32,
}

impl Completion {
    /// An answer that the model was not asked for.
    pub(crate) fn without_model(text: String, finish: FinishReason, confidence: f32) -> Self {
        Self {
            text,
            finish,
            prompt_tokens: 0,
            reused_tokens: 0,
            tokens: 0,
            drafted: 0,
            accepted: 0,
            prefill_ms: 0.0,
            decode_ms: 0.0,
            confidence,
        }
    }
}
