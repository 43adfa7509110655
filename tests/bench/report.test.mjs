// The shape of the result, and the tables that are made of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PAIRS, report, tables } from "./report.mjs";

const ENGINES = [
  { id: "ghostlight-cpu-1", engine: "ghostlight-cpu", threads: 1 },
  { id: "ghostlight-cpu-n", engine: "ghostlight-cpu", threads: 2 },
  { id: "wllama-cpu-1", engine: "wllama-cpu", threads: 1 },
  { id: "ghostlight-cpu-1-q4_0", engine: "ghostlight-cpu", threads: 1 },
  { id: "llama.cpp-1-q4_0", engine: "llama.cpp", threads: 1 },
].map((engine) => {
  const isFirst = !engine.id.endsWith("-q4_0");
  return { ...engine, model: isFirst ? 0 : 1, quantization: isFirst ? "Q4_1" : "Q4_0" };
});

function found() {
  const sample = (id, cell, values) => values.map((value, round) => ({ id, round, cell, value }));
  return report({
    engines: ENGINES,
    samples: [
      ...sample("ghostlight-cpu-1", "prefill_512", [210.04, 200, 220]),
      ...sample("ghostlight-cpu-1", "load_ms", [999.6, 900, 1200]),
      ...sample("wllama-cpu-1", "prefill_512", [21]),
      ...sample("ghostlight-cpu-1-q4_0", "prefill_512", [220, 220, 220]),
      ...sample("llama.cpp-1-q4_0", "prefill_512", [275, 275, 275]),
    ],
    notes: ["wllama-cpu-1: not repeated"],
    failed: new Map([["ghostlight-cpu-n", "this build runs on 1 of 2 threads"]]),
    facts: {
      machine: "a machine",
      browser: "a browser",
      adapter: null,
      models: [
        { name: "a model", quantization: "Q4_1", bytes: 98_362_432 },
        { name: "a model", quantization: "Q4_0", bytes: 91_000_000 },
      ],
      wasm: [{ engine: "ghostlight-cpu", raw: 1_735_384, brotli: 366_865 }],
    },
  });
}

test("rows have the names that scripts rely on, null where nothing was measured", () => {
  const { rows, machine, browser, models } = found();
  assert.ok(machine && browser && models);
  const { id, rounds, wasm_mb, quantization, ...named } = rows[0];
  assert.deepEqual(named, {
    engine: "ghostlight-cpu",
    threads: 1,
    prefill_128: null,
    prefill_512: 210,
    prefill_1500: null,
    decode_128: null,
    decode_1500: null,
    ttft_128_ms: null,
    load_ms: 1000,
    peak_mb: null,
  });
  assert.equal(rounds.prefill_512, 3);
  assert.deepEqual(JSON.parse(JSON.stringify(rows)), rows);
});

test("an engine that did not run has no row but a reason", () => {
  const { rows, failed } = found();
  assert.deepEqual(
    rows.map(({ id }) => id),
    ["ghostlight-cpu-1", "wllama-cpu-1", "ghostlight-cpu-1-q4_0", "llama.cpp-1-q4_0"],
  );
  assert.match(failed["ghostlight-cpu-n"], /1 of 2 threads/);
});

test("ratios are there for the pairs that ran on one model, and no others", () => {
  const { ratios } = found();
  assert.deepEqual(Object.keys(ratios), ["ghostlight-cpu-1", "ghostlight-cpu-1-q4_0"]);
  assert.deepEqual(Object.keys(ratios["ghostlight-cpu-1-q4_0"]), ["llama.cpp-1-q4_0"]);
  assert.equal(ratios["ghostlight-cpu-1-q4_0"]["llama.cpp-1-q4_0"].prefill_512, 0.8);
  assert.deepEqual(Object.keys(ratios["ghostlight-cpu-1"]), ["wllama-cpu-1"]);
  assert.equal(ratios["ghostlight-cpu-1"]["wllama-cpu-1"].prefill_512, 10);
  assert.equal(ratios["ghostlight-cpu-1"]["wllama-cpu-1"].load_ms, null);
  assert.ok(PAIRS.every(([ours]) => ours.startsWith("ghostlight-")));
});

test("the tables show figures, dashes for what is missing, and stars for fewer rounds", () => {
  const text = tables(found());
  for (const part of [
    "| ghostlight-cpu |",
    "| Q4_0 ",
    " 210 ",
    " 21* ",
    " 10.00x ",
    "* fewer than 3 rounds",
    "ghostlight-cpu-n: this build runs on 1 of 2 threads",
    "366,865",
  ]) {
    assert.ok(text.includes(part), `${part} is not in\n${text}`);
  }
  const widths = text
    .split("\n")
    .filter((line) => line.startsWith("| ghostlight-cpu ") || line.startsWith("| wllama"))
    .map((line) => line.length);
  assert.equal(new Set(widths.slice(0, 2)).size, 1);
  assert.ok(!/NaN|undefined|null/.test(text), text);
});
