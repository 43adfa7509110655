// An edge's text on its way to the screen: held to what the tab's own suggestions are held to.
//
// The tab's engine says what of it may be shown, and when there is no more to wait for. It is
// asked about the newest text, not about those that were overtaken meanwhile. Where no engine
// is ready the text is shown as it comes; the edge's guard has seen it.

import type { CompletionResult, Written } from "../shared/generated.js";
import type { Completer, CompletionInput } from "../index.js";

export class EdgeReview {
  readonly #local: Pick<Completer, "review">;
  readonly #input: CompletionInput;
  readonly #show: (text: string) => void;
  readonly #enough = new AbortController();
  #newest: string | null = null;
  #working: Promise<void> | null = null;
  #shown = "";
  /** What the tab said when it wanted no more. */
  #end: CompletionResult | null = null;

  constructor(
    local: Pick<Completer, "review">,
    input: CompletionInput,
    show: (text: string) => void,
  ) {
    this.#local = local;
    this.#input = input;
    this.#show = show;
  }

  /** Aborted when no more of the text is wanted. */
  get enough(): AbortSignal {
    return this.#enough.signal;
  }

  /** Whether this is a place where nothing is suggested unless it is known already. */
  async isNoPlace(): Promise<boolean> {
    return (await this.#ask("", "growing"))?.finish === "skipped";
  }

  /** The whole text so far. */
  take(text: string): void {
    this.#newest = text;
    this.#working ??= this.#work();
  }

  /** What is on the screen, once nothing is under way any more. */
  async shown(): Promise<string> {
    await this.#working;
    return this.#shown;
  }

  /** What is left of a result. */
  async finish(result: CompletionResult): Promise<CompletionResult> {
    await this.#working;
    const written = result.finish === "length" ? "truncated" : "whole";
    const end = this.#end ?? (await this.#ask(result.text, written));
    if (end === null) return result;
    const { text, rule, language, length } = end;
    const finish = end.finish === "stop" ? result.finish : end.finish;
    return { ...result, text, rule, language, length, finish };
  }

  async #work(): Promise<void> {
    while (this.#newest !== null && this.#end === null) {
      const text = this.#newest;
      this.#newest = null;
      const result = await this.#ask(text, "growing");
      if (result === null) this.#put(text);
      else if (result.finish === "length") this.#put(result.text);
      else {
        this.#end = result;
        this.#enough.abort();
      }
    }
    this.#working = null;
  }

  /** Nothing that is shown is taken back before the end. */
  #put(text: string): void {
    if (text.length <= this.#shown.length || !text.startsWith(this.#shown)) return;
    this.#shown = text;
    this.#show(text);
  }

  /** `null` while there is no engine to say something. */
  async #ask(text: string, written: Written): Promise<CompletionResult | null> {
    return this.#local.review(this.#input, text, written).catch(() => null);
  }
}
