// Ghost text for CodeMirror 6: `inlineCompletion(config)` is the one factory.
//
// The suggestion is a widget, never text in the document, so that undo, saving
// and collaboration do not see it. State is a field of immutable values
// (`ghost-state.ts`), work happens in one view plugin, options are a facet.
// A suggestion is asked for after typing, not after moving or deleting.

import { Facet, Prec, StateEffect, StateField, type Extension } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  keymap,
  logException,
  ViewPlugin,
  WidgetType,
  type Command,
  type DecorationSet,
  type PluginValue,
  type ViewUpdate,
} from "@codemirror/view";
import type { EditorState } from "@codemirror/state";

import type { CompletionRequest, CompletionResult, CompletionUpdate } from "./generated.js";
import { Ghost, nextWord, textAround } from "./ghost-state.js";

/** What inline completion needs of a completer; `Completer` fits, and so does a fake. */
export interface CompletionSource {
  complete(
    request: CompletionRequest,
    options: { signal: AbortSignal; onUpdate: (update: CompletionUpdate) => void },
  ): Promise<CompletionResult>;
}

/** How inline completion behaves. */
export interface InlineCompletionConfig {
  /** Where suggestions come from; a function may return `null` while there is no source yet. */
  source: CompletionSource | (() => CompletionSource | null);
  /** Path of the file in the workspace; its extension names the language. Default: "". */
  path?: string | ((state: EditorState) => string);
  /** Milliseconds between the last keystroke and the request. Default: 75. */
  debounce?: number;
  /** Most tokens to generate; 0 (default) takes the engine's default. */
  maxTokens?: number;
  /**
   * Whether to bind the keys of {@link inlineCompletionKeymap} at the highest
   * precedence. Default: true.
   */
  defaultKeymap?: boolean;
  /** Called with each finished answer and the milliseconds from asking to it. */
  onResult?: (result: CompletionResult, milliseconds: number) => void;
  /** Called when a request fails; not for cancelled ones. Default: CodeMirror's exception log. */
  onError?: (error: unknown) => void;
}

const config = Facet.define<InlineCompletionConfig, InlineCompletionConfig | null>({
  combine: (values) => values[0] ?? null,
});

const ask = StateEffect.define<{ id: number }>();
const answer = StateEffect.define<{ id: number; text: string; done: boolean }>();
const dismiss = StateEffect.define<null>();
const trigger = StateEffect.define<null>();

const ghostField = StateField.define<Ghost | null>({
  create: () => null,
  update(ghost, transaction) {
    let next = ghost;
    if (transaction.docChanged || transaction.selection !== undefined) {
      next = next?.after(transaction) ?? null;
    }
    for (const effect of transaction.effects) {
      if (effect.is(ask)) {
        next = Ghost.asked(effect.value.id, transaction.state.selection.main.head);
      } else if (effect.is(answer) && next?.id === effect.value.id) {
        next = next.answered(effect.value.text, effect.value.done);
      } else if (effect.is(dismiss)) {
        next = null;
      }
    }
    return next;
  },
  provide: (field) =>
    EditorView.decorations.from(field, (ghost): DecorationSet => {
      if (ghost === null || ghost.rest === "") return Decoration.none;
      const widget = new GhostWidget(ghost.rest);
      return Decoration.set(Decoration.widget({ widget, side: 1 }).range(ghost.pos));
    }),
});

class GhostWidget extends WidgetType {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override eq(other: GhostWidget): boolean {
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

/** Asks, cancels and announces; everything with a timer or a promise. */
class Asker implements PluginValue {
  readonly #view: EditorView;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #inFlight: { id: number; controller: AbortController } | null = null;
  #nextId = 1;
  /** Whether the request that is scheduled was asked for by hand. */
  #manual = false;

  constructor(view: EditorView) {
    this.#view = view;
  }

  update(update: ViewUpdate): void {
    const ghost = update.state.field(ghostField);
    if (this.#inFlight !== null && ghost?.id !== this.#inFlight.id) this.#cancel();

    const triggered = update.transactions.some((transaction) =>
      transaction.effects.some((effect) => effect.is(trigger)),
    );
    if (triggered) {
      this.#manual = true;
      this.#schedule(0);
    } else if (update.docChanged) {
      const typed = update.transactions.some((transaction) => transaction.isUserEvent("input"));
      // While the suggestion agrees with what is typed there is nothing to ask.
      if (typed && (ghost === null || ghost.rest === "")) this.#schedule();
      else this.#unschedule();
    } else if (update.selectionSet) {
      this.#unschedule();
    }
  }

  destroy(): void {
    this.#unschedule();
    this.#cancel();
  }

  /** A composition is over: its text is typed now. */
  composed(): void {
    this.#schedule();
  }

  #schedule(delay = this.#config?.debounce ?? 75): void {
    this.#unschedule();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#ask();
    }, delay);
  }

