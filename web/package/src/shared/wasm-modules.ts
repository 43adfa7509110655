// The JavaScript modules that wasm-bindgen makes from `web/engine` and `web/workspace`: how each is
// started. What their classes do is generated from `web/protocol`.
//
// Written by hand because a module is loaded by URL at run time, so that one worker file serves
// every build.

import type { Engine, WorkspaceIndex } from "./generated-methods.js";
import type { GuardOptions, LoadOptions, LoadProgress, Reach } from "./generated.js";

/** A model file the engine reads by range, never as a whole. */
export interface ModelSource {
  /** Bytes in the file. */
  readonly size: number;
  /** The `length` bytes at `offset`, all of them or an error. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** A sha256 being computed. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** The digest in lower-case hexadecimal. */
  hex(): string;
  free(): void;
}

/** The module of the engine. */
export interface EngineModule {
  /** Instantiates the module; a helper gives the worker's memory. */
  default(input: {
    module_or_path: URL | string | WebAssembly.Module;
    memory?: WebAssembly.Memory;
  }): Promise<{ readonly memory: WebAssembly.Memory }>;
  /** Announces threads besides this one, before a model is loaded (build `cpu-threads`). */
  expectThreads?(helpers: number): void;
  /** Makes the calling helper a thread of the engine; does not return (build `cpu-threads`). */
  joinThreads?(): void;
  /** Where the page counts its messages in the shared memory, in bytes (build `cpu-threads`). */
  wakeCounter?(): number;
  readonly Engine: {
    load(
      source: ModelSource,
      options: Partial<LoadOptions>,
      onProgress: (progress: LoadProgress) => void,
    ): Promise<Engine>;
  };
  readonly Sha256: new () => Sha256;
  /** How far the text of a file may go; no model is needed for it. */
  reach(options: GuardOptions, path: string): Reach;
  /** Where the engine panicked, if it did. */
  panicLocation?(): string | undefined;
}

/** The module of the workspace index. */
export interface WorkspaceModule {
  default(input: { module_or_path: string }): Promise<unknown>;
  readonly WorkspaceIndex: new () => WorkspaceIndex;
}
