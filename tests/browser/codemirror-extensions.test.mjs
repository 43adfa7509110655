// Ghost text among others: popups, snippets, read-only and unfocused editors, line ends, undo, keyboard layouts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { editorOn, onBlankPages } from "./support/editor.mjs";

describe("codemirror among other extensions", () => {
  let page;
  onBlankPages((opened) => (page = opened));

  const { open, request, answer, type, press, doc, ghost, suggested } = editorOn(() => page);

  /** The document with `|` at the cursor. */
  const place = () =>
    page.evaluate(() => {
      const { doc, selection } = view.state;
      const { head } = selection.main;
      return `${doc.sliceString(0, head)}|${doc.sliceString(head)}`;
    });
  /** The number of the request for the text before the cursor, once it was made. */
  const requestFor = (prefix) =>
    page.evaluate(async (prefix) => {
      for (;;) {
        const index = asked.findIndex(({ request }) => request.prefix === prefix);
        if (index >= 0) return index + 1;
        await new Promise((resolve) => waiters.push(resolve));
      }
    }, prefix);
  const options = () => page.locator(".cm-tooltip-autocomplete li").allTextContents();
  /** Opens the popup over `pri`, with its first option selected. */
  async function popUp() {
    await page.evaluate(() => cm.startCompletion(view));
    await page.waitForSelector(".cm-tooltip-autocomplete li[aria-selected]");
  }

  describe("the completion popup", () => {
    const setUp = (text, extensions = {}) =>
      suggested(text, { typed: "i", start: "pr|", after: ["popup"], ...extensions });

    test("hides what does not continue its selected option, until it closes", async () => {
      await setUp("nt('hello')");
      await popUp();
      assert.equal(await ghost(), null);
      await press("Escape");
      assert.deepEqual(await options(), []);
      assert.equal(await ghost(), "nt('hello')");
      await press("Escape");
      assert.equal(await ghost(), null);
    });

    test("leaves what continues its selected option, also as another is selected", async () => {
      await setUp("nter.off()");
      await popUp();
      assert.equal(await ghost(), "nter.off()");
      await press("ArrowDown");
      assert.equal(await ghost(), null);
      await press("ArrowUp");
      assert.equal(await ghost(), "nter.off()");
    });

    for (const [name, place] of [
      ["before", "extensions"],
      ["behind", "after"],
    ]) {
      test(`keys go to it first, ${name} inline completion`, async () => {
        await suggested("nter.off()", { typed: "i", start: "pr|", [place]: ["popup"] });
        await popUp();
        await press("Tab");
        assert.equal(await doc(), "printer");
        assert.deepEqual(await options(), []);
      });
    }

    test("what it inserts is not counted as an accepted suggestion, nor followed", async () => {
      await page.clock.install();
      await setUp("nter.off()");
      await page.clock.fastForward(500);
      await page.evaluate(() => cm.startCompletion(view));
      await page.clock.runFor(200);
      await press("Enter");
      await page.clock.runFor(50);
      assert.equal(await doc(), "printer");
      const last = (await page.evaluate(() => asked.length)) - 1;
      const event = await page.evaluate((last) => asked[last].request.event, last);
      assert.equal(event, "typed");
      await page.clock.fastForward(700_000);
      const told = await page.evaluate(() => heard.filter(([what]) => what !== "warm"));
      assert.deepEqual(told, []);
    });
  });

  for (const where of ["extensions", "after"]) {
    test(`Tab and Escape go to a snippet's fields first (${where})`, async () => {
      await open("|", { [where]: ["snippets"] });
      await page.evaluate(() => cm.snippet("f(${one}, ${two})${}")(view, null, 0, 0));
      await type("x");
      await request();
      await answer("finish", " + 1");
      assert.equal(await ghost(), " + 1");
      await press("Tab");
      assert.equal(await doc(), "f(x, two)");
      assert.equal(await ghost(), null);
      await type("y");
      await request(2);
      await answer("finish", " + 2", 2);
      await press("Escape"); // out of the snippet
      assert.equal(await ghost(), " + 2");
      await press("Tab");
      assert.equal(await doc(), "f(x, y + 2)");
    });
  }

  test("Tab indents where the suggestion begins with another level of blanks", async () => {
    await suggested("    return a", {
      start: "def f(a):|",
      typed: "\n",
      extensions: ["fourBlanks"],
    });
    await press("Tab");
    assert.equal(await place(), "def f(a):\n    |");
    assert.equal(await ghost(), "return a");
    await press("Tab");
    assert.equal(await place(), "def f(a):\n    return a|");
  });

  test("Tab accepts a suggestion that begins with less than a level of blanks", async () => {
    await suggested("  x", { typed: " ", extensions: ["fourBlanks"] });
    await press("Tab");
    assert.equal(await doc(), "   x");
  });

  test("a Tab that is meant to indent accepts where nobody indents, and the focus stays", async () => {
    await open();
    await page.evaluate(() => {
      view.destroy();
      window.view = new cm.EditorView({
        parent: document.getElementById("editor"),
        extensions: [cm.history(), api.inlineCompletion({ source, debounce: 0 })],
      });
      view.focus();
    });
    await type("x");
    await requestFor("x");
    await press("Enter");
    await answer("finish", "    return x", await requestFor("x\n"));
    await press("Tab");
    assert.equal(await doc(), "x\n    return x");
    assert.equal(await page.evaluate(() => view.hasFocus), true);
  });

  test("Escape cancels what is on its way, and leaves the key to others", async () => {
    await open();
    await page.evaluate(() => {
      window.escapes = 0;
      view.contentDOM.addEventListener("keydown", ({ key, defaultPrevented }) => {
        if (key === "Escape" && !defaultPrevented) window.escapes += 1;
      });
    });
    await type("x");
    await request();
    await press("Escape");
    assert.equal(await page.evaluate(() => asked[0].signal.aborted), true);
    assert.equal(await page.evaluate(() => escapes), 1);
    await answer("finish", "late");
    assert.equal(await ghost(), null);
  });

  describe("the editor's state", () => {
    /** What an editor becomes, and how it is left. */
    const STATES = {
      "read-only": () =>
        page.evaluate(() => {
          const { readOnly } = cm.EditorState;
          view.dispatch({ effects: lock.reconfigure(readOnly.of(true)) });
        }),
      "not editable": () =>
        page.evaluate(() => {
          const { editable } = cm.EditorView;
          view.dispatch({ effects: lock.reconfigure(editable.of(false)) });
        }),
      "of another path": () =>
        page.evaluate(() => {
          window.path = "b.py";
          view.dispatch({});
        }),
      "without focus": () => page.evaluate(() => view.contentDOM.blur()),
      "in a hidden page": () =>
        page.evaluate(() => {
          Object.defineProperty(document, "visibilityState", { value: "hidden" });
          document.dispatchEvent(new Event("visibilitychange"));
        }),
      destroyed: () => page.evaluate(() => view.destroy()),
      "showing another document": () =>
        page.evaluate(() => view.setState(cm.EditorState.create({ doc: "x" }))),
    };

    for (const [name, become] of Object.entries(STATES)) {
      test(`an editor that is ${name} loses what it shows, and nothing is written`, async () => {
        await suggested(" = 1", { extensions: ["lock"] });
        await become();
        assert.equal(await page.locator(".cm-ghostText").count(), 0);
        assert.equal(await page.evaluate(() => api.acceptSuggestion(view)), false);
        assert.equal(await doc(), "x");
      });

      test(`an editor that is ${name} gets no late answer`, async () => {
        await open("|", { extensions: ["lock"] });
        await type("x");
        await request();
        await become();
        assert.equal(await page.evaluate(() => asked[0].signal.aborted), true);
        await answer("finish", " = 1");
        assert.equal(await page.locator(".cm-ghostText").count(), 0);
        assert.equal(await doc(), "x");
      });
    }

    test("a late answer far from what is on the screen is not shown", async () => {
      await open(`|${"\nline".repeat(500)}`);
      await page.evaluate(() => {
        view.dom.style.height = "200px";
        view.scrollDOM.style.overflow = "auto";
      });
      await type("x");
      await request();
      await page.evaluate(async () => {
        view.scrollDOM.scrollTop = 4000;
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      });
      await answer("finish", " = 1");
      assert.equal(await page.evaluate(() => api.suggestion(view.state)), null);
      await page.evaluate(() => view.scrollDOM.scrollTo(0, 0));
      await type("y");
      await request(2);
      await answer("finish", " = 2", 2);
      assert.equal(await ghost(), " = 2");
      // Scrolled away after it was shown: Tab does not write what nobody sees.
      await page.evaluate(() => (view.scrollDOM.scrollTop = 4000));
      assert.equal(await page.evaluate(() => api.acceptSuggestion(view)), false);
    });

    /** Ways to be out of sight in a window that shows where the editor is. */
    const OUT_OF_SIGHT = {
      "in a box that was scrolled": () =>
        page.evaluate(() => {
          const box = view.dom.parentElement;
          box.style.cssText = "margin-top: 400px; height: 100px; overflow: auto";
          box.append(Object.assign(document.createElement("p"), { style: "height: 2000px" }));
          box.scrollTop = 200;
        }),
      "beside the box's edge": () =>
        page.evaluate(() => {
          const box = view.dom.parentElement;
          box.style.cssText = "margin-left: 400px; width: 100px; overflow: auto";
          view.dom.style.width = "3000px";
          box.scrollLeft = 200;
        }),
      "beside the editor's edge": () =>
        page.evaluate(async () => {
          view.dom.parentElement.style.cssText = "margin-left: 400px; width: 100px";
          const insert = ` ${"wide ".repeat(100)}`;
          view.dispatch({ changes: { from: 0, insert } });
          await new Promise((resolve) => requestAnimationFrame(resolve));
          view.scrollDOM.scrollLeft = 200;
        }),
      folded: () =>
        page.evaluate(() => {
          view.dispatch({ effects: cm.foldEffect.of({ from: 5, to: view.state.doc.length }) });
        }),
    };

    for (const [name, become] of Object.entries(OUT_OF_SIGHT)) {
      test(`a place that is ${name} gets no late answer, and nothing is written there`, async () => {
        for (const isShown of [true, false]) {
          await page.reload();
          await open("first\n|\nlast", { extensions: ["folding"] });
          await type("x");
          await request();
          if (isShown) await answer("finish", " = 1");
          await become();
          const text = await doc();
          // In the state it is still there, for when it comes into sight again.
          if (isShown) assert.equal(await page.evaluate(() => api.suggestion(view.state)), " = 1");
          else await answer("finish", " = 1");
          if (!isShown) assert.equal(await ghost(), null);
          assert.equal(await page.evaluate(() => api.acceptSuggestion(view)), false);
          assert.equal(await doc(), text);
        }
      });
    }

    /** Ways to be in sight that boxes around the editor seem to speak against. */
    const IN_SIGHT = {
      "fixed over boxes": () => (view.dom.style.cssText = "position: fixed !important; top: 100px"),
      "absolute over boxes": () =>
        (view.dom.style.cssText = "position: absolute !important; top: 100px"),
      "scaled and scrolled": () => {
        view.dom.parentElement.style.cssText = "";
        view.dom.style.cssText = "height: 200px; transform: scale(0.5); transform-origin: 0 0";
        view.scrollDOM.style.overflow = "auto";
        view.scrollDOM.scrollTop = view.lineBlockAt(view.state.selection.main.head).top - 50;
      },
    };

    for (const [name, become] of Object.entries(IN_SIGHT)) {
      test(`an editor that is ${name} has ghost text`, async () => {
        const lines = "line\n".repeat(10);
        await open(`${lines}|\n${lines}`);
        await page.evaluate(() => {
          view.dom.parentElement.style.cssText = "height: 0; overflow: hidden";
        });
        await page.evaluate(become);
        await page.evaluate(() => {
          view.dispatch({ effects: cm.EditorView.scrollIntoView(view.state.selection.main.head) });
        });
        await type("x");
        await request();
        await answer("finish", " = 1");
        assert.equal(await ghost(), " = 1");
        await press("Tab");
        assert.equal(await doc(), `${lines}x = 1\n${lines}`);
      });
    }

    test("a late answer in an editor that is not displayed is not shown", async () => {
      await open();
      await type("x");
      await request();
      await page.evaluate(() => (view.dom.style.visibility = "hidden"));
      await page.evaluate(() => (view.dom.parentElement.style.display = "none"));
      await answer("finish", " = 1");
      assert.equal(await page.evaluate(() => api.suggestion(view.state)), null);
    });

    test("a state that was put aside comes back without its suggestion", async () => {
      await suggested(" = 1");
      await page.evaluate(() => {
        const aside = view.state;
        view.setState(cm.EditorState.create({ doc: "other" }));
        view.setState(aside);
      });
      assert.equal(await page.locator(".cm-ghostText").count(), 0);
      assert.equal(await page.evaluate(() => api.acceptSuggestion(view)), false);
      assert.equal(await doc(), "x");
    });

    test("of two editors only the one with the focus has a suggestion", async () => {
      await suggested(" = 1");
      await page.evaluate(() => {
        window.first = view;
        window.second = new cm.EditorView({
          parent: document.body,
          extensions: [api.inlineCompletion({ source, path: "b.py", debounce: 0 })],
        });
        second.focus();
      });
      await type("y");
      await request(2);
      await answer("finish", " = 2", 2);
      assert.deepEqual(await page.locator(".cm-ghostText").allTextContents(), [" = 2"]);
      await page.evaluate(() => first.focus());
      await press("Tab");
      assert.equal(await page.evaluate(() => second.state.doc.toString()), "y");
    });

    test("an editor that is gone leaves no listener behind", async () => {
      await page.evaluate(() => {
        window.listeners = new Set();
        const { addEventListener, removeEventListener } = Document.prototype;
        Document.prototype.addEventListener = function (type, run, ...rest) {
          if (type === "visibilitychange") listeners.add(run);
          return addEventListener.call(this, type, run, ...rest);
        };
        Document.prototype.removeEventListener = function (type, run, ...rest) {
          listeners.delete(run);
          return removeEventListener.call(this, type, run, ...rest);
        };
      });
      await open();
      assert.equal(await page.evaluate(() => listeners.size), 1);
      await page.evaluate(() => view.destroy());
      assert.equal(await page.evaluate(() => listeners.size), 0);
    });
  });

  test("an editor with Windows line ends keeps them, and asks with line feeds", async () => {
    await open("|", { extensions: ["crlf"] });
    await page.evaluate(() => {
      const text = view.state.toText("import os\r\ndef f(a):\r\n    x = 1");
      view.dispatch({ changes: { from: 0, insert: text } });
      view.dispatch({ selection: { anchor: view.state.doc.length } });
    });
    await type("0");
    assert.equal((await request()).prefix, "import os\ndef f(a):\n    x = 10");
    await answer("finish", "\r\n    return x\n");
    assert.equal(await ghost(), "\n    return x\n");
    await press("Control+ArrowDown");
    assert.equal(await page.evaluate(() => view.state.doc.lines), 4);
    await press("Tab");
    const { lines, saved } = await page.evaluate(() => ({
      lines: view.state.doc.lines,
      saved: view.state.sliceDoc(),
    }));
    assert.equal(lines, 5);
    assert.equal(saved, "import os\r\ndef f(a):\r\n    x = 10\r\n    return x\r\n");
  });

  test("accepting is an undo step of its own, whatever is typed before and after", async () => {
    await suggested(" = 1");
    await press("Tab");
    await type("23");
    const steps = [];
    for (let step = 0; step < 3; step += 1) {
      await press("Control+z");
      steps.push(await doc());
    }
    assert.deepEqual(steps, ["x = 1", "x", ""]);
    await press("Control+y");
    await press("Control+y");
    assert.equal(await doc(), "x = 1");
  });

  describe("keys", () => {
    const ALT = 1;
    const CONTROL = 2;
    const SHIFT = 8;
    /** How a platform types what is printed in a third place on its keys. */
    const PLATFORMS = {
      MacIntel: ALT,
      Win32: ALT | CONTROL,
      "Linux x86_64": 0,
    };
    /** Layout, character, key by its place and by its virtual code; Shift where a Mac wants it. */
    const LAYOUTS = [
      ["German", "[", { MacIntel: ["Digit5", 53], other: ["Digit8", 56] }],
      ["German", "]", { MacIntel: ["Digit6", 54], other: ["Digit9", 57] }],
      ["German", "{", { MacIntel: ["Digit8", 56], other: ["Digit7", 55] }],
      ["German", "}", { MacIntel: ["Digit9", 57], other: ["Digit0", 48] }],
      ["German", "\\", { MacIntel: ["Digit7", 55, SHIFT], other: ["Minus", 219] }],
      ["German", "@", { MacIntel: ["KeyL", 76], other: ["KeyQ", 81] }],
      ["French", "[", { MacIntel: ["Digit5", 53, SHIFT], other: ["Digit5", 53] }],
      ["French", "]", { MacIntel: ["Minus", 219, SHIFT], other: ["Minus", 219] }],
      ["French", "\\", { MacIntel: ["Slash", 191, SHIFT], other: ["Digit8", 56] }],
      ["French", "}", { MacIntel: ["Minus", 219], other: ["Equal", 187] }],
      ["Spanish", "[", { MacIntel: ["BracketLeft", 186], other: ["BracketLeft", 186] }],
      ["Spanish", "]", { MacIntel: ["BracketRight", 187], other: ["BracketRight", 187] }],
      ["Spanish", "\\", { MacIntel: ["Backquote", 220], other: ["Backquote", 220] }],
      ["Spanish", "}", { MacIntel: ["Backslash", 191], other: ["Backslash", 191] }],
      ["German", "|", { MacIntel: ["Digit7", 55], other: ["IntlBackslash", 226] }],
      ["German", "~", { MacIntel: ["KeyN", 78], other: ["BracketRight", 187] }],
      ["German", "€", { MacIntel: ["KeyE", 69], other: ["KeyE", 69] }],
      ["French", "#", { MacIntel: ["IntlBackslash", 192, SHIFT], other: ["Digit3", 51] }],
      ["French", "{", { MacIntel: ["Digit5", 53], other: ["Digit4", 52] }],
      ["French", "|", { MacIntel: ["KeyL", 76, SHIFT], other: ["Digit6", 54] }],
      ["French", "@", { MacIntel: ["Backquote", 222], other: ["Digit0", 48] }],
      ["Spanish", "{", { MacIntel: ["Quote", 222], other: ["Quote", 222] }],
      ["Spanish", "|", { MacIntel: ["Digit1", 49], other: ["Digit1", 49] }],
      ["Spanish", "@", { MacIntel: ["Digit2", 50], other: ["Digit2", 50] }],
      ["Spanish", "#", { MacIntel: ["Digit3", 51], other: ["Digit3", 51] }],
      ["US", "‘", { MacIntel: ["BracketRight", 221] }],
      ["US", "“", { MacIntel: ["BracketLeft", 219] }],
      ["US", "«", { MacIntel: ["Backslash", 220] }],
    ];

    async function hit(session, { key, code, vk, modifiers, text }) {
      const event = { key, code, windowsVirtualKeyCode: vk, modifiers };
      const down = text === undefined ? "rawKeyDown" : "keyDown";
      const typed = text === undefined ? {} : { text, unmodifiedText: text };
      await session.send("Input.dispatchKeyEvent", { type: down, ...event, ...typed });
      await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    }

    /** Opens a page that takes itself for one on `platform`. */
    async function visit(platform) {
      await page.addInitScript((platform) => {
        Object.defineProperty(navigator, "platform", { get: () => platform });
      }, platform);
      await page.reload();
      return page.context().newCDPSession(page);
    }

    for (const [platform, third] of Object.entries(PLATFORMS)) {
      test(`every layout types its characters, with and without ghost text, on ${platform}`, async () => {
        const session = await visit(platform);
        for (const isShown of [false, true]) {
          for (const [layout, char, places] of LAYOUTS) {
            const place = places[platform] ?? places.other;
            if (place === undefined) continue;
            const [code, vk, shift = 0] = place;
            const stroke = { key: char, code, vk, modifiers: third | shift, text: char };
            // The same key in an editor without inline completion.
            const texts = [];
            for (const isPlain of [true, false]) {
              await page.evaluate(() => globalThis.view?.destroy());
              await open();
              if (isPlain) {
                await page.evaluate(() => {
                  view.setState(cm.EditorState.create({ doc: "x", selection: { anchor: 1 } }));
                });
              } else {
                await type("x");
                await request();
                if (isShown) await answer("finish", " = [0]");
              }
              await hit(session, stroke);
              texts.push(await doc());
            }
            assert.equal(texts[1], texts[0], `${layout} ${char}, ghost text: ${isShown}`);
            if (platform !== "Win32") assert.equal(texts[1], `x${char}`);
          }
        }
      });
    }

    for (const [platform, modifiers] of [
      ["MacIntel", ALT | CONTROL],
      ["Win32", ALT],
      ["Linux x86_64", ALT],
    ]) {
      test(`alternatives and asking by hand have keys on ${platform}`, async () => {
        const session = await visit(platform);
        await suggested(" = 1");
        await page.evaluate(() => (window.alternatives = [" = 2", " = 3"]));
        const seen = [];
        for (const [key, code, vk] of [
          ["]", "BracketRight", 221],
          ["]", "BracketRight", 221],
          ["[", "BracketLeft", 219],
        ]) {
          await hit(session, { key, code, vk, modifiers });
          await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
          seen.push(await ghost());
        }
        assert.deepEqual(seen, [" = 2", " = 3", " = 2"]);
        await hit(session, { key: "\\", code: "Backslash", vk: 220, modifiers });
        assert.equal((await request(2)).event, "asked");
      });
    }

    test("are what the configuration says, also after it has changed", async () => {
      await open();
      await page.evaluate(() => {
        view.destroy();
        window.part = new cm.Compartment();
        window.config = (more) => api.inlineCompletion({ source, debounce: 0, ...more });
        window.view = new cm.EditorView({
          parent: document.getElementById("editor"),
          extensions: [part.of(config({ defaultKeymap: false })), cm.keymap.of([cm.indentWithTab])],
        });
        view.focus();
      });
      await type("x");
      await answer("finish", " = 1", await requestFor("x"));
      await press("Tab");
      assert.equal(await doc(), "  x");
      await page.evaluate(() => {
        const keymap = [{ key: "Ctrl-Enter", run: api.acceptSuggestion }];
        view.dispatch({ effects: part.reconfigure(config({ keymap })) });
      });
      await type("y");
      await answer("finish", " = 2", await requestFor("  xy"));
      await press("Control+Enter");
      assert.equal(await doc(), "  xy = 2");
      await page.evaluate(() => view.dispatch({ effects: part.reconfigure(config({})) }));
      await type("z");
      await answer("finish", "!", await requestFor("  xy = 2z"));
      await press("Tab");
      assert.equal(await doc(), "  xy = 2z!");
    });
  });
});
