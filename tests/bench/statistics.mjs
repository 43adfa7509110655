// Medians, and ratios in which a machine's noise cancels.
//
// A ratio is taken round by round, between figures that were measured within
// seconds of each other, and the median of these is told: whatever slowed a
// whole round slowed both. What was not measured is null and stays null.

/** The middle value; null of none. */
export function median(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Figures of which less is better. */
export const LESS_IS_BETTER = ["ttft_128_ms", "load_ms", "peak_mb", "wasm_mb"];

/** All figures of a row, in the order of the table. */
export const CELLS = [
  "prefill_128",
  "prefill_512",
  "prefill_1500",
  "decode_128",
  "decode_1500",
  ...LESS_IS_BETTER,
];

/** The figures of one engine and cell, as a map from round to value. */
function byRound(samples, id, cell) {
  const found = samples.filter((sample) => sample.id === id && sample.cell === cell);
  return new Map(found.map(({ round, value }) => [round, value]));
}

/** An engine's figures: the median of each cell, and of how many rounds it is one. */
export function summarize(samples, id) {
  const values = CELLS.map((cell) => [cell, [...byRound(samples, id, cell).values()]]);
  return {
    cells: Object.fromEntries(values.map(([cell, list]) => [cell, median(list)])),
    rounds: Object.fromEntries(values.map(([cell, list]) => [cell, list.length])),
  };
}

/** How many times better the first engine is than the second, cell by cell. */
export function ratios(samples, ours, theirs) {
  const entries = CELLS.map((cell) => {
    const [a, b] = [byRound(samples, ours, cell), byRound(samples, theirs, cell)];
    const both = [...a.keys()].filter((round) => b.has(round));
    const better = LESS_IS_BETTER.includes(cell)
      ? both.map((round) => b.get(round) / a.get(round))
      : both.map((round) => a.get(round) / b.get(round));
    return [cell, median(better.filter(Number.isFinite))];
  });
  return Object.fromEntries(entries);
}
