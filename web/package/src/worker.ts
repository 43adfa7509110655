// The worker: one engine, one model.
//
// It chooses a build, gets the model, loads it and hands calls to `worker/calls.ts`. It never
// recovers by itself: a panic leaves a WebAssembly instance unusable and a lost
// GPU device leaves its memory behind, so the worker reports itself dead and
// the page replaces it, which frees everything. The page also decides about
// falling back to another engine and about replaying the request.

import type { EngineModule, Sha256 } from "./shared/wasm-modules.js";
import { toEngineError } from "./shared/errors.js";
import { chooseBuild, chooseThreads } from "./shared/features.js";
import type { EngineError } from "./shared/generated.js";
import type { Engine } from "./shared/generated-methods.js";
import type {
  BuildFiles,
  EngineBuild,
  EngineFiles,
  FromWorker,
  JoinThreads,
  ModelSpec,
  ToWorker,
} from "./shared/protocol.js";
import { answerCalls, answerEarly, isEarlyCall, type LaterCall } from "./worker/calls.js";
import { Queue } from "./worker/queue.js";
import { openModel, type OpenedModel } from "./shared/storage.js";
import { SyntaxPacks } from "./syntax.js";
import { WorkspaceReader } from "./worker/workspace.js";

type Open = Extract<ToWorker, { type: "open" }>;

/** What answers the page, once the model is loaded. */
let answer: ((call: LaterCall) => void) | null = null;
/** What the engine works on. */
let queue: Queue | null = null;
/** Counts the page's messages, if memory is shared. */
let wakeCounter: Int32Array | null = null;
let dead = false;
let module: EngineModule | null = null;
/** The engine's code, as soon as it is there. */
let giveCode: (code: Promise<EngineModule>) => void = () => undefined;
const code = new Promise<EngineModule>((resolve) => (giveCode = resolve));

/** What errors call a model: the name of its file. */
function nameOf(model: ModelSpec): string {
  const name =
    model.kind === "url"
      ? new URL(model.url).pathname.split("/").pop()
      : model.blob instanceof File
        ? model.blob.name
        : "";
  return name || "the model";
}

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
    const join: JoinThreads = { type: "join-threads", glue: files.glue, module: compiled, memory };
    // It says hello when it listens, and nothing else.
    helper.addEventListener("message", () => helper.postMessage(join), { once: true });
  }
  const address = loaded.wakeCounter?.();
  wakeCounter = address === undefined ? null : new Int32Array(memory.buffer, address, 1);
  module = loaded;
  return loaded;
}

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`fetching the engine: status ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** The engine with as many threads as can be had: shared memory may be refused, which costs only speed. */
async function loadEngine(
  files: BuildFiles,
  build: EngineBuild,
  threads: number,
): Promise<EngineModule> {
  const chosen = files[build];
  if (chosen === undefined) throw new Error(`loading the engine: the page has no build ${build}`);
  if (build !== "cpu-threads") return loadModule(chosen);
  try {
    return await loadShared(chosen, threads);
  } catch (thrown) {
    const other = files["cpu-relaxed"] ?? files.cpu;
    if (other === undefined) throw thrown;
    return loadModule(other);
  }
}

/** What a helper does, for the rest of its life. */
async function joinThreads(message: JoinThreads): Promise<void> {
  const loaded = await importGlue(message.glue);
  await loaded.default({ module_or_path: message.module, memory: message.memory });
  loaded.joinThreads?.();
}

/**
 * Loads a model. What cannot be read as one is not kept; what may be a damaged copy of one is
 * fetched once more.
 */
async function load(
  message: Open,
  loaded: EngineModule,
  model: OpenedModel,
  again: (() => Promise<OpenedModel>) | null,
): Promise<Engine> {
  const { likelihood } = message.model;
  const options = { ...message.load, model: nameOf(message.model), likelihood };
  try {
    const engine = await loaded.Engine.load(model.source, options, (progress) =>
      post({ type: "progress", progress }),
    );
    model.close();
    return engine;
  } catch (thrown) {
    const error = toEngineError(thrown, "loading the engine");
    const isFiles = error.code === "invalid-model" || error.code === "unreadable";
    if (!isFiles) {
      model.close();
      throw thrown;
    }
    await model.discard();
    if (!model.mayDiffer || again === null) throw thrown;
    post({ type: "notice", message: `${error.message}; fetching the model anew` });
    return load(message, loaded, await again(), null);
  }
}

async function open(message: Open): Promise<void> {
  const threads = chooseThreads(message.threads);
  const deployed = Object.keys(message.files) as EngineBuild[];
  const { build, reason } = await chooseBuild(message.engine, threads, deployed);
  post({ type: "chosen", engine: build === "webgpu" ? "webgpu" : "cpu", reason });

  // The engine's code and the model come down side by side; hashing needs the former.
  const loading = loadEngine(message.files, build, threads);
  giveCode(loading);
  const newHash = async (): Promise<Sha256> => new (await loading).Sha256();
  const openIt = (): Promise<OpenedModel> =>
    openModel(message.model, {
      newHash,
      budget: message.storageBudget,
      onProgress: (progress) => post({ type: "progress", progress }),
      onNotice: (message) => post({ type: "notice", message }),
    });
  const [ready, first] = await Promise.all([loading, openIt()]);
  const engine = await load(message, ready, first, openIt);
  const { guard, threshold } = message;
  // A guard that cannot be read is the caller's mistake, and said before anything is completed.
  engine.guard(guard);
  if (threshold !== null) engine.setThreshold(threshold);
  let packs: SyntaxPacks | null = null;
  if (message.syntax !== null) {
    packs = new SyntaxPacks(
      message.syntax,
      (pack, state, error) => post({ type: "syntax", pack, state, error }),
      () => working.isBusy,
    );
    engine.setSyntax(packs.askAtCursor);
  }
  const working = new Queue(engine, post, die);
  queue = working;
  const workspace = new WorkspaceReader(
    {
      files: message.workspace,
      engine,
      packs,
      isBusy: () => working.isBusy,
      renew: (request) => working.renew(request),
    },
    guard.options,
  );
  answer = answerCalls({ engine, queue: working, workspace }, post);
  post({ type: "ready", info: engine.info(), wakeCounter });
}

self.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  switch (message.type) {
    case "open":
      open(message).catch((thrown: unknown) => die(toEngineError(thrown, "loading the engine")));
      break;
    // The page calls after `ready`, but for what needs no model.
    case "call":
      if (isEarlyCall(message)) void answerEarly(code, message, post);
      else answer?.(message);
      break;
    case "cancel":
      queue?.cancel(message.id);
      break;
    case "join-threads":
      // A helper that cannot start leaves the pool incomplete, which is no error.
      void joinThreads(message).catch(() => self.close());
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
