// Ghostlight's public API: `createCompleter()` and the types that it speaks.
//
// Everything heavy runs in a worker. This module starts nothing on import.

import type { AssetOverrides } from "./page/assets.js";
import type { WorkspaceSource } from "./page/client.js";
import { withEdge, type EdgeOptions } from "./page/edge.js";
import {
  FeedbackLog,
  feedbackOf,
  jsonLines,
  outcome,
  type FeedbackRecord,
  type ShownSuggestion,
} from "./page/feedback.js";
import type {
  Alternatives,
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineError,
  EngineInfo,
  Explanation,
  FeedbackFigures,
  FileChange,
  GuardOptions,
  GuardSettings,
  KeptShare,
  ModelLikelihood,
  Reach,
  WorkspaceFigures,
  Written,
} from "./shared/generated.js";
import {
  DEFAULT_COMPLETION_REQUEST,
  DEFAULT_FILE_CHANGE,
  DEFAULT_GUARD_OPTIONS,
} from "./shared/generated-methods.js";
import { GhostlightError } from "./shared/errors.js";
import { defaultModel, knownModels } from "./page/known-models.js";
import { deviceMemory, whyUnload, type KnownModel } from "./page/models.js";
import type {
  EngineChoice,
  ModelLoadOptions,
  ModelSpec,
  PackState,
  Progress,
} from "./shared/protocol.js";
import { ModelSwitch } from "./page/switch.js";
import { DEFAULT_BUDGET } from "./shared/stored-models.js";

export type { AssetOverrides } from "./page/assets.js";
export { withEdge, type EdgeAnswer, type EdgeFault, type EdgeOptions } from "./page/edge.js";
export { formatBytes, GhostlightError } from "./shared/errors.js";
export { defaultModel, knownModels } from "./page/known-models.js";
export {
  chooseModel,
  measureDevice,
  type DeviceFacts,
  type KnownModel,
  type MeasureOptions,
  type ModelChoice,
  type ModelOffer,
} from "./page/models.js";
export type { FeedbackRecord, ShownSuggestion } from "./page/feedback.js";
export type { WorkspaceSource } from "./page/client.js";
export type {
  Alternatives,
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineError,
  EngineInfo,
  EngineKind,
  ErrorCode,
  ExplainedPiece,
  Explanation,
  FeedbackFigures,
  FileChange,
  FileStamp,
  FinishReason,
  GuardOptions,
  KeptFigures,
  KeptShare,
  KindFigures,
  LeftOut,
  LoadStage,
  ModelLikelihood,
  PieceOrigin,
  PrivacyMode,
  Reach,
  RequestEvent,
  RiskyPatterns,
  SkipReason,
  StepCost,
  SuggestionFate,
  SuggestionLength,
  WorkspaceFigures,
  Written,
} from "./shared/generated.js";
export type { EngineChoice, PackState, Progress } from "./shared/protocol.js";
export {
  clearModelCache,
  deleteStoredModel,
  storedModels,
  type StoredModel,
} from "./shared/stored-models.js";

/** A model: a GGUF file at a URL or of the user's, or one of the {@link knownModels}. */
export type ModelInput = string | URL | File | Blob | KnownModel;

/** What suggestions are held to, and which files are completed; everything has a default. */
export interface GuardChoice extends Partial<GuardOptions> {
  /**
   * A fingerprint file of known sources (`ghostlight fingerprint build DIR`): a
   * suggestion that repeats 65 tokens of them is withheld.
   */
  known?: ArrayBuffer | Uint8Array;
}

