// What is kept as a model and for how long: wrong answers, codings, full disks, signed addresses, and errors that name their cause.
//
// The fake engine reads any bytes as a model and tells their sha256; where a file has to be
// refused for what is in it, the real one does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, test } from "node:test";
import { openPage } from "./support/browser.mjs";
import { serveBytes, startServer } from "./support/server.mjs";
import { bytes, onStoragePages, PATH, prepare, sha256 } from "./support/storage.mjs";

const TINY = readFileSync(new URL("../conformance/families/qwen2.gguf", import.meta.url));

describe("stored models", () => {
  let browser;
  let server;
  let context;
  let page;
  onStoragePages((opened) => ({ browser, server, context, page } = opened));

  const load = (options) => page.evaluate((given) => load(given), options);
  const asked = (path = PATH) => server.requests.filter((request) => request.path === path).length;
  const stored = () => page.evaluate(() => ghostlight.storedModels());
  const answer = (headers, body) => (_request, response) =>
    response.writeHead(200, headers).end(body);

  const wrong = {
    "a Git LFS pointer": `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 98362432\n`,
    "JSON": ' {"error":"rate limit exceeded"}',
    "a web page": "\n<!DOCTYPE html><html><body>Please sign in</body></html>",
    "XML": '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "a gzip file": gzipSync(TINY),
    "a zip file": Buffer.concat([Buffer.from("PK\x03\x04"), bytes(600, 1)]),
    "a safetensors file": Buffer.concat([Buffer.from([2, 1, 0, 0, 0, 0, 0, 0]), Buffer.from('{"__metadata__":{}}')]),
    "an empty file": "",
  }; // prettier-ignore
  for (const [what, body] of Object.entries(wrong)) {
    test(`${what} in a model's place is named, and not kept`, async () => {
      const type = { "content-type": "application/octet-stream" };
      server.routes.set(PATH, answer(type, body));
      const seen = await load();
      assert.equal(seen.code, "unreadable");
      assert.ok(seen.message.includes(`what came is ${what}`), seen.message);
      assert.equal(asked(), 1);
      assert.deepEqual(await stored(), []);
      server.routes.set(PATH, serveBytes(TINY));
      assert.equal((await load()).sha256, sha256(TINY));
    });
  }

  // The engine's reader has the last word.
  for (const [what, body, requests] of [
    ["bytes of nothing", bytes(5_000, 3), 1],
    ["text", Buffer.from("please sign in ".repeat(200)), 1],
    ["half a model", TINY.subarray(0, TINY.length / 2), 2],
    ["a damaged header", Buffer.concat([TINY.subarray(0, 24), bytes(5_000, 4)]), 2],
  ]) {
    test(`${what} is not kept once it was read`, async () => {
      server.routes.set(PATH, serveBytes(body));
      const real = { wasmUrl: "/wasm/" };
      const seen = await load(real);
      assert.equal(seen.code, "invalid-model", seen.message);
      assert.equal(asked(), requests, "what begins as a model does is fetched once more");
      assert.equal(seen.notices.length, requests - 1);
      assert.deepEqual(await stored(), []);
      server.routes.set(PATH, serveBytes(TINY));
      assert.equal((await load(real)).code, undefined);
    });
  }

  test("a stored file that was damaged is fetched anew, and that is said", async () => {
    const bad = Buffer.concat([TINY.subarray(0, 24), bytes(TINY.length - 24, 5)]);
    server.routes.set(PATH, serveBytes(bad));
    // The fake engine takes it, as a disk may have spoilt it later.
    await load();
    server.routes.set(PATH, serveBytes(TINY));
    const seen = await load({ wasmUrl: "/wasm/" });
    assert.equal(seen.code, undefined, seen.message);
    assert.match(seen.notices[0], /fetching the model anew$/);
    const again = await load({ wasmUrl: "/wasm/" });
    assert.deepEqual([again.code, again.notices, asked()], [undefined, [], 2]);
  });

  test("a wrong hash is fetched anew, and that is said", async () => {
    let count = 0;
    const [good, bad] = [serveBytes(TINY), serveBytes(bytes(5_000, 6))];
    server.routes.set(PATH, (request, response) => (count++ === 0 ? bad : good)(request, response));
    const seen = await load({ sha256: sha256(TINY) });
    assert.equal(seen.sha256, sha256(TINY));
    assert.match(seen.notices[0], /sha256 is .*, expected .*; fetching it anew/);
  });

  for (const [coding, pack] of [
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ]) {
    for (const [where, cross, expose] of [
      ["of the page's origin", false, false],
      ["of another origin", true, false],
      ["of another origin that tells the coding", true, true],
    ]) {
      // One that shrinks, and one that grows: the length is more or less than what is read.
      for (const [how, model] of [
        ["shrinks", Buffer.alloc(3_000_000, "a model of zeros and words ")],
        ["grows", bytes(100_000, 7)],
      ]) {
        test(`${coding} that ${how}, ${where}, is read whole`, async () => {
          const other = cross ? await startServer() : server;
          const body = coding === "br" && how === "grows" ? pack(Buffer.from(model)) : pack(model);
          other.routes.set(
            PATH,
            answer(
              {
                "content-type": "application/octet-stream",
                "content-encoding": coding,
                "content-length": body.length,
                "access-control-allow-origin": "*",
                ...(expose && { "access-control-expose-headers": "content-encoding" }),
              },
              body,
            ),
          );
          for (const hash of [undefined, sha256(model)]) {
            const seen = await load({ model: `${other.url}${PATH}`, sha256: hash });
            assert.equal(seen.sha256, sha256(model), seen.message);
            assert.ok(seen.last.total === 0 || seen.last.done <= seen.last.total);
            // From the store.
            assert.equal(
              (await load({ model: `${other.url}${PATH}`, sha256: hash })).sha256,
              sha256(model),
            );
          }
          if (cross) await other.close();
        });
      }
    }
  }

  test("without room the model is held in memory, and that is said", async () => {
    const model = bytes(6_000_000, 1);
    server.routes.set(PATH, serveBytes(model));
    const session = await context.newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: 1e6 });
    const seen = await load({ sha256: sha256(model) });
    assert.equal(seen.sha256, sha256(model), seen.message);
    assert.match(seen.notices[0], /6\.0 MB needed.*held in memory/);
    assert.deepEqual(await stored(), []);
  });

  test("a disk that is full before the length is known is no error either", async () => {
    const model = bytes(6_000_000, 1);
    server.routes.set(PATH, answer({ "content-type": "application/octet-stream" }, model));
    const session = await context.newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: 3e6 });
    const seen = await load();
    assert.equal(seen.sha256, sha256(model), seen.message);
    assert.match(seen.notices[0], /held in memory/);
  });

  test("old models make room for a new one on a disk that is full", async () => {
    const models = [bytes(2_000_000, 1), bytes(2_000_000, 2), bytes(2_000_000, 3)];
    models.forEach((model, at) => server.routes.set(`/${at}.gguf`, serveBytes(model)));
    for (const at of [0, 1]) await load({ model: `/${at}.gguf` });
    const session = await context.newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: 5e6 });
    const seen = await load({ model: "/2.gguf" });
    assert.deepEqual([seen.sha256, seen.notices], [sha256(models[2]), []]);
    const names = (await stored()).map(({ url }) => new URL(url).pathname);
    assert.equal(names[0], "/2.gguf");
    assert.ok(!names.includes("/0.gguf"), "the one used least recently went");
  });

  test("stored models keep to a budget, the one used least recently goes first", async () => {
    for (const at of [0, 1, 2, 3])
      server.routes.set(`/${at}.gguf`, serveBytes(bytes(1_000_000, at)));
    const storageBudget = 3_000_000;
    for (const at of [0, 1, 2]) await load({ model: `/${at}.gguf`, storageBudget });
    // Opened again, it is not the oldest any more.
    await load({ model: "/0.gguf", storageBudget });
    await load({ model: "/3.gguf", storageBudget });
    const names = async () => (await stored()).map(({ url }) => new URL(url).pathname);
    assert.deepEqual(await names(), ["/3.gguf", "/0.gguf", "/2.gguf"]);
    const [newest] = await stored();
    assert.ok(newest.isWhole && newest.bytes === 1_000_000);
    await page.evaluate((key) => ghostlight.deleteStoredModel(key), newest.key);
    assert.deepEqual(await names(), ["/0.gguf", "/2.gguf"]);
    // A model that is larger than all may be together is kept alone.
    await load({ model: "/1.gguf", storageBudget: 1 });
    assert.deepEqual(await names(), ["/1.gguf"]);
  });

  test("an address that is signed anew is the same model, and no signature is stored", async () => {
    server.routes.set(PATH, serveBytes(TINY));
    for (const signature of ["one", "two", "three"]) {
      const model = `${PATH}?v=1&X-Amz-Algorithm=A&X-Amz-Date=${signature}&X-Amz-Signature=${signature}#x`;
      assert.equal((await load({ model })).sha256, sha256(TINY));
    }
    assert.equal(asked(), 1);
    const [only, ...others] = await stored();
    assert.deepEqual([only.url, others], [`${server.url}${PATH}?v=1`, []]);
    // Nor is one told.
    server.routes.set("/other.gguf", answer({}, "{}"));
    for (const model of ["/other.gguf?X-Amz-Signature=four", "/none.gguf?X-Amz-Signature=four"]) {
      const { message } = await load({ model });
      assert.ok(message.includes(".gguf") && !message.includes("four"), message);
    }
  });

  test("a server of another origin that does not allow it is told from one that is not there", async () => {
    const other = await startServer();
    other.routes.set(PATH, serveBytes(TINY));
    const seen = await load({ model: `${other.url}${PATH}` });
    assert.equal(seen.code, "unreadable");
    assert.match(seen.message, /\(CORS\): it has to send Access-Control-Allow-Origin/);
    await other.close();
    const gone = await load({ model: `${other.url}${PATH}` });
    assert.match(gone.message, /no answer from 127\.0\.0\.1/);
  });

  test("a policy of the page's that forbids it is named", async () => {
    const strict = await startServer({
      headers: { "content-security-policy": "connect-src 'self'" },
    });
    const opened = await openPage(browser, `${strict.url}/pages/blank.html`);
    await prepare(opened.page);
    const seen = await opened.page.evaluate((url) => load({ model: url }), `${server.url}${PATH}`);
    assert.match(seen.message, /content security policy forbids .*: add it to connect-src/);
    assert.equal(asked(), 0);
    await opened.context.close();
    await strict.close();
  });

  test("a worker that cannot be started says where it has to be", async () => {
    for (const workerUrl of ["/none.js", "https://elsewhere.example/worker.js"]) {
      const seen = await load({ workerUrl });
      assert.equal(seen.code, "internal");
      assert.match(seen.message, /`workerUrl`.*worker-src/, workerUrl);
    }
  });
});
