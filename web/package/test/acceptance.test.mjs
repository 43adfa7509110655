// What accepting does to the editor's state: an undo step of its own, lines of the editor, the file's own line ends.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { history, redo, undo } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";

import { displayField } from "../dist/editors/codemirror/display.js";
import { editOf, textOf } from "../dist/editors/codemirror/transaction.js";
import { textAround } from "../dist/editors/document.js";
import { accept, press, start, suggest } from "../test-support/brackets.mjs";
import { random } from "../test-support/random.mjs";

const TEXTS = [" = 1", "(a, [b])", ":\n    return x\n", "'it'", "f(", "{\n  a: {"];

describe("undo", () => {
  test("500 random histories: each acceptance is a step of its own, before and after typing", () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const draw = random(seed);
      let state = start("x = ", "", [history({ newGroupDelay: 1e9, joinToEvent: () => true })]);
      /** Documents at the ends of steps. */
      const steps = [state.doc.toString()];
      let wasTyped = false;
      for (let turn = 0; turn < 1 + draw.below(6); turn += 1) {
        if (draw.below(2) === 0) {
          for (const char of draw.of(["a", "bc", "d1e"])) state = press(state, char);
          if (wasTyped) steps.pop();
          wasTyped = true;
        } else {
          state = accept(suggest(state, draw.of(TEXTS)), draw.of(["all", "word", "line"]));
          wasTyped = false;
        }
        steps.push(state.doc.toString());
      }
      const dispatch = (transaction) => (state = transaction.state);
      for (const [command, expected] of [
        [undo, steps.slice(0, -1).reverse()],
        [redo, steps.slice(1)],
      ]) {
        const seen = [];
        while (command({ state, dispatch })) seen.push(state.doc.toString());
        assert.deepEqual(seen, expected, `seed ${seed}`);
      }
    }
  });
});

describe("line ends", () => {
  const ENDS = ["\n", "\r\n", "\r"];

  test("prompts have line feeds only, whatever the file and the editor have", () => {
    for (let seed = 0; seed < 2000; seed += 1) {
      const draw = random(seed);
      const own = draw.of([...ENDS, null]);
      const parts = Array.from({ length: 1 + draw.below(8) }, () => draw.of(["a", "", "bé "]));
      const file = parts.map((part) => part + draw.of(ENDS)).join("");
      const extensions = own === null ? [] : EditorState.lineSeparator.of(own);
      const { doc } = EditorState.create({ doc: file, extensions });
      const offset = draw.below(doc.length + 1);
      const { prefix, suffix } = textAround(textOf(doc), offset);
      assert.ok(!`${prefix}${suffix}`.includes("\r"), `seed ${seed}: ${JSON.stringify(file)}`);
      // No line is lost or added at the cursor.
      const expected = doc.toString().replace(/\r\n?/g, "\n");
      assert.equal(prefix + suffix, expected, `seed ${seed}: ${JSON.stringify(file)}`);
    }
  });

  test("what is accepted are lines of the editor, and the file keeps its separators", () => {
    for (let seed = 0; seed < 2000; seed += 1) {
      const draw = random(seed);
      const own = draw.of(ENDS);
      const before = ["import os", "", "x"].slice(draw.below(3)).join(own);
      const after = draw.of(["", `${own}y${own}`, `${own}mixed${draw.of(ENDS)}end`]);
      let state = EditorState.create({
        doc: before + after,
        extensions: [displayField, EditorState.lineSeparator.of(own)],
      });
      const head = state.toText(before).length;
      state = state.update({ selection: { anchor: head } }).state;
      const answer = draw.of(TEXTS).replaceAll("\n", draw.of(ENDS));
      const lines = state.doc.lines;
      state = suggest(state, answer);
      let taken = "";
      for (let shown = true; shown; shown = state.field(displayField) !== null) {
        const { rest } = state.field(displayField);
        assert.ok(!rest.includes("\r"));
        const from = state.selection.main.head;
        state = accept(state, draw.of(["all", "word", "line"]));
        taken += state.doc.sliceString(from, state.selection.main.head);
      }
      assert.equal(taken, answer.replace(/\r\n?/g, "\n"));
      assert.equal(state.doc.lines, lines + taken.split("\n").length - 1);
      assert.equal(state.sliceDoc(), before + taken.replaceAll("\n", own) + after);
    }
  });

  test("an edit is told with line feeds, whatever the editor's separator", () => {
    for (const own of ENDS) {
      const state = EditorState.create({ extensions: EditorState.lineSeparator.of(own) });
      const transaction = state.update({ changes: { from: 0, insert: `a${own}b` } });
      assert.deepEqual(editOf(transaction).changes, [{ from: 0, to: 0, insert: "a\nb" }]);
    }
  });
});
