// The page's side: owns the worker, keeps one request in flight, and survives the worker's end.
//
// States: starting -> ready -> (starting again after the worker's end) -> failed
// or disposed. A worker ends by saying so, by an uncaught error, or by silence.
// The request it held is replayed once, on the CPU engine, unless it was a
// panic there, which would only come again. Promises always settle.

import { engineFiles, startWorker, type AssetOverrides } from "./assets.js";
import { GhostlightError } from "./errors.js";
import type {
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  EngineError,
  EngineInfo,
  EngineKind,
} from "./generated.js";
import type {
  CancelCells,
  EngineChoice,
  FromWorker,
  ModelSpec,
  Progress,
  ToWorker,
} from "./protocol.js";

/** Deaths in a row, without a finished request between them, that end the client. */
const MAX_DEATHS = 3;
/** Pings without an answer that mean a dead worker. */
const MAX_SILENT_PINGS = 4;

/** How a client is set up; all URLs absolute. */
export interface ClientConfig extends AssetOverrides {
  readonly model: ModelSpec;
  readonly engine: EngineChoice;
  readonly context: number;
  readonly threads: number;
  readonly speculation: boolean;
  /** Milliseconds of silence after which the worker is taken for dead. */
  readonly patience: number;
  readonly onProgress: (progress: Progress) => void;
  readonly onEngineChange: (info: EngineInfo, fallback: EngineError | null) => void;
}

interface Request {
  readonly id: number;
  readonly request: CompletionRequest;
  readonly onUpdate: (update: CompletionUpdate) => void;
  readonly resolve: (result: CompletionResult) => void;
  /** Rejects, and undoes what was registered with the caller's signal. */
  readonly reject: (error: EngineError) => void;
  readonly release: () => void;
  attempts: number;
}

type State =
  | { readonly kind: "starting" }
  | { readonly kind: "ready"; readonly info: EngineInfo; readonly cells: CancelCells | null }
  | { readonly kind: "ended"; readonly error: EngineError };

/** How a worker ended. */
type Death = "reported" | "crashed";

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
  #nextId = 1;
  #deaths = 0;
  #silentPings = 0;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(config: ClientConfig) {
    this.#config = config;
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

  complete(
    request: CompletionRequest,
    signal: AbortSignal | undefined,
    onUpdate: (update: CompletionUpdate) => void,
  ): Promise<CompletionResult> {
    if (this.#state.kind === "ended") return Promise.reject(asError(this.#state.error));
    this.#drop("completing: a newer request took over");
    if (signal?.aborted === true) return Promise.reject(asError(cancelled("completing: aborted")));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (this.#current?.id === id) this.#drop("completing: aborted");
      };
      const release = (): void => signal?.removeEventListener("abort", onAbort);
      const id = this.#nextId++;
      this.#current = {
        id,
        request,
        onUpdate,
        resolve,
        reject: (error) => reject(asError(error)),
        release,
        attempts: 0,
      };
      signal?.addEventListener("abort", onAbort);
      if (this.#state.kind === "ready") this.#send(this.#current);
    });
  }

  dispose(): void {
    this.#end({ code: "cancelled", message: "completing: the completer was disposed" });
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
      this.#end({ code: "internal", message: `starting the worker: ${message}` });
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
      const why = event.message === undefined ? "its script could not be loaded" : event.message;
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
        this.#post({
          type: "open",
          model: this.#config.model,
          engine: this.#choice,
          context: this.#config.context,
          threads: this.#config.threads,
          speculation: this.#config.speculation,
          files: engineFiles(this.#config),
        });
        break;
      case "chosen":
        this.#engine = message.engine;
        this.#fallback = message.reason ?? this.#fallback;
        break;
      case "progress":
        guarded(() => this.#config.onProgress(message.progress));
        break;
      case "ready":
        this.#state = { kind: "ready", info: message.info, cells: message.cells };
        this.#lastInfo = message.info;
        this.#settleOpened.resolve();
        guarded(() => this.#config.onEngineChange(message.info, this.#fallback));
        if (current !== null) this.#send(current);
        else this.#watch();
        break;
      case "update":
        if (current?.id === message.id) guarded(() => current.onUpdate(message.update));
        break;
      case "done":
        this.#deaths = 0;
        if (current?.id === message.id) this.#settle((request) => request.resolve(message.result));
        break;
      case "failed":
        if (current?.id === message.id) this.#settle((request) => request.reject(message.error));
        break;
      case "dead":
        this.#died(message.error, "reported");
        break;
      case "pong":
        break;
    }
  }

  /** The worker is gone: decides what starts next and what becomes of the request. */
  #died(error: EngineError, how: Death): void {
    const onGpu = this.#engine === "webgpu";
    if (this.#state.kind === "starting") {
      if (onGpu && how === "reported" ? fallsBack(error) : onGpu) {
        this.#fallback = error;
        this.#start("cpu");
      } else {
        this.#end(error);
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
    this.#post({ type: "complete", id: current.id, request: current.request });
    this.#watch();
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  /** Takes the request off the client and settles it. */
  #settle(how: (request: Request) => void): void {
    const current = this.#current;
    if (current === null) return;
    this.#current = null;
    current.release();
    how(current);
    this.#watch();
  }

  /** Cancels the request in flight, if there is one. */
  #drop(message: string): void {
    const current = this.#current;
    if (current === null) return;
    if (this.#state.kind === "ready") {
      // Seen at once where memory is shared; a request that waits is known by the message only.
      if (this.#state.cells !== null) Atomics.store(this.#state.cells, 1, current.id);
      this.#post({ type: "cancel", id: current.id });
    }
    this.#settle((request) => request.reject(cancelled(message)));
  }

  #end(error: EngineError): void {
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "ended", error };
    this.#worker?.terminate();
    this.#worker = null;
    this.#settleOpened.reject(asError(error));
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
function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}
