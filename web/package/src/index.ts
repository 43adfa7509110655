// Ghostlight's public API: `createCompleter()` and the types that it speaks.
//
// Everything heavy runs in a worker. This module starts nothing on import.

import { defaultModel, type AssetOverrides } from "./assets.js";
import { Client } from "./client.js";
import { withEdge, type EdgeOptions } from "./edge.js";
import type {
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineError,
  EngineInfo,
} from "./generated.js";
import { GhostlightError } from "./errors.js";
import type { EngineChoice, ModelSpec, Progress } from "./protocol.js";

export { defaultModel, type AssetOverrides } from "./assets.js";
export { withEdge, type EdgeAnswer, type EdgeFault, type EdgeOptions } from "./edge.js";
export { formatBytes, GhostlightError } from "./errors.js";
export type {
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineError,
  EngineInfo,
  EngineKind,
  ErrorCode,
  FinishReason,
  LoadStage,
} from "./generated.js";
export type { EngineChoice, Progress } from "./protocol.js";
export { PrivacyRules, type PrivacyMode, type Reach } from "./privacy.js";
export { clearModelCache } from "./storage.js";

/** How to create a completer; everything has a default. */
export interface CompleterOptions extends AssetOverrides {
  /**
   * A GGUF model: a URL, fetched once and kept in the origin private file
   * system, or a file of the user's, read in place.
   *
   * A URL is taken as immutable. Default: {@link defaultModel}.
   */
  model?: string | URL | File | Blob;
  /** sha256 of the file behind a URL, in hexadecimal; a wrong one is refetched once, then an error. */
  sha256?: string;
  /** Which engine to run; "auto" (default) measures and takes the faster one. */
  engine?: EngineChoice;
  /** Tokens of KV cache. Default: 2,048, or the model's own limit if that is less. */
  context?: number;
  /** Drafts tokens from the text around where that is faster; suggestions are the same. Default: true. */
  speculation?: boolean;
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
  /** Called as the model is fetched and loaded. */
  onProgress?: (progress: Progress) => void;
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
}

/** A loaded model that completes code. */
export interface Completer {
  /** What is loaded; changes when the engine had to be replaced. */
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
  /** Stops the worker and frees the model; whatever is in flight rejects as cancelled. */
  dispose(): void;
}

/**
 * Starts a worker, gets the model and loads it.
 *
 * Rejects with a {@link GhostlightError} that says what to do: no network and
 * no stored copy ("unreadable"), not a GGUF ("invalid-model"), and so on.
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
  const client = new Client({
    model: modelSpec(options),
    engine: options.engine ?? "auto",
    context: options.context ?? 0,
    threads: options.threads ?? 0,
    speculation: options.speculation ?? true,
    patience: options.patience ?? 20_000,
    onProgress: options.onProgress ?? (() => undefined),
    onEngineChange: options.onEngineChange ?? (() => undefined),
    ...(options.workerUrl !== undefined && { workerUrl: options.workerUrl }),
    ...(options.wasmUrl !== undefined && { wasmUrl: options.wasmUrl }),
  });
  const abort = (): void => client.dispose();
  signal?.addEventListener("abort", abort);
  try {
    await client.opened;
  } catch (error) {
    client.dispose();
    throw isAborted() ? aborted : error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  const completer: Completer = {
    get info() {
      return client.info;
    },
    get fallback() {
      return client.fallback;
    },
    complete({ prefix, path = "", suffix = "", maxTokens = 0 }, { signal, onUpdate } = {}) {
      const request = { path, prefix, suffix, maxTokens };
      return client.complete(request, signal, onUpdate ?? (() => undefined));
    },
    dispose: () => client.dispose(),
  };
  return options.edge === undefined ? completer : withEdge(completer, options.edge);
}

function modelSpec({ model, sha256 }: CompleterOptions): ModelSpec {
  if (model instanceof Blob) return { kind: "blob", blob: model };
  const hash = sha256 ?? (model === undefined ? defaultModel.sha256 : null);
  if (hash !== null && !/^[0-9a-f]{64}$/i.test(hash)) {
    throw new GhostlightError(
      "invalid-request",
      `creating a completer: sha256 has ${hash.length} characters, 64 hexadecimal ones expected`,
    );
  }
  const url = new URL(model ?? defaultModel.url, document.baseURI).href;
  return { kind: "url", url, sha256: hash?.toLowerCase() ?? null };
}
