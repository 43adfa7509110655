// Medians and ratios over samples that are written down here.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CELLS, median, ratios, summarize } from "./statistics.mjs";

/** Samples of one cell, a value a round; null for a round without one. */
const series = (id, cell, values) =>
  values.map((value, round) => ({ id, round, cell, value })).filter(({ value }) => value !== null);

test("a median is the middle, or the mean of the two in the middle", () => {
  for (const [values, expected] of [
    [[], null],
    [[7], 7],
    [[10, 9, 100], 10],
    [[4, 1, 3, 2], 2.5],
  ]) {
    assert.equal(median(values), expected);
  }
});

test("figures without a sample are null", () => {
  const { cells, rounds } = summarize(series("a", "prefill_128", [3, 1, null, 2]), "a");
  assert.equal(cells.prefill_128, 2);
  assert.equal(rounds.prefill_128, 3);
  for (const cell of CELLS.filter((cell) => cell !== "prefill_128")) {
    assert.equal(cells[cell], null);
    assert.equal(rounds[cell], 0);
  }
});

test("noise that slows a whole round cancels in a ratio", () => {
  // The machine is three times slower in round 1 and five times in round 2.
  const samples = [
    ...series("ours", "decode_128", [120, 40, 24]),
    ...series("theirs", "decode_128", [60, 20, 12]),
  ];
  assert.equal(ratios(samples, "ours", "theirs").decode_128, 2);
});

test("a ratio is the median of ratios, not the ratio of medians", () => {
  const samples = [
    ...series("ours", "prefill_512", [10, 30, 100]),
    ...series("theirs", "prefill_512", [5, 30, 10]),
  ];
  // Rounds: 2, 1, 10. The medians alone, 30 and 10, would say 3.
  assert.equal(ratios(samples, "ours", "theirs").prefill_512, 2);
});

test("only rounds count that have both figures", () => {
  const samples = [
    ...series("ours", "prefill_512", [10, 20, null]),
    ...series("theirs", "prefill_512", [null, 5, 1]),
  ];
  assert.equal(ratios(samples, "ours", "theirs").prefill_512, 4);
  assert.equal(ratios(samples, "ours", "theirs").prefill_128, null);
  assert.equal(ratios(samples, "ours", "nobody").prefill_512, null);
});

test("where less is better, a ratio above one is still better", () => {
  const samples = [...series("ours", "load_ms", [100]), ...series("theirs", "load_ms", [300])];
  assert.equal(ratios(samples, "ours", "theirs").load_ms, 3);
});
