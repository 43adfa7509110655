// Inline completion without an editor: when to ask, what to show, what to apply, what became of it.
//
// An adapter tells the controller what happens in its editor (a document, edits, the selection,
// composition, focus, a popup) and does what the controller says (`EditorHost`). One controller
// serves one editor; a document that is put in the place of another is opened. The controller
// touches no DOM, and reads no clock but the one that it is given.

import type { CompletionRequest, CompletionResult, RequestEvent } from "../shared/generated.js";
import { Debounce, DEFAULT_DEBOUNCE_MS, systemClock, type Clock } from "../shared/clock.js";
import {
  cursorOf,
  mapOffset,
  textAround,
  type DocumentEdit,
  type DocumentText,
  type SelectionRange,
} from "./document.js";
import { OutcomeTracker, type SuggestionEnd } from "./outcomes.js";
import type { CommentTokens } from "./pairs.js";
import { RetentionTracker } from "./retention.js";
import type { CompletionSource } from "./source.js";
import { Suggestion, type Acceptance, type AcceptedPart } from "./suggestion.js";

/** A document in the editor; see `DocumentText` for offsets. */
export interface EditorDocument {
  readonly text: DocumentText;
  readonly selection: readonly SelectionRange[];
}

/** What an editor has to be for a suggestion to appear, or be accepted, in it. */
export interface EditorConditions {
  readonly isReadOnly: boolean;
  readonly isFocused: boolean;
  /** Whether the page and the editor in it can be seen. */
  readonly isVisible: boolean;
}

/** Which of how many suggestions is shown, for screen readers. */
export interface Announcement {
  readonly text: string;
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** The editor's side: what the controller asks of an adapter. */
export interface EditorHost {
  /**
   * Draws the suggestion's `rest` at its `offset`, or nothing. Also called within `edited`, where
   * the editor may be about to draw the same by itself.
   */
  show(suggestion: Suggestion | null): void;
  /**
   * Makes the edit, as an undo step of its own, and tells it by `edited` with the origin
   * "accepted". An editor may refuse; then nothing is told.
   */
  apply(acceptance: Acceptance): void;
  /** Tells screen readers. */
  announce(announcement: Announcement): void;
  /** A request failed; not called for cancelled ones. */
  failed(error: unknown): void;
  /** Whether the line of an offset is on the screen; an editor that does not know leaves it out. */
  isInView?(offset: number): boolean;
  /** How comments are written at an offset. */
  commentsAt?(offset: number): CommentTokens;
}

/** How the controller behaves; read each time, so that it may change. */
export interface ControllerOptions {
  /** Where suggestions come from; `null` while there is no source yet. */
  readonly source: CompletionSource | null;
  /** Path of the document in the workspace; its extension names the language. */
  readonly path: string;
  /**
   * Milliseconds between the last keystroke and the request. Default: as the source plans, if it
   * `waits`; 75 for others.
   */
  readonly debounce?: number | undefined;
  /** Alternatives to fetch, the suggestion itself included. Default: 3. */
  readonly alternatives?: number | undefined;
  /** Most tokens to generate; 0 (default) takes the engine's default. */
  readonly maxTokens?: number | undefined;
  /** Called with each finished answer and the milliseconds from asking to it. */
  readonly onResult?: ((result: CompletionResult, milliseconds: number) => void) | undefined;
}

/** Alternatives of the suggestion that is shown. */
interface Choices {
  readonly id: number;
  /** What was typed of the suggestion when they were fetched. */
  readonly typed: string;
  readonly texts: readonly string[];
  index: number;
}

const UNSEEN: EditorConditions = { isReadOnly: false, isFocused: false, isVisible: false };

/**
 * One editor's inline completion.
 *
 * ```ts
 * const controller = new CompletionController(host, () => ({ source, path: "main.py" }));
 * controller.setConditions({ isReadOnly: false, isFocused: true, isVisible: true });
 * controller.open({ text, selection });
 * controller.edited({ changes, selection, origin: "typed" }, text); // asks after a pause
 * controller.accept("all"); // on Tab; false when there is nothing to accept
 * ```
 */
export class CompletionController {
  readonly #host: EditorHost;
  readonly #options: () => ControllerOptions;
  readonly #clock: Clock;
  readonly #debounce: Debounce;
  readonly #outcomes: OutcomeTracker;
  readonly #retention: RetentionTracker;
  #document: EditorDocument | null = null;
  #conditions = UNSEEN;
  #isComposing = false;
  /** What the selected option of a popup would put behind the cursor. */
  #popup: string | null = null;
  #suggestion: Suggestion | null = null;
  /** What the host was last told to show. */
  #displayed: Suggestion | null = null;
  #inFlight: { readonly id: number; readonly abort: AbortController } | null = null;
  #choices: Choices | null = null;
  #nextId = 1;
  #isDisposed = false;

