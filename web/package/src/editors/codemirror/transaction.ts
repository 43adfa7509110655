// CodeMirror's transactions as plain edits: what changed, where the cursor is, and who did it.

import { Annotation, type EditorState, type Text, type Transaction } from "@codemirror/state";
import { Transaction as Transactions } from "@codemirror/state";

import type {
  DocumentEdit,
  DocumentText,
  EditOrigin,
  SelectionRange,
  TextChange,
} from "../document.js";

/**
 * Marks the transactions that accept a suggestion or a part of it, and nobody else's. Other
 * extensions share our user event, "input.complete", with the completion popup.
 */
export const suggestionAccepted = Annotation.define<boolean>();

/** What a transaction does to the document and the selection. */
export function editOf(transaction: Transaction): DocumentEdit {
  const changes: TextChange[] = [];
  transaction.changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
    changes.push({ from, to, insert: inserted.toString() });
  });
  const { ranges } = transaction.state.selection;
  return { changes, selection: ranges, origin: originOf(transaction) };
}

/**
 * Who made it. What is typed comes as "input.type" and, from commands for a key such as Enter,
 * as "input" or "input.indent"; every other kind of "input" puts in text by other means. A
 * transaction without a user event is not the user's.
 */
export function originOf(transaction: Transaction): EditOrigin {
  const is = (event: string): boolean => transaction.isUserEvent(event);
  const event = transaction.annotation(Transactions.userEvent);
  if (transaction.annotation(suggestionAccepted) === true) return "accepted";
  if (transaction.annotation(Transactions.remote) === true) return "other";
  if (event === "input" || is("input.type") || is("input.indent")) return "typed";
  if (is("input")) return "inserted";
  if (is("delete")) return "deleted";
  return is("undo") || is("redo") ? "history" : "other";
}

/** A document to read; CodeMirror counts every line end as one unit. */
export function textOf(doc: Text): DocumentText {
  return { length: doc.length, slice: (from, to) => doc.sliceString(from, to) };
}

/** The document and the selection of a state. */
export function documentOf(state: EditorState): {
  readonly text: DocumentText;
  readonly selection: readonly SelectionRange[];
} {
  return { text: textOf(state.doc), selection: state.selection.ranges };
}
