// Backends that fail in every way, limits, and a configuration that changes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { config, KEY, startEdge } from "./support/edge.mjs";
import { fakeBackend, until } from "./support/fake.mjs";

describe("a single backend that fails", () => {
  let fake, edge;
  const names = [
    "hang-head",
    "hang-first",
    "hang-middle",
    "truncate",
    "mid-event",
    "garbage",
    "html",
    "error-inside",
    "endless",
    "500",
    "429",
    "401",
    "400",
    "redirect",
  ];
  before(async () => {
    fake = await fakeBackend();
    const routing = {
      first_byte_ms: 300,
      idle_ms: 300,
      total_ms: 1000,
      hedge_percent: 0,
      attempts: 2,
      retry_percent: 100,
      breaker: { consecutive: 1000, percent: 100, min_requests: 1000 },
    };
    edge = await startEdge("miniflare", config({ a: fake.url }, { names, routing }));
  });
  after(async () => {
    await edge?.stop();
    await fake?.stop();
  });
  const ask = (model, path = "/v1/completions") =>
    edge.fetch(path, {
      json: {
        model,
        stream: true,
        prompt: `${Math.random()}`,
        messages: [{ role: "user", content: "x" }],
      },
    });

  for (const path of ["/v1/completions", "/v1/chat/completions"]) {
    for (const [name, status, tries] of [
      ["hang-head", 502, 2],
      ["hang-first", 502, 2],
      ["garbage", 502, 2],
      ["html", 502, 2],
      ["error-inside", 502, 2],
      ["500", 502, 2],
      ["401", 502, 2],
      ["redirect", 502, 2],
      ["400", 400, 1],
    ]) {
      test(`${path}: ${name} is ${status}`, async () => {
        const asked = fake.requests.length;
        const response = await ask(name, path);
        const { error } = await response.json();
        assert.equal(response.status, status, error.message);
        assert.ok(error.message && error.type && error.code);
        if (status === 502) assert.equal(response.headers.get("x-ghostlight-fallback"), "local");
        if (status === 400) assert.match(error.message, /context is too long/);
        assert.ok(
          fake.requests.length - asked <= tries && fake.requests.length > asked,
          `${fake.requests.length - asked} tries`,
        );
      });
    }

    for (const name of ["hang-middle", "truncate", "endless"]) {
      test(`${path}: ${name} ends with an error that can be read`, async () => {
        const response = await ask(name, path);
        assert.equal(response.status, 200);
        const text = await response.text().catch(() => "");
        // Wherever a chunk ended in the middle of an event, all that is left is to break off.
        if (name === "endless" && !text.endsWith("\n\n"))
          return assert.ok(!text.includes("[DONE]"));
        const last = text.trimEnd().split("\n\n").at(-1);
        assert.equal(
          JSON.parse(last.replace(/^data: /, "")).error.code,
          "bad_backend",
          text.slice(-200),
        );
      });
    }

    test(`${path}: half an event is not made whole`, async () => {
      const response = await ask("mid-event", path);
      const outcome = await response.text().catch(() => "cut off");
      assert.ok(outcome === "cut off" || !outcome.includes("[DONE]"), outcome);
    });
  }

  test("a backend's 429 is not the client's", async () => {
    const response = await ask("429");
    assert.equal(response.status, 503);
    assert.deepEqual(
      [response.headers.get("retry-after"), response.headers.get("x-ghostlight-fallback")],
      ["1", "local"],
    );
    assert.equal((await response.json()).error.code, "overloaded");
  });
});

