// The index of a workspace in a real browser: fetched when one is opened, kept in OPFS, and quoted
// from in prompts. With the fake engine where only the index matters, else with the real one and
// a tiny model of a family that fills in the middle.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { launch, openPage } from "./support/browser.mjs";
import { serveBytes, startServer } from "./support/server.mjs";

const TINY = new URL("../conformance/families/deepseek-coder.gguf", import.meta.url);

const CACHE = "/// Keeps answers.\npub struct Cache {\n    size: usize,\n}\n";
const FILES = {
  "src/cache.rs": CACHE,
  "tests/stats_test.py": "def test_mean():\n    assert mean([1, 3]) == 2\n",
  "ignored/secret.py": "ignored = 1\n",
  ".env": "TOKEN=1\n",
  ".gitignore": "ignored/\n",
};
/** A place for which the test of the file is quoted. */
const STATS = { path: "src/stats.py", prefix: "def mean(values):\n    ", suffix: "\n" };
/** A place where a struct of another file is made. */
const APP = {
  path: "src/app.rs",
  prefix: "use crate::cache::Cache;\n\nfn main() {\n    let cache = Cache { ",
  suffix: "\n}\n",
};

describe("workspace", () => {
  let server;
  let browser;
  let context;
  let page;
  let errors;

  before(async () => {
    server = await startServer();
    server.routes.set("/model.gguf", serveBytes(Buffer.from("not really a model ".repeat(100))));
    server.routes.set("/tiny.gguf", serveBytes(readFileSync(TINY)));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    server.requests.length = 0;
    ({ context, page, errors } = await openPage(browser, `${server.url}/pages/blank.html`));
    await prepare();
  });
  afterEach(async () => {
    assert.deepEqual(errors, [], "the page must have no uncaught errors");
    await context?.close();
  });

  /** Gives the page `create(options)`, and `source(files)`, which notes what is read of it. */
  async function prepare() {
    await page.evaluate(async (files) => {
      const ghostlight = await import("/package/index.js");
      window.files = { ...files };
      window.modified = {};
      window.reads = [];
      window.source = {
        name: "tests",
        list: () =>
          Object.entries(window.files).map(([path, text]) => {
            const size = new TextEncoder().encode(text).length;
            return { path, size, modified: window.modified[path] ?? 1 };
          }),
        read: (path) => {
          window.reads.push(path);
          return window.files[path] ?? null;
        },
      };
      window.create = (options = {}) =>
        ghostlight.createCompleter({
          model: "/model.gguf",
          wasmUrl: "/fake/ok/",
          engine: "cpu",
          syntax: false,
          ...options,
        });
      const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
      /** Waits until `count` files are read and none waits. */
      window.indexed = async (completer, count) => {
        for (;;) {
          const figures = await completer.workspace.figures();
          if (figures.waiting === 0 && figures.files === count) return figures;
          await pause();
        }
      };
      /** Waits until the index is kept. */
      window.kept = async () => {
        for (;;) {
          try {
            let folder = await navigator.storage.getDirectory();
            for (const name of ["ghostlight", "workspaces"]) {
              folder = await folder.getDirectoryHandle(name);
            }
            for await (const [, handle] of folder) {
              if ((await handle.getFile()).size > 0) return;
            }
          } catch {
            // not yet
          }
          await pause();
        }
      };
      window.quoted = async (completer, request) =>
        (await completer.explain(request)).pieces.map(({ text }) => text).join("\n");
    }, FILES);
  }

  const asked = () => server.requests.filter(({ path }) => path.includes("/workspace/"));

  test("the module is fetched when a workspace is opened, once", async () => {
    await page.evaluate(async () => {
      window.completer = await create();
      await completer.complete({ prefix: "x = " });
    });
    assert.deepEqual(asked(), []);
    await page.evaluate(async () => {
      for (let i = 0; i < 2; i += 1) await completer.workspace.open(source);
    });
    assert.equal(asked().length, 2, "glue and WebAssembly");
  });

  test("files are read as far as rules allow, and quoted", async () => {
    const got = await page.evaluate(
      async ([stats]) => {
        const completer = await create();
        const before = await completer.explain(stats);
        await completer.workspace.open(source);
        const figures = await indexed(completer, 2);
        return { before, reads, figures, text: await quoted(completer, stats) };
      },
      [STATS],
    );
    assert.equal(got.before.pieces[0].text, "none");
    assert.ok(!got.reads.includes(".env"), "a file of secrets is not even read");
    assert.equal(got.figures.files, 2);
    assert.match(got.text, /assert mean\(\[1, 3\]\)/);
    assert.ok(!got.text.includes("ignored ="));
  });

  test("a file that is changed, goes or comes is seen", async () => {
    const texts = await page.evaluate(
      async ([stats]) => {
        const completer = await create();
        await completer.workspace.open(source);
        await indexed(completer, 2);
        const path = "tests/stats_test.py";
        const texts = [];
        const change = async (text, count) => {
          completer.workspace.change([{ path, text, edited: true }]);
          await indexed(completer, count);
          texts.push(await quoted(completer, stats));
        };
        await change("def test_mean():\n    assert mean([5]) == 5\n", 2);
        await change(null, 1);
        await change("def test_new():\n    pass\n", 2);
        await completer.workspace.open(null);
        const { files } = await completer.workspace.figures();
        return [...texts, String(files)];
      },
      [STATS],
    );
    assert.match(texts[0], /mean\(\[5\]\)/);
    assert.ok(!texts[0].includes("[1, 3]"));
    assert.ok(!texts[1].includes("assert mean"));
    assert.match(texts[2], /test_new/);
    assert.equal(texts[3], "0");
  });

  test("the index is kept over a reload, and only what has changed is read again", async () => {
    await page.evaluate(async () => {
      const completer = await create();
      await completer.workspace.open(source);
      await indexed(completer, 2);
      await kept();
      completer.dispose();
    });
    for (const [changed, expected] of [
      [null, /\[1, 3\]/],
      ["def test_mean():\n    assert mean([7]) == 7\n", /\[7\]/],
    ]) {
      await page.reload();
      await prepare();
      const got = await page.evaluate(
        async ([stats, changed]) => {
          const path = "tests/stats_test.py";
          if (changed !== null) {
            window.files[path] = changed;
            window.modified[path] = 2;
          }
          const completer = await create();
          await completer.workspace.open(source);
          await indexed(completer, 2);
          const text = await quoted(completer, stats);
          completer.dispose();
          // `.gitignore` files are rules and no part of the index.
          return { reads: reads.filter((path) => !path.endsWith(".gitignore")), text };
        },
        [STATS, changed],
      );
      const reads = got.reads.filter(
        (path) => path.startsWith("tests/") || path.startsWith("src/"),
      );
      assert.deepEqual(reads, changed === null ? [] : ["tests/stats_test.py"]);
      assert.match(got.text, expected);
    }
  });

  test("rules that are set later take files out", async () => {
    const [before, after] = await page.evaluate(
      async ([stats]) => {
        const completer = await create();
        await completer.workspace.open(source);
        await indexed(completer, 2);
        const before = await quoted(completer, stats);
        await completer.setGuard({ rules: "nowhere tests/**" });
        await indexed(completer, 1);
        return [before, await quoted(completer, stats)];
      },
      [STATS],
    );
    assert.match(before, /assert mean/);
    assert.ok(!after.includes("assert mean"));
  });

  test("without the module suggestions come all the same, and opening says why", async () => {
    const got = await page.evaluate(async () => {
      const completer = await create({ wasmUrl: "/fake/no-workspace/" });
      const error = await completer.workspace.open(source).then(
        () => null,
        ({ code, message }) => ({ code, message }),
      );
      return { error, text: (await completer.complete({ prefix: "x = " })).text };
    });
    assert.equal(got.error.code, "unreadable");
    assert.match(got.error.message, /wasm\/workspace/);
    assert.equal(got.text, "cpu-relaxed:x = ");
  });

  test("an engine that is replaced has the workspace again", async () => {
    const text = await page.evaluate(
      async ([stats]) => {
        const completer = await create();
        await completer.workspace.open(source);
        await indexed(completer, 2);
        await completer.complete({ prefix: "!panic" }).catch(() => undefined);
        for (;;) {
          const count = await indexed(completer, 2).catch(() => null);
          if (count !== null) return quoted(completer, stats);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      [STATS],
    );
    assert.match(text, /assert mean/);
  });

  test("the real engine quotes what is used near the cursor, and explains it", async () => {
    const got = await page.evaluate(
      async ([app, cache]) => {
        const completer = await create({ model: "/tiny.gguf", wasmUrl: "/wasm/" });
        const alone = await completer.explain(app);
        window.files = { "src/cache.rs": cache };
        await completer.workspace.open(source);
        await indexed(completer, 1);
        const explanation = await completer.explain(app);
        const { promptTokens } = await completer.complete({ ...app, maxTokens: 2 });
        const again = await completer.explain(app);
        return { alone, explanation, promptTokens, again };
      },
      [APP, CACHE],
    );
    assert.deepEqual(
      got.alone.pieces.map(({ origin }) => origin),
      ["before", "after", "form"],
    );
    const { explanation, again } = got;
    assert.equal(explanation.family, "deepseek-coder");
    const quoted = explanation.pieces.find(({ origin }) => origin === "definition");
    assert.equal(quoted?.path, "src/cache.rs", JSON.stringify(explanation));
    assert.equal(quoted.line, 2);
    assert.match(quoted.text, /^pub struct Cache \{/);
    assert.ok(quoted.tokens > 0 && explanation.tokens > got.alone.tokens);
    assert.equal(explanation.workspace.files, 1);
    assert.equal(explanation.costs[0].step, "syntax");
    assert.ok(explanation.costs.some(({ step }) => step === "definition"));
    // What is explained is what is sent.
    assert.equal(got.promptTokens, explanation.tokens);
    assert.ok(again.reused > 0);
  });
});
