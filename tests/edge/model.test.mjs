// The official client, the edge and a real model: what a user gets.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import { config, KEY, RUNTIMES, startEdge } from "./support/edge.mjs";
import { llamaBackend } from "./support/llama.mjs";

const model = process.env.GHOSTLIGHT_MODEL;

// llama.cpp comes prebuilt for one platform; `cargo xtask test` names the model there.
describe(
  "a real model behind the edge",
  { skip: model ? false : "GHOSTLIGHT_MODEL is not set" },
  () => {
    let llama;
    before(async () => {
      llama = await llamaBackend(model);
    });
    after(() => llama?.stop());

    for (const runtime of RUNTIMES) {
      test(`completes, chats and caches on ${runtime}`, async () => {
        const settings = config(
          { llama: llama.url },
          { routing: { first_byte_ms: 60_000, idle_ms: 60_000 } },
        );
        settings.models = [{ id: "smollm2", fim: "prefix-only", backends: { llama: "smollm2" } }];
        const edge = await startEdge(runtime, settings);
        try {
          const client = new OpenAI({ apiKey: KEY.acme, baseURL: `${edge.url}/v1`, maxRetries: 0 });
          const prompt = "def add(a, b):\n    return";
          const body = { model: "smollm2", prompt, max_tokens: 8, temperature: 0 };
          let text = "";
          let parts = 0;
          for await (const part of await client.completions.create({ ...body, stream: true })) {
            text += part.choices[0]?.text ?? "";
            parts += 1;
          }
          assert.match(text, /^\s*a \+ b/);
          assert.ok(parts > 3, "it came in pieces");
          const { data: again, response } = await client.completions.create(body).withResponse();
          assert.deepEqual(
            [response.headers.get("x-ghostlight-cache"), again.choices[0].text],
            ["hit", text],
          );
          const typed = await client.completions
            .create({ ...body, prompt: `${prompt}${text.slice(0, 2)}` })
            .withResponse();
          assert.equal(typed.response.headers.get("x-ghostlight-cache"), "typed-through");
          assert.equal(typed.data.choices[0].text, text.slice(2));
          const messages = [{ role: "user", content: "Say hello." }];
          let said = "";
          for await (const part of await client.chat.completions.create({
            model: "smollm2",
            messages,
            max_tokens: 12,
            stream: true,
          })) {
            said += part.choices[0]?.delta?.content ?? "";
          }
          assert.ok(said.trim().length > 0);
        } finally {
          await edge.stop();
        }
      });
    }
  },
);
