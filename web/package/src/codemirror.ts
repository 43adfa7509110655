// Ghost text for CodeMirror 6: `inlineCompletion(config)` is the one factory.
//
// The suggestion is a widget, never text in the document, so that undo, saving
// and collaboration do not see it. State is a field of immutable values
// (`ghost-state.ts`), work happens in one view plugin, options are a facet.
// A suggestion is asked for after typing; after deleting only what a source knows
// already is shown, and moving the cursor shows nothing.

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

import type {
  Alternatives,
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  KeptShare,
  RequestEvent,
} from "./generated.js";
import type { ShownSuggestion } from "./feedback.js";
import { Ghost, nextLine, nextWord, textAround } from "./ghost-state.js";
import { Watcher } from "./shown.js";

/** What inline completion needs of a completer; `Completer` fits, and so does a fake. */
export interface CompletionSource {
  complete(
    request: CompletionRequest,
    options: {
      signal: AbortSignal;
      onUpdate: (update: CompletionUpdate) => void;
      /** Whether the source may wait as long as it judges best. */
      wait: boolean;
    },
  ): Promise<CompletionResult>;
  /** Whether the source knows by itself how long to wait after a keystroke. */
  readonly waits?: boolean;
  /** Several suggestions for one place. */
  alternatives?(
    request: CompletionRequest,
    options: { count: number; signal: AbortSignal },
  ): Promise<Alternatives>;
  /** Is told where the cursor is. */
  warm?(request: CompletionRequest): void;
  /** Is told what became of a suggestion. */
  shown?(suggestion: ShownSuggestion): void;
  /** Is told how much of an accepted suggestion still stands after a time. */
  kept?(kept: KeptShare): void;
}

/** How inline completion behaves. */
export interface InlineCompletionConfig {
  /** Where suggestions come from; a function may return `null` while there is no source yet. */
  source: CompletionSource | (() => CompletionSource | null);
  /** Path of the file in the workspace; its extension names the language. Default: "". */
  path?: string | ((state: EditorState) => string);
  /**
   * Milliseconds between the last keystroke and the request. Default: as long as a
   * source judges best that `waits`, as a completer does; 75 for others.
   */
  debounce?: number;
  /** Alternatives to fetch for Alt-] and Alt-[, the suggestion itself included. Default: 3. */
  alternatives?: number;
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
const cycle = StateEffect.define<number>();

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

/** Alternatives of the suggestion that is shown. */
interface Choices {
  readonly id: number;
  /** What was typed of the suggestion when they were fetched. */
  readonly typed: string;
  readonly texts: readonly string[];
  at: number;
}

/** Asks, cancels and announces; everything with a timer or a promise. */
class Asker implements PluginValue {
  readonly #view: EditorView;
  readonly #watcher: Watcher;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #inFlight: { id: number; controller: AbortController } | null = null;
  #choices: Choices | null = null;
  #nextId = 1;
  /** What led to the request that is scheduled. */
  #event: RequestEvent = "typed";
  #isGone = false;

  constructor(view: EditorView) {
    this.#view = view;
    this.#watcher = new Watcher({
      shown: (suggestion) => this.#source?.shown?.(suggestion),
      kept: (kept) => this.#source?.kept?.(kept),
    });
    // Not while the view is being made: the source may be set up after it.
    queueMicrotask(() => {
      if (!this.#isGone) this.#warm();
    });
  }

