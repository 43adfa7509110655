// A fake of the engine module that fails on demand: same class, no model.
//
// Its methods are those of `web/protocol`: what is not written here gives the default answer, and
// what is written here and not declared there is an error.
//
// It is served at /fake/<scenario>/<build>/ghostlight_engine.js. The scenario is
// a query string such as `webgpu=self-test-failed`: that build's load rejects
// with that code. What a request does stands in its prefix:
//   !slow      generates until cancelled        !panic    traps like a Rust panic
//   !trap      traps outside the promise        !hang     never yields again
//   !lost      an update, then device-lost      !oom      too-large
//   !count     the alphabet, a letter at a time
//   !nowhere   is a place where nothing is suggested
//   !hold      an update, then nothing until "release MODEL" is heard on the channel
//   !model     the first word of the model's file
//   !syntax    whether there is a function to ask for syntax, and an answer for JSON
// `!lost@webgpu` does so on that build only. Anything else answers at once with
// `<build>:<prefix>`. What happens is told on the BroadcastChannel "fake-engine", with the
// first word of the model's file. A file that begins with `fault=CODE` does not load; `sha256=HEX`
// as a word of its first line is taken for its hash. Served under another address, it is the
// build "cpu-relaxed" without a scenario.

import { ENGINE_METHODS } from "./generated-answers.js";

const match = /\/fake\/([^/]+)\/([^/]+)\/ghostlight_engine\.js$/.exec(
  new URL(import.meta.url).pathname,
) ?? ["", "", "cpu-relaxed"];
const scenario = new URLSearchParams(decodeURIComponent(match[1]));
const build = match[2];
const channel = new BroadcastChannel("fake-engine");
let model = "";
const tell = (event, detail = {}) => channel.postMessage({ event, build, model, ...detail });
const released = () =>
  new Promise((resolve) =>
    channel.addEventListener("message", ({ data }) => data === `release ${model}` && resolve()),
  );
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

export default async function init() {
  tell("init");
  if (scenario.get(build) === "init-fails") throw new WebAssembly.CompileError("bad module");
}

/** That of the real engine, which needs no model for it. */
export async function reach(options, path) {
  const real = await import("/wasm/cpu/ghostlight_engine.js");
  await real.default();
  return real.reach(options, path);
}

/** Every declared method, with its default answer. */
class Declared {}
for (const [name, { how, answer }] of Object.entries(ENGINE_METHODS)) {
  Declared.prototype[name] =
    how === "request" ? async () => structuredClone(answer) : () => structuredClone(answer);
}

export class Engine extends Declared {
  #stop = false;
  #info;
  /** What runs, and its text so far; stays when it is over, as a memory. */
  #last = { prefix: null, text: "", running: false };
  /** The request that was planned last. */
  #planned;
  #outcomes = [];
  #ask;
  #library;

