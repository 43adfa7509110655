// The workspace in the worker: files are read while nobody waits, and the prompt is read ahead once they are there.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { WorkspaceReader } from "../dist/worker/workspace.js";
import { FakeClock, settle } from "../test-support/clock.mjs";

/** A module whose index reads one file a step, and is `globalThis.index`. */
const MODULE = `
  export default async () => {};
  export class WorkspaceIndex {
    waiting = 0;
    steps = 0;
    constructor() { globalThis.index = this; }
    guard() {}
    clear() { this.waiting = 0; }
    begin(files) { return files.map((_, place) => place); }
    change(changes) { this.waiting += changes.length; }
    visit() {}
    packOf() { return null; }
    size() { return { waiting: this.waiting }; }
    step() { this.steps += 1; this.waiting -= 1; return this.waiting; }
    toBytes() { return null; }
  }`;

const changed = (...paths) => paths.map((path) => ({ path, text: "", modified: 0, edited: false }));

async function setUp(...files) {
  const warmed = [];
  const state = { isBusy: false };
  const clock = new FakeClock();
  const reader = new WorkspaceReader(
    {
      files: {
        glue: `data:text/javascript,${encodeURIComponent(MODULE)}#${Math.random()}`,
        wasm: "",
      },
      engine: { setLibrary() {} },
      packs: null,
      isBusy: () => state.isBusy,
      renew: ({ path, prefix }) => warmed.push(`${path} ${prefix}`),
    },
    {},
    clock,
  );
  reader.visit({ path: "a.py", prefix: "x" });
  const places = await reader.open(null, changed(...files));
  reader.change(places.map((place) => changed(...files)[place]));
  return { reader, clock, state, warmed, index: globalThis.index };
}

describe("workspace", () => {
  test("the prompt at the cursor is read ahead once, when all files are there", async () => {
    const { reader, clock, warmed, index } = await setUp("a.py", "b.py", "c.py");
    assert.deepEqual(warmed, []);
    reader.visit({ path: "a.py", prefix: "x = " });
    await clock.advance(1);
    assert.deepEqual([index.steps, warmed], [3, ["a.py x = "]]);
    await clock.advance(10_000);
    assert.equal(warmed.length, 1);
  });

  test("files that come in batches are one piece of news", async () => {
    const { reader, clock, warmed, index } = await setUp();
    await reader.open(null, changed("a.py", "b.py", "c.py"));
    await clock.advance(5_000);
    reader.change(changed("b.py", "a.py"));
    await clock.advance(5_000);
    assert.deepEqual([index.steps, warmed], [2, []]);
    reader.change(changed("c.py"));
    await clock.advance(5_000);
    assert.deepEqual([index.steps, warmed], [3, ["a.py x"]]);
  });

  test("an index that was kept whole is news as well", async () => {
    const { clock, warmed } = await setUp();
    await clock.advance(1);
    assert.deepEqual(warmed, ["a.py x"]);
  });

  test("what is typed into the file of the cursor is no news, another file is", async () => {
    const { reader, clock, warmed } = await setUp("a.py", "b.py");
    await clock.advance(1);
    warmed.length = 0;
    reader.change(changed("a.py"));
    await clock.advance(1);
    assert.deepEqual(warmed, []);
    reader.change(changed("b.py"));
    await clock.advance(1);
    assert.deepEqual(warmed, ["a.py x"]);
  });

  test("no file is read while somebody waits for the engine", async () => {
    const { clock, state, warmed, index } = await setUp("a.py", "b.py");
    state.isBusy = true;
    await clock.advance(1_000);
    assert.deepEqual([index.steps, warmed], [0, []]);
    state.isBusy = false;
    await clock.advance(30);
    assert.deepEqual([index.steps, warmed.length], [2, 1]);
  });

  test("nothing is read ahead for a workspace that was closed", async () => {
    const { reader, clock, warmed, index } = await setUp("a.py", "b.py");
    reader.close();
    await clock.advance(10_000);
    await settle();
    assert.deepEqual([index.steps, warmed], [0, []]);
  });
});
