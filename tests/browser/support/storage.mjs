// What tests of model storage share: bytes that play a model, and a page that loads them.

import { createHash } from "node:crypto";
import { after, afterEach, before, beforeEach } from "node:test";
import { launch, openPage } from "./browser.mjs";
import { startServer } from "./server.mjs";

/** Where the model is, if a test says nothing else. */
export const PATH = "/model.gguf";

/** Pseudo-random bytes, the same in every run. */
export function bytes(length, seed) {
  const out = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = state >>> 24;
  }
  return out;
}
export const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/**
 * Gives the page `load(options)`: what was loaded or the error, and the progress and notices on the way.
 */
export async function prepare(target) {
  await target.evaluate(async (path) => {
    const ghostlight = await import("/package/index.js");
    window.ghostlight = ghostlight;
    window.load = async (options = {}) => {
      const stages = new Set();
      let last = null;
      const notices = [];
      const onProgress = (progress) => {
        stages.add(progress.stage);
        if (progress.stage !== "download") return;
        last = progress;
        void fetch(`/reached?bytes=${progress.done}`).catch(() => undefined);
      };
      try {
        const completer = await ghostlight.createCompleter({
          model: path,
          wasmUrl: "/fake/ok/",
          engine: "cpu",
          onProgress,
          onNotice: (message) => notices.push(message),
          ...options,
        });
        const sha256 = completer.info.model;
        completer.dispose();
        return { sha256, stages: [...stages], last, notices };
      } catch ({ code, message }) {
        return { code, message, stages: [...stages], last, notices };
      }
    };
  }, PATH);
}

/**
 * A server and a page that loads models for each test of the suite that calls this, given to `set`
 * with their browser and its context.
 */
export function onStoragePages(set) {
  let browser;
  let server;
  let context;

  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  beforeEach(async () => {
    server = await startServer();
    const opened = await openPage(browser, `${server.url}/pages/blank.html`);
    ({ context } = opened);
    await prepare(opened.page);
    set({ browser, server, context, page: opened.page });
  });
  afterEach(async () => {
    await context?.close();
    await server?.close();
  });
}
