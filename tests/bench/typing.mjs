// Replays typing in the playground; `cargo xtask bench typing` is how it is called.
//
//   node typing.mjs < REQUEST
//
// REQUEST is one JSON object: `engine` (cpu, webgpu), `threads` (0 for the
// page's choice), `sequences`, `seed`, `machine`, `cache` (a folder), `crates`
// (folders by name), `json`. Progress goes to stderr, the table to stdout, and
// the last line is one JSON object. What is typed stands in typing/sequences.mjs,
// what is made of it in typing/metrics.mjs.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

import { problem, settled, startPlayground } from "../browser/support/playground.mjs";
import { launch } from "./support/page.mjs";
import { corpus } from "./typing/corpus.mjs";
import { calibrate, engine, figures, following, table } from "./typing/metrics.mjs";
import { sequences } from "./typing/sequences.mjs";

/** Milliseconds between opening a file and the first key. */
const OPENED = 1000;
/** Milliseconds after the last key in which suggestions may still come. */
const AFTER = 400;

/** Runs in the page before all else: notes ghost text, keys and long tasks. */
function watch() {
  const seen = { step: -1, key: 0, keys: [], shows: [], text: "", long: [], results: [] };
  window.__typing = seen;
  seen.pressed = () => {
    seen.step += 1;
    seen.key = performance.now();
    seen.keys[seen.step] = seen.key;
  };
  /** An answer belongs to the key after which it was asked for. */
  seen.answered = ({ text, confidence }, milliseconds) => {
    const asked = performance.now() - milliseconds + 1;
    const step = seen.keys.findLastIndex((time) => time <= asked);
    seen.results.push({ step, text, confidence });
  };
  addEventListener("keydown", (event) => event.key.length === 1 && seen.pressed(), {
    capture: true,
  });
  addEventListener("keydown", (event) => event.key === "Backspace" && seen.pressed(), {
    capture: true,
  });
  const look = () => {
    const text = [...document.querySelectorAll(".cm-ghostText")]
      .map((node) => node.textContent)
      .join("");
    const last = seen.shows.at(-1);
    if (text === seen.text) return;
    const before = seen.text;
    seen.text = text;
    if (text === "") return;
    if (before !== "" && text.startsWith(before)) {
      // It grew; once something was typed of it, it is not told again.
      if (last.step === seen.step) last.text = text;
      return;
    }
    if (before !== "" && before.endsWith(text)) return;
    seen.shows.push({ step: seen.step, latency: performance.now() - seen.key, text });
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
  });
  new PerformanceObserver((list) => {
    seen.long.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
  }).observe({ type: "longtask" });
}

/** Types one sequence; gives what was shown. */
async function replay(page, sequence, number) {
  const { path, before, after, steps } = sequence;
  await page.evaluate(
    ({ path, text, cursor }) => {
      const { show, view } = window.__ghostlight;
      show(path, text, cursor);
      view.focus();
      Object.assign(window.__typing, { step: -1, keys: [], shows: [], text: "", results: [] });
    },
    { path: `${number}/${path}`, text: before + after, cursor: before.length },
  );
  await sleep(OPENED);
  let due = performance.now();
  for (const step of steps) {
    due += step.gap;
    await sleep(Math.max(0, due - performance.now()));
    // What took longer than its gap is no reason to hurry afterwards.
    due = Math.max(due, performance.now() - 5);
    switch (step.kind) {
      case "key":
        await page.keyboard.press(step.text === " " ? "Space" : step.text);
        break;
      case "erase":
        await page.keyboard.press("Backspace");
        break;
      default:
        await page.evaluate(act, step);
    }
  }
  await sleep(AFTER);
  return page.evaluate(() => ({
    shows: window.__typing.shows,
    results: window.__typing.results,
    text: window.__ghostlight.view.state.doc.toString(),
  }));
}

