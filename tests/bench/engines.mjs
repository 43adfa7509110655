// Measures engines side by side; `cargo xtask bench engines` is how it is called.
//
//   node engines.mjs < REQUEST
//
// REQUEST is one JSON object: `model` (path, name, quantization, bytes), `prompts`
// (from a number of tokens to `{ tokens, text }`), `machine`, `engines` (beginnings
// of ids, empty for all), `rounds` (null for the plan's own), `quick`, `json`.
// Progress goes to stderr, tables to stdout, and with `json` a last line with
// everything. What is measured when stands in schedule.mjs, what is made of it in
// statistics.mjs and report.mjs.

import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

import { chromiumPath } from "../browser/support/browser.mjs";
import { report, tables } from "./report.mjs";
import { CONTEXT, measure, PLANS } from "./schedule.mjs";
import { memoryOf, renderers } from "./support/processes.mjs";
import { sizes } from "./support/sizes.mjs";
import { startServer } from "./support/server.mjs";

/** What can be measured, in the order of the table. */
function known(cores) {
  const browser = (id, kind, engine, threads) => ({
    id,
    engine: `${kind}-${engine}`,
    threads,
    page: { id, kind, engine, threads, context: CONTEXT },
  });
  const native = (id, threads) => ({ id, engine: "llama.cpp", threads });
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
  return all.filter(({ id }) => cores > 1 || !id.endsWith("-n"));
}

const MIB = 2 ** 20;

/** Milliseconds after which a step that says nothing is given up. */
const HANGS = { full: 600_000, quick: 90_000 };

async function within(limit, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limit / 1000} s`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** An engine in a page of its own, as the schedule knows engines. */
function inPage(context, url, { id, page: spec }, limit) {
  let page = null;
  /** The process of the page, and what it held before the engine came. */
  let renderer = null;
  let hasRun = false;
  const call = (method, argument) =>
    within(
      limit,
      page.evaluate(([method, argument]) => window.bench[method](argument), [method, argument]),
    );
  return {
    id,
    async open() {
      page = await openPage(context, url);
      hasRun = false;
      const before = await renderers();
      const opened = await call("open", spec);
      const grown = [...(await renderers())].map(([pid, now]) => [
        pid,
        now - (before.get(pid) ?? 0),
      ]);
      const [pid] = grown.sort((a, b) => b[1] - a[1])[0] ?? [];
      renderer = { pid, before: before.get(pid) };
      return opened;
    },
    async run(request) {
      const result = await call("run", request);
      if (!hasRun && spec.engine === "webgpu" && (await call("report")).submits === 0) {
        throw new Error("it runs, but not on the WebGPU adapter");
      }
      hasRun = true;
      return result;
    },
    async weigh() {
      const { wasmBytes } = await call("report");
      const { peak } = (await memoryOf(renderer.pid)) ?? {};
      return { wasm_mb: wasmBytes / MIB, peak_mb: (peak - renderer.before) / MIB };
    },
    async close() {
      await page?.close();
      page = null;
    },
  };
}

async function openPage(context, url) {
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  await page.goto(`${url}/pages/index.html`);
  await page.waitForFunction(() => window.bench !== undefined);
  return page;
}

/** llama.cpp in a child process. */
function native({ id, threads }, model, limit) {
  let child = null;
  let peak = 0;
  const answer = (child) =>
    within(
      limit,
      new Promise((resolve, reject) => {
        child.once("message", resolve);
        child.once("error", reject);
        child.once("exit", (code) => reject(new Error(`llama.cpp ended with code ${code}`)));
      }),
    ).finally(() => child.removeAllListeners());
  return {
    id,
    async open() {
      const path = fileURLToPath(new URL("./native.mjs", import.meta.url));
      child = fork(path, [model, String(threads), String(CONTEXT)], {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
        // A session of its own, as the browser has: Linux shares processor time by session.
        detached: true,
      });
      const opened = await answer(child);
      if (opened.threads !== threads) {
        throw new Error(`llama.cpp runs on ${opened.threads} of ${threads} threads`);
      }
      return opened;
    },
    async run({ tokens, decode, limitMs }) {
      child.send({ tokens, decode, limitMs });
      const { result, error, peakBytes } = await answer(child);
      if (error !== undefined) throw new Error(error);
      peak = peakBytes ?? NaN;
      return result;
    },
    weigh: async () => ({ peak_mb: peak / MIB }),
    async close() {
      child?.kill();
      child = null;
    },
  };
}

async function main() {
  const asked = JSON.parse(await text(process.stdin));
  const log = (line) => console.error(line);
  const began = performance.now();
  const cores = availableParallelism();
  const wanted = known(cores).filter(
    ({ id }) => asked.engines.length === 0 || asked.engines.some((name) => id.startsWith(name)),
  );
  for (const name of asked.engines) {
    if (!wanted.some(({ id }) => id.startsWith(name))) {
      const ids = known(cores).map(({ id }) => id);
      throw new Error(`there is no engine ${name}; there are ${ids.join(", ")}`);
    }
  }
  const mode = asked.quick ? "quick" : "full";
  const plan = { ...PLANS[mode], rounds: asked.rounds ?? PLANS[mode].rounds };
  const limit = HANGS[mode];

  const server = await startServer(asked.model.path);
  const profile = await mkdtemp(join(tmpdir(), "ghostlight-bench-"));
  let context;
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath(),
      headless: true,
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-unsafe-webgpu",
        // Otherwise memory is told only after the next collection of garbage.
        "--enable-blink-features=ForceEagerMeasureMemory",
      ],
    });
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
    for (const kind of new Set(wanted.map(({ page }) => page?.kind).filter(Boolean))) {
      log(`storing the model for ${kind}`);
      await within(
        limit,
        page.evaluate((kind) => window.bench.prepare(kind), kind),
      );
    }
    const engines = wanted.map((spec) =>
      spec.page === undefined
        ? native(spec, asked.model.path, limit)
        : inPage(context, server.url, spec, limit),
    );
    const left = plan.total - (performance.now() - began);
    const measured = await measure(
      engines,
      { ...plan, total: left },
      {
        prompts: asked.prompts,
        now: () => performance.now(),
        log,
      },
    );
    const { path: _, ...model } = asked.model;
    const found = report({
      engines: wanted,
      ...measured,
      facts: {
        machine: asked.machine,
        model,
        browser: `Chromium ${about.version}`,
        adapter: about.adapter,
        quick: asked.quick,
        rounds_wanted: plan.rounds,
        seconds: Math.round((performance.now() - began) / 1000),
        wasm: await sizes(wanted.map(({ engine }) => engine)),
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
