// Stores that fail, and stores that are slow, each by itself: what needs them says so, all else goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { config, KEY, startEdge } from "./support/edge.mjs";
import { fakeBackend } from "./support/fake.mjs";

/** Modules before the worker's own that give it another store. */
const ENTRIES = {
  kv: (how) => `
    import worker from "./worker.mjs";
    const ${how};
    const KV = { get: bad, put: bad, list: bad, delete: bad, getWithMetadata: bad };
    const without = (env) => Object.create(env, { GHOSTLIGHT_KV: { value: KV, enumerable: true } });
    export default {
      fetch: (request, env, context) => worker.fetch(request, without(env), context),
    };
    export * from "./worker.mjs";`,
  cache: (how) => `
    const ${how};
    Object.defineProperty(globalThis, "caches", { value: { default: { match: bad, put: bad } } });
    export { default } from "./worker.mjs";
    export * from "./worker.mjs";`,
  limits: (how) => `
    const ${how};
    export class Bad { fetch() { return bad(); } }
    export { default } from "./worker.mjs";
    export * from "./worker.mjs";`,
};
const HOWS = {
  throws: "bad = () => { throw new Error('out of order'); }",
  rejects: "bad = () => Promise.reject(new Error('out of order'))",
  // What ends the wait are the worker's own timeouts, of which a tenth is enough to see it.
  "is slow": `later = globalThis.setTimeout;
    globalThis.setTimeout = (work, after) => later(work, after / 10);
    const bad = () => new Promise((resolve) => later(resolve, 20_000))`,
};

for (const [store, entry] of Object.entries(ENTRIES)) {
  for (const [name, how] of Object.entries(HOWS)) {
    // What gives promises on the platform throws nothing at once.
    if (store === "cache" && name === "throws") continue;
    test(`${store} ${name}: completions go on`, async () => {
      const fake = await fakeBackend();
      const settings = config(
        { a: fake.url },
        {
          server: { body_timeout_ms: 20_000 },
          routing: { first_byte_ms: 20_000, idle_ms: 20_000, hedge_percent: 0 },
          cache: { cache_api: store === "cache", kv: store === "kv" },
          limits: {
            user: { burst: 6000, per_minute: 6000 },
            tenant: { burst: 1_000_000, per_minute: 1_000_000 },
            lease_tokens: 100,
          },
        },
      );
      const miniflare = { entry: entry(how) };
      if (store === "limits")
        miniflare.durableObjects = {
          GHOSTLIGHT_TENANTS: { className: "Bad" },
          GHOSTLIGHT_REPOS: { className: "RepoObject", useSQLite: true },
        };
      const edge = await startEdge("miniflare", settings, { miniflare });
      try {
        const ask = (prompt, more = {}) =>
          edge.fetch("/v1/completions", { json: { model: "ok", prompt, max_tokens: 5, ...more } });
        // A slow configuration in KV costs the first request its timeout.
        await (await edge.fetch("/healthz", { key: null })).text();
        const start = performance.now();
        for (const [prompt, expected] of [
          ["a", "miss"],
          ["b", "miss"],
          ["a", "hit"],
        ]) {
          const response = await ask(prompt, { stream: prompt === "b" });
          assert.equal(response.status, 200, await response.clone().text());
          assert.equal(response.headers.get("x-ghostlight-cache"), expected);
          await response.text();
        }
        const time = performance.now() - start;
        assert.ok(time < 1500, `${time.toFixed(0)} ms`);
        if (store === "limits") {
          // 6,000 a minute are 1,000 in the ten seconds of a lease: so many are lent, and no more.
          const statuses = [];
          for (let at = 0; at < 3; at += 1)
            statuses.push((await ask(`large ${at}`, { max_tokens: 450 })).status);
          assert.deepEqual(statuses[0], 200);
          fake.tokens = 2000;
          await (await ask("used", { max_tokens: 900 })).text();
          const refused = await ask("too much", { max_tokens: 900 });
          assert.equal(refused.status, 429);
          assert.ok(Number(refused.headers.get("retry-after")) <= 10);
          assert.equal(refused.headers.get("x-ghostlight-fallback"), "local");
          const stats = await edge.fetch("/v1/stats");
          assert.equal(stats.status, 503);
          assert.equal((await stats.json()).error.code, "store_unavailable");
        }
        const metrics = await (await edge.fetch("/metrics", { key: KEY.admin })).text();
        assert.match(
          metrics,
          new RegExp(`ghostlight_store_errors_total\\{store="${store}"\\} [1-9]`),
        );
      } finally {
        await edge.stop();
        await fake.stop();
      }
    });
  }
}
