// Syntax packs in a real browser: every one is fetched, linked, and answers byte for byte as the
// native build does (`core/context/tests/trees.rs` makes the answers).

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, openPage } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const tests = fileURLToPath(new URL("../../core/context/tests/", import.meta.url));

/** The samples of all languages, as `core/context/tests/support/samples.rs` reads them. */
const samples = readdirSync(`${tests}syntax`).map((file) => {
  const name = file.replace(/\.txt$/, "");
  const [path, rest] = readFileSync(`${tests}syntax/${file}`, "utf8").split("\n--- code\n");
  const [prefix, suffix] = rest.split("--- insert\n")[0].split("▮");
  const snapshot = readFileSync(`${tests}snapshots/it__trees__answer-${name}.snap`, "utf8");
  const answer = snapshot.split("\n---\n")[1].replaceAll("\n", "");
  return { name, question: question(0, path, prefix, suffix), answer };
});

/** A question of the engine (`core/context/src/syntax/pack.rs`). */
function question(kind, ...texts) {
  const bytes = [kind];
  for (const text of texts) {
    const encoded = Buffer.from(text);
    let length = encoded.length;
    for (; length >= 128; length >>= 7) bytes.push((length & 127) | 128);
    bytes.push(length, ...encoded);
  }
  return bytes;
}

describe("syntax packs", () => {
  let server;
  let browser;
  let opened;

  before(async () => {
    server = await startServer();
    browser = await launch();
    opened = await openPage(browser, `${server.url}/pages/blank.html`);
    await opened.page.evaluate(async () => {
      const { SyntaxPacks } = await import("/package/syntax.js");
      window.states = [];
      const { syntaxFiles } = await import("/package/page/assets.js");
      window.files = syntaxFiles({ wasmUrl: "/wasm" });
      window.packs = new SyntaxPacks(window.files, (...state) => window.states.push(state));
      window.hex = (bytes) =>
        bytes === null ? null : Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
    });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test("there are as many as languages", async () => {
    assert.equal(samples.length, 24);
    const files = await opened.page.evaluate(() => Object.keys(window.files));
    const names = ["runtime", ...samples.map(({ name }) => name)];
    assert.deepEqual(files.sort(), names.sort());
  });

  for (const { name, question, answer } of samples) {
    test(`${name} answers as the native build`, async () => {
      const got = await opened.page.evaluate(
        async ([name, bytes]) => {
          const question = Uint8Array.from(bytes);
          const early = window.packs.ask(name, question);
          await window.packs.load(name);
          for (
            let i = 0;
            i < 1000 && !window.states.some(([n, s]) => n === name && s !== "loading");
            i++
          ) {
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          return {
            early,
            late: window.hex(window.packs.ask(name, question)),
            states: window.states,
          };
        },
        [name, question],
      );
      assert.equal(got.early, null, "nothing is there before it was fetched");
      const states = got.states.filter(([pack]) => pack === name);
      assert.deepEqual(states, [
        [name, "loading", null],
        [name, "ready", null],
      ]);
      assert.equal(got.late, answer);
    });
  }

  test("a grammar that the page does not deploy is neither asked for nor a fault", async () => {
    const before = server.requests.length;
    const got = await opened.page.evaluate(async () => {
      const { SyntaxPacks } = await import("/package/syntax.js");
      const { syntaxFiles } = await import("/package/page/assets.js");
      const wasmParts = ["cpu", "syntax/runtime", "syntax/python"];
      const files = syntaxFiles({ wasmUrl: "/wasm", wasmParts });
      const states = [];
      const packs = new SyntaxPacks(files, (...state) => states.push(state));
      const answers = [
        packs.ask("rust", new Uint8Array([0])),
        packs.askAtCursor("rust", new Uint8Array([0])),
      ];
      return { files: Object.keys(files).sort(), states, answers, isLoading: packs.isLoading };
    });
    assert.deepEqual(got, {
      files: ["python", "runtime"],
      states: [],
      answers: [null, null],
      isLoading: false,
    });
    const packs = server.requests.slice(before).filter(({ path }) => path.endsWith(".wasm"));
    assert.deepEqual(packs, []);
  });

  test("a pack that is not there fails once and does not disturb", async () => {
    const got = await opened.page.evaluate(async () => {
      const question = new Uint8Array([0]);
      window.files.absent = new URL("/wasm/syntax/absent.wasm", location.href).href;
      for (const name of ["nonsense", "absent"]) await window.packs.load(name);
      const answers = ["nonsense", "absent", "json"].map((name) =>
        window.packs.ask(name, question),
      );
      const failed = window.states.filter(([, state]) => state === "failed");
      return { answers, failed };
    });
    assert.deepEqual(got.answers, [null, null, null]);
    assert.deepEqual(got.failed, [
      ["nonsense", "failed", "fetching the syntax pack nonsense: there is none"],
      ["absent", "failed", "fetching the syntax pack absent: status 404"],
    ]);
    assert.deepEqual(opened.errors, []);
  });
});
