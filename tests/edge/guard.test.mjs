// What must not be shown is not: secrets, copies, risky code, in streams and whole answers, on both runtimes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, describe, test } from "node:test";
import OpenAI from "openai";
import {
  config,
  fingerprints,
  FINGERPRINTS,
  KEY,
  known,
  RUNTIMES,
  startEdge,
} from "./support/edge.mjs";
import { fakeBackend, spoken, until } from "./support/fake.mjs";

/** Made up; only its form is that of a token. */
const TOKEN = "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5";
const cut = (text, size = 5) => text.match(new RegExp(`[^]{1,${size}}`, "g"));
const secret = cut(`token = "${TOKEN}"\nprint(token)\n`);
const PATHS = ["/v1/completions", "/v1/chat/completions"];
const messages = [{ role: "user", content: "x" }];

for (const runtime of RUNTIMES) {
  describe(`the guard on ${runtime}`, () => {
    let fake, edge, client;
    before(async () => {
      fake = await fakeBackend();
      edge = await startEdge(
        runtime,
        config({ a: fake.url }, { guard: { fingerprints: FINGERPRINTS } }),
      );
      if (edge.miniflare) {
        const bucket = await edge.miniflare.getR2Bucket("GHOSTLIGHT_MODELS");
        await bucket.put(FINGERPRINTS, new Uint8Array(await readFile(fingerprints)).buffer);
      }
      client = new OpenAI({ apiKey: KEY.acme, baseURL: `${edge.url}/v1`, maxRetries: 0 });
    });
    after(async () => {
      await edge?.stop();
      await fake?.stop();
    });
    afterEach(() => Object.assign(fake, { words: undefined, pause: 0, first: 0 }));

    const ask = (path, body = {}, more = {}) =>
      edge.fetch(path, { json: { model: "ok", prompt: "x", messages, ...body }, ...more });
    const metrics = async () => (await edge.fetch("/metrics", { key: KEY.admin })).text();
    const last = (text) =>
      JSON.parse(
        text
          .trimEnd()
          .split("\n\n")
          .at(-1)
          .replace(/^data: /, ""),
      );

    for (const path of PATHS) {
      test(`${path}: a stream ends before a secret begins`, async () => {
        fake.words = secret;
        for (let round = 0; round < 2; round += 1) {
          const response = await ask(path, { stream: true });
          const text = await response.text();
          assert.equal(response.status, 200);
          if (path === PATHS[0]) assert.equal(response.headers.get("x-ghostlight-cache"), "miss");
          assert.ok(text.includes("token") && !text.includes("[DONE]"), text);
          for (const part of cut(TOKEN, 5).slice(1)) assert.ok(!text.includes(part), text);
          const { error } = last(text);
          assert.deepEqual([error.code, error.type], ["guarded", "guard_error"]);
          assert.match(error.message, /rule `github-token`/);
        }
      });

      test(`${path}: a whole answer with a secret is refused`, async () => {
        fake.words = secret;
        for (let round = 0; round < 2; round += 1) {
          const response = await ask(path, { prompt: "whole" });
          assert.equal(response.status, 422);
          assert.equal(response.headers.get("x-ghostlight-fallback"), null);
          const text = await response.text();
          assert.ok(!text.includes("ghp_"), text);
          assert.equal(JSON.parse(text).error.code, "guarded");
        }
      });

      test(`${path}: a copy of a known source ends it`, async () => {
        const source = await readFile(known, "utf8");
        fake.words = cut(
          path === PATHS[0] ? source : `Like this:\n\n\`\`\`python\n${source}\`\`\`\n`,
          9,
        );
        const text = await (await ask(path, { prompt: "known", stream: true })).text();
        assert.match(last(text).error.message, /rule `code-match`/);
        assert.equal((await ask(path, { prompt: "known" })).status, 422);
      });

      test(`${path}: what only begins like a secret passes, byte by byte`, async () => {
        fake.words = ["a ", "gh", "p_", "is how ", "ghp", "_aB3d", " tokens begin", " gh"];
        const response = await ask(path, { prompt: "begins", stream: true });
        assert.equal(await response.text(), spoken(fake.requests.at(-1).body, fake.words));
      });

      test(`${path}: the backend is not read on`, async () => {
        fake.words = [...secret, ...Array.from({ length: 2000 }, () => "and on ")];
        fake.pause = 5;
        const expected = fake.requests.length;
        const text = await (await ask(path, { prompt: "on", stream: true })).text();
        assert.equal(last(text).error.code, "guarded");
        await until(() => fake.requests[expected].closed !== undefined, 2000);
      });
    }

    test("risky code is code of the file's language, or of a fence's", async () => {
      const code = "subprocess.run(f'rm {name}', shell=True)\n";
      fake.words = cut(code);
      const python = { prompt: "import subprocess\n", path: "a.py", stream: true };
      const text = await (await ask(PATHS[0], python)).text();
      assert.match(last(text).error.message, /rule `python-subprocess-shell`/);
      const other = await (await ask(PATHS[0], { ...python, path: "a.md" })).text();
      assert.ok(other.endsWith("data: [DONE]\n\n"), other);
      fake.words = cut(`So:\n\`\`\`python\n${code}\`\`\`\n`);
      const chat = await (await ask(PATHS[1], { stream: true })).text();
      assert.match(last(chat).error.message, /rule `python-subprocess-shell`/);
      fake.words = cut(`Never write ${code}`);
      assert.ok((await (await ask(PATHS[1], { stream: true })).text()).includes("[DONE]"));
    });

    test("whoever shares a request is shown no more", async () => {
      fake.words = secret;
      fake.first = 100;
      const all = await Promise.all(
        Array.from({ length: 6 }, (_, at) =>
          ask(PATHS[0], { prompt: "shared", stream: at % 2 === 0 }),
        ),
      );
      const hows = all.map((response) => response.headers.get("x-ghostlight-cache"));
      assert.deepEqual(hows.filter((how) => how !== "coalesced").length, 1, `${hows}`);
      for (const response of all) {
        const text = await response.text();
        for (const part of cut(TOKEN, 5).slice(1)) assert.ok(!text.includes(part), text);
        assert.equal(
          (response.status === 200 ? last(text) : JSON.parse(text)).error.code,
          "guarded",
        );
      }
    });

    test("the official client gets an error", async () => {
      fake.words = secret;
      await assert.rejects(
        client.completions.create({ model: "ok", prompt: "official" }),
        (error) => {
          assert.ok(error instanceof OpenAI.UnprocessableEntityError);
          assert.equal(error.code, "guarded");
          return true;
        },
      );
      const stream = await client.chat.completions.create({ model: "ok", messages, stream: true });
      await assert.rejects(async () => {
        for await (const part of stream) void part;
      }, OpenAI.APIError);
    });

    test("cuts are counted by rule, and nothing stays reserved", async () => {
      const text = await metrics();
      for (const rule of ["github-token", "code-match", "python-subprocess-shell"])
        assert.match(text, new RegExp(`ghostlight_guard_cuts_total\\{rule="${rule}"\\} [1-9]`));
      assert.match(text, /ghostlight_in_flight\{backend="a"\} 0/);
      assert.match(text, /ghostlight_breaker_open\{backend="a"\} 0/, "the backend is not to blame");
      assert.match(text, /ghostlight_flights 0/);
      assert.ok(!text.includes("ghp_"));
    });

    test("how far text may go", async () => {
      const asked = fake.requests.length;
      for (const [body, more, code] of [
        [{}, { key: KEY.tab }, "private"],
        [{}, { key: KEY.own }, "private"],
        [{}, { headers: { "x-ghostlight-mode": "own-edge" } }, "private"],
        [{}, { headers: { "x-ghostlight-mode": "tab-only" } }, "private"],
        [{}, { headers: { "x-ghostlight-mode": "anywhere" } }, "invalid_request"],
        [{ path: "deploy/.env" }, {}, "private"],
      ]) {
        for (const path of body.path ? PATHS.slice(0, 1) : PATHS) {
          const response = await ask(path, { prompt: "far", ...body }, more);
          assert.equal((await response.json()).error.code, code);
          const isPrivate = code === "private";
          assert.equal(response.status, isPrivate ? 403 : 400);
          assert.equal(response.headers.get("x-ghostlight-fallback"), isPrivate ? "local" : null);
        }
      }
      const changes = [{ op: "add", path: ".env", hash: "0".repeat(64), text: "" }];
      const sync = await edge.fetch("/v1/index/sync", { json: { repo: "r", changes } });
      assert.ok([400, 403].includes(sync.status));
      assert.equal(fake.requests.length, asked, "no backend was asked");
    });
  });
}

