// Native llama.cpp in a process of its own, so that its peak of memory is its own.
//
//   node native.mjs MODEL THREADS CONTEXT      (a child with IPC)
//
// It loads when it is started, says `{ loadMs }`, and then answers messages
// `{ tokens, decode, limitMs }` one at a time. Times of prompt and tokens are
// llama.cpp's own, which it prints: without sampling and without the JavaScript
// around it, which take a few per cent. The first token is timed here.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { memoryOf } from "./support/processes.mjs";

const require = createRequire(new URL("./peers/package.json", import.meta.url));
const { getLlama } = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);

const [modelPath, threads, contextSize] = process.argv.slice(2);

let printed = "";
const llama = await getLlama({
  gpu: false,
  build: "never",
  skipDownload: true,
  maxThreads: 0, // no limit but the one below
  logLevel: "info",
  logger: (_, line) => (printed += `${line}\n`),
});
const before = await memoryOf(process.pid);
const start = performance.now();
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  contextSize: Number(contextSize),
  threads: { ideal: Number(threads), min: Number(threads) },
  flashAttention: "auto", // as llama.cpp has it by itself; the package turns it off
  performanceTracking: true,
});
const loadMs = performance.now() - start;
const sequence = context.getSequence();

/** Milliseconds and count of one of the lines that llama.cpp prints about its times. */
function timed(name, unit) {
  const line = new RegExp(`: +${name} time = +([\\d.]+) ms / +(\\d+) ${unit}`).exec(printed);
  if (line === null) throw new Error(`llama.cpp printed no ${name} time`);
  return { ms: Number(line[1]), count: Number(line[2]) };
}

async function run({ tokens, decode, limitMs }) {
  await sequence.clearHistory();
  const begin = performance.now();
  let first = 0;
  let count = -1; // the first token comes of the prompt
  for await (const _ of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
    const now = performance.now();
    count += 1;
    if (count === 0) first = now;
    if (count === decode || (limitMs > 0 && now - first > limitMs)) break;
  }
  printed = "";
  await context.printTimings(); // and begins anew
  const prompt = timed("prompt eval", "tokens");
  const decoded = count > 0 ? timed("eval", "runs") : { ms: 0, count: 0 };
  if (decoded.count !== count)
    throw new Error(`llama.cpp timed ${decoded.count} of ${count} tokens`);
  return {
    promptTokens: prompt.count,
    prefillMs: prompt.ms,
    decodeTokens: decoded.count,
    decodeMs: decoded.ms,
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