  update(update: ViewUpdate): void {
    const ghost = update.state.field(ghostField);
    const effects = update.transactions.flatMap((transaction) => transaction.effects);
    const dismissed = effects.some((effect) => effect.is(dismiss));
    this.#watcher.update(update.transactions, update.state.doc, ghost, dismissed);
    if (this.#inFlight !== null && ghost?.id !== this.#inFlight.id) this.#cancel();

    const steps = effects.filter((effect) => effect.is(cycle)).map(({ value }) => value);
    if (steps.length > 0) {
      // An update is no place to dispatch another one.
      queueMicrotask(() => void this.#cycle(steps.reduce((sum, step) => sum + step, 0)));
    }
    if (effects.some((effect) => effect.is(trigger))) {
      this.#schedule("asked", 0);
    } else if (update.docChanged) {
      const is = (kind: string): boolean =>
        update.transactions.some((transaction) => transaction.isUserEvent(kind));
      // While the suggestion agrees with what is typed there is nothing to ask.
      if (ghost !== null && ghost.rest !== "") this.#unschedule();
      else if (is("input.complete")) this.#schedule("accepted");
      else if (is("input")) this.#schedule("typed");
      else if (is("delete") && this.#waits) this.#schedule("deleted");
      else this.#unschedule();
    } else if (update.selectionSet) {
      this.#unschedule();
      this.#warm();
    }
  }

  destroy(): void {
    this.#isGone = true;
    this.#unschedule();
    this.#cancel();
    this.#watcher.destroy();
  }

  /** A composition is over: its text is typed now. */
  composed(): void {
    this.#schedule("typed");
  }

  #schedule(event: RequestEvent, delay?: number): void {
    this.#unschedule();
    this.#event = event;
    const wait = delay ?? this.#config?.debounce ?? (this.#waits ? 0 : 75);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#ask();
    }, wait);
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

  get #source(): CompletionSource | null {
    const source = this.#config?.source ?? null;
    return typeof source === "function" ? source() : source;
  }

