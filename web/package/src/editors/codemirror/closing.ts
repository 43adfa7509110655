// Accepts text as if it had been typed in an editor that closes brackets.
//
// Where a word or a line of a suggestion opens a bracket, `closeBrackets` would have written its
// partner had the bracket been typed, and would know it again as the closing one is typed. So
// that nothing is left over or missing whenever one goes on by hand, the same is done here: the
// text is typed into a state that has nothing but brackets, and all of it becomes one edit.

import { closeBrackets, insertBracket } from "@codemirror/autocomplete";
import {
  ChangeSet,
  EditorState,
  MapMode,
  StateEffect,
  StateField,
  Text,
  type Extension,
  type TransactionSpec,
} from "@codemirror/state";

import type { Acceptance } from "../suggestion.js";

/** Where `closeBrackets` remembers what it has closed. */
const closedBrackets = findField(closeBrackets());

/** The edit that accepts text: as it is, or with what the editor closes where it leaves something open. */
export function acceptanceSpec(state: EditorState, acceptance: Acceptance): TransactionSpec {
  const { from, to, insert, cursor, leavesOpen } = acceptance;
  if (leavesOpen && closedBrackets !== null) {
    const closed = state.field(closedBrackets, false);
    if (closed !== undefined) {
      return asTyped(
        state,
        from,
        insert,
        closedBrackets.init(() => closed),
      );
    }
  }
  // As a text: a string would be split at the editor's own line ends.
  return { changes: { from, to, insert: textOf(insert) }, selection: { anchor: cursor } };
}

/** What typing `insert` at `from` comes to, with what was closed before. */
function asTyped(
  state: EditorState,
  from: number,
  insert: string,
  closed: Extension,
): TransactionSpec {
  const settings = state.languageDataAt<unknown>("closeBrackets", from);
  let scratch = EditorState.create({
    doc: state.doc,
    selection: { anchor: from },
    extensions: [
      closed,
      EditorState.languageData.of(() => settings.map((value) => ({ closeBrackets: value }))),
    ],
  });
  let changes = ChangeSet.empty(state.doc.length);
  let effects: StateEffect<unknown>[] = [];
  for (let at = 0; at < insert.length; at = scratch.selection.main.head - from) {
    const run = /^[\p{L}\p{N}_\s]+|^./u.exec(insert.slice(at))?.[0] ?? "";
    const cursor = from + at + run.length;
    const transaction =
      insertBracket(scratch, run) ??
      scratch.update({
        changes: { from: from + at, insert: textOf(run) },
        selection: { anchor: cursor },
      });
    changes = changes.compose(transaction.changes);
    effects = effects.flatMap((effect) => behind(effect, transaction.changes));
    effects.push(...transaction.effects);
    scratch = transaction.state;
  }
  return { changes, selection: scratch.selection, effects };
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
