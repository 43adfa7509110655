// Calls of the page: the worker's own methods are answered here, the engine's by the queue.

import { toEngineError } from "../shared/errors.js";
import { WORKER_CALLS, type Engine, type WorkerMethods } from "../shared/generated-methods.js";
import type {
  Args,
  Call,
  EngineMethod,
  FromWorker,
  RequestMethod,
  Result,
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
type OwnMethod = Exclude<keyof WorkerMethods, RequestMethod>;
type Own = { readonly [M in OwnMethod]: (...args: Args<M>) => Result<M> | Promise<Result<M>> };

function ownMethods({ engine, queue, workspace }: Loaded): Own {
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
): (call: Call) => void {
  const own = ownMethods(loaded);
  return (call) => {
    if (call.method === "complete") {
      loaded.workspace.visit(call.args[0]);
      loaded.queue.complete(call.id, ...call.args);
    } else if (isOwn(call)) {
      void answerOwn(call);
    } else {
      loaded.queue.call(call);
    }
  };

  async function answerOwn({ id, method, args }: Call<OwnMethod>): Promise<void> {
    try {
      const called = own[method] as (...args: unknown[]) => Result<OwnMethod>;
      post({ type: "answer", id, result: await called(...args) });
    } catch (thrown) {
      post({ type: "failed", id, error: toEngineError(thrown, `calling ${method}`) });
    }
  }
}

function isOwn(call: Call<OwnMethod | EngineMethod>): call is Call<OwnMethod> {
  return call.method in WORKER_CALLS;
}
