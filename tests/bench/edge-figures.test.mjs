// Percentiles and verdicts of `bench edge`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { added, cancels, percentile, verdicts } from "./edge/figures.mjs";

test("percentiles are samples", () => {
  const values = [5, 1, 4, 2, 3];
  assert.deepEqual(
    [0, 0.5, 0.99, 1].map((share) => percentile(values, share)),
    [1, 3, 5, 5],
  );
  assert.equal(percentile([], 0.5), null);
});

test("what is added is told round by round", () => {
  const times = (base) => Array.from({ length: 100 }, (_, at) => base + at / 100);
  const rounds = [1, 2, 30].map((more) => ({ direct: times(20), through: times(20 + more) }));
  assert.ok(Math.abs(added(rounds).p50 - 2) < 1e-9, "one bad round does not count");
  assert.equal(added([{ direct: [], through: [1] }]).p99, null);
});

test("a backend that never learns is counted", () => {
  assert.deepEqual(cancels({ 1: 100, 2: 200, 3: 300 }, { 1: 103, 3: 299 }), {
    times: [3, 0],
    never: 1,
  });
});

test("targets", () => {
  const fine = {
    added_p50_ms: 0.4,
    added_p95_ms: 0.9,
    added_p99_ms: 1.5,
    hit_p50_ms: 1,
    cancel_p99_ms: 20,
    memory_growth_mb: 1,
    rps_per_core: 3000,
    killed_errors_after: 0,
  };
  const slow = {
    ...fine,
    added_p50_ms: 2,
    added_p95_ms: 3,
    added_p99_ms: 4,
    hit_p50_ms: 2,
    rps_per_core: 900,
    cancel_p99_ms: null,
  };
  const met = (ours, theirs) => verdicts(ours, theirs).map(({ name, met }) => `${name} ${met}`);
  assert.ok(met(fine, slow).every((row) => !row.endsWith("false")));
  assert.ok(met(fine, slow).includes("cancel_p99_ms null"));
  assert.ok(met(slow, fine).includes("added_p99_ms false"));
  assert.ok(met({ ...fine, killed_errors_after: 1 }, null).includes("killed_errors_after false"));
});
