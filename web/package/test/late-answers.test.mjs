// Late answers, carried through whatever was edited since the question: against a twin that recomputes all of it.
//
// The twin keeps every character of the document as an object of its own. What was typed since
// the question is what stands between the two characters that were the cursor's neighbours; it is
// read anew from the whole document after each edit.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeEditor } from "../test-support/editor.mjs";
import { random } from "../test-support/random.mjs";

/** The document as objects, and the question's place in it. */
class Twin {
  #cells;
  #left;
  #right;
  /** Everything that was typed. */
  #typed = [];
  isOver = false;

  constructor({ text, cursor }) {
    this.#cells = [...text].map((char) => ({ char }));
    this.#left = this.#cells[cursor - 1];
    this.#right = this.#cells[cursor];
  }

  get text() {
    return this.#cells.map(({ char }) => char).join("");
  }

  edit(changes, isTyped) {
    for (const { from, to, insert } of [...changes].reverse()) {
      const cells = [...insert].map((char) => ({ char }));
      if (isTyped) this.#typed.push(...cells);
      this.#cells.splice(from, to - from, ...cells);
    }
  }

  /** What was typed, and where it ends; `null` if something else happened there. */
  typed(cursor) {
    const start = this.#left === undefined ? 0 : this.#cells.indexOf(this.#left) + 1;
    const end = this.#right === undefined ? this.#cells.length : this.#cells.indexOf(this.#right);
    const lost = (this.#left !== undefined && start === 0) || end < start || end !== cursor;
    const between = this.#cells.slice(start, end);
    const isWhole =
      between.length === this.#typed.length &&
      between.every((cell, index) => cell === this.#typed[index]);
    if (lost || !isWhole) this.isOver = true;
    return this.isOver ? null : between.map(({ char }) => char).join("");
  }
}

/** What is left of an answer after `typed`; `null` for nothing. */
function restOf(answer, typed) {
  return typed !== null && answer.startsWith(typed) && answer !== typed
    ? answer.slice(typed.length)
    : null;
}

/** One to three changes of somebody else, in ascending order. */
function foreignChanges(draw, length) {
  const count = 1 + draw.below(3);
  const offsets = Array.from({ length: 2 * count }, () => draw.below(length + 1));
  offsets.sort((a, b) => a - b);
  const changes = [];
  for (let index = 0; index < offsets.length; index += 2) {
    const from = offsets[index];
    const to = draw.below(3) === 0 ? offsets[index + 1] : from;
    const insert = "~".repeat(to === from ? 1 + draw.below(3) : draw.below(3));
    // Changes that touch are one change.
    if (changes.length > 0 && changes.at(-1).to >= from) continue;
    changes.push({ from, to, insert });
  }
  return changes;
}

test("10,000 random ways to an answer: the same rest in the same place as by recomputing", async () => {
  const seen = { shown: 0, over: 0 };
  for (let seed = 0; seed < 10_000; seed += 1) {
    const draw = random(seed);
    const before = "abcdefghij".slice(0, draw.below(11));
    const after = "klmnopqrst".slice(0, draw.below(11));
    const editor = new FakeEditor(`${before}|${after}`, { debounce: 1e6 });
    const answer = "return f(x)";
    const twin = new Twin(editor);
    editor.controller.trigger();
    const { update } = editor.asked[0];
    let typed = "";
    let told = 0;
    const steps = draw.below(8);
    for (let step = 0; step <= steps && !twin.isOver; step += 1) {
      const kind = step === steps ? "answer" : draw.of(["typed", "typed", "other", "answer"]);
      if (kind === "typed") {
        const char = draw.below(12) === 0 ? "q" : (answer[typed.length] ?? "q");
        typed += char;
        twin.edit([{ from: editor.cursor, to: editor.cursor, insert: char }], true);
        editor.type(char);
      } else if (kind === "other") {
        const changes = foreignChanges(draw, editor.text.length);
        twin.edit(changes, false);
        editor.edit(changes, "other");
      } else {
        // The answer comes in pieces, and the last one is all of it.
        told = step === steps ? answer.length : told + draw.below(answer.length - told + 1);
        update(answer.slice(0, told));
      }
      assert.equal(twin.text, editor.text);
      const now = twin.typed(editor.cursor);
      // What has come so far decides, and what contradicts it never comes back.
      const far = answer.slice(0, told);
      if (now !== null && !far.startsWith(now) && !now.startsWith(far)) twin.isOver = true;
      const expected = twin.isOver ? null : restOf(far, now);
      assert.equal(editor.ghost, expected, `seed ${seed}, step ${step}, ${kind}`);
      if (expected !== null) {
        assert.equal(editor.controller.displayed.offset, editor.cursor, `seed ${seed}`);
        seen.shown += 1;
      }
    }
    if (twin.isOver) seen.over += 1;
  }
  assert.ok(seen.shown > 5000 && seen.over > 1000, JSON.stringify(seen));
});

test("an edit elsewhere moves what is shown, and what is on its way", async () => {
  for (const isShown of [true, false]) {
    const editor = new FakeEditor("first\n|\nlast");
    editor.type("x");
    await editor.clock.advance(75);
    if (isShown) await editor.asked[0].finish("abc");
    const changes = [
      { from: 0, to: 0, insert: "zero\n" },
      { from: 9, to: 12, insert: "!" },
    ];
    editor.edit(changes, "other");
    if (!isShown) await editor.asked[0].finish("abc");
    assert.equal(editor.ghost, "abc");
    editor.controller.accept("all");
    assert.equal(editor.document, "zero\nfirst\nxabc|\nl!");
  }
});

test("an edit at the cursor, or within what was typed since, ends the suggestion", async () => {
  for (const changes of [
    [{ from: 1, to: 1, insert: "y" }],
    [{ from: 3, to: 3, insert: "y" }],
    [{ from: 2, to: 2, insert: "y" }],
    [{ from: 1, to: 2, insert: "" }],
  ]) {
    for (const origin of ["other", "inserted", "history"]) {
      const editor = new FakeEditor("x|");
      editor.controller.trigger();
      await editor.asked[0].finish("abcd");
      editor.type("ab");
      assert.equal(editor.ghost, "cd");
      editor.edit(changes, origin);
      assert.equal(editor.ghost, null, JSON.stringify([changes, origin]));
    }
  }
});

test("what others insert is not typing, even where it is what was suggested", async () => {
  for (const origin of ["other", "inserted"]) {
    const editor = new FakeEditor("x|");
    editor.controller.trigger();
    await editor.asked[0].finish("abcd");
    editor.edit([{ from: 1, to: 1, insert: "ab" }], origin, 3);
    assert.equal(editor.ghost, null);
  }
});

test("an answer that does not fit what was typed is dropped and asked anew", async () => {
  const editor = new FakeEditor("|", { debounce: 20 });
  editor.controller.trigger();
  editor.type("q");
  await editor.asked[0].finish("return x");
  assert.equal(editor.ghost, null);
  await editor.clock.advance(20);
  assert.equal(editor.asked.at(-1).request.prefix, "q");
});
