// The page's side of the benchmark: opens, runs, weighs and closes engines by name.
//
// `engines.mjs` calls `window.bench`. All engines live in one page, each in its
// own workers, so that one run of one browser measures them all.

import { openGhostlight, prepareGhostlight } from "./ghostlight.js";
import { openWllama, prepareWllama } from "./wllama.js";

const KINDS = {
  ghostlight: { open: openGhostlight, prepare: prepareGhostlight },
  wllama: { open: openWllama, prepare: prepareWllama },
};

const engines = new Map();
/** URLs of the workers that an engine has started. */
let started = [];

// A peer does not say which workers are its own.
const Native = window.Worker;
window.Worker = class extends Native {
  constructor(url, options) {
    super(url, options);
    started.push(new URL(url, location.href).href);
  }
};

window.bench = {
  prepare: (kind) => KINDS[kind].prepare(),

  /** Loads an engine; resolves with what its loading took. */
  async open(spec) {
    started = [];
    const engine = await KINDS[spec.kind].open(spec);
    engines.set(spec.id, { engine, workers: started });
    const { loadMs, variant } = engine;
    return { loadMs, variant };
  },

  run: (id, request) => engines.get(id).engine.run(request),

  /**
   * Bytes of the engine's workers: JavaScript and WebAssembly memory, without the GPU's.
   *
   * WebAssembly memory never shrinks, so this is its peak.
   */
  async memory(ids) {
    const { breakdown } = await performance.measureUserAgentSpecificMemory();
    const bytes = (urls) =>
      breakdown
        .filter(({ attribution }) => attribution.some(({ url }) => urls.includes(url)))
        .reduce((sum, part) => sum + part.bytes, 0);
    return Object.fromEntries(ids.map((id) => [id, bytes(engines.get(id).workers)]));
  },

  async close(id) {
    const found = engines.get(id);
    engines.delete(id);
    await found?.engine.close();
  },
};
