// An edge beside the tab's own model: asked first where that is allowed, and never missed when it is gone.
//
// `withEdge` makes a completer of a completer. A request goes to the edge if the
// privacy mode and the rules let the file's text go there, and to the tab if not.
// What it says is filtered and guarded as the tab's own text is. When the edge is slow,
// refuses, fails, or dies in the middle of a sentence, the tab goes on from what is shown.
// After a failure the edge is left alone for a while, so that it costs one wait and not one
// a keystroke. Nothing is sent unless a mode was chosen: the default keeps everything in the tab.

import { GhostlightError } from "../shared/errors.js";
import { EdgeFailure, NOTHING, readAnswer, type EdgeFault } from "./edge-answer.js";
import { EdgeReview } from "./edge-review.js";
import type {
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  PrivacyMode,
  Reach,
} from "../shared/generated.js";
import type { CompleteOptions, Completer, CompletionInput } from "../index.js";
import { Debounce, DEFAULT_DEBOUNCE_MS } from "../shared/clock.js";

export type { EdgeFault } from "./edge-answer.js";

/** How to use an edge. */
export interface EdgeOptions {
  /** Base address, up to and including `/v1`. */
  url: string | URL;
  /**
   * An API key, or what gives a token. It is called for each request; `expired` is
   * true when the edge said that the last one is over.
   */
  key: string | ((expired: boolean) => string | Promise<string>);
  /** The model's name at the edge. */
  model: string;
  /** How far text may go. Default: "tab-only", which sends nothing. */
  mode?: PrivacyMode;
  /**
   * Rules of how far files may go, beside those that ship (`.env` and its like go
   * nowhere): lines such as `tab src/secret/**` or `edge repo group/project`.
   */
  rules?: string;
  /** Name of the repository, for rules, such as `github.com/owner/name`. */
  repository?: string;
  /** Whether the edge may keep answers for a while. Default: true. */
  store?: boolean;
  /** Milliseconds until the first text, then between two pieces of it. Default: 600 and 2,000. */
  patience?: { readonly first?: number; readonly idle?: number };
  /** Most characters before and after the cursor that are sent. Default: 8,192 and 2,048. */
  around?: { readonly before?: number; readonly after?: number };
  /** Called when a request is answered, with where from. */
  onAnswer?: (answer: EdgeAnswer) => void;
}

/** Where the answer to a request came from. */
export interface EdgeAnswer {
  /** "both" when the tab went on where the edge had broken off. */
  readonly from: "edge" | "tab" | "both";
  /** Why it did not come from the edge; `null` if it did. */
  readonly why: EdgeFault | null;
}

/** How long the edge is left alone after the first failure, and at most, milliseconds. */
const REST = 1_000;
const LONGEST_REST = 30_000;

/** Paths of which it is remembered how far they may go. */
const MOST_PATHS = 1_000;

/** Tokens to ask for when the request leaves it open. */
const MAX_TOKENS = 64;

/** `local` with an edge before it. */
export function withEdge(local: Completer, options: EdgeOptions): Completer {
  const edge = new Edge(options, local);
  let current: AbortController | null = null;
  return override(local, {
    reach: (path, choice) => (choice === undefined ? edge.reach(path) : local.reach(path, choice)),
    async complete(input, { signal, onUpdate, wait = false } = {}) {
      current?.abort(cancelled("a newer request took over"));
      const controller = new AbortController();
      current = controller;
      const abort = (): void => controller.abort(cancelled("aborted"));
      signal?.addEventListener("abort", abort);
      if (signal?.aborted === true) abort();
      try {
        return await answered(local, edge, input, {
          signal: controller.signal,
          wait,
          ...(onUpdate !== undefined && { onUpdate }),
        });
      } finally {
        signal?.removeEventListener("abort", abort);
        if (current === controller) current = null;
      }
    },
    waits: true,
    dispose() {
      current?.abort(cancelled("the completer was disposed"));
      local.dispose();
    },
  });
}

/** `own` where it says something; everything else is between the page and the tab's own engine. */
function override<T extends object>(whole: T, own: Partial<T>): T {
  return new Proxy(own as T, {
    get(target, name) {
      if (name in target) return target[name as keyof T];
      const value: unknown = Reflect.get(whole, name);
      return typeof value === "function" ? (value.bind(whole) as unknown) : value;
    },
    has: (target, name) => name in target || name in whole,
  });
}

