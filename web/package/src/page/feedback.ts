// What became of suggestions: a log that stays in this browser, without any text of theirs.
//
// The counting is the engine's; here outcomes are only kept between visits, and
// written out as JSON lines for who wants to look at them. Where there is no
// IndexedDB, or it is refused, the log lasts as long as the page.

import type {
  Feedback,
  KeptShare,
  SuggestionFate,
  SuggestionLength,
  SuggestionOutcome,
} from "../shared/generated.js";

/** A suggestion that was visible for 250 ms at least. */
export interface ShownSuggestion {
  /** Id of the language; empty where it is not known. */
  readonly language: string;
  readonly length: SuggestionLength;
  /** UTF-16 units and lines of it. */
  readonly characters: number;
  readonly lines: number;
  /** What the engine said of it, 0 to 1. */
  readonly confidence: number;
  readonly likelihood: number;
  readonly fate: SuggestionFate;
  /** Milliseconds for which it was visible. */
  readonly shownMs: number;
}

/** A line of the log. */
export type FeedbackRecord =
  ({ readonly kind: "shown" } & ShownSuggestion) | ({ readonly kind: "kept" } & KeptShare);

/** Lines that are kept; the oldest go first. */
const MOST = 4000;
const DATABASE = "ghostlight-feedback";
const STORE = "records";

export class FeedbackLog {
  #opening: Promise<IDBDatabase | null> | null = null;
  /** What could not be stored. */
  #memory: FeedbackRecord[] = [];

  async add(record: FeedbackRecord): Promise<void> {
    const store = await this.#store("readwrite");
    if (store === null) {
      this.#memory.push(record);
      this.#memory = this.#memory.slice(-MOST);
      return;
    }
    store.add(record);
    const count = await settled(store.count());
    if (count <= MOST) return;
    const cursor = await settled(store.openKeyCursor());
    if (cursor !== null) {
      const oldest = cursor.primaryKey as number;
      store.delete(IDBKeyRange.upperBound(oldest + (count - MOST)));
    }
  }

  async all(): Promise<readonly FeedbackRecord[]> {
    const store = await this.#store("readonly");
    if (store === null) return this.#memory;
    return (await settled(store.getAll())) as FeedbackRecord[];
  }

  async clear(): Promise<void> {
    this.#memory = [];
    const store = await this.#store("readwrite");
    if (store !== null) await settled(store.clear());
  }

  async #store(mode: IDBTransactionMode): Promise<IDBObjectStore | null> {
    this.#opening ??= open();
    try {
      return (await this.#opening)?.transaction(STORE, mode).objectStore(STORE) ?? null;
    } catch {
      return null; // closed by the browser
    }
  }
}

/** What the engine counts of a record. */
export function outcome(shown: ShownSuggestion): SuggestionOutcome {
  const { language, length, confidence, fate } = shown;
  return { language, length, confidence, fate };
}

/** All of a log in the form in which the engine counts it. */
export function feedbackOf(records: readonly FeedbackRecord[], fresh: boolean): Feedback {
  const feedback: Feedback = { outcomes: [], kept: [], fresh };
  for (const record of records) {
    if (record.kind === "shown") feedback.outcomes.push(outcome(record));
    else feedback.kept.push({ afterS: record.afterS, share: record.share });
  }
  return feedback;
}

/** One JSON object a line. */
export function jsonLines(records: readonly FeedbackRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/**
 * How much of an accepted text still stands, 0 to 1: what both have in common
 * at their beginnings and ends.
 */
export function keptShare(accepted: string, now: string): number {
  if (accepted === "") return 1;
  const most = Math.min(accepted.length, now.length);
  let head = 0;
  while (head < most && accepted[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < most - head && accepted.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  return (head + tail) / accepted.length;
}

function open(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(STORE, { autoIncrement: true });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
