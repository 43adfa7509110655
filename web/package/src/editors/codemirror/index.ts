// Ghost text for CodeMirror 6: `inlineCompletion(config)` is the one factory.
//
// When to ask, what to show and what to apply is the controller's (`../controller.ts`). Here are
// its connection to a view, the drawing, the keys and their relation to other extensions.

import { Prec, type Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";

import { inlineCompletionKeymap, lastKeys } from "./commands.js";
import { config, type InlineCompletionConfig } from "./config.js";
import { displayField, theme } from "./display.js";
import { adapter } from "./plugin.js";

export type { CompletionSource } from "../source.js";
export {
  acceptSuggestion,
  acceptSuggestionLine,
  acceptSuggestionWord,
  dismissSuggestion,
  inlineCompletionKeymap,
  nextSuggestion,
  previousSuggestion,
  requestSuggestion,
} from "./commands.js";
export type { InlineCompletionConfig } from "./config.js";
export { suggestion } from "./display.js";
export { suggestionKey, type KeyPlatform } from "./keys.js";
export { suggestionAccepted } from "./transaction.js";

/** What the configuration binds, before all other keys. */
const keys = Prec.highest(
  keymap.computeN([config], (state) => {
    const { defaultKeymap = true, keymap = inlineCompletionKeymap } = state.facet(config) ?? {};
    return defaultKeymap ? [keymap] : [];
  }),
);

/** What the default keys do after all others. */
const afterAll = Prec.lowest(
  keymap.computeN([config], (state) => {
    const { defaultKeymap = true, keymap } = state.facet(config) ?? {};
    return defaultKeymap && keymap === undefined ? [lastKeys] : [];
  }),
);

/**
 * Ghost text in the editor.
 *
 * While the completion popup is open, a suggestion is shown only where it continues the option
 * that is selected there.
 *
 * ```ts
 * const completer = await createCompleter();
 * new EditorView({ extensions: [inlineCompletion({ source: completer, path: "main.py" })] });
 * ```
 */
export function inlineCompletion(options: InlineCompletionConfig): Extension {
  return [config.of(options), displayField, adapter, theme, keys, afterAll];
}