  constructor(host: EditorHost, options: () => ControllerOptions, clock: Clock = systemClock) {
    this.#host = host;
    this.#options = options;
    this.#clock = clock;
    this.#debounce = new Debounce(clock);
    this.#outcomes = new OutcomeTracker(clock, (shown) => this.#source?.shown?.(shown));
    this.#retention = new RetentionTracker(
      clock,
      (from, to) => this.#document?.text.slice(from, to) ?? "",
      (kept) => this.#source?.kept?.(kept),
    );
  }

  /** What is shown at the cursor; `null` if nothing is. */
  get displayed(): Suggestion | null {
    return this.#displayed;
  }

  /** Whether a request is under way or about to be made. */
  get isPending(): boolean {
    return this.#debounce.isPending || this.#inFlight !== null;
  }

  // ---- What happens in the editor ----

  /** A document is in the editor, in the place of any other. */
  open(document: EditorDocument): void {
    this.#end("left");
    this.#retention.clear();
    this.#document = document;
    // Not while the editor is being made: the source may be set up after it.
    queueMicrotask(() => this.#warm());
  }

  /** The document was edited, and is `text` now. */
  edited(edit: DocumentEdit, text: DocumentText): void {
    if (this.#document === null) return;
    this.#document = { text, selection: edit.selection };
    this.#retention.edited(edit.changes);
    const before = this.#suggestion;
    const after = before?.after(edit) ?? null;
    const inserted = before === null ? null : insertedAt(edit, before.offset);
    if (edit.origin === "accepted" && inserted !== null) {
      this.#retention.accepted(inserted.offset, inserted.text);
      if (after !== null) this.#outcomes.partlyAccepted();
    }
    this.#replace(after, endOf(edit, before, inserted?.text ?? ""));
    this.#react(edit);
  }

  /** The selection moved without an edit. */
  selected(selection: readonly SelectionRange[]): void {
    if (this.#document === null) return;
    this.#document = { ...this.#document, selection };
    const next = this.#suggestion?.after({ changes: [], selection, origin: "other" }) ?? null;
    this.#debounce.cancel();
    this.#replace(next, "left");
    this.#warm();
  }

  /** The editor became something in which suggestions may, or may not, appear. */
  setConditions(conditions: EditorConditions): void {
    this.#conditions = conditions;
    if (!this.#isWritable) this.#end(conditions.isReadOnly ? "withdrawn" : "left");
  }

  /** An input method composes text, or is done with it. */
  setComposing(isComposing: boolean): void {
    if (isComposing === this.#isComposing) return;
    this.#isComposing = isComposing;
    if (isComposing) this.#end("contradicted");
    // Its text is typed now.
    else this.#schedule("typed");
  }

  /**
   * A completion popup is open and its selected option would put `text` behind the cursor;
   * `null` without popup or selected option. Suggestions that do not begin with it are hidden.
   */
  setPopup(text: string | null): void {
    if (text === this.#popup) return;
    this.#popup = text;
    this.#refresh();
  }

  /** The editor is gone: nothing is asked, shown or told any more. */
  dispose(): void {
    this.#end("left");
    this.#retention.clear();
    this.#isDisposed = true;
    this.#document = null;
  }

  // ---- What the user asks for ----

  /** Asks now, without waiting for typing; false where nothing can be suggested. */
  trigger(): boolean {
    if (!this.#isWritable) return false;
    this.#debounce.cancel();
    this.#ask("asked");
    return true;
  }

  /** Accepts what is shown, or its next word or line; false when nothing is shown. */
  accept(part: AcceptedPart): boolean {
    const suggestion = this.#actionable();
    if (suggestion === null) return false;
    this.#host.apply(suggestion.acceptance(part));
    return true;
  }

  /** Sends away what is shown and what is on its way; false when nothing is shown. */
  dismiss(): boolean {
    const isShown = this.#displayed !== null;
    this.#end(isShown ? "dismissed" : "withdrawn");
    return isShown;
  }

  /** Shows the alternative `step` further; false when nothing is shown. */
  cycle(step: number): boolean {
    const suggestion = this.#actionable();
    if (suggestion === null) return false;
    void this.#cycle(suggestion, step);
    return true;
  }

  // ---- Asking ----

  get #source(): CompletionSource | null {
    return this.#isDisposed ? null : this.#options().source;
  }

  /** Whether the source plans the pause itself. */
  get #isPlanned(): boolean {
    return this.#options().debounce === undefined && this.#source?.waits === true;
  }

  get #isWritable(): boolean {
    const { isReadOnly, isFocused, isVisible } = this.#conditions;
    return this.#document !== null && !isReadOnly && isFocused && isVisible;
  }

  get #cursor(): number | null {
    return this.#document === null ? null : cursorOf(this.#document.selection);
  }

  /** Asks, or does not, after an edit. */
  #react({ origin }: DocumentEdit): void {
    // What others do says nothing about what is wanted here.
    if (origin === "other") return;
    // While the suggestion agrees with what is typed there is nothing to ask.
    if ((this.#suggestion?.rest ?? "") !== "") this.#debounce.cancel();
    else if (origin === "accepted") this.#schedule("accepted");
    else if (origin === "typed" || origin === "inserted") this.#schedule("typed");
    else if (origin === "deleted" && this.#isPlanned) this.#schedule("deleted");
    else this.#debounce.cancel();
  }

  /** Asks after the pause: here where it is a fixed one, at the source where that plans it. */
  #schedule(event: RequestEvent): void {
    const { debounce = DEFAULT_DEBOUNCE_MS } = this.#options();
    this.#debounce.after(this.#isPlanned ? 0 : debounce, () => {
      // An answer to an earlier keystroke may have come meanwhile and still fit.
      if ((this.#suggestion?.rest ?? "") === "") this.#ask(event);
    });
  }

  #request(event: RequestEvent, { text }: EditorDocument, offset: number): CompletionRequest {
    const { path, maxTokens = 0 } = this.#options();
    return {
      path,
      maxTokens,
      event,
      selection: false,
      readOnly: false,
      ...textAround(text, offset),
    };
  }

  /** Tells the source where the cursor is, if it wants to know. */
  #warm(): void {
    const document = this.#document;
    const cursor = this.#cursor;
    const source = this.#source;
    if (source?.warm === undefined || document === null || cursor === null) return;
    if (!this.#conditions.isReadOnly) source.warm(this.#request("asked", document, cursor));
  }

  #ask(event: RequestEvent): void {
    const source = this.#source;
    const document = this.#document;
    const offset = this.#cursor;
    if (source === null || document === null || offset === null) return;
    // Text that is being composed may still change; `setComposing` asks when it is there.
    if (!this.#isWritable || this.#isComposing) return;

    const older = this.#inFlight?.abort;
    const id = this.#nextId++;
    const abort = new AbortController();
    const { signal } = abort;
    this.#inFlight = { id, abort };
    this.#replace(Suggestion.asked(id, offset, this.#host.commentsAt?.(offset)), "withdrawn");

    const asked = this.#clock.now();
    const answer = source.complete(this.#request(event, document, offset), {
      signal,
      wait: this.#isPlanned,
      onUpdate: ({ text }) => {
        if (!signal.aborted) this.#answered(id, text, null);
      },
    });
    // Only now, so that a source can see what the new request has in common with it.
    older?.abort();
    answer
      .then((result) => {
        if (signal.aborted) return;
        this.#inFlight = null;
        this.#answered(id, result.text, result);
        this.#options().onResult?.(result, this.#clock.now() - asked);
      })
      .catch((error: unknown) => {
        if (this.#inFlight?.id === id) this.#inFlight = null;
        // Nobody waits for it any more.
        if (signal.aborted) return;
        if (this.#suggestion?.id === id) this.#replace(null, "withdrawn");
        if (!isCancelled(error)) this.#host.failed(error);
      });
  }

  #answered(id: number, text: string, result: CompletionResult | null): void {
    const before = this.#suggestion;
    if (before?.id !== id) return;
    if (result !== null) this.#outcomes.answered(id, result);
    const after = before.answered(text, result !== null);
    // Nobody would see it come.
    const appears = this.#displayed === null && after !== null && after.rest !== "";
    if (appears && !this.#isInView(after)) {
      this.#end("withdrawn");
      return;
    }
    this.#replace(after, "withdrawn");
    if (result !== null && this.#displayed !== null) {
      this.#host.announce({ text: this.#displayed.rest, index: 1, count: 1 });
    }
    // What was typed meanwhile goes another way: ask again from here.
    if (after === null && before.typed !== "") this.#schedule("typed");
  }

  async #cycle(suggestion: Suggestion, step: number): Promise<void> {
    const choices = await this.#choicesOf(suggestion).catch((error: unknown) => {
      if (!isCancelled(error)) this.#host.failed(error);
      return null;
    });
    const now = this.#actionable();
    if (choices === null || now?.id !== choices.id || now.typed !== choices.typed) return;
    const count = choices.texts.length;
    choices.index = (((choices.index + step) % count) + count) % count;
    const text = choices.texts[choices.index] ?? "";
    this.#replace(now.replaced(text), "withdrawn");
    this.#host.announce({ text, index: choices.index + 1, count });
  }

