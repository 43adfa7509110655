// A queue that runs tasks a few at a time and retries those that fail.

export interface Task<T> {
  name: string;
  run(signal: AbortSignal): Promise<T>;
}

export interface QueueOptions {
  concurrency?: number;
  retries?: number;
  onError?: (name: string, error: unknown) => void;
}

export class Queue<T> {
  readonly #waiting: Task<T>[] = [];
  readonly #controller = new AbortController();
  #running = 0;

  constructor(private readonly options: QueueOptions = {}) {}

  push(task: Task<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = async (signal: AbortSignal): Promise<T> => {
        const value = await this.#attempt(task, signal);
        resolve(value);
        return value;
      };
      this.#waiting.push({ name: task.name, run });
      this.#next().catch(reject);
    });
  }

  async #attempt(task: Task<T>, signal: AbortSignal): Promise<T> {
    let attempt = 0;
    for (;;) {
      try {
        return await task.run(signal);
      } catch (error) {
        attempt += 1;
        this.options.onError?.(task.name, error);
        if (attempt > (this.options.retries ?? 2)) {
          throw error;
        }
      }
    }
  }

  async #next(): Promise<void> {
    const limit = this.options.concurrency ?? 4;
    while (this.#running < limit && this.#waiting.length > 0) {
      const task = this.#waiting.shift();
      if (task === undefined) {
        return;
      }
      this.#running += 1;
      try {
        await task.run(this.#controller.signal);
      } finally {
        this.#running -= 1;
      }
    }
  }

  stop(): void {
    this.#controller.abort();
    this.#waiting.length = 0;
  }
}
