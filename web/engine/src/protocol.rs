//! What crosses between the engine and JavaScript: plain data, nothing else.
//!
//! These structs are the only serialised form in the browser. The TypeScript
//! types in `web/package/src/shared/generated.ts` are made from them by
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
    /// Most milliseconds that the prefill of a whole prompt may take: the length of prompts follows from the
    /// rate that this device shows. `null` keeps to 512 tokens, so that suggestions do not depend on the device.
    pub prefill_ms: Option<f64>,
    /// What the model's probabilities are worth; `null` takes a guess for a small model.
    pub likelihood: Option<ModelLikelihood>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { context: 0, speculation: true, prefill_ms: Some(2500.0), likelihood: None }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum PlanAction {
    /// End what runs and show nothing.
    Skip,
    /// End what runs and complete now.
    Now,
    /// Let what runs go on: it agrees with what was typed since.
    Keep,
    /// End what runs and complete after a time, unless another request comes.
    After,
}

/// What is to be done about a request, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
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

/// The finished suggestion and what it cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
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

/// What happened to a file of the workspace.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct FileChange {
    /// Path inside the workspace, with `/` between folders.
    pub path: String,
    /// What the file has now; `null` if it is gone.
    pub text: Option<String>,
    /// Milliseconds since 1970 of the change; 0 where nobody knows.
    pub modified: f64,
    /// Whether somebody changed it in the editor just now: where, is remembered.
    pub edited: bool,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct FileStamp {
    /// Path inside the workspace, with `/` between folders.
    pub path: String,
    /// Size in bytes.
    pub size: f64,
    /// Milliseconds since 1970 of the last change; 0 where nobody knows.
    pub modified: f64,
}

/// How large the index of the workspace is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct WorkspaceFigures {
    /// Files.
    pub files: u32,
    /// Pieces of them that can be found.
    pub pieces: u32,
    /// Definitions.
    pub symbols: u32,
    /// Bytes of text.
    pub text: f64,
    /// About how many bytes of memory all of it takes.
    pub memory: f64,
    /// Files that are not read yet.
    pub waiting: u32,
}

/// Where a piece of a prompt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum PieceOrigin {
    /// Markers, the path, and what else the form of the prompt takes.
    Form,
    /// The text before the cursor.
    Before,
    /// The text after the cursor.
    After,
    /// The definition of a name that is used near the cursor.
    Definition,
    /// What an imported file defines, without bodies.
    Import,
    /// What the file itself defines beyond the window, without bodies.
    Outline,
    /// Lines that were changed lately.
    Edit,
    /// Lines of another file where the cursor was lately.
    Visit,
    /// Text that shares rare words with what is near the cursor.
    Similar,
    /// Text that means something alike, found by an embedding model.
    Related,
    /// A test of the file, or the code that a test is for.
    Test,
    /// Versions of what the workspace depends on.
    Manifest,
}

/// Why something is not in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// It lies outside of the window around the cursor.
    Window,
    /// It does not fit the share of the budget.
    Room,
    /// Others are worth more.
    Worth,
    /// What was quoted before still stands, so that it need not be read again.
    Stands,
    /// The model makes nothing of quotations.
    Family,
}

/// A piece of a prompt, or something that could have been one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedPiece {
    /// Where it comes from.
    pub origin: PieceOrigin,
    /// Path of its file; empty for the form.
    pub path: String,
    /// The line that it begins with, from 1; 0 where it is no one place.
    pub line: u32,
    /// Tokens that it takes; 0 for what is left out.
    pub tokens: u32,
    /// UTF-8 bytes.
    pub bytes: u32,
    /// What it is worth among quotations.
    pub score: f64,
    /// The text; empty for the form, and for what lies outside of the window.
    pub text: String,
    /// Why it is not in the prompt.
    pub left_out: Option<LeftOut>,
}

/// What a step to the prompt took.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct StepCost {
    /// `syntax`, the kinds of quotations as they were looked for, `choose`, `assemble`.
    pub step: String,
    /// Milliseconds.
    pub ms: f64,
}

/// A prompt, taken apart. It holds source text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Why there would be no prompt here.
    pub skip: Option<SkipReason>,
    /// Family of the model, by which the form was chosen.
    pub family: String,
    /// Most tokens of a prompt.
    pub budget: u32,
    /// Tokens of this one.
    pub tokens: u32,
    /// Of those, tokens that are in the KV cache.
    pub reused: u32,
    /// In the order of the prompt; the form is the last.
    pub pieces: Vec<ExplainedPiece>,
    /// What is not in it, the best first.
    pub left_out: Vec<ExplainedPiece>,
    /// In the order in which they were taken.
    pub costs: Vec<StepCost>,
    /// The index of the workspace.
    pub workspace: WorkspaceFigures,
}

/// Several suggestions for one place, the likeliest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct Alternatives {
    /// Different texts, all filtered and guarded.
    pub texts: Vec<String>,
}

/// How far text may go at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum PrivacyMode {
    /// Nothing leaves the tab.
    #[default]
    TabOnly,
    /// To the organisation's own edge.
    OwnEdge,
    /// Through the edge to a backend.
    Backend,
}

/// Which risky patterns end a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum RiskyPatterns {
    /// None.
    Off,
    /// Those that are hardly ever wanted.
    #[default]
    High,
    /// Also those that a reviewer would ask about.
    Medium,
}

/// What suggestions are held to, and which files are completed at all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct GuardOptions {
    /// Whether a secret (key, token, password) ends a suggestion.
    pub secrets: bool,
    /// Which risky patterns of the file's language do.
    pub risky: RiskyPatterns,
    /// How far text may go at most.
    pub privacy: PrivacyMode,
    /// Rules by path and repository, one a line, such as `nowhere *.env`; they
    /// come on top of those for files of secrets, and cannot loosen them.
    pub rules: String,
    /// Name of the repository that the files belong to, such as `github.com/owner/name`; empty if unknown.
    pub repository: String,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self {
            secrets: true,
            risky: RiskyPatterns::High,
            privacy: PrivacyMode::TabOnly,
            rules: String::new(),
            repository: String::new(),
        }
    }
}

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

/// How long a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum SuggestionLength {
    /// Up to 12 characters.
    Word,
    /// The rest of a line.
    Line,
    /// More than a line.
    Lines,
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
