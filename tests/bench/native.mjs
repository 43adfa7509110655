// Native llama.cpp in a process of its own, so that its peak of memory is its own.
//
//   node native.mjs MODEL THREADS CONTEXT      (a child with IPC)
//
// It loads when it is started, says `{ loadMs }`, and then answers messages
// `{ tokens, decode, limitMs }` one at a time. Times are taken around the calls
// of node-llama-cpp; llama.cpp itself runs on threads of its own.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { memoryOf } from "./support/processes.mjs";

const require = createRequire(new URL("./peers/package.json", import.meta.url));
const { getLlama } = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);

const [modelPath, threads, contextSize] = process.argv.slice(2);

const llama = await getLlama({
  gpu: false,
  build: "never",
  skipDownload: true,
  maxThreads: 0, // no limit but the one below
  logLevel: "error",
});
const before = await memoryOf(process.pid);
const start = performance.now();
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  contextSize: Number(contextSize),
  threads: { ideal: Number(threads), min: Number(threads) },
});
const loadMs = performance.now() - start;
const sequence = context.getSequence();

async function run({ tokens, decode, limitMs }) {
  await sequence.clearHistory();
  const begin = performance.now();
  let first = 0;
  let last = 0;
  let count = -1; // the first token comes of the prompt
  for await (const _ of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
    last = performance.now();
    count += 1;
    if (count === 0) first = last;
    if (count === decode || (limitMs > 0 && last - first > limitMs)) break;
  }
  return {
    promptTokens: tokens.length,
    prefillMs: first - begin,
    decodeTokens: count,
    decodeMs: last - first,
    firstMs: first - begin,
  };
}

/** The most memory that llama.cpp held at once, pages of the mapped model file included. */
async function peakBytes() {
  const now = await memoryOf(process.pid);
  return now === null || before === null ? null : now.peak - before.resident;
}

process.on("message", async (request) => {
  try {
    process.send({ result: await run(request), peakBytes: await peakBytes() });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.on("disconnect", () => process.exit());
process.send({ loadMs, threads: context.currentThreads });
