// What crosses between the page and the worker: one closed union a direction, plain data only.
//
// A call names a method, and its answer or error comes back under the same id. What can be called,
// with which types, is generated from `web/protocol`; nothing has to be added here for a new method.
// The other messages are about the worker's life, and declared here, since no Rust sees them.
// Disposal has no message: the client terminates the worker.

import {
  WORKER_CALLS,
  type ENGINE_CALLS,
  type Engine,
  type WorkerMethods,
} from "./generated-methods.js";
import type {
  CompletionUpdate,
  EngineError,
  EngineInfo,
  EngineKind,
  GuardSettings,
  LoadOptions,
  LoadStage,
  ModelLikelihood,
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
export interface JoinThreads {
  readonly type: "join-threads";
  /** URL of the engine's glue. */
  readonly glue: string;
  readonly module: WebAssembly.Module;
  /** Shared with the worker. */
  readonly memory: WebAssembly.Memory;
}

/** What a page asks of a load; its name and the likelihood belong to the model. */
export type ModelLoadOptions = Readonly<Partial<Omit<LoadOptions, "model" | "likelihood">>>;

/** The engine's methods that the page may call. */
export type EngineMethod = keyof typeof ENGINE_CALLS;

/** All methods that the page may call: the worker's own, and those of the engine that it passes on. */
export type Callable = WorkerMethods & Pick<Engine, EngineMethod>;
export type Method = keyof Callable;

type RequestOf<Calls> = {
  [M in keyof Calls]: Calls[M] extends "request" ? M : never;
}[keyof Calls];

/** Methods of which one runs at a time: a newer one takes the older's place, and it can be cancelled. */
export type RequestMethod = RequestOf<typeof ENGINE_CALLS> | RequestOf<typeof WORKER_CALLS>;

/** Methods that are answered at once, or soon. */
export type CallMethod = Exclude<Method, RequestMethod>;

/** Of those, methods that are answered by the engine's code alone, before a model is loaded. */
export type EarlyMethod = {
  [M in keyof typeof WORKER_CALLS]: (typeof WORKER_CALLS)[M] extends "early" ? M : never;
}[keyof typeof WORKER_CALLS];

export function isEarly(method: Method): method is EarlyMethod {
  return Object.hasOwn(WORKER_CALLS, method) && WORKER_CALLS[method as EarlyMethod] === "early";
}

/** What a method is given; a listener does not cross, since updates are messages. */
export type Args<M extends Method> =
  Parameters<Callable[M]> extends [...infer Given, (news: never) => void]
    ? Given
    : Parameters<Callable[M]>;

/** What a method answers. */
export type Result<M extends Method> = Awaited<ReturnType<Callable[M]>>;

/** page -> worker: call a method. */
export type Call<Called extends Method = Method> = {
  [M in Called]: {
    readonly type: "call";
    readonly id: number;
    readonly method: M;
    readonly args: Args<M>;
  };
}[Called];

/** Page to worker. */
export type ToWorker =
  | Call
  /** page -> worker: stop call `id`, a request, if it still runs or waits. */
  | { readonly type: "cancel"; readonly id: number }
  /** worker -> helper (a worker of its own that runs the same script), once: become a thread of its engine. */
  | JoinThreads
  /** page -> worker, once, in answer to `hello`: choose an engine, get the model, load it. */
  | {
      readonly type: "open";
      readonly model: ModelSpec;
      readonly engine: EngineChoice;
      /** Threads of the CPU engine; 0 takes the default. */
      readonly threads: number;
      readonly load: ModelLoadOptions;
      /** Bytes that stored models may take together. */
      readonly storageBudget: number;
      readonly guard: GuardSettings;
      /** How likely a suggestion has to be before it is shown unasked; `null` takes the default. */
      readonly threshold: number | null;
      readonly files: BuildFiles;
      /** `null` reads every language by brackets, indentation and comments. */
      readonly syntax: SyntaxFiles | null;
      /** The module of the index, fetched when a workspace is opened. */
      readonly workspace: EngineFiles;
    }
  /** page -> worker: answer with `pong` if you live. */
  | { readonly type: "ping" };

/** Worker to page. */
export type FromWorker =
  /** worker -> page: what call `id` came to. */
  | { readonly type: "answer"; readonly id: number; readonly result: Result<Method> }
  /** worker -> page: call `id` failed; the engine is well. */
  | { readonly type: "failed"; readonly id: number; readonly error: EngineError }
  /** worker -> page: what is known on the way to the answer of call `id`. */
  | { readonly type: "update"; readonly id: number; readonly update: CompletionUpdate }
  /** worker -> page, once, first: listening; messages sent earlier may be lost. */
  | { readonly type: "hello" }
  /** worker -> page: this engine is being started; `reason` says why it is not the one asked for. */
  | { readonly type: "chosen"; readonly engine: EngineKind; readonly reason: EngineError | null }
  /** worker -> page: the start has come this far. */
  | { readonly type: "progress"; readonly progress: Progress }
  /** worker -> page: something went wrong on the way and was mended. */
  | { readonly type: "notice"; readonly message: string }
  /**
   * worker -> page: calls are welcome. Where memory is shared, the page adds one to the
   * `wakeCounter` with each message, and the worker looks for messages at once.
   */
  | { readonly type: "ready"; readonly info: EngineInfo; readonly wakeCounter: Int32Array | null }
  /** worker -> page: a syntax pack is on its way, there, or not to be had, and then why. */
  | {
      readonly type: "syntax";
      readonly pack: string;
      readonly state: PackState;
      readonly error: string | null;
    }
  /** worker -> page: the engine is dead or never lived; the page replaces the worker. */
  | { readonly type: "dead"; readonly error: EngineError }
  /** worker -> page: the answer to `ping`. */
  | { readonly type: "pong" };
