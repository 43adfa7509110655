// What crosses between the page and the worker: one closed union a direction, plain data only.
//
// The data types inside come from Rust (`generated.ts`); this file adds the
// envelope. Disposal has no message: the client terminates the worker.

import type {
  Alternatives,
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineError,
  EngineInfo,
  EngineKind,
  Explanation,
  Feedback,
  FeedbackFigures,
  FileChange,
  FileStamp,
  GuardOptions,
  LoadOptions,
  LoadStage,
  MeasureRequest,
  MeasureResult,
  ModelLikelihood,
  WorkspaceFigures,
} from "./generated.js";

/** A build of the engine: SIMD, relaxed SIMD, that with shared memory, or SIMD with WebGPU. */
export type EngineBuild = "cpu" | "cpu-relaxed" | "cpu-threads" | "webgpu";

/** Where the files of one engine build are, as absolute URLs. */
export interface EngineFiles {
  /** The JavaScript module that wasm-bindgen made. */
  readonly glue: string;
  /** The WebAssembly module it drives. */
  readonly wasm: string;
}

/**
 * Where the syntax packs are, as absolute URLs by grammar, and the `runtime` that they share.
 * A grammar that is not deployed has none.
 */
export type SyntaxFiles = Readonly<Record<string, string>>;

/** Where the engine's builds are; one that is not deployed has no entry. */
export type BuildFiles = Readonly<Partial<Record<EngineBuild, EngineFiles>>>;

/** How far the pack of a grammar is. */
export type PackState = "loading" | "ready" | "failed";

/** Which engine the caller asked for; `auto` measures and takes the faster one. */
export type EngineChoice = EngineKind | "auto";

/** Where a model comes from. */
export type ModelSpec =
  | {
      readonly kind: "url";
      /** Absolute URL. */
      readonly url: string;
      /** Lower-case hexadecimal sha256 that the file must have; `null` when unknown. */
      readonly sha256: string | null;
      /** What the model's probabilities are worth; `null` when unknown. */
      readonly likelihood: ModelLikelihood | null;
    }
  | { readonly kind: "blob"; readonly blob: Blob; readonly likelihood: ModelLikelihood | null };

/** How far the start has come; `done` and `total` are bytes, for "pipelines" and "self-test" steps. */
export interface Progress {
  /** "download" fetches the model, "verify" hashes bytes that were kept from an interrupted download. */
  readonly stage: "download" | "verify" | LoadStage;
  /** How much of the stage is done. */
  readonly done: number;
  /** How much there is; 0 when the server does not say. */
  readonly total: number;
}

/** What a helper needs to be one more thread of an engine. */
export interface Lend {
  readonly type: "lend";
  /** URL of the engine's glue. */
  readonly glue: string;
  readonly module: WebAssembly.Module;
  /** Shared with the worker. */
  readonly memory: WebAssembly.Memory;
}

/** What suggestions are held to, with the fingerprint file of known sources, if there is one. */
export interface GuardSettings {
  readonly options: GuardOptions;
  readonly known: Uint8Array | null;
}

/** How far a text is that another model wrote: "truncated" had a limit, and would have more. */
export type Written = "growing" | "truncated" | "whole";

/** What a page asks of a load; the likelihood belongs to the model. */
export type ModelLoadOptions = Readonly<Partial<Omit<LoadOptions, "likelihood">>>;

