// The hints at the foot of the page: what the editor's keys do, as they are bound.

import type { EditorState } from "@codemirror/state";
import {
  acceptSuggestion,
  acceptSuggestionWord,
  dismissSuggestion,
  nextSuggestion,
  requestSuggestion,
  suggestionKey,
} from "ghostlight/codemirror";

const HINTS = [
  [acceptSuggestion, "accept"],
  [acceptSuggestionWord, "word"],
  [nextSuggestion, "other"],
  [dismissSuggestion, "dismiss"],
  [requestSuggestion, "ask"],
] as const;

/** Fills `list` with the keys of `state`. */
export function keyHints(list: HTMLElement, state: EditorState): void {
  const hints = HINTS.flatMap(([command, does]) => {
    const key = suggestionKey(state, command);
    if (key === null) return [];
    const hint = document.createElement("span");
    const labels = key.map((label) => {
      const kbd = document.createElement("kbd");
      kbd.textContent = label;
      return kbd;
    });
    hint.append(...labels, ` ${does}`);
    return [hint];
  });
  list.replaceChildren(...hints);
}
