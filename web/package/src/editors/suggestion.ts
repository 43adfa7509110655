// A suggestion from question to acceptance: what was asked, what came, what was typed since.
//
// Immutable values and pure transitions, without an editor and without timers. One `Suggestion`
// covers the whole life of a request, so that an answer that comes late is set against everything
// that was typed since the question instead of being dropped.

import {
  cursorOf,
  mapOffset,
  touches,
  withLineFeeds,
  type DocumentEdit,
  type TextChange,
} from "./document.js";
import { OpenPairs, type CommentTokens } from "./pairs.js";

/** How much of a suggestion is accepted. */
export type AcceptedPart = "all" | "word" | "line";

/** An edit that accepts a suggestion or a part of it; offsets in UTF-16 units. */
export interface Acceptance extends TextChange {
  /** Where the cursor goes. */
  readonly cursor: number;
  /**
   * Whether brackets or quotes of the text are without a partner in it. An editor that closes
   * brackets may write the partners behind the cursor, as if the text had been typed.
   */
  readonly leavesOpen: boolean;
}

/** A suggestion, asked for or there. */
export class Suggestion {
  /** Which request this is; answers to others are ignored. */
  readonly id: number;
  /** Where the cursor is, in UTF-16 units: the place of the ghost text. */
  readonly offset: number;
  /** What was suggested for the place where it was asked, so far. */
  readonly text: string;
  /** What was typed or accepted since then. */
  readonly typed: string;
  /** Whether `text` is the whole answer. */
  readonly isDone: boolean;
  readonly #pairs: OpenPairs;

  private constructor(
    id: number,
    offset: number,
    text: string,
    typed: string,
    isDone: boolean,
    pairs: OpenPairs,
  ) {
    this.id = id;
    this.offset = offset;
    this.text = text;
    this.typed = typed;
    this.isDone = isDone;
    this.#pairs = pairs;
  }

  /** A question that was just asked with the cursor at `offset`. */
  static asked(id: number, offset: number, comments?: CommentTokens): Suggestion {
    return new Suggestion(id, offset, "", "", false, OpenPairs.none(comments));
  }

  /** What is left to show: the suggestion less what was typed; empty until there is something. */
  get rest(): string {
    return this.text.startsWith(this.typed) ? this.text.slice(this.typed.length) : "";
  }

  /** Closers behind the cursor that the editor wrote while the suggestion was typed along. */
  get closers(): string {
    return this.#pairs.closers;
  }

  /** Whether both look the same in the same place. */
  equals(other: Suggestion | null): boolean {
    return (
      this === other ||
      (other !== null &&
        this.id === other.id &&
        this.offset === other.offset &&
        this.rest === other.rest &&
        this.closers === other.closers)
    );
  }

  /** With more of the answer; `null` once it has nothing (more) to offer. */
  answered(text: string, isDone: boolean): Suggestion | null {
    return this.#with({ text: withLineFeeds(text), isDone }).#orNothing();
  }

  /** With another text in the place of what is left. */
  replaced(rest: string): Suggestion | null {
    return this.answered(this.typed + withLineFeeds(rest), true);
  }

  /** The edit that accepts it, or a part. */
  acceptance(part: AcceptedPart): Acceptance {
    const { rest, offset } = this;
    const insert = part === "all" ? rest : part === "word" ? nextWord(rest) : nextLine(rest);
    const { length } = insert;
    const to = offset + this.#pairs.closedBy(rest, length);
    const leavesOpen = this.#pairs.opens(rest, length);
    return { from: offset, to, insert, cursor: offset + length, leavesOpen };
  }

  /** After an edit or, with no changes, after the selection moved; `null` if that ends it. */
  after(edit: DocumentEdit): Suggestion | null {
    const cursor = cursorOf(edit.selection);
    if (cursor === null) return null;
    if (edit.changes.length === 0) return cursor === this.offset ? this : null;
    const start = this.offset - this.typed.length;
    const end = this.offset + this.closers.length;
    const touching = edit.changes.filter((change) => touches(change, start, end));
    const next =
      touching.length === 0 ? this.#moved(edit) : this.#typedThrough(edit, touching, cursor);
    return next === null || next.offset !== cursor ? null : next.#orNothing();
  }

  /** For somebody else's edit in another place: the same suggestion where it is now. */
  #moved({ changes, origin }: DocumentEdit): Suggestion | null {
    // Who edits somewhere else wants something else.
    return origin === "other" ? this.#with({ offset: mapOffset(changes, this.offset, -1) }) : null;
  }

  /** For one insertion of ours or of the user's keys at the cursor: less what was inserted. */
  #typedThrough(
    { changes, origin }: DocumentEdit,
    touching: readonly TextChange[],
    cursor: number,
  ): Suggestion | null {
    const [change] = touching;
    if (change === undefined || touching.length > 1) return null;
    if (origin !== "typed" && origin !== "accepted") return null;
    const length = cursor - mapOffset(changes, this.offset, -1);
    const removed = change.to - change.from;
    // Only closers that the editor itself wrote may go, by being typed over.
    if (change.from !== this.offset || length <= 0 || length > change.insert.length) return null;
    if (removed > this.closers.length) return null;
    const inserted = change.insert.slice(0, length);
    if (origin === "accepted" && inserted === this.rest) return null;
    const added = change.insert.slice(length);
    const ahead = this.rest.startsWith(inserted) ? this.rest : inserted;
    const pairs = this.#pairs.after(ahead, length, removed, added);
    return this.#with({ offset: cursor, typed: this.typed + inserted, pairs });
  }

  #with(changes: {
    offset?: number;
    text?: string;
    typed?: string;
    isDone?: boolean;
    pairs?: OpenPairs;
  }): Suggestion {
    const { offset = this.offset, text = this.text, typed = this.typed } = changes;
    const { isDone = this.isDone, pairs = this.#pairs } = changes;
    return new Suggestion(this.id, offset, text, typed, isDone, pairs);
  }

  /** Itself, as long as what was typed agrees with what came and something may be left. */
  #orNothing(): Suggestion | null {
    if (this.text.startsWith(this.typed)) return this.isDone && this.rest === "" ? null : this;
    return !this.isDone && this.typed.startsWith(this.text) ? this : null;
  }
}

/**
 * The part of `rest` that "accept word" takes: leading blanks (and line breaks)
 * and then one run of word characters or of punctuation.
 */
export function nextWord(rest: string): string {
  const match = /^\s*(?:[\p{L}\p{N}\p{M}_$]+|[^\s\p{L}\p{N}\p{M}_$]+|$)/u.exec(rest);
  return match === null || match[0] === "" ? rest : match[0];
}

/** The part of `rest` up to the end of its line, or of the next one when it begins with a line break. */
export function nextLine(rest: string): string {
  return /^\n?[^\n]*/.exec(rest)?.[0] ?? rest;
}
