// The worker's queue: it waits as long as the engine plans, runs one request at a time, and works ahead in pauses.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Queue } from "../dist/worker/queue.js";
import { FakeClock, settle } from "../test-support/clock.mjs";

/** An engine whose plans and answers the test gives. */
class FakeEngine {
  /** What was called: `name prefix`. */
  calls = [];
  plans = [];
  planned = "";
  running = 0;
  most = 0;
  #pending = null;

  plan({ prefix }) {
    this.calls.push(`plan ${prefix}`);
    this.planned = prefix;
    return { action: "now", delayMs: 0, typed: "", skip: null, ...this.plans.shift() };
  }

  complete(onUpdate) {
    return this.#run(`complete ${this.planned}`, onUpdate);
  }

  warmPlanned() {
    return this.#run(`warm ${this.planned}`);
  }

  warm({ prefix, event = "typed" }) {
    return this.#run(event === "asked" ? `renew ${prefix}` : `warm ${prefix}`);
  }

  lookAhead() {
    return this.#run("ahead");
  }

  warmAfter() {
    return 150;
  }

  aheadAfter() {
    return 300;
  }

  renewAfter() {
    return 600;
  }

  figures() {
    this.calls.push("figures");
    return { threshold: 0.5 };
  }

  explain({ prefix }) {
    this.calls.push(`explain ${prefix}`);
    return { family: "fake" };
  }

  review({ prefix }, text) {
    this.calls.push(`review ${prefix}`);
    if (text === "trap") throw new WebAssembly.RuntimeError("unreachable");
    if (text === "bad") throw { code: "invalid-request", message: "review: bad" };
    return { text };
  }

  alternatives({ prefix }, count) {
    return this.#run(`alternatives ${prefix} ${count}`);
  }

  cancel() {
    this.#pending?.reject({ code: "cancelled", message: "completing: cancelled" });
  }

  update(text) {
    this.#pending.onUpdate({ text });
  }

  async finish(text = "") {
    this.#pending.resolve({ text });
    await settle();
  }

  #run(call, onUpdate) {
    this.calls.push(call);
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject, onUpdate };
    }).finally(() => (this.running -= 1));
  }
}

function setUp(...plans) {
  const engine = new FakeEngine();
  engine.plans = plans;
  const clock = new FakeClock();
  const posted = [];
  const queue = new Queue(
    engine,
    (message) => posted.push(message),
    (error) => assert.fail(error.message),
    clock,
  );
  const ask = (id, prefix, wait = true) => queue.complete(id, { prefix }, wait);
  const work = () => engine.calls.filter((call) => !call.startsWith("plan"));
  return { engine, clock, posted, queue, ask, work };
}