describe("the guard's rules", () => {
  test("a cut answer costs what was read, and no more", async () => {
    const fake = await fakeBackend();
    const limits = {
      user: { burst: 200, per_minute: 60 },
      tenant: { burst: 10_000, per_minute: 600 },
      lease_tokens: 0,
    };
    const edge = await startEdge("miniflare", config({ a: fake.url }, { limits }));
    try {
      fake.words = secret;
      // 110 of 200 are reserved each time, about 20 are used.
      for (let at = 0; at < 4; at += 1) {
        const used = () => edge.metric("ghostlight_tokens_total");
        const before = await used();
        const json = { model: "ok", prompt: "x".repeat(40), max_tokens: 100, stream: true };
        const response = await edge.fetch("/v1/completions", { json });
        assert.equal(response.status, 200, `request ${at}: ${await response.clone().text()}`);
        assert.ok((await response.text()).includes("guarded"));
        await until(async () => (await used()) > before);
      }
    } finally {
      await edge.stop();
      await fake.stop();
    }
  });

  test("an answer that was kept under other rules is not given again", async () => {
    const fake = await fakeBackend();
    const settings = (guard) =>
      config(
        { a: fake.url },
        { guard, server: { reload_seconds: 1 }, cache: { kv: true, cache_api: true } },
      );
    const open = settings({ secrets: false, risky: "off" });
    const edge = await startEdge("miniflare", open, { clock: true });
    try {
      fake.words = secret;
      const ask = async () => {
        const response = await edge.fetch("/v1/completions", {
          json: { model: "ok", prompt: "kept" },
        });
        return [response.status, response.headers.get("x-ghostlight-cache")];
      };
      assert.deepEqual(await ask(), [200, "miss"]);
      assert.deepEqual(await ask(), [200, "hit"]);
      const kv = await edge.miniflare.getKVNamespace("GHOSTLIGHT_KV");
      await kv.put("config", JSON.stringify(settings({})));
      await edge.advance(1100);
      await until(async () => (await ask())[0] === 422);
      assert.deepEqual(await ask(), [422, "miss"]);
      assert.ok((await kv.list()).keys.some(({ name }) => name.startsWith("answer:")));
    } finally {
      await edge.stop();
      await fake.stop();
    }
  });

  test("nothing is answered while the fingerprint file cannot be had", async () => {
    const fake = await fakeBackend();
    // None, one that is too long, and one that is none.
    for (const content of [undefined, "x".repeat(200), "nonsense"]) {
      const guard = { fingerprints: "lost.glfp", fingerprint_bytes: 100 };
      const edge = await startEdge("miniflare", config({ a: fake.url }, { guard }));
      try {
        const bucket = await edge.miniflare.getR2Bucket("GHOSTLIGHT_MODELS");
        if (content) await bucket.put("lost.glfp", content);
        for (const path of PATHS) {
          const response = await edge.fetch(path, { json: { model: "ok", prompt: "x", messages } });
          assert.equal(response.status, 503);
          assert.equal(response.headers.get("x-ghostlight-fallback"), "local");
          assert.equal((await response.json()).error.code, "store_unavailable");
        }
        assert.equal((await edge.fetch("/healthz")).status, 200);
      } finally {
        await edge.stop();
      }
    }
    assert.equal(fake.requests.length, 0);
    await fake.stop();
  });

  test("text of the edge goes to backends of its own, with no context that may not", async () => {
    const [own, other] = await Promise.all([fakeBackend(), fakeBackend()]);
    const settings = config(
      { own: own.url, other: other.url },
      { cache: { enabled: false }, privacy: { rules: "edge plans/**\ntab repo vault/**" } },
    );
    settings.backends[0].own = true;
    settings.backends[1].weight = 1000;
    settings.models[0].fim = "prefix-only";
    const edge = await startEdge("miniflare", settings);
    try {
      const ask = (body = {}, more = {}) =>
        edge.fetch("/v1/completions", {
          json: { model: "ok", prompt: "x", path: "a.py", ...body },
          ...more,
        });
      for (let at = 0; at < 8; at += 1) await ask({ path: `f${at}.py` });
      assert.ok(other.requests.length > 4, "most go where the weight is");
      const before = other.requests.length;
      for (let at = 0; at < 8; at += 1) {
        assert.equal((await ask({ path: `plans/f${at}.py` })).status, 200);
        assert.equal((await ask({ path: `f${at}.py` }, { key: KEY.own })).status, 200);
        const headers = { "x-ghostlight-mode": "own-edge" };
        assert.equal((await ask({ path: `f${at}.py` }, { headers })).status, 200);
      }
      assert.equal(other.requests.length, before);
      const vault = await ask({}, { headers: { "x-ghostlight-repo": "vault/keys" } });
      assert.equal(vault.status, 403);
      const snippets = ["b.py", "plans/c.py", ".env"].map((path) => ({ path, text: `of_${path}` }));
      const prompt = async (path) => {
        await (await ask({ path, repo_context: { snippets } })).text();
        return [...own.requests, ...other.requests].sort((a, b) => a.at - b.at).at(-1).body.prompt;
      };
      const open = await prompt("a.py");
      assert.ok(
        open.includes("of_b.py") && !open.includes("of_plans") && !open.includes("of_.env"),
        open,
      );
      const closer = await prompt("plans/a.py");
      assert.ok(
        closer.includes("of_b.py") && closer.includes("of_plans") && !closer.includes("of_.env"),
      );
    } finally {
      await edge.stop();
      await Promise.all([own.stop(), other.stop()]);
    }
  });
});
