// The worker: one engine, one model, one request at a time.
//
// It chooses a build, gets the model, loads it and answers requests. It never
// recovers by itself: a panic leaves a WebAssembly instance unusable and a lost
// GPU device leaves its memory behind, so the worker reports itself dead and
// the page replaces it, which frees everything. The page also decides about
// falling back to another engine and about replaying the request.

import type { Engine, EngineModule, Sha256 } from "./engine-module.js";
import { toEngineError } from "./errors.js";
import { chooseBuild } from "./features.js";
import type { EngineError } from "./generated.js";
import type { EngineFiles, FromWorker, ToWorker } from "./protocol.js";
import { openModel } from "./storage.js";

type Open = Extract<ToWorker, { type: "open" }>;
type Complete = Extract<ToWorker, { type: "complete" }>;

let engine: Engine | null = null;
/** The request the engine works on. */
let running: number | null = null;
/** The request that comes next; there is never more than one. */
let waiting: Complete | null = null;
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

async function loadModule(files: EngineFiles): Promise<EngineModule> {
  const loaded = (await import(
    /* @vite-ignore */ /* webpackIgnore: true */ files.glue
  )) as EngineModule;
  await loaded.default({ module_or_path: files.wasm });
  module = loaded;
  return loaded;
}

async function open(message: Open): Promise<void> {
  const { build, reason } = await chooseBuild(message.engine);
  post({ type: "chosen", engine: build === "webgpu" ? "webgpu" : "cpu", reason });

  // The engine's code and the model come down side by side; hashing needs the former.
  const loading = loadModule(message.files[build]);
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
  post({ type: "ready", info: engine.info() });
}

/** Runs what waits until nothing does. */
async function pump(loaded: Engine): Promise<void> {
  while (waiting !== null && running === null && !dead) {
    const { id, request } = waiting;
    waiting = null;
    running = id;
    try {
      const result = await loaded.complete(request, (update) =>
        post({ type: "update", id, update }),
      );
      post({ type: "done", id, result });
    } catch (thrown) {
      const error = toEngineError(thrown, "completing");
      if (error.code === "internal" || error.code === "device-lost") die(error);
      else post({ type: "failed", id, error });
    }
    running = null;
  }
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
    case "cancel":
      cancel(message.id);
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
