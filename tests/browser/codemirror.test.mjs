// Ghost text in a real editor with real key events; the source of suggestions is a script of the test.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { editorOn, onBlankPages } from "./support/editor.mjs";

describe("codemirror", () => {
  let page;
  onBlankPages((opened) => (page = opened));

  const { open, request, answer, type, press, doc, ghost, assertQuiet, suggested } = editorOn(
    () => page,
  );

  test("typing asks with the text around the cursor", async () => {
    await open("before |after");
    await type("x");
    assert.deepEqual(await request(), {
      path: "a.py",
      prefix: "before x",
      suffix: "after",
      maxTokens: 0,
      event: "typed",
      selection: false,
      readOnly: false,
    });
    assert.equal(await ghost(), null);
  });

  test("Tab accepts; the suggestion is not in the document before", async () => {
    await suggested(" = 1");
    assert.equal(await doc(), "x");
    await press("Tab");
    assert.equal(await doc(), "x = 1");
    assert.equal(await ghost(), null);
    await request(2); // accepting is typing
  });

  test("Tab keeps its meaning when there is no suggestion", async () => {
    await open("|");
    await press("Tab");
    assert.equal(await doc(), "  ");
    await press("Escape");
    assert.equal(await page.evaluate(() => api.acceptSuggestion(view)), false);
    assert.equal(await page.evaluate(() => api.acceptSuggestionWord(view)), false);
    assert.equal(await page.evaluate(() => api.dismissSuggestion(view)), false);
  });

  test("Escape dismisses, until something is typed", async () => {
    await suggested(" = 1");
    await press("Escape");
    assert.equal(await ghost(), null);
    assert.equal(await doc(), "x");
    await assertQuiet(1);
    await type("y");
    assert.equal((await request(2)).prefix, "xy");
  });

  test("undo takes back an accepted suggestion as one step", async () => {
    await suggested(" = 1");
    await press("Tab");
    await press("Control+z");
    assert.equal(await doc(), "x");
    assert.equal(await ghost(), null);
  });

  test("typing what is suggested keeps the rest, and asks nothing", async () => {
    await suggested("alue = 1");
    await type("alu");
    assert.equal(await ghost(), "e = 1");
    await assertQuiet(1);
    await press("Tab");
    assert.equal(await doc(), "xalue = 1");
  });

  test("typing all of it asks for more", async () => {
    await suggested("y");
    await type("y");
    assert.equal(await ghost(), null);
    assert.equal((await request(2)).prefix, "xy");
  });

  test("typing something else ends the suggestion and asks again", async () => {
    await suggested("abc");
    await type("z");
    assert.equal(await ghost(), null);
    assert.equal((await request(2)).prefix, "xz");
  });

  test("deleting dismisses, and asks nothing", async () => {
    await suggested("abc");
    await press("Backspace");
    assert.equal(await ghost(), null);
    await assertQuiet(1);
  });

  test("moving the cursor dismisses", async () => {
    await suggested("abc", { start: "word|", typed: "s" });
    await press("ArrowLeft");
    assert.equal(await ghost(), null);
    await assertQuiet(1);
  });

  for (const key of ["Control+ArrowRight", "Alt+ArrowRight"]) {
    test(`${key} accepts word by word`, async () => {
      await suggested(" = max(α_1, b)\n    y");
      const steps = [];
      for (let i = 0; i < 8; i += 1) {
        await press(key);
        steps.push(await doc());
      }
      assert.deepEqual(steps, [
        "x =",
        "x = max",
        "x = max(",
        "x = max(α_1",
        "x = max(α_1,",
        "x = max(α_1, b",
        "x = max(α_1, b)",
        "x = max(α_1, b)\n    y",
      ]);
    });
  }

  test("Control+ArrowDown accepts line by line", async () => {
    await suggested(":\n    a\n    b");
    const steps = [];
    for (let i = 0; i < 3; i += 1) {
      await press("Control+ArrowDown");
      steps.push(await doc());
    }
    assert.deepEqual(steps, ["x:", "x:\n    a", "x:\n    a\n    b"]);
  });

  test("Alt-] and Alt-[ show alternatives, which are accepted as any suggestion", async () => {
    await suggested(" = 1");
    await page.evaluate(() => (window.alternatives = [" = 1", " = 22", " += 3"]));
    const seen = [];
    for (const key of ["]", "]", "]", "["]) {
      await press(`Alt+${key}`);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
      seen.push(await ghost());
    }
    assert.deepEqual(seen, [" = 22", " += 3", " = 1", " += 3"]);
    const spoken = await page.evaluate(
      () => document.querySelector("[aria-live=polite]")?.textContent,
    );
    assert.equal(spoken, "Suggestion 3 of 3: += 3");
    await type(" +");
    assert.equal(await ghost(), "= 3");
    await press("Tab");
    assert.equal(await doc(), "x += 3");
    assert.equal(await page.evaluate(() => api.nextSuggestion(view)), false);
  });

  test("a source that waits by itself is asked at once, also after deleting, and told of moves", async () => {
    await open("wo|rd", { options: { debounce: null } });
    await type("x");
    assert.equal((await request(1)).event, "typed");
    await press("Backspace");
    assert.equal((await request(2)).event, "deleted");
    await answer("finish", "", 2);
    await press("ArrowLeft");
    await assertQuiet(2);
    const warmed = await page.evaluate(() => heard.filter(([what]) => what === "warm"));
    assert.deepEqual(warmed, [
      ["warm", "wo"],
      ["warm", "w"],
    ]);
  });

  for (const [fate, act] of [
    ["accepted", () => press("Tab")],
    ["partly", () => press("Control+ArrowRight").then(() => press("Escape"))],
    ["dismissed", () => press("Escape")],
    ["typed-over", () => type("q")],
    ["left", () => press("ArrowLeft")],
  ]) {
    test(`a suggestion that was ${fate} is told once, if it stood long enough`, async () => {
      await page.clock.install();
      await suggested(" = max(a, b)");
      await page.clock.fastForward(100);
      await press("Escape");
      await type("y");
      await page.clock.runFor(10);
      await request(2);
      await answer("finish", " = max(a, b)", 2);
      await page.clock.fastForward(300);
      await act();
      const told = await page.evaluate(() => heard.filter(([what]) => what === "shown"));
      assert.equal(told.length, 1);
      const [[, { fate: seen, characters, lines, shownMs }]] = told;
      assert.deepEqual([seen, characters, lines], [fate, 12, 1]);
      assert.ok(shownMs >= 300 && shownMs < 1000, `${shownMs}`);
      assert.ok(!JSON.stringify(told).includes("max"), "no text is told");
    });
  }

  test("accepted text is looked at again, wherever it has gone", async () => {
    await page.clock.install();
    await suggested(" = max(a, b)");
    await press("Tab");
    await page.evaluate(() => {
      view.dispatch({ changes: { from: 0, insert: "first line\n" } });
      const at = view.state.doc.toString().indexOf("a, b");
      view.dispatch({ changes: { from: at, to: at + 4 } });
    });
    await page.clock.fastForward(31_000);
    await page.clock.fastForward(100_000);
    await page.clock.fastForward(500_000);
    const kept = await page.evaluate(() => heard.filter(([what]) => what === "kept"));
    assert.deepEqual(
      kept.map(([, { afterS }]) => afterS),
      [30, 120, 600],
    );
    for (const [, { share }] of kept) assert.ok(Math.abs(share - 8 / 12) < 1e-9, `${share}`);
  });

  test("streamed text grows in place, and can be accepted half-way", async () => {
    await open();
    await type("x");
    await request();
    await answer("update", " =");
    assert.equal(await ghost(), " =");
    await answer("update", " = 1");
    assert.equal(await ghost(), " = 1");
    await press("Tab");
    assert.equal(await doc(), "x = 1");
    assert.equal(await page.evaluate(() => asked[0].signal.aborted), true);
    await answer("update", " = 12"); // too late, and harmless
    assert.equal(await doc(), "x = 1");
  });

  test("text typed ahead of the stream is set against it when it comes", async () => {
    await open("|", { options: { debounce: 10_000 } });
    await page.evaluate(() => api.requestSuggestion(view));
    await request();
    await answer("update", "re");
    await type("retu");
    assert.equal(await ghost(), null);
    await answer("update", "return x");
    assert.equal(await ghost(), "rn x");
  });

  test("a late answer is set against what was typed meanwhile", async () => {
    await open("|", { options: { debounce: 10_000 } });
    await page.evaluate(() => api.requestSuggestion(view));
    await request();
    await type("ret");
    await answer("finish", "return x");
    assert.equal(await ghost(), "urn x");
    await press("Tab");
    assert.equal(await doc(), "return x");
  });

  test("a late answer that does not fit is dropped and asked anew", async () => {
    await open("|", { options: { debounce: 20 } });
    await page.evaluate(() => api.requestSuggestion(view));
    await request();
    await type("q");
    await answer("finish", "return x");
    assert.equal(await ghost(), null);
    assert.equal((await request(2)).prefix, "q");
  });

  test("an edit elsewhere moves the suggestion along", async () => {
    await suggested("abc", { start: "first\n|" });
    await page.evaluate(() => view.dispatch({ changes: { from: 0, insert: "zero\n" } }));
    assert.equal(await ghost(), "abc");
    await press("Tab");
    assert.equal(await doc(), "zero\nfirst\nxabc");
  });

  test("a late answer finds its place after an edit elsewhere", async () => {
    await open("first\n|");
    await type("x");
    await request();
    await page.evaluate(() => view.dispatch({ changes: { from: 0, insert: "zero\n" } }));
    await answer("finish", "abc");
    assert.equal(await ghost(), "abc");
    await press("Tab");
    assert.equal(await doc(), "zero\nfirst\nxabc");
  });

  test("an edit at the cursor by somebody else ends the suggestion", async () => {
    await suggested("abc");
    await page.evaluate(() => view.dispatch({ changes: { from: 0, to: 1, insert: "y" } }));
    assert.equal(await ghost(), null);
  });

  test("brackets closed by the editor count as typing, and are replaced", async () => {
    await suggested("(a, b)", { extensions: ["brackets"], typed: "f" });
    await type("(");
    assert.equal(await doc(), "f()");
    assert.equal(await ghost(), "a, b)");
    await type("a");
    assert.equal(await ghost(), ", b)");
    await press("Tab");
    assert.equal(await doc(), "f(a, b)");
  });

  test("typing over a closing bracket keeps the rest", async () => {
    await suggested("() + 1", { extensions: ["brackets"], typed: "f" });
    await type("()");
    assert.equal(await doc(), "f()");
    assert.equal(await ghost(), " + 1");
  });

  test("a bracket the suggestion does not close stays", async () => {
    await suggested("(a,", { extensions: ["brackets"], typed: "f" });
    await type("(");
    await press("Tab");
    assert.equal(await doc(), "f(a,)");
  });

  test("keys make the same text with suggestions as without them", async () => {
    const texts = [];
    for (const suggestions of [[], ["", "i) + 1", "\n  two\n  lines", "(a, [b])", "'x'", "}"]]) {
      await page.reload();
      await open("start(|\nend", { extensions: ["brackets", "drawn"] });
      await page.evaluate((suggestions) => {
        let count = 0;
        asked.push = (question) => {
          count += 1;
          const text = suggestions[count % suggestions.length];
          if (text !== undefined) setTimeout(() => question.finish(text), (count % 3) * 8);
          return count;
        };
      }, suggestions);
      const keys = [..."if (a[i] == \"(\") { f('b', {c: [1"];
      keys.push("Backspace", "2", "ArrowLeft", "ArrowRight", ..."]}) }", "Enter", ...'g(h("k');
      keys.push("ArrowUp", "ArrowDown", ...'"))');
      let shown = 0;
      for (const key of keys) {
        await press(key === " " ? "Space" : key);
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
        shown += Number((await ghost()) !== null);
      }
      texts.push(await doc());
      assert.equal(shown > 0, suggestions.length > 0);
    }
    assert.equal(texts[1], texts[0]);
  });

  test("each keystroke aborts what went before", async () => {
    await open();
    await type("a");
    await request(1);
    await type("b");
    await request(2);
    assert.deepEqual(await page.evaluate(() => asked.map(({ signal }) => signal.aborted)), [
      true,
      false,
    ]);
    await answer("finish", "old", 1);
    assert.equal(await ghost(), null);
    await answer("finish", "new", 2);
    assert.equal(await ghost(), "new");
    assert.equal(await page.evaluate(() => results.length), 1);
  });

  test("fast typing asks once", async () => {
    await open("|", { options: { debounce: 400 } });
    await type("abcdef");
    assert.equal((await request()).prefix, "abcdef");
    await assertQuiet(1);
  });

  test("Alt-\\ asks without typing", async () => {
    await open("a|b");
    await press("Alt+\\");
    assert.equal((await request()).prefix, "a");
    await answer("finish", "zz");
    await press("Tab");
    assert.equal(await doc(), "azzb");
  });

  test("nothing is asked with a selection, with two cursors, or in a read-only document", async () => {
    await open("abc|", { extensions: ["many", "drawn"] });
    await page.evaluate(() => {
      view.dispatch({ selection: { anchor: 0, head: 2 } });
      api.requestSuggestion(view);
    });
    await assertQuiet(0);
    await page.evaluate(async () => {
      const { EditorSelection } = await import("@codemirror/state");
      view.dispatch({
        selection: EditorSelection.create([EditorSelection.cursor(0), EditorSelection.cursor(2)]),
      });
    });
    await type("x");
    await assertQuiet(0);
    await page.evaluate(() => view.destroy());
    await open("abc|", { extensions: ["readOnly"] });
    assert.equal(await page.evaluate(() => api.requestSuggestion(view)), false);
    await assertQuiet(0);
  });

  test("the keys can be left to the application", async () => {
    await suggested(" = 1", { options: { defaultKeymap: false } });
    await press("Tab");
    assert.equal(await doc(), "  x");
  });

  test("a failed request is told, a cancelled one is not", async () => {
    await open();
    await type("a");
    await request(1);
    await answer("fail", "cancelled", 1);
    await type("b");
    await request(2);
    await answer("fail", "internal", 2);
    assert.deepEqual(await page.evaluate(() => errors), ["internal"]);
    assert.equal(await ghost(), null);
  });

  test("while text is being composed nothing is asked, shown or accepted", async () => {
    await suggested("abc");
    const session = await page.context().newCDPSession(page);
    await session.send("Input.imeSetComposition", {
      text: "に",
      selectionStart: 1,
      selectionEnd: 1,
    });
    assert.equal(await ghost(), null);
    await session.send("Input.imeSetComposition", {
      text: "にほ",
      selectionStart: 2,
      selectionEnd: 2,
    });
    await assertQuiet(1);
    await session.send("Input.insertText", { text: "日本" });
    const { prefix } = await request(2);
    assert.equal(prefix, "x日本");
    assert.equal(await doc(), "x日本");
    await answer("finish", "語", 2);
    assert.equal(await ghost(), "語");
  });

  test("ghost text is hidden from screen readers and announced to them", async () => {
    await suggested("abc");
    const seen = await page.evaluate(() => ({
      hidden: document.querySelector(".cm-ghostText").getAttribute("aria-hidden"),
      spoken: document.querySelector("[aria-live=polite]")?.textContent,
    }));
    assert.deepEqual(seen, { hidden: "true", spoken: "Suggestion: abc" });
  });

  test("several lines are drawn as several lines", async () => {
    await open("|");
    await type("x");
    await request();
    const height = () => page.evaluate(() => view.contentDOM.getBoundingClientRect().height);
    const before = await height();
    await answer("finish", ":\n    a\n    b");
    assert.ok((await height()) > 2.5 * before - 20);
  });

  test("a 5 MB document: only the text around the cursor is sent, at once", async () => {
    await open("|");
    const seen = await page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const line = "x = 1  # 🎭 a line of some length\n";
      view.dispatch({ changes: { from: 0, insert: line.repeat(5_000_000 / line.length) } });
      view.dispatch({ selection: { anchor: 2_500_001 }, scrollIntoView: true });
      await frame(); // laying out so much is the editor's business
      await frame();
      const called = new Promise((resolve) => waiters.push(resolve));
      const start = performance.now();
      view.dispatch(view.state.replaceSelection("y"), { userEvent: "input.type" });
      api.requestSuggestion(view);
      await called;
      const { prefix, suffix } = asked.at(-1).request;
      return {
        prefix: prefix.length,
        suffix: suffix.length,
        wellFormed: prefix.isWellFormed() && suffix.isWellFormed(),
        milliseconds: performance.now() - start,
      };
    });
    assert.ok(seen.prefix > 16_000 && seen.prefix <= 16_384, `${seen.prefix}`);
    assert.ok(seen.suffix > 8_000 && seen.suffix <= 8_192, `${seen.suffix}`);
    assert.ok(seen.wellFormed);
    assert.ok(seen.milliseconds < 500, `${seen.milliseconds} ms`);
  });

  test("an editor that goes away cancels its request", async () => {
    await open();
    await type("x");
    await request();
    await page.evaluate(() => view.destroy());
    assert.equal(await page.evaluate(() => asked[0].signal.aborted), true);
    await answer("finish", "abc");
  });

  test("a source that is set up after the view", async () => {
    await open("|");
    await page.evaluate(async () => {
      const { EditorView } = await import("@codemirror/view");
      let later;
      window.early = new EditorView({
        doc: "text",
        parent: document.getElementById("editor"),
        extensions: [api.inlineCompletion({ source: () => later.source, debounce: 0 })],
      });
      later = {
        source: {
          complete: () => new Promise(() => undefined),
          warm: () => (window.warmed = true),
        },
      };
    });
    await assertQuiet(0);
    assert.equal(await page.evaluate(() => window.warmed), true);
  });

  test("a source that is not there yet", async () => {
    await open("|");
    await page.evaluate(async () => {
      const { EditorView } = await import("@codemirror/view");
      window.none = new EditorView({
        parent: document.getElementById("editor"),
        extensions: [api.inlineCompletion({ source: () => null, debounce: 0 })],
      });
      none.focus();
    });
    await type("x");
    await assertQuiet(0);
  });
});
