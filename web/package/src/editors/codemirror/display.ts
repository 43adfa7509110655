// How ghost text is drawn: a widget at the cursor, never text in the document.
//
// Undo, saving and collaboration do not see it. The field holds what the controller shows; where a
// transaction edits the document, it makes the same step by itself, so that text and ghost text
// never disagree on the screen.

import { StateEffect, StateField, type EditorState } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";

import type { Suggestion } from "../suggestion.js";
import { editOf } from "./transaction.js";

/** Shows a suggestion, or none. */
export const showSuggestion = StateEffect.define<Suggestion | null>();

/** Whether nothing can be written in the editor. */
export function isLocked(state: EditorState): boolean {
  return state.readOnly || !state.facet(EditorView.editable);
}

/** What is shown. */
export const displayField = StateField.define<Suggestion | null>({
  create: () => null,
  update(shown, transaction) {
    let next = shown;
    if (next !== null && (transaction.docChanged || transaction.selection !== undefined)) {
      next = next.after(editOf(transaction));
    }
    for (const effect of transaction.effects) if (effect.is(showSuggestion)) next = effect.value;
    return isLocked(transaction.state) ? null : next;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (shown): DecorationSet => {
      if (shown === null || shown.rest === "") return Decoration.none;
      const widget = new GhostTextWidget(shown.rest);
      return Decoration.set(Decoration.widget({ widget, side: 1 }).range(shown.offset));
    }),
    EditorView.editorAttributes.from(field, (shown): Record<string, string> => {
      return (shown?.rest ?? "") === "" ? {} : { class: "cm-hasGhostText" };
    }),
  ],
});

/** The suggestion shown at the cursor, or `null`. */
export function suggestion(state: EditorState): string | null {
  const rest = state.field(displayField, false)?.rest ?? "";
  return rest === "" ? null : rest;
}

class GhostTextWidget extends WidgetType {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override eq(other: GhostTextWidget): boolean {
    return other.text === this.text;
  }

  override get lineBreaks(): number {
    return this.text.split("\n").length - 1;
  }

  override toDOM(): HTMLElement {
    const span = document.createElement("span");
    span.className = "cm-ghostText";
    // Readers get an announcement instead; spelling it out in place would read as content.
    span.setAttribute("aria-hidden", "true");
    span.textContent = this.text;
    return span;
  }

  override updateDOM(dom: HTMLElement): boolean {
    dom.textContent = this.text;
    return true;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

/** Colours of ghost text; a theme of the page may have others for `.cm-ghostText`. */
export const theme = EditorView.baseTheme({
  ".cm-ghostText": { opacity: "1", pointerEvents: "none" },
  "&.cm-hasGhostText .cm-placeholder": { display: "none" },
  "&light .cm-ghostText": { color: "#6e7781" },
  "&dark .cm-ghostText": { color: "#8b949e" },
});
