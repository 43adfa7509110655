// Choosing an engine build: the SIMD probes against a real engine, the WebGPU probe against adapters of all kinds.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasSimd, probeGpu } from "../../web/package/dist/features.js";
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
        const { hasRelaxedSimd, hasSimd } = await import("/package/features.js");
        return [hasSimd(), hasRelaxedSimd()];
      });
      assert.deepEqual(seen, [true, true]);
    } finally {
      await browser.close();
      await server.close();
    }
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
