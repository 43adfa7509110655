// wllama as a measured engine: its own package, with its own defaults where it has any.
//
// It takes text, not tokens. It times its prompt and its tokens itself (the figures
// of llama.cpp's server); the first token is timed here, from the call to the first
// piece of the stream.

import { LoggerWithoutDebug, Wllama } from "/wllama/index.js";

function create() {
  return new Wllama(
    { default: "/wllama/wasm/wllama.wasm" },
    { suppressNativeLog: true, allowOffline: true, logger: LoggerWithoutDebug },
  );
}

/** Puts a model into the browser's storage, where wllama keeps its models. */
export async function prepare(model) {
  await create().modelManager.downloadModel(new URL(model, location.href).href);
}

/** A loaded model, from local storage. */
export async function open({ engine, threads, context, model }) {
  const start = performance.now();
  const wllama = create();
  await wllama.loadModelFromUrl(new URL(model, location.href).href, {
    n_ctx: context,
    n_threads: threads,
    n_parallel: 1, // one user, one sequence
    ...(engine === "webgpu" ? {} : { n_gpu_layers: 0 }),
  });
  const loadMs = performance.now() - start;
  if (wllama.getNumThreads() !== threads || threads > 1 !== wllama.isMultithread()) {
    await wllama.exit();
    throw new Error(`wllama runs on ${wllama.getNumThreads()} threads, not on ${threads}`);
  }
  return {
    loadMs,
    threads,
    async run({ text, decode }) {
      const begin = performance.now();
      let first = 0;
      let timings;
      await wllama.createCompletion({
        prompt: text,
        max_tokens: decode + 1, // the first one comes of the prompt
        temperature: 0,
        ignore_eos: true,
        cache_prompt: false,
        stream: true,
        onData(chunk) {
          first ||= performance.now();
          timings = chunk.timings ?? timings;
        },
      });
      return {
        promptTokens: timings.prompt_n,
        prefillMs: timings.prompt_ms,
        decodeTokens: timings.predicted_n - 1,
        decodeMs: timings.predicted_ms,
        firstMs: first - begin,
      };
    },
    close: () => wllama.exit(),
  };
}
