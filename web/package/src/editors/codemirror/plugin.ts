// Connects a CodeMirror view with a controller: tells it what happens, does what it says.

import type { EditorState, Transaction } from "@codemirror/state";
import {
  EditorView,
  logException,
  ViewPlugin,
  type PluginValue,
  type ViewUpdate,
} from "@codemirror/view";

import { CompletionController, type Announcement, type EditorHost } from "../controller.js";
import type { CommentTokens } from "../pairs.js";
import type { Acceptance, Suggestion } from "../suggestion.js";
import { acceptanceSpec } from "./acceptance.js";
import { config, controllerOptions, pathOf } from "./config.js";
import { displayField, isLocked, showSuggestion } from "./display.js";
import { isInSight, keepInPlace } from "./layout.js";
import { popupText } from "./popup.js";
import { documentOf, editOf, textOf } from "./transaction.js";

/** A view's controller and the way from one to the other. */
class Adapter implements PluginValue, EditorHost {
  readonly controller: CompletionController;
  readonly #view: EditorView;
  readonly #onVisibility = (): void => this.sync();
  #path: string;
  /** What the controller wants to be shown. */
  #wanted: Suggestion | null = null;
  #isUpdating = false;
  #isGone = false;

  constructor(view: EditorView) {
    this.#view = view;
    this.#path = pathOf(view.state);
    this.controller = new CompletionController(this, () => controllerOptions(view.state));
    view.dom.ownerDocument.addEventListener("visibilitychange", this.#onVisibility);
    this.controller.open(documentOf(view.state));
    // A state that was put aside with a suggestion in it comes back without.
    queueMicrotask(() => this.#flush());
  }

  update(update: ViewUpdate): void {
    this.#isUpdating = true;
    try {
      this.sync(update.state);
      if (!this.#isOther(update.state)) update.transactions.forEach((made) => this.#tell(made));
      this.controller.setPopup(popupText(update.state));
    } finally {
      this.#isUpdating = false;
    }
    // An update is no place to dispatch another one.
    if (!this.#isShown(update.state)) queueMicrotask(() => this.#flush());
  }

  destroy(): void {
    this.#isGone = true;
    this.#view.dom.ownerDocument.removeEventListener("visibilitychange", this.#onVisibility);
    this.controller.dispose();
  }

  #tell(transaction: Transaction): void {
    if (transaction.docChanged) {
      this.controller.edited(editOf(transaction), textOf(transaction.newDoc));
    } else if (transaction.selection !== undefined) {
      this.controller.selected(transaction.newSelection.ranges);
    }
  }

  /** Whether the editor says that it has another document now, which the controller then opens. */
  #isOther(state: EditorState): boolean {
    const path = pathOf(state);
    if (path === this.#path) return false;
    this.#path = path;
    this.controller.open(documentOf(state));
    return true;
  }

  /** Tells the controller what the editor is like now. */
  sync(state: EditorState = this.#view.state): void {
    const { dom, contentDOM, root } = this.#view;
    this.controller.setConditions({
      isReadOnly: isLocked(state),
      // Not `view.hasFocus`: a window behind another one keeps what it shows.
      isFocused: root.activeElement === contentDOM,
      isVisible: dom.ownerDocument.visibilityState !== "hidden",
    });
  }

  /** For events in which CodeMirror is about to look at the DOM, or to lose the focus. */
  later(run: () => void): void {
    queueMicrotask(() => {
      if (!this.#isGone) run();
    });
  }

  show(suggestion: Suggestion | null): void {
    this.#wanted = suggestion;
    if (!this.#isUpdating) this.#flush();
  }

  apply(acceptance: Acceptance): void {
    this.#view.dispatch(acceptanceSpec(this.#view.state, acceptance));
  }

  announce({ text, index, count }: Announcement): void {
    const { state } = this.#view;
    const spoken =
      count === 1
        ? state.phrase("Suggestion: $", text.trim())
        : state.phrase("Suggestion $1 of $2: $3", index, count, text.trim());
    this.#view.dispatch({ effects: EditorView.announce.of(spoken) });
  }

  failed(error: unknown): void {
    const onError = this.#view.state.facet(config)?.onError;
    if (onError !== undefined) onError(error);
    else logException(this.#view.state, error, "inline completion");
  }

  isInView(offset: number): boolean {
    return isInSight(this.#view, offset);
  }

  commentsAt(offset: number): CommentTokens {
    const [tokens] = this.#view.state.languageDataAt<CommentTokens>("commentTokens", offset);
    return tokens ?? {};
  }

  #isShown(state: EditorState): boolean {
    const shown = state.field(displayField, false) ?? null;
    return shown === null ? this.#wanted === null : shown.equals(this.#wanted);
  }

  #flush(): void {
    const view = this.#view;
    if (this.#isGone || this.#isShown(view.state)) return;
    keepInPlace(view, view.state.selection.main.head, () =>
      view.dispatch({ effects: showSuggestion.of(this.#wanted) }),
    );
  }
}

/** The plugin of inline completion. */
export const adapter = ViewPlugin.fromClass(Adapter, {
  eventObservers: {
    focus() {
      this.later(() => this.sync());
    },
    blur() {
      this.later(() => this.sync());
    },
    compositionstart() {
      this.later(() => this.controller.setComposing(true));
    },
    compositionend() {
      this.later(() => this.controller.setComposing(false));
    },
  },
});

/** The controller of a view, up to date with it; `null` without inline completion. */
export function controllerOf(view: EditorView): CompletionController | null {
  const plugin = view.plugin(adapter);
  plugin?.sync();
  return plugin?.controller ?? null;
}