/** How to create a completer; everything has a default. */
export interface CompleterOptions extends AssetOverrides {
  /**
   * A GGUF model: a URL, fetched once and kept in the origin private file
   * system, a file of the user's, read in place, or a known model.
   *
   * A URL is taken as immutable. Default: {@link defaultModel}; {@link chooseModel} finds
   * one that suits the device.
   */
  model?: ModelInput;
  /**
   * sha256 of the file behind a URL, in hexadecimal; a wrong one is refetched once, then an error.
   * A known model has its own.
   */
  sha256?: string;
  /** Which engine to run; "auto" (default) measures and takes the faster one. */
  engine?: EngineChoice;
  /** Tokens of KV cache. Default: 2,048, or the model's own limit if that is less. */
  context?: number;
  /** Drafts tokens from the text around where that is faster; suggestions are the same. Default: true. */
  speculation?: boolean;
  /**
   * Most milliseconds that the prefill of a whole prompt may take: prompts are as long as this
   * device reads in that time. `null` keeps to 512 tokens, so that suggestions do not depend on
   * the device. Default: 2,500.
   */
  prefillMs?: number | null;
  /** Default: secrets and grave patterns are withheld, files of secrets are not completed. */
  guard?: GuardChoice;
  /** How likely a suggestion has to be before it is shown to somebody who only types, 0 to 1. */
  threshold?: number;
  /**
   * Whether the grammar of a language is fetched (from the package's `wasm/syntax`) when a
   * file of it is first completed. Without it, and until it is there, a file is read by
   * brackets, indentation and comments. Default: true.
   */
  syntax?: boolean;
  /** Whether outcomes are kept in this browser between visits, without text. Default: true. */
  feedback?: boolean;
  /**
   * Threads of the CPU engine. Default: as many as there are cores, at most 4.
   * More than one needs a cross-origin isolated page.
   */
  threads?: number;
  /**
   * Milliseconds without a sign of life after which the worker is taken for
   * dead and replaced. Default: 20,000.
   */
  patience?: number;
  /** An edge to ask before the tab's own model; nothing is sent unless its `mode` allows it. */
  edge?: EdgeOptions;
  /** Aborts the start; afterwards use {@link Completer.dispose}. */
  signal?: AbortSignal;
  /**
   * Bytes that the models which this origin has stored may take together; what was used least
   * recently is deleted first. Default: 4 GB.
   */
  storageBudget?: number;
  /** Called as the model is fetched and loaded. */
  onProgress?: (progress: Progress) => void;
  /**
   * Called when something went wrong on the way that did not stop it: a file was damaged or changed
   * and is fetched anew, or there is no room to store it. Default: a warning on the console.
   */
  onNotice?: (message: string) => void;
  /** Called as the grammar of a language is fetched; `error` says why it cannot be had. */
  onSyntax?: (pack: string, state: PackState, error: string | null) => void;
  /**
   * Called each time an engine is ready: after the start, and after a lost GPU
   * device or a crash. `fallback` says why it is not the engine asked for.
   */
  onEngineChange?: (info: EngineInfo, fallback: EngineError | null) => void;
}

/** A request; only the text before the cursor must be given. */
export type CompletionInput = Pick<CompletionRequest, "prefix"> & Partial<CompletionRequest>;

/** How to run one request. */
export interface CompleteOptions {
  /** Aborting rejects the promise at once and stops the engine within 50 ms. */
  signal?: AbortSignal | undefined;
  /** Called each time the suggestion grows; not called again once the promise has settled. */
  onUpdate?: (update: CompletionUpdate) => void;
  /**
   * Whether the engine may wait first, as long as it judges best by how one types. A
   * request that is superseded meanwhile costs nothing. Default: false.
   */
  wait?: boolean;
}

/** How to ask for alternatives. */
export interface AlternativesOptions {
  /** How many, the likeliest included; at most 5. Default: 3. */
  count?: number;
  signal?: AbortSignal | undefined;
}

/** How to change the model. */
export interface SwitchOptions {
  /** As for {@link CompleterOptions.sha256}. */
  sha256?: string;
  /** Aborting leaves the model as it was. */
  signal?: AbortSignal;
  /** Called as the new model is fetched and loaded. */
  onProgress?: (progress: Progress) => void;
  /**
   * Whether the old model goes before the new one is loaded. Default: only where the browser
   * tells of too little memory for both.
   */
  unloadFirst?: boolean;
  /** Called when the old model goes first, with the figure that decided; requests wait from then on. */
  onUnload?: (why: string) => void;
}

/** What became of suggestions, kept in this browser and without any text. */
export interface FeedbackReport {
  /** What the engine has counted, earlier visits included. */
  figures(): Promise<FeedbackFigures>;
  /** Every outcome as JSON lines. */
  export(): Promise<string>;
  /** Forgets all outcomes; what the engine has counted lasts until it starts again. */
  clear(): Promise<void>;
}