  #unschedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #cancel(): void {
    this.#inFlight?.controller.abort();
    this.#inFlight = null;
  }

  get #config(): InlineCompletionConfig | null {
    return this.#view.state.facet(config);
  }

  #ask(): void {
    const view = this.#view;
    const { state } = view;
    const options = this.#config;
    const { main, ranges } = state.selection;
    const manual = this.#manual;
    this.#manual = false;
    // An answer to the previous keystroke may have come meanwhile and still fit.
    if (!manual && suggestion(state) !== null) return;
    // Text that is being composed may still change; `composed` asks when it is there.
    if (options === null || view.composing || view.compositionStarted || state.readOnly) return;
    if (ranges.length > 1 || !main.empty) return;
    const source = typeof options.source === "function" ? options.source() : options.source;
    if (source === null) return;

    this.#cancel();
    const id = this.#nextId++;
    const controller = new AbortController();
    this.#inFlight = { id, controller };
    view.dispatch({ effects: ask.of({ id }) });

    const path = typeof options.path === "function" ? options.path(state) : (options.path ?? "");
    const maxTokens = options.maxTokens ?? 0;
    const asked = performance.now();
    source
      .complete(
        { path, maxTokens, ...textAround(state.doc, main.head) },
        {
          signal: controller.signal,
          onUpdate: ({ text }) => {
            if (!controller.signal.aborted) this.#answered(id, text, false);
          },
        },
      )
      .then((result) => {
        if (controller.signal.aborted) return;
        this.#inFlight = null;
        this.#answered(id, result.text, true);
        options.onResult?.(result, performance.now() - asked);
      })
      .catch((error: unknown) => {
        const superseded = (error as { code?: unknown } | null)?.code === "cancelled";
        if (this.#inFlight?.id === id) this.#inFlight = null;
        // The view may be gone; then nobody waits for this.
        if (controller.signal.aborted) return;
        if (view.state.field(ghostField, false)?.id === id) {
          view.dispatch({ effects: dismiss.of(null) });
        }
        if (superseded) return;
        if (options.onError !== undefined) options.onError(error);
        else logException(view.state, error, "inline completion");
      });
  }

  #answered(id: number, text: string, done: boolean): void {
    const view = this.#view;
    const before = view.state.field(ghostField, false);
    if (before?.id !== id) return;
    view.dispatch({ effects: answer.of({ id, text, done }) });
    const ghost = view.state.field(ghostField);
    if (done && ghost !== null) {
      const spoken = view.state.phrase("Suggestion: $", ghost.rest.trim());
      view.dispatch({ effects: EditorView.announce.of(spoken) });
    }
    // What was typed meanwhile goes another way: ask again from here.
    if (ghost === null && before.typed !== "") this.#schedule();
  }
}

const asker = ViewPlugin.fromClass(Asker, {
  eventObservers: {
    compositionstart(_event, view) {
      if (view.state.field(ghostField, false) != null) {
        // Not inside the event: CodeMirror is about to look at the DOM.
        queueMicrotask(() => view.dispatch({ effects: dismiss.of(null) }));
      }
    },
    compositionend() {
      this.composed();
    },
  },
});

/** The suggestion shown at the cursor, or `null`. */
export function suggestion(state: EditorState): string | null {
  const rest = state.field(ghostField, false)?.rest ?? "";
  return rest === "" ? null : rest;
}

/** Inserts `text`, the start of what is shown; the rest stays shown. */
function insert(view: EditorView, ghost: Ghost, text: string): void {
  const whole = text === ghost.rest;
  const { pos, replaced } = ghost;
  const to = replaced !== "" && text.includes(replaced) ? pos + replaced.length : pos;
  view.dispatch({
    changes: { from: pos, to, insert: text },
    selection: { anchor: pos + text.length },
    userEvent: "input.complete",
    scrollIntoView: true,
    effects: whole ? dismiss.of(null) : [],
  });
}

/** The suggestion that commands act on. */
function shown(view: EditorView): Ghost | null {
  const ghost = view.state.field(ghostField, false) ?? null;
  return ghost === null || ghost.rest === "" || view.composing ? null : ghost;
}

/** Inserts the whole suggestion; false when none is shown. */
export const acceptSuggestion: Command = (view) => {
  const ghost = shown(view);
  if (ghost === null) return false;
  insert(view, ghost, ghost.rest);
  return true;
};

/** Inserts the suggestion's next word; false when none is shown. */
export const acceptSuggestionWord: Command = (view) => {
  const ghost = shown(view);
  if (ghost === null) return false;
  insert(view, ghost, nextWord(ghost.rest));
  return true;
};

/** Removes the suggestion, until something is typed; false when none is shown. */
export const dismissSuggestion: Command = (view) => {
  if (shown(view) === null) return false;
  view.dispatch({ effects: dismiss.of(null) });
  return true;
};

/** Asks for a suggestion now, without waiting for typing; false without inline completion. */
export const requestSuggestion: Command = (view) => {
  if (view.state.field(ghostField, false) === undefined || view.state.readOnly) return false;
  view.dispatch({ effects: trigger.of(null) });
  return true;
};

/**
 * Tab accepts, Escape dismisses, Mod-ArrowRight or Alt-ArrowRight accepts a
 * word, Alt-\ asks. All but the last leave the key to others when no suggestion
 * is shown.
 */
export const inlineCompletionKeymap = [
  { key: "Tab", run: acceptSuggestion },
  { key: "Escape", run: dismissSuggestion },
  { key: "Mod-ArrowRight", run: acceptSuggestionWord },
  { key: "Alt-ArrowRight", run: acceptSuggestionWord },
  { key: "Alt-\\", run: requestSuggestion },
] as const;

const theme = EditorView.baseTheme({
  ".cm-ghostText": { opacity: "1", whiteSpace: "pre-wrap", pointerEvents: "none" },
  "&light .cm-ghostText": { color: "#6e7781" },
  "&dark .cm-ghostText": { color: "#8b949e" },
});

/**
 * Ghost text in the editor.
 *
 * ```ts
 * const completer = await createCompleter();
 * new EditorView({ extensions: [inlineCompletion({ source: completer, path: "main.py" })] });
 * ```
 */
export function inlineCompletion(options: InlineCompletionConfig): Extension {
  return [
    config.of(options),
    ghostField,
    asker,
    theme,
    options.defaultKeymap === false ? [] : Prec.highest(keymap.of(inlineCompletionKeymap)),
  ];
}
