// Calls of the page: the worker's own methods are answered here, the engine's by the queue.

import { toEngineError } from "../shared/errors.js";
import { WORKER_CALLS, type Engine, type WorkerMethods } from "../shared/generated-methods.js";
import type { EngineModule } from "../shared/wasm-modules.js";
import {
  isEarly,
  type Args,
  type Call,
  type EarlyMethod,
  type FromWorker,
  type Method,
  type RequestMethod,
  type Result,
} from "../shared/protocol.js";
import type { Queue } from "./queue.js";
import type { WorkspaceReader } from "./workspace.js";

/** What a worker has once its model is loaded. */
export interface Loaded {
  readonly engine: Engine;
  readonly queue: Queue;
  readonly workspace: WorkspaceReader;
}

/** The worker's own methods that are answered at once, or soon. */
type OwnMethod = Exclude<keyof WorkerMethods, RequestMethod | EarlyMethod>;
type Methods<Names extends Method> = {
  readonly [M in Names]: (...args: Args<M>) => Result<M> | Promise<Result<M>>;
};

/** A call that waits for a model. */
export type LaterCall = Exclude<Call, Call<EarlyMethod>>;

/** What needs the engine's code and no model. */
type EarlyCode = Pick<EngineModule, EarlyMethod>;

function ownMethods({ engine, queue, workspace }: Loaded): Methods<OwnMethod> {
  return {
    moveCursor(request) {
      workspace.visit(request);
      queue.warm(request);
    },
    setGuard(settings) {
      // What runs was asked for under the old rules.
      queue.stop();
      workspace.guard(settings.options);
      engine.guard(settings);
    },
    openWorkspace: (name, files) => workspace.open(name, files),
    closeWorkspace: () => workspace.close(),
    changeFiles: (changes) => workspace.change(changes),
    workspaceFigures: () => workspace.figures(),
  };
}

/** Takes calls, and answers each with a message. */
export function answerCalls(
  loaded: Loaded,
  post: (message: FromWorker) => void,
): (call: LaterCall) => void {
  const own = ownMethods(loaded);
  return (call) => {
    if (call.method === "complete") {
      loaded.workspace.visit(call.args[0]);
      loaded.queue.complete(call.id, ...call.args);
    } else if (isOwn(call)) {
      void answerWith(own, call, post);
    } else {
      loaded.queue.call(call);
    }
  };
}

/** Whether a call can be answered before a model is loaded. */
export function isEarlyCall(call: Call): call is Call<EarlyMethod> {
  return isEarly(call.method);
}

/** Answers such a call as soon as the engine's code is there. */
export async function answerEarly(
  code: Promise<EarlyCode>,
  call: Call<EarlyMethod>,
  post: (message: FromWorker) => void,
): Promise<void> {
  const own: Methods<EarlyMethod> = {
    reach: async (options, path) => (await code).reach(options, path),
  };
  await answerWith(own, call, post);
}

async function answerWith<M extends Method>(
  own: Methods<M>,
  { id, method, args }: { readonly id: number; readonly method: M; readonly args: unknown },
  post: (message: FromWorker) => void,
): Promise<void> {
  try {
    const called = own[method] as (...args: unknown[]) => Result<M> | Promise<Result<M>>;
    post({ type: "answer", id, result: await called(...(args as unknown[])) });
  } catch (thrown) {
    post({ type: "failed", id, error: toEngineError(thrown, `calling ${method}`) });
  }
}

function isOwn(call: LaterCall): call is Call<OwnMethod> {
  return call.method in WORKER_CALLS;
}
