//! How fast an engine is.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

/// A prompt to read and tokens to generate, for their speed alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct MeasureRequest {
    /// Ids of the prompt's tokens; at least one.
    pub tokens: Vec<u32>,
    /// Tokens to generate after the one that the prompt gives.
    pub decode: u32,
    /// Milliseconds after which no further token is begun; 0 sets no limit.
    pub limit_ms: f64,
}

/// How fast the engine was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct MeasureResult {
    /// Milliseconds spent on the prompt, its prediction included.
    pub prefill_ms: f64,
    /// Tokens generated after the prompt's own prediction.
    pub decode_tokens: u32,
    /// Milliseconds spent on them.
    pub decode_ms: f64,
    /// Ids of all generated tokens, the prompt's own prediction first.
    pub tokens: Vec<u32>,
}

/// How fast one operation of the engine is, for benchmarks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct KernelTime {
    /// Operation, weight type, shape and tokens; or the variant, for the machine's own limits.
    pub row: String,
    /// Milliseconds, median; 0 for the limits.
    pub ms: f64,
    /// 10^9 multiply-accumulates a second.
    pub gmacs: f64,
    /// 10^9 bytes of weights, or of keys and values, read a second; for the limits, of a copy, read and written.
    pub gigabytes: f64,
}
