// What became of the suggestions that an editor showed: how long each was visible and how it ended.
//
// Plain calls in, plain figures out: no text leaves this file. A suggestion counts once, when it
// is over, if it was visible for 250 ms and its whole answer had come.

import type { ShownSuggestion } from "../page/feedback.js";
import type { CompletionResult, SuggestionFate } from "../shared/generated.js";
import type { Clock } from "../shared/clock.js";

/** Milliseconds for which a suggestion has to be visible before it counts. */
const VISIBLE_MS = 250;

/**
 * Why a suggestion is over: taken whole, typed to its end, contradicted by an edit of the user,
 * sent away, left behind by the cursor or the eyes, or withdrawn, which says nothing about it.
 */
export type SuggestionEnd =
  "accepted" | "typed" | "contradicted" | "dismissed" | "left" | "withdrawn";

/** A suggestion that was displayed and is not over. */
interface Displayed {
  readonly id: number;
  /** When it became visible; `null` while it is hidden. */
  since: number | null;
  /** Milliseconds for which it was visible before. */
  earlierMs: number;
  /** The longest text of it so far. */
  text: string;
  /** Whether a part of it was accepted. */
  isPartlyAccepted: boolean;
}

/** Follows one suggestion after the other. */
export class OutcomeTracker {
  readonly #clock: Clock;
  readonly #report: (suggestion: ShownSuggestion) => void;
  #displayed: Displayed | null = null;
  #result: { id: number; result: CompletionResult } | null = null;

  constructor(clock: Clock, report: (suggestion: ShownSuggestion) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Request `id` has its whole answer. */
  answered(id: number, result: CompletionResult): void {
    this.#result = { id, result };
  }

  /** Suggestion `id` is on the screen, with this whole text. */
  displayed(id: number, text: string): void {
    const now = this.#clock.now();
    if (this.#displayed?.id !== id) {
      this.#displayed = { id, since: now, earlierMs: 0, text, isPartlyAccepted: false };
      return;
    }
    this.#displayed.since ??= now;
    if (text.length > this.#displayed.text.length) this.#displayed.text = text;
  }

  /** Nothing is on the screen for now. */
  hidden(): void {
    const displayed = this.#displayed;
    if (displayed === null || displayed.since === null) return;
    displayed.earlierMs += this.#clock.now() - displayed.since;
    displayed.since = null;
  }

  /** A part of it was accepted. */
  partlyAccepted(): void {
    if (this.#displayed !== null) this.#displayed.isPartlyAccepted = true;
  }

  /** It is over. */
  ended(end: SuggestionEnd): void {
    this.hidden();
    const displayed = this.#displayed;
    this.#displayed = null;
    if (displayed === null) return;
    const { id, earlierMs, text, isPartlyAccepted } = displayed;
    const fate = fateOf(end, isPartlyAccepted);
    const result = this.#result?.id === id ? this.#result.result : null;
    if (fate === null || result === null || earlierMs < VISIBLE_MS) return;
    const { language, length, confidence, likelihood } = result;
    this.#report({
      language,
      length,
      characters: text.length,
      lines: text.split("\n").length,
      confidence,
      likelihood,
      fate,
      shownMs: Math.round(earlierMs),
    });
  }
}

/** As it is counted; `null` if it is not. */
function fateOf(end: SuggestionEnd, isPartlyAccepted: boolean): SuggestionFate | null {
  if (end === "accepted") return "accepted";
  if (isPartlyAccepted) return "partly";
  switch (end) {
    case "typed":
      return "partly"; // who types the last of it takes it, too
    case "contradicted":
      return "typed-over";
    case "withdrawn":
      return null;
    default:
      return end;
  }
}
