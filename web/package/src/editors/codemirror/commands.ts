// Commands of inline completion and the keys that they are bound to.

import type { Command, EditorView, KeyBinding } from "@codemirror/view";

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

/** Tab accepts, but not where it is meant to indent. */
const acceptOrIndent: Command = (view) => {
  const rest = controllerOf(view)?.displayed?.rest;
  return rest !== undefined && !isIndenting(view.state, rest) && acceptSuggestion(view);
};

/** Leaves a key to a snippet's fields and to the completion popup. */
function unlessOccupied(command: Command): Command {
  return (view: EditorView) => !isOccupied(view.state) && command(view);
}

/**
 * Tab accepts, Escape dismisses, Mod-ArrowRight or Alt-ArrowRight accepts a word, Mod-ArrowDown a
 * line, Alt-] and Alt-[ show alternatives, Alt-\ asks. On a Mac, where Option types characters,
 * the last three are Ctrl-Alt-], Ctrl-Alt-[ and Ctrl-Alt-\.
 *
 * Tab and Escape go first to a snippet's fields and to an open completion popup; then Tab indents
 * in the blanks at the start of a line, where the suggestion begins with another level of them;
 * then they go to the suggestion. Every key but the last is left to others when no suggestion is
 * shown.
 */
export const inlineCompletionKeymap: readonly KeyBinding[] = [
  { key: "Tab", run: unlessOccupied(acceptOrIndent) },
  { key: "Escape", run: unlessOccupied(dismissSuggestion) },
  { key: "Mod-ArrowRight", run: acceptSuggestionWord },
  { key: "Alt-ArrowRight", run: acceptSuggestionWord },
  { key: "Mod-ArrowDown", run: acceptSuggestionLine },
  { key: "Alt-]", mac: "Ctrl-Alt-]", run: nextSuggestion },
  { key: "Alt-[", mac: "Ctrl-Alt-[", run: previousSuggestion },
  { key: "Alt-\\", mac: "Ctrl-Alt-\\", run: requestSuggestion },
];
