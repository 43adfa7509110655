// Routes, credentials, bodies and errors, on both runtimes.

import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { config, JWT_SECRET, KEY, MODEL_FILE, RUNTIMES, startEdge } from "./support/edge.mjs";
import { fakeBackend } from "./support/fake.mjs";

const base64 = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(Date.now() / 1000);
const claims = (more = {}) => ({
  iss: "https://issuer.example",
  aud: "ghostlight",
  sub: "jo",
  tenant: "acme",
  iat: now() - 5,
  exp: now() + 60,
  scope: "complete",
  ...more,
});
const hs256 = (body, header = { alg: "HS256" }, secret = JWT_SECRET) => {
  const message = `${base64(header)}.${base64(body)}`;
  return `${message}.${createHmac("sha256", secret).update(message).digest("base64url")}`;
};

/** A request for each operation of the document, which is answered well. */
const EXAMPLES = {
  completions: { json: { model: "ok", prompt: "example" } },
  chat: { json: { model: "ok", messages: [{ role: "user", content: "example" }] } },
  models: {},
  model_file: {},
  index_sync: { json: { repo: "example", changes: [] } },
  index_search: { query: "?repo=example&q=nothing" },
  index_delete: { query: "?repo=example" },
  feedback: { key: KEY.closed, json: { model: "ok", event: "shown" } },
  stats: {},
  health: {},
  metrics: { key: KEY.admin },
  openapi: {},
};

/** On workerd the file is among the assets already. */
async function storeModelFile(edge) {
  const bucket = await edge.miniflare?.getR2Bucket("GHOSTLIGHT_MODELS");
  await bucket?.put("ok/ok.bin", MODEL_FILE.toString("latin1"));
}