  /** What else could stand here; `null` when nobody waits for it any more. */
  async #choicesOf(suggestion: Suggestion): Promise<Choices | null> {
    const { id, typed, rest, offset } = suggestion;
    if (this.#choices?.id === id && this.#choices.typed === typed) return this.#choices;
    const source = this.#source;
    const document = this.#document;
    if (source?.alternatives === undefined || document === null) return null;
    this.#inFlight?.abort.abort();
    const abort = new AbortController();
    const { signal } = abort;
    this.#inFlight = { id, abort };
    try {
      const { alternatives: count = 3 } = this.#options();
      const request = this.#request("asked", document, offset);
      const { texts } = await source.alternatives(request, { count, signal });
      if (signal.aborted) return null;
      // What is shown is the first, whether or not the engine would say it again.
      const others = texts.filter((text) => text !== rest);
      this.#choices = { id, typed, texts: [rest, ...others], index: 0 };
      return this.#choices;
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    } finally {
      if (this.#inFlight?.abort === abort) this.#inFlight = null;
    }
  }

  // ---- Showing ----

  /** What commands act on: shown, in sight, in an editor that can be written to. */
  #actionable(): Suggestion | null {
    const suggestion = this.#displayed;
    if (suggestion === null || !this.#isWritable || this.#isComposing) return null;
    return this.#isInView(suggestion) ? suggestion : null;
  }

  #isInView({ offset }: Suggestion): boolean {
    return this.#host.isInView?.(offset) ?? true;
  }

