// What crosses between the page and the worker: one closed union a direction, plain data only.
//
// The data types inside come from Rust (`generated.ts`); this file adds the
// envelope. Disposal has no message: the client terminates the worker.

import type {
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineError,
  EngineInfo,
  EngineKind,
  LoadStage,
  MeasureRequest,
  MeasureResult,
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
    }
  | { readonly kind: "blob"; readonly blob: Blob };

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

/**
 * Two cells of shared memory, `[running, cancelled]`: ids of requests, 0 for none.
 *
 * The worker writes the first and the page the second, so that a request ends although
 * its worker is too busy for messages. Only an engine with shared memory has them.
 */
export type CancelCells = Int32Array;

/** Page to worker. */
export type ToWorker =
  /** worker -> helper (a worker of its own that runs the same script), once: lend a thread. */
  | Lend
  /** page -> worker, once, in answer to `hello`: choose an engine, get the model, load it. */
  | {
      readonly type: "open";
      readonly model: ModelSpec;
      readonly engine: EngineChoice;
      /** Tokens of KV cache; 0 takes the default. */
      readonly context: number;
      /** Threads of the CPU engine; 0 takes the default. */
      readonly threads: number;
      /** Whether tokens are drafted from the text around. */
      readonly speculation: boolean;
      readonly files: Readonly<Record<EngineBuild, EngineFiles>>;
    }
  /** page -> worker: generate; whatever ran before was cancelled by the page. */
  | { readonly type: "complete"; readonly id: number; readonly request: CompletionRequest }
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
  /** worker -> page: requests are welcome. */
  | { readonly type: "ready"; readonly info: EngineInfo; readonly cells: CancelCells | null }
  /** worker -> page: the suggestion grew. */
  | { readonly type: "update"; readonly id: number; readonly update: CompletionUpdate }
  /** worker -> page: the request is finished. */
  | { readonly type: "done"; readonly id: number; readonly result: CompletionResult }
  /** worker -> page: the answer to `measure`. */
  | { readonly type: "measured"; readonly id: number; readonly result: MeasureResult }
  /** worker -> page: this request failed; the engine is well. */
  | { readonly type: "failed"; readonly id: number; readonly error: EngineError }
  /** worker -> page: the engine is dead or never lived; the page replaces the worker. */
  | { readonly type: "dead"; readonly error: EngineError }
  /** worker -> page: the answer to `ping`. */
  | { readonly type: "pong" };
