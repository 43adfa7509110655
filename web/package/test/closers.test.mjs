// Closers that the editor writes by itself find their partners, however a suggestion is accepted.
//
// The editor is CodeMirror's state with its own `closeBrackets`, without a view. The reference
// types every character by hand in the same editor without suggestions.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { javascript } from "@codemirror/lang-javascript";
import { python } from "@codemirror/lang-python";
import { rust } from "@codemirror/lang-rust";
import { Text } from "@codemirror/state";

import { displayField } from "../dist/editors/codemirror/display.js";
import { editOf } from "../dist/editors/codemirror/transaction.js";
import { OpenPairs } from "../dist/editors/pairs.js";
import { accept, press, start, suggest, takeAtRandom, typeAll } from "../test-support/brackets.mjs";
import { random } from "../test-support/random.mjs";

const COMMENTS = { line: "#", block: { open: "/*", close: "*/" } };

/** An editor in which `text` is suggested at the end of `before`. */
const suggested = (before, text) => suggest(start(before), text, COMMENTS);

const byHand = (before, text) => typeAll(start(before), text).doc.toString();

describe("closers that the editor wrote", () => {
  const CASES = [
    // suggestion, typed along, how accepted, document
    ["foo(bar(1))", "foo(", ["all"], "foo(bar(1))"],
    ["log((1))", "log(", ["all"], "log((1))"],
    ["log((1))", "log((", ["all"], "log((1))"],
    ["describe('all', () => {})", "describe('", ["all"], "describe('all', () => {})"],
    ["describe('all', () => {})", "describe('", ["word", "all"], "describe('all', () => {})"],
    // The suggestion leaves the outer one open: it stays.
    ["foo(bar(1)", "foo(", ["all"], "foo(bar(1))"],
    ["f(a,", "f(", ["all"], "f(a,)"],
    // Up to the inner closer, and then dismissed.
    ["foo(bar(1) + 2)", "foo(", ["word", "word", "word", "word"], "foo(bar(1))"],
    // Brackets in strings and comments are none.
    ['f(")", 1)', "f(", ["all"], 'f(")", 1)'],
    ['f("it\'s (")', "f(", ["all"], 'f("it\'s (")'],
    ["f(a, # b)\n  c)", "f(", ["line", "all"], "f(a, # b)\n  c)"],
    ["f(/* ) */ x)", "f(", ["all"], "f(/* ) */ x)"],
    ["f('\\')', x)", "f(", ["all"], "f('\\')', x)"],
    ["f(`)${a}`, x)", "f(", ["all"], "f(`)${a}`, x)"],
    // An apostrophe begins no string.
    ["f(don't, [x])", "f(", ["all"], "f(don't, [x])"],
    ["f(&'a str, x)", "f(", ["all"], "f(&'a str, x)"],
    ["f(f'{a}', rb')')", "f(", ["all"], "f(f'{a}', rb')')"],
    ['f("""a "b" )\n""")', "f(", ["all"], 'f("""a "b" )\n""")'],
    // Two levels, one of them typed over.
    ["a[b(c)]", "a[b(c)", ["all"], "a[b(c)]"],
    ["a[b(c)]", "a[b(", ["word", "word"], "a[b(c)]"],
    ["{a: [1, {b: 2}]}", "{a: [1, {", ["line"], "{a: [1, {b: 2}]}"],
  ];
  for (const [text, typed, how, expected] of CASES) {
    test(`${JSON.stringify(text)} typed to ${JSON.stringify(typed)}, then ${how}`, () => {
      let state = [...typed].reduce(press, suggested("x = ", text));
      for (const part of how) state = accept(state, part);
      assert.equal(state.doc.toString(), `x = ${expected}`);
    });
  }

  test("a closer by the editor that a suggestion does not reach stays behind the cursor", () => {
    let state = [..."f("].reduce(press, suggested("", "f(a, b)"));
    state = accept(state, "word");
    assert.equal(state.doc.toString(), "f(a)");
    assert.equal(state.field(displayField).rest, ", b)");
    assert.equal(state.field(displayField).closers, ")");
  });
});

/** Source text with balanced brackets, strings and comments. */
function code(draw, { strings = STRINGS, remarks = [""] } = {}, depth = 0) {
  const word = () => draw.of(["a", "bc", "d1", "é", "return"]);
  const list = (count) => {
    const items = Array.from({ length: count }, () => code(draw, { strings, remarks }, depth + 1));
    return items.join(draw.of([", ", ",", " + "]) + draw.of(remarks));
  };
  const inner = depth > 3 ? 0 : draw.below(3);
  switch (draw.below(depth > 3 ? 3 : 7)) {
    case 0:
      return word();
    case 1:
      return draw.of(strings);
    case 2:
      return draw.of(["1", "x.y", "-z"]);
    case 3:
      return `${word()}(${list(inner)})`;
    case 4:
      return `[${draw.of(remarks)}${list(inner)}]`;
    case 5:
      return `{${word()}: ${list(inner + 1)}}`;
    default:
      return `${word()}(${draw.of(["", "\n  "])}${list(inner + 1)}${draw.of(["", "\n"])})`;
  }
}

