// A document as every editor has one: text, selection and edits as plain data.
//
// Offsets count UTF-16 units of a text whose line ends are LF, whatever the file's own are; an
// adapter maps offsets and line ends of its editor. Nothing here knows an editor.

/** Read access to a text with LF line ends. */
export interface DocumentText {
  /** UTF-16 units. */
  readonly length: number;
  /** The text from one offset to another. */
  slice(from: number, to: number): string;
}

/** A selection or, where both are equal, a cursor; offsets in UTF-16 units. */
export interface SelectionRange {
  readonly anchor: number;
  readonly head: number;
}

/** A replacement of `from` to `to`, offsets of the document before the edit, by `insert`. */
export interface TextChange {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/**
 * Who made an edit.
 *
 * - `typed`: keys of the user, with what the editor does about them at once (an indented new
 *   line, a closing bracket behind an opening one);
 * - `accepted`: our own edit, made because the controller asked to `apply` it;
 * - `deleted`: the user took something away;
 * - `inserted`: the user put in text by other means: an option of a popup, a paste, a drop;
 * - `history`: undo and redo;
 * - `other`: anybody else, such as a collaborator, a formatter or another extension.
 */
export type EditOrigin = "typed" | "accepted" | "deleted" | "inserted" | "history" | "other";

/** One edit: changes in ascending order that do not overlap, and the selection after them. */
export interface DocumentEdit {
  readonly changes: readonly TextChange[];
  readonly selection: readonly SelectionRange[];
  readonly origin: EditOrigin;
}

/** Offset of the only cursor; `null` when there are several, or when text is selected. */
export function cursorOf(selection: readonly SelectionRange[]): number | null {
  const [range] = selection;
  return range !== undefined && selection.length === 1 && range.anchor === range.head
    ? range.head
    : null;
}

/** Whether an edit changes something from one offset to another, or directly at either. */
export function touches({ from, to }: TextChange, start: number, end: number): boolean {
  return from <= end && to >= start;
}

/**
 * Where an offset of the document before `changes` is after them. Of text that is inserted
 * directly there, `-1` stays before and `1` goes behind.
 */
export function mapOffset(changes: readonly TextChange[], offset: number, side: -1 | 1): number {
  let moved = 0;
  for (const { from, to, insert } of changes) {
    if (from > offset) break;
    const stays = to === offset && from === to && side < 0;
    if (to > offset || stays) {
      return from === offset || side < 0 ? from + moved : from + moved + insert.length;
    }
    moved += insert.length - (to - from);
  }
  return offset + moved;
}

/** Line ends as they are here. */
export function withLineFeeds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** UTF-16 units of text before the cursor that a request carries at most. */
export const WINDOW_BEFORE = 16 * 1024;
/** UTF-16 units of text after the cursor that a request carries at most. */
export const WINDOW_AFTER = 8 * 1024;

/** The text around `offset`, cut from the document without reading the rest of it. */
export function textAround(text: DocumentText, offset: number): { prefix: string; suffix: string } {
  let prefix = text.slice(Math.max(0, offset - WINDOW_BEFORE), offset);
  let suffix = text.slice(offset, Math.min(text.length, offset + WINDOW_AFTER));
  // A surrogate pair cut in half is no text.
  if (isLowSurrogate(prefix.charCodeAt(0))) prefix = prefix.slice(1);
  if (isHighSurrogate(suffix.charCodeAt(suffix.length - 1))) suffix = suffix.slice(0, -1);
  // Of a file with other line ends than its editor's, lines may hold "\r", or end in it.
  if (prefix.endsWith("\r") && suffix.startsWith("\n")) prefix = prefix.slice(0, -1);
  return { prefix: withLineFeeds(prefix), suffix: withLineFeeds(suffix) };
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
