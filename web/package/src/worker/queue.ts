// What the engine works on: one request at a time, one that waits, and work ahead when nobody asks.
//
// What to do about a request, and how long to wait first, is the engine's decision (`plan`); the
// wait is here, and nowhere else for a request that an engine plans. The engine keeps the request
// that it planned last, so that a keystroke's text crosses to it once. A request that agrees with the
// running generation follows it: it gets the same text less what was typed since, and is answered from
// memory at the end. Reading a prompt early and computing the suggestion after the one on the screen
// fill pauses, and end at the first request.

import { Debounce, systemClock, type Clock } from "../shared/clock.js";
import { toEngineError } from "../shared/errors.js";
import {
  DEFAULT_COMPLETION_RESULT,
  ENGINE_CALLS,
  type Engine,
} from "../shared/generated-methods.js";
import type {
  CompletionRequest,
  CompletionUpdate,
  EngineError,
  RequestPlan,
} from "../shared/generated.js";
import type { Call, EngineMethod, FromWorker, Method, Result } from "../shared/protocol.js";

/** A request, which the engine keeps: the one that waits or follows is always the one that was planned last. */
interface Complete {
  readonly kind: "complete";
  readonly id: number;
}

/** A request that agrees with the running one, and what was typed since that began. */
interface Follower {
  readonly job: Complete;
  readonly typed: string;
}

type Job =
  | Complete
  | { readonly kind: "call"; readonly id: number; readonly call: Call<EngineMethod> }
  /** Of no request: that of the one that was planned last. */
  | { readonly kind: "warm"; readonly request: CompletionRequest | null }
  | { readonly kind: "ahead" };

export class Queue {
  readonly #engine: Engine;
  readonly #post: (message: FromWorker) => void;
  readonly #die: (error: EngineError) => void;
  #running: Job | null = null;
  #follower: Follower | null = null;
  /** The text so far of the running request. */
  #text = "";
  /** The request that comes next; there is never more than one. */
  #next: Job | null = null;
  /** The wait of the next request. */
  readonly #debounce: Debounce;
  /** Whether the prompt of the request that waits was read. */
  #isWarm = false;
  /** The wait of work ahead. */
  readonly #pause: Debounce;
  /** The wait for a longer pause. */
  readonly #idle: Debounce;
  /** The request that was planned last, as long as the cursor is there. */
  #planned: CompletionRequest | null = null;
  /** What takes a moment, called once the engine is free. */
  #soon: Call<EngineMethod>[] = [];

  constructor(
    engine: Engine,
    post: (message: FromWorker) => void,
    die: (error: EngineError) => void,
    clock: Clock = systemClock,
  ) {
    this.#engine = engine;
    this.#post = post;
    this.#die = die;
    this.#debounce = new Debounce(clock);
    this.#pause = new Debounce(clock);
    this.#idle = new Debounce(clock);
  }

  complete(id: number, request: CompletionRequest, wait: boolean): void {
    let plan: RequestPlan;
    try {
      plan = this.#engine.plan(request);
    } catch (thrown) {
      this.#fail(id, toEngineError(thrown, "planning"));
      return;
    }
    this.#planned = request;
    const job: Complete = { kind: "complete", id };
    const action = plan.action === "after" && !wait ? "now" : plan.action;
    this.#clear();
    switch (action) {
      case "skip":
        this.#interrupt();
        this.#answer(id, { ...DEFAULT_COMPLETION_RESULT, finish: "skipped", skip: plan.skip });
        this.renew(request);
        break;
      case "keep":
        this.#follow(job, plan.typed);
        break;
      case "now":
        this.#interrupt();
        this.#next = job;
        this.#pump();
        break;
      case "after":
        this.#interrupt();
        this.#next = job;
        this.#debounce.after(plan.delayMs, () => this.#pump());
        this.#isWarm = false;
        this.#pump();
        break;
    }
  }

