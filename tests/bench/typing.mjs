// Replays typing in the playground; `cargo xtask bench typing` is how it is called.
//
//   node typing.mjs < REQUEST
//
// REQUEST is one JSON object: `engine` (cpu, webgpu), `threads` (0 for the
// page's choice), `sequences`, `seed`, `machine`, `cache` (a folder), `crates`
// (folders by name), `json`, `fit` (show everything, however unlikely), `speculation`.
// GHOSTLIGHT_MODEL_PATH is the model's file. Progress goes to stderr, the table to stdout, and
// the last line is one JSON object. What is typed stands in typing/sequences.mjs,
// how in typing/replay.mjs, what is noted in typing/watch.mjs, and what is made of
// it in typing/metrics.mjs.
//
// It fails when suggestions that nobody accepted changed what was typed.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";

import { modelPath, problem, settled, startPlayground } from "../browser/support/playground.mjs";
import { launch } from "./support/page.mjs";
import { corpus } from "./typing/corpus.mjs";
import {
  calibrate,
  common,
  decoding,
  difference,
  engine,
  figures,
  following,
  mostRead,
  table,
  tasks,
} from "./typing/metrics.mjs";
import { replay, typedAlone } from "./typing/replay.mjs";
import { sequences } from "./typing/sequences.mjs";
import { watch } from "./typing/watch.mjs";

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
    await context.addInitScript(watch);
    const alone = await context.newPage();
    await alone.goto(`${playground.url}/?engine=cpu&model=/none.gguf`);
    if ((await settled(alone)) !== "error") throw new Error("a model where there should be none");
    const expected = await typedAlone(alone, all);
    await alone.close();

    const page = await context.newPage();
    const chosen = new URLSearchParams({
      engine: asked.engine,
      model: `/models/${basename(modelPath())}`,
      ...(asked.threads > 0 && { threads: String(asked.threads) }),
      ...(!asked.speculation && { speculation: "off" }),
    });
    await page.goto(`${playground.url}/?${chosen}`, { timeout: 120_000 });
    if ((await settled(page)) !== "ready") throw new Error(await problem(page));
    const info = await page.evaluate(() => window.__ghostlight.info);
    if (info.engine !== asked.engine)
      throw new Error(`asked for ${asked.engine}, got ${info.engine}`);
    await page.evaluate((fit) => {
      // What is not shown says nothing of how likely it was.
      if (fit) window.__ghostlight.completer.setThreshold(0);
      window.__ghostlight.listener = window.__typing.answered;
      // Laying out the page is not typing.
      Object.assign(window.__typing, { long: [], frames: [] });
    }, asked.fit);

    const runs = [];
    const samples = [];
    const texts = [];
    const answers = [];
    for (const [number, sequence] of all.entries()) {
      const { shows, text, results, work } = await replay(page, sequence, number);
      texts.push({
        sequence: number + 1,
        path: sequence.path,
        by_editor: difference(sequence.before + sequence.part + sequence.after, expected[number]),
        by_suggestions: difference(expected[number], text),
      });
      runs.push({ sequence, shows, work });
      answers.push(...results);
      for (const { step, confidence, text } of results) {
        const next = following(sequence, step);
        if (next === null || text === "") continue;
        const matched = common(text, next);
        samples.push({
          confidence,
          right: matched === text.length,
          length: text.length,
          matched,
        });
      }
      const { p50_ms, suggestions } = figures([{ sequence, shows }]);
      console.error(
        `${number + 1} of ${all.length}: ${sequence.path}, ${suggestions} shown, p50 ${p50_ms ?? "-"} ms`,
      );
    }
    const { work, gapMs, latencyMs } = await page.evaluate(() =>
      window.__ghostlight.completer.feedback.figures(),
    );
    const { long, frames } = await page.evaluate(() => window.__typing);
    const { opened, typed } = tasks(long, frames);
    const changed = texts.filter(({ by_suggestions }) => by_suggestions !== null);
    const languages = [...new Set(all.map(({ language }) => language))].sort();
    const of = (name) => figures(runs.filter(({ sequence }) => sequence.language === name));
    const total = figures(runs);
    const report = {
      ...total,
      ...engine(work, total.suggestions),
      ...decoding(answers),
      speculation: asked.speculation,
      engine: info.engine,
      variant: info.variant,
      threads: info.threads,
      model: info.model,
      machine: asked.machine,
      sequences: all.length,
      sequences_changed_by_editor: texts.filter(({ by_editor }) => by_editor !== null).length,
      sequences_changed_by_suggestions: changed.length,
      other_texts: texts.filter((text) => text.by_editor ?? text.by_suggestions),
      longest_task_ms: typed.longest,
      tasks_over_50_ms: typed.tasks.length,
      opening_longest_task_ms: opened.longest,
      opening_tasks_over_50_ms: opened.tasks.length,
      long_tasks: [...typed.tasks, ...opened.tasks],
      most_read: mostRead(runs),
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
        `longest task of the main thread ${report.longest_task_ms} ms while typing, ` +
        `${report.opening_longest_task_ms} ms while a file opens`,
    );
    console.log(
      `${report.sequences_changed_by_editor} of ${all.length} texts have brackets or blanks that ` +
        `the editor put there by itself; ${changed.length} were changed by suggestions`,
    );
    if (asked.json) console.log(JSON.stringify(report));
    if (changed.length > 0) {
      const numbers = changed.map(({ sequence }) => sequence).join(", ");
      throw new Error(`suggestions changed what was typed in sequences ${numbers}`);
    }
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
