// Changes the model: one client answers, and while a model is changed a second one loads.
//
// The old client goes on answering until the new one is ready, and ends when its last request
// is answered. Where memory does not suffice for both, the old one ends first, requests wait for
// the new one, and a change that fails brings the old model back. Each client is started,
// watched and replaced as `client.ts` does it; here is only which of them is asked.

import { Client, guarded, type ClientConfig, type Succession } from "./client.js";
import { GhostlightError } from "../shared/errors.js";
import type { EngineInfo } from "../shared/generated.js";
import type { ModelSpec, Progress } from "../shared/protocol.js";

/** How to change a model. */
export interface Change {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
  /** Why the old model has to go first, if it has to; asked when one is loaded. */
  readonly whyUnload: (loaded: EngineInfo) => string | null;
  /** Told that it goes first, and why. */
  readonly onUnload: (why: string) => void;
}

const DISPOSED = "switching the model: the completer was disposed";

export class ModelSwitch {
  readonly #config: ClientConfig;
  /** Who is asked. */
  #active: Client;
  /** The last model that was loaded. */
  #good: ModelSpec;
  /** What a change starts, until it is over. */
  #next: Client | null = null;
  /** Who finishes a last request. */
  #retired: Client | null = null;
  #isDisposed = false;

  constructor(config: ClientConfig) {
    this.#config = config;
    this.#good = config.model;
    this.#active = new Client(config);
  }

  /** The client that has the model. */
  get active(): Client {
    return this.#active;
  }

  /** Resolves when a model is loaded, be it the first one or one that was chosen in its place. */
  async opened(): Promise<void> {
    for (;;) {
      const client = this.#active;
      try {
        await client.opened;
        return;
      } catch (error) {
        if (client === this.#active) throw error;
      }
    }
  }

  /** The same for a request, which takes the place of one that an earlier model still answers. */
  supersede(): Client {
    this.#retired?.dispose("completing: a newer request took over");
    this.#retired = null;
    return this.#active;
  }

  /** Changes a setting of the client that is asked, and of one that loads, which starts with it. */
  async set(change: (client: Client) => void | Promise<void>): Promise<void> {
    const next = this.#next === this.#active ? null : this.#next;
    await Promise.all([change(this.#active), next === null ? null : change(next)]);
  }

  /** Resolves when the model answers; rejects when it does not, and then the old one does. */
  async change(model: ModelSpec, change: Change): Promise<void> {
    const { signal } = change;
    if (this.#isDisposed) throw cancelled(DISPOSED);
    if (signal?.aborted === true) throw cancelled("switching the model: aborted");
    this.#next?.dispose("switching the model: a newer switch took over");
    this.#next = null;
    const old = this.#active;
    if (old.isReady && isSame(old.model, model)) return;

    const why = old.isReady ? change.whyUnload(old.info) : null;
    if (why !== null) {
      guarded(() => change.onUnload(why));
      old.dispose("completing: the model is being changed");
    }
    const next = this.#successor(old, model, change.onProgress);
    this.#next = next;
    const goesOn = old.isReady;
    if (!goesOn) this.#replace(next);

    const abort = (): void => next.dispose("switching the model: aborted");
    signal?.addEventListener("abort", abort);
    try {
      await next.opened;
      // It may have been ended since, before this function's turn came.
      if (next.ended !== null) throw next.ended;
    } catch (error) {
      next.dispose();
      if (this.#next === next) this.#next = null;
      if (this.#active === next && !this.#isDisposed) this.#restore(next);
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    this.#next = null;
    this.#good = model;
    if (this.#active === next) return;
    this.#replace(next);
    this.#report(next);
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const client of [this.#active, this.#next, this.#retired]) client?.dispose();
  }

  #replace(next: Client): void {
    this.#retired?.dispose("completing: a newer request took over");
    this.#retired = this.#active;
    this.#active = next;
    this.#retired.retire();
  }

  /** Brings the last good model back after another one, which took its place, has failed. */
  #restore(failed: Client): void {
    this.#active = this.#successor(failed, this.#good, this.#config.onProgress);
    // Whoever asks is told why there is none, if it does not come back.
    this.#active.opened.catch(() => undefined);
  }

  #successor(old: Client, model: ModelSpec, onProgress: Succession["onProgress"]): Client {
    const next: Client = old.successor({
      model,
      onProgress: (progress) =>
        (this.#next === next ? onProgress : this.#config.onProgress)(progress),
      onEngineChange: () => {
        // One that is to take over is reported when it does.
        if (this.#active === next) this.#report(next);
      },
    });
    return next;
  }

  #report(client: Client): void {
    guarded(() => this.#config.onEngineChange(client.info, client.fallback));
  }
}

function isSame(one: ModelSpec, other: ModelSpec): boolean {
  if (one.kind === "blob" || other.kind === "blob") {
    return one.kind === "blob" && other.kind === "blob" && one.blob === other.blob;
  }
  return one.url === other.url && one.sha256 === other.sha256;
}

function cancelled(message: string): GhostlightError {
  return new GhostlightError("cancelled", message);
}
