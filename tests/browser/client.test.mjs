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

  /**
   * Opens a page that has `create(options)`, and `told(isLast)`: what the fake engine told, once one of it
   * `isLast`, or after five seconds. What is told comes another way than answers, so it may come after them.
   */
  async function setUp(browser) {
    ({ context, page, errors } = await openPage(browser, `${server.url}/pages/blank.html`));
    await page.evaluate(async () => {
      const ghostlight = await import("/package/index.js");
      window.events = [];
      new BroadcastChannel("fake-engine").onmessage = ({ data }) =>
        window.events.push({ ...data, at: performance.now() });
      window.told = async (isLast) => {
        const start = performance.now();
        while (!events.some(isLast) && performance.now() - start < 5000) {
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        return events;
      };
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
        const aborted = performance.now();
        controller.abort();
        const rejected = await window.running;
        // The channel that listens since the page was opened: a new one may miss what comes at once.
        const isStop = ({ event }) => event === "stopped";
        const stopped = (await told(isStop)).find(isStop);
        return { rejected, milliseconds: stopped.at - aborted };
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
        const all = await told(({ prefix }) => prefix === "y");
        return { one, asked: all.filter(({ event }) => event === "complete") };
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
          const all = await told(({ prefix }) => prefix === "again");
          return { first, second, loads: all.filter(({ event }) => event === "load").length };
        }, fault);
        assert.equal(seen.first.code, "internal");
        assert.match(seen.first.message, /unreachable/);
        assert.equal(seen.second, "cpu-relaxed:again");
        assert.equal(seen.loads, 2);
      });
    }

    test("a method that is only declared reaches the engine once that is free, and fails without one", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        let updates = 0;
        const until = async (count) => {
          while (updates < count) await new Promise((resolve) => setTimeout(resolve, 2));
        };
        const onUpdate = () => (updates += 1);
        const running = outcome(completer.complete({ prefix: "!slow" }, { onUpdate }));
        await until(1);
        let tokens = null;
        const counting = completer.countTokens("x").then((count) => (tokens = count));
        await until(updates + 5);
        const early = tokens;
        await outcome(completer.complete({ prefix: "newer" }));
        await counting;
        completer.dispose();
        const later = await outcome(completer.countTokens("x"));
        return { early, tokens, running: (await running).code, later: later.code };
      });
      // The fake engine says nothing of tokens: it has the default answer.
      assert.deepEqual(seen, {
        early: null,
        tokens: 0,
        running: "cancelled",
        later: "invalid-request",
      });
    });

    test("an error of one request leaves the engine as it is", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const first = await outcome(completer.complete({ prefix: "!oom" }));
        const second = await outcome(completer.complete({ prefix: "again" }));
        const all = await told(({ prefix }) => prefix === "again");
        return { first, second, loads: all.filter(({ event }) => event === "load").length };
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
        const all = await told(({ prefix }) => prefix === "again");
        const asked = all.filter(({ event }) => event === "complete");
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
        const loads = () => events.filter(({ event }) => event === "load").length;
        await told(() => loads() >= 3);
        return { outcomes, loads: loads() };
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

  describe("keystrokes", () => {
    beforeEach(() => setUp(browsers.plain));

    test("of what is typed fast only the last is completed, and its prompt is read meanwhile", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const ask = (prefix) =>
          outcome(completer.complete({ prefix, event: "typed" }, { wait: true }));
        const answers = await Promise.all(["x", "xy", "xyz"].map(ask));
        const all = await told(({ event, prefix }) => event === "complete" && prefix === "xyz");
        const prefixes = (name) => all.filter(({ event }) => event === name).map((e) => e.prefix);
        return { answers, completed: prefixes("complete"), warmed: prefixes("warm") };
      });
      assert.deepEqual(
        seen.answers.map((one) => one.code ?? one),
        ["cancelled", "cancelled", "cpu-relaxed:xyz"],
      );
      assert.deepEqual(seen.completed, ["xyz"]);
      assert.ok(seen.warmed.includes("xyz"), seen.warmed.join());
    });

    test("a request that agrees with the running one follows it, and a later one that does not ends it", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        let older;
        await new Promise((far) => {
          const onUpdate = ({ text }) => text.length >= 3 && far();
          older = outcome(completer.complete({ prefix: "!count " }, { onUpdate }));
        });
        const updates = [];
        const newer = await completer.complete(
          { prefix: "!count ab", event: "typed" },
          { wait: true, onUpdate: ({ text }) => updates.push(text) },
        );
        return { older: await older, newer: newer.text, finish: newer.finish, updates };
      });
      assert.equal(seen.older.code, "cancelled");
      assert.equal(seen.newer, "cdefghijklmnopqrstuvwxyz");
      assert.equal(seen.finish, "reused");
      assert.ok(seen.updates.length > 3, `${seen.updates}`);
      assert.ok(seen.updates.every((text) => seen.newer.startsWith(text)));

      const other = await page.evaluate(async () => {
        const completer = await create();
        let older;
        await new Promise((far) => {
          older = outcome(completer.complete({ prefix: "!count " }, { onUpdate: far }));
        });
        const newer = await outcome(completer.complete({ prefix: "!countx" }));
        return { older: (await older).code, newer };
      });
      assert.equal(other.older, "cancelled");
    });

    test("what is deleted is answered with nothing", async () => {
      const { finish, skip } = await page.evaluate(async () => {
        const completer = await create();
        return completer.complete({ prefix: "x", event: "deleted" });
      });
      assert.deepEqual([finish, skip], ["skipped", "not-typed"]);
    });

    test("while a suggestion stands the next one is computed; a moved cursor has its prompt read", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        await completer.complete({ prefix: "x" });
        await told(({ event }) => event === "ahead");
        completer.warm({ prefix: "elsewhere" });
        const all = await told(({ event }) => event === "warm");
        return all.map(({ event, prefix }) => `${event} ${prefix ?? ""}`.trim());
      });
      assert.deepEqual(seen.slice(-3), ["complete x", "ahead", "warm elsewhere"]);
    });

    test("alternatives are one list, and newer requests come first", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        const { texts } = await completer.alternatives({ prefix: "x" }, { count: 2 });
        const older = outcome(completer.alternatives({ prefix: "x" }));
        const newer = await outcome(completer.complete({ prefix: "y" }));
        return { texts, older: (await older).code, newer };
      });
      assert.deepEqual(seen, {
        texts: ["one", "two"],
        older: "cancelled",
        newer: "cpu-relaxed:y",
      });
    });
  });

  describe("guard and feedback", () => {
    beforeEach(() => setUp(browsers.plain));

    test("the guard is there from the start, and changes on request", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create("ok", {
          guard: { risky: "medium", known: new Uint8Array(5) },
        });
        await completer.setGuard({ secrets: false });
        const refused = await outcome(completer.setGuard({ rules: "bad" }));
        const unreadable = await outcome(create("ok", { guard: { rules: "bad" } }));
        const all = await told(({ options }) => options?.secrets === false);
        const guards = all.filter(({ event }) => event === "guard");
        return { refused: refused.code, unreadable: unreadable.code, guards };
      });
      assert.equal(seen.refused, "invalid-request");
      assert.equal(seen.unreadable, "invalid-request");
      const [first, second] = seen.guards;
      assert.deepEqual(
        [first.options.risky, first.options.secrets, first.known],
        ["medium", true, 5],
      );
      assert.deepEqual([second.options.risky, second.options.secrets], ["high", false]);
    });

    test("the engine may ask for syntax, unless it should not; a pack that cannot be had is told", async () => {
      const seen = await page.evaluate(async () => {
        const packs = [];
        const onSyntax = (...state) => packs.push(state);
        const asks = await create("ok", { onSyntax });
        const first = await outcome(asks.complete({ prefix: "!syntax" }));
        while (packs.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        const second = await outcome(asks.complete({ prefix: "!syntax " }));
        const alone = await create("ok", { onSyntax, syntax: false });
        const third = await outcome(alone.complete({ prefix: "!syntax" }));
        return { answers: [first, second, third], packs };
      });
      assert.deepEqual(seen.answers, ["nothing", "nothing", "nobody"]);
      const [loading, [pack, state, error], ...more] = seen.packs;
      assert.deepEqual(
        [loading, [pack, state], more],
        [["json", "loading", null], ["json", "failed"], []],
      );
      assert.match(error, /fetching the syntax pack (json|runtime): status 404/);
    });

    test("outcomes are counted, kept without text, written out, and told to the next engine", async () => {
      const seen = await page.evaluate(async () => {
        const completer = await create();
        completer.shown({
          language: "python",
          length: "line",
          characters: 20,
          lines: 1,
          confidence: 0.7,
          likelihood: 0.4,
          fate: "accepted",
          shownMs: 900,
        });
        completer.kept({ afterS: 30, share: 0.5 });
        const { kinds } = await completer.feedback.figures();
        let lines;
        do lines = await completer.feedback.export();
        while (lines.split("\n").length < 3);
        completer.dispose();
        const next = await create();
        const isHistory = ({ feedback }) => feedback?.fresh === false;
        const history = (await told(isHistory)).find(isHistory).feedback;
        await next.feedback.clear();
        return { kinds, lines, history, rest: await next.feedback.export() };
      });
      assert.deepEqual([seen.kinds[0].language, seen.kinds[0].accepted], ["python", 1]);
      const records = seen.lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        records.map(({ kind }) => kind),
        ["shown", "kept"],
      );
      assert.equal(records[0].fate, "accepted");
      assert.deepEqual(seen.history.kept, [{ afterS: 30, share: 0.5 }]);
      assert.deepEqual(seen.history.outcomes, [
        { language: "python", length: "line", confidence: 0.7, fate: "accepted" },
      ]);
      assert.equal(seen.rest, "");
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