/** A change of a file of the workspace. */
export type FileChangeInput = Pick<FileChange, "path" | "text"> & Partial<FileChange>;

/** The other files of what is worked on, for prompts to quote. */
export interface Workspace {
  /**
   * Prompts quote these files from now on, in place of those before; `null` closes. Files are
   * read in the worker while nobody waits for a suggestion, and what was read is kept in the
   * origin private file system, so that the next visit reads only what has changed. Resolves
   * when every text that is wanted was handed over. Files that `.gitignore` or the guard's
   * rules keep out are not looked at.
   */
  open(source: WorkspaceSource | null): Promise<void>;
  /** Files are as told from now on; `edited` also says that somebody works there. */
  change(changes: readonly FileChangeInput[]): void;
  /** How large the index is, and how many files still wait to be read. */
  figures(): Promise<WorkspaceFigures>;
}

/** A model that completes code. */
export interface Completer {
  /**
   * Resolves when the model is loaded, and rejects with a {@link GhostlightError} if it cannot be.
   * {@link createCompleter} has waited for it, unless an edge may be asked meanwhile.
   */
  readonly ready: Promise<void>;
  /** What is loaded; changes when the engine had to be replaced. Throws before it is {@link Completer.ready}. */
  readonly info: EngineInfo;
  /** Why the engine is not the one asked for, or `null`. */
  readonly fallback: EngineError | null;
  /**
   * Asks for the text at the cursor.
   *
   * One request is in flight at a time: a newer one cancels the older. Rejects
   * with a {@link GhostlightError}; its code is "cancelled" (and its name
   * "AbortError") when the request was aborted or superseded.
   */
  complete(request: CompletionInput, options?: CompleteOptions): Promise<CompletionResult>;
  /** Several suggestions for one place, as {@link Completer.complete} one in flight with it. */
  alternatives(request: CompletionInput, options?: AlternativesOptions): Promise<Alternatives>;
  /** Tells where the cursor is now, so that the prompt can be read before it is needed. */
  warm(request: CompletionInput): void;
  /** Tells what became of a suggestion. */
  shown(suggestion: ShownSuggestion): void;
  /** Tells how much of an accepted suggestion still stands after a time. */
  kept(kept: KeptShare): void;
  /** Holds suggestions to something else; rejects when rules cannot be read, and then completes nothing. */
  setGuard(guard: GuardChoice): Promise<void>;
  /**
   * How far the text of a file may go: `nowhere`, `tab`, `edge` or `backend`. By default by what was
   * set as guard, and by the edge's mode and rules where there is one; with `options` by their mode,
   * rules and repository, and the rules on files of secrets. Rules that cannot be read let nothing go anywhere. No model is needed.
   *
   * ```ts
   * const reach = await completer.reach("src/main.rs", { privacy: "own-edge", rules: "tab src/**" });
   * ```
   */
  reach(path: string, options?: GuardChoice): Promise<Reach>;
  /** Shows only what is at least this likely, 0 to 1. */
  setThreshold(threshold: number): void;
  readonly feedback: FeedbackReport;
  readonly workspace: Workspace;
  /**
   * Takes the prompt apart that a request would have now: its pieces with where they come from
   * and the tokens that they take, what was left out, and the milliseconds of each step. It holds
   * source text. Nothing is generated; it waits for what runs.
   */
  explain(request: CompletionInput): Promise<Explanation>;
  /**
   * What may be shown of a `text` that another model, such as one on a server, wrote for a
   * request: it is filtered and guarded as a suggestion of this one. Its `finish` is "length" as
   * long as more of a "growing" text could be shown, anything else means that the rest need not
   * be waited for. With an empty text it tells whether there is anything to ask for: "skipped"
   * if not. Rejects while no engine is ready.
   */
  review(request: CompletionInput, text: string, written: Written): Promise<CompletionResult>;
  /**
   * How many tokens the loaded model reads a text as, to compare with `info.context`: a prompt
   * takes some more. It waits for what runs. Rejects while no engine is ready.
   *
   * ```ts
   * const tokens = await completer.countTokens("def add(a, b):");
   * ```
   */
  countTokens(text: string): Promise<number>;
  /**
   * Changes the model. The old one goes on answering until the new one is ready, and what was set
   * (guard, threshold, workspace, engine) holds for it too. Resolves when the new one answers.
   * Rejects when it cannot be had, when it is aborted, and, as cancelled, when a newer switch took
   * over; then the old one is still there, or, where it had to go first, is loaded again.
   */
  switchModel(model: ModelInput, options?: SwitchOptions): Promise<void>;
  /** Editors leave the waiting to it. */
  readonly waits: true;
  /** Stops the worker and frees the model; whatever is in flight rejects as cancelled. */
  dispose(): void;
}

