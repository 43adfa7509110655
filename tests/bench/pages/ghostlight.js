// Our engine as a measured engine: the package's worker, spoken to as its own client does.
//
// The worker times prompt and tokens itself; the first token is timed here, from
// the message to the answer, less what the further tokens took.

import { engineFiles, startWorker } from "/package/page/assets.js";

/** Puts a model into the browser's storage, where the package keeps its models. */
export async function prepare(model) {
  const engine = await open({ engine: "cpu", threads: 1, context: 256, model });
  engine.close(); // so that the file is not locked for others
}

/** A loaded model, from local storage. */
export async function open({ engine, threads, context, model: path }) {
  const start = performance.now();
  const worker = startWorker({});
  let waiting = null;
  const waitFor = (type) =>
    new Promise((resolve, reject) => {
      waiting = { type, resolve, reject };
    });
  worker.onmessage = ({ data }) => {
    if (data.type === "dead" || data.type === "failed") {
      waiting?.reject(new Error(`${data.error.code}: ${data.error.message}`));
    } else if (data.type === waiting?.type) {
      waiting.resolve(data);
    }
  };
  worker.onerror = (event) => waiting?.reject(new Error(event.message));

  try {
    await waitFor("hello");
    const url = new URL(path, location.href).href;
    const model = { kind: "url", url, sha256: null, likelihood: null };
    const files = engineFiles({ wasmUrl: "/wasm" });
    const ready = waitFor("ready");
    // Tokens are measured, not suggestions: nothing is withheld.
    const options = {
      secrets: false,
      risky: "off",
      privacy: "tab-only",
      rules: "",
      repository: "",
    };
    const guard = { options, known: null };
    worker.postMessage({
      type: "open",
      model,
      engine,
      threads,
      load: { context, speculation: false },
      guard,
      threshold: null,
      files,
      syntax: null,
    });
    const { info } = await ready;
    const loadMs = performance.now() - start;
    if (info.engine !== engine) throw new Error(`the package chose ${info.engine}`);
    const running = info.threads ?? 1;
    if (running !== threads) throw new Error(`this build runs on ${running} of ${threads} threads`);

    let next = 1;
    return {
      loadMs,
      variant: info.variant,
      async run({ tokens, decode, limitMs }) {
        const begin = performance.now();
        const done = waitFor("answer");
        const args = [{ tokens, decode, limitMs }];
        worker.postMessage({ type: "call", id: next++, method: "measure", args });
        const { result } = await done;
        return {
          promptTokens: tokens.length,
          prefillMs: result.prefillMs,
          decodeTokens: result.decodeTokens,
          decodeMs: result.decodeMs,
          firstMs: performance.now() - begin - result.decodeMs,
        };
      },
      close: () => worker.terminate(),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
