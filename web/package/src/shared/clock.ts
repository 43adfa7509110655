// Time, handed in: what reads a clock or starts a timer takes a `Clock`, so that tests bring their own.
//
// `Debounce` is the one timer behind every pause before a request: the worker's queue gives it
// the milliseconds that the engine has planned, an editor without such an engine a fixed time.

/** Tells the time and calls back later. */
export interface Clock {
  /** Milliseconds since a fixed moment; never goes back. */
  now(): number;
  /** Calls `run` once, `milliseconds` from now. Returns a function that prevents it. */
  after(milliseconds: number, run: () => void): () => void;
}

/** The clock of the page or of the worker. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Milliseconds between the last keystroke and a request where no engine plans the pause. */
export const DEFAULT_DEBOUNCE_MS = 75;

/** Puts something off until a pause; what is put off later replaces it. */
export class Debounce {
  readonly #clock: Clock;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Whether something is put off. */
  get isPending(): boolean {
    return this.#cancel !== null;
  }

  /** Runs `run` once, after `milliseconds` without another call. */
  after(milliseconds: number, run: () => void): void {
    this.cancel();
    this.#cancel = this.#clock.after(milliseconds, () => {
      this.#cancel = null;
      run();
    });
  }

  /** Forgets what is put off. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
