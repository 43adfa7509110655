// The real engine on WebGPU, and what happens when the GPU device is lost in the middle of a request.
//
// The adapter is SwiftShader, a GPU in software: right, not fast.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { launch } from "./support/browser.mjs";
import { modelPath, problem, settled, startPlayground } from "./support/playground.mjs";
import { serveBytes, startServer } from "./support/server.mjs";

describe("webgpu", () => {
  let browser;

  before(async () => {
    browser = await launch({ gpu: true });
  });
  after(() => browser?.close());

  test("the page completes on WebGPU", async () => {
    const playground = await startPlayground();
    try {
      const page = await browser.newPage();
      await page.goto(`${playground.url}/?engine=webgpu`);
      assert.equal(await settled(page), "ready", await problem(page));
      const seen = await page.evaluate(async () => {
        const { completer, info } = window.__ghostlight;
        const prefix = "def add(a, b):\n    return";
        const { text, tokens } = await completer.complete({ path: "a.py", prefix });
        return { engine: info.engine, fallback: completer.fallback, text, tokens };
      });
      assert.equal(seen.engine, "webgpu", JSON.stringify(seen.fallback));
      assert.ok(seen.tokens > 0);
      await page.context().close();
    } finally {
      await playground.close();
    }
  });

  test("a device that is lost mid-request: the CPU engine answers it", async () => {
    const server = await startServer();
    const context = await browser.newContext();
    try {
      server.routes.set("/model.gguf", serveBytes(await readFile(modelPath())));
      const page = await context.newPage();
      await page.goto(`${server.url}/pages/blank.html`);
      const seen = await page.evaluate(async () => {
        const { createCompleter } = await import("/package/index.js");
        const changes = [];
        const completer = await createCompleter({
          model: "/model.gguf",
          engine: "webgpu",
          patience: 120_000,
          workerUrl: "/pages/losing-worker.js",
          wasmUrl: "/wasm/",
          onEngineChange: ({ engine }, fallback) => changes.push([engine, fallback?.code ?? null]),
        });
        const { text, tokens } = await completer.complete({
          path: "a.py",
          prefix: "def add(a, b):\n    return",
        });
        return { changes, text, tokens };
      });
      assert.deepEqual(seen.changes[0], ["webgpu", null]);
      assert.equal(seen.changes[1][0], "cpu");
      assert.match(seen.changes[1][1], /^(device-lost|internal)$/);
      assert.ok(seen.tokens > 0);
    } finally {
      await context.close();
      await server.close();
    }
  });
});
