// Made by `cargo xtask types` from web/protocol. Do not edit.

/**
 * Several suggestions for one place, the likeliest first.
 */
export type Alternatives = {
/**
 * Different texts, all filtered and guarded.
 */
texts: Array<string>, };

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
maxTokens: number,
/**
 * What led to the request.
 */
event: RequestEvent,
/**
 * Whether text is selected, so that typing would replace it.
 */
selection: boolean,
/**
 * Whether the text cannot be edited.
 */
readOnly: boolean, };

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
 * Why the model was not asked.
 */
skip: SkipReason | null,
/**
 * Id of the rule of the guard that ended it.
 */
rule: string | null,
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
 * The model's own probability of the text, 0 to 1: the product of its tokens'.
 */
confidence: number,
/**
 * How likely it is that what is typed next begins with the suggestion, 0 to 1.
 */
likelihood: number,
/**
 * Id of the file's language; empty where it is not known.
 */
language: string,
/**
 * How long the text is.
 */
length: SuggestionLength, };

/**
 * The suggestion as far as it is known; sent each time it grows.
 */
export type CompletionUpdate = {
/**
 * The whole suggestion so far, filtered and ready to show.
 */
text: string, };

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
 * Which kernels run the model.
 */
export type EngineKind = "cpu" | "webgpu";

/**
 * What kind of error it was, for code; the message is for people.
 */
export type ErrorCode = "cancelled" | "invalid-model" | "unsupported-model" | "too-large" | "no-adapter" | "device-lost" | "self-test-failed" | "unreadable" | "hash-mismatch" | "invalid-request" | "internal";

/**
 * A piece of a prompt, or something that could have been one.
 */
export type ExplainedPiece = {
/**
 * Where it comes from.
 */
origin: PieceOrigin,
/**
 * Path of its file; empty for the form.
 */
path: string,
/**
 * The line that it begins with, from 1; 0 where it is no one place.
 */
line: number,
/**
 * Tokens that it takes; 0 for what is left out.
 */
tokens: number,
/**
 * UTF-8 bytes.
 */
bytes: number,
/**
 * What it is worth among quotations.
 */
score: number,
/**
 * The text; empty for the form, and for what lies outside of the window.
 */
text: string,
/**
 * Why it is not in the prompt.
 */
leftOut: LeftOut | null, };

/**
 * A prompt, taken apart. It holds source text.
 */
export type Explanation = {
/**
 * Why there would be no prompt here.
 */
skip: SkipReason | null,
/**
 * Family of the model, by which the form was chosen.
 */
family: string,
/**
 * Most tokens of a prompt.
 */
budget: number,
/**
 * Tokens of this one.
 */
tokens: number,
/**
 * Of those, tokens that are in the KV cache.
 */
reused: number,
/**
 * In the order of the prompt; the form is the last.
 */
pieces: Array<ExplainedPiece>,
/**
 * What is not in it, the best first.
 */
leftOut: Array<ExplainedPiece>,
/**
 * In the order in which they were taken.
 */
costs: Array<StepCost>,
/**
 * The index of the workspace.
 */
workspace: WorkspaceFigures, };

/**
 * Outcomes and later looks at accepted text, to be counted.
 */
export type Feedback = {
/**
 * What became of suggestions.
 */
outcomes: Array<SuggestionOutcome>,
/**
 * Shares of accepted text, 0 to 1, that still stood there.
 */
kept: Array<KeptShare>,
/**
 * Whether this happened just now, and not on an earlier visit.
 */
fresh: boolean, };

/**
 * What the engine has counted.
 */
export type FeedbackFigures = {
/**
 * Every kind that was shown.
 */
kinds: Array<KindFigures>,
/**
 * By time after acceptance.
 */
kept: Array<KeptFigures>,
/**
 * Milliseconds between two keys, as they usually are.
 */
gapMs: number,
/**
 * Milliseconds from a request to its first text, as they usually are.
 */
latencyMs: number,
/**
 * How likely a suggestion has to be before it is shown, 0 to 1.
 */
threshold: number,
/**
 * What requests have cost.
 */
work: WorkFigures, };