/**
 * Starts a worker, gets the model and loads it.
 *
 * Rejects with a {@link GhostlightError} that says what to do: no network and
 * no stored copy ("unreadable"), not a GGUF ("invalid-model"), and so on. With an edge whose mode
 * lets text go there it resolves at once: the edge answers until the model is there, which
 * {@link Completer.ready} tells.
 *
 * ```ts
 * const completer = await createCompleter({ model: "/models/model.gguf" });
 * const { text } = await completer.complete({ path: "a.py", prefix: "def add(a, b):\n    " });
 * ```
 */
export async function createCompleter(options: CompleterOptions = {}): Promise<Completer> {
  const { signal } = options;
  const isAborted = (): boolean => signal?.aborted === true;
  const aborted = new GhostlightError("cancelled", "creating a completer: aborted");
  if (isAborted()) throw aborted;
  const log = new FeedbackLog();
  const isKept = options.feedback ?? true;
  const models = new ModelSwitch({
    guard: guardSettings(options.guard ?? {}),
    threshold: options.threshold ?? null,
    history: async () => feedbackOf(isKept ? await log.all() : [], false),
    model: modelSpec("creating a completer", options.model ?? defaultModel, options.sha256),
    engine: options.engine ?? "auto",
    threads: options.threads ?? 0,
    load: loadOptions(options),
    syntax: options.syntax ?? true,
    patience: options.patience ?? 20_000,
    storageBudget: options.storageBudget ?? DEFAULT_BUDGET,
    onProgress: options.onProgress ?? (() => undefined),
    onNotice: options.onNotice ?? ((message) => console.warn(`ghostlight: ${message}`)),
    onSyntax: options.onSyntax ?? (() => undefined),
    onEngineChange: options.onEngineChange ?? (() => undefined),
    ...(options.workerUrl !== undefined && { workerUrl: options.workerUrl }),
    ...(options.wasmUrl !== undefined && { wasmUrl: options.wasmUrl }),
    ...(options.wasmParts !== undefined && { wasmParts: options.wasmParts }),
  });
  const abort = (): void => models.dispose();
  signal?.addEventListener("abort", abort);
  const ready = models.opened().finally(() => signal?.removeEventListener("abort", abort));
  const { mode = "tab-only" } = options.edge ?? {};
  if (mode === "tab-only") {
    try {
      await ready;
    } catch (error) {
      models.dispose();
      throw isAborted() ? aborted : error;
    }
  } else {
    // Whoever asks for it is told; the edge goes on without a model.
    ready.catch(() => undefined);
  }
  let guard = options.guard ?? {};
  const completer: Completer = {
    ready,
    get info() {
      return models.active.info;
    },
    get fallback() {
      return models.active.fallback;
    },
    complete(input, { signal, onUpdate, wait = false } = {}) {
      return models.supersede().request("complete", [requestOf(input), wait], signal, onUpdate);
    },
    alternatives(input, { count = 3, signal } = {}) {
      return models.supersede().request("alternatives", [requestOf(input), count], signal);
    },
    warm: (input) => models.active.moveCursor(requestOf(input)),
    shown(suggestion) {
      models.active.feedback({ outcomes: [outcome(suggestion)], kept: [], fresh: true });
      keep({ kind: "shown", ...suggestion });
    },
    kept(kept) {
      models.active.feedback({ outcomes: [], kept: [kept], fresh: true });
      keep({ kind: "kept", ...kept });
    },
    async setGuard(choice) {
      const settings = guardSettings(choice);
      guard = choice;
      await models.set((client) => client.setGuard(settings));
    },
    reach: (path, choice = guard) => models.active.call("reach", guardOptions(choice), path),
    setThreshold: (threshold) => void models.set((client) => client.setThreshold(threshold)),
    feedback: {
      figures: () => models.active.call("figures"),
      export: async () => jsonLines(await log.all()),
      clear: () => log.clear(),
    },
    workspace: {
      open: (source) => models.set((client) => client.openWorkspace(source)),
      change: (changes) => models.active.changeFiles(changes.map(changeOf)),
      figures: () => models.active.call("workspaceFigures"),
    },
    explain: (input) => models.active.call("explain", requestOf(input)),
    review: (input, text, written) => models.active.call("review", requestOf(input), text, written),
    countTokens: (text) => models.active.call("countTokens", text),
    async switchModel(model, options = {}) {
      const { unloadFirst, onProgress, onUnload } = options;
      const spec = modelSpec("switching the model", model, options.sha256);
      const bytes = sizeInMemory(model);
      await models.change(spec, {
        signal: options.signal,
        onProgress: onProgress ?? (() => undefined),
        onUnload: onUnload ?? (() => undefined),
        whyUnload({ memory }) {
          if (unloadFirst !== undefined) return unloadFirst ? "as it was asked for" : null;
          return whyUnload(memory, bytes, deviceMemory());
        },
      });
    },
    waits: true,
    dispose: () => models.dispose(),
  };
  return options.edge === undefined ? completer : withEdge(completer, options.edge);

  function keep(record: FeedbackRecord): void {
    // A log that cannot be written is no reason to disturb anybody.
    if (isKept) log.add(record).catch(() => undefined);
  }
}

