// The index of repositories, on both runtimes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { config, hash, KEY, RUNTIMES, startEdge } from "./support/edge.mjs";
import { fakeBackend } from "./support/fake.mjs";

const put = (path, text, op = "add") => ({ op, path, hash: hash(text), text });

for (const runtime of RUNTIMES) {
  describe(`the index on ${runtime}`, () => {
    let fake, edge;
    before(async () => {
      fake = await fakeBackend();
      edge = await startEdge(
        runtime,
        config(
          { a: fake.url },
          { index: { tenants: ["acme", "globex"], repo_bytes: 20_000, repo_files: 10 } },
        ),
      );
    });
    after(async () => {
      await edge?.stop();
      await fake?.stop();
    });
    const sync = async (json, key) => {
      const response = await edge.fetch("/v1/index/sync", { json, key });
      return { status: response.status, ...(await response.json()) };
    };
    const search = async (repo, q, key, more = "") => {
      const response = await edge.fetch(
        `/v1/index/search?repo=${encodeURIComponent(repo)}&q=${encodeURIComponent(q)}${more}`,
        { key },
      );
      return { status: response.status, ...(await response.json()) };
    };
    const FILES = [
      put("src/http.rs", "fn parseHttpHeader(text: &str) -> Header {\n    split(text)\n}\n"),
      put("src/cache.rs", "struct Cache {\n    entries: Vec<Entry>,\n}\n"),
      put("notes.md", "Nothing about code.\n"),
    ];

    test("files come in, are found best first, change and go", async () => {
      const first = await sync({ repo: "team/app", changes: FILES });
      assert.deepEqual([first.status, first.changed, first.files], [200, 3, 3]);
      const again = await sync({ repo: "team/app", changes: FILES });
      assert.deepEqual([again.changed, again.unchanged], [0, 3], "sent twice, done once");
      const found = await search("team/app", "where is the http header parsed?");
      assert.deepEqual([found.results[0].path, found.results[0].line], ["src/http.rs", 1]);
      await sync({
        repo: "team/app",
        changes: [
          put("src/http.rs", "fn other() {}\n", "change"),
          { op: "delete", path: "notes.md" },
        ],
      });
      assert.deepEqual((await search("team/app", "split")).results, []);
      assert.deepEqual((await search("team/app", "nothing")).results, []);
      assert.equal((await search("team/app", "other")).results.length, 1);
    });

    test("a sync that was interrupted goes on", async () => {
      await sync({ repo: "resumed", changes: [FILES[0]] });
      const manifest = [
        ...FILES.map(({ path, hash }) => ({ path, hash })).slice(1),
        { path: "src/http.rs", hash: "0" },
      ];
      const { need, extra } = await sync({ repo: "resumed", manifest });
      assert.deepEqual([need.sort(), extra], [["notes.md", "src/cache.rs", "src/http.rs"], []]);
      await sync({ repo: "resumed", changes: FILES });
      const rest = await sync({
        repo: "resumed",
        manifest: FILES.slice(0, 2).map(({ path, hash }) => ({ path, hash })),
      });
      assert.deepEqual([rest.need, rest.extra], [[], ["notes.md"]]);
    });

    test("tenants do not see each other's", async () => {
      await sync({ repo: "private", changes: FILES });
      assert.deepEqual((await search("private", "http header", KEY.globex)).results, []);
      assert.equal((await search("private", "http header", KEY.acme2)).results.length, 1);
      assert.equal((await search("private", "x", KEY.closed)).status, 403);
      assert.equal(
        (await sync({ repo: "private", changes: [] }, KEY.closed)).error.code,
        "not_enabled",
      );
    });

    test("a repository has a size", async () => {
      const large = put("large.txt", "word ".repeat(5000));
      const refused = await sync({ repo: "small", changes: [FILES[0], large] });
      assert.equal(refused.status, 400);
      assert.match(refused.error.message, /20000 bytes/);
      assert.deepEqual((await search("small", "header")).results, [], "nothing of it was taken");
      const many = Array.from({ length: 11 }, (_, at) => put(`f${at}`, `${at}`));
      assert.equal((await sync({ repo: "small", changes: many })).status, 400);
    });

    test("paths, SQL and syntax of searches lead nowhere", async () => {
      for (const path of ["../x", "/etc/passwd", "a/../../b", "a\\b", "", "a//b", "C:/x"]) {
        assert.equal(
          (await sync({ repo: "team/app", changes: [put(path, "x")] })).error.param,
          "path",
          path,
        );
      }
      for (const repo of ["../globex:team", "a:b/../c", "", "/x"]) {
        assert.equal((await sync({ repo, changes: [] })).status, 400, repo);
      }
      await sync({ repo: "team/odd", changes: [put("a'; DROP TABLE files; --", "alpha beta")] });
      for (const query of [
        "'; DROP TABLE files; --",
        '" OR "',
        "alpha NEAR/1 beta",
        "words:alpha",
        "a*",
        "(((",
        "-alpha",
        "^",
        '"'.repeat(50),
        "\u0000",
        "x".repeat(3000),
      ]) {
        assert.equal((await search("team/odd", query)).status, 200, query);
      }
      assert.equal((await search("team/odd", "alpha")).results[0].path, "a'; DROP TABLE files; --");
      for (const limit of ["0", "51", "x", "-1"])
        assert.equal((await search("team/odd", "alpha", undefined, `&limit=${limit}`)).status, 400);
    });

    test("a repository can be forgotten", async () => {
      await sync({ repo: "gone", changes: FILES });
      assert.equal((await edge.fetch("/v1/index?repo=gone", { method: "DELETE" })).status, 200);
      assert.deepEqual((await search("gone", "http header cache")).results, []);
      assert.deepEqual((await sync({ repo: "gone", manifest: [] })).extra, []);
    });

    test("a chat may ask for code", async () => {
      await sync({ repo: "chat", changes: FILES });
      const json = {
        model: "ok",
        messages: [{ role: "user", content: "explain Cache" }],
        ghostlight: { retrieve: { repo: "chat", top_k: 2 } },
      };
      assert.equal((await edge.fetch("/v1/chat/completions", { json })).status, 200);
      const { messages } = fake.requests.at(-1).body;
      assert.deepEqual([messages[0].role, messages.length], ["system", 2]);
      assert.match(messages[0].content, /struct Cache/);
      assert.ok(!("ghostlight" in fake.requests.at(-1).body));
    });
  });
}
