// What is typed, when, and how figures come of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  calibrate,
  common,
  decoding,
  difference,
  engine,
  figures,
  following,
  mostRead,
  percentile,
  tasks,
  threshold,
} from "./typing/metrics.mjs";
import { CORRECTED, GAP, lognormal, parts, random, sequences } from "./typing/sequences.mjs";

const LINES = Array.from({ length: 60 }, (_, n) =>
  n % 7 === 0 ? `# a remark about number ${n}` : `    total_${n} = compute(first_${n}, second)`,
);
const FILE = { language: "python", path: "a.py", text: `${LINES.join("\n")}\n` };

test("gaps have the mean and the deviation of the study", () => {
  const next = random(7);
  const gaps = Array.from({ length: 20_000 }, () => lognormal(next, GAP));
  const mean = gaps.reduce((a, b) => a + b) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((a, b) => a + (b - mean) ** 2, 0) / gaps.length);
  assert.ok(Math.abs(mean - GAP.mean) < 4, `${mean}`);
  assert.ok(Math.abs(deviation - GAP.deviation) < 6, `${deviation}`);
  assert.ok(gaps.every((gap) => gap > 0));
});

test("parts are code, and taking one out and typing it gives the file again", () => {
  const found = parts(FILE.text);
  assert.ok(found.length > 20);
  for (const { at, part } of found) {
    assert.equal(FILE.text.slice(at, at + part.length), part);
    assert.ok(!part.startsWith("#") && part.length >= 40, part);
  }
});

test("the steps of a sequence type its part, slips and all", () => {
  const all = sequences([FILE, { ...FILE, path: "b.py" }], 12, 3);
  assert.equal(all.length, 12);
  assert.deepEqual(sequences([FILE, { ...FILE, path: "b.py" }], 12, 3), all);
  assert.notDeepEqual(sequences([FILE], 12, 4)[0].part, all[0].part);
  let [keys, slips, looks] = [0, 0, 0];
  for (const sequence of all) {
    assert.equal(sequence.before + sequence.part + sequence.after, FILE.text);
    let typed = "";
    sequence.steps.forEach((step, index) => {
      if (step.kind === "erase") typed = typed.slice(0, -1);
      if (step.kind === "key" || step.kind === "line") typed += step.text;
      keys += Number(step.kind === "key");
      slips += Number(step.kind === "erase");
      looks += Number(step.kind === "away");
      if (step.rest !== null) {
        assert.equal(typed + following(sequence, index), sequence.part + sequence.after);
      }
    });
    assert.equal(typed, sequence.part);
  }
  assert.ok(slips > 0 && slips / keys < 2 * CORRECTED, `${slips} of ${keys}`);
  assert.equal(looks, 4);
});

test("a perfect reader accepts what is typed next", () => {
  const sequence = {
    part: "ab cd",
    after: "\nrest",
    steps: [
      { kind: "key", text: "a", rest: 1 },
      { kind: "key", text: "x", rest: null },
      { kind: "erase", rest: null },
      { kind: "key", text: "b", rest: 2 },
    ],
  };
  const shows = [
    { step: 0, latency: 100, text: "b cx" },
    { step: 1, latency: 50, text: "yz" },
    { step: 3, latency: 400, text: " cd\nre" },
  ];
  const found = figures([{ sequence, shows }]);
  assert.equal(found.prefix_match, Math.round((1000 * (3 + 0 + 6)) / 12) / 1000);
  assert.deepEqual([found.p50_ms, found.p99_ms, found.per_100_keystrokes], [100, 400, 75]);
  const none = figures([{ sequence, shows: [] }]);
  assert.deepEqual([none.p50_ms, none.per_100_keystrokes, none.prefix_match], [null, 0, 0]);
});

test("percentiles, and what texts have in common", () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n);
  assert.deepEqual(
    [0.5, 0.9, 0.99, 1].map((share) => percentile(values, share)),
    [50, 90, 99, 100],
  );
  assert.equal(percentile([], 0.5), null);
  assert.deepEqual([common("abc", "abd"), common("", "a"), common("ab", "ab")], [2, 0, 2]);
});

test("the engine's work is told in shares", () => {
  const work = {
    requests: 10,
    answered: 8,
    promptTokens: 1000,
    readTokens: 50,
    generatedTokens: 100,
    aheadTokens: 50,
  };
  const found = engine(work, 4);
  assert.deepEqual([found.cancelled, found.kv_reuse, found.tokens_per_suggestion], [0.2, 0.95, 50]);
  const none = engine({ ...work, requests: 0, promptTokens: 0 }, 0);
  assert.deepEqual([none.cancelled, none.kv_reuse, none.tokens_per_suggestion], [0, 0, null]);
});