describe("several backends", () => {
  test("one that dies costs no client an error", async () => {
    const fakes = await Promise.all([fakeBackend(), fakeBackend(), fakeBackend()]);
    const urls = Object.fromEntries(fakes.map((fake, at) => [`b${at}`, fake.url]));
    const edge = await startEdge(
      "miniflare",
      config(urls, { cache: { enabled: false }, routing: { retry_percent: 100 } }),
    );
    try {
      const round = async (count) => {
        const all = await Promise.all(
          Array.from({ length: count }, (_, at) =>
            edge.fetch("/v1/completions", {
              json: { model: "ok", stream: true, prompt: "x", path: `file-${at}.py` },
            }),
          ),
        );
        const texts = await Promise.all(all.map((response) => response.text()));
        return all
          .filter((response, at) => response.status !== 200 || !texts[at].includes("[DONE]"))
          .map((response) => `${response.status} ${response.headers.get("retry-after") ?? ""}`);
      };
      assert.deepEqual(await round(60), []);
      assert.ok(
        fakes.every((fake) => fake.requests.length > 5),
        "every backend has its share",
      );
      await fakes[1].stop();
      assert.deepEqual(await round(60), [], "retries hide it");
      const asked = fakes.map((fake) => fake.requests.length);
      assert.deepEqual(await round(60), [], "and the breaker keeps everybody away");
      assert.equal(fakes[1].requests.length, asked[1]);
      const metrics = await (await edge.fetch("/metrics", { key: KEY.admin })).text();
      assert.match(metrics, /ghostlight_breaker_open\{backend="b1"\} 1/);
    } finally {
      await edge.stop();
      await Promise.all(fakes.map((fake) => fake.stop()));
    }
  });

  test("a file stays with its backend", async () => {
    const fakes = await Promise.all([fakeBackend(), fakeBackend(), fakeBackend()]);
    const edge = await startEdge(
      "miniflare",
      config(Object.fromEntries(fakes.map((fake, at) => [`b${at}`, fake.url])), {
        cache: { enabled: false },
      }),
    );
    try {
      for (let at = 0; at < 12; at += 1)
        await (
          await edge.fetch("/v1/completions", {
            json: { model: "ok", prompt: `x${at}`, path: "one.py" },
          })
        ).text();
      assert.deepEqual(
        fakes.map((fake) => fake.requests.length).sort((a, b) => a - b),
        [0, 0, 12],
      );
    } finally {
      await edge.stop();
      await Promise.all(fakes.map((fake) => fake.stop()));
    }
  });

  test("a slow first token is hedged once, within the budget, and the loser is aborted", async () => {
    const fakes = await Promise.all([fakeBackend(), fakeBackend()]);
    const edge = await startEdge(
      "miniflare",
      config(
        { b0: fakes[0].url, b1: fakes[1].url },
        { cache: { enabled: false }, routing: { hedge_percent: 5, hedge_min_ms: 250 } },
      ),
    );
    try {
      const ask = async (at) => {
        const start = performance.now();
        const response = await edge.fetch("/v1/completions", {
          json: { model: "ok", stream: true, prompt: `x${at}`, path: "one.py" },
        });
        assert.ok((await response.text()).includes("[DONE]"));
        return performance.now() - start;
      };
      for (let at = 0; at < 60; at += 1) await ask(at);
      const home = fakes[0].requests.length > 0 ? 0 : 1;
      assert.equal(fakes[1 - home].requests.length, 0, "none while all is well");
      fakes[home].first = 1500;
      const time = await ask(100);
      assert.ok(time < 1000, `${time.toFixed(0)} ms`);
      assert.equal(fakes[1 - home].requests.length, 1);
      const slow = fakes[home].requests.at(-1);
      await until(() => slow.closed !== undefined, 1000);
      const all = fakes[0].requests.length + fakes[1].requests.length;
      // Still later than a hedge, of which no more are paid for.
      fakes[home].first = 400;
      for (let at = 0; at < 6; at += 1) await ask(200 + at);
      const hedged = fakes[1 - home].requests.length;
      assert.ok(hedged <= Math.floor((all + 6) * 0.05), `${hedged} hedges of ${all + 6}`);
    } finally {
      await edge.stop();
      await Promise.all(fakes.map((fake) => fake.stop()));
    }
  });

  test("when all are busy a smaller model answers, then nobody", async () => {
    const [large, small] = await Promise.all([fakeBackend(), fakeBackend()]);
    const settings = config({ large: large.url, small: small.url }, { cache: { enabled: false } });
    settings.models = [
      { id: "big", backends: { large: "ok" }, smaller: "tiny" },
      { id: "tiny", backends: { small: "ok" } },
    ];
    const edge = await startEdge("miniflare", settings);
    try {
      large.mode = "429";
      const response = await edge.fetch("/v1/completions", { json: { model: "big", prompt: "x" } });
      assert.deepEqual(
        [response.status, response.headers.get("x-ghostlight-model")],
        [200, "tiny"],
        await response.text(),
      );
      small.mode = "429";
      const start = performance.now();
      const nobody = await edge.fetch("/v1/completions", { json: { model: "big", prompt: "y" } });
      assert.equal(nobody.status, 503);
      assert.equal(nobody.headers.get("x-ghostlight-fallback"), "local");
      assert.ok(performance.now() - start < 1000, "it says so at once");
    } finally {
      await edge.stop();
      await Promise.all([large.stop(), small.stop()]);
    }
  });
});

