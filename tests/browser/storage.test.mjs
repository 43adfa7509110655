// Model storage against a server that misbehaves: resume, wrong hashes, no network, no OPFS, no room.
//
// The fake engine reports the sha256 of the bytes it read as its model's name,
// so every test here also proves that the right bytes arrived.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { breakAfter, serveBytes } from "./support/server.mjs";
import { bytes, onStoragePages, PATH, prepare, sha256 } from "./support/storage.mjs";

const MODEL = bytes(6_000_000, 1);
const OTHER = bytes(6_000_000, 2);
const HASH = sha256(MODEL);

describe("storage", () => {
  let server;
  let context;
  let page;
  onStoragePages((opened) => ({ server, context, page } = opened));

  const load = (options) => page.evaluate((given) => load(given), options);
  const asked = () => server.requests.filter(({ path }) => path === PATH).map(({ range }) => range);

  /** Answers request n with the n-th route, and all later ones with the last. */
  function inTurn(...routes) {
    let count = 0;
    server.routes.set(PATH, (request, response) => {
      routes[Math.min(count, routes.length - 1)](request, response);
      count += 1;
    });
  }

  test("a model is fetched once and then opened without the network", async () => {
    inTurn(serveBytes(MODEL));
    const first = await load({ sha256: HASH });
    assert.equal(first.sha256, HASH);
    assert.deepEqual(first.last, { stage: "download", done: MODEL.length, total: MODEL.length });

    server.routes.set(PATH, (_request, response) => response.destroy());
    const second = await load({ sha256: HASH });
    assert.equal(second.sha256, HASH);
    assert.deepEqual(second.stages, ["weights"]);
    assert.deepEqual(asked(), [null]);
  });

  test("two tabs at once fetch once, and both can read", async () => {
    inTurn(serveBytes(MODEL));
    const other = await context.newPage();
    await other.goto(`${server.url}/pages/blank.html`);
    await prepare(other);
    const both = await Promise.all([
      load({ sha256: HASH }),
      other.evaluate((hash) => load({ sha256: hash }), HASH),
    ]);
    assert.deepEqual(
      both.map(({ sha256 }) => sha256),
      [HASH, HASH],
    );
    assert.deepEqual(asked(), [null]);
  });

  for (const hash of [HASH, undefined]) {
    const how = hash === undefined ? "without a hash" : "with a hash";

    test(`a broken connection is resumed where it broke, ${how}`, async () => {
      inTurn(
        breakAfter(server, MODEL, 2_500_000),
        breakAfter(server, MODEL, 1_500_000),
        serveBytes(MODEL),
      );
      const seen = await load({ sha256: hash });
      assert.equal(seen.sha256, HASH);
      const starts = asked().map((range) => Number(/\d+/.exec(range ?? "0")[0]));
      assert.equal(starts.length, 3);
      assert.ok(starts[1] > 0 && starts[2] > starts[1], `asked from ${starts}`);
    });

    test(`a visit that ended early is taken up by the next one, ${how}`, async () => {
      // The first visit's server dies for good; its retries find nobody.
      inTurn(breakAfter(server, MODEL, 2_500_000), (_request, response) => response.destroy());
      const first = await load({ sha256: hash });
      assert.equal(first.code, "unreadable");
      const before = asked().length;

      inTurn(serveBytes(MODEL));
      const second = await load({ sha256: hash });
      assert.equal(second.sha256, HASH);
      assert.match(asked()[before], /^bytes=[1-9]\d*-$/);
      assert.equal(asked().length, before + 1);
      assert.equal(second.stages.includes("verify"), hash !== undefined);
    });

    test(`a file that changed meanwhile is fetched from the start, ${how}`, async () => {
      inTurn(
        breakAfter(server, OTHER, 2_500_000, { etag: '"v0"' }),
        serveBytes(MODEL, { etag: '"v1"' }),
      );
      const seen = await load({ sha256: hash });
      assert.equal(seen.sha256, HASH);
      assert.equal(asked().at(-1), null);
    });

    test(`a server without ranges is asked for everything again, ${how}`, async () => {
      const whole = (_request, response) =>
        response.writeHead(200, { "content-length": MODEL.length }).end(MODEL);
      inTurn(breakAfter(server, MODEL, 2_500_000), whole);
      const seen = await load({ sha256: hash });
      assert.equal(seen.sha256, HASH);
    });
  }

  test("a server that does not tell the length", async () => {
    inTurn((_request, response) => response.writeHead(200).end(MODEL));
    const seen = await load({ sha256: HASH });
    assert.equal(seen.sha256, HASH);
    assert.equal(seen.last.total, 0);
  });

  test("a wrong hash is refetched once", async () => {
    inTurn(serveBytes(OTHER), serveBytes(MODEL));
    const seen = await load({ sha256: HASH });
    assert.equal(seen.sha256, HASH);
    assert.deepEqual(asked(), [null, null]);
  });

  test("a hash that stays wrong is an error that names both, and nothing is kept", async () => {
    inTurn(serveBytes(OTHER));
    const seen = await load({ sha256: HASH });
    assert.equal(seen.code, "hash-mismatch");
    assert.ok(seen.message.includes(HASH) && seen.message.includes(sha256(OTHER)), seen.message);
    assert.deepEqual(asked(), [null, null]);

    inTurn(serveBytes(MODEL));
    assert.equal((await load({ sha256: HASH })).sha256, HASH);
    assert.equal(asked().at(-1), null);
  });

  test("a corrupt beginning is caught when the download is taken up", async () => {
    inTurn(breakAfter(server, OTHER, 2_500_000), serveBytes(MODEL));
    const seen = await load({ sha256: HASH });
    assert.equal(seen.sha256, HASH);
    assert.deepEqual(asked().at(-1), null);
  });

  test("404 is an error at once", async () => {
    const seen = await load();
    assert.equal(seen.code, "unreadable");
    assert.match(seen.message, /HTTP 404/);
    assert.equal(asked().length, 1);
  });

  test("a web page in the model's place is an error at once", async () => {
    inTurn((_request, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in</p>"),
    );
    const seen = await load();
    assert.equal(seen.code, "unreadable");
    assert.match(seen.message, /web page/);
  });

  test("a server in trouble is asked again", async () => {
    inTurn((_request, response) => response.writeHead(503).end(), serveBytes(MODEL));
    assert.equal((await load({ sha256: HASH })).sha256, HASH);
  });

  test("offline without a stored copy is an error that says so", async () => {
    inTurn(serveBytes(MODEL));
    // The engine's own files are cached by then; only the model is out of reach.
    await load();
    await page.evaluate(() => ghostlight.clearModelCache());
    await context.setOffline(true);
    const seen = await page.evaluate(() => load({ model: "/other.gguf" }));
    await context.setOffline(false);
    assert.match(seen.code, /unreadable|internal/);
  });

  test("clearing the cache makes the next load fetch again", async () => {
    inTurn(serveBytes(MODEL));
    await load({ sha256: HASH });
    await page.evaluate(() => ghostlight.clearModelCache());
    await page.evaluate(() => ghostlight.clearModelCache());
    await load({ sha256: HASH });
    assert.deepEqual(asked(), [null, null]);
  });

  test("without OPFS the model is held in memory", async () => {
    inTurn(breakAfter(server, OTHER, 2_500_000), serveBytes(OTHER), serveBytes(MODEL));
    const options = { sha256: HASH, workerUrl: "/pages/no-opfs-worker.js" };
    assert.equal((await load(options)).sha256, HASH);
    const before = asked().length;
    assert.equal((await load(options)).sha256, HASH);
    assert.equal(asked().length, before + 1, "nothing was stored");
  });

  test("a File is read in place", async () => {
    const seen = await page.evaluate(async (path) => {
      const file = new File([await (await fetch(path)).arrayBuffer()], "my.gguf");
      return load({ model: file });
    }, "/package/index.js");
    assert.match(seen.sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(seen.stages, ["weights"]);
  });
});

describe("reading by window", () => {
  test("small reads share one window, large ones pass through", async () => {
    const { buffered } = await import("../../web/package/dist/shared/storage.js");
    const data = bytes(5_000_000, 3);
    const calls = [];
    const source = buffered(data.length, (offset, length) => {
      calls.push([offset, length]);
      return data.subarray(offset, offset + length);
    });
    const check = (offset, length) =>
      assert.deepEqual(source.read(offset, length), data.subarray(offset, offset + length));
    check(0, 4);
    check(4, 100);
    check(1_000_000, 48_576);
    assert.equal(calls.length, 1);
    check(1_000_001, 48_576); // leaves the window by one byte
    check(0, 2_000_000);
    check(4_999_999, 1);
    assert.deepEqual(calls.slice(1), [
      [1_000_001, 1 << 20],
      [0, 2_000_000],
      [4_999_999, 1],
    ]);
    assert.throws(() => source.read(4_999_999, 2), { code: "unreadable" });
  });
});