test("the curve of calibration is found again", () => {
  const next = random(11);
  const samples = Array.from({ length: 1200 }, () => {
    const confidence = 0.05 + 0.95 * next();
    const p = 1 / (1 + Math.exp(-(0.5 + 2 * Math.log(confidence))));
    return { confidence, right: next() < p, length: 10, matched: 5 };
  });
  const { at_certain, slope, brier, fifths } = calibrate(samples);
  assert.equal(
    fifths.reduce((sum, { samples }) => sum + samples, 0),
    1200,
  );
  const shares = fifths.map(({ samples, right }) => right / samples);
  assert.ok(shares[4] > shares[2] && shares[2] > shares[0], `${shares}`);
  assert.ok(
    Math.abs(at_certain - 0.5) < 0.2 && Math.abs(slope - 2) < 0.35,
    `${at_certain} ${slope}`,
  );
  assert.ok(brier < 0.25);
  assert.equal(calibrate(samples.slice(0, 10)), null);
});

test("decoding is what came after the first token of each answer", () => {
  const result = (tokens, decodeMs, drafted, accepted) => ({ tokens, decodeMs, drafted, accepted });
  const { decode_tps, drafted, accepted_drafts } = decoding([
    result(1, 0.1, 0, 0),
    result(11, 200, 6, 5),
    result(21, 300, 4, 1),
    result(0, 0, 0, 0),
  ]);
  assert.deepEqual([decode_tps, drafted, accepted_drafts], [60, 10, 6]);
  assert.equal(decoding([]).decode_tps, null);
});

test("the threshold is the lowest that lets through what is accepted often enough", () => {
  const samples = Array.from({ length: 1000 }, (_, n) => {
    const likelihood = n / 1000;
    const right = n % 10 < Math.floor(likelihood * 7);
    return { likelihood, right, length: 20, matched: right ? 20 : 4 };
  });
  const found = threshold(samples);
  assert.ok(found.accepted >= 0.385 && found.accepted < 0.45, `${found.accepted}`);
  assert.ok(found.threshold > 0 && found.shown < 1 && found.shown > 0.5, JSON.stringify(found));
  const all = samples.map((sample) => ({ ...sample, right: true, matched: 20 }));
  assert.deepEqual(threshold(all), { threshold: 0.2, accepted: 1, matched: 1, shown: 0.8 });
  const none = samples.map((sample) => ({ ...sample, right: false }));
  assert.deepEqual(threshold(none), { threshold: null, accepted: null, matched: null, shown: 0 });
  // Right suggestions that are short beside wrong ones that are long.
  const long = samples.map((sample) => ({ ...sample, length: sample.right ? 20 : 40 }));
  assert.ok(threshold(long).threshold > found.threshold);
  assert.ok(threshold(long).matched >= 0.44);
});

test("a text is another one from a place on, by so many characters", () => {
  assert.equal(difference("f(x)", "f(x)"), null);
  assert.deepEqual(difference("f(x)\nend", "f(x))\nend"), { at: 4, missing: 0, extra: 1 });
  assert.deepEqual(difference("one two", "one to"), { at: 5, missing: 1, extra: 0 });
  assert.deepEqual(difference("aa", "aaa"), { at: 2, missing: 0, extra: 1 });
  assert.deepEqual(difference("", "a"), { at: 0, missing: 0, extra: 1 });
});

test("long tasks are told by their stage and by who took them", () => {
  const by = [{ name: "MutationCallback", ms: 60 }];
  const long = [
    { stage: "opened", start: 10, ms: 140 },
    { stage: "typed", start: 500, ms: 61 },
  ];
  const { opened, typed } = tasks(long, [{ start: 499.5, end: 570, by }]);
  assert.deepEqual(opened, { longest: 140, tasks: [{ stage: "opened", ms: 140, by: [] }] });
  assert.deepEqual(typed, { longest: 61, tasks: [{ stage: "typed", ms: 61, by }] });
  assert.deepEqual(tasks([], []).typed, { longest: 0, tasks: [] });
});

test("sequences that read the most come first", () => {
  const run = (path, read) => ({
    sequence: { path },
    work: { opened: { prompt: 0, read }, typed: { prompt: 900, read: 1 } },
  });
  const found = mostRead([run("a", 5), run("b", 400), run("c", 30)]);
  assert.deepEqual(
    found.map(({ path, opened }) => [path, opened.read]),
    [
      ["b", 400],
      ["c", 30],
      ["a", 5],
    ],
  );
});