/**
 * What happened to a file of the workspace.
 */
export type FileChange = {
/**
 * Path inside the workspace, with `/` between folders.
 */
path: string,
/**
 * What the file has now; `null` if it is gone.
 */
text: string | null,
/**
 * Milliseconds since 1970 of the change; 0 where nobody knows.
 */
modified: number,
/**
 * Whether somebody changed it in the editor just now: where, is remembered.
 */
edited: boolean, };

/**
 * What is known of a file without reading it.
 */
export type FileStamp = {
/**
 * Path inside the workspace, with `/` between folders.
 */
path: string,
/**
 * Size in bytes.
 */
size: number,
/**
 * Milliseconds since 1970 of the last change; 0 where nobody knows.
 */
modified: number, };

/**
 * Why generation ended.
 */
export type FinishReason = "stop" | "length" | "reused" | "skipped" | "guarded" | "unlikely";

/**
 * What suggestions are held to, and which files are completed at all.
 */
export type GuardOptions = {
/**
 * Whether a secret (key, token, password) ends a suggestion.
 */
secrets: boolean,
/**
 * Which risky patterns of the file's language do.
 */
risky: RiskyPatterns,
/**
 * How far text may go at most.
 */
privacy: PrivacyMode,
/**
 * Rules by path and repository, one a line, such as `nowhere *.env`; they
 * come on top of those for files of secrets, and cannot loosen them.
 */
rules: string,
/**
 * Name of the repository that the files belong to, such as `github.com/owner/name`; empty if unknown.
 */
repository: string, };

/**
 * What suggestions are held to, with what is known of other people's code.
 */
export type GuardSettings = {
/**
 * The options.
 */
options: GuardOptions,
/**
 * A fingerprint file of known sources, if there is one.
 */
known: Uint8Array<ArrayBuffer> | null, };

/**
 * What is left of accepted text after some time.
 */
export type KeptFigures = {
/**
 * Seconds after acceptance.
 */
afterS: number,
/**
 * Acceptances that were looked at.
 */
seen: number,
/**
 * Mean share of them that still stood there, 0 to 1; 0 where none was looked at.
 */
share: number, };

/**
 * A later look at accepted text.
 */
export type KeptShare = {
/**
 * Seconds after acceptance: 30, 120 or 600.
 */
afterS: number,
/**
 * Share of the text that still stands, 0 to 1.
 */
share: number, };

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
 * How suggestions of one kind fared.
 */
export type KindFigures = {
/**
 * Id of the language.
 */
language: string,
/**
 * How long they are.
 */
length: SuggestionLength,
/**
 * Their confidence in fifths, 0 to 4.
 */
fifth: number,
/**
 * How many were shown.
 */
shown: number,
/**
 * How many were accepted, whole or in part.
 */
accepted: number,
/**
 * The rate of acceptance that is expected of the next, 0 to 1.
 */
rate: number, };

/**
 * Why something is not in a prompt.
 */
export type LeftOut = "window" | "room" | "worth" | "stands" | "family";

/**
 * How to load a model.
 */
export type LoadOptions = {
/**
 * What errors call the model: its id, or the name of its file.
 */
model: string,
/**
 * Tokens of KV cache to allocate; 0 takes the default (2,048, or the model's own limit if that is less).
 */
context: number,
/**
 * Whether tokens are drafted from the text around where that is faster; suggestions are the same.
 */
speculation: boolean,
/**
 * Most milliseconds that the prefill of a whole prompt may take: the length of prompts follows from the
 * rate that this device shows. `null` keeps to 512 tokens, so that suggestions do not depend on the device.
 */
prefillMs: number | null,
/**
 * What the model's probabilities are worth; `null` takes a guess for a small model.
 */
likelihood: ModelLikelihood | null, };

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
 * What the engine is doing while it loads.
 */
