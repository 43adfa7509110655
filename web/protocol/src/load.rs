//! Loading a model: how, how far it has come, and what was loaded.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

/// How to load a model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct LoadOptions {
    /// What errors call the model: its id, or the name of its file.
    pub model: String,
    /// Tokens of KV cache to allocate; 0 takes the default (2,048, or the model's own limit if that is less).
    pub context: u32,
    /// Whether tokens are drafted from the text around where that is faster; suggestions are the same.
    pub speculation: bool,
    /// Most milliseconds that the prefill of a whole prompt may take: the length of prompts follows from the
    /// rate that this device shows. `null` keeps to 512 tokens, so that suggestions do not depend on the device.
    pub prefill_ms: Option<f64>,
    /// What the model's probabilities are worth; `null` takes a guess for a small model.
    pub likelihood: Option<ModelLikelihood>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        let model = "the model".to_owned();
        Self { model, context: 0, speculation: true, prefill_ms: Some(2500.0), likelihood: None }
    }
}

/// How likely a suggestion of one model is what is typed next: a logistic curve over the log
/// probability of its text, and the least likelihood that is shown to somebody who did not ask.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct ModelLikelihood {
    /// Log odds where the probability of a text is 1.
    pub at_certain: f32,
    /// What the log odds lose for each unit of negative log probability.
    pub slope: f32,
    /// 0 shows everything, 1 nothing.
    pub threshold: f32,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum EngineKind {
    /// SIMD WebAssembly.
    #[default]
    Cpu,
    /// WGSL compute shaders.
    Webgpu,
}

/// What was loaded.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
