// What else wants the keys at the cursor: the completion popup, a snippet's fields, indentation.

import {
  currentCompletions,
  hasNextSnippetField,
  hasPrevSnippetField,
  selectedCompletion,
} from "@codemirror/autocomplete";
import { getIndentUnit } from "@codemirror/language";
import { countColumn, type EditorState } from "@codemirror/state";

/** Whether the completion popup is open or a snippet's fields are being filled in. */
export function isOccupied(state: EditorState): boolean {
  return (
    currentCompletions(state).length > 0 || hasNextSnippetField(state) || hasPrevSnippetField(state)
  );
}

/**
 * What the popup's selected option would put behind the cursor: the option less what stands of
 * it before the cursor. `null` without a popup or a selected option.
 */
export function popupText(state: EditorState): string | null {
  const selected = selectedCompletion(state);
  if (selected === null) return null;
  const { apply, label } = selected;
  const option = typeof apply === "string" ? apply : label;
  const { head } = state.selection.main;
  const before = state.doc.sliceString(Math.max(0, head - option.length), head);
  for (let length = Math.min(option.length, before.length); length > 0; length -= 1) {
    if (before.endsWith(option.slice(0, length))) return option.slice(length);
  }
  return option;
}

/**
 * Whether Tab is meant to indent: the cursor stands in the blanks at the start of its line, and
 * the suggestion `rest` begins with at least one more level of them.
 */
export function isIndenting(state: EditorState, rest: string): boolean {
  const { head } = state.selection.main;
  const line = state.doc.lineAt(head);
  if (state.sliceDoc(line.from, head).trim() !== "") return false;
  const blanks = /^[ \t]*/.exec(rest)?.[0] ?? "";
  return blanks !== "" && countColumn(blanks, state.tabSize) >= getIndentUnit(state);
}
