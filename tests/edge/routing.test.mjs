// Where requests go: regions, probes by the clock, and how many are made twice.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { config, KEY, startEdge } from "./support/edge.mjs";
import { fakeBackend } from "./support/fake.mjs";

async function withFakes(count, work) {
  const fakes = await Promise.all(Array.from({ length: count }, () => fakeBackend()));
  try {
    await work(fakes);
  } finally {
    await Promise.all(fakes.map((fake) => fake.stop()));
  }
}
const urls = (fakes, names) => Object.fromEntries(names.map((name, at) => [name, fakes[at].url]));
const metrics = async (edge) => (await edge.fetch("/metrics", { key: KEY.admin })).text();

describe("regions", () => {
  test("by the platform's data, then by a header that is trusted, then the default; far ones when near ones are down", () =>
    withFakes(2, async (fakes) => {
      const settings = config(urls(fakes, ["eu", "us"]), {
        cache: { enabled: false },
        regions: [
          { name: "eu", continents: ["EU"], fallback: ["us"] },
          { name: "us", countries: ["US", "CA"], fallback: ["eu"] },
        ],
        routing: { default_region: "eu", retry_percent: 100 },
        server: { trust_region_header: true },
      });
      settings.backends[0].region = "eu";
      settings.backends[1].region = "us";
      const edge = await startEdge("miniflare", settings);
      try {
        let serial = 0;
        /** Which backend a request went to. */
        const where = async (cf, headers = {}) => {
          const before = fakes.map((fake) => fake.requests.length);
          const response = await edge.miniflare.dispatchFetch("http://edge/v1/completions", {
            method: "POST",
            headers: { authorization: `Bearer ${KEY.acme}`, ...headers },
            body: JSON.stringify({
              model: "ok",
              prompt: `x ${(serial += 1)}`,
              path: `${serial}.py`,
            }),
            ...(cf && { cf }),
          });
          assert.equal(response.status, 200, await response.text());
          const names = ["eu", "us"].filter((_, at) => fakes[at].requests.length > before[at]);
          return names.join("+");
        };
        const header = { "x-ghostlight-region": "us" };
        for (let at = 0; at < 5; at += 1) {
          assert.equal(await where({ country: "US", continent: "NA" }), "us");
          assert.equal(await where({ country: "FR", continent: "EU" }), "eu");
          assert.equal(await where({ country: "JP", continent: "AS" }), "eu", "the default");
          assert.equal(await where({ country: "JP", continent: "AS" }, header), "us");
          assert.equal(await where({ country: "FR", continent: "EU" }, header), "eu");
        }
        fakes[1].mode = "500";
        assert.equal(
          await where({ country: "CA", continent: "NA" }),
          "eu+us",
          "tried, then the other",
        );
        for (let at = 0; at < 3; at += 1) await where({ country: "CA", continent: "NA" });
        assert.equal(await where({ country: "CA", continent: "NA" }), "eu", "its breaker is open");
      } finally {
        await edge.stop();
      }
    }));
});

describe("probes by the clock", () => {
  test("a backend that died is found before a client is, and found again", () =>
    withFakes(2, async (fakes) => {
      const edge = await startEdge(
        "miniflare",
        config(urls(fakes, ["a", "b"]), {
          cache: { enabled: false },
          routing: { breaker: { consecutive: 2, open_ms: 300, max_open_ms: 300 } },
        }),
        { clock: true },
      );
      try {
        await edge.fetch("/healthz");
        const worker = await edge.miniflare.getWorker();
        const probe = () => worker.scheduled({ cron: "* * * * *" });
        fakes[1].mode = "500";
        await probe();
        assert.match(await metrics(edge), /ghostlight_breaker_open\{backend="b"\} 0/);
        await probe();
        assert.match(await metrics(edge), /ghostlight_breaker_open\{backend="b"\} 1/);
        assert.ok(fakes[0].requests.every((request) => request.path === "/v1/models"));
        const asked = fakes[1].requests.length;
        for (let at = 0; at < 10; at += 1) {
          const json = { model: "ok", prompt: "x", path: `${at}.py` };
          assert.equal((await edge.fetch("/v1/completions", { json })).status, 200);
        }
        assert.equal(fakes[1].requests.length, asked, "no client's request is spent on it");
        // It is well again: the next probe finds out, and clients' requests come back.
        fakes[1].mode = undefined;
        await edge.advance(350);
        await probe();
        assert.match(await metrics(edge), /ghostlight_breaker_open\{backend="b"\} 0/);
        for (let at = 0; at < 20; at += 1) {
          const json = { model: "ok", prompt: "x", path: `${at}.py` };
          await edge.fetch("/v1/completions", { json });
        }
        assert.ok(fakes[1].requests.filter((request) => request.path !== "/v1/models").length > 0);
        assert.match(await metrics(edge), /ghostlight_in_flight\{backend="b"\} 0/);
      } finally {
        await edge.stop();
      }
    }));
});

describe("hedges", () => {
  test("are at most their share, however many first tokens are slow", () =>
    withFakes(2, async (fakes) => {
      const edge = await startEdge(
        "miniflare",
        config(urls(fakes, ["a", "b"]), {
          cache: { enabled: false },
          routing: { hedge_percent: 5, hedge_min_ms: 20, max_in_flight: 1000 },
        }),
      );
      try {
        let count = 0;
        const ask = async () => {
          count += 1;
          const json = { model: "ok", stream: true, prompt: `${count}`, path: `${count}.py` };
          const response = await edge.fetch("/v1/completions", { json });
          assert.equal(response.status, 200);
          assert.ok((await response.text()).includes("[DONE]"));
        };
        for (let at = 0; at < 40; at += 1) await ask();
        // From here on every first token is later than the 95th percentile so far.
        for (const fake of fakes) fake.first = 150;
        for (let at = 0; at < 8; at += 1) await Promise.all(Array.from({ length: 20 }, ask));
        const hedges = Number(/ghostlight_hedges_total (\d+)/.exec(await metrics(edge))?.[1] ?? 0);
        assert.ok(hedges >= 1 && hedges <= count * 0.05, `${hedges} of ${count}`);
        const made = fakes[0].requests.length + fakes[1].requests.length;
        assert.equal(made, count + hedges, "nobody is asked for more than that");
      } finally {
        await edge.stop();
      }
    }));
});