/** A step that is no single key: a new line with its blanks, a look elsewhere and back. */
function act({ kind, text }) {
  const { view } = window.__ghostlight;
  const typing = window.__typing;
  const { head } = view.state.selection.main;
  typing.pressed();
  if (kind === "line") {
    const changes = { from: head, insert: text };
    const selection = { anchor: head + text.length };
    view.dispatch({ changes, selection, userEvent: "input.type" });
  } else if (kind === "away") {
    typing.place = head;
    view.dispatch({ selection: { anchor: Math.max(0, head - 800) }, userEvent: "select" });
  } else {
    view.dispatch({ selection: { anchor: typing.place }, userEvent: "select" });
  }
}

async function main() {
  const asked = JSON.parse(await text(process.stdin));
  const list = JSON.parse(await readFile(new URL("typing/corpus.json", import.meta.url), "utf8"));
  const files = await corpus(list, asked.cache, asked.crates);
  const all = sequences(files, asked.sequences, asked.seed);
  const playground = await startPlayground();
  const profile = await mkdtemp(join(tmpdir(), "ghostlight-typing-"));
  let context;
  try {
    context = await launch(profile);
    const page = context.pages()[0] ?? (await context.newPage());
    await page.addInitScript(watch);
    const threads = asked.threads > 0 ? `&threads=${asked.threads}` : "";
    await page.goto(`${playground.url}/?engine=${asked.engine}${threads}`, { timeout: 120_000 });
    if ((await settled(page)) !== "ready") throw new Error(await problem(page));
    const info = await page.evaluate(() => window.__ghostlight.info);
    if (info.engine !== asked.engine)
      throw new Error(`asked for ${asked.engine}, got ${info.engine}`);
    await page.evaluate(() => {
      window.__ghostlight.listener = window.__typing.answered;
      // Laying out the page is not typing.
      window.__typing.long.length = 0;
    });

    const runs = [];
    const samples = [];
    let odd = 0;
    for (const [number, sequence] of all.entries()) {
      const { shows, text, results } = await replay(page, sequence, number);
      if (text !== sequence.before + sequence.part + sequence.after) odd += 1;
      runs.push({ sequence, shows });
      for (const { step, confidence, text } of results) {
        const next = following(sequence, step);
        if (next === null || text === "") continue;
        const line = text.split("\n").find((part) => part !== "") ?? text;
        samples.push({ confidence, right: next.trimStart().startsWith(line.trim()) });
      }
      const { p50_ms, suggestions } = figures([{ sequence, shows }]);
      console.error(
        `${number + 1} of ${all.length}: ${sequence.path}, ${suggestions} shown, p50 ${p50_ms ?? "-"} ms`,
      );
    }
    const { work, gapMs, latencyMs } = await page.evaluate(() =>
      window.__ghostlight.completer.feedback.figures(),
    );
    const long = await page.evaluate(() => window.__typing.long);
    const languages = [...new Set(all.map(({ language }) => language))].sort();
    const of = (name) => figures(runs.filter(({ sequence }) => sequence.language === name));
    const total = figures(runs);
    const report = {
      ...total,
      ...engine(work, total.suggestions),
      engine: info.engine,
      variant: info.variant,
      threads: info.threads,
      model: info.model,
      machine: asked.machine,
      sequences: all.length,
      sequences_with_other_text: odd,
      longest_task_ms: Math.max(0, ...long),
      tasks_over_50_ms: long.length,
      gap_ms: Math.round(gapMs),
      latency_ms: Math.round(latencyMs),
      calibration: calibrate(samples),
      languages: Object.fromEntries(languages.map((name) => [name, of(name)])),
    };
    console.log(table([...languages.map((name) => [name, of(name)]), ["all", total]]));
    console.log(
      `\nof ${report.requests} requests ${Math.round(100 * report.cancelled)} % were cancelled; ` +
        `${Math.round(100 * report.kv_reuse)} % of prompt tokens were in the KV cache; ` +
        `${report.tokens_per_suggestion} tokens computed a suggestion; ` +
        `longest task of the main thread ${report.longest_task_ms} ms`,
    );
    if (asked.json) console.log(JSON.stringify(report));
  } finally {
    await context?.close();
    await playground.close();
    await rm(profile, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