/** What of a request an edge is told. */
type EdgeRequest = Pick<CompletionRequest, "prefix" | "path" | "suffix" | "maxTokens">;

function isSent(reach: Reach): reach is "edge" | "backend" {
  return reach === "edge" || reach === "backend";
}

/** One request: by the edge, by the tab, or by one after the other. */
async function answered(
  local: Completer,
  edge: Edge,
  input: CompletionInput,
  { signal, wait, onUpdate = () => undefined }: CompleteOptions & { signal: AbortSignal },
): Promise<CompletionResult> {
  const { prefix, path = "", suffix = "", maxTokens = 0 } = input;
  const request = { prefix, path, suffix, maxTokens };
  signal.throwIfAborted();
  const reach = edge.isAllowed ? await unlessAborted(edge.reach(path), signal) : "tab";
  const fine = isSent(reach) && !edge.rests;
  const review = new EdgeReview(local, input, (text) => onUpdate({ text }));
  // The tab is asked meanwhile, so that its answer costs no time.
  const paused = wait === true && fine ? pause(DEFAULT_DEBOUNCE_MS, signal) : Promise.resolve();
  paused.catch(() => undefined); // it is waited for below, if at all
  if (fine && (await review.isNoPlace())) {
    // The tab may know something from before, and asks its model no more than the edge is asked.
    return local.complete(input, { signal, wait: wait === true, onUpdate });
  }
  await paused;
  const wanted = AbortSignal.any([signal, review.enough]);
  const outcome = await edge
    .complete(request, reach, wanted, ({ text }) => review.take(text))
    .catch((error: unknown) => {
      signal.throwIfAborted();
      if (review.enough.aborted) return NOTHING;
      if (error instanceof EdgeFailure) return error.fault;
      throw error;
    });
  const shown = await review.shown();
  signal.throwIfAborted();
  if (typeof outcome !== "string") {
    const result = await review.finish(outcome);
    signal.throwIfAborted();
    return told(result, result.finish === "guarded" ? "guarded" : null);
  }
  const fault = outcome;
  // The tab must not bring back what the edge's guard has cut.
  if (fault === "guarded") return told({ ...NOTHING, finish: "guarded" }, fault);
  // What is shown stays, and the tab goes on behind it.
  const rest = await local.complete(
    { ...input, prefix: prefix + shown },
    {
      signal,
      // Where the edge was asked, the pause between keys was waited for.
      wait: wait === true && !fine,
      onUpdate: ({ text }) => onUpdate({ text: shown + text }),
    },
  );
  edge.tell({ from: shown === "" ? "tab" : "both", why: fault });
  return { ...rest, text: shown + rest.text };

  function told(result: CompletionResult, why: EdgeFault | null): CompletionResult {
    edge.tell({ from: "edge", why });
    // What was shown of a text that was cut has to go.
    if (why === "guarded") onUpdate({ text: "" });
    return result;
  }
}