export type LoadStage = "weights" | "pipelines" | "self-test";

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
 * How likely a suggestion of one model is what is typed next: a logistic curve over the log
 * probability of its text, and the least likelihood that is shown to somebody who did not ask.
 */
export type ModelLikelihood = {
/**
 * Log odds where the probability of a text is 1.
 */
atCertain: number,
/**
 * What the log odds lose for each unit of negative log probability.
 */
slope: number,
/**
 * 0 shows everything, 1 nothing.
 */
threshold: number, };

/**
 * Where a piece of a prompt comes from.
 */
export type PieceOrigin = "form" | "before" | "after" | "definition" | "import" | "outline" | "edit" | "visit" | "similar" | "related" | "test" | "manifest";

/**
 * What is to be done about a request.
 */
export type PlanAction = "skip" | "now" | "keep" | "after";

/**
 * How far text may go at most.
 */
export type PrivacyMode = "tab-only" | "own-edge" | "backend";

/**
 * How far the text of a file may go, from least to most.
 */
export type Reach = "nowhere" | "tab" | "edge" | "backend";

/**
 * What led to a request.
 */
export type RequestEvent = "asked" | "typed" | "accepted" | "deleted";

/**
 * What is to be done about a request, and when.
 */
export type RequestPlan = {
/**
 * What.
 */
action: PlanAction,
/**
 * Milliseconds to wait, for `after`.
 */
delayMs: number,
/**
 * What was typed since the running request, for `keep`: its text begins with this.
 */
typed: string,
/**
 * Why nothing is done, for `skip`.
 */
skip: SkipReason | null, };

/**
 * Which risky patterns end a suggestion.
 */
export type RiskyPatterns = "off" | "high" | "medium";

/**
 * Why the model was not asked.
 */
export type SkipReason = "binary" | "empty" | "private" | "read-only" | "selection" | "mid-word" | "mid-line" | "after-closing" | "not-typed";

/**
 * What a step to the prompt took.
 */
export type StepCost = {
/**
 * `syntax`, the kinds of quotations as they were looked for, `choose`, `assemble`.
 */
step: string,
/**
 * Milliseconds.
 */
ms: number, };

/**
 * What became of a suggestion that was visible for 250 ms at least.
 */
export type SuggestionFate = "accepted" | "partly" | "dismissed" | "typed-over" | "left";

/**
 * How long a suggestion is.
 */
export type SuggestionLength = "word" | "line" | "lines";

/**
 * One suggestion's outcome, without any text.
 */
export type SuggestionOutcome = {
/**
 * Id of the language; empty where it is not known.
 */
language: string,
/**
 * How long it was.
 */
length: SuggestionLength,
/**
 * Its confidence, 0 to 1.
 */
confidence: number,
/**
 * What became of it.
 */
fate: SuggestionFate, };

/**
 * What requests have cost since the engine started. Work ahead is not counted among requests.
 */
export type WorkFigures = {
/**
 * Requests that reached the model.
 */
requests: number,
/**
 * Of those, requests that were answered; the others were cancelled, or failed.
 */
answered: number,
/**
 * Tokens of their prompts.
 */
promptTokens: number,
/**
 * Of those, tokens that were read for them, also ahead of them; the others were in the KV cache.
 */
readTokens: number,
/**
 * Tokens generated in answers.
 */
generatedTokens: number,
/**
 * Tokens read and generated for what may be asked next.
 */
aheadTokens: number, };

/**
 * How large the index of the workspace is.
 */
export type WorkspaceFigures = {
/**
 * Files.
 */
files: number,
/**
 * Pieces of them that can be found.
 */
pieces: number,
/**
 * Definitions.
 */
symbols: number,
/**
 * Bytes of text.
 */
text: number,
/**
 * About how many bytes of memory all of it takes.
 */
memory: number,
/**
 * Files that are not read yet.
 */
waiting: number, };

/**
 * How far a text is that another model wrote.
 */
export type Written = "growing" | "truncated" | "whole";
