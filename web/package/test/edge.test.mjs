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

  async complete({ prefix }) {
    this.calls.push(["complete", prefix]);
    return { text: "from the tab", finish: "stop" };
  }

  dispose() {
    this.calls.push(["dispose"]);
  }
}

function setUp() {
  const local = new Local();
  // Without a mode nothing is sent anywhere.
  const completer = withEdge(local, { url: "http://127.0.0.1:9/v1", key: "key", model: "model" });
  return { local, completer };
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
});
