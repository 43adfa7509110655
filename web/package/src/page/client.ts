// The page's side: owns the worker, keeps one request in flight, and survives the worker's end.
//
// States: starting -> ready -> (starting again after the worker's end) -> failed
// or disposed. A worker ends by saying so, by an uncaught error, or by silence.
// The request it held is replayed once, on the CPU engine, unless it was a
// panic there, which would only come again. Promises always settle.
//
// A client has one model. `switch.ts` changes it with a second client, the successor,
// to which the first leaves what it was told.

import {
  engineFiles,
  startWorker,
  syntaxFiles,
  workspaceFiles,
  type AssetOverrides,
} from "./assets.js";
import { GhostlightError } from "../shared/errors.js";
import type {
  CompletionRequest,
  CompletionUpdate,
  EngineError,
  EngineInfo,
  EngineKind,
  Feedback,
  FileChange,
  FileStamp,
  GuardSettings,
} from "../shared/generated.js";
import {
  isEarly,
  type Args,
  type Call,
  type CallMethod,
  type EngineChoice,
  type FromWorker,
  type Method,
  type ModelLoadOptions,
  type ModelSpec,
  type PackState,
  type Progress,
  type RequestMethod,
  type Result,
  type ToWorker,
} from "../shared/protocol.js";

/** Deaths in a row, without a finished request between them, that end the client. */
const MAX_DEATHS = 3;
/** Pings without an answer that mean a dead worker. */
const MAX_SILENT_PINGS = 4;

/** Files of a workspace that are handed over at once. */
const BATCH = 32;

/** The files of a workspace, and who reads them. */
export interface WorkspaceSource {
  /**
   * By this name the index, which holds the texts, is kept in the browser, for this origin;
   * `null` keeps nothing.
   */
  readonly name: string | null;
  /** All files, `.gitignore` files among them; asked again when the engine was replaced. */
  list(): readonly FileStamp[] | Promise<readonly FileStamp[]>;
  /** The text of one of them; `null` if it is gone. */
  read(path: string): string | null | Promise<string | null>;
}

/** How a client is set up; all URLs absolute. */
export interface ClientConfig extends AssetOverrides {
  readonly model: ModelSpec;
  readonly engine: EngineChoice;
  readonly threads: number;
  readonly load: ModelLoadOptions;
  readonly guard: GuardSettings;
  readonly threshold: number | null;
  /** What earlier visits counted; asked for each time an engine has started. */
  readonly history: () => Promise<Feedback>;
  /** Whether syntax packs are fetched. */
  readonly syntax: boolean;
  /** Milliseconds of silence after which the worker is taken for dead. */
  readonly patience: number;
  /** Bytes that stored models may take together. */
  readonly storageBudget: number;
  readonly onProgress: (progress: Progress) => void;
  readonly onNotice: (message: string) => void;
  readonly onSyntax: (pack: string, state: PackState, error: string | null) => void;
  readonly onEngineChange: (info: EngineInfo, fallback: EngineError | null) => void;
}

interface Request {
  readonly id: number;
  /** What the worker is asked. */
  readonly message: Call;
  readonly onUpdate: (update: CompletionUpdate) => void;
  readonly resolve: (result: Result<Method>) => void;
  /** Rejects, and undoes what was registered with the caller's signal. */
  readonly reject: (error: EngineError) => void;
  readonly release: () => void;
  attempts: number;
}

/** Who waits for the answer to a call that is no request. */
interface Waiting {
  readonly resolve: (result: Result<Method>) => void;
  readonly reject: (error: EngineError) => void;
}

type State =
  | { readonly kind: "starting" }
  | { readonly kind: "ready"; readonly info: EngineInfo; readonly wakeCounter: Int32Array | null }
  | { readonly kind: "ended"; readonly error: EngineError };

