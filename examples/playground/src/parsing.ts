// Parses long files in steps of a few milliseconds.
//
// CodeMirror parses in idle time what it did not get to at once, and where the browser can tell
// that input waits it takes 100 ms at a time. Nothing is drawn meanwhile, ghost text included.
// So the same is done here in small steps, one after the other, before that begins; the browser
// handles keys and draws between any two. What is parsed is what CodeMirror would parse.

import { ensureSyntaxTree, forceParsing, syntaxTreeAvailable } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { ViewPlugin, type EditorView, type PluginValue, type ViewUpdate } from "@codemirror/view";

/** Milliseconds of a step. */
const STEP_MS = 12;
/** Steps after a change; what is not parsed by then is left to CodeMirror, which gives up too. */
const STEPS = 250;
/** UTF-16 units below the visible text that are parsed. */
const AHEAD = 100_000;

class Parsing implements PluginValue {
  readonly #view: EditorView;
  /** A message to oneself comes sooner than a timer or idle time, and later than a key. */
  readonly #channel = new MessageChannel();
  #isWaiting = false;
  #left = STEPS;

  constructor(view: EditorView) {
    this.#view = view;
    this.#channel.port1.onmessage = () => this.#step();
    this.#schedule();
  }

  update(update: ViewUpdate): void {
    if (!update.docChanged && !update.viewportChanged) return;
    this.#left = STEPS;
    this.#schedule();
  }

  destroy(): void {
    this.#channel.port1.close();
  }

  get #end(): number {
    const { state, viewport } = this.#view;
    return Math.min(state.doc.length, viewport.to + AHEAD);
  }

  #schedule(): void {
    if (this.#isWaiting || this.#left <= 0) return;
    if (syntaxTreeAvailable(this.#view.state, this.#end)) return;
    this.#isWaiting = true;
    this.#left -= 1;
    this.#channel.port2.postMessage(null);
  }

  #step(): void {
    this.#isWaiting = false;
    // Only the whole is drawn: colours of every step would cost more than the step.
    if (ensureSyntaxTree(this.#view.state, this.#end, STEP_MS) === null) this.#schedule();
    else forceParsing(this.#view, this.#end, STEP_MS);
  }
}

/** For an editor with a language. */
export function parsingInSteps(): Extension {
  return ViewPlugin.fromClass(Parsing);
}