  /** Ends the suggestion, the request for one, and the wait for that. */
  #end(end: SuggestionEnd): void {
    this.#debounce.cancel();
    this.#replace(null, end);
    this.#inFlight?.abort.abort();
    this.#inFlight = null;
  }

  /** Another suggestion takes the place of the present one, which came to this. */
  #replace(next: Suggestion | null, end: SuggestionEnd): void {
    const before = this.#suggestion;
    this.#suggestion = next;
    if (this.#inFlight !== null && next?.id !== this.#inFlight.id) {
      this.#inFlight.abort.abort();
      this.#inFlight = null;
    }
    if (before !== null && before.id !== next?.id) this.#outcomes.ended(end);
    this.#refresh();
  }

  #refresh(): void {
    if (this.#isDisposed) return;
    const suggestion = this.#suggestion;
    const rest = suggestion?.rest ?? "";
    const isHidden = rest === "" || (this.#popup !== null && !rest.startsWith(this.#popup));
    const displayed = isHidden ? null : suggestion;
    if (displayed === null) this.#outcomes.hidden();
    else this.#outcomes.displayed(displayed.id, displayed.text);
    const isSame =
      displayed === null ? this.#displayed === null : displayed.equals(this.#displayed);
    this.#displayed = displayed;
    if (!isSame) this.#host.show(displayed);
  }
}

/** What an edit inserted where the cursor was, and where that stands now. */
function insertedAt(
  { changes }: DocumentEdit,
  offset: number,
): { readonly offset: number; readonly text: string } | null {
  const change = changes.find(({ from }) => from === offset);
  if (change === undefined) return null;
  return { offset: mapOffset(changes, offset, -1), text: change.insert };
}

/** What a suggestion comes to that an edit ends. */
function endOf(
  { origin }: DocumentEdit,
  before: Suggestion | null,
  inserted: string,
): SuggestionEnd {
  const rest = before?.rest ?? "";
  switch (origin) {
    case "accepted":
      return inserted === rest ? "accepted" : "withdrawn";
    case "typed":
      return rest !== "" && inserted.startsWith(rest) ? "typed" : "contradicted";
    case "deleted":
    case "history":
      return "contradicted";
    case "inserted":
    case "other":
      return "withdrawn";
  }
}

function isCancelled(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "cancelled";
}
