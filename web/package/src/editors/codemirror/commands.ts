// Commands of inline completion and the keys that they are bound to.

import type { Command, KeyBinding } from "@codemirror/view";

import { controllerOf } from "./plugin.js";
import { isIndenting, isOccupied } from "./popup.js";

/** Inserts the whole suggestion; false when none is shown. */
export const acceptSuggestion: Command = (view) => controllerOf(view)?.accept("all") ?? false;

/** Inserts the suggestion's next word; false when none is shown. */
export const acceptSuggestionWord: Command = (view) => controllerOf(view)?.accept("word") ?? false;

/** Inserts the suggestion up to the end of its next line; false when none is shown. */
export const acceptSuggestionLine: Command = (view) => controllerOf(view)?.accept("line") ?? false;

/** Shows the next alternative; false when no suggestion is shown. */
export const nextSuggestion: Command = (view) => controllerOf(view)?.cycle(1) ?? false;

/** Shows the previous alternative; false when no suggestion is shown. */
export const previousSuggestion: Command = (view) => controllerOf(view)?.cycle(-1) ?? false;

/**
 * Removes the suggestion, until something is typed, and cancels one that is on its way; false
 * when none is shown.
 */
export const dismissSuggestion: Command = (view) => controllerOf(view)?.dismiss() ?? false;

/**
 * Asks for a suggestion now, without waiting for typing; false without inline completion, and in
 * an editor that is read-only or has no focus.
 */
export const requestSuggestion: Command = (view) => controllerOf(view)?.trigger() ?? false;

/** Accepts the whole suggestion, but leaves the key to snippets, popups and indentation. */
const acceptInTurn: Command = (view) => {
  const rest = controllerOf(view)?.displayed?.rest;
  if (rest === undefined || isOccupied(view.state)) return false;
  return !isIndenting(view.state, rest) && acceptSuggestion(view);
};

/** Dismisses, but leaves the key to snippets and popups. */
const dismissInTurn: Command = (view) => !isOccupied(view.state) && dismissSuggestion(view);

/** The exported command that one of a keymap comes to. */
export function meaningOf(command: Command): Command {
  if (command === acceptInTurn) return acceptSuggestion;
  return command === dismissInTurn ? dismissSuggestion : command;
}

/**
 * Tab accepts, Escape dismisses, Mod-ArrowRight or Alt-ArrowRight accepts a word, Mod-ArrowDown a
 * line, Alt-] and Alt-[ show alternatives, Alt-\ asks. On a Mac, where Option types characters,
 * the last three are Ctrl-Alt-], Ctrl-Alt-[ and Ctrl-Alt-\.
 *
 * Tab and Escape go first to a snippet's fields and to an open completion popup; then Tab indents
 * in the blanks at the start of a line, where the suggestion begins with another level of them;
 * then they go to the suggestion. Escape also cancels one that is on its way. Every key but the
 * last is left to others when no suggestion is shown.
 */
export const inlineCompletionKeymap: readonly KeyBinding[] = [
  { key: "Tab", run: acceptInTurn },
  { key: "Escape", run: dismissInTurn },
  { key: "Mod-ArrowRight", run: acceptSuggestionWord },
  { key: "Alt-ArrowRight", run: acceptSuggestionWord },
  { key: "Mod-ArrowDown", run: acceptSuggestionLine },
  { key: "Alt-]", mac: "Ctrl-Alt-]", run: nextSuggestion },
  { key: "Alt-[", mac: "Ctrl-Alt-[", run: previousSuggestion },
  { key: "Alt-\\", mac: "Ctrl-Alt-\\", run: requestSuggestion },
];

/** Tab once more, when nobody has taken it in turn: what is shown is accepted, not left by the focus. */
export const lastKeys: readonly KeyBinding[] = [{ key: "Tab", run: acceptSuggestion }];
