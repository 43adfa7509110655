// The npm package with an edge before the tab's model: what is sent, and who goes on when the edge is gone.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { initSync, reach as reachOf } from "../../web/package/wasm/cpu/ghostlight_engine.js";
import { launch, openPage } from "../browser/support/browser.mjs";
import {
  BEGINNINGS,
  problem,
  settled,
  startPlayground,
  typeForGhostText,
} from "../browser/support/playground.mjs";
import { serveBytes, startServer } from "../browser/support/server.mjs";
import { config, hash, KEY, startEdge } from "./support/edge.mjs";
import { fakeBackend, until } from "./support/fake.mjs";

/** How far a file may go, as the tab's engine decides. */
const reachIn = (privacy, path, rules = "", repository = "") =>
  reachOf({ privacy, rules, repository }, path);

describe("how far files may go", () => {
  let fake, edge;
  const own =
    "edge plans/**\ntab *.{sql,SQLITE}\nbackend plans/open/*.md\nnowhere a?c[0-9]/x\nedge /top";
  before(async () => {
    const wasm = "../../web/package/wasm/cpu/ghostlight_engine_bg.wasm";
    initSync({ module: await readFile(new URL(wasm, import.meta.url)) });
    fake = await fakeBackend();
    const settings = config(
      { a: fake.url },
      { privacy: { rules: own }, cache: { enabled: false } },
    );
    edge = await startEdge("miniflare", settings);
  });
  after(async () => {
    await edge?.stop();
    await fake?.stop();
  });

  test("the tab and the edge agree", async () => {
    const seen = new Set();
    for (const path of [
      ...[
        "",
        "a.py",
        "src/.env",
        ".ENV.local",
        "deploy/prod.env",
        ".env.example",
        "keys/server.PEM",
      ],
      ...[
        "id_rsa",
        "home/.ssh/config",
        "a/.aws/b/c",
        ".docker/config.json",
        "x/.docker/config.json",
      ],
      ...[
        "plans/a.rs",
        "plans/open/a.md",
        "plans/open/b/a.md",
        "my/plans/a.rs",
        "db/dump.sql",
        "x.sqlite",
      ],
      ...[
        "abc1/x",
        "abc1/x/y",
        "abcd/x",
        "q/abc1/x",
        "a/c1/x",
        "top",
        "sub/top",
        "top/below",
        "./.env",
      ],
      ...[
        "my-credentials.yaml",
        "secrets/readme.md",
        "credentials",
        "wp-config.php",
        "core",
        "score",
      ],
      ...[
        "a\\.env",
        "//.env",
        "ünï/.env",
        "terraform.tfvars",
        "svc/service-account-1.json",
        "x.tar.gz",
      ],
      // Other spellings, and folders of code that are named like files of secrets.
      ...[".env.", "a/%2Eenv", "b/.ENV~", "file:///a/.env", "c/../.env", ".env::$DATA"],
      ...["Shop.Core/a.cs", "src/token/mod.rs", "src/password.rs", "plans/../a.py", "PLANS/a.rs"],
    ]) {
      const response = await edge.fetch("/v1/completions", {
        json: { model: "ok", prompt: "x", path, max_tokens: 1 },
      });
      const reach = reachIn("backend", path, own);
      // The only backend is not the edge's own.
      assert.equal(response.status, reach === "backend" ? 200 : 403, `${path}: ${reach}`);
      seen.add(reach);
      // The edge itself takes what may go as far as it, if that is a path at all.
      const near = await edge.fetch("/v1/index/sync", {
        json: { repo: "r", changes: [{ op: "add", path, hash: hash("x"), text: "x" }] },
        headers: { "x-ghostlight-mode": "own-edge" },
      });
      const isPath = path.split("/").every((part) => !["", ".", ".."].includes(part));
      const taken = ["edge", "backend"].includes(reach) ? 200 : 403;
      assert.equal(near.status, isPath && !path.includes("\\") ? taken : 400, path);
    }
    assert.deepEqual([...seen].sort(), ["backend", "edge", "nowhere", "tab"]);
  });

  test("modes, repositories, and rules that cannot be read", () => {
    const rules = "tab repo github.com/acme/**";
    for (const [mode, path, repository, expected] of [
      ["tab-only", "a.py", "", "tab"],
      ["own-edge", "a.py", "", "edge"],
      ["backend", "a.py", "github.com/other/x", "backend"],
      ["backend", "a.py", "github.com/acme/x", "tab"],
      ["tab-only", ".env", "", "nowhere"],
    ])
      assert.equal(
        reachIn(mode, path, rules, repository),
        expected,
        `${mode} ${path} ${repository}`,
      );
    assert.throws(() => reachIn("anything", "a.py"), { code: "invalid-request" });
    for (const text of [
      "tab",
      "everywhere *",
      "tab {a",
      "tab a}",
      "tab [a",
      "tab a\\b",
      "tab {a,{b}}",
    ])
      assert.equal(reachIn("backend", "a.py", text), "nowhere", text);
  });
});

