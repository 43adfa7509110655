// What is made of the samples of `bench edge`: percentiles, added latencies, verdicts.

import { median } from "../statistics.mjs";

/** The value below which `share` of the samples lie (nearest rank); null of none. */
export function percentile(values, share) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

export const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 };

/**
 * What a gateway adds: percentile less percentile, round by round, and of these the
 * median. A round is `{ direct, through }`, times in milliseconds taken within seconds
 * of each other at the same rate.
 */
export function added(rounds) {
  const of = (share) => {
    const each = rounds
      .map(({ direct, through }) => [percentile(direct, share), percentile(through, share)])
      .filter(([direct, through]) => direct !== null && through !== null);
    return median(each.map(([direct, through]) => through - direct));
  };
  return Object.fromEntries(Object.entries(SHARES).map(([name, share]) => [name, of(share)]));
}

/** Milliseconds from a client's going to the backend's learning of it; how many it never learnt of. */
export function cancels(left, gone) {
  const numbers = Object.keys(left);
  const times = numbers.filter((at) => at in gone).map((at) => Math.max(0, gone[at] - left[at]));
  return { times, never: numbers.length - times.length };
}

/** The targets, and whether each is met; null where one side was not measured. */
export function verdicts(ours, portkey) {
  const limits = { added_p99_ms: 2, hit_p50_ms: 2, cancel_p99_ms: 50, memory_growth_mb: 8 };
  const rows = Object.entries(limits).map(([name, most]) => ({
    name,
    target: `at most ${most}`,
    met: ours[name] === null ? null : ours[name] <= most,
  }));
  rows.push({
    name: "killed_errors_after",
    target: "none",
    met: ours.killed_errors_after === null ? null : ours.killed_errors_after === 0,
  });
  const less = ["added_p50_ms", "added_p95_ms", "added_p99_ms", "hit_p50_ms", "cancel_p99_ms"];
  for (const [name, isBetter] of [
    ...less.map((name) => [name, (a, b) => a < b]),
    ["rps_per_core", (a, b) => a > b],
  ]) {
    const [a, b] = [ours[name], portkey?.[name] ?? null];
    // What Portkey cannot do at all is not won by us.
    rows.push({
      name,
      target: "better than Portkey's",
      met: a === null || b === null ? null : isBetter(a, b),
    });
  }
  return rows;
}
