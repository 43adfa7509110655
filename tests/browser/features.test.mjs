// Choosing an engine build: the SIMD probes against a real engine, the WebGPU probe against adapters of all kinds.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  chooseBuild,
  cpuBuilds,
  gpuWins,
  hasSimd,
  probeGpu,
} from "../../web/package/dist/shared/features.js";
import { measureCpu } from "../../web/package/dist/shared/speed.js";
import { launch, openPage } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

describe("features", () => {
  test("the SIMD probes are well-formed modules", async () => {
    // Chromium has both levels, so a malformed probe shows as a missing one.
    assert.equal(hasSimd(), true);
    const server = await startServer();
    const browser = await launch();
    try {
      const { page } = await openPage(browser, `${server.url}/pages/blank.html`);
      const seen = await page.evaluate(async () => {
        const { hasRelaxedSimd, hasSimd } = await import("/package/shared/features.js");
        return [hasSimd(), hasRelaxedSimd()];
      });
      assert.deepEqual(seen, [true, true]);
    } finally {
      await browser.close();
      await server.close();
    }
  });

  test("the CPU measurement is a well-formed module and says something", () => {
    // Any core that runs a browser does 0.1 to 100 thousand million multiply-adds a second.
    const rate = measureCpu();
    assert.ok(rate > 1e8 && rate < 1e11, `${rate} multiply-adds a second`);
  });

  test("a software adapter is measured and loses against the CPU", async () => {
    const server = await startServer();
    const browser = await launch({ gpu: true });
    try {
      const { page } = await openPage(browser, `${server.url}/pages/blank.html`);
      const seen = await page.evaluate(async () => {
        const { chooseBuild, gpuWins, probeGpu } = await import("/package/shared/features.js");
        const { measureCpu, measureGpu } = await import("/package/shared/speed.js");
        const adapter = async () => (await probeGpu()).adapter;
        return {
          gpu: await measureGpu(await adapter()),
          cpu: measureCpu(),
          // The same adapter against a CPU that is next to nothing.
          wins: await gpuWins(await adapter(), () => 1),
          auto: (await chooseBuild("auto")).build,
          forced: (await chooseBuild("webgpu")).build,
        };
      });
      assert.ok(seen.gpu > 1e6 && seen.gpu < seen.cpu, JSON.stringify(seen));
      assert.equal(seen.wins, true);
      assert.equal(seen.auto, "cpu-relaxed");
      assert.equal(seen.forced, "webgpu");
    } finally {
      await browser.close();
      await server.close();
    }
  });

  test("only a build that is deployed is chosen, the best that can run", async () => {
    const all = ["cpu", "cpu-relaxed", "cpu-threads"];
    const best = (threads, relaxed, deployed) =>
      cpuBuilds(threads, relaxed).find((build) => deployed.includes(build));
    for (const [threads, relaxed, deployed, expected] of [
      [2, true, all, "cpu-threads"],
      [2, true, ["cpu", "cpu-relaxed"], "cpu-relaxed"],
      [2, true, ["cpu"], "cpu"],
      [1, true, all, "cpu-relaxed"],
      [1, true, ["cpu-threads"], "cpu-threads"],
      [1, false, all, "cpu"],
      [2, false, ["cpu-relaxed", "cpu-threads"], undefined],
    ]) {
      assert.equal(best(threads, relaxed, deployed), expected, `${threads} ${relaxed} ${deployed}`);
    }
    const choice = await chooseBuild("webgpu", 2, ["cpu-threads", "cpu"]);
    assert.ok(["cpu-threads", "cpu"].includes(choice.build));
    assert.deepEqual(choice.reason, {
      code: "no-adapter",
      message: "starting on WebGPU: the page has no build of the engine for it",
    });
    assert.equal((await chooseBuild("auto", 2, ["cpu"])).reason, null);
    await assert.rejects(chooseBuild("cpu", 2, ["webgpu"]), (error) =>
      /browser runs cpu.*, and the page has webgpu$/.test(error.message),
    );
  });

  test("an adapter that gives no device does not win", async () => {
    const refuses = { requestDevice: () => Promise.reject(new Error("no")) };
    assert.equal(await gpuWins(refuses, () => 1), false);
    assert.equal(await gpuWins({}, () => 1), false);
  });

  const gpu = (adapter) => ({ requestAdapter: async () => adapter });
  const CASES = [
    ["no WebGPU", undefined, "none"],
    ["no adapter", gpu(null), "none"],
    ["an adapter that says nothing", gpu({}), "hardware"],
    ["hardware", gpu({ info: { vendor: "nvidia", architecture: "ampere" } }), "hardware"],
    ["SwiftShader", gpu({ info: { vendor: "google", architecture: "swiftshader" } }), "software"],
    ["llvmpipe", gpu({ info: { vendor: "mesa", description: "llvmpipe (LLVM 19)" } }), "software"],
    ["WARP", gpu({ info: { description: "Microsoft Basic Render Driver" } }), "software"],
    ["a fallback adapter", gpu({ info: { isFallbackAdapter: true } }), "software"],
    ["the old place of the flag", gpu({ isFallbackAdapter: true }), "software"],
    [
      "a request that rejects",
      { requestAdapter: () => Promise.reject(new Error("blocked by policy")) },
      "none",
    ],
  ];
  for (const [name, value, kind] of CASES) {
    test(`WebGPU probe: ${name}`, async () => {
      assert.equal((await probeGpu(value)).kind, kind);
    });
  }
});
