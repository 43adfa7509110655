//! Errors with their codes.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

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
