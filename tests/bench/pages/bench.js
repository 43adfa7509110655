// The page's side of the benchmark: one engine in one page, so that it has a process of its own.
//
// `engines.mjs` calls `window.bench`: open, run and report as often as it likes.

// Only the engine's own module is imported: a peer need not be installed.
const KINDS = {
  ghostlight: () => import("./ghostlight.js"),
  wllama: () => import("./wllama.js"),
};

const probe = `?${crypto.randomUUID()}`;

// Every engine's worker is watched in the same way.
const Native = window.Worker;
window.Worker = class extends Native {
  constructor(url, options) {
    const modules = [`/pages/probe.js${probe}`, url].map((url) => new URL(url, location.href).href);
    const code = modules.map((url) => `import ${JSON.stringify(url)};`).join("\n");
    super(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), options);
  }
};

let engine = null;

window.bench = {
  /** Puts a model where engines of this kind look for it. */
  prepare: async (kind, model) => (await KINDS[kind]()).prepare(model),

  /** Loads an engine; resolves with what its loading took. */
  async open(spec) {
    engine = await (await KINDS[spec.kind]()).open(spec);
    return { loadMs: engine.loadMs, variant: engine.variant };
  },

  run: (request) => engine.run(request),

  /** `{ wasmBytes, submits }` of the engine's worker; the most where it has helpers that answer too. */
  async report() {
    const channel = new BroadcastChannel(probe);
    const answers = [];
    await new Promise((resolve) => {
      channel.onmessage = ({ data }) => {
        if (data === "report") return;
        answers.push(data);
        setTimeout(resolve, 100);
      };
      channel.postMessage("report");
    });
    channel.close();
    const most = (key) => Math.max(...answers.map((answer) => answer[key]));
    return { wasmBytes: most("wasmBytes"), submits: most("submits") };
  },
};
