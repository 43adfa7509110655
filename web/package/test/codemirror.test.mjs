// CodeMirror's side without a view: who made a transaction, what the configuration says, which keys are taken.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Annotation, EditorSelection, EditorState, Transaction } from "@codemirror/state";
import { keymap } from "@codemirror/view";

import {
  inlineCompletion,
  inlineCompletionKeymap,
  suggestionAccepted,
} from "../dist/codemirror.js";
import { displayField, showSuggestion } from "../dist/editors/codemirror/display.js";
import { config } from "../dist/editors/codemirror/config.js";
import { isIndenting } from "../dist/editors/codemirror/popup.js";
import { editOf, originOf } from "../dist/editors/codemirror/transaction.js";
import { mapOffset } from "../dist/editors/document.js";
import { Suggestion } from "../dist/editors/suggestion.js";
import { random } from "../test-support/random.mjs";

const SOURCE = { complete: () => new Promise(() => undefined) };

function stateWith(extensions, doc = "some text", anchor = doc.length) {
  return EditorState.create({ doc, selection: { anchor }, extensions });
}

describe("who made a transaction", () => {
  const EVENTS = [
    ["input.type", "typed"],
    ["input.type.compose", "typed"],
    ["input", "typed"],
    ["input.indent", "typed"],
    ["input.complete", "inserted"],
    ["input.paste", "inserted"],
    ["input.drop", "inserted"],
    ["input.copyline", "inserted"],
    ["inputs", "other"],
    ["delete.backward", "deleted"],
    ["delete.cut", "deleted"],
    ["undo", "history"],
    ["redo", "history"],
    ["move.line", "other"],
    ["select.pointer", "other"],
    [undefined, "other"],
  ];
  for (const [userEvent, origin] of EVENTS) {
    test(`${userEvent}: ${origin}`, () => {
      const change = { changes: { from: 0, insert: "x" } };
      const state = stateWith([]);
      const spec = userEvent === undefined ? change : { ...change, userEvent };
      assert.equal(originOf(state.update(spec)), origin);
      const remote = [Transaction.remote.of(true)];
      assert.equal(originOf(state.update({ ...spec, annotations: remote })), "other");
      const ours = [suggestionAccepted.of(true)];
      assert.equal(originOf(state.update({ ...spec, annotations: ours })), "accepted");
    });
  }

  test("5,000 random transactions of others: mapped as CodeMirror maps, never ours", () => {
    const events = EVENTS.map(([userEvent]) => userEvent);
    const Theirs = Annotation.define();
    for (let seed = 0; seed < 5000; seed += 1) {
      const draw = random(seed);
      const doc = "line one\nline two\nline three";
      const changes = [];
      for (let at = draw.below(6); at < doc.length; at += 1 + draw.below(9)) {
        const to = Math.min(doc.length, at + draw.below(4));
        const insert = draw.of(["", "x", "(\n)", "  "]);
        changes.push({ from: at, to, insert });
        at = to;
      }
      const anchor = draw.below(doc.length + 1);
      const selection = EditorSelection.cursor(draw.below(4));
      const shown = Suggestion.asked(1, anchor).answered("x and more", true);
      const state = stateWith(displayField, doc, anchor).update({
        effects: showSuggestion.of(shown),
      }).state;
      const userEvent = draw.of(events);
      const isRemote = draw.below(4) === 0;
      const transaction = state.update({
        changes,
        annotations: [
          Transaction.remote.of(isRemote),
          Transaction.addToHistory.of(draw.below(2) === 0),
          Theirs.of(true),
        ],
        ...(draw.below(4) === 0 && { selection }),
        ...(userEvent !== undefined && { userEvent }),
      });
      const edit = editOf(transaction);
      assert.notEqual(edit.origin, "accepted");
      if (isRemote) assert.equal(edit.origin, "other");
      for (let offset = 0; offset <= doc.length; offset += 1) {
        for (const side of [-1, 1]) {
          const expected = transaction.changes.mapPos(offset, side);
          assert.equal(mapOffset(edit.changes, offset, side), expected, `seed ${seed}`);
        }
      }
      // What is still drawn is drawn at the cursor.
      const now = transaction.state.field(displayField);
      if (now !== null) assert.equal(now.offset, transaction.newSelection.main.head);
      // Nobody but the user types along.
      if (now !== null && edit.origin !== "typed") assert.equal(now.typed, "");
      assert.ok(now?.equals(shown.after(edit)) ?? shown.after(edit) === null);
    }
  });
});

describe("configuration", () => {
  const read = (...configs) =>
    stateWith(configs.map((options) => inlineCompletion(options))).facet(config);

  test("several parts are put together, and all callbacks called", () => {
    const seen = [];
    const result = { text: "x" };
    const { path, debounce, onResult } = read(
      { source: SOURCE, path: "a.py", onResult: ({ text }, ms) => seen.push([1, text, ms]) },
      { source: SOURCE, debounce: 20, onResult: ({ text }, ms) => seen.push([2, text, ms]) },
    );
    onResult(result, 7);
    assert.deepEqual([path, debounce], ["a.py", 20]);
    assert.deepEqual(seen, [
      [1, "x", 7],
      [2, "x", 7],
    ]);
  });

  test("parts that contradict each other are an error", () => {
    const parts = [
      { source: SOURCE, path: "a.py" },
      { source: SOURCE, path: "b.py" },
    ];
    assert.throws(() => read(...parts), /Config merge conflict for field path/);
  });

  const bound = (options) =>
    stateWith(inlineCompletion({ source: SOURCE, ...options })).facet(keymap);

  test("keys are the default ones, others, or none", () => {
    const own = [{ key: "F2", run: () => true }];
    assert.ok(bound({}).includes(inlineCompletionKeymap));
    assert.deepEqual(bound({ keymap: own }), [own]);
    assert.deepEqual(bound({ defaultKeymap: false }), []);
    assert.deepEqual(bound({ defaultKeymap: false, keymap: own }), []);
  });
});

describe("Tab", () => {
  const INDENTS = [
    // line before the cursor, suggestion, width of a level, whether Tab indents
    ["", "    return", 4, true],
    ["", "  return", 4, false],
    ["", "  return", 2, true],
    ["", "\treturn", 4, true],
    ["    ", "    return", 4, true],
    ["    ", "return", 4, false],
    ["", "\n    return", 4, false],
    ["x", "    # why", 4, false],
    ["", "", 4, false],
  ];
  for (const [line, rest, width, expected] of INDENTS) {
    const name = `${JSON.stringify(line)}, then ${JSON.stringify(rest)}, levels of ${width}`;
    test(`${expected ? "indents" : "accepts"} after ${name}`, async () => {
      const { indentUnit } = await import("@codemirror/language");
      const state = stateWith(indentUnit.of(" ".repeat(width)), `first\n${line}`);
      assert.equal(isIndenting(state, rest), expected);
    });
  }
});

test("a read-only state shows nothing", () => {
  const shown = Suggestion.asked(1, 0).answered("x", true);
  const effects = showSuggestion.of(shown);
  for (const readOnly of [false, true]) {
    const extensions = [displayField, EditorState.readOnly.of(readOnly)];
    const { state } = stateWith(extensions, "").update({ effects });
    assert.equal(state.field(displayField)?.rest ?? null, readOnly ? null : "x");
  }
});
