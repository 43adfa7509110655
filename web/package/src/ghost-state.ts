// The state behind inline completion: what was asked, what came, what was typed since.
//
// Pure values and transitions, no editor view and no timers. One `Ghost` covers
// a suggestion's whole life, so that an answer that comes late is set against
// everything typed since the question instead of being dropped.

import type { ChangeSet, Text, Transaction } from "@codemirror/state";

/** A suggestion, asked for or shown. Immutable. */
export class Ghost {
  /** Which request this is; answers to others are ignored. */
  readonly id: number;
  /** Where the cursor is, in UTF-16 units: the place of the ghost text. */
  readonly pos: number;
  /** What the model suggested at the place where it was asked. */
  readonly text: string;
  /** What was typed since then. */
  readonly typed: string;
  /** Text right after the cursor that the editor put there while typing (a closing bracket). */
  readonly tail: string;
  /** Whether `text` is the whole answer. */
  readonly done: boolean;

  private constructor(
    id: number,
    pos: number,
    text: string,
    typed: string,
    tail: string,
    done: boolean,
  ) {
    this.id = id;
    this.pos = pos;
    this.text = text;
    this.typed = typed;
    this.tail = tail;
    this.done = done;
  }

  /** A question just asked with the cursor at `pos`. */
  static asked(id: number, pos: number): Ghost {
    return new Ghost(id, pos, "", "", "", false);
  }

  /** What is left to show: the suggestion less what was typed; empty until there is something. */
  get rest(): string {
    return this.text.startsWith(this.typed) ? this.text.slice(this.typed.length) : "";
  }

  /** The text right after the cursor that accepting replaces, as it is part of the suggestion. */
  get replaced(): string {
    return this.tail !== "" && this.rest.includes(this.tail) ? this.tail : "";
  }

  /** Whether what was typed so far agrees with what came so far. */
  get #agrees(): boolean {
    return this.text.startsWith(this.typed) || (!this.done && this.typed.startsWith(this.text));
  }

  /** With more of the answer; `null` once it has nothing (more) to offer. */
  answered(text: string, done: boolean): Ghost | null {
    return new Ghost(this.id, this.pos, text, this.typed, this.tail, done).#orNothing();
  }

  /** After a transaction; `null` if it ends the suggestion. */
  after(transaction: Transaction): Ghost | null {
    const { changes, startState, state } = transaction;
    const { main, ranges } = state.selection;
    if (ranges.length > 1 || !main.empty) return null;
    if (!transaction.docChanged) return main.head === this.pos ? this : null;
    if (transaction.isUserEvent("undo") || transaction.isUserEvent("redo")) return null;
    const moved = this.#mapped(changes) ?? this.#typedThrough(changes, startState.doc, main.head);
    return moved === null || moved.pos !== main.head ? null : moved.#orNothing();
  }

  /** For edits elsewhere, such as a collaborator's: the same suggestion in its new place. */
  #mapped(changes: ChangeSet): Ghost | null {
    const end = this.pos + this.tail.length;
    if (changes.touchesRange(this.pos, end) !== false) return null;
    return new Ghost(
      this.id,
      changes.mapPos(this.pos),
      this.text,
      this.typed,
      this.tail,
      this.done,
    );
  }

  /** For one insertion at the cursor: the suggestion less what was typed. */
  #typedThrough(changes: ChangeSet, before: Text, head: number): Ghost | null {
    let count = 0;
    let next: Ghost | null = null;
    changes.iterChanges((from, to, fromAfter, _toAfter, inserted) => {
      count += 1;
      const deleted = before.sliceString(from, to);
      const length = head - fromAfter;
      // Only brackets that the editor itself put there may go, by being typed over.
      if (from !== this.pos || length <= 0 || length > inserted.length) return;
      if (!this.tail.startsWith(deleted)) return;
      const text = inserted.toString();
      const tail = text.slice(length) + this.tail.slice(deleted.length);
      const typed = this.typed + text.slice(0, length);
      next = new Ghost(this.id, head, this.text, typed, tail, this.done);
    });
    return count === 1 ? next : null;
  }

  #orNothing(): Ghost | null {
    return this.#agrees && !(this.done && this.rest === "") ? this : null;
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
  return /^(?:\r?\n)?[^\r\n]*/.exec(rest)?.[0] ?? rest;
}

/** UTF-16 units of text before the cursor that a request carries at most. */
export const WINDOW_BEFORE = 16 * 1024;
/** UTF-16 units of text after the cursor that a request carries at most. */
export const WINDOW_AFTER = 8 * 1024;

/** The text around `pos`, cut from the document without reading the rest of it. */
export function textAround(doc: Text, pos: number): { prefix: string; suffix: string } {
  let prefix = doc.sliceString(Math.max(0, pos - WINDOW_BEFORE), pos);
  let suffix = doc.sliceString(pos, Math.min(doc.length, pos + WINDOW_AFTER));
  // A surrogate pair cut in half is no text.
  if (isLowSurrogate(prefix.charCodeAt(0))) prefix = prefix.slice(1);
  if (isHighSurrogate(suffix.charCodeAt(suffix.length - 1))) suffix = suffix.slice(0, -1);
  return { prefix, suffix };
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