/** As the promise, or rejects with the signal's reason if that comes first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort))
      .catch(() => undefined);
  });
}

/** Resolves after so many milliseconds; rejects with the signal's reason. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const debounce = new Debounce();
    signal.addEventListener("abort", stop, { once: true });
    debounce.after(milliseconds, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    function stop(): void {
      debounce.cancel();
      reject(signal.reason as Error);
    }
  });
}

class Edge {
  readonly #options: EdgeOptions;
  readonly #local: Pick<Completer, "reach">;
  /** How far files may go, by their paths. */
  readonly #reaches = new Map<string, Promise<Reach>>();
  #failures = 0;
  #restsUntil = 0;

  constructor(options: EdgeOptions, local: Pick<Completer, "reach">) {
    // What is remembered of paths holds for these.
    this.#options = { ...options };
    this.#local = local;
  }

  tell(answer: EdgeAnswer): void {
    try {
      this.#options.onAnswer?.(answer);
    } catch (error) {
      reportError(error);
    }
  }

  /** Whether the mode lets anything leave the tab. */
  get isAllowed(): boolean {
    return (this.#options.mode ?? "tab-only") !== "tab-only";
  }

  /** Whether it is left alone after a failure. */
  get rests(): boolean {
    return performance.now() < this.#restsUntil;
  }

  /**
   * How far a file may go, by the edge's rules and the guard's. The tab's engine decides; as long
   * as it cannot nothing goes anywhere.
   */
  async reach(path: string): Promise<Reach> {
    if (!this.isAllowed) return this.#local.reach(path);
    try {
      // The guard may be set anew at any time, the edge's rules stay.
      const [guarded, reach] = await Promise.all([this.#local.reach(path), this.#reach(path)]);
      return guarded === "nowhere" ? guarded : reach;
    } catch {
      return "nowhere";
    }
  }

  #reach(path: string): Promise<Reach> {
    const known = this.#reaches.get(path);
    if (known !== undefined) return known;
    const { mode = "tab-only", rules = "", repository = "" } = this.#options;
    const reach = this.#local.reach(path, { privacy: mode, rules, repository });
    if (this.#reaches.size >= MOST_PATHS) this.#reaches.clear();
    this.#reaches.set(path, reach);
    reach.catch(() => this.#reaches.delete(path));
    return reach;
  }

  /** Asks the edge; rejects with an {@link EdgeFailure}, or with the signal's reason. */
  async complete(
    request: EdgeRequest,
    reach: Reach,
    signal: AbortSignal,
    onUpdate: (update: CompletionUpdate) => void,
  ): Promise<CompletionResult> {
    if (!isSent(reach)) throw new EdgeFailure("private");
    if (this.rests) throw new EdgeFailure("resting");
    try {
      const result = await this.#ask(request, reach, signal, onUpdate);
      this.#failures = 0;
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const failure = error instanceof EdgeFailure ? error : new EdgeFailure("network");
      // A file that may not go there and an answer that was cut are no fault of the edge.
      if (failure.fault !== "private" && failure.fault !== "guarded") {
        const rest = Math.min(REST * 2 ** this.#failures, LONGEST_REST);
        this.#failures += 1;
        this.#restsUntil = performance.now() + (failure.retryAfter ?? rest);
      }
      throw failure;
    }
  }

  async #ask(
    request: EdgeRequest,
    reach: "edge" | "backend",
    signal: AbortSignal,
    onUpdate: (update: CompletionUpdate) => void,
  ): Promise<CompletionResult> {
    const { patience: { first = 600, idle = 2_000 } = {} } = this.#options;
    // Ended by the caller, or by the clock, which is set anew with each piece.
    const clock = new Clock();
    clock.set(first);
    const ended = AbortSignal.any([signal, clock.signal]);
    try {
      const began = performance.now();
      let response = await this.#post(request, reach, false, ended);
      if (response.status === 401 && typeof this.#options.key === "function") {
        await response.body?.cancel();
        response = await this.#post(request, reach, true, ended);
      }
      const onText = (text: string): void => {
        clock.set(idle);
        onUpdate({ text });
      };
      return await readAnswer(response, began, onText, signal);
    } catch (error) {
      throw clock.signal.aborted && !signal.aborted ? new EdgeFailure("timeout") : error;
    } finally {
      clock.stop();
    }
  }

  async #post(
    { path, prefix, suffix, maxTokens }: EdgeRequest,
    reach: "edge" | "backend",
    expired: boolean,
    signal: AbortSignal,
  ): Promise<Response> {
    const { url, key, model, repository, store, around } = this.#options;
    const token = typeof key === "function" ? await key(expired) : key;
    return fetch(`${String(url).replace(/\/+$/, "")}/completions`, {
      method: "POST",
      signal,
      // Neither cookies nor an address of this page, and nowhere but where it was configured.
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "x-ghostlight-mode": reach === "edge" ? "own-edge" : "backend",
        ...(repository !== undefined && { "x-ghostlight-repo": repository }),
        ...(store === false && { "cache-control": "no-store" }),
      },
      body: JSON.stringify({
        model,
        path,
        prompt: wellFormed(prefix.slice(-(around?.before ?? 8_192))),
        suffix: wellFormed(suffix.slice(0, around?.after ?? 2_048)),
        max_tokens: maxTokens === 0 ? MAX_TOKENS : maxTokens,
        // A suggestion is a thought, and an empty line the end of one.
        stop: ["\n\n"],
        stream: true,
      }),
    });
  }
}

/** Aborts its signal when nothing has set it anew for so long. */
class Clock {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  set(milliseconds: number): void {
    this.stop();
    this.#timer = setTimeout(() => this.#controller.abort(), milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Half a surrogate pair is no text for a parser of JSON. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}

function cancelled(why: string): GhostlightError {
  return new GhostlightError("cancelled", `completing: ${why}`);
}
