// The edge under test, on either runtime: the one inside Miniflare, or the newest workerd by itself.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import workerd from "workerd";
import { until } from "./fake.mjs";

export const RUNTIMES = ["miniflare", "workerd"];
export const root = fileURLToPath(new URL("../../..", import.meta.url));
const build = join(root, "edge/build");
const SECRET = "a secret of more than thirty-two bytes";
export const JWT_SECRET = "another secret of more than thirty-two bytes";
export const hash = (text) => createHash("sha256").update(text).digest("hex");

/** API keys of the tests: `KEY.acme` and so on. */
export const KEY = {
  acme: "key-acme",
  acme2: "key-acme-2",
  globex: "key-globex",
  closed: "key-closed",
  admin: "key-admin",
  none: "key-none",
  own: "key-own",
  tab: "key-tab",
};

const key = (name, tenant, user, scopes, more = {}) => ({
  sha256: hash(name),
  tenant,
  user,
  scopes,
  ...more,
});
const ALL = ["complete", "chat", "index"];

/** A configuration over some backends; `more` is merged into it, one level deep. */
export function config(backends, more = {}) {
  const ids = Object.keys(backends);
  const everywhere = (name) => Object.fromEntries(ids.map((id) => [id, name]));
  const names = more.names ?? ["ok"];
  const base = {
    server: { cors_origins: ["https://ide.example"], body_timeout_ms: 2000 },
    auth: {
      keys: [
        key(KEY.acme, "acme", "ann", ALL),
        key(KEY.acme2, "acme", "bob", ALL),
        key(KEY.globex, "globex", "gil", ALL),
        key(KEY.closed, "closed", "zoe", ALL, { privacy: "no-store" }),
        key(KEY.admin, "acme", "root", ["admin"]),
        key(KEY.none, "acme", "nil", []),
        key(KEY.own, "acme", "olga", ALL, { mode: "own-edge" }),
        key(KEY.tab, "acme", "tom", ALL, { mode: "tab-only" }),
      ],
    },
    backends: ids.map((id) => ({ id, url: backends[id] })),
    models: names.map((name) => ({
      id: name,
      fim: "native",
      backends: everywhere(name),
      files: [`${name}.bin`],
    })),
    routing: { first_byte_ms: 2000, idle_ms: 2000, hedge_percent: 0 },
    cache: { cache_api: false },
    index: { tenants: ["acme", "globex", "closed"] },
  };
  for (const [name, value] of Object.entries(more)) {
    if (name === "names") continue;
    base[name] =
      Array.isArray(value) || Array.isArray(base[name]) ? value : { ...base[name], ...value };
  }
  return base;
}

/**
 * A module before the worker's own: the worker's clock, which a request with this header sets forward.
 * The worker itself knows nothing of it; timers go on as they are.
 */
const CLOCK = `
  import worker from "./worker.mjs";
  const now = Date.now.bind(Date);
  let ahead = 0;
  Date.now = () => now() + ahead;
  export default {
    fetch(request, env, context) {
      const by = request.headers.get("x-test-advance");
      if (by === null) return worker.fetch(request, env, context);
      ahead += Number(by);
      return new Response();
    },
    scheduled: (event, env, context) => worker.scheduled(event, env, context),
  };
  export * from "./worker.mjs";`;

/** Starts the edge; `bindings` are further variables, `clock` gives it one that `advance` sets forward. */
export async function startEdge(
  runtime,
  settings,
  { bindings = {}, miniflare = {}, clock = false } = {},
) {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings);
  const variables = {
    GHOSTLIGHT_CONFIG: text,
    GHOSTLIGHT_SECRET: SECRET,
    JWT_SECRET,
    BACKEND_KEY: "backend-key",
    ...bindings,
  };
  const edge =
    runtime === "miniflare"
      ? await inMiniflare(variables, { ...(clock && { entry: CLOCK }), ...miniflare })
      : await inWorkerd(variables, clock ? CLOCK : undefined);
  edge.runtime = runtime;
  edge.fetch = (path, { key = KEY.acme, headers = {}, json, ...rest } = {}) =>
    fetch(edge.url + path, {
      ...rest,
      ...(json === undefined ? {} : { method: "POST", body: JSON.stringify(json) }),
      headers: {
        // On a busy machine a connection that is kept may be closed just as it is used again.
        connection: "close",
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
    });
  /** Sets the worker's clock forward. */
  edge.advance = async (milliseconds) => {
    assert.ok(clock, "it was started without a clock");
    await (await edge.fetch("/", { headers: { "x-test-advance": `${milliseconds}` } })).text();
  };
  edge.metrics = async () => (await edge.fetch("/metrics", { key: KEY.admin })).text();
  /** The value of a counter or gauge, 0 if it is not there. */
  edge.metric = async (series) => {
    const line = (await edge.metrics()).split("\n").find((line) => line.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length + 1));
  };
  /** One more round through the isolate: what it was sent before, it has by then. */
  edge.round = async () => (await edge.fetch("/healthz")).text();
  return edge;
}

