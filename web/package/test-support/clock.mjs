// Time that only moves when a test says so.

/** A `Clock` at 0 milliseconds. */
export class FakeClock {
  #now = 0;
  #timers = [];

  now() {
    return this.#now;
  }

  after(milliseconds, run) {
    const timer = { at: this.#now + milliseconds, run };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** How many timers wait. */
  get waiting() {
    return this.#timers.length;
  }

  /** Lets time pass and runs what is due, the earliest first; promises settle after each. */
  async advance(milliseconds) {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Resolves when all promises that can settle by themselves have. */
export function settle() {
  return new Promise((resolve) => setImmediate(resolve));
}