/** What has to be looked at where a worker does not start. */
const WORKER_PLACE =
  "`dist/worker.js` has to be at `workerUrl`, of the page's own origin and sent as JavaScript, " +
  "and the content security policy has to allow it (worker-src)";

/** How a worker ended. */
type Death = "reported" | "crashed";

/** How a successor differs from the client before it. */
export type Succession = Pick<ClientConfig, "model" | "onProgress" | "onEngineChange">;

export class Client {
  readonly #config: ClientConfig;
  /** Settles with the first start, for better or worse. */
  readonly opened: Promise<void>;
  #settleOpened!: { resolve: () => void; reject: (error: Error) => void };
  #worker: Worker | null = null;
  #state: State = { kind: "starting" };
  /** What this worker was asked to start. */
  #choice: EngineChoice;
  /** What it chose. */
  #engine: EngineKind | null = null;
  #fallback: EngineError | null = null;
  #lastInfo: EngineInfo | null = null;
  #current: Request | null = null;
  #guard: GuardSettings;
  #threshold: number | null;
  /** What the worker was started with; the two above may have changed since. */
  #told: { readonly guard: GuardSettings; readonly threshold: number | null };
  #retires = false;
  #workspace: WorkspaceSource | null = null;
  /** Calls that are no requests, by id. */
  readonly #calls = new Map<number, Waiting>();
  #nextId = 1;
  #deaths = 0;
  #silentPings = 0;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(config: ClientConfig) {
    this.#config = config;
    this.#guard = config.guard;
    this.#threshold = config.threshold;
    this.#told = config;
    this.#choice = config.engine;
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject };
    });
    this.#start(config.engine);
  }

  /** What is loaded, or was last. Throws before the first start has finished. */
  get info(): EngineInfo {
    if (this.#lastInfo === null) throw new GhostlightError("internal", "reading info: not loaded");
    return this.#lastInfo;
  }

  /** Why the engine is not the one asked for. */
  get fallback(): EngineError | null {
    return this.#fallback;
  }

  get model(): ModelSpec {
    return this.#config.model;
  }

  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  /** Why it has ended, if it has. */
  get ended(): GhostlightError | null {
    return this.#state.kind === "ended" ? asError(this.#state.error) : null;
  }

  /**
   * A client for another model, told what this one was told: guard, threshold, workspace, and
   * on which engine it runs, which was measured once. Until its model is loaded its `info` is
   * this one's.
   */
  successor(succession: Succession): Client {
    const next = new Client({
      ...this.#config,
      ...succession,
      engine: this.#lastInfo?.engine ?? this.#config.engine,
      guard: this.#guard,
      threshold: this.#threshold,
    });
    next.#workspace = this.#workspace;
    next.#lastInfo = this.#lastInfo;
    next.#fallback = this.#fallback;
    return next;
  }

  /**
   * Calls a method that is answered at once, or soon; rejects while no engine is ready, unless the
   * method needs no model.
   */
  call<M extends CallMethod>(method: M, ...args: Args<M>): Promise<Result<M>> {
    // A worker that is left without a model still has the engine's code.
    const isAnswered = isEarly(method) && this.#worker !== null;
    if (this.#state.kind !== "ready" && !isAnswered) {
      return Promise.reject(
        new GhostlightError("invalid-request", `calling ${method}: no engine is ready`),
      );
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, {
        resolve: (result) => resolve(result as Result<M>),
        reject: (error) => reject(asError(error)),
      });
      this.#post(callOf(id, method, args));
    });
  }

  /**
   * Calls a method of which one is in flight at a time: a newer one takes the older's place. It waits
   * for an engine that starts, and is called again when that engine ends.
   */
  request<M extends RequestMethod>(
    method: M,
    args: Args<M>,
    signal: AbortSignal | undefined,
    onUpdate: (update: CompletionUpdate) => void = () => undefined,
  ): Promise<Result<M>> {
    if (this.#state.kind === "ended") return Promise.reject(asError(this.#state.error));
    if (signal?.aborted === true) {
      this.#drop("completing: a newer request took over");
      return Promise.reject(asError(cancelled("completing: aborted")));
    }
    // The worker ends what runs, unless it agrees with what was typed since.
    this.#settle((older) => older.reject(cancelled("completing: a newer request took over")));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (this.#current?.id === id) this.#drop("completing: aborted");
      };
      const release = (): void => signal?.removeEventListener("abort", onAbort);
      const id = this.#nextId++;
      this.#current = {
        id,
        message: callOf(id, method, args),
        onUpdate,
        resolve: (result) => resolve(result as Result<M>),
        reject: (error) => reject(asError(error)),
        release,
        attempts: 0,
      };
      signal?.addEventListener("abort", onAbort);
      if (this.#state.kind === "ready") this.#send(this.#current);
    });
  }

  /** The cursor is there now. */
  moveCursor(request: CompletionRequest): void {
    if (this.#current === null) this.#tell("moveCursor", request);
  }

  feedback(feedback: Feedback): void {
    this.#tell("feedback", feedback);
  }

  setThreshold(threshold: number): void {
    this.#threshold = threshold;
    this.#tell("setThreshold", threshold);
  }

  async setGuard(guard: GuardSettings): Promise<void> {
    this.#guard = guard;
    // A worker that starts is told when it is ready.
    if (this.isReady) await this.call("setGuard", guard);
  }

  /** Prompts quote these files from now on; resolves when all that are wanted were handed over. */
  async openWorkspace(source: WorkspaceSource | null): Promise<void> {
    this.#workspace = source;
    if (this.#state.kind === "ended") throw asError(this.#state.error);
    // A worker that starts is told when it is ready.
    if (this.#state.kind !== "ready") return;
    const worker = this.#worker;
    const isOver = (): boolean => worker !== this.#worker || source !== this.#workspace;
    const files = source === null ? [] : [...(await source.list())];
    if (isOver()) return;
    if (source === null) return this.call("closeWorkspace");
    const places = await this.call("openWorkspace", source.name, files);
    for (let at = 0; at < places.length; at += BATCH) {
      const read = places.slice(at, at + BATCH).map(async (place): Promise<FileChange[]> => {
        const file = files[place];
        if (file === undefined) return [];
        const text = await source.read(file.path);
        return [{ path: file.path, text, modified: file.modified, edited: false }];
      });
      const changes = (await Promise.all(read)).flat();
      if (isOver()) return;
      this.changeFiles(changes);
    }
  }

  changeFiles(changes: FileChange[]): void {
    this.#tell("changeFiles", changes);
  }

  /** Calls a method of an engine that is ready, whose answer nobody waits for. */
  #tell<M extends CallMethod>(method: M, ...args: Args<M>): void {
    if (this.isReady) this.call(method, ...args).catch(() => undefined);
  }

  /** Ends the wait for a call that is no request; whether it was one. */
  #settleCall(id: number, how: (waiting: Waiting) => void): boolean {
    const waiting = this.#calls.get(id);
    if (waiting === undefined) return false;
    this.#calls.delete(id);
    how(waiting);
    this.#endIfDone();
    return true;
  }

  #rejectCalls(error: EngineError): void {
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }

  /** Ends at once; whatever is in flight is rejected as cancelled, with this message. */
  dispose(message = "completing: the completer was disposed"): void {
    this.#end(cancelled(message));
    this.#leave();
  }

  #leave(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#rejectCalls(cancelled("calling the engine: the completer was disposed"));
  }

  /** Ends as soon as what it was asked is answered. */
  retire(): void {
    this.#retires = true;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#retires && this.#current === null && this.#calls.size === 0) this.dispose();
  }

  #start(engine: EngineChoice): void {
    this.#state = { kind: "starting" };
    this.#choice = engine;
    this.#engine = engine === "auto" ? null : engine;
    this.#worker?.terminate();
    let worker: Worker;
    try {
      worker = startWorker(this.#config);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#worker = null;
      this.#end({ code: "internal", message: `starting the worker: ${message}; ${WORKER_PLACE}` });
      return;
    }
    this.#worker = worker;
    worker.onmessage = (event: MessageEvent<FromWorker>) => {
      if (worker === this.#worker) this.#receive(event.data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      // No message means that the script itself did not load.
      const why = event.message ?? `its script could not be loaded; ${WORKER_PLACE}`;
      this.#died({ code: "internal", message: `running the worker: ${why}` }, "crashed");
    };
    worker.onmessageerror = () => {
      if (worker !== this.#worker) return;
      this.#died({ code: "internal", message: "reading from the worker: garbled" }, "crashed");
    };
    this.#watch();
  }

  #receive(message: FromWorker): void {
    this.#silentPings = 0;
    const current = this.#current;
    switch (message.type) {
      case "hello":
        this.#told = { guard: this.#guard, threshold: this.#threshold };
        this.#post({
          type: "open",
          model: this.#config.model,
          engine: this.#choice,
          threads: this.#config.threads,
          load: this.#config.load,
          storageBudget: this.#config.storageBudget,
          guard: this.#guard,
          threshold: this.#threshold,
          files: engineFiles(this.#config),
          syntax: this.#config.syntax ? syntaxFiles(this.#config) : null,
          workspace: workspaceFiles(this.#config),
        });
        break;
      case "chosen":
        this.#engine = message.engine;
        this.#fallback = message.reason ?? this.#fallback;
        break;
      case "progress":
        guarded(() => this.#config.onProgress(message.progress));
        break;
      case "notice":
        guarded(() => this.#config.onNotice(message.message));
        break;
      case "syntax":
        guarded(() => this.#config.onSyntax(message.pack, message.state, message.error));
        break;
      case "ready":
        this.#state = { kind: "ready", info: message.info, wakeCounter: message.wakeCounter };
        this.#lastInfo = message.info;
        this.#settleOpened.resolve();
        this.#catchUp();
        this.#remember();
        // Without a workspace prompts are the file alone, which is no reason to fail.
        if (this.#workspace !== null) {
          this.openWorkspace(this.#workspace).catch(() => undefined);
        }
        guarded(() => this.#config.onEngineChange(message.info, this.#fallback));
        if (current !== null) this.#send(current);
        else this.#watch();
        break;
      case "update":
        if (current?.id === message.id) guarded(() => current.onUpdate(message.update));
        break;
      case "answer":
        if (this.#settleCall(message.id, ({ resolve }) => resolve(message.result))) break;
        this.#deaths = 0;
        if (current?.id === message.id) this.#settle((request) => request.resolve(message.result));
        break;
      case "failed":
        if (this.#settleCall(message.id, ({ reject }) => reject(message.error))) break;
        if (current?.id === message.id) this.#settle((request) => request.reject(message.error));
        break;
      case "dead":
        this.#died(message.error, "reported");
        break;
      case "pong":
        break;
    }
  }

  /** Tells a new engine what has changed while it started. */
  #catchUp(): void {
    if (this.#told.guard !== this.#guard) {
      // Rules that cannot be read were refused already, or complete nothing.
      this.setGuard(this.#guard).catch(() => undefined);
    }
    const threshold = this.#threshold;
    if (threshold !== null && this.#told.threshold !== threshold) this.setThreshold(threshold);
  }

  /** Tells a new engine what earlier ones counted. */
  #remember(): void {
    const worker = this.#worker;
    this.#config.history().then(
      (feedback) => {
        if (worker === this.#worker && feedback.outcomes.length + feedback.kept.length > 0) {
          this.feedback(feedback);
        }
      },
      () => undefined, // without a history it starts anew
    );
  }

  /** The worker is gone: decides what starts next and what becomes of the request. */
  #died(error: EngineError, how: Death): void {
    this.#rejectCalls(error);
    if (this.#state.kind === "ended") {
      this.#leave();
      return;
    }
    if (this.#retires) {
      this.#end(error);
      return;
    }
    const onGpu = this.#engine === "webgpu";
    if (this.#state.kind === "starting") {
      if (onGpu && how === "reported" ? fallsBack(error) : onGpu) {
        this.#fallback = error;
        this.#start("cpu");
      } else {
        // A worker that tells of a model that cannot be had still has the code.
        this.#end(error, how === "reported" && error.code !== "internal");
      }
      return;
    }
    this.#deaths += 1;
    const current = this.#current;
    if (current !== null && (current.attempts >= 2 || !(onGpu || how === "crashed"))) {
      this.#settle((request) => request.reject(error));
    }
    if (this.#deaths >= MAX_DEATHS) {
      this.#end(error);
      return;
    }
    if (onGpu) this.#fallback = error;
    this.#start("cpu");
  }

  #send(current: Request): void {
    current.attempts += 1;
    this.#post(current.message);
    this.#watch();
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
    // A worker that computes does not look for messages unless it hears of one.
    const counter = this.#state.kind === "ready" ? this.#state.wakeCounter : null;
    if (counter !== null) Atomics.add(counter, 0, 1);
  }

  /** Takes the request off the client and settles it. */
  #settle(how: (request: Request) => void): void {
    const current = this.#current;
    if (current === null) return;
    this.#current = null;
    current.release();
    how(current);
    this.#watch();
    this.#endIfDone();
  }

  /** Cancels the request in flight, if there is one. */
  #drop(message: string): void {
    const current = this.#current;
    if (current === null) return;
    if (this.#state.kind === "ready") this.#post({ type: "cancel", id: current.id });
    this.#settle((request) => request.reject(cancelled(message)));
  }

  #end(error: EngineError, keepsCode = false): void {
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "ended", error };
    this.#settleOpened.reject(asError(error));
    this.#rejectCalls(error);
    if (!keepsCode) this.#leave();
    this.#settle((request) => request.reject(error));
    this.#watch();
  }

  /**
   * Pings the worker while something is expected of it.
   *
   * Silence is counted in pings, not read off a clock: a machine that slept
   * wakes up to one missed ping, not to minutes of silence.
   */
  #watch(): void {
    const expected =
      this.#state.kind === "starting" || (this.#state.kind === "ready" && this.#current !== null);
    if (!expected) {
      if (this.#timer !== null) clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    this.#silentPings = 0;
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => {
      if (this.#silentPings >= MAX_SILENT_PINGS) {
        const message = `running the worker: no sign of life for ${this.#config.patience} ms`;
        this.#died({ code: "internal", message }, "crashed");
        return;
      }
      this.#silentPings += 1;
      this.#post({ type: "ping" });
    }, this.#config.patience / MAX_SILENT_PINGS);
  }
}

/** Rows of the table pair each method with its arguments, which a union cannot say of a type parameter. */
function callOf<M extends Method>(id: number, method: M, args: Args<M>): Call {
  return { type: "call", id, method, args } as unknown as Call;
}

/** Whether another engine may succeed where WebGPU failed with this error. */
function fallsBack(error: EngineError): boolean {
  switch (error.code) {
    case "no-adapter":
    case "device-lost":
    case "self-test-failed":
    case "too-large":
    case "internal":
      return true;
    case "cancelled":
    case "invalid-model":
    case "unsupported-model":
    case "unreadable":
    case "hash-mismatch":
    case "invalid-request":
      return false;
  }
}

function cancelled(message: string): EngineError {
  return { code: "cancelled", message };
}

function asError(error: EngineError): GhostlightError {
  return new GhostlightError(error.code, error.message);
}

/** Calls the caller's code; what it throws is reported as uncaught, and is not our end. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}