function requestOf(input: CompletionInput): CompletionRequest {
  return { ...DEFAULT_COMPLETION_REQUEST, ...input };
}

function changeOf(change: FileChangeInput): FileChange {
  return { ...DEFAULT_FILE_CHANGE, ...change };
}

function guardSettings(choice: GuardChoice): GuardSettings {
  const { known } = choice;
  return {
    options: guardOptions(choice),
    known: known === undefined ? null : new Uint8Array(known),
  };
}

/** Without the known sources, which say nothing of how far a file may go. */
function guardOptions({ known: _, ...options }: GuardChoice): GuardOptions {
  return { ...DEFAULT_GUARD_OPTIONS, ...options };
}

/** What is not asked for is left out, so that the engine's defaults hold. */
function loadOptions({ context, speculation, prefillMs }: CompleterOptions): ModelLoadOptions {
  if (typeof prefillMs === "number" && !(prefillMs > 0)) {
    throw new GhostlightError(
      "invalid-request",
      `creating a completer: prefillMs is ${prefillMs}, more than 0 or null expected`,
    );
  }
  return {
    ...(context !== undefined && { context }),
    ...(speculation !== undefined && { speculation }),
    ...(prefillMs !== undefined && { prefillMs }),
  };
}

function modelSpec(operation: string, model: ModelInput, sha256: string | undefined): ModelSpec {
  if (model instanceof Blob) {
    const name = model instanceof File ? model.name : "";
    return { kind: "blob", blob: model, likelihood: likelihoodOf(name) };
  }
  const isKnown = typeof model === "object" && "sha256" in model;
  const hash = sha256 ?? (isKnown ? model.sha256 : null);
  if (hash !== null && !/^[0-9a-f]{64}$/i.test(hash)) {
    throw new GhostlightError(
      "invalid-request",
      `${operation}: sha256 has ${hash.length} characters, 64 hexadecimal ones expected`,
    );
  }
  const url = new URL(isKnown ? model.url : model, document.baseURI).href;
  const likelihood = isKnown ? model.likelihood : likelihoodOf(new URL(url).pathname);
  return { kind: "url", url, sha256: hash?.toLowerCase() ?? null, likelihood };
}

/** What is known of the probabilities of a model by the name of its file. */
function likelihoodOf(path: string): ModelLikelihood | null {
  const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  return knownModels.find(({ url }) => name(url) === name(path))?.likelihood ?? null;
}

/** Bytes that a model takes when it is loaded; `null` where only its address is known. */
function sizeInMemory(model: ModelInput): number | null {
  if (model instanceof Blob) return model.size;
  return typeof model === "object" && "memoryMib" in model ? model.memoryMib * 2 ** 20 : null;
}
