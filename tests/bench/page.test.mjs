// Our own engine through everything that the benchmark does to an engine in a browser.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { modelPath } from "../browser/support/playground.mjs";
import { inPage, launch, openPage } from "./support/page.mjs";
import { modelUrl, startServer } from "./support/server.mjs";

const GOLDENS = new URL("../conformance/smollm2/goldens.json", import.meta.url);
const LIMIT = 120_000;
const spec = (kind, engine, threads) => ({
  id: `${kind}-${engine}-${threads}`,
  page: { kind, engine, threads, context: 512, model: modelUrl(0) },
});

let server;
let profile;
let context;

before(async () => {
  server = await startServer([modelPath()]);
  profile = await mkdtemp(join(tmpdir(), "ghostlight-bench-test-"));
  context = await launch(profile);
});

after(async () => {
  await context?.close();
  await server?.close();
  if (profile !== undefined) await rm(profile, { recursive: true, force: true });
});

test("an engine loads from storage, is timed, weighed and closed", async () => {
  const page = await openPage(context, server.url);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  await page.evaluate((model) => window.bench.prepare("ghostlight", model), modelUrl(0));
  const requests = [];
  context.on("request", (request) => requests.push(new URL(request.url()).pathname));

  const engine = inPage(context, server.url, spec("ghostlight", "cpu", 1), LIMIT);
  const { loadMs } = await engine.open();
  assert.ok(loadMs > 0);
  assert.ok(!requests.includes(modelUrl(0)), "the model was fetched again");

  const { prompts } = JSON.parse(await readFile(GOLDENS, "utf8"));
  const [{ prompt_tokens: tokens }] = prompts;
  const result = await engine.run({ tokens, text: "", decode: 4, limitMs: 0 });
  assert.equal(result.promptTokens, tokens.length);
  assert.equal(result.decodeTokens, 4);
  assert.ok(result.prefillMs > 0 && result.decodeMs > 0);
  // Seen from outside the first token takes longer, but not by much more than a message takes.
  assert.ok(result.firstMs >= result.prefillMs, JSON.stringify(result));

  const { wasm_mb: wasm, peak_mb: peak } = await engine.weigh();
  assert.ok(wasm > 94, `${wasm} MiB of WebAssembly memory for a model of 94`);
  if (process.platform === "linux") assert.ok(peak > 94, `${peak} MiB of a process`);
  await engine.close();
});

test("decoding ends when its time is over", async () => {
  const engine = inPage(context, server.url, spec("ghostlight", "cpu", 1), LIMIT);
  await engine.open();
  const result = await engine.run({ tokens: [1, 2, 3], text: "", decode: 400, limitMs: 1 });
  assert.ok(result.decodeTokens >= 1 && result.decodeTokens < 400, JSON.stringify(result));
  await engine.close();
});

test("what an engine cannot do is an error, not a figure", async () => {
  const threads = inPage(context, server.url, spec("ghostlight", "cpu", 0), LIMIT);
  await assert.rejects(threads.open(), /of 0 threads/);
  await threads.close();

  const engine = inPage(context, server.url, spec("ghostlight", "cpu", 1), LIMIT);
  await engine.open();
  for (const tokens of [[], [1_000_000], Array(513).fill(1)]) {
    await assert.rejects(
      engine.run({ tokens, text: "", decode: 1, limitMs: 0 }),
      /invalid-request/,
    );
  }
  // It is well afterwards.
  const result = await engine.run({ tokens: [1, 2, 3], text: "", decode: 1, limitMs: 0 });
  assert.equal(result.decodeTokens, 1);
  await engine.close();
});
