// The shape of the JavaScript module that wasm-bindgen makes from `web/workspace`.
//
// Written by hand because the module is loaded by URL, when a workspace is opened; the data
// types inside are the generated ones.

import type { FileChange, FileStamp, GuardOptions } from "./generated.js";

/** What the engine asks while it makes a prompt (`web/engine/src/library.rs`): answers at once. */
export interface LibraryHost {
  isEmpty(): boolean;
  /** What could be quoted; question and answer are bytes between the two modules. */
  find(question: Uint8Array): Uint8Array | undefined;
  has(path: string): boolean;
  /** Files, pieces, symbols, bytes of text and of memory, and files that wait. */
  size(): Float64Array;
}

/** The index of a workspace. */
export interface WorkspaceIndex extends LibraryHost {
  /** Asks for syntax from now on; `null` is no answer. */
  setSyntax(ask: (pack: string, question: Uint8Array) => Uint8Array | null): void;
  /** The syntax pack that reads a file, if there is one. */
  packOf(path: string): string | undefined;
  /** Keeps out the files that these rules keep out. */
  guard(options: GuardOptions): void;
  /** Places in the list of files whose text is wanted; what is not listed is forgotten. */
  begin(files: FileStamp[]): Uint32Array;
  /** Files to be read in a `step`. */
  change(changes: FileChange[]): void;
  /** Reads files for about so long; how many still wait. */
  step(milliseconds: number): number;
  /** The cursor is in this line, counted from 0. */
  visit(path: string, line: number): void;
  /** The index, to be kept. */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** Begins to read one that was kept, and does so for about so long; whether more is left. */
  restore(bytes: Uint8Array): void;
  restoreStep(milliseconds: number): boolean;
  /** Forgets every file. */
  clear(): void;
}

/** The module itself. */
export interface WorkspaceModule {
  default(input: { module_or_path: string }): Promise<unknown>;
  readonly WorkspaceIndex: new () => WorkspaceIndex;
}
