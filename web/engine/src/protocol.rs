//! What crosses between the engine and JavaScript: plain data, nothing else.
//!
//! These structs are the only serialised form in the browser. The TypeScript
//! types in `web/package/src/generated.ts` are made from them by
//! `cargo xtask types`, committed, and compared in CI. Text is UTF-8 here and
//! UTF-16 there; offsets do not cross, since a request carries the text before
//! and after the cursor.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

/// How to load a model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct LoadOptions {
    /// Tokens of KV cache to allocate; 0 takes the default (2,048, or the model's own limit if that is less).
    pub context: u32,
    /// Whether tokens are drafted from the text around where that is faster; suggestions are the same.
    pub speculation: bool,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { context: 0, speculation: true }
    }
}

/// What the engine is doing while it loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum LoadStage {
    /// Weights are being read from storage and brought into their final layout.
    Weights,
    /// GPU pipelines are being compiled (WebGPU only).
    Pipelines,
    /// The kernels are being compared with their scalar reference.
    SelfTest,
}

/// Progress of a load; `done` and `total` are bytes for weights, steps otherwise.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct LoadProgress {
    /// The current stage.
    pub stage: LoadStage,
    /// How much of the stage is done.
    pub done: f64,
    /// How much there is.
    pub total: f64,
}

/// Which kernels run the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum EngineKind {
    /// SIMD WebAssembly.
    Cpu,
    /// WGSL compute shaders.
    Webgpu,
}

/// What was loaded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct EngineInfo {
    /// Which kernels run.
    pub engine: EngineKind,
    /// Kernel variant, such as `relaxed-simd` or `simd128`, or the GPU adapter's name.
    pub variant: String,
    /// Threads that share the work of the CPU kernels; 1 on a GPU.
    pub threads: u32,
    /// `general.name` of the model file, or its architecture when it has none.
    pub model: String,
    /// `general.architecture` of the model file.
    pub architecture: String,
    /// Quantization that most of the weights have, such as `Q4_1`.
    pub quantization: String,
    /// Number of weights.
    pub parameters: f64,
    /// Tokens the KV cache holds.
    pub context: u32,
    /// Whether the model was trained to fill in the middle.
    pub fim: bool,
    /// Bytes of weights and KV cache.
    pub memory: f64,
    /// Milliseconds from the start of the load until ready.
    pub load_ms: f64,
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
}

/// The suggestion as far as it is known; sent each time it grows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct CompletionUpdate {
    /// The whole suggestion so far, filtered and ready to show.
    pub text: String,
}

/// Why generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum FinishReason {
    /// The model or a stop rule ended the suggestion.
    Stop,
    /// The token limit was reached.
    Length,
    /// Answered from an earlier suggestion that agrees with what was typed.
    Reused,
    /// There was nothing to ask the model (binary content, say).
    Skipped,
}

/// The finished suggestion and what it cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct CompletionResult {
    /// The suggestion; empty when there is none worth showing.
    pub text: String,
    /// Why it ended.
    pub finish: FinishReason,
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
    /// Geometric mean probability of the generated tokens, 0 to 1.
    pub confidence: f64,
}

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

/// How fast the engine was.
#[derive(Debug, Clone, Serialize, Deserialize)]
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

/// What kind of error it was, for code; the message is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// A newer request or the caller cancelled this one.
    Cancelled,
    /// The file is not a usable GGUF model.
    InvalidModel,
    /// A GGUF model, but of an architecture, tokenizer or tensor type the engine does not run.
    UnsupportedModel,
    /// The model needs more than the device gives.
    TooLarge,
    /// No WebGPU adapter or device.
    NoAdapter,
    /// The GPU device was lost or failed validation.
    DeviceLost,
    /// The kernels do not agree with their scalar reference on this device.
    SelfTestFailed,
    /// Model bytes could not be read (network, storage).
    Unreadable,
    /// The model file's sha256 is not the expected one.
    HashMismatch,
    /// The request is malformed.
    InvalidRequest,
    /// A defect of the engine.
    Internal,
}

/// An error as JavaScript sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct EngineError {
    /// For code.
    pub code: ErrorCode,
    /// For people; never holds source text.
    pub message: String,
}