describe("a completer with an edge", () => {
  let fake, edge, server, browser, context, page, errors, sent;
  const start = async () => {
    edge = await startEdge(
      "miniflare",
      config(
        { a: fake.url },
        {
          server: { cors_origins: [server.url] },
          cache: { enabled: false },
          routing: {
            attempts: 1,
            first_byte_ms: 5000,
            breaker: { consecutive: 1000, min_requests: 1000 },
          },
        },
      ),
      { clock: true },
    );
  };
  before(async () => {
    fake = await fakeBackend();
    server = await startServer();
    server.routes.set("/model.gguf", serveBytes(Buffer.from("not really a model")));
    browser = await launch();
    await start();
  });
  after(async () => {
    await browser?.close();
    await edge?.stop();
    await server?.close();
    await fake?.stop();
  });
  beforeEach(async () => {
    Object.assign(fake, { mode: undefined, words: undefined, tokens: 3, pause: 0, first: 0 });
    ({ context, page, errors } = await openPage(browser, `${server.url}/pages/blank.html`));
    sent = [];
    context.on("request", (request) => {
      if (request.url().endsWith("/v1/completions")) sent.push(request);
    });
    await page.evaluate(
      async ({ url, key }) => {
        const ghostlight = await import("/package/index.js");
        window.create = async (options = {}, model = "/model.gguf") => {
          window.answers = [];
          window.updates = [];
          window.completer = await ghostlight.createCompleter({
            model,
            wasmUrl: "/fake/ok/",
            engine: "cpu",
            edge: {
              url: `${url}/v1`,
              key,
              model: "ok",
              mode: "backend",
              onAnswer: ({ from, why }) => answers.push([from, why]),
              ...options,
            },
          });
          // An edge that may be asked answers meanwhile.
          if (model === "/model.gguf") await completer.ready;
        };
        window.ask = (prefix, path = "a.py", signal) =>
          completer
            .complete({ prefix, path }, { signal, onUpdate: ({ text }) => updates.push(text) })
            .then(
              ({ text }) => ({ text, answers, updates }),
              ({ code, name }) => ({ code, name, answers, updates }),
            );
      },
      { url: edge.url, key: KEY.acme },
    );
  });
  afterEach(async () => {
    assert.deepEqual(errors, [], "the page must have no uncaught errors");
    await context?.close();
  });
  const create = (options) => page.evaluate((options) => create(options), options);
  const ask = (prefix, path) =>
    page.evaluate(([prefix, path]) => ask(prefix, path), [prefix, path]);
  /** What the tab's model, a fake, says. */
  const tab = (text, prefix) => assert.match(text, new RegExp(`^cpu[a-z-]*:${prefix}$`));

  test("nothing is sent until a mode allows it", async () => {
    for (const options of [
      { mode: "tab-only" },
      { mode: undefined },
      { rules: "no rules at all" },
    ]) {
      await create(options);
      const { text, answers } = await ask("x = ");
      tab(text, "x = ");
      assert.deepEqual(answers, [["tab", "private"]]);
    }
    await create({});
    tab((await ask("SECRET=", ".env")).text, "SECRET=");
    assert.deepEqual(sent, []);
  });

  test("the edge answers while the model is on its way", async () => {
    let arrive = () => undefined;
    const arrived = new Promise((resolve) => (arrive = resolve));
    server.routes.set("/later.gguf", async (request, response) => {
      await arrived;
      serveBytes(Buffer.from("a model that took its time"))(request, response);
    });
    await page.evaluate(() => create({}, "/later.gguf"));
    assert.equal((await ask("x = ")).text, "w0 w1 w2 ");
    // Before the model is there, too, a file that may not go there goes nowhere.
    const secret = page.evaluate(() => ask("SECRET=", ".env"));
    assert.equal(
      await page.evaluate(() => completer.reach(".env", { privacy: "backend" })),
      "nowhere",
    );
    assert.equal(sent.length, 1);
    await assert.rejects(
      page.evaluate(() => completer.info),
      /not loaded/,
    );
    arrive();
    await page.evaluate(() => completer.ready);
    tab((await secret).text, "SECRET=");
    assert.equal(sent.length, 1);
    assert.equal(await page.evaluate(() => completer.info.engine), "cpu");
  });

  test("a model that cannot be had leaves the edge", async () => {
    await page.evaluate(() => create({}, "/nothing.gguf"));
    const code = await page.evaluate(() => completer.ready.catch((error) => error.code));
    assert.equal(code, "unreadable");
    assert.equal((await ask("x = ")).text, "w0 w1 w2 ");
    assert.equal((await ask("SECRET=", ".env")).code, "unreadable");
    assert.equal(sent.length, 1);
    // Another one can be chosen in its place.
    await page.evaluate(() => completer.switchModel("/model.gguf"));
    tab((await ask("SECRET=", ".env")).text, "SECRET=");
    await page.evaluate(() => completer.dispose());
  });

  test("a model that is changed before the first one is there is the one that is waited for", async () => {
    server.routes.set("/never.gguf", () => undefined);
    await page.evaluate(() => create({}, "/never.gguf"));
    await page.evaluate(() => completer.switchModel("/model.gguf"));
    await page.evaluate(() => completer.ready);
    assert.equal((await ask("x = ")).text, "w0 w1 w2 ");
  });

  test("the edge answers, and gets no more than it needs", async () => {
    await create({ mode: "own-edge", around: { before: 10 } });
    assert.deepEqual(
      (await ask("x = ")).answers,
      [["tab", "private"]],
      "its backends are not its own",
    );
    assert.equal(sent[0].headers()["x-ghostlight-mode"], "own-edge");
    await create({ around: { before: 10 }, store: false, repository: "r/s" });
    const { text, answers, updates } = await ask("0123456789 half \ud83e");
    assert.deepEqual([text, answers], ["w0 w1 w2 ", [["edge", null]]]);
    assert.deepEqual(updates.at(-1), text);
    assert.ok(updates.length > 0 && updates.every((update) => text.startsWith(update)));
    const request = sent.find((request) => request.headers()["x-ghostlight-repo"] === "r/s");
    assert.equal(request.headers()["cache-control"], "no-store");
    assert.equal(request.headers().cookie, undefined);
    assert.equal(request.postDataJSON().prompt, "789 half \ufffd");
  });

  for (const [name, mode, why] of [
    ["is busy", "429", "local"],
    ["fails", "500", "local"],
    ["is silent before its answer", "hang-head", "timeout"],
    ["is silent before the first word", "hang-first", "timeout"],
  ]) {
    test(`an edge that ${name}: the tab answers, and the edge is left alone`, async () => {
      fake.mode = mode;
      await create({ patience: { first: 300, idle: 300 } });
      const first = await ask("a = ");
      tab(first.text, "a = ");
      const asked = fake.requests.length;
      fake.mode = undefined;
      assert.deepEqual((await ask("b = ")).answers, [
        ["tab", why],
        ["tab", "resting"],
      ]);
      assert.equal(fake.requests.length, asked);
      // A second later, for the page and for the edge.
      await page.evaluate(() => {
        const now = performance.now.bind(performance);
        performance.now = () => now() + 1100;
      });
      await edge.advance(1100);
      assert.equal((await ask("c = ")).text, "w0 w1 w2 ", "and asked again later");
    });
  }

  for (const [mode, why] of [
    ["truncate", "broke-off"],
    ["mid-event", "broke-off"],
    ["hang-middle", "timeout"],
    ["error-later", "broke-off"],
  ]) {
    test(`a stream that ends in mid-sentence (${mode}): the tab goes on from there`, async () => {
      fake.mode = mode;
      await create({ patience: { idle: 300 } });
      const { text, answers, updates } = await ask("a = ");
      const shown = updates[0];
      assert.match(shown, /^(cut|begun|so far) $/);
      assert.ok(text.startsWith(shown));
      tab(text.slice(shown.length), `a = ${shown}`);
      assert.deepEqual(answers, [["both", why]]);
      assert.ok(
        updates.every((update) => update.startsWith(shown)),
        "what is shown stays",
      );
    });
  }

  test("what the edge's guard cuts is shown no more, and the tab does not bring it back", async () => {
    fake.words = ["x = ", "'ghp_aB3dE5gH7j", "K9mN1pQ3sT5vW7yZ9bC1dE3fG5'", "\n"];
    await create({});
    const { text, answers, updates } = await ask("y = ");
    assert.deepEqual([text, answers], ["", [["edge", "guarded"]]]);
    assert.deepEqual(updates, ["x = ", ""]);
  });

  test("the tab ends an edge's text where it would end its own, and the backend is told", async () => {
    fake.words = ["w0 ", "w1 ", "#", ...Array.from({ length: 400 }, () => "more ")];
    fake.pause = 20;
    await create({});
    const expected = fake.requests.length;
    const { text, answers, updates } = await ask("a = ");
    assert.deepEqual([text, answers], ["w0 w1 ", [["edge", null]]]);
    assert.ok(updates.length > 0 && updates.every((update) => text.startsWith(update)));
    await until(() => fake.requests[expected]?.closed !== undefined, 2000);
    assert.equal((await ask("b = ")).text, "w0 w1 ", "which is no fault of the edge");
  });

  test("what the tab's guard cuts of an edge's text is shown no more", async () => {
    fake.words = ["x = ", "eval", "(y)", "\n"];
    await create({});
    const { text, answers, updates } = await ask("a = ");
    assert.deepEqual([text, answers], ["", [["edge", "guarded"]]]);
    assert.equal(updates.at(-1), "");
  });

  test("where the tab would suggest nothing the edge is not asked", async () => {
    await create({});
    const { text, answers } = await ask("a !nowhere");
    tab(text, "a !nowhere");
    assert.deepEqual([answers, sent], [[], []]);
  });

  test("aborting reaches the backend, and a newer request takes over", async () => {
    fake.mode = "endless";
    await create({});
    const expected = fake.requests.length;
    const outcome = page.evaluate(async () => {
      const controller = new AbortController();
      const running = ask("a = ", "a.py", controller.signal);
      while (updates.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort();
      return running;
    });
    assert.deepEqual((await outcome).code, "cancelled");
    await until(() => fake.requests[expected]?.closed !== undefined, 2000);
    const both = await page.evaluate(async () => {
      const first = ask("b = ");
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { code } = await Promise.race([first, ask("c = ")]);
      completer.dispose();
      return code;
    });
    assert.equal(both, "cancelled");
    await until(
      () => fake.requests.slice(expected).every((entry) => entry.closed !== undefined),
      2000,
    );
  });

  test("while keys fall, the edge is asked once, for what stands when they pause", async () => {
    await create({});
    const outcomes = await page.evaluate(async () => {
      const type = (prefix) =>
        completer.complete({ prefix, path: "a.py" }, { wait: true }).then(
          ({ text }) => text,
          ({ code }) => code,
        );
      const running = [];
      for (const prefix of ["d", "de", "def", "def "]) {
        running.push(type(prefix));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return Promise.all(running);
    });
    assert.deepEqual(outcomes, ["cancelled", "cancelled", "cancelled", "w0 w1 w2 "]);
    assert.deepEqual(
      sent.map((request) => request.postDataJSON().prompt),
      ["def "],
    );
    // Who asks by hand does not wait for a pause.
    await page.evaluate(() => ask("by hand "));
    assert.equal(sent.length, 2);
  });

  test("a token that is over is renewed once", async () => {
    await page.evaluate(
      async ([good]) => {
        window.calls = [];
        await create({ key: (expired) => (calls.push(expired), expired ? good : "old") });
      },
      [KEY.acme],
    );
    assert.equal((await ask("a = ")).text, "w0 w1 w2 ");
    assert.deepEqual(await page.evaluate(() => calls), [false, true]);
    await create({ key: "wrong" });
    assert.deepEqual((await ask("a = ")).answers, [["tab", "refused"]]);
  });

  test("the edge is stopped in mid-sentence: the sentence is finished in the tab", async () => {
    Object.assign(fake, { tokens: 400, pause: 20 });
    await create({});
    const running = page.evaluate(() => ask("a = "));
    await page.waitForFunction(() => updates.length > 3);
    await edge.stop();
    edge = undefined;
    const { text, answers } = await running;
    assert.deepEqual(answers, [["both", "broke-off"]]);
    assert.match(text, /^w0 w1 w2 .*cpu[a-z-]*:a = w0 w1 w2 /);
    const next = await ask("b = ");
    tab(next.text, "b = ");
    assert.ok(["resting", "network"].includes(next.answers.at(-1)[1]));
    await start();
  });
});

describe("the playground with an edge", () => {
  test("set by keyboard, shown, and stopped in mid-sentence", async () => {
    // What the tab's filters leave as it is.
    const fake = await fakeBackend();
    fake.words = [" return", " first", " + second"];
    const playground = await startPlayground();
    const browser = await launch();
    let edge;
    try {
      edge = await startEdge(
        "miniflare",
        config(
          { a: fake.url },
          {
            server: { cors_origins: [playground.url] },
            cache: { enabled: false },
          },
        ),
      );
      const { page, errors } = await openPage(browser, `${playground.url}/?engine=cpu&threads=1`);
      const sent = [];
      page.on("request", (request) => request.method() === "POST" && sent.push(request));
      assert.equal(await settled(page), "ready", await problem(page));
      assert.equal(await page.locator("#privacy").textContent(), "Stays in this tab");
      await typeForGhostText(page, "python/stats.py", BEGINNINGS);
      assert.equal(sent.length, 0);

      // No mouse.
      await page.locator("#edge-open").focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Edge" }).waitFor();
      await page.getByLabel("Address").focus();
      await page.keyboard.type(`${edge.url}/v1`);
      await page.keyboard.press("Tab");
      await page.keyboard.type(KEY.acme);
      await page.keyboard.press("Tab");
      await page.keyboard.type("ok");
      await page.keyboard.press("Tab");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      assert.ok(await page.getByLabel("may go to any server behind the edge").isChecked());
      await page.keyboard.press("Enter");
      await page.locator("#edge-dialog").waitFor({ state: "hidden" });
      assert.match(
        await page.locator("#privacy").textContent(),
        /^Goes to 127\.0\.0\.1:\d+, and to any/,
      );
      assert.doesNotMatch(await page.locator("#tagline").textContent(), /Nothing you type leaves/);

      const ghost = await typeForGhostText(page, "python/stats.py", ["\n\ndef one():"]);
      assert.match(ghost, /^\s*return first/);
      assert.equal(await page.locator("#from").textContent(), "edge");

      const names = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi";
      fake.words = names.split(" ").map((name) => `${name}(i), `);
      fake.pause = 100;
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+End");
      const before = await page.evaluate(() => (window.before = window.__ghostlight.lastResult));
      assert.ok(before);
      await page.keyboard.insertText("\n\nfor i in range(10):\n    print(");
      await page.waitForFunction(() =>
        document.querySelector(".cm-ghostText")?.textContent.includes("delta"),
      );
      await edge.stop();
      edge = undefined;
      await page.waitForFunction(() => window.__ghostlight.lastResult !== window.before);
      const shown = await page.locator(".cm-ghostText").textContent();
      assert.match(shown, /^alpha\(i\), beta\(i\), gamma\(i\), delta/, "what was shown stays");
      const answer = await page.evaluate(() => window.__ghostlight.lastAnswer);
      assert.deepEqual(answer, { from: "both", why: "broke-off" });
      await page.keyboard.press("Escape");

      // And ghost text keeps coming, from the tab.
      await typeForGhostText(page, "python/stats.py", BEGINNINGS);
      assert.equal(await page.locator("#from").textContent(), "this tab");
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
      await edge?.stop();
      await playground.close();
      await fake.stop();
    }
  });
});
