// The client and the worker against a fake engine that fails on demand: fallbacks, cancel, supersede, crashes.

import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, describe, test } from "node:test";
import { launch, openPage } from "./support/browser.mjs";
import { serveBytes, startServer } from "./support/server.mjs";

const MODEL = Buffer.from("not really a model ".repeat(100));

describe("client", () => {
  let server;
  let browsers;
  let context;
  let page;
  let errors;

  before(async () => {
    server = await startServer();
    server.routes.set("/model.gguf", serveBytes(MODEL));
    browsers = { gpu: await launch({ gpu: true }), plain: await launch() };
  });
  after(async () => {
    await browsers?.gpu.close();
    await browsers?.plain.close();
    await server?.close();
  });

  /** Opens a page that has `create(options)` and `events`, what the fake engine told. */
  async function setUp(browser) {
    ({ context, page, errors } = await openPage(browser, `${server.url}/pages/blank.html`));
    await page.evaluate(async () => {
      const ghostlight = await import("/package/index.js");
      window.events = [];
      new BroadcastChannel("fake-engine").onmessage = ({ data }) => window.events.push(data);
      window.changes = [];
      window.create = (scenario = "ok", options = {}) =>
        ghostlight.createCompleter({
          model: "/model.gguf",
          wasmUrl: `/fake/${scenario}/`,
          engine: "cpu",
          onEngineChange: (info, fallback) =>
            window.changes.push([info.engine, fallback?.code ?? null]),
          ...options,
        });
      // Errors do not survive the way to the test with their code.
      window.outcome = (promise) =>
        promise.then(
          (value) => value.text ?? "created",
          (error) => ({ code: error.code, name: error.name, message: error.message }),
        );
    });
  }
  afterEach(async () => {
    assert.deepEqual(errors, [], "the page must have no uncaught errors");
    await context?.close();
  });

  describe("without a GPU", () => {
    beforeEach(() => setUp(browsers.plain));

    test("completes, with updates on the way", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const updates = [];
        const result = await completer.complete(
          { path: "a.py", prefix: "x = " },
          { onUpdate: ({ text }) => updates.push(text) },
        );
        return { updates, result, info: completer.info, fallback: completer.fallback };
      });
      assert.equal(seen.result.text, "cpu-relaxed:x = ");
      assert.deepEqual(seen.updates, ["cpu-"]);
      assert.equal(seen.info.engine, "cpu");
      assert.equal(seen.fallback, null);
    });

    test("falls back to the CPU where there is no adapter, and says so", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create("ok", { engine: "webgpu" });
        return { engine: completer.info.engine, fallback: completer.fallback };
      });
      assert.equal(seen.engine, "cpu");
      assert.equal(seen.fallback.code, "no-adapter");
    });

    test("a newer request supersedes the older one", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        let older;
        await new Promise((started) => {
          older = outcome(completer.complete({ prefix: "!slow" }, { onUpdate: started }));
        });
        const newer = outcome(completer.complete({ prefix: "newer" }));
        return { older: await older, newer: await newer };
      });
      assert.equal(seen.older.code, "cancelled");
      assert.equal(seen.older.name, "AbortError");
      assert.equal(seen.newer, "cpu-relaxed:newer");
    });

    test("of many requests at once only the last is answered", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const all = ["a", "b", "c", "d"].map((prefix) => outcome(completer.complete({ prefix })));
        return Promise.all(all);
      });
      assert.deepEqual(
        seen.map((one) => one.code ?? one),
        ["cancelled", "cancelled", "cancelled", "cpu-relaxed:d"],
      );
    });

    test("aborting rejects at once and stops the engine", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const controller = new AbortController();
        const started = new Promise((resolve) => {
          window.running = outcome(
            completer.complete(
              { prefix: "!slow" },
              { signal: controller.signal, onUpdate: resolve },
            ),
          );
        });
        await started;
        const stopped = new Promise((resolve) => {
          new BroadcastChannel("fake-engine").onmessage = ({ data }) => {
            if (data.event === "stopped") resolve(performance.now());
          };
        });
        const aborted = performance.now();
        controller.abort();
        const rejected = await window.running;
        return { rejected, milliseconds: (await stopped) - aborted };
      });
      assert.equal(seen.rejected.code, "cancelled");
      assert.ok(seen.milliseconds < 50, `stopped after ${seen.milliseconds} ms`);
    });

    test("an aborted signal sends nothing", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const one = await outcome(
          completer.complete({ prefix: "x" }, { signal: AbortSignal.abort() }),
        );
        await completer.complete({ prefix: "y" });
        return { one, asked: events.filter(({ event }) => event === "complete") };
      });
      assert.equal(seen.one.code, "cancelled");
      assert.deepEqual(
        seen.asked.map(({ prefix }) => prefix),
        ["y"],
      );
    });

    for (const fault of ["!panic", "!trap"]) {
      test(`${fault}: an error, then a fresh instance`, async () => {
        const seen = await page.evaluate(async (prefix) => {
          const completer = await create();
          const first = await outcome(completer.complete({ prefix }));
          const second = await outcome(completer.complete({ prefix: "again" }));
          return { first, second, loads: events.filter(({ event }) => event === "load").length };
        }, fault);
        assert.equal(seen.first.code, "internal");
        assert.match(seen.first.message, /unreachable/);
        assert.equal(seen.second, "cpu-relaxed:again");
        assert.equal(seen.loads, 2);
      });
    }

    test("an error of one request leaves the engine as it is", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const first = await outcome(completer.complete({ prefix: "!oom" }));
        const second = await outcome(completer.complete({ prefix: "again" }));
        return { first, second, loads: events.filter(({ event }) => event === "load").length };
      });
      assert.equal(seen.first.code, "too-large");
      assert.equal(seen.second, "cpu-relaxed:again");
      assert.equal(seen.loads, 1);
    });

    test("a worker that hangs is replaced; its request is tried once more, then fails", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create("ok", { patience: 1500 });
        const first = await outcome(completer.complete({ prefix: "!hang" }));
        const second = await outcome(completer.complete({ prefix: "again" }));
        const asked = events.filter(({ event }) => event === "complete");
        return { first, second, asked: asked.map(({ prefix }) => prefix) };
      });
      assert.equal(seen.first.code, "internal");
      assert.match(seen.first.message, /no sign of life/);
      assert.equal(seen.second, "cpu-relaxed:again");
      assert.deepEqual(seen.asked, ["!hang", "!hang", "again"]);
    });

    test("an engine that only ever dies is given up", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const outcomes = [];
        for (let i = 0; i < 5; i += 1) {
          outcomes.push(await outcome(completer.complete({ prefix: "!panic" })));
        }
        return { outcomes, loads: events.filter(({ event }) => event === "load").length };
      });
      assert.ok(seen.outcomes.every(({ code }) => code === "internal"));
      assert.equal(seen.loads, 3);
    });

    for (const code of ["invalid-model", "unsupported-model", "too-large"]) {
      test(`load error ${code} reaches the caller`, async () => {
        const scenario = `cpu-relaxed=${code}`;
        const seen = await page.evaluate((name) => outcome(create(name)), scenario);
        assert.equal(seen.code, code);
        assert.equal(seen.message, `loading: ${code}`);
      });
    }

    test("a load that hangs is an error, not a wait", async () => {
      const seen = await page.evaluate(() =>
        outcome(create("cpu-relaxed=hang", { patience: 1500 })),
      );
      assert.equal(seen.code, "internal");
    });

    test("a missing worker script is an error", async () => {
      const seen = await page.evaluate(() => outcome(create("ok", { workerUrl: "/none.js" })));
      assert.equal(seen.code, "internal");
      assert.match(seen.message, /could not be loaded/);
    });

    test("missing engine files are an error", async () => {
      const seen = await page.evaluate(() => outcome(create("ok", { wasmUrl: "/nothing/" })));
      assert.equal(seen.code, "internal");
      assert.match(seen.message, /loading the engine/);
    });

    test("dispose rejects what is in flight, and whatever comes later", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const running = outcome(completer.complete({ prefix: "!slow" }));
        completer.dispose();
        completer.dispose();
        return [await running, await outcome(completer.complete({ prefix: "x" }))];
      });
      assert.deepEqual(
        seen.map(({ code }) => code),
        ["cancelled", "cancelled"],
      );
    });

    test("the start can be aborted", async () => {
      const seen = await page.evaluate(async () => {
        const controller = new AbortController();
        const starting = outcome(create("ok", { signal: controller.signal }));
        controller.abort();
        return [await starting, await outcome(create("ok", { signal: controller.signal }))];
      });
      assert.deepEqual(
        seen.map(({ code }) => code),
        ["cancelled", "cancelled"],
      );
    });

    test("a malformed sha256 is refused before anything starts", async () => {
      const seen = await page.evaluate(() => outcome(create("ok", { sha256: "abc" })));
      assert.equal(seen.code, "invalid-request");
    });

    test("a callback that throws does not stop the request", async () => {
      const seen = await page.evaluate(async () => {
        const reported = new Promise((resolve) =>
          addEventListener("error", (event) => {
            event.preventDefault();
            resolve(event.error.message);
          }),
        );
        const completer = await create();
        const onUpdate = () => {
          throw new Error("mine");
        };
        const text = await outcome(completer.complete({ prefix: "x" }, { onUpdate }));
        return { text, reported: await reported };
      });
      assert.deepEqual(seen, { text: "cpu-relaxed:x", reported: "mine" });
      errors.length = 0; // the error above is the caller's own
    });
  });

  describe("with a software GPU", () => {
    beforeEach(() => setUp(browsers.gpu));

    test("auto prefers the SIMD engine to a software adapter", async () => {
      const engine = await page.evaluate(
        async () => (await create("ok", { engine: "auto" })).info.engine,
      );
      assert.equal(engine, "cpu");
    });

    test("an explicit choice of WebGPU is followed", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create("ok", { engine: "webgpu" });
        return [completer.info.variant, completer.fallback];
      });
      assert.deepEqual(seen, ["webgpu", null]);
    });

    for (const fault of ["self-test-failed", "no-adapter", "device-lost", "too-large", "trap"]) {
      test(`WebGPU load fault ${fault}: the CPU engine starts instead`, async () => {
        const seen = await page.evaluate(async (name) => {
          const completer = await create(`webgpu=${name}`, { engine: "webgpu" });
          const text = await outcome(completer.complete({ prefix: "x" }));
          return { text, fallback: completer.fallback.code };
        }, fault);
        assert.equal(seen.text, "cpu-relaxed:x");
        assert.equal(seen.fallback, fault === "trap" ? "internal" : fault);
      });
    }

    test("a WebGPU module that does not compile: the CPU engine starts instead", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create("webgpu=init-fails", { engine: "webgpu" });
        return [completer.info.engine, completer.fallback.code];
      });
      assert.deepEqual(seen, ["cpu", "internal"]);
    });

    test("a bad model is not blamed on the GPU", async () => {
      const seen = await page.evaluate(() =>
        outcome(create("webgpu=invalid-model", { engine: "webgpu" })),
      );
      assert.equal(seen.code, "invalid-model");
    });

    for (const fault of ["!lost", "!panic", "!trap", "!hang"]) {
      test(`WebGPU ${fault} mid-request: the CPU engine answers the same request`, async () => {
        const seen = await page.evaluate(async (name) => {
          const completer = await create("ok", { engine: "webgpu", patience: 1500 });
          const text = await outcome(completer.complete({ prefix: `${name}@webgpu` }));
          return { text, changes, fallback: completer.fallback.code };
        }, fault);
        assert.equal(seen.text, `cpu-relaxed:${fault}@webgpu`);
        const code = fault === "!lost" ? "device-lost" : "internal";
        assert.deepEqual(seen.changes, [
          ["webgpu", null],
          ["cpu", code],
        ]);
        assert.equal(seen.fallback, code);
      });
    }

    test("a request made while the engine is being replaced is answered", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create("ok", { engine: "webgpu" });
        const lost = new Promise((resolve) => {
          window.first = outcome(
            completer.complete({ prefix: "!lost@webgpu" }, { onUpdate: resolve }),
          );
        });
        await lost;
        const newer = outcome(completer.complete({ prefix: "newer" }));
        return [(await window.first).code, await newer];
      });
      assert.equal(seen[0], "cancelled");
      assert.match(seen[1], /^(cpu-relaxed|webgpu):newer$/);
    });
  });
});
