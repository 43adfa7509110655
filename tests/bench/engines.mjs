// Measures engines side by side; `cargo xtask bench engines` is how it is called.
//
//   node engines.mjs < REQUEST
//
// REQUEST is one JSON object: `models` (each with path, name, quantization, bytes; the
// first for all engines, the others, the same weights packed otherwise, for ours and
// the native one), `prompts` (from a number of tokens to `{ tokens, text }`),
// `machine`, `engines` (beginnings of ids, empty for all), `rounds` (null for the
// plan's own), `quick`, `json`.
// Progress goes to stderr, tables to stdout, and with `json` a last line with
// everything. What is measured when stands in schedule.mjs, what is made of it in
// statistics.mjs and report.mjs.

import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { report, tables } from "./report.mjs";
import { CONTEXT, measure, PLANS } from "./schedule.mjs";
import { native } from "./support/native-process.mjs";
import { inPage, launch, openPage } from "./support/page.mjs";
import { modelUrl, startServer } from "./support/server.mjs";
import { sizes } from "./support/sizes.mjs";
import { within } from "./support/within.mjs";

/** What can be measured, in the order of the table. */
function known(cores, models) {
  const [first, ...others] = models.map((model, at) => onModel(cores, model, at));
  return [...first, ...others.flat().filter(({ engine }) => REPACKED.includes(engine))];
}

/** Those that are measured on a model that is packed otherwise, too. */
const REPACKED = ["ghostlight-cpu", "llama.cpp"];

/** All engines on one of the models. */
function onModel(cores, { quantization }, at) {
  const named = (id) => (at === 0 ? id : `${id}-${quantization.toLowerCase()}`);
  const about = { quantization, model: at };
  const browser = (id, kind, engine, threads) => ({
    ...about,
    id: named(id),
    engine: `${kind}-${engine}`,
    threads,
    page: { id: named(id), kind, engine, threads, context: CONTEXT, model: modelUrl(at) },
  });
  const native = (id, threads) => ({ ...about, id: named(id), engine: "llama.cpp", threads });
  const all = [
    browser("ghostlight-cpu-1", "ghostlight", "cpu", 1),
    browser("ghostlight-cpu-n", "ghostlight", "cpu", cores),
    browser("ghostlight-webgpu", "ghostlight", "webgpu", 1),
    browser("wllama-cpu-1", "wllama", "cpu", 1),
    browser("wllama-cpu-n", "wllama", "cpu", cores),
    browser("wllama-webgpu", "wllama", "webgpu", 1),
    native("llama.cpp-1", 1),
    native("llama.cpp-n", cores),
  ];
  // On one core "many" threads would be the same again.
  const seen = new Set();
  return all.filter(({ engine, threads }) => {
    const key = `${engine} ${threads}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Milliseconds after which a step that says nothing is given up. */
const HANGS = { full: 600_000, quick: 45_000 };

async function main() {
  const asked = JSON.parse(await text(process.stdin));
  const log = (line) => console.error(line);
  const began = performance.now();
  const cores = availableParallelism();
  const all = known(cores, asked.models);
  const wanted = all.filter(
    ({ id }) => asked.engines.length === 0 || asked.engines.some((name) => id.startsWith(name)),
  );
  for (const name of asked.engines) {
    if (!wanted.some(({ id }) => id.startsWith(name))) {
      const ids = all.map(({ id }) => id);
      throw new Error(`there is no engine ${name}; there are ${ids.join(", ")}`);
    }
  }
  const mode = asked.quick ? "quick" : "full";
  const plan = { ...PLANS[mode], rounds: asked.rounds ?? PLANS[mode].rounds };
  const limit = HANGS[mode];

  const wasm = await sizes(
    wanted.map(({ engine }) => engine),
    { hurry: asked.quick },
  );
  const server = await startServer(asked.models.map(({ path }) => path));
  const profile = await mkdtemp(join(tmpdir(), "ghostlight-bench-"));
  let context;
  try {
    context = await launch(profile);
    const page = await openPage(context, server.url);
    const about = await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter();
      const f16 = adapter?.features.has("shader-f16") ? "with" : "without";
      return {
        isolated: crossOriginIsolated,
        version: /Chrome\/(\d+)/.exec(navigator.userAgent)?.[1] ?? "",
        adapter: adapter
          ? `${adapter.info.vendor} ${adapter.info.architecture}, ${f16} shader-f16`
          : null,
      };
    });
    if (!about.isolated) throw new Error("the page is not cross-origin isolated: no threads");
    const engines = wanted.map((spec) =>
      spec.page === undefined
        ? native(spec, asked.models[spec.model].path, limit)
        : inPage(context, server.url, spec, limit),
    );
    const stored = new Map(
      wanted.flatMap(({ page }) => (page ? [[`${page.kind} ${page.model}`, page]] : [])),
    );
    for (const { kind, model } of stored.values()) {
      log(`storing ${model} for ${kind}`);
      const preparing = page.evaluate(
        ([kind, model]) => window.bench.prepare(kind, model),
        [kind, model],
      );
      await within(limit, preparing).catch((error) => {
        // Its engines then say so themselves, and the others are measured.
        const isBroken = ({ page }) => page?.kind === kind && page.model === model;
        const broken = engines.filter((_, index) => isBroken(wanted[index]));
        for (const engine of broken) engine.open = () => Promise.reject(error);
      });
    }
    const measured = { samples: [], notes: [], failed: new Map() };
    // In a hurry those on a GPU come last, so that a slow one takes nobody's time.
    const onGpu = (engine) => asked.quick && engine.id.endsWith("-webgpu");
    const groups = [engines.filter((engine) => !onGpu(engine)), engines.filter(onGpu)];
    for (const group of groups.filter(({ length }) => length > 0)) {
      const total = plan.total - (performance.now() - began);
      const means = { prompts: asked.prompts, now: () => performance.now(), log };
      const { samples, notes, failed } = await measure(group, { ...plan, total }, means);
      measured.samples.push(...samples);
      measured.notes.push(...notes);
      for (const [id, why] of failed) measured.failed.set(id, why);
    }
    const models = asked.models.map(({ path: _, ...model }) => model);
    const found = report({
      engines: wanted,
      ...measured,
      facts: {
        machine: asked.machine,
        models,
        browser: `Chromium ${about.version}`,
        adapter: about.adapter,
        quick: asked.quick,
        rounds_wanted: plan.rounds,
        seconds: Math.round((performance.now() - began) / 1000),
        wasm,
      },
    });
    console.log(tables(found));
    if (asked.json) console.log(JSON.stringify(found));
    if (found.rows.length === 0) throw new Error("no engine could be measured");
  } finally {
    await context?.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  }
}

try {
  await main();
  process.exit(0); // children and sockets of a failed engine may linger
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exit(1);
}
