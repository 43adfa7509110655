// What is told of suggestions: how they ended, after how long, and what is left of accepted text.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeEditor } from "../test-support/editor.mjs";
import { random } from "../test-support/random.mjs";

/** An editor in which `text` was suggested after `x` and has been visible for `milliseconds`. */
async function visible(text, milliseconds, document = "|") {
  const editor = new FakeEditor(document);
  editor.type("x");
  await editor.suggest(text);
  await editor.clock.advance(milliseconds);
  return editor;
}

const kept = (editor) => editor.told.filter(([what]) => what === "kept").map(([, facts]) => facts);

describe("outcomes", () => {
  const TEXT = " = max(a, b)\n";
  const ENDS = [
    ["accepted", (editor) => editor.controller.accept("all")],
    [
      "accepted",
      (editor) => {
        while (editor.controller.accept("word"));
      },
    ],
    ["partly", (editor) => (editor.controller.accept("word"), editor.controller.dismiss())],
    ["partly", (editor) => (editor.controller.accept("line"), editor.type("q"))],
    ["partly", (editor) => editor.type(TEXT)],
    [
      "partly",
      (editor) => {
        editor.controller.accept("word");
        editor.edit([{ from: 0, to: 1, insert: "" }], "other");
      },
    ],
    ["dismissed", (editor) => editor.controller.dismiss()],
    ["typed-over", (editor) => editor.type("q")],
    ["typed-over", (editor) => editor.type(" =q")],
    ["typed-over", (editor) => editor.delete()],
    ["typed-over", (editor) => editor.edit([{ from: 0, to: 1, insert: "" }], "history")],
    ["typed-over", (editor) => editor.controller.setComposing(true)],
    ["left", (editor) => editor.move(0)],
    ["left", (editor) => editor.set({ isFocused: false })],
    ["left", (editor) => editor.set({ isVisible: false })],
    ["left", (editor) => editor.open("other|")],
    ["left", (editor) => editor.controller.dispose()],
    // Nobody has judged it.
    [null, (editor) => editor.set({ isReadOnly: true })],
    [null, (editor) => editor.edit([{ from: 1, to: 1, insert: "y" }], "other")],
    [null, (editor) => editor.edit([{ from: 1, to: 1, insert: "y" }], "inserted")],
    [null, (editor) => editor.controller.trigger()],
  ];
  ENDS.forEach(([fate, act], index) => {
    test(`${fate}, way ${index}: told once, without text`, async () => {
      const editor = await visible(TEXT, 300);
      act(editor);
      await editor.clock.advance(10);
      editor.controller.dispose();
      const told = editor.told.filter(([what]) => what === "shown").map(([, facts]) => facts);
      const facts = { language: "python", length: "line", confidence: 0.5, likelihood: 0.5 };
      const size = { characters: TEXT.length, lines: 2 };
      const expected = fate === null ? [] : [{ ...facts, ...size, fate, shownMs: 300 }];
      assert.deepEqual(told, expected);
    });
  });

  test("what was visible for less than 250 ms does not count", async () => {
    for (const [milliseconds, count] of [
      [249, 0],
      [250, 1],
    ]) {
      const editor = await visible("abc", milliseconds);
      editor.controller.dismiss();
      assert.equal(editor.outcomes().length, count);
    }
  });

  test("time behind a popup does not count", async () => {
    const editor = await visible("abc", 200);
    editor.controller.setPopup("z");
    await editor.clock.advance(1000);
    editor.controller.setPopup(null);
    await editor.clock.advance(60);
    editor.controller.dismiss();
    const [[, { shownMs }]] = editor.told.filter(([what]) => what === "shown");
    assert.equal(shownMs, 260);
  });

  test("an answer that was never whole does not count", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    await editor.clock.advance(75);
    editor.asked[0].update("abc");
    await editor.clock.advance(1000);
    editor.controller.dismiss();
    assert.deepEqual(editor.outcomes(), []);
  });
});

describe("retention", () => {
  test("accepted text is looked at after 30 s, 2 and 10 minutes, wherever it has gone", async () => {
    const editor = await visible(" = max(a, b)", 0, "first\n|");
    editor.controller.accept("all");
    editor.edit([{ from: 0, to: 5, insert: "another line\n" }], "other");
    await editor.clock.advance(31_000);
    const at = editor.text.indexOf("a, b");
    editor.edit([{ from: at, to: at + 4, insert: "" }], "deleted");
    await editor.clock.advance(90_000);
    const end = editor.text.length;
    editor.edit([{ from: end, to: end, insert: " # more" }], "typed");
    await editor.clock.advance(500_000);
    assert.deepEqual(kept(editor), [
      { afterS: 30, share: 1 },
      { afterS: 120, share: 8 / 12 },
      { afterS: 600, share: 8 / 12 },
    ]);
    assert.equal(editor.clock.waiting, 0);
  });

  test("text that is accepted word by word is one text", async () => {
    const editor = await visible(" = max(a, b)", 0);
    while (editor.controller.accept("word"));
    await editor.clock.advance(600_000);
    assert.deepEqual(
      kept(editor).map(({ afterS }) => afterS),
      [30, 120, 600],
    );
  });

  test("text that was deleted is told as gone, and that of a closed document not at all", async () => {
    const editor = await visible("abc", 0);
    editor.controller.accept("all");
    editor.edit([{ from: 0, to: editor.text.length, insert: "" }], "deleted");
    await editor.clock.advance(30_000);
    assert.deepEqual(kept(editor), [{ afterS: 30, share: 0 }]);
    editor.open("other|");
    await editor.clock.advance(600_000);
    assert.equal(kept(editor).length, 1);
  });
});

test("2,000 random histories of others' edits: none is counted, followed or taken for typing", async () => {
  let shown = 0;
  for (let seed = 0; seed < 2000; seed += 1) {
    const draw = random(seed);
    const editor = await visible("abc(d, e)", 300, "start of it\n|\nend of it");
    for (let step = 0; step < 6; step += 1) {
      const wasShown = editor.ghost !== null;
      const from = draw.below(editor.text.length + 1);
      const to = Math.min(editor.text.length, from + draw.of([0, 0, 1, 5]));
      // Some of it is what was suggested, put where it was suggested.
      const isCopy = draw.below(3) === 0;
      const change = isCopy
        ? { from: editor.cursor, to: editor.cursor, insert: draw.of(["abc(d, e)", "abc", "a"]) }
        : { from, to, insert: draw.of(["", "q", ")", "\n", "some more"]) };
      editor.edit([change], draw.of(["other", "other", "inserted"]));
      if (wasShown && editor.ghost !== null) {
        assert.equal(editor.ghost, "abc(d, e)");
        shown += 1;
      }
      await editor.clock.advance(draw.of([0, 500]));
      for (const { request } of editor.asked) assert.notEqual(request.event, "accepted");
    }
    editor.controller.dispose();
    await editor.clock.advance(1_000_000);
    assert.ok(
      editor.outcomes().every((fate) => fate === "left"),
      `${editor.outcomes()}`,
    );
    assert.deepEqual(kept(editor), []);
  }
  assert.ok(shown > 500, `${shown}`);
});