  /** Calls a method of the engine when its table says. */
  call(call: Call<EngineMethod>): void {
    const how = ENGINE_CALLS[call.method];
    if (how === "request") {
      this.#clear();
      this.#interrupt();
      this.#next = { kind: "call", id: call.id, call };
      this.#pump();
      return;
    }
    if (how === "now") {
      this.#tellAnswer(call);
      return;
    }
    if (how === "urgent" && this.#running !== null && !this.#isAsked) this.#engine.cancel();
    this.#soon.push(call);
    if (this.#running === null) this.#catchUp();
  }

  warm(request: CompletionRequest): void {
    if (this.#next !== null || this.#isAsked) return;
    this.#idle.cancel();
    this.#planned = null;
    this.#later({ kind: "warm", request }, this.#engine.warmAfter());
  }

  /** Reads the prompt of a request anew in a longer pause: what it quotes may be other by now. */
  renew(request: CompletionRequest): void {
    // As if it was asked by hand, for which nothing is put off.
    const job = { kind: "warm", request: { ...request, event: "asked" } } as const;
    this.#idle.after(this.#engine.renewAfter(), () => {
      // What runs or waits is followed by a pause of its own.
      if (this.#next !== null || this.#running !== null) return;
      this.#next = job;
      this.#pump();
    });
  }

  cancel(id: number): void {
    const next = this.#next;
    if (next !== null && "id" in next && next.id === id) {
      this.#clear();
      this.#fail(id, { code: "cancelled", message: "completing: cancelled" });
    } else if (this.#follower?.job.id === id) {
      this.#interrupt();
      this.#fail(id, { code: "cancelled", message: "completing: cancelled" });
    } else if (this.#running !== null && "id" in this.#running && this.#running.id === id) {
      // A request that follows it goes on with it.
      if (this.#follower === null) this.#engine.cancel();
    }
  }

  /** Ends everything that was asked for, as after a change of rules. */
  stop(): void {
    this.#clear();
    this.#interrupt();
  }

  #tellAnswer(call: Call<EngineMethod>): void {
    try {
      this.#answer(call.id, invoke(this.#engine, call) as Result<EngineMethod>);
    } catch (thrown) {
      this.#fail(call.id, toEngineError(thrown, `calling ${call.method}`));
    }
  }

  #catchUp(): void {
    for (const call of this.#soon.splice(0)) this.#tellAnswer(call);
  }

  /** Whether somebody waits for the engine, or is about to. Work ahead is what nobody waits for. */
  get isBusy(): boolean {
    const isNext = this.#next !== null && "id" in this.#next && !this.#debounce.isPending;
    return isNext || this.#isAsked;
  }

  /** Whether the engine works on something that somebody waits for. */
  get #isAsked(): boolean {
    return this.#running !== null && "id" in this.#running;
  }

  #follow(job: Complete, typed: string): void {
    this.#follower = { job, typed };
    if (this.#running?.kind === "complete") this.#tell(this.#text);
  }

  /** Sends the text so far to whom it is for now. */
  #tell(text: string): void {
    this.#text = text;
    if (this.#running?.kind !== "complete") return;
    const typed = this.#follower?.typed ?? "";
    const id = this.#follower?.job.id ?? this.#running.id;
    if (text.length > typed.length && text.startsWith(typed)) {
      this.#post({ type: "update", id, update: { text: text.slice(typed.length) } });
    }
  }

  #clear(): void {
    this.#next = null;
    this.#debounce.cancel();
    this.#pause.cancel();
    this.#idle.cancel();
  }

  #interrupt(): void {
    this.#follower = null;
    if (this.#running !== null) this.#engine.cancel();
  }

  /** Does something when there is time for it. */
  #later(job: Job, milliseconds: number): void {
    this.#pause.after(milliseconds, () => {
      if (this.#next !== null || this.#isAsked) return;
      // What still works ahead on an older place ends first.
      this.#next = job;
      if (this.#running !== null) this.#engine.cancel();
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#running !== null || this.#next === null) return;
    if (this.#debounce.isPending) {
      // The prompt can be read while the answer has to wait.
      if (this.#next.kind !== "complete" || this.#isWarm) return;
      this.#isWarm = true;
      this.#run({ kind: "warm", request: null });
      return;
    }
    const job = this.#next;
    this.#next = null;
    this.#run(job);
  }

  #run(job: Job): void {
    if (this.#running !== null) return;
    this.#running = job;
    this.#text = "";
    void this.#work(job).then(() => {
      this.#running = null;
      const follower = this.#follower;
      this.#follower = null;
      if (follower !== null && this.#next === null) this.#next = follower.job;
      this.#catchUp();
      this.#pump();
    });
  }

  async #work(job: Job): Promise<void> {
    const engine = this.#engine;
    try {
      switch (job.kind) {
        case "complete": {
          const result = await engine.complete(({ text }) => this.#tell(text));
          if (this.#follower === null) this.#answer(job.id, result);
          if (this.#follower !== null) break;
          if (result.text === "") this.#renewPlanned();
          else if (this.#next === null) this.#later({ kind: "ahead" }, engine.aheadAfter());
          break;
        }
        case "call": {
          const onUpdate = (update: CompletionUpdate): void =>
            this.#post({ type: "update", id: job.id, update });
          const result = await invoke(engine, job.call, onUpdate);
          this.#answer(job.id, result as Result<EngineMethod>);
          break;
        }
        case "warm":
          if (job.request === null) await engine.warmPlanned();
          else await engine.warm(job.request);
          break;
        case "ahead":
          await engine.lookAhead();
          this.#renewPlanned();
          break;
      }
    } catch (thrown) {
      const doing = job.kind === "call" ? `calling ${job.call.method}` : "completing";
      const error = toEngineError(thrown, doing);
      if ("id" in job && this.#follower === null) this.#fail(job.id, error);
      else if (isDeadly(error)) this.#die(error);
    }
  }

  /** What was put off while somebody typed, unless the cursor is elsewhere by now. */
  #renewPlanned(): void {
    if (this.#planned !== null && this.#next === null) this.renew(this.#planned);
  }

  #answer(id: number, result: Result<Method>): void {
    this.#post({ type: "answer", id, result });
  }

  /** A request's end without a result, which may be the worker's. */
  #fail(id: number, error: EngineError): void {
    if (isDeadly(error)) this.#die(error);
    else this.#post({ type: "failed", id, error });
  }
}

function isDeadly(error: EngineError): boolean {
  return error.code === "internal" || error.code === "device-lost";
}

/** Calls a method by its name; its types are those of the table. */
function invoke(
  engine: Engine,
  { method, args }: Call<EngineMethod>,
  ...listener: ((update: CompletionUpdate) => void)[]
): unknown {
  const called = engine[method] as (...args: unknown[]) => unknown;
  return called.call(engine, ...args, ...listener);
}
