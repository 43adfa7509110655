// `cargo xtask edge`: the edge on Miniflare, with llama.cpp and the model `tiny` behind it.
//
// Prints one line with the address and the key, then serves until it is ended.

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { hash, startEdge } from "./support/edge.mjs";
import { llamaBackend } from "./support/llama.mjs";

const { values } = parseArgs({
  options: { port: { type: "string" }, config: { type: "string" }, model: { type: "string" } },
});
const KEY = "ghostlight-local";
let backend;
let settings;
if (values.config) {
  settings = await readFile(values.config, "utf8");
} else {
  console.log("loading the model ...");
  backend = await llamaBackend(values.model);
  settings = {
    server: { cors_origins: ["http://localhost:5173", "http://127.0.0.1:5173"] },
    auth: {
      keys: [
        {
          sha256: hash(KEY),
          tenant: "local",
          user: "me",
          scopes: ["complete", "chat", "index", "admin"],
        },
      ],
    },
    backends: [{ id: "local", url: backend.url }],
    models: [
      {
        id: "smollm2",
        fim: "prefix-only",
        context_bytes: 4096,
        max_tokens: 512,
        backends: { local: "smollm2" },
      },
    ],
    index: { tenants: ["local"] },
  };
}
const edge = await startEdge("miniflare", settings, {
  bindings: process.env.GHOSTLIGHT_SECRET
    ? { GHOSTLIGHT_SECRET: process.env.GHOSTLIGHT_SECRET }
    : {},
  miniflare: { port: Number(values.port ?? 8787) },
});
console.log(
  `the edge is at ${edge.url}/v1${backend ? `, the key is ${KEY}, the model is smollm2` : ""}`,
);
if (backend) {
  console.log(
    `try: curl ${edge.url}/v1/completions -H 'authorization: Bearer ${KEY}' -d '{"model":"smollm2","prompt":"def add(a, b):","max_tokens":24}'`,
  );
}
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, async () => {
    await Promise.all([edge.stop(), backend?.stop()]);
    process.exit(0);
  });
}
