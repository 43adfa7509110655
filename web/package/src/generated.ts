// Made by `cargo xtask types` from web/engine/src/protocol.rs. Do not edit.

/**
 * How to load a model.
 */
export type LoadOptions = {
/**
 * Tokens of KV cache to allocate; 0 takes the default (2,048, or the model's own limit if that is less).
 */
context: number,
/**
 * Whether tokens are drafted from the text around where that is faster; suggestions are the same.
 */
speculation: boolean, };

/**
 * What the engine is doing while it loads.
 */
export type LoadStage = "weights" | "pipelines" | "self-test";

/**
 * Progress of a load; `done` and `total` are bytes for weights, steps otherwise.
 */
export type LoadProgress = {
/**
 * The current stage.
 */
stage: LoadStage,
/**
 * How much of the stage is done.
 */
done: number,
/**
 * How much there is.
 */
total: number, };

/**
 * Which kernels run the model.
 */
export type EngineKind = "cpu" | "webgpu";

/**
 * What was loaded.
 */
export type EngineInfo = {
/**
 * Which kernels run.
 */
engine: EngineKind,
/**
 * Kernel variant, such as `relaxed-simd` or `simd128`, or the GPU adapter's name.
 */
variant: string,
/**
 * Threads that share the work of the CPU kernels; 1 on a GPU.
 */
threads: number,
/**
 * `general.name` of the model file, or its architecture when it has none.
 */
model: string,
/**
 * `general.architecture` of the model file.
 */
architecture: string,
/**
 * Quantization that most of the weights have, such as `Q4_1`.
 */
quantization: string,
/**
 * Number of weights.
 */
parameters: number,
/**
 * Tokens the KV cache holds.
 */
context: number,
/**
 * Whether the model was trained to fill in the middle.
 */
fim: boolean,
/**
 * Bytes of weights and KV cache.
 */
memory: number,
/**
 * Milliseconds from the start of the load until ready.
 */
loadMs: number, };

/**
 * One request for ghost text.
 */
export type CompletionRequest = {
/**
 * Path of the file inside the workspace; its extension names the language.
 */
path: string,
/**
 * Text before the cursor (the nearest part of it, for a very large file).
 */
prefix: string,
/**
 * Text after the cursor, likewise.
 */
suffix: string,
/**
 * Most tokens to generate; 0 takes the default.
 */
maxTokens: number, };

/**
 * The suggestion as far as it is known; sent each time it grows.
 */
export type CompletionUpdate = {
/**
 * The whole suggestion so far, filtered and ready to show.
 */
text: string, };

/**
 * Why generation ended.
 */
export type FinishReason = "stop" | "length" | "reused" | "skipped";

/**
 * The finished suggestion and what it cost.
 */
export type CompletionResult = {
/**
 * The suggestion; empty when there is none worth showing.
 */
text: string,
/**
 * Why it ended.
 */
finish: FinishReason,
/**
 * Tokens in the prompt.
 */
promptTokens: number,
/**
 * Of those, tokens that were still in the KV cache.
 */
reusedTokens: number,
/**
 * Tokens generated.
 */
tokens: number,
/**
 * Tokens that were drafted from the text around and put to the model.
 */
drafted: number,
/**
 * Of those, tokens that the model agreed with.
 */
accepted: number,
/**
 * Milliseconds spent on the prompt.
 */
prefillMs: number,
/**
 * Milliseconds spent generating.
 */
decodeMs: number,
/**
 * Geometric mean probability of the generated tokens, 0 to 1.
 */
confidence: number, };

/**
 * A prompt to read and tokens to generate, for their speed alone.
 */
export type MeasureRequest = {
/**
 * Ids of the prompt's tokens; at least one.
 */
tokens: Array<number>,
/**
 * Tokens to generate after the one that the prompt gives.
 */
decode: number,
/**
 * Milliseconds after which no further token is begun; 0 sets no limit.
 */
limitMs: number, };

/**
 * How fast the engine was.
 */
export type MeasureResult = {
/**
 * Milliseconds spent on the prompt, its prediction included.
 */
prefillMs: number,
/**
 * Tokens generated after the prompt's own prediction.
 */
decodeTokens: number,
/**
 * Milliseconds spent on them.
 */
decodeMs: number,
/**
 * Ids of all generated tokens, the prompt's own prediction first.
 */
tokens: Array<number>, };

/**
 * How fast one operation of the engine is, for benchmarks.
 */
export type KernelTime = {
/**
 * Operation, weight type, shape and tokens; or the variant, for the machine's own limits.
 */
row: string,
/**
 * Milliseconds, median; 0 for the limits.
 */
ms: number,
/**
 * 10^9 multiply-accumulates a second.
 */
gmacs: number,
/**
 * 10^9 bytes of weights, or of keys and values, read a second; for the limits, of a copy, read and written.
 */
gigabytes: number, };

/**
 * What kind of error it was, for code; the message is for people.
 */
export type ErrorCode = "cancelled" | "invalid-model" | "unsupported-model" | "too-large" | "no-adapter" | "device-lost" | "self-test-failed" | "unreadable" | "hash-mismatch" | "invalid-request" | "internal";

/**
 * An error as JavaScript sees it.
 */
export type EngineError = {
/**
 * For code.
 */
code: ErrorCode,
/**
 * For people; never holds source text.
 */
message: string, };