  /** Whether the source decides how long to wait. */
  get #waits(): boolean {
    return this.#config?.debounce === undefined && this.#source?.waits === true;
  }

  /** The request of the cursor's place. */
  #request(event: RequestEvent): CompletionRequest {
    const { state } = this.#view;
    const { path: named, maxTokens = 0 } = this.#config ?? {};
    const path = typeof named === "function" ? named(state) : (named ?? "");
    const around = textAround(state.doc, state.selection.main.head);
    return { path, maxTokens, event, selection: false, readOnly: false, ...around };
  }

  /** Tells the source where the cursor is, if it wants to know. */
  #warm(): void {
    const { state } = this.#view;
    const source = this.#source;
    if (source?.warm === undefined || state.readOnly || !state.selection.main.empty) return;
    source.warm(this.#request("asked"));
  }

  #ask(): void {
    const view = this.#view;
    const { state } = view;
    const options = this.#config;
    const { main, ranges } = state.selection;
    const event = this.#event;
    // An answer to the previous keystroke may have come meanwhile and still fit.
    if (event !== "asked" && suggestion(state) !== null) return;
    // Text that is being composed may still change; `composed` asks when it is there.
    if (options === null || view.composing || view.compositionStarted || state.readOnly) return;
    if (ranges.length > 1 || !main.empty) return;
    const source = this.#source;
    if (source === null) return;

    const older = this.#inFlight?.controller;
    const id = this.#nextId++;
    const controller = new AbortController();
    this.#inFlight = { id, controller };
    view.dispatch({ effects: ask.of({ id }) });

    const asked = performance.now();
    const answered = source.complete(this.#request(event), {
      signal: controller.signal,
      wait: this.#waits,
      onUpdate: ({ text }) => {
        if (!controller.signal.aborted) this.#answered(id, text, null);
      },
    });
    // Only now, so that a source can see what the new request has in common with it.
    older?.abort();
    answered
      .then((result) => {
        if (controller.signal.aborted) return;
        this.#inFlight = null;
        this.#answered(id, result.text, result);
        options.onResult?.(result, performance.now() - asked);
      })
      .catch((error: unknown) => {
        const superseded = (error as { code?: unknown } | null)?.code === "cancelled";
        if (this.#inFlight?.id === id) this.#inFlight = null;
        // The view may be gone; then nobody waits for this.
        if (controller.signal.aborted) return;
        this.#dismiss(id);
        if (superseded) return;
        this.#failed(error);
      });
  }

  #dismiss(id: number): void {
    const view = this.#view;
    if (view.state.field(ghostField, false)?.id === id) {
      view.dispatch({ effects: dismiss.of(null) });
    }
  }

  #failed(error: unknown): void {
    const onError = this.#config?.onError;
    if (onError !== undefined) onError(error);
    else logException(this.#view.state, error, "inline completion");
  }

  #answered(id: number, text: string, result: CompletionResult | null): void {
    const view = this.#view;
    const before = view.state.field(ghostField, false);
    if (before?.id !== id) return;
    if (result !== null) this.#watcher.answered(id, result);
    view.dispatch({ effects: answer.of({ id, text, done: result !== null }) });
    const ghost = view.state.field(ghostField);
    if (result !== null && ghost !== null) {
      const spoken = view.state.phrase("Suggestion: $", ghost.rest.trim());
      view.dispatch({ effects: EditorView.announce.of(spoken) });
    }
    // What was typed meanwhile goes another way: ask again from here.
    if (ghost === null && before.typed !== "") this.#schedule("typed");
  }

  /** Shows another suggestion for the same place. */
  async #cycle(step: number): Promise<void> {
    const view = this.#view;
    const ghost = shown(view);
    const source = this.#source;
    if (ghost === null || source?.alternatives === undefined) return;
    let choices = this.#choices;
    if (choices?.id !== ghost.id || choices.typed !== ghost.typed) {
      this.#cancel();
      const controller = new AbortController();
      this.#inFlight = { id: ghost.id, controller };
      try {
        const count = this.#config?.alternatives ?? 3;
        const { signal } = controller;
        const { texts } = await source.alternatives(this.#request("asked"), { count, signal });
        if (signal.aborted) return;
        // What is shown is the first, whether or not the engine would say it again.
        const others = texts.filter((text) => text !== ghost.rest);
        choices = { id: ghost.id, typed: ghost.typed, texts: [ghost.rest, ...others], at: 0 };
      } catch (error) {
        if ((error as { code?: unknown } | null)?.code !== "cancelled") this.#failed(error);
        return;
      } finally {
        if (this.#inFlight?.controller === controller) this.#inFlight = null;
      }
      const now = view.state.field(ghostField, false);
      if (now?.id !== ghost.id || now.typed !== ghost.typed) return;
      this.#choices = choices;
    }
    const count = choices.texts.length;
    choices.at = (((choices.at + step) % count) + count) % count;
    const text = choices.texts[choices.at] ?? "";
    const place = view.state.phrase("Suggestion $1 of $2: $3", choices.at + 1, count, text.trim());
    view.dispatch({
      effects: [
        answer.of({ id: ghost.id, text: ghost.typed + text, done: true }),
        EditorView.announce.of(place),
      ],
    });
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

/** Inserts the suggestion up to the end of its next line; false when none is shown. */
export const acceptSuggestionLine: Command = (view) => {
  const ghost = shown(view);
  if (ghost === null) return false;
  insert(view, ghost, nextLine(ghost.rest));
  return true;
};

/** Shows the next alternative; false when no suggestion is shown. */
export const nextSuggestion: Command = (view) => {
  if (shown(view) === null) return false;
  view.dispatch({ effects: cycle.of(1) });
  return true;
};

/** Shows the previous alternative; false when no suggestion is shown. */
export const previousSuggestion: Command = (view) => {
  if (shown(view) === null) return false;
  view.dispatch({ effects: cycle.of(-1) });
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
 * word, Mod-ArrowDown a line, Alt-] and Alt-[ show alternatives, Alt-\ asks. All
 * but the last leave the key to others when no suggestion is shown.
 */
export const inlineCompletionKeymap = [
  { key: "Tab", run: acceptSuggestion },
  { key: "Escape", run: dismissSuggestion },
  { key: "Mod-ArrowRight", run: acceptSuggestionWord },
  { key: "Alt-ArrowRight", run: acceptSuggestionWord },
  { key: "Mod-ArrowDown", run: acceptSuggestionLine },
  { key: "Alt-]", run: nextSuggestion },
  { key: "Alt-[", run: previousSuggestion },
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
