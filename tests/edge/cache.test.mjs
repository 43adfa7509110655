// Answers that are given again, to whom, and to whom not.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { config, KEY, startEdge } from "./support/edge.mjs";
import { fakeBackend, until } from "./support/fake.mjs";

describe("the cache", () => {
  let fake, edge;
  const names = ["ok", "truncate", "error-later"];
  before(async () => {
    fake = await fakeBackend();
    edge = await startEdge(
      "miniflare",
      config(
        { a: fake.url },
        {
          names,
          routing: { breaker: { consecutive: 1000, min_requests: 1000 } },
          cache: { ttl_seconds: 2, stale_seconds: 60, cache_api: true, kv: true },
        },
      ),
      { clock: true },
    );
  });
  after(async () => {
    await edge?.stop();
    await fake?.stop();
  });
  afterEach(() => Object.assign(fake, { first: 0, pause: 0 }));

  const complete = async (prompt, { body = {}, ...rest } = {}) => {
    const response = await edge.fetch("/v1/completions", {
      json: { model: "ok", prompt, ...body },
      ...rest,
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return {
      how: response.headers.get("x-ghostlight-cache"),
      text,
      json: () => JSON.parse(text).choices[0].text,
    };
  };

  test("the same request is answered from memory, in either form", async () => {
    const first = await complete("same");
    const asked = fake.requests.length;
    const second = await complete("same");
    assert.deepEqual([first.how, second.how, second.json()], ["miss", "hit", first.json()]);
    const streamed = await complete("same", { body: { stream: true } });
    assert.equal(streamed.how, "hit");
    assert.ok(streamed.text.endsWith("data: [DONE]\n\n"));
    assert.equal(fake.requests.length, asked);
    assert.equal(
      (await complete("same", { key: KEY.acme2 })).how,
      "hit",
      "another user of the tenant",
    );
    assert.equal(
      (await complete("same", { body: { max_tokens: 2 } })).how,
      "miss",
      "another parameter",
    );
    assert.equal((await complete("same", { body: { suffix: "}" } })).how, "miss", "another suffix");
  });

  test("typing what was said is a hit", async () => {
    await complete("line one\n  ", { body: { stream: true } });
    const asked = fake.requests.length;
    const typed = await complete("line one\n  w0 w1");
    assert.deepEqual([typed.how, typed.json()], ["typed-through", " w2 w3 w4 "]);
    assert.equal(fake.requests.length, asked);
    assert.equal((await complete("line one\n  w9")).how, "miss");
  });

  test("a tenant never gets what another one left", async () => {
    await complete("secret of acme");
    assert.equal((await complete("secret of acme", { key: KEY.globex })).how, "miss");
    assert.equal(
      (
        await complete("secret of acme", {
          key: KEY.globex,
          headers: { "x-ghostlight-tenant": "acme" },
        })
      ).how,
      "hit",
      "its own",
    );
    assert.equal((await complete("secret of acmew0", { key: KEY.closed })).how, "miss");
  });

  test("no-store and no-cache", async () => {
    const headers = { "cache-control": "no-store" };
    assert.equal((await complete("private", { headers })).how, "miss");
    assert.equal((await complete("private", { headers })).how, "miss");
    assert.equal((await complete("private")).how, "miss", "nothing was left behind");
    assert.equal(
      (await complete("private", { headers: { "cache-control": "no-cache" } })).how,
      "miss",
    );
  });

  test("only whole answers are kept", async () => {
    for (const model of ["truncate", "error-later"]) {
      for (let at = 0; at < 2; at += 1) {
        const response = await edge.fetch("/v1/completions", {
          json: { model, prompt: "p", stream: true },
        });
        assert.equal(response.headers.get("x-ghostlight-cache"), "miss", model);
        await response.text().catch(() => "");
      }
    }
  });

  test("a stale answer is given while a new one is made", async () => {
    await complete("old");
    await edge.advance(2100);
    const asked = fake.requests.length;
    assert.equal((await complete("old")).how, "hit");
    await until(() => fake.requests.length === asked + 1);
    await until(async () => (await edge.metric("ghostlight_flights")) === 0);
    assert.equal((await complete("old")).how, "hit");
    assert.equal(fake.requests.length, asked + 1);
  });

  for (const stream of [true, false]) {
    test(`many identical requests are one, the first ${stream ? "as a stream" : "whole"}`, async () => {
      const coalesced = () => edge.metric('ghostlight_cache_total{outcome="coalesced"}');
      const before = await coalesced();
      const release = fake.hold();
      const asked = fake.requests.length;
      const prompt = `together ${stream}`;
      const first = complete(prompt, { body: { stream } });
      await fake.request(asked);
      const others = Array.from({ length: 20 }, (_, at) =>
        complete(prompt, { body: { stream: at % 2 === 0 } }),
      );
      await until(async () => (await coalesced()) === before + others.length);
      release();
      const all = await Promise.all([first, ...others]);
      assert.equal(fake.requests.length, asked + 1);
      assert.deepEqual(
        all.map((one) => one.how),
        ["miss", ...others.map(() => "coalesced")],
      );
      const text = (one) =>
        one.text.startsWith("{")
          ? one.json()
          : [...one.text.matchAll(/"text":"([^"]*)"/g)].map((match) => match[1]).join("");
      for (const one of all) assert.equal(text(one), "w0 w1 w2 w3 w4 ", "everybody gets the same");
    });
  }

  test("stores beyond this isolate hold answers, by keys that tell nothing", async () => {
    const kv = await edge.miniflare.getKVNamespace("GHOSTLIGHT_KV");
    const names = async () => (await kv.list()).keys;
    const before = (await names()).length;
    await complete("stored");
    await until(async () => (await names()).length > before);
    const keys = await names();
    for (const { name } of keys) assert.match(name, /^answer:[0-9a-f]{64}$/);
  });

  test("a tenant that wants nothing kept leaves nothing behind", async () => {
    const mark = "ZEBRA-4711";
    const before = (await (await edge.miniflare.getKVNamespace("GHOSTLIGHT_KV")).list()).keys
      .length;
    for (const stream of [true, false]) {
      assert.equal(
        (await complete(`${mark} private`, { key: KEY.closed, body: { stream } })).how,
        "miss",
      );
      assert.equal(
        (await complete(`${mark} private`, { key: KEY.closed, body: { stream } })).how,
        "miss",
      );
    }
    const sync = await edge.fetch("/v1/index/sync", {
      key: KEY.closed,
      json: { repo: "r", changes: [] },
    });
    assert.equal(sync.status, 403);
    // What is kept of a later request is there: by then these would have left something, too.
    await complete("a later request");
    const kv = await edge.miniflare.getKVNamespace("GHOSTLIGHT_KV");
    await until(async () => (await kv.list()).keys.length > before);
    const { keys } = await kv.list();
    assert.equal(keys.length, before + 1);
    for (const { name } of keys) assert.ok(!(await kv.get(name)).includes(mark));
    const metrics = await (await edge.fetch("/metrics", { key: KEY.admin })).text();
    assert.ok(!metrics.includes(mark));
  });
});

describe("stores that fail", () => {
  test("completions go on without KV, cache and limits", async () => {
    const fake = await fakeBackend();
    // Bound to nothing that works: an object's name that does not exist, a store that throws.
    const settings = config({ a: fake.url }, { cache: { cache_api: true, kv: true } });
    const edge = await startEdge("miniflare", settings, {
      miniflare: { durableObjects: {}, kvNamespaces: [], cache: false },
    });
    try {
      for (const prompt of ["a", "b", "a"]) {
        const response = await edge.fetch("/v1/completions", { json: { model: "ok", prompt } });
        assert.equal(response.status, 200, await response.text());
      }
      const stats = await edge.fetch("/v1/stats");
      assert.equal(stats.status, 503);
      assert.equal((await stats.json()).error.code, "store_unavailable");
      const metrics = await (await edge.fetch("/metrics", { key: KEY.admin })).text();
      assert.match(metrics, /ghostlight_store_errors_total\{store="limits"\} [1-9]/);
    } finally {
      await edge.stop();
      await fake.stop();
    }
  });
});
