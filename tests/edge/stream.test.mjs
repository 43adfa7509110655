// What passes the edge is what the backend sent, byte by byte; the official client reads it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import { readAnswer } from "../../web/package/dist/page/edge-answer.js";
import { config, KEY, RUNTIMES, startEdge } from "./support/edge.mjs";
import { fakeBackend, odd } from "./support/fake.mjs";

const streams = new URL("../streams/", import.meta.url);
const forms = JSON.parse(readFileSync(new URL("forms.json", streams))).map((form) => ({
  ...form,
  bytes: readFileSync(new URL(form.file, streams)),
}));

for (const runtime of RUNTIMES) {
  describe(`streams on ${runtime}`, () => {
    let fake, edge, client;
    const names = ["ok", "cut-anywhere", "error-later", "truncate", "form"];
    before(async () => {
      fake = await fakeBackend();
      edge = await startEdge(
        runtime,
        config(
          { a: fake.url },
          { names, routing: { breaker: { consecutive: 1000, percent: 100, min_requests: 1000 } } },
        ),
      );
      client = new OpenAI({ apiKey: KEY.acme, baseURL: `${edge.url}/v1`, maxRetries: 0 });
    });
    after(async () => {
      await edge?.stop();
      await fake?.stop();
    });

    test("no byte differs, wherever the stream was cut", async () => {
      for (let round = 0; round < 10; round += 1) {
        for (const [path, body] of [
          ["/v1/chat/completions", { messages: [{ role: "user", content: "x" }] }],
          ["/v1/completions", { prompt: `round ${round}` }],
        ]) {
          const response = await edge.fetch(path, {
            json: { model: "cut-anywhere", stream: true, ...body },
          });
          const sent = odd(fake.requests.at(-1).body);
          assert.equal(await response.text(), sent);
        }
      }
    });

    test("whatever a backend writes, clients find the end that they wait for, or an error", async () => {
      for (const form of forms) {
        fake.form = form;
        const json = { model: "form", prompt: form.file, stream: true };
        const response = await edge.fetch("/v1/completions", { json });
        const answer = response.text().then((text) => {
          const { status, headers } = response;
          return readAnswer(new Response(text, { status, headers }), 0, () => {}).then(
            (result) => ({ text, result }),
          );
        });
        if (form.ends !== "whole") {
          await assert.rejects(answer, form.file);
          continue;
        }
        const { text, result } = await answer;
        assert.deepEqual([result.text, result.finish], [form.text, form.finish], form.file);
        assert.match(text, /\[DONE\]\s*$/, form.file);
        if (form.type !== "text/event-stream") continue;
        // A byte order mark is taken off by whoever reads text.
        assert.ok(text.startsWith(form.bytes.toString().replace("\ufeff", "")), form.file);
      }
    });

    test("the official client reads completions and chats", async () => {
      const whole = await client.completions.create({ model: "ok", prompt: "x = " });
      assert.equal(whole.choices[0].text, "w0 w1 w2 w3 w4 ");
      let text = "";
      for await (const part of await client.completions.create({
        model: "ok",
        prompt: "y = ",
        stream: true,
      }))
        text += part.choices[0].text;
      assert.equal(text, "w0 w1 w2 w3 w4 ");
      let hit = "";
      const again = await client.completions
        .create({ model: "ok", prompt: "y = ", stream: true })
        .withResponse();
      assert.equal(again.response.headers.get("x-ghostlight-cache"), "hit");
      for await (const part of again.data) hit += part.choices[0]?.text ?? "";
      assert.equal(hit, text);
      text = "";
      const messages = [{ role: "user", content: "hello" }];
      for await (const part of await client.chat.completions.create({
        model: "ok",
        messages,
        stream: true,
      }))
        text += part.choices[0].delta.content ?? "";
      assert.equal(text, "w0 w1 w2 w3 w4 ");
      const models = await client.models.list();
      assert.equal(models.data[0].id, "ok");
    });

    test("tools pass through", async () => {
      const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
      const stream = await client.chat.completions.create({
        model: "cut-anywhere",
        messages: [{ role: "user", content: "x" }],
        tools,
        stream: true,
      });
      const calls = [];
      for await (const part of stream) calls.push(...(part.choices[0].delta?.tool_calls ?? []));
      assert.deepEqual(calls[0].function, { name: "f", arguments: '{"a":"ü"}' });
      assert.deepEqual(fake.requests.at(-1).body.tools, tools);
    });

    test("the official client gets its own kinds of error", async () => {
      const stranger = new OpenAI({ apiKey: "wrong", baseURL: `${edge.url}/v1`, maxRetries: 0 });
      await assert.rejects(
        stranger.completions.create({ model: "ok", prompt: "x" }),
        OpenAI.AuthenticationError,
      );
      await assert.rejects(
        client.completions.create({ model: "nobody", prompt: "x" }),
        OpenAI.NotFoundError,
      );
      await assert.rejects(
        client.completions.create({ model: "ok", prompt: "x", n: 50 }),
        (error) => {
          assert.ok(error instanceof OpenAI.BadRequestError);
          assert.equal(error.param, "n");
          return true;
        },
      );
      for (const model of ["error-later", "truncate"]) {
        const stream = await client.completions.create({ model, prompt: "x", stream: true });
        await assert.rejects(async () => {
          for await (const part of stream) void part;
        }, OpenAI.APIError);
      }
    });
  });
}
