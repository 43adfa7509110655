// An editor that closes brackets, as a state without a view: keys, and suggestions that are accepted.

import { closeBrackets, insertBracket } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";

import { acceptanceSpec } from "../dist/editors/codemirror/acceptance.js";
import { displayField, showSuggestion } from "../dist/editors/codemirror/display.js";
import { Suggestion } from "../dist/editors/suggestion.js";

/** An editor over `before` and `after`, with the cursor between. */
export function start(before, after = "", extensions = []) {
  return EditorState.create({
    doc: before + after,
    selection: { anchor: before.length },
    extensions: [closeBrackets(), displayField, extensions],
  });
}

/** The editor with `text` suggested at its cursor. */
export function suggest(state, text, comments) {
  const { head } = state.selection.main;
  const suggestion = Suggestion.asked(1, head, comments).answered(text, true);
  return state.update({ effects: showSuggestion.of(suggestion) }).state;
}

/** What the editor does for one key. */
export function press(state, char) {
  const typed = insertBracket(state, char) ?? {
    ...state.replaceSelection(char),
    userEvent: "input.type",
  };
  return state.update(typed).state;
}

/** The editor after `text` was typed by hand. */
export function typeAll(state, text) {
  return [...text].reduce(press, state);
}

/** The editor after what is suggested, or its next word or line, was accepted. */
export function accept(state, part) {
  const acceptance = state.field(displayField).acceptance(part);
  return state.update(acceptanceSpec(state, acceptance)).state;
}

/**
 * Takes what is suggested in up to `steps` random ways, each its next character, word or line or
 * all of it; tells the text that was taken and how.
 */
export function takeAtRandom(state, draw, steps) {
  const said = [];
  let taken = "";
  let closers = 0;
  while (said.length < steps) {
    const shown = state.field(displayField);
    if (shown === null) break;
    closers += Number(shown.closers !== "");
    const way = draw.of(["typed", "typed", "typed", "typed", "word", "line", "all"]);
    said.push(way);
    const cursor = state.selection.main.head;
    state = way === "typed" ? press(state, [...shown.rest][0]) : accept(state, way);
    taken += state.sliceDoc(cursor, state.selection.main.head);
  }
  return { state, said, taken, closers };
}
