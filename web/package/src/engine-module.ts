// The shape of the JavaScript module that wasm-bindgen makes from `web/engine`.
//
// Written by hand because the module is loaded by URL at run time, so that one
// worker file serves every build; the data types inside are the generated ones.

import type {
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineInfo,
  LoadOptions,
  LoadProgress,
  MeasureRequest,
  MeasureResult,
} from "./generated.js";

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
  /** Where the two cells of `CancelCells` are in the shared memory, in bytes (build `cpu-threads`). */
  cancelCells?(): number;
  readonly Engine: {
    load(
      source: ModelSource,
      options: LoadOptions,
      onProgress: (progress: LoadProgress) => void,
    ): Promise<Engine>;
  };
  readonly Sha256: new () => Sha256;
  /** Where the engine panicked, if it did. */
  panicLocation?(): string | undefined;
}
