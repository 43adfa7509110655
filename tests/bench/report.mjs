// The measured samples as one object and as tables for people.

import { CELLS, ratios, summarize } from "./statistics.mjs";

const HEADINGS = {
  prefill_128: "prefill 128",
  prefill_512: "prefill 512",
  prefill_1500: "prefill 1500",
  decode_128: "decode 128",
  decode_1500: "decode 1500",
  ttft_128_ms: "first token, ms",
  load_ms: "load, ms",
  peak_mb: "peak, MiB",
  wasm_mb: "wasm, MiB",
};

/**
 * Which engines are compared: each of ours with the peers that run as it does,
 * and ours on many threads with ours on one.
 */
export const PAIRS = [
  ["ghostlight-cpu-1", "wllama-cpu-1"],
  ["ghostlight-cpu-1", "llama.cpp-1"],
  ["ghostlight-cpu-n", "wllama-cpu-n"],
  ["ghostlight-cpu-n", "llama.cpp-n"],
  ["ghostlight-cpu-n", "ghostlight-cpu-1"],
  ["ghostlight-webgpu", "wllama-webgpu"],
  // What wllama does where it cannot use the adapter.
  ["ghostlight-webgpu", "wllama-cpu-1"],
];

/** The pairs among engines that all run the same model. */
function pairs(engines) {
  const models = [...new Set(engines.map(({ model }) => model))];
  return models.flatMap((model) => {
    const same = engines.filter((engine) => engine.model === model);
    return PAIRS.map((pair) => pair.map((name) => same.find(({ id }) => id.startsWith(name))?.id));
  });
}

const round = (value, digits) => (value === null ? null : Number(value.toFixed(digits)));

/** Everything that was found out, ready to be one line of JSON. */
export function report({ engines, samples, notes, failed, facts }) {
  const ran = engines.filter(({ id }) => samples.some((sample) => sample.id === id));
  const rows = ran.map(({ id, engine, threads, quantization }) => {
    const { cells, rounds } = summarize(samples, id);
    const rounded = CELLS.map((cell) => [cell, round(cells[cell], cell.endsWith("_ms") ? 0 : 1)]);
    return { engine, threads, ...Object.fromEntries(rounded), id, quantization, rounds };
  });
  const compared = {};
  for (const [ours, theirs] of pairs(ran)) {
    if (ours === undefined || theirs === undefined) continue;
    const entries = Object.entries(ratios(samples, ours, theirs));
    compared[ours] ??= {};
    compared[ours][theirs] = Object.fromEntries(entries.map(([cell, x]) => [cell, round(x, 2)]));
  }
  return { ...facts, rows, ratios: compared, notes, failed: Object.fromEntries(failed) };
}

/** The tables. */
export function tables({ machine, browser, adapter, models, rows, ratios, wasm, notes, failed }) {
  const show = (value) => (value === null ? "-" : value.toLocaleString("en-US"));
  const headings = CELLS.map((cell) => HEADINGS[cell]);
  const most = Math.max(...rows.flatMap((row) => Object.values(row.rounds)), 0);
  const figures = rows.map((row) => [
    row.engine,
    row.threads,
    row.quantization,
    // A star marks a median of fewer rounds than others had.
    ...CELLS.map((cell) => show(row[cell]) + (isShort(row, cell, most) ? "*" : "")),
  ]);
  const times = Object.entries(ratios).flatMap(([ours, peers]) =>
    Object.entries(peers).map(([theirs, cells]) => [
      ours,
      theirs,
      ...CELLS.map((cell) => (cells[cell] === null ? "-" : `${cells[cell].toFixed(2)}x`)),
    ]),
  );
  const parts = [
    `machine: ${machine}\nbrowser: ${browser}; WebGPU adapter: ${adapter ?? "none"}\n${models.map(({ name, quantization, bytes }) => `model: ${name}, ${quantization}, ${show(bytes)} bytes`).join("\n")}`,
    table(["engine", "threads", "weights", ...headings], figures),
  ];
  if (times.length > 0) {
    parts.push(
      `How many times better (medians over the ratios of each round):\n\n${table(["ours", "against", ...headings], times)}`,
    );
  }
  if (wasm.length > 0) {
    const sizes = wasm.map(({ engine, raw, brotli }) => [engine, show(raw), show(brotli)]);
    parts.push(table(["WebAssembly", "bytes", "brotli"], sizes));
  }
  const remarks = [...notes, ...Object.entries(failed).map(([id, why]) => `${id}: ${why}`)];
  if (figures.some((line) => line.some((cell) => String(cell).endsWith("*")))) {
    remarks.unshift(`* fewer than ${most} rounds`);
  }
  if (remarks.length > 0) parts.push(remarks.join("\n"));
  return parts.join("\n\n");
}

function isShort(row, cell, most) {
  return row[cell] !== null && row.rounds[cell] < most;
}

/** Columns aligned, in the form that Markdown takes too. */
function table(headings, lines) {
  const all = [headings, ...lines].map((line) => line.map(String));
  const widths = headings.map((_, column) => Math.max(...all.map((line) => line[column].length)));
  const isText = (column) => lines.some((line) => /^[a-z]/i.test(String(line[column])));
  const row = (line) =>
    `| ${line.map((cell, i) => (isText(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (isText(i) ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [row(all[0]), rule, ...all.slice(1).map(row)].join("\n");
}
