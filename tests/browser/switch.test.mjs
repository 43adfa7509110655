// Changing the model with a fake engine: who answers meanwhile, what fails, what is carried over, who ends.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { launch, openPage } from "./support/browser.mjs";
import { serveBytes, startServer } from "./support/server.mjs";

const file = (name) => Buffer.from(`${name} ${"is no model ".repeat(200)}`);

describe("switching the model", () => {
  let server;
  let browser;
  let context;
  let page;
  let errors;

  before(async () => {
    server = await startServer();
    for (const name of ["small", "large", "third", "fault=too-large", "fault=unsupported-model"]) {
      server.routes.set(`/${name}.gguf`, serveBytes(file(name)));
    }
    // What is asked for it waits until the page asks for /let-go.
    let waiting = [];
    let isLetGo = false;
    server.routes.set("/held.gguf", (request, response) => {
      const answer = () => serveBytes(file("held"))(request, response);
      response.on("close", () => (waiting = waiting.filter((one) => one !== answer)));
      if (isLetGo) answer();
      else waiting.push(answer);
    });
    server.routes.set("/let-go", (request, response) => {
      isLetGo = true;
      response.writeHead(204).end();
      for (const answer of waiting.splice(0)) answer();
    });
    server.routes.set("/hold", (request, response) => {
      isLetGo = false;
      response.writeHead(204).end();
    });
    server.routes.set("/waiting", (request, response) => response.end(String(waiting.length)));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  beforeEach(async () => {
    ({ context, page, errors } = await openPage(browser, `${server.url}/pages/blank.html`));
    await page.evaluate(async () => {
      await fetch("/hold");
      const ghostlight = await import("/package/index.js");
      window.events = [];
      window.channel = new BroadcastChannel("fake-engine");
      channel.onmessage = ({ data }) => window.events.push(data);
      // Workers that have not been ended.
      window.live = new Set();
      window.Worker = class extends Worker {
        constructor(...rest) {
          super(...rest);
          live.add(this);
        }
        terminate() {
          live.delete(this);
          super.terminate();
        }
      };
      window.changes = [];
      window.create = (options = {}) =>
        ghostlight.createCompleter({
          model: "/small.gguf",
          wasmUrl: "/fake/ok/",
          engine: "cpu",
          onEngineChange: (info) => changes.push(info.model.slice(0, 4)),
          ...options,
        });
      window.outcome = (promise) =>
        promise.then(
          (value) => value?.text ?? "done",
          (error) => ({ code: error.code, message: error.message }),
        );
      window.who = (completer) => outcome(completer.complete({ prefix: "!model" }));
      window.until = async (ask) => {
        while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      window.waiting = async () => Number(await (await fetch("/waiting")).text());
    });
  });
  afterEach(async () => {
    assert.deepEqual(errors, [], "the page must have no uncaught errors");
    await context?.close();
  });

  test("the old model answers until the new one is ready, and then ends", async () => {
    const seen = await page.evaluate(async () => {
      const completer = await create();
      const before = completer.info.model;
      const stages = [];
      const switched = completer.switchModel("/held.gguf", {
        onProgress: ({ stage }) => stages.push(stage),
      });
      await until(async () => (await waiting()) === 1);
      const answers = [await who(completer), await who(completer)];
      const workers = live.size;
      await fetch("/let-go");
      await switched;
      answers.push(await who(completer));
      return {
        answers,
        workers: [workers, live.size],
        isChanged: completer.info.model !== before,
        told: new Set(changes).size,
        changes: changes.length,
        stages: [...new Set(stages)],
      };
    });
    assert.deepEqual(seen, {
      answers: ["small", "small", "held"],
      workers: [2, 1],
      isChanged: true,
      told: 2,
      changes: 2,
      stages: ["download", "weights"],
    });
  });

  test("what the old model was asked it answers; a newer request takes its place", async () => {
    const seen = await page.evaluate(async () => {
      const completer = await create();
      const held = (prefix) => {
        let answer;
        const started = new Promise((onUpdate) => {
          answer = outcome(completer.complete({ prefix }, { onUpdate }));
        });
        return started.then(() => ({ answer }));
      };
      const first = await held("!hold");
      await completer.switchModel("/large.gguf");
      const workers = [live.size];
      channel.postMessage("release small");
      const answers = [await first.answer];
      workers.push(live.size);

      const second = await held("!hold again");
      await completer.switchModel("/third.gguf");
      answers.push(await who(completer), (await second.answer).code);
      workers.push(live.size);
      return { answers, workers };
    });
    assert.deepEqual(seen.answers, ["released", "third", "cancelled"]);
    assert.deepEqual(seen.workers, [2, 1, 1]);
  });

  for (const [name, code, message] of [
    ["none", "unreadable", /HTTP 404/],
    ["fault=too-large", "too-large", /loading: too-large/],
    ["fault=unsupported-model", "unsupported-model", /loading: unsupported-model/],
  ]) {
    test(`${name}: the switch fails and the old model is still there`, async () => {
      const seen = await page.evaluate(async (name) => {
        const completer = await create();
        const before = completer.info.model;
        const failure = await outcome(completer.switchModel(`/${name}.gguf`));
        return {
          failure,
          answer: await who(completer),
          isSame: completer.info.model === before,
          workers: live.size,
          changes: changes.length,
        };
      }, name);
      assert.equal(seen.failure.code, code);
      assert.match(seen.failure.message, message);
      assert.deepEqual([seen.answer, seen.isSame, seen.workers], ["small", true, 1]);
      assert.equal(seen.changes, 1);
    });
  }

  test("a switch can be aborted, which ends its download", async () => {
    const seen = await page.evaluate(async () => {
      const completer = await create();
      const controller = new AbortController();
      const { signal } = controller;
      const switched = outcome(completer.switchModel("/held.gguf", { signal }));
      await until(async () => (await waiting()) === 1);
      controller.abort();
      const failure = await switched;
      await until(async () => (await waiting()) === 0);
      const again = await outcome(completer.switchModel("/large.gguf", { signal }));
      return { failure, again: again.code, answer: await who(completer), workers: live.size };
    });
    assert.equal(seen.failure.code, "cancelled");
    assert.match(seen.failure.message, /^switching the model: aborted$/);
    assert.deepEqual([seen.again, seen.answer, seen.workers], ["cancelled", "small", 1]);
  });

  test("a second switch takes over from the first", async () => {
    const seen = await page.evaluate(async () => {
      const completer = await create();
      const first = outcome(completer.switchModel("/held.gguf"));
      const second = outcome(completer.switchModel("/large.gguf"));
      const outcomes = [await first, await second];
      const third = outcome(completer.switchModel("/held.gguf"));
      // The model that is there is no switch, but ends the one that is under way.
      const back = await outcome(completer.switchModel("/large.gguf"));
      return { outcomes, third: (await third).code, back, answer: await who(completer) };
    });
    assert.equal(seen.outcomes[0].code, "cancelled");
    assert.match(seen.outcomes[0].message, /a newer switch took over/);
    assert.equal(seen.outcomes[1], "done");
    assert.deepEqual([seen.third, seen.back, seen.answer], ["cancelled", "done", "large"]);
  });

  test("dispose ends both, and no switch begins after it", async () => {
    const seen = await page.evaluate(async () => {
      const completer = await create();
      const switched = outcome(completer.switchModel("/held.gguf"));
      const workers = [live.size];
      completer.dispose();
      const failure = await switched;
      workers.push(live.size);
      const later = await outcome(completer.switchModel("/large.gguf"));
      return { failure: failure.code, later: later.code, workers: [...workers, live.size] };
    });
    assert.deepEqual(seen, { failure: "cancelled", later: "cancelled", workers: [2, 0, 0] });
  });

  test("what was set holds for the new model, also what is set while it loads", async () => {
    const seen = await page.evaluate(async () => {
      const completer = await create({ guard: { risky: "medium" }, threshold: 0.25 });
      const read = [];
      await completer.workspace.open({
        name: null,
        list: () => [{ path: "b.py", size: 5, modified: 0 }],
        read: (path) => {
          read.push(path);
          return "x = 1";
        },
      });
      const switched = completer.switchModel("/held.gguf");
      await until(async () => (await waiting()) === 1);
      await completer.setGuard({ risky: "off" });
      completer.setThreshold(0.75);
      await fetch("/let-go");
      await switched;
      await until(() => read.length === 2);
      await until(async () => (await completer.workspace.figures()).files === 1);
      const last = (name) =>
        events.findLast(({ event, model }) => event === name && model === "held");
      await until(() => ["guard", "threshold", "library"].every(last));
      return {
        risky: last("guard").options.risky,
        threshold: last("threshold").threshold,
        library: last("library") !== undefined,
      };
    });
    assert.deepEqual(seen, { risky: "off", threshold: 0.75, library: true });
  });

  test("where it has to, the old model goes first: requests wait, and a failure brings it back", async () => {
    const seen = await page.evaluate(async () => {
      const completer = await create();
      const reasons = [];
      const options = { unloadFirst: true, onUnload: (why) => reasons.push(why) };
      const switched = completer.switchModel("/held.gguf", options);
      const workers = live.size;
      const waited = who(completer);
      await until(async () => (await waiting()) === 1);
      await fetch("/let-go");
      await switched;
      const answers = [await waited];
      const failure = await outcome(completer.switchModel("/fault=too-large.gguf", options));
      answers.push(await who(completer));
      return { workers, answers, failure: failure.code, reasons, told: changes.length };
    });
    assert.deepEqual(seen.answers, ["held", "held"]);
    assert.deepEqual([seen.workers, seen.failure, seen.told], [1, "too-large", 3]);
    assert.equal(seen.reasons.length, 2);
  });

  test("too little memory for both is told with its figures", async () => {
    const seen = await page.evaluate(async () => {
      Object.defineProperty(navigator, "deviceMemory", { value: 0.5, configurable: true });
      const completer = await create();
      const reasons = [];
      const model = { id: "x", url: "/large.gguf", memoryMib: 300 };
      const sha256 = completer.info.model; // any, of the right form
      const failure = await outcome(
        completer.switchModel({ ...model, sha256 }, { onUnload: (why) => reasons.push(why) }),
      );
      await completer.switchModel("/large.gguf", { onUnload: (why) => reasons.push(why) });
      return { reasons, failure: failure.code, answer: await who(completer) };
    });
    assert.deepEqual(seen.reasons, ["0.5 GiB of memory, both models at once need 0.59 GiB"]);
    assert.deepEqual([seen.failure, seen.answer], ["hash-mismatch", "large"]);
  });

  test("what is stored is told, and deleted by its key", async () => {
    const seen = await page.evaluate(async () => {
      const { deleteStoredModel, storedModels } = await import("/package/index.js");
      const none = await storedModels();
      const completer = await create();
      await completer.switchModel("/large.gguf");
      const stored = await storedModels();
      const large = stored.find(({ url }) => url.endsWith("/large.gguf"));
      await deleteStoredModel(large.key);
      return { none, stored, rest: await storedModels() };
    });
    assert.deepEqual(seen.none, []);
    assert.equal(seen.stored.length, 2);
    assert.ok(seen.stored.every(({ bytes, isWhole }) => isWhole && bytes > 2000));
    assert.deepEqual(
      seen.rest.map(({ url }) => new URL(url).pathname),
      ["/small.gguf"],
    );
  });
});