async function modules() {
  const read = (name) => readFile(join(build, name));
  return [
    { type: "ESModule", path: "worker.mjs", contents: String(await read("worker.mjs")) },
    {
      type: "CompiledWasm",
      path: "ghostlight_edge_bg.wasm",
      contents: await read("ghostlight_edge_bg.wasm"),
    },
  ];
}

/** `entry` is the text of a module that stands before the worker's, to take things away from it. */
async function inMiniflare(bindings, { port: direct = 0, entry, ...more }) {
  const before = entry ? [{ type: "ESModule", path: "entry.mjs", contents: entry }] : [];
  const miniflare = new Miniflare({
    modules: [...before, ...(await modules())],
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["enable_request_signal"],
    cf: false,
    // Past Miniflare's own worker, which does not pass a client's going on.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: direct }],
    bindings,
    durableObjects: {
      GHOSTLIGHT_TENANTS: { className: "TenantObject", useSQLite: true },
      GHOSTLIGHT_REPOS: { className: "RepoObject", useSQLite: true },
    },
    kvNamespaces: ["GHOSTLIGHT_KV"],
    r2Buckets: ["GHOSTLIGHT_MODELS"],
    ...more,
  });
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL();
  return { url: url.origin, miniflare, stop: () => miniflare.dispose() };
}

async function inWorkerd(variables, entry) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "ghostlight-edge-"));
  await mkdir(join(folder, "models/ok"), { recursive: true });
  await mkdir(join(folder, "objects"));
  await writeFile(join(folder, "models/ok/ok.bin"), MODEL_FILE);
  await writeFile(join(folder, "models", FINGERPRINTS), await readFile(fingerprints));
  let settings = join(root, "edge/workerd.capnp");
  if (entry) {
    // The same configuration with one more module before the worker's.
    await writeFile(join(folder, "entry.mjs"), entry);
    await symlink(build, join(folder, "build"));
    const text = await readFile(settings, "utf8");
    const first = '(name = "entry.mjs", esModule = embed "entry.mjs"),';
    settings = join(folder, "edge.capnp");
    await writeFile(settings, text.replace("modules = [", `modules = [\n    ${first}`));
  }
  const directories = ["objects", "models"].map(
    (name) => `--directory-path=${name}=${join(folder, name)}`,
  );
  const child = spawn(
    workerd.default ?? workerd,
    ["serve", settings, "--experimental", `--socket-addr=http=127.0.0.1:${port}`, ...directories],
    { env: { ...process.env, ...variables }, stdio: ["ignore", "inherit", "pipe"] },
  );
  let log = "";
  child.stderr.on("data", (data) => (log += data));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const url = `http://127.0.0.1:${port}`;
  await until(
    () => child.exitCode !== null || fetch(`${url}/healthz`).catch(() => undefined),
    20_000,
  ).catch(() => {});
  if (child.exitCode !== null) throw new Error(`workerd did not start:\n${log}`);
  return {
    url,
    pid: child.pid,
    log: () => log,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A fingerprint file of `known.py`, beside it; `edge/tests/it/guard.rs` makes it and holds it to be right. */
export const FINGERPRINTS = "known.glfp";
export const fingerprints = fileURLToPath(new URL(FINGERPRINTS, import.meta.url));
export const known = fileURLToPath(new URL("known.py", import.meta.url));

/** What the model file of the tests holds. */
export const MODEL_FILE = Buffer.from(Array.from({ length: 1000 }, (_, at) => 32 + (at % 90)));

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
