// The transaction that accepts a suggestion or a part of it: an undo step of its own.
//
// Where a word or a line of a suggestion opens a bracket, `closeBrackets` would have written its
// partner had the bracket been typed, and would know it again as the closing one is typed. So
// that nothing is left over or missing whenever one goes on by hand, the same is done here: the
// text is typed into a copy of the editor's state, and all of it becomes one edit.

import { closeBrackets, insertBracket } from "@codemirror/autocomplete";
import { isolateHistory } from "@codemirror/commands";
import {
  ChangeSet,
  MapMode,
  StateEffect,
  StateField,
  Text,
  type EditorState,
  type Extension,
  type TransactionSpec,
} from "@codemirror/state";

import type { Acceptance } from "../suggestion.js";
import { suggestionAccepted } from "./transaction.js";

/** Where `closeBrackets` remembers what it has closed. */
const closedBrackets = findField(closeBrackets());

/** Accepts text: as it is, or with what the editor closes where it leaves something open. */
export function acceptanceSpec(state: EditorState, acceptance: Acceptance): TransactionSpec {
  const { from, to, insert, cursor, leavesOpen } = acceptance;
  const isClosing =
    closedBrackets !== null && state.field(closedBrackets, false) !== undefined && leavesOpen;
  return {
    ...(isClosing
      ? asTyped(state, from, insert)
      : { changes: { from, to, insert: textOf(insert) }, selection: { anchor: cursor } }),
    userEvent: "input.complete",
    scrollIntoView: true,
    annotations: [suggestionAccepted.of(true), isolateHistory.of("full")],
  };
}

/** What typing `insert` at `from` comes to. */
function asTyped(state: EditorState, from: number, insert: string): TransactionSpec {
  let typed = state.update({ selection: { anchor: from }, filter: false }).state;
  let changes = ChangeSet.empty(state.doc.length);
  let effects: StateEffect<unknown>[] = [];
  for (let at = 0; at < insert.length;) {
    const run = /^[\p{L}\p{N}_\s]+|^./u.exec(insert.slice(at))?.[0] ?? "";
    const { head } = typed.selection.main;
    const transaction =
      insertBracket(typed, run) ??
      typed.update({
        changes: { from: head, insert: textOf(run) },
        selection: { anchor: head + run.length },
        filter: false,
      });
    changes = changes.compose(transaction.changes);
    effects = effects.flatMap((effect) => behind(effect, transaction.changes));
    effects.push(...transaction.effects);
    typed = transaction.state;
    at += run.length;
  }
  return { changes, selection: typed.selection, effects };
}

/** A closer's place after text was typed before it; none once it was typed over. */
function behind(effect: StateEffect<unknown>, changes: ChangeSet): readonly StateEffect<unknown>[] {
  const { value } = effect;
  if (typeof value !== "number") return [];
  const place = changes.mapPos(value, 1, MapMode.TrackAfter);
  if (place === null) return [];
  // By itself the effect would stay before text that is inserted directly there.
  const shift = ChangeSet.of({ from: 0, insert: " ".repeat(place - value) }, value + 1);
  const moved = effect.map(shift);
  return moved === undefined ? [] : [moved];
}

/** As a text: a string would be split at the editor's own line ends. */
function textOf(text: string): Text {
  return Text.of(text.split("\n"));
}

function findField(extension: Extension): StateField<unknown> | null {
  if (extension instanceof StateField) return extension;
  if (!Array.isArray(extension)) return null;
  for (const part of extension as readonly Extension[]) {
    const field = findField(part);
    if (field !== null) return field;
  }
  return null;
}
