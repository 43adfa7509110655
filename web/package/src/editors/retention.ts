// How much of accepted text still stands half a minute, two and ten minutes later.
//
// Accepted text is followed through all edits of its document and compared with what is there;
// only the share that is left goes any further.

import { keptShare } from "../page/feedback.js";
import type { KeptShare } from "../shared/generated.js";
import type { Clock } from "../shared/clock.js";
import { AGES_S } from "../shared/retention-ages.js";
import { mapOffset, type TextChange } from "./document.js";

/** Accepted texts that are followed at a time. */
const MOST_FOLLOWED = 64;

/** Accepted text, and where it is now. */
interface Followed {
  text: string;
  from: number;
  to: number;
  readonly cancels: readonly (() => void)[];
}

/** Follows accepted texts of one document. */
export class RetentionTracker {
  readonly #clock: Clock;
  readonly #read: (from: number, to: number) => string;
  readonly #report: (kept: KeptShare) => void;
  #followed: Followed[] = [];

  /** `read` gives the document's text between two offsets as it is now. */
  constructor(
    clock: Clock,
    read: (from: number, to: number) => string,
    report: (kept: KeptShare) => void,
  ) {
    this.#clock = clock;
    this.#read = read;
    this.#report = report;
  }

  /** The document was edited; accepted text stays what it is when something beside it changes. */
  edited(changes: readonly TextChange[]): void {
    for (const followed of this.#followed) {
      followed.from = mapOffset(changes, followed.from, 1);
      followed.to = Math.max(followed.from, mapOffset(changes, followed.to, -1));
    }
  }

  /** `text` was accepted and stands at `from`; told after the edit that put it there. */
  accepted(from: number, text: string): void {
    const last = this.#followed.at(-1);
    if (last !== undefined && last.to === from) {
      // Word by word is one text.
      last.text += text;
      last.to = from + text.length;
      return;
    }
    if (this.#followed.length >= MOST_FOLLOWED) return;
    const followed: Followed = {
      text,
      from,
      to: from + text.length,
      cancels: AGES_S.map((afterS) =>
        this.#clock.after(1000 * afterS, () => this.#look(followed, afterS)),
      ),
    };
    this.#followed.push(followed);
  }

  /** Follows nothing any more: the document has gone. */
  clear(): void {
    for (const { cancels } of this.#followed) cancels.forEach((cancel) => cancel());
    this.#followed = [];
  }

  #look(followed: Followed, afterS: (typeof AGES_S)[number]): void {
    const now = this.#read(followed.from, followed.to);
    if (afterS === AGES_S.at(-1)) {
      this.#followed = this.#followed.filter((other) => other !== followed);
    }
    this.#report({ afterS, share: keptShare(followed.text, now) });
  }
}
