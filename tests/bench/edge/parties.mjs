// Who takes part in `bench edge`, each in a process of its own: backends, load, the edge on workerd, a worker that
// does nothing on workerd, Portkey on node.
//
// All are started alike, and at the priority of everything else: with a real-time one they would
// hold each other up for a whole slice of a tenth of a second. So leave the machine alone meanwhile.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import workerd from "workerd";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const root = here("../../..");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function start(program, parameters, options = {}) {
  const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "inherit"], ...options });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  return {
    child,
    pid: child.pid,
    async stop(signal = "SIGKILL") {
      child.kill(signal);
      await ended;
    },
  };
}

/** A backend that answers after `wait` milliseconds with `tokens`, `pause` milliseconds apart. */
export async function backend(wait, tokens, pause) {
  const running = start(process.execPath, [here("backend.mjs"), wait, tokens, pause].map(String));
  const lines = createInterface({ input: running.child.stdout });
  const [line] = await new Promise((resolve) => lines.once("line", (line) => resolve([line])));
  const port = /^listening on (\d+)$/.exec(line)[1];
  const origin = `http://127.0.0.1:${port}`;
  return {
    ...running,
    url: `${origin}/v1`,
    gone: async () => (await fetch(`${origin}/gone`)).json(),
  };
}

/** The process that makes requests. */
export function load() {
  const running = start(process.execPath, [here("load.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: running.child.stdout })[Symbol.asyncIterator]();
  return {
    ...running,
    async run(command) {
      running.child.stdin.write(`${JSON.stringify(command)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("the process that makes requests has ended");
      return JSON.parse(value);
    },
  };
}

/** A workerd that serves what a configuration says. */
function runtime(configuration, port, env, more = []) {
  const parameters = ["serve", configuration, "--experimental", ...more];
  return start(
    workerd.default ?? workerd,
    [...parameters, `--socket-addr=http=127.0.0.1:${port}`],
    { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] },
  );
}

const KEY = "bench";

/** The edge, as it is self-hosted: workerd without node. */
export async function edge(backends, { cache = true, memory = 4 << 20, more = {} } = {}) {
  const ids = backends.map((_, at) => `b${at}`);
  const settings = {
    auth: {
      keys: [
        {
          sha256: createHash("sha256").update(KEY).digest("hex"),
          tenant: "bench",
          user: "bench",
          scopes: ["complete", "chat", "admin"],
        },
      ],
    },
    backends: ids.map((id, at) => ({ id, url: backends[at].url })),
    models: [{ id: "m", backends: Object.fromEntries(ids.map((id) => [id, "m"])) }],
    routing: { max_in_flight: 1000 },
    limits: {
      user: { burst: 4e9, per_minute: 4e9 },
      tenant: { burst: 4e9, per_minute: 4e9 },
    },
    cache: { enabled: cache, cache_api: false, memory_bytes: memory },
    ...more,
  };
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "ghostlight-bench-"));
  await mkdir(join(folder, "objects"));
  await mkdir(join(folder, "models"));
  const running = runtime(
    join(root, "edge/workerd.capnp"),
    port,
    {
      GHOSTLIGHT_CONFIG: JSON.stringify(settings),
      GHOSTLIGHT_SECRET: "a secret of more than thirty-two bytes",
      JWT_SECRET: "",
      BACKEND_KEY: "",
    },
    [
      `--directory-path=objects=${join(folder, "objects")}`,
      `--directory-path=models=${join(folder, "models")}`,
    ],
  );
  await answers(`http://127.0.0.1:${port}/healthz`);
  return {
    ...running,
    name: "ghostlight",
    url: `http://127.0.0.1:${port}/v1`,
    headers: { authorization: `Bearer ${KEY}` },
    async stop() {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A worker of a few lines that passes requests on: no gateway on this runtime can add less. */
export async function plain(backend) {
  const port = await freePort();
  const origin = new URL(backend.url).origin;
  const running = runtime(here("plain/workerd.capnp"), port, { BACKEND: origin });
  await answers(`http://127.0.0.1:${port}/`);
  return { ...running, name: "plain", url: `http://127.0.0.1:${port}/v1`, headers: {} };
}

/** Portkey's gateway, as its package starts it. */
export async function portkey(backends) {
  const port = await freePort();
  const running = start(
    process.execPath,
    [
      join(root, "tests/bench/edge-peers/node_modules/@portkey-ai/gateway/build/start-server.js"),
      `--port=${port}`,
      "--headless",
    ],
    {
      // Its own guard against addresses of this machine.
      env: { ...process.env, NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1,localhost" },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  await answers(`http://127.0.0.1:${port}/`);
  const target = ({ url }) => ({ provider: "openai", api_key: KEY, custom_host: url });
  const config =
    backends.length === 1
      ? { ...target(backends[0]), cache: { mode: "simple" } }
      : {
          strategy: { mode: "loadbalance" },
          targets: backends.map((backend) => ({ ...target(backend), weight: 1 })),
          retry: { attempts: 3, on_status_codes: [429, 500, 502, 503, 504] },
        };
  return {
    ...running,
    name: "portkey",
    url: `http://127.0.0.1:${port}/v1`,
    headers: { authorization: `Bearer ${KEY}`, "x-portkey-config": JSON.stringify(config) },
  };
}

/** The backend itself, as a party. */
export const direct = ({ url }) => ({ name: "direct", url, headers: {} });

async function answers(url) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await fetch(url).catch(() => undefined)) return;
    await sleep(50);
  }
  throw new Error(`nothing answers at ${url}`);
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Seconds of processor time that a process has used, and its resident bytes; Linux only. */
export async function usage(pid) {
  const [stat, status] = await Promise.all(
    ["stat", "status"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "")),
  );
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const resident = 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { seconds: ticks / 100, resident };
}
