// What ghost text does to the layout: the text that is typed stays where it is on the screen.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { random } from "../../web/package/test-support/random.mjs";
import { editorOn, onBlankPages } from "./support/editor.mjs";

describe("codemirror's layout", () => {
  let page;
  onBlankPages((opened) => (page = opened));

  const { open, request, answer, type, press, ghost } = editorOn(() => page);

  /** Lets the browser draw, then says where the cursor is in the window. */
  const place = () =>
    page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      await frame();
      await frame();
      const { left, top } = view.coordsAtPos(view.state.selection.main.head, -1);
      return { left: Math.round(left), top: Math.round(top) };
    });

  const near = (one, other, what) =>
    assert.ok(
      Math.abs(one.top - other.top) <= 1 && Math.abs(one.left - other.left) <= 1,
      `${what}: from ${JSON.stringify(other)} to ${JSON.stringify(one)}`,
    );

  const LINES = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  const END = `${LINES.join("\n")}\n|`;
  const MIDDLE = `${LINES.slice(0, 30).join("\n")}\n|\n${LINES.slice(30).join("\n")}`;
  const WIDE = `${LINES.join("\n")}\n${"words of a line that is long ".repeat(4)}|`;
  const PLACES = {
    "at the end of a scrolled document": [END, ["small"]],
    "at the end, with room below": [END, ["small", "pastEnd"]],
    "in the middle": [MIDDLE, ["small"]],
    "at the end, in a large font": [END, ["small", "large"]],
    "at the end of a wrapped line": [WIDE, ["small", "wrapping"]],
    "at the end of a page that scrolls": [END, []],
    "before text": [MIDDLE.replace("|\n", "|after it\n"), ["small", "wrapping"]],
  };

  for (const [name, [text, extensions]] of Object.entries(PLACES)) {
    test(`the cursor stays ${name} as ghost text comes, grows, shrinks and goes`, async () => {
      const draw = random(name.length);
      await open(text, { extensions });
      await page.evaluate(() => {
        view.dispatch({ effects: cm.EditorView.scrollIntoView(view.state.selection.main.head) });
      });
      if (!name.includes("middle") && !name.includes("before")) {
        await place();
        await page.evaluate(() => {
          view.scrollDOM.scrollTop = 1e6;
          window.scrollTo(0, 1e6);
        });
      }
      for (let turn = 1; turn <= 5; turn += 1) {
        await type("f");
        await request(turn);
        const still = await place();
        const lines = Array.from({ length: 2 + draw.below(7) }, () =>
          draw.of(["    a", "b and much more of it, as wide as it may get", "()"]),
        );
        const whole = `oo${lines.join("\n")}`;
        for (const [how, value] of [
          ["update", "oo"],
          ["update", whole.slice(0, 2 + draw.below(whole.length))],
          ["finish", whole],
        ]) {
          await answer(how, value, turn);
          assert.equal(await ghost(), value);
          near(await place(), still, `${how} ${JSON.stringify(value)}`);
        }
        await press("Escape");
        assert.equal(await ghost(), null);
        near(await place(), still, "gone");
      }
    });
  }

  test("a word at the edge of a wrapped line stays on its row, whatever is suggested behind it", async () => {
    for (let blanks = 20; blanks < 60; blanks += 4) {
      await page.reload();
      await open(`${"x ".repeat(blanks / 2)}|`, { extensions: ["small", "wrapping"] });
      await type("word");
      await request();
      const still = await place();
      const last = await page.evaluate(() => asked.length);
      await answer("finish", "ContinuedForQuiteSomeTime()", last);
      near(await place(), still, `after ${blanks}`);
    }
  });

  test("ghost text is wrapped where, and only where, the text would be", async () => {
    for (const wraps of [false, true]) {
      await page.reload();
      await open("|", { extensions: wraps ? ["small", "wrapping"] : ["small"] });
      await type("x");
      await request();
      await answer("finish", ` = ${"abcdefghij ".repeat(20)}end`);
      const rows = () =>
        page.evaluate(() => Math.round(view.contentDOM.querySelector(".cm-line").offsetHeight));
      const drawn = await rows();
      await press("Tab");
      assert.equal(await rows(), drawn);
    }
  });

  test("a placeholder is hidden while ghost text stands", async () => {
    await open("|", { extensions: ["placeholder"] });
    const seen = () => page.locator(".cm-placeholder").isVisible();
    assert.equal(await seen(), true);
    await press("Alt+\\");
    await request();
    assert.equal(await seen(), true);
    await answer("finish", "import os\nimport sys");
    assert.equal(await ghost(), "import os\nimport sys");
    assert.equal(await seen(), false);
    const { left } = await page.evaluate(() => view.coordsAtPos(0));
    const ghostLeft = await page.evaluate(
      () => document.querySelector(".cm-ghostText").getClientRects()[0].left,
    );
    assert.ok(Math.abs(left - ghostLeft) <= 1, `${left} ${ghostLeft}`);
    await press("Escape");
    assert.equal(await seen(), true);
  });
});