describe("limits", () => {
  test("a user's tokens come to an end, and others' do not", async () => {
    const fake = await fakeBackend();
    const limits = {
      user: { burst: 200, per_minute: 60 },
      tenant: { burst: 10_000, per_minute: 600 },
      lease_tokens: 0,
    };
    const edge = await startEdge(
      "miniflare",
      config({ a: fake.url }, { limits, cache: { enabled: false } }),
    );
    try {
      const ask = (key) =>
        edge.fetch("/v1/completions", {
          key,
          json: { model: "ok", prompt: "x".repeat(40), max_tokens: 90 },
        });
      // 100 are reserved, 12 are used: what was not used comes back.
      for (let at = 0; at < 8; at += 1)
        assert.equal((await ask(KEY.acme)).status, 200, `request ${at}`);
      let refused;
      for (let at = 0; at < 12 && refused === undefined; at += 1) {
        const response = await ask(KEY.acme);
        if (response.status !== 200) refused = response;
      }
      assert.equal(refused?.status, 429);
      assert.ok(Number(refused.headers.get("retry-after")) >= 1);
      assert.equal((await refused.json()).error.type, "rate_limit_error");
      assert.equal((await ask(KEY.acme2)).status, 200);
    } finally {
      await edge.stop();
      await fake.stop();
    }
  });

  test("the platform's limiter is an outer gate", async () => {
    const fake = await fakeBackend();
    const edge = await startEdge("miniflare", config({ a: fake.url }), {
      miniflare: { ratelimits: { GHOSTLIGHT_GATE: { simple: { limit: 3, period: 60 } } } },
    });
    try {
      const statuses = [];
      for (let at = 0; at < 5; at += 1) statuses.push((await edge.fetch("/v1/models")).status);
      assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    } finally {
      await edge.stop();
      await fake.stop();
    }
  });
});

describe("the configuration", () => {
  test("is renewed from KV, and a bad one is not taken", async () => {
    const fake = await fakeBackend();
    const edge = await startEdge(
      "miniflare",
      config({ a: fake.url }, { server: { reload_seconds: 1 } }),
      { clock: true },
    );
    try {
      const models = async () =>
        (await (await edge.fetch("/v1/models")).json()).data.map((model) => model.id);
      assert.deepEqual(await models(), ["ok"]);
      const kv = await edge.miniflare.getKVNamespace("GHOSTLIGHT_KV");
      const put = async (settings) => {
        await kv.put("config", JSON.stringify(settings));
        await edge.advance(1100);
        await models();
      };
      await put(config({ a: fake.url }, { server: { reload_seconds: 1 }, names: ["ok", "new"] }));
      await until(async () => (await models()).join() === "ok,new");
      await put({ ...config({ a: fake.url }), backends: [{ id: "a", url: "ftp://nowhere" }] });
      await until(async () => (await edge.metric("ghostlight_config_errors_total")) > 0);
      assert.deepEqual(await models(), ["ok", "new"]);
    } finally {
      await edge.stop();
      await fake.stop();
    }
  });

  test("that is bad tells clients nothing", async () => {
    const edge = await startEdge(
      "miniflare",
      '{"auth":{"keys":[]},"backends":[{"id":"secret-name","url":"nowhere"}]}',
    );
    try {
      const response = await edge.fetch("/healthz");
      assert.equal(response.status, 500);
      const text = await response.text();
      assert.equal(JSON.parse(text).error.code, "configuration");
      assert.ok(!text.includes("secret-name"));
    } finally {
      await edge.stop();
    }
  });
});
