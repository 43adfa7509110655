// The smallest editor that a controller can work in: a string, a cursor, and a scripted source.

import { CompletionController } from "../dist/editors/controller.js";
import { mapOffset } from "../dist/editors/document.js";
import { FakeClock, settle } from "./clock.mjs";

const READY = { isReadOnly: false, isFocused: true, isVisible: true };

/** An editor with a controller, the cursor where `|` stands in `document`. */
export class FakeEditor {
  clock = new FakeClock();
  /** Requests, each with `request`, `signal`, `wait`, `update(text)`, `finish(text)`, `fail(code)`. */
  asked = [];
  /** What the source was told: ["warm" | "shown" | "kept", value]. */
  told = [];
  announced = [];
  failures = [];
  /** Every call of `show`: the text or `null`. */
  shows = [];
  /** Whether `apply` is refused. */
  refuses = false;
  inView = true;
  options = { path: "a.py", debounce: 75 };
  alternativeTexts = [];

  constructor(document = "|", options = {}) {
    this.options = { ...this.options, ...options };
    this.source = {
      waits: true,
      warm: ({ prefix }) => this.told.push(["warm", prefix]),
      shown: (suggestion) => this.told.push(["shown", suggestion]),
      kept: (kept) => this.told.push(["kept", kept]),
      alternatives: async (_request, { signal }) => {
        await settle();
        if (signal.aborted) throw Object.assign(new Error(), { code: "cancelled" });
        return { texts: this.alternativeTexts };
      },
      complete: (request, { signal, onUpdate, wait }) =>
        new Promise((resolve, reject) => {
          this.asked.push({
            request,
            signal,
            wait,
            update: (text) => onUpdate({ text }),
            finish: (text) => (resolve(result(text)), settle()),
            fail: (code) => (reject(Object.assign(new Error(code), { code })), settle()),
          });
        }),
    };
    this.controller = new CompletionController(
      this,
      () => ({ source: this.source, ...this.options }),
      this.clock,
    );
    this.controller.setConditions(READY);
    this.#load(document);
  }

  #load(document) {
    this.cursor = Math.max(0, document.indexOf("|"));
    this.text = document.replace("|", "");
    this.controller.open({ text: textOf(this.text), selection: this.selection });
  }

  /** Puts another document in. */
  open(document) {
    this.#load(document);
  }

  get selection() {
    return [{ anchor: this.cursor, head: this.cursor }];
  }

  /** What is shown, or `null`. */
  get ghost() {
    return this.controller.displayed?.rest ?? null;
  }

  /** The document with `|` at the cursor. */
  get document() {
    return `${this.text.slice(0, this.cursor)}|${this.text.slice(this.cursor)}`;
  }

  /** An edit by anybody; the cursor is mapped unless it is given. */
  edit(changes, origin, cursor = mapOffset(changes, this.cursor, 1)) {
    let text = "";
    let at = 0;
    for (const { from, to, insert } of changes) {
      text += this.text.slice(at, from) + insert;
      at = to;
    }
    this.text = text + this.text.slice(at);
    this.cursor = cursor;
    const edit = { changes, selection: this.selection, origin };
    this.controller.edited(edit, textOf(this.text));
  }

  /** Types, one character after the other; `closer` is what the editor puts behind the last one. */
  type(text, closer = "") {
    const units = [...text];
    units.forEach((char, index) => {
      const insert = index === units.length - 1 ? char + closer : char;
      const change = { from: this.cursor, to: this.cursor, insert };
      this.edit([change], "typed", this.cursor + char.length);
    });
  }

  /** Types a closing character over the one that stands behind the cursor. */
  typeOver(text) {
    const change = { from: this.cursor, to: this.cursor + text.length, insert: text };
    this.edit([change], "typed", this.cursor + text.length);
  }

  delete() {
    this.edit([{ from: this.cursor - 1, to: this.cursor, insert: "" }], "deleted");
  }

  move(cursor) {
    this.cursor = cursor;
    this.controller.selected(this.selection);
  }

  set(conditions) {
    this.controller.setConditions({ ...READY, ...conditions });
  }

  /** Waits for the pause, then answers the newest request. */
  async suggest(text) {
    await this.clock.advance(75);
    await this.asked.at(-1).finish(text);
  }

  outcomes() {
    return this.told.filter(([what]) => what === "shown").map(([, { fate }]) => fate);
  }

  // EditorHost:

  show(suggestion) {
    this.shows.push(suggestion?.rest ?? null);
  }

  apply({ from, to, insert, cursor }) {
    if (!this.refuses) this.edit([{ from, to, insert }], "accepted", cursor);
  }

  announce(announcement) {
    this.announced.push(announcement);
  }

  failed(error) {
    this.failures.push(error.code);
  }

  isInView() {
    return this.inView;
  }

  commentsAt() {
    return { line: "#" };
  }
}

function textOf(text) {
  return { length: text.length, slice: (from, to) => text.slice(from, to) };
}

/** A finished answer. */
export function result(text, finish = "stop") {
  const facts = { language: "python", length: "line", confidence: 0.5, likelihood: 0.5 };
  return { text, finish, ...facts };
}
