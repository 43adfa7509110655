// What becomes of the suggestions that an editor shows: how long each stood, how it ended,
// and what is left of accepted text half a minute, two and ten minutes later.
//
// It sees transactions and tells plain figures; no text goes any further than
// this file, which keeps accepted text only to compare it.

import type { Text, Transaction } from "@codemirror/state";

import { keptShare, type ShownSuggestion } from "./feedback.js";
import type { CompletionResult, KeptShare, SuggestionFate } from "./generated.js";
import type { Ghost } from "./ghost-state.js";

/** Milliseconds for which a suggestion has to stand before it counts. */
const VISIBLE_MS = 250;
/** Seconds after which accepted text is looked at. */
const AGES_S = [30, 120, 600] as const;
/** Accepted texts that are followed at a time. */
const MOST_FOLLOWED = 64;

/** Who is told. */
export interface Listener {
  shown(suggestion: ShownSuggestion): void;
  kept(kept: KeptShare): void;
}

/** A suggestion on the screen. */
interface Seen {
  readonly id: number;
  readonly since: number;
  /** The longest text of it so far. */
  text: string;
  /** Whether a part of it was taken. */
  partly: boolean;
}

/** Accepted text, and where it is now. */
interface Followed {
  text: string;
  from: number;
  to: number;
  readonly timers: readonly ReturnType<typeof setTimeout>[];
}

export class Watcher {
  readonly #listener: Listener;
  #seen: Seen | null = null;
  #ghost: Ghost | null = null;
  #result: { id: number; result: CompletionResult } | null = null;
  #followed: Followed[] = [];
  #doc: Text | null = null;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** A request has its whole answer. */
  answered(id: number, result: CompletionResult): void {
    this.#result = { id, result };
  }

  /** After every update of the editor; `dismissed` if the suggestion was sent away. */
  update(
    transactions: readonly Transaction[],
    doc: Text,
    ghost: Ghost | null,
    dismissed: boolean,
  ): void {
    this.#doc = doc;
    let accepted = false;
    for (const transaction of transactions) {
      if (!transaction.docChanged) continue;
      this.#move(transaction);
      if (transaction.isUserEvent("input.complete") && this.#seen !== null) {
        accepted = true;
        this.#follow(transaction);
      }
    }
    const visible = ghost !== null && ghost.rest !== "";
    const seen = this.#seen;
    if (seen !== null && visible && ghost.id === seen.id) {
      if (ghost.text.length > seen.text.length) seen.text = ghost.text;
      if (accepted) seen.partly = true;
    } else {
      if (seen !== null) this.#ended(seen, this.#fate(seen, transactions, accepted, dismissed));
      this.#seen = visible
        ? { id: ghost.id, since: performance.now(), text: ghost.text, partly: false }
        : null;
    }
    this.#ghost = ghost;
  }

  destroy(): void {
    if (this.#seen !== null) this.#ended(this.#seen, this.#seen.partly ? "partly" : "left");
    for (const { timers } of this.#followed) timers.forEach(clearTimeout);
    this.#followed = [];
    this.#seen = null;
  }

  /** How it ended; `null` when the source took it back. */
  #fate(
    seen: Seen,
    transactions: readonly Transaction[],
    accepted: boolean,
    dismissed: boolean,
  ): SuggestionFate | null {
    if (accepted) return "accepted";
    if (seen.partly) return "partly";
    if (transactions.some((transaction) => transaction.docChanged)) {
      // Who types the last of what is suggested takes it, too.
      const rest = this.#ghost?.rest ?? "";
      return rest !== "" && insertedBy(transactions).startsWith(rest) ? "partly" : "typed-over";
    }
    if (dismissed) return "dismissed";
    return transactions.some(({ selection }) => selection !== undefined) ? "left" : null;
  }

  #ended(seen: Seen, fate: SuggestionFate | null): void {
    const shownMs = performance.now() - seen.since;
    const result = this.#result?.id === seen.id ? this.#result.result : null;
    if (fate === null || result === null || shownMs < VISIBLE_MS) return;
    const { language, length, confidence, likelihood } = result;
    this.#listener.shown({
      language,
      length,
      characters: seen.text.length,
      lines: seen.text.split("\n").length,
      confidence,
      likelihood,
      fate,
      shownMs: Math.round(shownMs),
    });
  }

  /** Accepted text stays what it is when something else changes. */
  #move({ changes }: Transaction): void {
    for (const followed of this.#followed) {
      followed.from = changes.mapPos(followed.from, 1);
      followed.to = Math.max(followed.from, changes.mapPos(followed.to, -1));
    }
  }

  #follow({ changes }: Transaction): void {
    changes.iterChanges((_from, _to, from, to, inserted) => {
      const text = inserted.toString();
      const last = this.#followed.at(-1);
      if (last !== undefined && last.to === from) {
        // Word by word is one text.
        last.text += text;
        last.to = to;
        return;
      }
      if (this.#followed.length >= MOST_FOLLOWED) return;
      const followed: Followed = {
        text,
        from,
        to,
        timers: AGES_S.map((afterS) =>
          setTimeout(() => this.#look(followed, afterS), 1000 * afterS),
        ),
      };
      this.#followed.push(followed);
    });
  }

  #look(followed: Followed, afterS: (typeof AGES_S)[number]): void {
    const now = this.#doc?.sliceString(followed.from, followed.to) ?? "";
    this.#listener.kept({ afterS, share: keptShare(followed.text, now) });
    if (afterS === AGES_S.at(-1)) {
      this.#followed = this.#followed.filter((other) => other !== followed);
    }
  }
}

function insertedBy(transactions: readonly Transaction[]): string {
  let text = "";
  for (const { changes } of transactions) {
    changes.iterChanges((_from, _to, _fromAfter, _toAfter, inserted) => {
      text += inserted.toString();
    });
  }
  return text;
}