describe("queue", () => {
  test("whoever must not make anybody wait may work while the engine works ahead", async () => {
    const { engine, clock, queue, ask } = setUp({ action: "after", delayMs: 75 });
    queue.warm({ prefix: "a" });
    await clock.advance(150);
    assert.deepEqual([engine.running, queue.isBusy], [1, false]);
    await engine.finish();
    ask(1, "b");
    assert.deepEqual([engine.running, queue.isBusy], [1, false], "its prompt is read in its pause");
    await clock.advance(75);
    assert.equal(queue.isBusy, true, "it is asked, and waits for the prompt");
    await engine.finish();
    assert.deepEqual([engine.running, queue.isBusy], [1, true]);
    await engine.finish("answer");
    assert.equal(queue.isBusy, false);
  });

  test("a request waits as long as the engine plans, and its prompt is read meanwhile", async () => {
    const { engine, clock, posted, ask, work } = setUp({ action: "after", delayMs: 120 });
    ask(1, "x = ");
    await settle();
    assert.deepEqual(work(), ["warm x = "]);
    await engine.finish();
    await clock.advance(119);
    assert.deepEqual(work(), ["warm x = "]);
    await clock.advance(1);
    assert.deepEqual(work(), ["warm x = ", "complete x = "]);
    engine.update("1");
    await engine.finish("1");
    assert.deepEqual(
      posted.map(({ type, id }) => [type, id]),
      [
        ["update", 1],
        ["answer", 1],
      ],
    );
  });

  test("who does not let the engine wait is answered at once", async () => {
    const { ask, work } = setUp({ action: "after", delayMs: 120 });
    ask(1, "x", false);
    await settle();
    assert.deepEqual(work(), ["complete x"]);
  });

  test("of what is typed within the wait only the last is completed", async () => {
    const after = { action: "after", delayMs: 100 };
    const { engine, clock, ask, work } = setUp(after, after, after);
    for (const [id, prefix] of [
      [1, "a"],
      [2, "ab"],
      [3, "abc"],
    ]) {
      ask(id, prefix);
      await clock.advance(60);
    }
    await clock.advance(100);
    await engine.finish();
    assert.deepEqual(
      work().filter((call) => call.startsWith("complete")),
      ["complete abc"],
    );
    assert.equal(engine.most, 1);
  });

  test("a place where nothing is suggested is answered by the plan", async () => {
    const { posted, ask, work } = setUp({ action: "skip", skip: "mid-word" });
    ask(1, "x");
    await settle();
    assert.deepEqual(work(), []);
    assert.equal(posted[0].result.finish, "skipped");
    assert.equal(posted[0].result.skip, "mid-word");
  });

  test("a request that agrees with the running one follows it without waiting", async () => {
    const { engine, posted, ask, work } = setUp({}, { action: "keep", typed: "ab" });
    ask(1, "x");
    engine.update("abc");
    ask(2, "xab");
    engine.update("abcd");
    const updates = posted.filter(({ type }) => type === "update");
    assert.deepEqual(
      updates.map(({ id, update }) => [id, update.text]),
      [
        [1, "abc"],
        [2, "c"],
        [2, "cd"],
      ],
    );
    await engine.finish("abcd");
    assert.deepEqual(work(), ["complete x", "complete xab"]);
    assert.equal(engine.most, 1);
  });

  test("cancelling a request that waits ends the wait", async () => {
    const { engine, clock, posted, queue, ask, work } = setUp({ action: "after", delayMs: 100 });
    ask(1, "x");
    queue.cancel(1);
    await engine.finish();
    await clock.advance(1000);
    assert.deepEqual(work(), ["warm x"]);
    assert.equal(posted[0].error.code, "cancelled");
    assert.equal(clock.waiting, 0);
  });

  test("a method is called when its table says: now, when nothing runs, or in place of work ahead", async () => {
    const { engine, clock, posted, queue, ask, work } = setUp();
    ask(1, "x");
    queue.call({ id: 2, method: "explain", args: [{ prefix: "y" }] });
    queue.call({ id: 3, method: "figures", args: [] });
    assert.deepEqual(work(), ["complete x", "figures"]);
    assert.deepEqual(posted, [{ type: "answer", id: 3, result: { threshold: 0.5 } }]);
    await engine.finish("text");
    assert.deepEqual(work(), ["complete x", "figures", "explain y"]);
    await clock.advance(300);
    queue.call({ id: 4, method: "review", args: [{ prefix: "z" }, "text", "whole"] });
    await settle();
    assert.deepEqual(work().slice(3), ["ahead", "review z"]);
    assert.deepEqual(posted.at(-1), { type: "answer", id: 4, result: { text: "text" } });
  });

  test("requests by name run one at a time, and the newer one counts", async () => {
    const { engine, posted, queue, ask, work } = setUp();
    queue.call({ id: 1, method: "alternatives", args: [{ prefix: "x" }, 3] });
    ask(2, "y");
    await settle();
    assert.deepEqual(work(), ["alternatives x 3", "complete y"]);
    assert.deepEqual(
      [posted[0].type, posted[0].id, posted[0].error.code],
      ["failed", 1, "cancelled"],
    );
    queue.call({ id: 3, method: "alternatives", args: [{ prefix: "z" }, 2] });
    await settle();
    await engine.finish("found");
    assert.deepEqual(posted.at(-1), { type: "answer", id: 3, result: { text: "found" } });
    assert.equal(engine.most, 1);
  });

  test("a call that fails is told; one that traps ends the worker", () => {
    const died = [];
    const { engine, posted } = setUp();
    const queue = new Queue(
      engine,
      (message) => posted.push(message),
      (error) => died.push(error),
    );
    queue.call({ id: 1, method: "review", args: [{ prefix: "x" }, "bad", "whole"] });
    assert.deepEqual(posted, [
      { type: "failed", id: 1, error: { code: "invalid-request", message: "review: bad" } },
    ]);
    assert.deepEqual(died, []);
    queue.call({ id: 2, method: "review", args: [{ prefix: "x" }, "trap", "whole"] });
    assert.deepEqual(died, [{ code: "internal", message: "calling review: unreachable" }]);
  });

  test("it works ahead in pauses, and not before", async () => {
    const { engine, clock, queue, ask, work } = setUp();
    ask(1, "x");
    await engine.finish("text");
    await clock.advance(299);
    assert.deepEqual(work(), ["complete x"]);
    await clock.advance(1);
    assert.deepEqual(work(), ["complete x", "ahead"]);
    queue.warm({ prefix: "elsewhere" });
    await clock.advance(150);
    assert.deepEqual(work(), ["complete x", "ahead", "warm elsewhere"]);
    assert.equal(engine.most, 1);
  });

  test("in a longer pause the prompt is read as it should begin by now", async () => {
    const { engine, clock, queue, ask, work } = setUp();
    ask(1, "x");
    await engine.finish("");
    await clock.advance(599);
    assert.deepEqual(work(), ["complete x"]);
    await clock.advance(1);
    assert.deepEqual(work(), ["complete x", "renew x"]);
    await engine.finish();
    ask(2, "xy");
    await engine.finish("text");
    await clock.advance(300);
    await engine.finish(); // of the work ahead
    await clock.advance(300);
    ask(3, "xyz");
    assert.deepEqual(
      work().slice(2),
      ["complete xy", "ahead", "complete xyz"],
      "a key came before",
    );
    await engine.finish("");
    queue.renew({ prefix: "news" });
    await clock.advance(600);
    assert.deepEqual(work().at(-1), "renew news");
    await engine.finish();
    await clock.advance(10_000);
    assert.deepEqual(work().at(-1), "renew news", "once is enough");
  });

  test("a cursor that moved is read where it is, and what was asked before is not read anew", async () => {
    const { engine, clock, queue, ask, work } = setUp();
    ask(1, "x");
    await engine.finish("text");
    await clock.advance(300);
    queue.warm({ prefix: "elsewhere" });
    await engine.finish(); // of the work ahead
    await clock.advance(150);
    await engine.finish();
    await clock.advance(10_000);
    assert.deepEqual(work(), ["complete x", "ahead", "warm elsewhere"]);
  });

  test("news of the workspace take the place of no work ahead", async () => {
    const { engine, clock, queue, ask, work } = setUp();
    ask(1, "x");
    await engine.finish("text");
    queue.renew({ prefix: "x" });
    await clock.advance(300);
    await engine.finish();
    await clock.advance(600);
    assert.deepEqual(work(), ["complete x", "ahead", "renew x"]);
  });

  test("after a key for which nothing is suggested there is a pause as well", async () => {
    const { clock, ask, work } = setUp({ action: "skip", skip: "mid-word" });
    ask(1, "x");
    await clock.advance(600);
    assert.deepEqual(work(), ["renew x"]);
  });
});
