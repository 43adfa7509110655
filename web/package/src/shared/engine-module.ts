// The shape of the JavaScript module that wasm-bindgen makes from `web/engine`.
//
// Written by hand because the module is loaded by URL at run time, so that one
// worker file serves every build; the data types inside are the generated ones.

import type {
  Alternatives,
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineInfo,
  Explanation,
  Feedback,
  FeedbackFigures,
  GuardOptions,
  LoadOptions,
  LoadProgress,
  MeasureRequest,
  MeasureResult,
  RequestPlan,
} from "./generated.js";
import type { LibraryHost } from "./workspace-module.js";

/** A model file the engine reads by range, never as a whole. */
export interface ModelSource {
  /** Bytes in the file. */
  readonly size: number;
  /** The `length` bytes at `offset`, all of them or an error. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** A loaded model. */
export interface Engine {
  info(): EngineInfo;
  /** One at a time; yields to the event loop at least every 20 ms or so. */
  complete(
    request: CompletionRequest,
    onUpdate: (update: CompletionUpdate) => void,
  ): Promise<CompletionResult>;
  /** What to do about a request that came up now; may be called while one runs. */
  plan(request: CompletionRequest): RequestPlan;
  /** Several suggestions; one at a time with `complete`. */
  alternatives(request: CompletionRequest, count: number): Promise<Alternatives>;
  /** Reads a prompt and answers nothing; one at a time with `complete`. */
  warm(request: CompletionRequest): Promise<number>;
  /** Computes what follows the last suggestion; one at a time with `complete`. */
  lookAhead(): Promise<number>;
  /** Milliseconds to wait before `lookAhead` and before `warm`. */
  aheadAfter(): number;
  warmAfter(): number;
  /** Throws for what cannot be read, and completes nothing from then on. */
  guard(options: GuardOptions, known?: Uint8Array): void;
  /** Asks for syntax from now on; `null` is no answer. */
  setSyntax(ask: (pack: string, question: Uint8Array) => Uint8Array | null): void;
  feedback(feedback: Feedback): void;
  figures(): FeedbackFigures;
  setThreshold(threshold: number): void;
  /** Prompts quote from now on what it finds. */
  setLibrary(library: LibraryHost): void;
  /** The prompt that a request would have; not while one runs. */
  explain(request: CompletionRequest): Explanation;
  /**
   * What may be shown of a text that another model wrote; finished for "length" while more of a
   * growing one could be. Not while one runs.
   */
  review(
    request: CompletionRequest,
    text: string,
    growing: boolean,
    truncated: boolean,
  ): CompletionResult;
  /** The speed alone, on an empty KV cache; one at a time with `complete`. */
  measure(request: MeasureRequest): Promise<MeasureResult>;
  /** Makes the running `complete` or `measure` reject with code "cancelled". */
  cancel(): void;
  free(): void;
}

/** A sha256 being computed. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** The digest in lower-case hexadecimal. */
  hex(): string;
  free(): void;
}

/** The module itself. */
export interface EngineModule {
  /** Instantiates the module; a helper gives the worker's memory. */
  default(input: {
    module_or_path: URL | string | WebAssembly.Module;
    memory?: WebAssembly.Memory;
  }): Promise<{ readonly memory: WebAssembly.Memory }>;
  /** Announces threads besides this one, before a model is loaded (build `cpu-threads`). */
  expectThreads?(helpers: number): void;
  /** Lends the calling helper; does not return (build `cpu-threads`). */
  lendThread?(): void;
  /** Where the page counts its messages in the shared memory, in bytes (build `cpu-threads`). */
  knocker?(): number;
  readonly Engine: {
    load(
      source: ModelSource,
      options: Partial<LoadOptions>,
      onProgress: (progress: LoadProgress) => void,
    ): Promise<Engine>;
  };
  readonly Sha256: new () => Sha256;
  /** Where the engine panicked, if it did. */
  panicLocation?(): string | undefined;
}
