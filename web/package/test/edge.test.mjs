// A completer with an edge before it: what the edge has no part in goes to the tab's own engine.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { withEdge } from "../dist/page/edge.js";

/** A completer as somebody may write one: a class with private state. */
class Local {
  #loads = 1;
  calls = [];
  waits = true;

  get info() {
    return { model: `model ${this.#loads}` };
  }

  async switchModel(model) {
    this.#loads += 1;
    this.calls.push(["switchModel", model]);
  }

  async countTokens(text) {
    this.calls.push(["countTokens", text]);
    return this.#loads * text.length;
  }

  async reach(path, options) {
    this.calls.push(["reach", path, options]);
    // By the guard, whatever the edge's rules say.
    if (path.startsWith("guarded") && options === undefined) return "nowhere";
    if (path.startsWith("unknown")) throw new Error("calling reach: the engine is gone");
    return path === ".env" ? "nowhere" : "backend";
  }

  async review() {
    throw new Error("no engine is ready");
  }

  async complete({ prefix }) {
    this.calls.push(["complete", prefix]);
    return { text: "from the tab", finish: "stop" };
  }

  dispose() {
    this.calls.push(["dispose"]);
  }
}

/** Without a mode nothing is sent anywhere. */
function setUp(options = {}) {
  const local = new Local();
  const answers = [];
  const completer = withEdge(local, {
    url: "http://127.0.0.1:9/v1",
    key: "key",
    model: "model",
    onAnswer: ({ from, why }) => answers.push([from, why]),
    ...options,
  });
  return { local, completer, answers };
}

describe("a completer with an edge", () => {
  test("passes on what it does not answer itself, whatever the method is", async () => {
    const { local, completer } = setUp();
    assert.equal(await completer.countTokens("four"), 4);
    await completer.switchModel("other");
    assert.equal(completer.info.model, "model 2");
    assert.equal(await completer.countTokens("four"), 8);
    assert.deepEqual(local.calls, [
      ["countTokens", "four"],
      ["switchModel", "other"],
      ["countTokens", "four"],
    ]);
  });

  test("has what the tab's has and nothing else", () => {
    const { completer } = setUp();
    assert.equal(completer.waits, true);
    assert.ok("countTokens" in completer && "complete" in completer);
    assert.equal(completer.none, undefined);
    assert.ok(!("none" in completer));
  });

  test("completes and ends by its own way", async () => {
    const { local, completer } = setUp();
    assert.equal((await completer.complete({ prefix: "x" })).text, "from the tab");
    completer.dispose();
    assert.deepEqual(local.calls, [["complete", "x"], ["dispose"]]);
  });

  test("asks the tab's engine once how far a file may go, by the rules of the edge", async (t) => {
    const fetched = t.mock.method(
      globalThis,
      "fetch",
      async () => new Response("", { status: 500 }),
    );
    const rules = { mode: "backend", rules: "tab vault/**", repository: "r" };
    const { local, completer, answers } = setUp(rules);
    for (const path of ["a.py", ".env", "a.py"]) await completer.complete({ prefix: "x", path });
    const options = { privacy: "backend", rules: "tab vault/**", repository: "r" };
    assert.deepEqual(
      local.calls.filter(([name, , options]) => name === "reach" && options !== undefined),
      [
        ["reach", "a.py", options],
        ["reach", ".env", options],
      ],
    );
    assert.equal(fetched.mock.callCount(), 1, "the second time it rests");
    assert.deepEqual(answers, [
      ["tab", "server"],
      ["tab", "private"],
      ["tab", "resting"],
    ]);
  });

  test("sends nothing while nobody can say how far it may go, and asks again", async (t) => {
    const fetched = t.mock.method(globalThis, "fetch", async () => assert.fail("sent"));
    const { local, completer, answers } = setUp({ mode: "own-edge" });
    await completer.complete({ prefix: "x", path: "unknown.py" });
    await completer.complete({ prefix: "x", path: "unknown.py" });
    assert.equal(fetched.mock.callCount(), 0);
    assert.deepEqual(answers, [
      ["tab", "private"],
      ["tab", "private"],
    ]);
    assert.ok(local.calls.filter(([name]) => name === "reach").length >= 4);
  });

  test("sends no file that the guard keeps out, whatever the edge's rules let through", async (t) => {
    const fetched = t.mock.method(globalThis, "fetch", async () => assert.fail("sent"));
    const { completer, answers } = setUp({ mode: "backend" });
    await completer.complete({ prefix: "x", path: "guarded.py" });
    assert.equal(fetched.mock.callCount(), 0);
    assert.deepEqual(answers, [["tab", "private"]]);
  });

  test("says how far a file goes with the edge", async () => {
    const { completer } = setUp({ mode: "backend" });
    assert.equal(await completer.reach("a.py"), "backend");
    assert.equal(await completer.reach(".env"), "nowhere");
    assert.equal(await completer.reach("unknown.py"), "nowhere");
  });

  test("an abort settles at once, while nobody has said yet how far the file may go", async () => {
    const { local, completer } = setUp({ mode: "backend" });
    local.reach = () => new Promise(() => undefined);
    const controller = new AbortController();
    const asked = completer.complete({ prefix: "x", path: "a.py" }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await assert.rejects(asked, { code: "cancelled" });
  });
});
