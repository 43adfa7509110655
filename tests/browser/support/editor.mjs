// An editor with ghost text on a page; the source of suggestions is a script of the test.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { launch, openPage } from "./browser.mjs";
import { startServer } from "./server.mjs";

/** What tests do with the editor; `page()` is the page of the running test. */
export function editorOn(page) {
  /**
   * Puts an editor on the page, the cursor where `|` stands in `doc`.
   *
   * `extensions` and `after` are names from the list below, of what stands before inline
   * completion and behind it, which decides who gets a key first. `window.path` is the path of the
   * document. Requests collect in
   * `window.asked`, each with `request`, `signal`, `update(text)`, `finish(text)` and `fail(code)`.
   */
  async function open(doc = "|", { options = {}, extensions = [], after = [] } = {}) {
    await page().evaluate(
      async ({ doc, options, extensions, after }) => {
        const [state, view, commands, autocomplete, language] = await Promise.all([
          import("@codemirror/state"),
          import("@codemirror/view"),
          import("@codemirror/commands"),
          import("@codemirror/autocomplete"),
          import("@codemirror/language"),
        ]);
        const { Compartment, EditorState } = state;
        const { EditorView, keymap, drawSelection } = view;
        const { closeBrackets, autocompletion, acceptCompletion } = autocomplete;
        const api = await import("/package/codemirror.js");
        const words = ["printer", "private"].map((label) => ({ label }));
        const popup = (context) => ({
          from: context.matchBefore(/\w*/).from,
          options: words,
          validFor: /^\w*$/,
        });
        const lock = new Compartment();
        const available = {
          brackets: () => closeBrackets(),
          drawn: () => drawSelection(),
          readOnly: () => EditorState.readOnly.of(true),
          many: () => EditorState.allowMultipleSelections.of(true),
          lock: () => lock.of([]),
          crlf: () => EditorState.lineSeparator.of("\r\n"),
          placeholder: () => view.placeholder("Write some code"),
          wrapping: () => EditorView.lineWrapping,
          folding: () => language.codeFolding(),
          pastEnd: () => view.scrollPastEnd(),
          small: () =>
            EditorView.theme({
              "&": { height: "300px", width: "400px" },
              ".cm-scroller": { overflow: "auto" },
            }),
          large: () => EditorView.theme({ ".cm-scroller": { fontSize: "40px" } }),
          fourBlanks: () => language.indentUnit.of("    "),
          snippets: () => autocompletion({ activateOnTyping: false }),
          popup: () => [
            autocompletion({ activateOnTyping: false, interactionDelay: 0, override: [popup] }),
            keymap.of([{ key: "Tab", run: acceptCompletion }]),
          ],
        };
        window.cm = { ...state, ...view, ...commands, ...autocomplete, ...language };
        window.lock = lock;
        window.asked = [];
        window.waiters = [];
        window.errors = [];
        window.results = [];
        window.heard = [];
        window.alternatives = [];
        const source = {
          waits: options.debounce === null,
          warm: ({ prefix }) => heard.push(["warm", prefix]),
          shown: (suggestion) => heard.push(["shown", suggestion]),
          kept: (kept) => heard.push(["kept", kept]),
          alternatives: async () => ({ texts: window.alternatives }),
          complete(request, { signal, onUpdate }) {
            return new Promise((resolve, reject) => {
              asked.push({
                request,
                signal,
                update: (text) => onUpdate({ text }),
                finish: (text) => resolve({ text, finish: "stop" }),
                fail: (code) => reject(Object.assign(new Error(code), { code })),
              });
              for (const wake of waiters.splice(0)) wake();
            });
          },
        };
        const at = doc.indexOf("|");
        window.api = api;
        window.source = source;
        window.view = new EditorView({
          parent: document.getElementById("editor"),
          state: EditorState.create({
            doc: doc.replace("|", ""),
            selection: { anchor: at },
            extensions: [
              commands.history(),
              ...extensions.map((name) => available[name]()),
              api.inlineCompletion({
                source,
                path: () => window.path ?? "a.py",
                ...(options.debounce === null ? {} : { debounce: 0 }),
                onError: (error) => window.errors.push(error.message),
                onResult: (result) => window.results.push(result),
                ...Object.fromEntries(
                  Object.entries(options).filter(([, value]) => value !== null),
                ),
              }),
              ...after.map((name) => available[name]()),
              keymap.of([
                ...commands.defaultKeymap,
                ...commands.historyKeymap,
                commands.indentWithTab,
              ]),
            ],
          }),
        });
        window.view.focus();
      },
      { doc, options, extensions, after },
    );
  }

  /** Waits until request number `count` (from 1) has been made. */
  const request = (count = 1) =>
    page().evaluate(async (count) => {
      while (asked.length < count) await new Promise((resolve) => waiters.push(resolve));
      const { request } = asked[count - 1];
      return request;
    }, count);
  /** Answers a request; promises settle before this resolves. */
  const answer = (how, value, count = 1) =>
    page().evaluate(
      async ({ how, value, count }) => {
        asked[count - 1][how](value);
        await new Promise((resolve) => setTimeout(resolve));
      },
      { how, value, count },
    );
  const type = (text) => page().keyboard.type(text);
  const press = (key) => page().keyboard.press(key);
  const doc = () => page().evaluate(() => view.state.doc.toString());
  /** What is drawn, and that it agrees with the state. */
  async function ghost() {
    const seen = await page().evaluate(() => ({
      drawn: document.querySelector(".cm-ghostText")?.textContent ?? null,
      state: api.suggestion(view.state),
    }));
    assert.equal(seen.drawn, seen.state);
    return seen.drawn;
  }
  /** Nothing is asked in the next turns of the event loop. */
  async function assertQuiet(count) {
    await page().evaluate(async () => {
      for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
    });
    assert.equal(await page().evaluate(() => asked.length), count);
  }

  /** An editor in which `text` is suggested after typing `typed`. */
  async function suggested(text, { start = "|", typed = "x", ...rest } = {}) {
    await open(start, rest);
    await type(typed);
    await request();
    await answer("finish", text);
    assert.equal(await ghost(), text);
  }

  return { open, request, answer, type, press, doc, ghost, assertQuiet, suggested };
}

/**
 * A blank page for each test of the suite that calls this, given to `set`; a test fails if its page
 * had an error.
 */
export function onBlankPages(set) {
  let browser;
  let server;
  let opened;

  before(async () => {
    browser = await launch();
    server = await startServer();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    opened = await openPage(browser, `${server.url}/pages/blank.html`);
    set(opened.page);
  });
  afterEach(async () => {
    assert.deepEqual(opened.errors, []);
    await opened.context.close();
  });
}