const CONTENTS = ["", "a b", ")", "(", "](", "{", "\\\\", "x: )"];
const STRINGS = CONTENTS.flatMap((text) => [`"${text}"`, `'${text}'`]);

test("10,000 random suggestions and ways to accept them, then Escape: the text as typed by hand", () => {
  const ways = { typed: 0, word: 0, line: 0, all: 0, closers: 0, escaped: 0 };
  for (let seed = 0; seed < 10_000; seed += 1) {
    const draw = random(seed);
    const whole = code(draw);
    // Some suggestions end where something is open. Whether `')` is a string shows only in what follows.
    const cut = whole.slice(0, 1 + draw.below(whole.length));
    const isCut = draw.below(3) === 0 && !/^[^']*('[^']*'[^']*)*'[^']*[)\]}][^']*$/.test(cut);
    const text = isCut ? cut : whole;
    const steps = draw.of([draw.below(12), Infinity]);
    const { state, said, taken, closers } = takeAtRandom(suggested("x = ", text), draw, steps);
    for (const way of said) ways[way] += 1;
    ways.closers += closers;
    ways.escaped += Number(taken !== text);
    const hand = byHand("x = ", taken);
    assert.ok(text.startsWith(taken));
    assert.equal(state.doc.toString(), hand, `seed ${seed}: ${said}, of ${text}`);
    if (taken === whole) assert.equal(hand, `x = ${whole}`, `seed ${seed}, by hand`);
  }
  for (const [way, count] of Object.entries(ways)) assert.ok(count > 1000, `${way}: ${count}`);
});

describe("in a language, with text behind the cursor", () => {
  const SLASHES = { line: "//", block: { open: "/*", close: "*/" } };
  const LANGUAGES = {
    javascript: {
      extension: javascript(),
      comments: SLASHES,
      strings: ["'a'", '"b)"', "`x${f(1)}`", "'it\\'s ('", "/\\(/", "'\"'"],
      remarks: ["", "", " // don't (\n", " /* ) ' */ ", " // (a)\n"],
    },
    python: {
      extension: python(),
      comments: { line: "#" },
      strings: ["'a'", '"b)"', 'f"{x}"', "rb'('", '"""doc (x\n"""', "'''a'''", '""'],
      remarks: ["", "", " # don't (\n", " # [a]\n", ' # "x\n'],
    },
    rust: {
      extension: rust(),
      comments: SLASHES,
      strings: ["'a'", '"b)"', "&'a str", "b'('", 'r"("', "'\\''"],
      remarks: ["", "", " // don't (\n", " /* ( */ "],
    },
  };
  const PLACES = [
    ["x = ", ""],
    ["x = ", "\ny"],
    ["x = ", "z"],
    ["f(", ")"],
    ["f(", ");\nz"],
  ];
  for (const [name, { extension, comments, strings, remarks }] of Object.entries(LANGUAGES)) {
    test(`${name}: 300 random suggestions, as typed by hand wherever that gives the suggestion`, () => {
      let compared = 0;
      for (let seed = 0; seed < 300; seed += 1) {
        const draw = random(seed);
        const whole = code(draw, { strings, remarks });
        const [before, after] = draw.of(PLACES);
        const open = () => start(before, after, extension);
        const text = draw.below(3) === 0 ? whole.slice(0, 1 + draw.below(whole.length)) : whole;
        const steps = draw.of([draw.below(12), Infinity]);
        // Where it does not, the editor itself closes too much, such as a quote of a comment.
        if (typeAll(open(), whole).doc.toString() !== before + whole + after) continue;
        const first = suggest(open(), text, comments);
        const { state, said, taken } = takeAtRandom(first, draw, steps);
        const hand = typeAll(open(), taken).doc.toString();
        assert.equal(state.doc.toString(), hand, `seed ${seed}: ${said}, of ${text}`);
        compared += 1;
      }
      assert.ok(compared > 100, `${compared}`);
    });
  }
});

test("the scanner reads the same in pieces as at once", () => {
  for (let seed = 0; seed < 5000; seed += 1) {
    const draw = random(seed);
    const text = code(draw) + draw.of(["", " # (", "\n", " /* ' */ "]) + code(draw);
    let pairs = OpenPairs.none(COMMENTS).after("(", 1, 0, ")");
    let closed = 0;
    const whole = pairs.closedBy(text, text.length);
    for (let at = 0; at < text.length;) {
      const length = 1 + draw.below(text.length - at);
      const count = pairs.closedBy(text.slice(at), length);
      pairs = pairs.after(text.slice(at), length, count, "");
      closed += count;
      at += length;
    }
    assert.equal(closed, whole, `seed ${seed}: ${text}`);
  }
});

test("an edit is what CodeMirror made of it", () => {
  const state = start("a");
  const [from, insert] = [1, Text.of(["b", "c"])];
  const transaction = state.update({ changes: { from, insert }, selection: { anchor: 2 } });
  assert.deepEqual(editOf(transaction).changes, [{ from: 1, to: 1, insert: "b\nc" }]);
});
