// The browser suggests what the terminal suggests, to the token: cases of the committed sample of `tests/eval`
// through the package, syntax packs included, compared with what `ghostlight eval` wrote down.
//
// `cargo xtask eval --suite sample --model tiny --no-execute --output tests/eval/sample.outcomes.jsonl` makes that anew.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "./support/browser.mjs";
import { modelPath } from "./support/playground.mjs";
import { serveBytes, startServer } from "./support/server.mjs";

/** Of so many cases one is run: a case takes seconds. */
const EVERY = 3;

/** Languages of the sample that no grammar reads. */
const WITHOUT_GRAMMAR = new Set(["elixir", "haskell", "scss"]);

const lines = (name) =>
  readFileSync(new URL(`../eval/${name}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

const cases = lines("sample.jsonl").filter((_, at) => at % EVERY === 0);
const native = new Map(lines("sample.outcomes.jsonl").map((outcome) => [outcome.id, outcome]));

describe("evaluation", () => {
  let server;
  let browser;
  let opened;

  before(async () => {
    server = await startServer();
    server.routes.set("/model.gguf", serveBytes(readFileSync(modelPath())));
    browser = await launch();
    opened = await openPage(browser, `${server.url}/pages/blank.html`);
    await opened.page.evaluate(async () => {
      const { createCompleter } = await import("/package/index.js");
      window.packs = new Map();
      window.completer = await createCompleter({
        model: "/model.gguf",
        engine: "cpu",
        // The terminal's prompts do not depend on its speed either.
        prefillMs: null,
        onSyntax: (pack, state) => window.packs.set(pack, state),
      });
    });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  // What each is told in stands in `core/loader/tests/open.rs`, and all commands of the terminal say it.
  for (const [name, bytes, code, message] of [
    [
      "text.gguf",
      Buffer.from("# no model\n"),
      "invalid-model",
      /^cannot use text\.gguf: open model: not a GGUF file, .*; give a whole GGUF file, or fetch the model again$/,
    ],
    [
      "cut.gguf",
      readFileSync(modelPath()).subarray(0, 4_000_000),
      "invalid-model",
      /^cannot use cut\.gguf: read .*the file has .*; give a whole GGUF file, or fetch the model again$/,
    ],
  ]) {
    test(`${name}: a file that is no usable model is told as in the terminal`, async () => {
      server.routes.set(`/${name}`, serveBytes(bytes));
      const told = await opened.page.evaluate(async (url) => {
        const { createCompleter } = await import("/package/index.js");
        const created = createCompleter({ model: url, engine: "cpu" });
        return created.then(
          () => null,
          ({ code, message }) => ({ code, message }),
        );
      }, `/${name}`);
      assert.equal(told.code, code);
      assert.match(told.message, message);
    });
  }

  // A pack is fetched when a file of its language is first completed, and that request does without it.
  test("every language that has a pack gets it", async () => {
    await opened.page.evaluate(
      async (paths) => {
        for (const path of paths) {
          await window.completer.complete({ path, prefix: "a", maxTokens: 1 });
        }
      },
      [...new Set(cases.map(({ path }) => path))],
    );
    await opened.page.waitForFunction(() => ![...window.packs.values()].includes("loading"));
    const packs = await opened.page.evaluate(() => [...window.packs]);
    assert.deepEqual(
      packs.filter(([, state]) => state !== "ready"),
      [],
    );
    const languages = new Set(cases.map(({ language }) => language));
    assert.equal(packs.length, [...languages].filter((name) => !WITHOUT_GRAMMAR.has(name)).length);
    assert.ok(packs.length >= 5, `${packs.length} packs`);
  });

  for (const { id, path, prefix, suffix } of cases) {
    test(id, async () => {
      const request = { path, prefix, suffix };
      const seen = await opened.page.evaluate(
        (request) => window.completer.complete(request),
        request,
      );
      const { text, tokens, prompt_tokens: promptTokens } = native.get(id);
      assert.deepEqual(
        { text: seen.text, tokens: seen.tokens, promptTokens: seen.promptTokens },
        { text, tokens, promptTokens },
      );
      // What is left of a text by the filters is left by them, whoever wrote it.
      const reviewed = await opened.page.evaluate(
        ([request, text]) => window.completer.review(request, text, "whole"),
        [request, text],
      );
      assert.equal(reviewed.text, text);
      assert.deepEqual(opened.errors, []);
    });
  }

  test("a text that another model wrote is cut where one of this model's would be", async () => {
    const review = (text, written, more = {}) =>
      opened.page.evaluate(
        async ([request, text, written]) => {
          const { finish, skip, rule, ...rest } = await completer.review(request, text, written);
          return [rest.text, finish, skip ?? rule ?? null];
        },
        [
          { path: "a.py", prefix: "def f(x):\n    return g(", suffix: ")\n", ...more },
          text,
          written,
        ],
      );
    assert.deepEqual(await review("x, 1 + ", "growing"), ["x, 1 +", "length", null]);
    assert.deepEqual(await review("x, 1))\nprint(2)", "growing"), ["x, 1", "stop", null]);
    assert.deepEqual(await review("x, 1))\nprint(2)", "whole"), ["x, 1", "stop", null]);
    const typed = { prefix: "val", suffix: "ue = 1\n", event: "typed" };
    assert.deepEqual(await review("", "growing", typed), ["", "skipped", "mid-word"]);
    const secret = '"ghp_8Zq1mT4vXc7Ry2Wk9Ld3Ns6Bf0Gh5Jp1QaEu"';
    assert.deepEqual(await review(secret, "growing"), ["", "guarded", "github-token"]);
  });
});