  static async load(source, options, onProgress) {
    const head = await source.read(0, Math.min(32, source.size));
    model = new TextDecoder().decode(head).split(/\s/, 1)[0];
    tell("load", { context: options.context });
    const fault = scenario.get(build) ?? /^fault=(.+)/.exec(model)?.[1] ?? null;
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
      ...ENGINE_METHODS.info.answer,
      engine: build === "webgpu" ? "webgpu" : "cpu",
      variant: build,
      model: hash.hex(),
      architecture: "fake",
      quantization: "F32",
      context: options.context,
      memory: source.size,
      loadMs: 1,
    };
    return engine;
  }

  info() {
    return this.#info;
  }

  /** What was typed since the last request, if its text agrees with it. */
  #typed({ prefix }) {
    const { prefix: before, text } = this.#last;
    const typed = before !== null && prefix.startsWith(before) ? prefix.slice(before.length) : null;
    return typed !== null && text !== "" && text.startsWith(typed) ? typed : null;
  }

  plan(request) {
    this.#planned = request;
    const plan = ENGINE_METHODS.plan.answer;
    const typed = this.#typed(request);
    if (request.event === "deleted") return { ...plan, action: "skip", skip: "not-typed" };
    if (typed !== null && this.#last.running) return { ...plan, action: "keep", typed };
    return request.event === "typed" ? { ...plan, action: "after", delayMs: 30 } : plan;
  }

  warmPlanned() {
    return this.warm(this.#planned);
  }

  async warm(request) {
    tell("warm", { prefix: request.prefix });
    return 1;
  }

  async lookAhead() {
    tell("ahead");
    return 1;
  }

  aheadAfter() {
    return 1;
  }

  warmAfter() {
    return 1;
  }

  renewAfter() {
    return 600;
  }

  async alternatives(request, count) {
    return { texts: ["one", "two", "three"].slice(0, count) };
  }

  /** Another's text ends before a "#", for whatever reason, and must not say "eval". */
  review({ prefix }, text, written) {
    const result = { ...ENGINE_METHODS.review.answer, language: "fake" };
    if (prefix.endsWith("!nowhere")) return { ...result, finish: "skipped", skip: "mid-word" };
    if (text.includes("eval")) return { ...result, finish: "guarded", rule: "no-eval" };
    const end = text.indexOf("#");
    if (end >= 0) return { ...result, finish: "stop", text: text.slice(0, end) };
    return { ...result, finish: written === "growing" ? "length" : "stop", text };
  }

  guard({ options, known }) {
    tell("guard", { options, known: known?.length ?? null });
    if (options.rules.startsWith("bad"))
      throw { code: "invalid-request", message: "reading rules" };
  }

  feedback(feedback) {
    tell("feedback", { feedback });
    this.#outcomes.push(...feedback.outcomes);
  }

  figures() {
    const kinds = this.#outcomes.map(({ language, length, fate }) => ({
      language,
      length,
      fifth: 0,
      shown: 1,
      accepted: Number(fate === "accepted"),
      rate: 0.25,
    }));
    return { ...ENGINE_METHODS.figures.answer, kinds };
  }

  setThreshold(threshold) {
    tell("threshold", { threshold });
  }

  setSyntax(ask) {
    this.#ask = ask;
  }

  setLibrary(library) {
    tell("library");
    this.#library = library;
  }

  /** The bytes that the library answers, as one piece. */
  explain(request) {
    const explanation = ENGINE_METHODS.explain.answer;
    const workspace = this.#library?.size() ?? explanation.workspace;
    const answer = this.#library?.find(question(request)) ?? null;
    const piece = {
      origin: "test",
      path: "",
      line: 0,
      tokens: 1,
      bytes: answer?.length ?? 0,
      score: 1,
      text: answer === null ? "none" : new TextDecoder("latin1").decode(answer),
      leftOut: null,
    };
    return { ...explanation, family: "fake", budget: 1, tokens: 1, pieces: [piece], workspace };
  }

  async complete(onUpdate) {
    const request = this.#planned;
    const { prefix } = request;
    const typed = this.#typed(request);
    tell("complete", { prefix });
    this.#stop = false;
    if (typed !== null) return result(this.#last.text.slice(typed.length), "reused");
    this.#last = { prefix, text: "", running: true };
    try {
      return await this.#generate(request, (update) => {
        this.#last.text = update.text;
        onUpdate(update);
      });
    } finally {
      this.#last.running = false;
    }
  }

  async #generate(request, onUpdate) {
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
      case "count":
        for (let end = 1; end <= 26 && !this.#stop; end += 1) {
          onUpdate({ text: "abcdefghijklmnopqrstuvwxyz".slice(0, end) });
          await turn();
        }
        if (this.#stop) throw { code: "cancelled", message: "completing: cancelled" };
        return result(this.#last.text, "stop");
      case "hold":
        onUpdate({ text: "held" });
        await released();
        return result("released", "stop");
      case "model":
        return result(model, "stop");
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
      case "syntax": {
        const answer = this.#ask?.("json", new Uint8Array(1));
        return result({ undefined: "nobody", null: "nothing" }[answer] ?? "bytes", "stop");
      }
      case "lost":
        onUpdate({ text: "half of" });
        await turn();
        throw { code: "device-lost", message: "completing: the device was lost" };
      case "oom":
        throw { code: "too-large", message: "completing: out of memory" };
      default: // no fault
    }
    onUpdate({ text: text.slice(0, 4) });
    await turn();
    return result(text, "stop", request.prefix.length);
  }

  cancel() {
    this.#stop = true;
  }
}

const undeclared = Object.getOwnPropertyNames(Engine.prototype).filter(
  (name) => name !== "constructor" && !(name in ENGINE_METHODS),
);
if (undeclared.length > 0)
  throw new Error(`the fake engine has ${undeclared.join(", ")} by itself`);

/** What the engine asks the index (`core/context/src/quoting.rs`), of a cursor that nothing is known of. */
function question({ path, prefix, suffix }) {
  const texts = [path, prefix, suffix].flatMap((text) => {
    const bytes = [...new TextEncoder().encode(text)];
    return [(bytes.length & 127) | 128, bytes.length >> 7, ...bytes];
  });
  const window = [0, 0];
  const facts = new Array(10).fill(0);
  return Uint8Array.from([...texts, ...window, ...facts]);
}

function result(text, finish, promptTokens = 1) {
  const costs = { promptTokens, tokens: 1, prefillMs: 1, decodeMs: 1 };
  const worth = { confidence: 1, likelihood: 1, length: "line" };
  return { ...ENGINE_METHODS.complete.answer, text, finish, ...costs, ...worth };
}

/** FIPS 180-4, section 6.2; slow and plain. */
export class Sha256 {
  #state = new Uint32Array(SQUARE_ROOTS);
  #rest = new Uint8Array(0);
  #length = 0;
  #told;

  update(bytes) {
    if (this.#length === 0) {
      const [line] = new TextDecoder().decode(bytes.slice(0, 256)).split("\n", 1);
      this.#told = / sha256=([0-9a-f]{64})/.exec(line)?.[1];
    }
    this.#length += bytes.length;
    const data = new Uint8Array(this.#rest.length + bytes.length);
    data.set(this.#rest);
    data.set(bytes, this.#rest.length);
    let at = 0;
    for (; at + 64 <= data.length; at += 64) this.#block(new DataView(data.buffer, at, 64));
    this.#rest = data.slice(at);
  }

  hex() {
    if (this.#told !== undefined) return this.#told;
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
