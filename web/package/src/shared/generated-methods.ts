// Made by `cargo xtask types` from web/protocol. Do not edit.

import type {
  Alternatives,
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineInfo,
  ErrorCode,
  Explanation,
  Feedback,
  FeedbackFigures,
  FileChange,
  FileStamp,
  GuardOptions,
  GuardSettings,
  MeasureRequest,
  MeasureResult,
  Reach,
  RequestPlan,
  WorkspaceFigures,
  Written,
} from "./generated.js";

/** A loaded model, as the worker calls it. */
export interface Engine {
  /** What is loaded. */
  info(): EngineInfo;
  /**
   * Decides about a request that came up now, also while another one runs, and keeps it: it is the one that
   * `complete` and `warmPlanned` are for, until another is planned.
   */
  plan(request: CompletionRequest): RequestPlan;
  /** Answers the request that was planned last; yields to the event loop at least every 20 ms or so. */
  complete(onUpdate: (news: CompletionUpdate) => void): Promise<CompletionResult>;
  /** Reads the prompt of the request that was planned last into the KV cache: how many tokens were computed. */
  warmPlanned(): Promise<number>;
  /** Up to `count` different suggestions for one place, the likeliest first. */
  alternatives(request: CompletionRequest, count: number): Promise<Alternatives>;
  /** Reads the prompt of a request into the KV cache and answers nothing: how many tokens were computed. */
  warm(request: CompletionRequest): Promise<number>;
  /**
   * Computes what will be suggested once the last suggestion was accepted, and the next request finds
   * it: how many tokens were generated.
   */
  lookAhead(): Promise<number>;
  /** Milliseconds for which a suggestion should stand before `lookAhead`. */
  aheadAfter(): number;
  /** Milliseconds after the cursor was put somewhere before `warm`. */
  warmAfter(): number;
  /**
   * Milliseconds without a request before `warm` for the place of the last one, with the event "asked":
   * what prompts quote is chosen anew then, which is put off while somebody types.
   */
  renewAfter(): number;
  /**
   * Holds the next requests to these settings. What runs has to be cancelled. Throws for rules or
   * fingerprints that cannot be read; from then on no file is completed.
   */
  guard(settings: GuardSettings): void;
  /** Asks the host about syntax from now on. Throws while a request runs. */
  setSyntax(ask: (pack: string, question: Uint8Array) => Uint8Array | null): void;
  /**
   * Prompts quote from now on what a library finds, in place of the one before. While a request runs
   * it comes into force at its end.
   */
  setLibrary(library: LibraryHost): void;
  /** Counts what became of suggestions. */
  feedback(feedback: Feedback): void;
  /** What was counted so far. */
  figures(): FeedbackFigures;
  /** How likely a suggestion has to be, 0 to 1, before it is shown to somebody who did not ask for it. */
  setThreshold(threshold: number): void;
  /** The prompt that a request would have now, taken apart. */
  explain(request: CompletionRequest): Explanation;
  /**
   * What may be shown of a text that another model wrote for a request. It finished for `length` while
   * more of a growing text could be; a truncated one would have more, had its limit been higher.
   */
  review(request: CompletionRequest, text: string, written: Written): CompletionResult;
  /** How many tokens the loaded model reads a text as. */
  countTokens(text: string): number;
  /** Reads a prompt into an empty KV cache and decodes greedily, timed. For benchmarks. */
  measure(request: MeasureRequest): Promise<MeasureResult>;
  /** Cancels the running request, if there is one: it rejects with the code `cancelled`. */
  cancel(): void;
  /**
   * Destroys the GPU device as a crash of the GPU process would, so that a page can test how it falls
   * back. Does nothing on the CPU.
   */
  loseDevice(): void;
}