for (const runtime of RUNTIMES) {
  describe(`the API on ${runtime}`, () => {
    let fake, edge, issuer;
    const keys = [];

    before(async () => {
      fake = await fakeBackend();
      issuer = createServer((_, response) => {
        issuer.asked = (issuer.asked ?? 0) + 1;
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ keys: keys.map((key) => key.jwk) }));
      });
      await new Promise((resolve) => issuer.listen(0, "127.0.0.1", resolve));
      const jwt = {
        issuer: "https://issuer.example",
        audiences: ["ghostlight"],
        algorithms: ["EdDSA", "ES256", "HS256"],
        secret_env: "JWT_SECRET",
        jwks_url: `http://127.0.0.1:${issuer.address().port}/jwks.json`,
        jwks_pause_seconds: 1,
      };
      const settings = config({ a: fake.url }, { server: { body_timeout_ms: 1000 } });
      settings.auth.jwt = jwt;
      settings.backends[0].api_key_env = "BACKEND_KEY";
      settings.experiments = [
        { name: "words", model: "ok", variants: [{ name: "few", default_tokens: 3 }] },
      ];
      edge = await startEdge(runtime, settings, { clock: true });
    });
    after(async () => {
      await edge?.stop();
      await fake?.stop();
      issuer?.close();
    });

    const complete = (options = {}) =>
      edge.fetch("/v1/completions", {
        json: { model: "ok", prompt: "x = ", ...options.body },
        ...options,
      });
    const errorOf = async (response) => ({
      status: response.status,
      ...(await response.json()).error,
    });

    /** What comes back for a request whose end is never sent. */
    async function raw(rest) {
      const { hostname, port } = new URL(edge.url);
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST /v1/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY.acme}\r\n${rest}`,
      );
      let text = "";
      await new Promise((resolve, reject) => {
        socket.on("data", (data) => {
          text += data;
          if (text.includes("}}")) resolve();
        });
        socket.on("end", resolve);
        socket.on("error", reject);
      });
      socket.destroy();
      return text;
    }

    test("a completion, whole and as a stream", async () => {
      const whole = await complete({ body: { prompt: "a" } });
      assert.equal(whole.status, 200);
      assert.equal((await whole.json()).choices[0].text, "w0 w1 w2 ");
      assert.equal(whole.headers.get("x-ghostlight-cache"), "miss");
      assert.equal(whole.headers.get("x-ghostlight-variant"), "words=few");
      const stream = await complete({ body: { prompt: "b", stream: true, suffix: ")" } });
      assert.match(stream.headers.get("content-type"), /^text\/event-stream/);
      const text = await stream.text();
      assert.ok(text.endsWith("data: [DONE]\n\n") && text.includes('"text":"w2 "'), text);
      assert.equal(fake.requests.at(-1).body.suffix, ")");
    });

    test("headers pass by list, both ways", async () => {
      const response = await complete({
        body: { prompt: "headers", stream: true },
        headers: { cookie: "c=1", "x-evil": "1", "x-forwarded-for": "1.2.3.4" },
      });
      await response.text();
      const sent = fake.requests.at(-1).headers;
      assert.equal(sent.authorization, "Bearer backend-key");
      for (const name of ["cookie", "x-evil", "x-forwarded-for", "cf-connecting-ip"])
        assert.equal(sent[name], undefined, name);
      for (const name of ["x-secret-header", "set-cookie"])
        assert.equal(response.headers.get(name), null, name);
      assert.equal(response.headers.get("cache-control"), "no-store");
    });

    test("small routes", async () => {
      assert.deepEqual(await (await edge.fetch("/healthz", { key: null })).json(), {
        status: "ok",
      });
      const document = await (await edge.fetch("/openapi.json", { key: null })).json();
      assert.equal(document.openapi, "3.1.0");
      const models = await (await edge.fetch("/v1/models")).json();
      assert.deepEqual(
        models.data.map((model) => model.id),
        ["ok"],
      );
      const metrics = await (await edge.fetch("/metrics", { key: KEY.admin })).text();
      assert.match(metrics, /ghostlight_requests_total\{route="completions",status="200"\} \d+/);
      assert.match(metrics, /ghostlight_breaker_open\{backend="a"\} 0/);
    });

    test("every documented path answers as the document says", async () => {
      const document = await (await edge.fetch("/openapi.json", { key: null })).json();
      const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
      );
      assert.deepEqual(
        documented.map(({ operation }) => operation.operationId).sort(),
        Object.keys(EXAMPLES).sort(),
        "an example for each",
      );
      await storeModelFile(edge);
      for (const { path, method, operation } of documented) {
        const { query = "", json, key } = EXAMPLES[operation.operationId];
        const isPublic = operation.security?.length === 0;
        const url = path.replace("{model}", "ok").replace("{file}", "ok.bin") + query;
        const options = { method: method.toUpperCase(), json };
        if (!isPublic)
          assert.equal((await edge.fetch(url, { ...options, key: null })).status, 401, url);
        const response = await edge.fetch(url, { ...options, key: isPublic ? null : key });
        const text = await response.text();
        assert.equal(response.status, 200, `${method} ${url}: ${text.slice(0, 200)}`);
        const [kind] = response.headers.get("content-type").split(";");
        const content = operation.responses["200"].content[kind];
        assert.ok(content, `${operation.operationId}: ${kind}`);
        if (kind !== "application/json") continue;
        const name = content.schema.$ref.split("/").at(-1);
        const schema = document.components.schemas[name];
        const forms = schema.oneOf ?? [schema];
        const fits = ({ required = [] }) => required.every((field) => field in JSON.parse(text));
        assert.ok(forms.some(fits), `${name}: ${text.slice(0, 200)}`);
      }
    });

    test("files of models by range", async () => {
      await storeModelFile(edge);
      const path = "/v1/models/ok/files/ok.bin";
      const whole = await edge.fetch(path);
      assert.equal(whole.status, 200);
      assert.deepEqual(Buffer.from(await whole.arrayBuffer()), MODEL_FILE);
      if (edge.miniflare) {
        const part = await edge.fetch(path, { headers: { range: "bytes=10-19" } });
        assert.equal(part.status, 206);
        assert.equal(part.headers.get("content-range"), "bytes 10-19/1000");
        assert.deepEqual(Buffer.from(await part.arrayBuffer()), MODEL_FILE.subarray(10, 20));
        assert.equal((await edge.fetch(path, { headers: { range: "bytes=1000-" } })).status, 416);
      }
      for (const bad of [
        "/v1/models/ok/files/other.bin",
        "/v1/models/ok/files/..%2Fok.bin",
        "/v1/models/no/files/ok.bin",
        "/v1/models/ok/files/%2e%2e",
      ]) {
        assert.equal((await edge.fetch(bad)).status, 404, bad);
      }
    });

    test("who has no credentials gets none of it", async () => {
      for (const key of [null, "wrong", "key-acme ".trim() + "x", ""])
        assert.equal((await complete({ key })).status, 401, key);
      const error = await errorOf(await complete({ key: "wrong" }));
      assert.deepEqual([error.type, error.code], ["authentication_error", "invalid_credentials"]);
      assert.match(error.message, /not known/);
      assert.equal((await errorOf(await complete({ key: KEY.none }))).code, "missing_scope");
      assert.equal((await edge.fetch("/metrics")).status, 403);
      // A tenant is never what a client says that it is.
      const forged = await complete({
        headers: { "x-ghostlight-tenant": "globex", "x-tenant": "globex" },
        body: { prompt: "forged", tenant: "globex" },
      });
      assert.equal(forged.headers.get("x-ghostlight-cache"), "miss");
    });

    test("tokens", async () => {
      const status = async (token) => (await complete({ key: token })).status;
      assert.equal(await status(hs256(claims())), 200);
      const ed = generateKeyPairSync("ed25519");
      keys.push({ jwk: { ...ed.publicKey.export({ format: "jwk" }), kid: "one" } });
      const eddsa = (kid, key = ed.privateKey) => {
        const message = `${base64({ alg: "EdDSA", kid })}.${base64(claims({ jti: kid }))}`;
        return `${message}.${sign(null, Buffer.from(message), key).toString("base64url")}`;
      };
      assert.equal(issuer.asked ?? 0, 0, "a shared secret needs no public keys");
      assert.equal(await status(eddsa("one")), 200);
      // A rotated key is asked for, but not by every token that names a new one.
      const asked = issuer.asked;
      for (let at = 0; at < 5; at += 1) assert.equal(await status(eddsa(`unknown-${at}`)), 401);
      assert.ok(issuer.asked - asked <= 1, `${issuer.asked - asked} fetches`);
      for (const [what, token, code] of [
        ["expired", hs256(claims({ exp: now() - 100, iat: now() - 200 })), "token_expired"],
        ["none", `${base64({ alg: "none" })}.${base64(claims())}.`, "invalid_credentials"],
        ["audience", hs256(claims({ aud: "other" })), "invalid_credentials"],
        [
          "confusion",
          hs256(claims(), { alg: "HS256", kid: "one" }, Buffer.from(keys[0].jwk.x, "base64url")),
          "invalid_credentials",
        ],
        ["future", hs256(claims({ iat: now() + 600, exp: now() + 700 })), "invalid_credentials"],
        ["too long", hs256(claims({ exp: now() + 999999 })), "invalid_credentials"],
        ["not a token", "eyJ.b.c", "invalid_credentials"],
      ]) {
        const error = await errorOf(await complete({ key: token }));
        assert.deepEqual([what, error.status, error.code], [what, 401, code]);
      }
      // The clocks may be half a minute apart, either way, and no more.
      assert.equal(await status(hs256(claims({ iat: now() + 20 }))), 200);
      assert.equal(await status(hs256(claims({ nbf: now() + 20 }))), 200);
      assert.equal(await status(hs256(claims({ iat: now() - 100, exp: now() - 20 }))), 200);
      assert.equal(await status(hs256(claims({ iat: now() - 100, exp: now() - 40 }))), 401);
      assert.equal(await status(hs256(claims({ iat: now() + 45 }))), 401);
    });

    test("tokens of a key that rotates, of either curve", async () => {
      const ec = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
      const token = (kid, key) => {
        const message = `${base64({ alg: "ES256", kid })}.${base64(claims({ jti: `${kid}-${Math.random()}` }))}`;
        const signed = sign("sha256", Buffer.from(message), { key, dsaEncoding: "ieee-p1363" });
        return `${message}.${signed.toString("base64url")}`;
      };
      const status = async (key) => (await complete({ key })).status;
      const [old, young] = [ec(), ec()];
      const jwk = (pair, kid) => ({ jwk: { ...pair.publicKey.export({ format: "jwk" }), kid } });
      const others = keys.splice(0);
      keys.push(jwk(old, "old"));
      await edge.advance(1100);
      assert.equal(await status(token("old", old.privateKey)), 200);
      // The issuer takes another one; the edge knows it as soon as it may ask again.
      keys.splice(0, keys.length, jwk(young, "young"));
      await edge.advance(1100);
      assert.equal(await status(token("young", young.privateKey)), 200);
      assert.equal(await status(token("old", old.privateKey)), 401, "the old one is none any more");
      assert.equal(await status(token("young", old.privateKey)), 401, "nor by another's name");
      keys.splice(0, keys.length, ...others);
    });

    test("modes and privacy of a token", async () => {
      const asked = fake.requests.length;
      const tab = await complete({
        key: hs256(claims({ mode: "tab-only" })),
        body: { prompt: "tab" },
      });
      assert.equal((await errorOf(tab)).code, "private");
      const own = await complete({
        key: hs256(claims({ mode: "own-edge" })),
        body: { prompt: "own" },
      });
      assert.equal((await errorOf(own)).code, "private", "its backends are not its own");
      assert.equal(fake.requests.length, asked);
      assert.equal((await complete({ key: hs256(claims({ mode: "anywhere" })) })).status, 401);
      const closed = { key: hs256(claims({ privacy: "no-store" })), body: { prompt: "closed" } };
      for (let at = 0; at < 2; at += 1)
        assert.equal((await complete(closed)).headers.get("x-ghostlight-cache"), "miss");
    });

    test("malformed bodies", async () => {
      const post = (body, headers = {}) =>
        edge.fetch("/v1/completions", {
          method: "POST",
          body,
          headers: { "content-type": "application/json", ...headers },
        });
      for (const body of ["", "{", "[]", "null", '{"model":', "[".repeat(10_000), "\u0000"]) {
        const error = await errorOf(await post(body));
        assert.deepEqual(
          [error.status, error.type],
          [400, "invalid_request_error"],
          body.slice(0, 20),
        );
      }
      for (const [body, param] of [
        [{ prompt: 5 }, "prompt"],
        [{ max_tokens: "many" }, "max_tokens"],
        [{ n: 99 }, "n"],
        [{ stream: "yes" }, "stream"],
        [{ temperature: 9 }, "temperature"],
        [{ repo_context: 1 }, "repo_context"],
      ]) {
        assert.equal((await errorOf(await complete({ body }))).param, param);
      }
      const unknown = await errorOf(await complete({ body: { model: "nobody" } }));
      assert.deepEqual(
        [unknown.status, unknown.code, unknown.param],
        [404, "model_not_found", "model"],
      );
      assert.equal((await edge.fetch("/v1/nothing")).status, 404);
      const wrong = await edge.fetch("/v1/completions");
      assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
    });

    test("bodies that are too long, said or not", async () => {
      // Told by its head alone: nobody waits for ten megabytes to refuse them.
      const said = await raw(`content-length: ${10 << 20}\r\n\r\n{`);
      assert.match(said, /^HTTP\/1\.1 413[^]*"body_too_large"/);
      let sent = 0;
      const stream = new ReadableStream({
        pull(controller) {
          sent += 1 << 16;
          controller.enqueue(new Uint8Array(1 << 16).fill(32));
          if (sent >= 10 << 20) controller.close();
        },
      });
      const unsaid = await edge
        .fetch("/v1/completions", { method: "POST", body: stream, duplex: "half" })
        .catch((error) => error);
      // The connection may be cut before the error was read; it must not take ten megabytes to say no.
      if (unsaid instanceof Response) assert.equal(unsaid.status, 413);
      assert.ok(sent < 10 << 20, `${sent} bytes were taken`);
    });

    test("a body that does not come", async () => {
      assert.match(await raw("content-length: 100\r\n\r\n{"), /^HTTP\/1\.1 408/);
    });

    test("origins", async () => {
      const ask = (origin, method = "OPTIONS") =>
        edge.fetch("/v1/models", { method, headers: { origin } });
      const allowed = await ask("https://ide.example");
      assert.equal(allowed.status, 204);
      assert.equal(allowed.headers.get("access-control-allow-origin"), "https://ide.example");
      assert.match(allowed.headers.get("access-control-allow-headers"), /authorization/);
      const read = await ask("https://ide.example", "GET");
      assert.deepEqual([read.status, read.headers.get("vary")], [200, "Origin"]);
      for (const origin of ["https://ide.example.evil", "http://ide.example", "null"]) {
        const refused = await ask(origin, "GET");
        assert.deepEqual(
          [refused.status, refused.headers.get("access-control-allow-origin")],
          [403, null],
          origin,
        );
      }
    });

    test("feedback and what becomes of it", async () => {
      const event = (event, count = 1) => ({
        model: "ok",
        language: "rust",
        variant: "words=few",
        event,
        count,
      });
      const send = (json, key) => edge.fetch("/v1/feedback", { json, key });
      assert.equal((await send({ events: [event("shown", 4), event("accepted", 3)] })).status, 200);
      assert.equal((await send(event("shown", 6))).status, 200);
      const stats = await (await edge.fetch("/v1/stats")).json();
      assert.deepEqual(
        [stats.data[0].events.shown, stats.data[0].events.accepted, stats.data[0].acceptance],
        [10, 3, 0.3],
      );
      assert.deepEqual(
        (await (await edge.fetch("/v1/stats", { key: KEY.globex })).json()).data,
        [],
      );
      for (const bad of [
        {},
        event("laughed"),
        { ...event("shown"), text: "secret" },
        { ...event("shown"), model: "x" },
      ]) {
        const status = (await send(bad)).status;
        assert.ok(status === 400 || status === 404, `${status}`);
      }
    });
  });
}
