// The built playground on loopback, and what tests do with it.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultModel } from "ghostlight";
import { preview } from "vite";

const root = fileURLToPath(new URL("../../../examples/playground", import.meta.url));

/** The default model's file: GHOSTLIGHT_MODEL_PATH, or where `cargo xtask setup` puts it. */
export function modelPath() {
  const { GHOSTLIGHT_MODEL_PATH, GHOSTLIGHT_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = GHOSTLIGHT_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "ghostlight");
  const path = GHOSTLIGHT_MODEL_PATH ?? join(cache, `models/${defaultModel.id}.gguf`);
  if (!existsSync(path)) {
    throw new Error(`finding the model: no file at ${path}; set GHOSTLIGHT_MODEL_PATH`);
  }
  return path;
}

/** Serves the built playground on an ephemeral port. */
export async function startPlayground() {
  if (!existsSync(join(root, "dist/index.html"))) {
    throw new Error("serving the playground: it is not built; run `npm run build`");
  }
  process.env.GHOSTLIGHT_MODEL_PATH = modelPath();
  const server = await preview({
    root,
    logLevel: "error",
    preview: { host: "127.0.0.1", port: 0, strictPort: true },
  });
  const { port } = server.httpServer.address();
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Waits until the page has a model or an error; returns which. */
export async function settled(page) {
  const handle = await page.waitForFunction(
    () => {
      const state = document.documentElement.dataset.ghostlight;
      return state === "loading" ? false : state;
    },
    undefined,
    { timeout: 240_000 },
  );
  return handle.jsonValue();
}

/** Waits until `ask`, run in the page, resolves to true; `waitForFunction` takes any promise for that. */
export async function untilTrue(page, ask) {
  const end = performance.now() + 30_000;
  while (!(await page.evaluate(ask))) {
    if (performance.now() > end) throw new Error("waiting for the page: not within 30 s");
    await page.waitForTimeout(50);
  }
}

/** The problem that the page shows. */
export const problem = (page) => page.locator("#problem-text").textContent();

/** Types at the end of a file until ghost text stands; returns it. */
export async function typeForGhostText(page, file, texts) {
  await page.evaluate((path) => window.__ghostlight.openFile(path), file);
  await page.locator(".cm-content").click();
  for (const text of texts) {
    await page.keyboard.press("Control+End");
    const before = await page.evaluate(() => {
      window.before = window.__ghostlight.lastResult;
      return performance.now();
    });
    await page.keyboard.insertText(text);
    await page.waitForFunction(() => window.__ghostlight.lastResult !== window.before, before, {
      timeout: 120_000,
    });
    const ghost = await page.evaluate(
      () => document.querySelector(".cm-ghostText")?.textContent ?? null,
    );
    if (ghost !== null) return ghost;
  }
  throw new Error(`typing for ghost text: none for ${texts.length} beginnings`);
}

/** Beginnings that invite a continuation. */
export const BEGINNINGS = [
  "\n\ndef add(a, b):\n    return",
  "\n\ndef is_even(number):\n    return",
  "\n\nfor i in range(10):\n    print(",
];