/** The index of a workspace. */
export interface WorkspaceIndex {
  /** Asks the host about syntax from now on. */
  setSyntax(ask: (pack: string, question: Uint8Array) => Uint8Array | null): void;
  /** Name of the syntax pack that reads a file; none for a language without a grammar. */
  packOf(path: string): string | null;
  /** Keeps out what these options keep out of prompts, and everything for rules that cannot be read. */
  guard(options: GuardOptions): void;
  /**
   * Compares a list of the whole workspace with the index: places in the list of files whose text is
   * wanted. What is not listed is forgotten.
   */
  begin(files: Array<FileStamp>): Array<number>;
  /** Takes changes, which are read in `step`. */
  change(changes: Array<FileChange>): void;
  /** Brings files up to date for about so many milliseconds: how many still wait. */
  step(milliseconds: number): number;
  /** Notes that the cursor is in a line of a file, counted from 0. */
  visit(path: string, line: number): void;
  /** The index as bytes, to be kept. */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** Begins to take over an index that was kept. */
  restore(bytes: Uint8Array<ArrayBuffer>): void;
  /** Reads for about so many milliseconds what was kept: whether more is left. */
  restoreStep(milliseconds: number): boolean;
  /** Forgets every file. */
  clear(): void;
  /** Whether it knows no file. */
  isEmpty(): boolean;
  /** What could be quoted at a cursor; question and answer are bytes between the two modules of a build. */
  find(question: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null;
  /** Whether a file may still be quoted. */
  has(path: string): boolean;
  /** How large it is. */
  size(): WorkspaceFigures;
}

/** The worker's own methods, as the page calls them. */
export interface WorkerMethods {
  /**
   * Generates. It takes the place of what was asked before, which goes on only if it agrees with what
   * was typed since. With `wait` the engine says how long to wait first.
   */
  complete(request: CompletionRequest, wait: boolean, onUpdate: (news: CompletionUpdate) => void): Promise<CompletionResult>;
  /**
   * How far the text of a file may go by the rules and the mode of these options; nowhere by rules that
   * cannot be read.
   */
  reach(options: GuardOptions, path: string): Reach;
  /** The cursor is there now: the prompt is read when there is nothing else to do. */
  moveCursor(request: CompletionRequest): void;
  /**
   * Holds requests to these settings and ends what runs; after an error no file is completed until the
   * next ones.
   */
  setGuard(settings: GuardSettings): void;
  /**
   * Opens a workspace, in place of the one before; what is kept of it under its name is read first.
   * Places in the list of files whose text is wanted.
   */
  openWorkspace(name: string | null, files: Array<FileStamp>): Array<number>;
  /** Forgets the workspace. */
  closeWorkspace(): void;
  /** Files of the workspace as they are now; they are read when there is nothing else to do. */
  changeFiles(changes: Array<FileChange>): void;
  /** How large the index of the workspace is. */
  workspaceFigures(): WorkspaceFigures;
}

/** What the engine calls of the index while it makes a prompt. */
export type LibraryHost = Pick<WorkspaceIndex, "isEmpty" | "find" | "has" | "size">;

/** The engine's methods that the page may call, and how each is answered. */
export const ENGINE_CALLS = {
  alternatives: "request",
  feedback: "now",
  figures: "now",
  setThreshold: "now",
  explain: "idle",
  review: "urgent",
  countTokens: "idle",
  measure: "request",
} as const;

/** The worker's own methods, and how each is answered. */
export const WORKER_CALLS = {
  complete: "request",
  reach: "early",
  moveCursor: "now",
  setGuard: "now",
  openWorkspace: "now",
  closeWorkspace: "now",
  changeFiles: "now",
  workspaceFigures: "now",
} as const;

/** Every `ErrorCode`. */
export const ERROR_CODES: readonly ErrorCode[] = [
  "cancelled",
  "invalid-model",
  "unsupported-model",
  "too-large",
  "no-adapter",
  "device-lost",
  "self-test-failed",
  "unreadable",
  "hash-mismatch",
  "invalid-request",
  "internal"
];

/** What a `CompletionRequest` has where nothing is said. */
export const DEFAULT_COMPLETION_REQUEST: Readonly<CompletionRequest> = {
  "path": "",
  "prefix": "",
  "suffix": "",
  "maxTokens": 0,
  "event": "asked",
  "selection": false,
  "readOnly": false
};

/** What a `CompletionResult` has where nothing is said. */
export const DEFAULT_COMPLETION_RESULT: Readonly<CompletionResult> = {
  "text": "",
  "finish": "stop",
  "skip": null,
  "rule": null,
  "promptTokens": 0,
  "reusedTokens": 0,
  "tokens": 0,
  "drafted": 0,
  "accepted": 0,
  "prefillMs": 0.0,
  "decodeMs": 0.0,
  "confidence": 0.0,
  "likelihood": 0.0,
  "language": "",
  "length": "word"
};

/** What a `WorkspaceFigures` has where nothing is said. */
export const DEFAULT_WORKSPACE_FIGURES: Readonly<WorkspaceFigures> = {
  "files": 0,
  "pieces": 0,
  "symbols": 0,
  "text": 0.0,
  "memory": 0.0,
  "waiting": 0
};

/** What a `FileChange` has where nothing is said. */
export const DEFAULT_FILE_CHANGE: Readonly<FileChange> = {
  "path": "",
  "text": null,
  "modified": 0.0,
  "edited": false
};

/** What a `GuardOptions` has where nothing is said. */
export const DEFAULT_GUARD_OPTIONS: Readonly<GuardOptions> = {
  "secrets": true,
  "risky": "high",
  "privacy": "tab-only",
  "rules": "",
  "repository": ""
};
