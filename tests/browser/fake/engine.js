// A fake of the engine module that fails on demand: same class, no model.
//
// It is served at /fake/<scenario>/<build>/ghostlight_engine.js. The scenario is
// a query string such as `webgpu=self-test-failed`: that build's load rejects
// with that code. What a request does stands in its prefix:
//   !slow      generates until cancelled        !panic    traps like a Rust panic
//   !trap      traps outside the promise        !hang     never yields again
//   !lost      an update, then device-lost      !oom      too-large
// `!lost@webgpu` does so on that build only. Anything else answers at once with
// `<build>:<prefix>`. What happens is told on the BroadcastChannel "fake-engine".

const match = /\/fake\/([^/]+)\/([^/]+)\/ghostlight_engine\.js$/.exec(
  new URL(import.meta.url).pathname,
);
const scenario = new URLSearchParams(decodeURIComponent(match[1]));
const build = match[2];
const channel = new BroadcastChannel("fake-engine");
const tell = (event, detail = {}) => channel.postMessage({ event, build, ...detail });
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

export default async function init() {
  tell("init");
  if (scenario.get(build) === "init-fails") throw new WebAssembly.CompileError("bad module");
}

export class Engine {
  #stop = false;
  #info;

  static async load(source, options, onProgress) {
    tell("load", { context: options.context });
    const fault = scenario.get(build);
    if (fault === "hang") for (;;);
    if (fault === "trap") throw new WebAssembly.RuntimeError("unreachable");
    if (fault !== null) throw { code: fault, message: `loading: ${fault}` };
    const hash = new Sha256();
    const step = 100_003; // prime, so that reads straddle every boundary there is
    for (let offset = 0; offset < source.size; offset += step) {
      const length = Math.min(step, source.size - offset);
      hash.update(await source.read(offset, length));
      onProgress({ stage: "weights", done: offset + length, total: source.size });
    }
    const engine = new Engine();
    engine.#info = {
      engine: build === "webgpu" ? "webgpu" : "cpu",
      variant: build,
      model: hash.hex(),
      architecture: "fake",
      quantization: "F32",
      parameters: 0,
      context: options.context,
      fim: false,
      memory: source.size,
      loadMs: 1,
    };
    return engine;
  }

  info() {
    return this.#info;
  }

  async complete(request, onUpdate) {
    tell("complete", { prefix: request.prefix });
    this.#stop = false;
    const [, fault, only] = /^!([a-z]+)(?:@([a-z-]+))?/.exec(request.prefix) ?? [];
    const text = `${build}:${request.prefix}`;
    switch (only === undefined || only === build ? fault : undefined) {
      case "slow":
        for (let step = 0; ; step += 1) {
          if (this.#stop) {
            tell("stopped");
            throw { code: "cancelled", message: "completing: cancelled" };
          }
          onUpdate({ text: `step ${step}` });
          await turn();
        }
      case "panic":
        await turn();
        throw new WebAssembly.RuntimeError("unreachable");
      case "trap":
        setTimeout(() => {
          throw new WebAssembly.RuntimeError("unreachable");
        });
        return new Promise(() => undefined);
      case "hang":
        for (;;);
      case "lost":
        onUpdate({ text: "half of" });
        await turn();
        throw { code: "device-lost", message: "completing: the device was lost" };
      case "oom":
        throw { code: "too-large", message: "completing: out of memory" };
    }
    onUpdate({ text: text.slice(0, 4) });
    await turn();
    return {
      text,
      finish: "stop",
      promptTokens: request.prefix.length,
      reusedTokens: 0,
      tokens: 1,
      drafted: 0,
      accepted: 0,
      prefillMs: 1,
      decodeMs: 1,
      confidence: 1,
    };
  }

  cancel() {
    this.#stop = true;
  }

  free() {}
}

/** FIPS 180-4, section 6.2; slow and plain. */
export class Sha256 {
  #state = new Uint32Array(SQUARE_ROOTS);
  #rest = new Uint8Array(0);
  #length = 0;

  update(bytes) {
    this.#length += bytes.length;
    const data = new Uint8Array(this.#rest.length + bytes.length);
    data.set(this.#rest);
    data.set(bytes, this.#rest.length);
    let at = 0;
    for (; at + 64 <= data.length; at += 64) this.#block(new DataView(data.buffer, at, 64));
    this.#rest = data.slice(at);
  }

  hex() {
    const bits = this.#length * 8;
    const padding = new Uint8Array(((119 - (this.#length % 64)) % 64) + 9);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, "0")).join("");
  }

  free() {}

  #block(view) {
    const w = new Uint32Array(64);
    const rotate = (x, n) => (x >>> n) | (x << (32 - n));
    for (let i = 0; i < 16; i += 1) w[i] = view.getUint32(i * 4);
    for (let i = 16; i < 64; i += 1) {
      const s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = this.#state;
    for (let i = 0; i < 64; i += 1) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + CUBE_ROOTS[i] + w[i]) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (this.#state[i] += word));
  }
}

/** The first 32 bits of the fractional parts of `power`-th roots of the first primes. */
function primeRoots(count, root) {
  const primes = [];
  for (let n = 2; primes.length < count; n += 1) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes.map((prime) => Math.floor((root(prime) % 1) * 2 ** 32));
}

const SQUARE_ROOTS = primeRoots(8, Math.sqrt);
const CUBE_ROOTS = primeRoots(64, Math.cbrt);
