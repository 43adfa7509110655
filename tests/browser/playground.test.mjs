// The real engine with the real model, through the page that people see.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch } from "./support/browser.mjs";
import {
  BEGINNINGS,
  modelPath,
  problem,
  settled,
  startPlayground,
  typeForGhostText,
  untilTrue,
} from "./support/playground.mjs";

/** Runs in the page before all else: notes what the worker says, and when. */
function listenToWorkers() {
  window.heard = [];
  const Original = window.Worker;
  window.Worker = class extends Original {
    constructor(...rest) {
      super(...rest);
      this.addEventListener("message", ({ data }) =>
        window.heard.push({
          type: data.type,
          id: data.id,
          code: data.error?.code,
          at: performance.now(),
        }),
      );
    }
  };
}

describe("playground", () => {
  let playground;
  let browser;
  /** The profile that the tests share, so that the model is fetched once. */
  let context;

  before(async () => {
    playground = await startPlayground();
    browser = await launch();
    context = await browser.newContext();
  });
  after(async () => {
    await browser?.close();
    await playground?.close();
  });

  /** A page with a loaded model. */
  async function ready(query = "?engine=cpu") {
    const page = await context.newPage();
    await page.addInitScript(listenToWorkers);
    await page.goto(`${playground.url}/${query}`);
    assert.equal(await settled(page), "ready", await problem(page));
    return page;
  }

  for (const [platform, expected] of [
    ["MacIntel", "Tab accept, ⌘ → word, ⌃ ⌥ ] other, Esc dismiss, ⌃ ⌥ \\ ask"],
    ["Win32", "Tab accept, Ctrl → word, Alt ] other, Esc dismiss, Alt \\ ask"],
  ]) {
    test(`its hints name the keys that the editor has on ${platform}`, async () => {
      const page = await context.newPage();
      await page.addInitScript((platform) => {
        Object.defineProperty(navigator, "platform", { get: () => platform });
      }, platform);
      await page.goto(playground.url);
      const hints = await page
        .locator("#keys > span")
        .evaluateAll((spans) =>
          spans.map(({ childNodes }) => [...childNodes].map((node) => node.textContent.trim())),
        );
      assert.equal(hints.map((hint) => hint.join(" ")).join(", "), expected);
      await page.close();
    });
  }

  test("from opening the page to accepted ghost text; nothing leaves the origin", async () => {
    const page = await context.newPage();
    const requests = [];
    const errors = [];
    context.on("request", (request) => requests.push(request));
    page.on("websocket", (socket) => assert.fail(`a socket to ${socket.url()}`));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`${playground.url}/?engine=cpu`);
    assert.equal(await settled(page), "ready", await problem(page));

    const ghost = await typeForGhostText(page, "python/stats.py", BEGINNINGS);
    const { info, lastResult, lastLatencyMs } = await page.evaluate(() => window.__ghostlight);
    await page.keyboard.press("Tab");
    const text = await page.evaluate(() => window.__ghostlight.view.state.doc.toString());
    assert.ok(text.includes(ghost.trimEnd()), "Tab puts the ghost text into the document");

    await page.waitForFunction(() => window.__ghostlight.syntax.get("python") === "ready");

    assert.equal(info.engine, "cpu");
    assert.match(info.variant, /simd/);
    assert.ok(lastResult.tokens > 0 && lastLatencyMs > 0);
    assert.match(await page.locator("#engine-name").textContent(), /Q4_1 on CPU/);
    assert.match(await page.locator("#decode").textContent(), /^\d+ tok\/s$/);

    assert.ok(requests.some((request) => request.url().includes("/models/")));
    for (const request of requests) {
      const { origin, protocol } = new URL(request.url());
      assert.ok(
        origin === playground.url || protocol === "blob:" || protocol === "data:",
        request.url(),
      );
      assert.equal(request.method(), "GET");
      assert.equal(request.postData(), null);
      assert.ok(!decodeURIComponent(request.url()).includes("def add"), request.url());
    }
    assert.deepEqual(errors, []);
    context.removeAllListeners("request");
    await page.close();
  });

  test("several threads give the same text as one", async () => {
    const answers = [];
    for (const threads of [1, 2]) {
      const page = await ready(`?engine=cpu&threads=${threads}`);
      answers.push(
        await page.evaluate(async (threads) => {
          const { completer } = window.__ghostlight;
          if (completer.info.threads !== threads)
            throw new Error(`${completer.info.threads} threads`);
          const prefix = "total = 0\nfor value in values:\n    total += value\n".repeat(20);
          const { text, confidence } = await completer.complete({ path: "a.py", prefix });
          return { text, confidence };
        }, threads),
      );
      await page.close();
    }
    assert.ok(answers[0].text.length > 0);
    assert.deepEqual(answers[1], answers[0]);
  });

  test("the main thread has no task over 50 ms while the engine generates", async () => {
    const page = await ready();
    await page.evaluate(() => window.__ghostlight.openFile("rust/life.rs"));
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    const runs = [];
    // A busy machine delays any task; an engine on the main thread would delay every run.
    for (let run = 0; run < 6; run += 1) {
      runs.push(
        await page.evaluate(async (run) => {
          const { completer } = window.__ghostlight;
          const long = [];
          const observer = new PerformanceObserver((list) =>
            long.push(...list.getEntries().map(({ duration }) => duration)),
          );
          observer.observe({ type: "longtask" });
          const start = performance.now();
          const { tokens } = await completer.complete({
            path: "a.py",
            prefix:
              `# ${run}\n` + "def add(a, b):\n    return a + b\n\n\n".repeat(20) + `def f${run}(a`,
            suffix: "",
          });
          const milliseconds = performance.now() - start;
          await new Promise((resolve) => setTimeout(resolve));
          long.push(...observer.takeRecords().map(({ duration }) => duration));
          observer.disconnect();
          return { long, milliseconds, tokens };
        }, run),
      );
    }
    const told = JSON.stringify(runs);
    assert.ok(
      runs.every(({ milliseconds, tokens }) => milliseconds > 60 && tokens > 0),
      told,
    );
    assert.ok(
      runs.some(({ long }) => long.length === 0),
      told,
    );
    await page.close();
  });

  test("a long file is parsed without a task over 50 ms", async () => {
    const page = await context.newPage();
    await page.goto(`${playground.url}/?engine=cpu&model=/none.gguf`);
    assert.equal(await settled(page), "error");
    const runs = [];
    // As above: the best of several runs counts. Left alone, CodeMirror has such tasks in each.
    for (let run = 0; run < 4; run += 1) {
      runs.push(
        await page.evaluate(async (run) => {
          const long = [];
          const observer = new PerformanceObserver((list) => {
            for (const { scripts } of list.getEntries()) {
              const parsing = scripts.filter(({ invoker }) => /Idle|MessagePort/.test(invoker));
              long.push(...parsing.map(({ duration }) => duration).filter((ms) => ms > 50));
            }
          });
          observer.observe({ type: "long-animation-frame" });
          const line = (n) =>
            `export function f${n}(a, b) { if (a[${n}] > b.c) return [a, "x", ...b]; }\n`;
          const text = Array.from({ length: 3000 }, (_, n) => line(n)).join("");
          window.__ghostlight.show(`long-${run}.ts`, text, 0);
          // Longer than CodeMirror waits before it begins.
          await new Promise((resolve) => setTimeout(resolve, 1500));
          observer.disconnect();
          return long;
        }, run),
      );
    }
    assert.ok(
      runs.some((long) => long.length === 0),
      JSON.stringify(runs),
    );
    await page.close();
  });

  test("cancelling in the middle of the prompt stops the engine within 50 ms", async () => {
    const page = await ready();
    const times = await page.evaluate(async () => {
      const { completer } = window.__ghostlight;
      const times = [];
      for (let run = 0; run < 8; run += 1) {
        heard.length = 0;
        const controller = new AbortController();
        const prefix = `# ${run}\n` + "value = compute(first, second, third)\n".repeat(150);
        const running = completer
          .complete({ path: "a.py", prefix }, { signal: controller.signal })
          .catch(({ code }) => code);
        // Until the prompt is being read: long after the message, long before the first token.
        await new Promise((resolve) => setTimeout(resolve, 60));
        if (heard.some(({ type }) => type === "update" || type === "done")) continue;
        const aborted = performance.now();
        controller.abort();
        if ((await running) !== "cancelled") throw new Error("not cancelled");
        while (!heard.some(({ type }) => type === "failed")) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        times.push(heard.find(({ type }) => type === "failed").at - aborted);
      }
      return times;
    });
    assert.ok(times.length >= 4, `only ${times.length} runs were still reading their prompt`);
    times.sort((a, b) => a - b);
    // A busy machine adds to any one of them; an engine that finishes its prompt first adds to all.
    assert.ok(times[0] < 50 && times[times.length >> 1] < 200, `took ${times.map(Math.round)} ms`);
    await page.close();
  });

  test("a file that is no GGUF: the page says so, and the model that there is goes on", async () => {
    const page = await ready();
    const file = {
      name: "notes.gguf",
      mimeType: "",
      buffer: Buffer.from("hello there".repeat(99)),
    };
    await page.locator("#model-file").setInputFiles(file);
    await page.locator("#problem").waitFor();
    assert.match(await problem(page), /notes\.gguf cannot be used/);
    assert.ok(await page.locator("#retry").isVisible());
    assert.equal(await settled(page), "ready");
    const ghost = await typeForGhostText(page, "python/stats.py", BEGINNINGS);
    assert.notEqual(ghost, "");
    await page.close();
  });

  test("a model of the user's own, picked or dropped", async () => {
    const page = await ready();
    await page.locator("#model-file").setInputFiles(modelPath());
    // The model that was there answers until the file's is ready, which ends its worker.
    await page.waitForFunction(() => document.documentElement.dataset.switching !== undefined);
    const meanwhile = await page.evaluate(() =>
      window.__ghostlight.completer.complete({
        path: "a.py",
        prefix: "def add(a, b):\n    return",
      }),
    );
    assert.ok(meanwhile.tokens > 0);
    await page.locator("#switch-said").filter({ hasText: "answers now" }).waitFor();
    const ghost = await typeForGhostText(page, "python/stats.py", BEGINNINGS);
    assert.notEqual(ghost, "");

    // Dropping ends in the same place as picking; a small file shows it.
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["nothing"], "dropped.gguf"));
      const options = { dataTransfer, bubbles: true, cancelable: true };
      const target = document.querySelector(".cm-content");
      target.dispatchEvent(new DragEvent("dragover", options));
      target.dispatchEvent(new DragEvent("drop", options));
    });
    await page.locator("#problem").waitFor();
    assert.match(await problem(page), /dropped\.gguf cannot be used/);
    await page.close();
  });

  test("no model to be had: an error, and trying again helps once there is one", async () => {
    const fresh = await browser.newContext();
    const page = await fresh.newPage();
    const models = (url) => url.pathname.startsWith("/models/");
    await fresh.route(models, (route) => route.fulfill({ status: 404, body: "none" }));
    await page.goto(`${playground.url}/?engine=cpu`);
    assert.equal(await settled(page), "error");
    assert.match(await problem(page), /HTTP 404/);
    await fresh.unroute(models);
    await page.locator("#retry").click();
    await page.waitForFunction(() => document.documentElement.dataset.ghostlight !== "error");
    assert.equal(await settled(page), "ready", await problem(page));
    await fresh.close();
  });

  test("asked for WebGPU where there is none, it runs on the CPU and says why", async () => {
    const page = await ready("?engine=webgpu");
    const seen = await page.evaluate(() => ({
      engine: window.__ghostlight.info.engine,
      code: window.__ghostlight.completer.fallback.code,
    }));
    assert.deepEqual(seen, { engine: "cpu", code: "no-adapter" });
    assert.match(await page.locator("#engine-name").textContent(), /WebGPU was not to be had/);
    await page.close();
  });

  const HARD = {
    "a 5 MB file": () => "let value = compute(first, second);\n".repeat(5_000_000 / 36),
    "a line of 200 KB": () => "const a=[" + "1234567,".repeat(25_000),
    "a binary file": () =>
      Array.from({ length: 200_000 }, (_, i) => String.fromCharCode((i * 7919) % 256)).join(""),
    "an empty file": () => "",
    "half surrogates and control characters": () => "\ud800x\u0000\u0007\udfff\u2028".repeat(500),
  };
  for (const [name, make] of Object.entries(HARD)) {
    test(`${name}: an answer or none, never a hang`, async () => {
      const page = await ready();
      await page.evaluate((make) => {
        const text = new Function(`return (${make})()`)();
        const { view, lastResult } = window.__ghostlight;
        view.dispatch({
          changes: { from: 0, to: view.state.doc.length, insert: text },
          selection: { anchor: text.length >> 1 },
          scrollIntoView: true,
        });
        view.focus();
        window.before = lastResult;
      }, make.toString());
      await page.keyboard.press("x");
      await page.waitForFunction(
        () => window.__ghostlight.lastResult !== window.before,
        undefined,
        { timeout: 120_000 },
      );
      const finish = await page.evaluate(() => window.__ghostlight.lastResult.finish);
      assert.match(finish, /^(stop|length|reused|skipped|unlikely)$/);
      // And the engine is well afterwards.
      const { tokens } = await page.evaluate(() =>
        window.__ghostlight.completer.complete({
          path: "a.py",
          prefix: "def add(a, b):\n    return",
        }),
      );
      assert.ok(tokens > 0);
      await page.close();
    });
  }

  test("a file of secrets is not completed, and the page says so", async () => {
    const page = await ready();
    await page.evaluate(() => {
      const { show, view } = window.__ghostlight;
      show("deploy/.env", "API_KEY=", 8);
      view.focus();
    });
    await page.keyboard.press("x");
    await page.waitForFunction(() => window.__ghostlight.lastResult !== null);
    const { finish, skip, tokens } = await page.evaluate(() => window.__ghostlight.lastResult);
    assert.deepEqual([finish, skip, tokens], ["skipped", "private", 0]);
    assert.match(await page.locator("#withheld").textContent(), /private/);
    await page.close();
  });

  test("a suggestion with a secret is withheld under the name of its rule", async () => {
    const page = await ready();
    const found = await page.evaluate(async () => {
      const token = "ghp_8Zq1mT4vXc7Ry2Wk9Ld3Ns6Bf0Gh5Jp1QaEu";
      const { completer } = window.__ghostlight;
      // A small model repeats what stands there ten times.
      const line = (name) => `${name} = "${token}"\n`;
      const prefix = ["a", "b", "c", "d", "e", "f", "g", "h"].map(line).join("") + 'i = "';
      const seen = [];
      const ask = () =>
        completer.complete({ path: "a.py", prefix }, { onUpdate: ({ text }) => seen.push(text) });
      const guarded = await ask();
      await completer.setGuard({ secrets: false });
      const open = await ask();
      return { guarded, open: open.text, seen: seen.slice(0, -1) };
    });
    assert.ok(found.open.includes("ghp_"), `the model says ${found.open}`);
    assert.deepEqual([found.guarded.text, found.guarded.finish], ["", "guarded"]);
    assert.equal(found.guarded.rule, "github-token");
    await page.close();
  });

  test("the settings have names, hold, and show what was counted", async () => {
    const page = await ready();
    await page.locator("#open-settings").click();
    const dialog = page.getByRole("dialog", { name: "Settings" });
    await dialog.waitFor();
    await page.locator("#figures-note").filter({ hasText: "You press a key" }).waitFor();
    const nameless = await dialog.evaluate((node) =>
      [...node.querySelectorAll("button, input, select, textarea")]
        .filter((element) => !element.textContent.trim() && !element.labels?.length)
        .map((element) => element.outerHTML),
    );
    assert.deepEqual(nameless, []);
    await dialog.getByRole("slider", { name: "Least likelihood" }).fill("55");
    await dialog.getByRole("textbox").fill("nowhere *.rs");
    await dialog.getByRole("checkbox", { name: /Keys, tokens/ }).focus();
    const skipped = () =>
      page.evaluate(() =>
        window.__ghostlight.completer.complete({ path: "a.rs", prefix: "let x" }),
      );
    assert.equal((await skipped()).skip, "private");
    await dialog.getByRole("textbox").fill("nonsense");
    await dialog.getByRole("checkbox", { name: /Keys, tokens/ }).focus();
    await page.locator("#rules-problem").filter({ hasText: "line 1" }).waitFor();
    await dialog.getByRole("textbox").fill("");
    await page.keyboard.press("Escape");
    assert.equal(await dialog.isVisible(), false);
    await page.reload();
    assert.equal(await settled(page), "ready", await problem(page));
    const { threshold } = await page.evaluate(() =>
      window.__ghostlight.completer.feedback.figures(),
    );
    assert.ok(Math.abs(threshold - 0.55) < 1e-6, `${threshold}`);
    await page.evaluate(() => localStorage.clear());
    await page.close();
  });

  test("a prompt is explained, from the keyboard, and the project is known", async () => {
    const page = await ready();
    await untilTrue(page, async () => {
      const { files, waiting } = await window.__ghostlight.completer.workspace.figures();
      return files > 1 && waiting === 0;
    });
    // What is typed in one file is known in another one.
    await page.evaluate(() => window.__ghostlight.openFile("rust/grid.rs"));
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.insertText("\n// marmalade\n");
    await untilTrue(page, async () => {
      const request = { path: "python/stats.py", prefix: "import math\n" };
      const { leftOut } = await window.__ghostlight.completer.explain(request);
      return leftOut.some(({ origin, text }) => origin === "edit" && text.includes("marmalade"));
    });
    await page.evaluate(() => window.__ghostlight.openFile("python/stats.py"));

    await page.locator("#open-explain").focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "What the model is shown" });
    await dialog.waitFor();
    // This model was not trained on quotations.
    const note = dialog.getByRole("status");
    await note.filter({ hasText: "makes nothing of quotations" }).waitFor();
    assert.match(await note.textContent(), /^\d+ of \d+ tokens, in the form of prefix-only;/);
    const inPrompt = dialog.getByRole("table", { name: "In the prompt" });
    assert.deepEqual(await inPrompt.getByRole("rowheader").allTextContents(), [
      "Before the cursor",
      "Form",
    ]);
    const edited = dialog
      .getByRole("table", { name: "Left out" })
      .getByRole("row")
      .filter({ hasText: "Edited lately" })
      .filter({ hasText: "rust/grid.rs" })
      .first();
    assert.match(await edited.textContent(), /not for this model/);
    // The text of a piece opens by a key.
    await edited.locator("summary").focus();
    await page.keyboard.press("Enter");
    await edited.locator("pre").filter({ hasText: "marmalade" }).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await dialog.isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement.id), "open-explain");
    await page.close();
  });

  test("files, theme and controls work from the keyboard and have names", async () => {
    const page = await ready();
    await page.locator("[role=tab][aria-selected=true]").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const selected = page.locator("[role=tab][aria-selected=true]");
    assert.equal(await selected.getAttribute("aria-label"), "rust/grid.rs");
    assert.match(
      await page.evaluate(() => window.__ghostlight.view.state.doc.toString()),
      /pub struct Grid/,
    );
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, select, [role=tab], [contenteditable=true]")]
        .filter(
          (element) =>
            !element.getAttribute("aria-label") &&
            !element.textContent.trim() &&
            !element.labels?.length,
        )
        .map((element) => element.outerHTML),
    );
    assert.deepEqual(nameless, []);

    await page.locator("#theme").focus();
    await page.keyboard.press("Enter");
    const chosen = await page.evaluate(() => document.documentElement.dataset.theme);
    await page.reload();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), chosen);
    await page.close();
  });

  test("the second visit works without a network", async () => {
    const first = await ready();
    await first.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await first.close();
    await playground.close();

    const page = await ready();
    const ghost = await typeForGhostText(page, "python/stats.py", BEGINNINGS);
    assert.notEqual(ghost, "");
    await page.close();
  });
});
