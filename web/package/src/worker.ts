// The worker: one engine, one model, one request at a time.
//
// It chooses a build, gets the model, loads it and answers requests. It never
// recovers by itself: a panic leaves a WebAssembly instance unusable and a lost
// GPU device leaves its memory behind, so the worker reports itself dead and
// the page replaces it, which frees everything. The page also decides about
// falling back to another engine and about replaying the request.

import type { Engine, EngineModule, Sha256 } from "./engine-module.js";
import { toEngineError } from "./errors.js";
import { chooseBuild, chooseThreads } from "./features.js";
import type { EngineError } from "./generated.js";
import type {
  CancelCells,
  EngineBuild,
  EngineFiles,
  FromWorker,
  Lend,
  ToWorker,
} from "./protocol.js";
import { openModel } from "./storage.js";

type Open = Extract<ToWorker, { type: "open" }>;
type Complete = Extract<ToWorker, { type: "complete" }>;
type Measure = Extract<ToWorker, { type: "measure" }>;

let engine: Engine | null = null;
/** The request the engine works on. */
let running: number | null = null;
/** The request that comes next; there is never more than one. */
let waiting: Complete | null = null;
/** Where the page cancels, if memory is shared. */
let cells: CancelCells | null = null;
let dead = false;
let module: EngineModule | null = null;

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** Reports the end of this worker, once. */
function die(error: EngineError): void {
  if (dead) return;
  dead = true;
  const place = module?.panicLocation?.();
  const message = place === undefined ? error.message : `${error.message} (panicked at ${place})`;
  post({ type: "dead", error: { code: error.code, message } });
}

async function importGlue(url: string): Promise<EngineModule> {
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as EngineModule;
}

async function loadModule(files: EngineFiles): Promise<EngineModule> {
  const loaded = await importGlue(files.glue);
  await loaded.default({ module_or_path: files.wasm });
  module = loaded;
  return loaded;
}

/**
 * Loads the build with shared memory and starts helpers, workers that run this
 * same script. They join when they are ready; until all have, one thread works.
 */
async function loadShared(files: EngineFiles, threads: number): Promise<EngineModule> {
  const [loaded, compiled] = await Promise.all([importGlue(files.glue), compile(files.wasm)]);
  const { memory } = await loaded.default({ module_or_path: compiled });
  loaded.expectThreads?.(threads - 1);
  for (let i = 1; i < threads; i++) {
    const helper = new Worker(self.location.href, { type: "module" });
    const lend: Lend = { type: "lend", glue: files.glue, module: compiled, memory };
    // It says hello when it listens, and nothing else.
    helper.addEventListener("message", () => helper.postMessage(lend), { once: true });
  }
  const address = loaded.cancelCells?.();
  cells = address === undefined ? null : new Int32Array(memory.buffer, address, 2);
  module = loaded;
  return loaded;
}

/** Notes which request the engine works on. */
function run(id: number | null): void {
  running = id;
  if (cells !== null) Atomics.store(cells, 0, id ?? 0);
}

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`fetching the engine: status ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** The engine with as many threads as can be had: shared memory may be refused, which costs only speed. */
async function loadEngine(
  message: Open,
  build: EngineBuild,
  threads: number,
): Promise<EngineModule> {
  if (build !== "cpu-threads") return loadModule(message.files[build]);
  try {
    return await loadShared(message.files[build], threads);
  } catch {
    return loadModule(message.files["cpu-relaxed"]);
  }
}

/** What a helper does, for the rest of its life. */
async function lend(message: Lend): Promise<void> {
  const loaded = await importGlue(message.glue);
  await loaded.default({ module_or_path: message.module, memory: message.memory });
  loaded.lendThread?.();
}

async function open(message: Open): Promise<void> {
  const threads = chooseThreads(message.threads);
  const { build, reason } = await chooseBuild(message.engine, threads);
  post({ type: "chosen", engine: build === "webgpu" ? "webgpu" : "cpu", reason });

  // The engine's code and the model come down side by side; hashing needs the former.
  const loading = loadEngine(message, build, threads);
  const newHash = async (): Promise<Sha256> => new (await loading).Sha256();
  const [ready, model] = await Promise.all([
    loading,
    openModel(message.model, {
      newHash,
      onProgress: (progress) => post({ type: "progress", progress }),
    }),
  ]);
  try {
    const { context, speculation } = message;
    engine = await ready.Engine.load(model.source, { context, speculation }, (progress) =>
      post({ type: "progress", progress }),
    );
  } finally {
    model.close();
  }
  post({ type: "ready", info: engine.info(), cells });
}

/** Runs what waits until nothing does. */
async function pump(loaded: Engine): Promise<void> {
  while (waiting !== null && running === null && !dead) {
    const { id, request } = waiting;
    waiting = null;
    run(id);
    try {
      const result = await loaded.complete(request, (update) =>
        post({ type: "update", id, update }),
      );
      post({ type: "done", id, result });
    } catch (thrown) {
      fail(id, toEngineError(thrown, "completing"));
    }
    run(null);
  }
}

async function measure(loaded: Engine, { id, request }: Measure): Promise<void> {
  if (running !== null) {
    fail(id, { code: "invalid-request", message: "measuring: another request is running" });
    return;
  }
  run(id);
  try {
    post({ type: "measured", id, result: await loaded.measure(request) });
  } catch (thrown) {
    fail(id, toEngineError(thrown, "measuring"));
  }
  run(null);
  void pump(loaded);
}

/** A request's end without a result, which may be the worker's. */
function fail(id: number, error: EngineError): void {
  if (error.code === "internal" || error.code === "device-lost") die(error);
  else post({ type: "failed", id, error });
}

function cancel(id: number): void {
  if (waiting?.id === id) {
    waiting = null;
    post({ type: "failed", id, error: { code: "cancelled", message: "completing: cancelled" } });
  } else if (running === id) {
    engine?.cancel();
  }
}

self.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  switch (message.type) {
    case "open":
      open(message).catch((thrown: unknown) => die(toEngineError(thrown, "loading the engine")));
      break;
    case "complete":
      if (engine === null) break; // the page sends requests only after `ready`
      waiting = message;
      void pump(engine);
      break;
    case "measure":
      if (engine !== null) void measure(engine, message);
      break;
    case "cancel":
      cancel(message.id);
      break;
    case "lend":
      // A helper that cannot start leaves the crew incomplete, which is no error.
      void lend(message).catch(() => self.close());
      break;
    case "ping":
      post({ type: "pong" });
      break;
  }
});

// A trap inside a polled future surfaces here, not in the promise that waits for it.
self.addEventListener("error", (event) => {
  event.preventDefault();
  die(toEngineError(event.error ?? event.message, "running the engine"));
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  die(toEngineError(event.reason, "running the engine"));
});

post({ type: "hello" });
