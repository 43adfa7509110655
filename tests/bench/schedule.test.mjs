// The order of runs and what is left out, with engines that only count on a clock of their own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { measure } from "./schedule.mjs";

const PROMPTS = Object.fromEntries(
  [32, 128, 512, 1500].map((length) => [length, { tokens: Array(length).fill(1), text: "" }]),
);
const ROOMY = {
  rounds: 3,
  reload: true,
  first: Infinity,
  again: Infinity,
  decode: Infinity,
  total: Infinity,
};

/** A clock, engines on it, and a log of what happened. */
function world() {
  let time = 0;
  const events = [];
  /** Takes `prefill` and `decode` milliseconds a token. */
  const engine = (id, { prefill, decode, fails = () => false }) => ({
    id,
    async open() {
      events.push(`open ${id}`);
      if (fails("open")) throw new Error("no adapter");
      time += 50;
      return { loadMs: 50 };
    },
    async run({ tokens, decode: count, limitMs }) {
      events.push(`run ${id} ${tokens.length}`);
      if (fails(tokens.length)) throw new Error("device lost");
      const decodeTokens = Math.min(count, Math.ceil(limitMs / decode));
      const [prefillMs, decodeMs] = [prefill * tokens.length, decode * decodeTokens];
      time += prefillMs + decodeMs;
      const promptTokens = tokens.length;
      return { promptTokens, prefillMs, decodeTokens, decodeMs, firstMs: prefillMs };
    },
    weigh: async () => ({ peak_mb: 2, wasm_mb: undefined }),
    async close() {
      events.push(`close ${id}`);
    },
  });
  const run = (engines, plan) =>
    measure(engines, { ...ROOMY, ...plan }, { prompts: PROMPTS, now: () => time, log: () => {} });
  return { engine, run, events, now: () => time };
}

const values = ({ samples }, id, cell) =>
  samples.filter((sample) => sample.id === id && sample.cell === cell).map(({ value }) => value);

test("engines take turns in every run, beginning with another one each round", async () => {
  const { engine, run, events } = world();
  const engines = ["a", "b"].map((id) => engine(id, { prefill: 1, decode: 1 }));
  await run(engines, { rounds: 2 });
  const round = (one, two) => [
    ...[one, two].flatMap((id) => [`open ${id}`, `run ${id} 32`]),
    ...[128, 512, 1500].flatMap((length) => [`run ${one} ${length}`, `run ${two} ${length}`]),
    `close ${one}`,
    `close ${two}`,
  ];
  assert.deepEqual(events, [...round("a", "b"), ...round("b", "a")]);
});

test("every round gives every figure once; warming up gives none", async () => {
  const { engine, run } = world();
  const measured = await run([engine("a", { prefill: 2, decode: 4 })], {});
  for (const [cell, value] of [
    ["prefill_128", 500],
    ["prefill_512", 500],
    ["prefill_1500", 500],
    ["decode_128", 250],
    ["decode_1500", 250],
    ["ttft_128_ms", 256],
    ["load_ms", 50],
    ["peak_mb", 2],
  ]) {
    assert.deepEqual(values(measured, "a", cell), [value, value, value], cell);
  }
  // What an engine does not tell is no figure.
  assert.deepEqual(values(measured, "a", "wasm_mb"), []);
  assert.deepEqual(measured.notes, []);
});

test("without reloading an engine is opened once and closed at the end", async () => {
  const { engine, run, events } = world();
  const measured = await run([engine("a", { prefill: 1, decode: 1 })], { reload: false });
  assert.equal(events.filter((event) => event === "open a").length, 1);
  assert.equal(events.at(-1), "close a");
  assert.equal(values(measured, "a", "load_ms").length, 1);
  assert.equal(values(measured, "a", "prefill_512").length, 3);
});

test("a run that does not fit its box is left out and said so", async () => {
  const { engine, run, events } = world();
  const engines = [
    engine("slow", { prefill: 50, decode: 50 }),
    engine("fast", { prefill: 1, decode: 1 }),
  ];
  // 512 tokens take the slow one 26 s, 128 take it 6.4 s and then 1.6 s.
  const measured = await run(engines, { first: 20_000 });
  assert.ok(!events.includes("run slow 512") && !events.includes("run slow 1500"));
  assert.deepEqual(values(measured, "slow", "prefill_512"), []);
  assert.equal(values(measured, "slow", "prefill_128").length, 3);
  assert.equal(values(measured, "fast", "prefill_1500").length, 3);
  assert.ok(measured.notes.some((note) => /slow: 512 tokens .* left out/.test(note)));
});

test("what takes long is measured once but not repeated", async () => {
  const { engine, run } = world();
  const measured = await run([engine("slow", { prefill: 20, decode: 1 })], { again: 5_000 });
  assert.equal(values(measured, "slow", "prefill_128").length, 3);
  assert.equal(values(measured, "slow", "prefill_512").length, 1);
  assert.ok(measured.notes.some((note) => /slow: 512 tokens .* not repeated/.test(note)));
});

test("slow decoding is cut short, never below two tokens, and said so", async () => {
  for (const [decode, expected] of [
    [500, 6],
    [5_000, 2],
  ]) {
    const { engine, run } = world();
    const slow = engine("slow", { prefill: 1, decode });
    const counts = [];
    const spy = {
      ...slow,
      run: async (request) => {
        const result = await slow.run({ ...request, limitMs: Infinity });
        if (request.tokens.length === 128) counts.push(result.decodeTokens);
        return result;
      },
    };
    const measured = await run([spy], { decode: 3_000 });
    assert.deepEqual(counts, [expected, expected, expected]);
    assert.deepEqual(values(measured, "slow", "decode_128"), Array(3).fill(1000 / decode));
    assert.ok(measured.notes.some((note) => note.includes(`${expected} of 32 tokens after 128`)));
  }
});

test("nothing is begun that would end too late", async () => {
  const { engine, run, now } = world();
  const engines = ["a", "b"].map((id) => engine(id, { prefill: 10, decode: 10 }));
  const measured = await run(engines, { rounds: 99, reload: false, total: 60_000 });
  assert.ok(now() <= 60_000 && now() > 50_000, `${now()}`);
  assert.ok(measured.notes.some((note) => note.includes("no time left")));
});

test("an engine that fails is closed, told of, and does not stop the others", async () => {
  for (const [where, figures] of [
    ["open", 0],
    [512, 1],
  ]) {
    const { engine, run, events } = world();
    const bad = engine("bad", { prefill: 1, decode: 1, fails: (what) => what === where });
    const measured = await run([bad, engine("good", { prefill: 1, decode: 1 })], {});
    assert.equal(measured.failed.get("bad"), where === "open" ? "no adapter" : "device lost");
    assert.equal(events.filter((event) => event === "close bad").length, 1);
    assert.equal(values(measured, "bad", "prefill_128").length, figures);
    assert.equal(values(measured, "good", "prefill_1500").length, 3);
  }
});
