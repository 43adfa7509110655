// The edge under test, on either runtime: the one inside Miniflare, or the newest workerd by itself.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import workerd from "workerd";
import { sleep } from "./fake.mjs";

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

/** Starts the edge; `bindings` are further variables. */
export async function startEdge(runtime, settings, { bindings = {}, miniflare = {} } = {}) {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings);
  const variables = {
    GHOSTLIGHT_CONFIG: text,
    GHOSTLIGHT_SECRET: SECRET,
    JWT_SECRET,
    BACKEND_KEY: "backend-key",
    ...bindings,
  };
  const edge =
    runtime === "miniflare" ? await inMiniflare(variables, miniflare) : await inWorkerd(variables);
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

async function inWorkerd(variables) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "ghostlight-edge-"));
  const { mkdir, writeFile } = await import("node:fs/promises");
  await mkdir(join(folder, "models/ok"), { recursive: true });
  await mkdir(join(folder, "objects"));
  await writeFile(join(folder, "models/ok/ok.bin"), MODEL_FILE);
  await writeFile(join(folder, "models", FINGERPRINTS), await readFile(fingerprints));
  const directories = ["objects", "models"].map(
    (name) => `--directory-path=${name}=${join(folder, name)}`,
  );
  const child = spawn(
    workerd.default ?? workerd,
    [
      "serve",
      join(root, "edge/workerd.capnp"),
      "--experimental",
      `--socket-addr=http=127.0.0.1:${port}`,
      ...directories,
    ],
    { env: { ...process.env, ...variables }, stdio: ["ignore", "inherit", "pipe"] },
  );
  let log = "";
  child.stderr.on("data", (data) => (log += data));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    if (child.exitCode !== null || tries > 400) throw new Error(`workerd did not start:\n${log}`);
    if (await fetch(`${url}/healthz`).catch(() => undefined)) break;
    await sleep(50);
  }
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