/** Page to worker. */
export type ToWorker =
  /** worker -> helper (a worker of its own that runs the same script), once: lend a thread. */
  | Lend
  /** page -> worker, once, in answer to `hello`: choose an engine, get the model, load it. */
  | {
      readonly type: "open";
      readonly model: ModelSpec;
      readonly engine: EngineChoice;
      /** Threads of the CPU engine; 0 takes the default. */
      readonly threads: number;
      readonly load: ModelLoadOptions;
      readonly guard: GuardSettings;
      /** How likely a suggestion has to be before it is shown unasked; `null` takes the default. */
      readonly threshold: number | null;
      readonly files: BuildFiles;
      /** `null` reads every language by brackets, indentation and comments. */
      readonly syntax: SyntaxFiles | null;
      /** The module of the index, fetched when a workspace is opened. */
      readonly workspace: EngineFiles;
    }
  /**
   * page -> worker: generate; it takes the place of what was asked before, which goes on only
   * if it agrees with what was typed since. With `wait` the engine says how long to wait first.
   */
  | {
      readonly type: "complete";
      readonly id: number;
      readonly request: CompletionRequest;
      readonly wait: boolean;
    }
  /** page -> worker: several suggestions for one place; it takes the place of what was asked before. */
  | {
      readonly type: "alternatives";
      readonly id: number;
      readonly request: CompletionRequest;
      readonly count: number;
    }
  /** page -> worker: the cursor is there now; read the prompt when there is nothing else to do. */
  | { readonly type: "warm"; readonly request: CompletionRequest }
  /** page -> worker: hold requests to this from now on; ends what runs. */
  | { readonly type: "guard"; readonly id: number; readonly guard: GuardSettings }
  /** page -> worker: count these. */
  | { readonly type: "feedback"; readonly feedback: Feedback }
  /** page -> worker: show only what is as likely as this. */
  | { readonly type: "threshold"; readonly threshold: number }
  /** page -> worker: tell what was counted. */
  | { readonly type: "figures"; readonly id: number }
  /**
   * page -> worker: this is the workspace; what is kept of it by its name is read first.
   * `null` forgets the workspace that was open.
   */
  | {
      readonly type: "workspace";
      readonly id: number;
      readonly workspace: { readonly name: string | null; readonly files: FileStamp[] } | null;
    }
  /** page -> worker: files of the workspace as they are now; read when there is nothing else to do. */
  | { readonly type: "files"; readonly changes: FileChange[] }
  /** page -> worker: tell how large the index of the workspace is. */
  | { readonly type: "indexed"; readonly id: number }
  /** page -> worker: take the prompt apart that this request would have; waits for what runs. */
  | { readonly type: "explain"; readonly id: number; readonly request: CompletionRequest }
  /** page -> worker: tell what of another model's text may be shown; waits for what somebody asked for. */
  | {
      readonly type: "review";
      readonly id: number;
      readonly request: CompletionRequest;
      readonly text: string;
      readonly written: Written;
    }
  /** page -> worker: time the engine; refused while a request runs. For benchmarks. */
  | { readonly type: "measure"; readonly id: number; readonly request: MeasureRequest }
  /** page -> worker: stop request `id` if it still runs or waits. */
  | { readonly type: "cancel"; readonly id: number }
  /** page -> worker: answer with `pong` if you live. */
  | { readonly type: "ping" };

/** Worker to page. */
export type FromWorker =
  /** worker -> page, once, first: listening; messages sent earlier may be lost. */
  | { readonly type: "hello" }
  /** worker -> page: this engine is being started; `reason` says why it is not the one asked for. */
  | { readonly type: "chosen"; readonly engine: EngineKind; readonly reason: EngineError | null }
  /** worker -> page: the start has come this far. */
  | { readonly type: "progress"; readonly progress: Progress }
  /**
   * worker -> page: requests are welcome. Where memory is shared, the page adds one to the
   * `knocker` with each message, and the worker looks for messages at once.
   */
  | { readonly type: "ready"; readonly info: EngineInfo; readonly knocker: Int32Array | null }
  /** worker -> page: a syntax pack is on its way, there, or not to be had, and then why. */
  | {
      readonly type: "syntax";
      readonly pack: string;
      readonly state: PackState;
      readonly error: string | null;
    }
  /** worker -> page: the suggestion grew. */
  | { readonly type: "update"; readonly id: number; readonly update: CompletionUpdate }
  /** worker -> page: the request is finished. */
  | { readonly type: "done"; readonly id: number; readonly result: CompletionResult }
  /** worker -> page: the answer to `alternatives`. */
  | { readonly type: "alternatives"; readonly id: number; readonly alternatives: Alternatives }
  /** worker -> page: the answer to `figures`. */
  | { readonly type: "figures"; readonly id: number; readonly figures: FeedbackFigures }
  /** worker -> page: the answer to `guard`; after an error no file is completed until the next one. */
  | { readonly type: "guarded"; readonly id: number; readonly error: EngineError | null }
  /**
   * worker -> page: the answer to `workspace`: places in the list of files whose text is wanted,
   * or why there is no index.
   */
  | {
      readonly type: "wanted";
      readonly id: number;
      readonly places: readonly number[];
      readonly error: EngineError | null;
    }
  /** worker -> page: the answer to `indexed`. */
  | { readonly type: "indexed"; readonly id: number; readonly figures: WorkspaceFigures }
  /** worker -> page: the answer to `explain`, one of the two. */
  | {
      readonly type: "explained";
      readonly id: number;
      readonly explanation: Explanation | null;
      readonly error: EngineError | null;
    }
  /** worker -> page: the answer to `review`, one of the two. */
  | {
      readonly type: "reviewed";
      readonly id: number;
      readonly result: CompletionResult | null;
      readonly error: EngineError | null;
    }
  /** worker -> page: the answer to `measure`. */
  | { readonly type: "measured"; readonly id: number; readonly result: MeasureResult }
  /** worker -> page: this request failed; the engine is well. */
  | { readonly type: "failed"; readonly id: number; readonly error: EngineError }
  /** worker -> page: the engine is dead or never lived; the page replaces the worker. */
  | { readonly type: "dead"; readonly error: EngineError }
  /** worker -> page: the answer to `ping`. */
  | { readonly type: "pong" };
