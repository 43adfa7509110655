// Engines that run in a browser: one page each, so that each has a process of its own.

import { chromium } from "playwright-core";

import { chromiumPath } from "../../browser/support/browser.mjs";
import { memoryOf, renderers } from "./processes.mjs";
import { within } from "./within.mjs";

const MIB = 2 ** 20;

/** Chromium on a profile, whose storage is on disk as a user's is. */
export function launch(profile) {
  return chromium.launchPersistentContext(profile, {
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
    ],
  });
}

/** An engine in a page of its own, as the schedule knows engines. */
export function inPage(context, url, { id, page: spec }, limit) {
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

/** The benchmark's page, ready to be used. */
export async function openPage(context, url) {
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  await page.goto(`${url}/pages/index.html`);
  await page.waitForFunction(() => window.bench !== undefined);
  return page;
}
