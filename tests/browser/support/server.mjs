// A loopback server for the tests: the built package, CodeMirror, the fake engine, and model routes that fail on demand.
//
// Serves files of this repository only. Model routes are functions of the test,
// so that a broken connection or a changed file is a line in the test itself.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const here = fileURLToPath(new URL("..", import.meta.url));

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** URL prefix -> folder; the first that fits is taken. */
const FOLDERS = [
  ["/package/", join(root, "web/package/dist/")],
  ["/wasm/", join(root, "web/package/wasm/")],
  ["/modules/", join(root, "node_modules/")],
  ["/pages/", join(here, "pages/")],
];

/**
 * Starts a server on an ephemeral loopback port.
 *
 * `routes` maps exact paths to `(request, response) => void`; they can be
 * changed while the server runs. `requests` is the log of `{ path, range }`.
 * `headers` are sent with every file.
 */
export async function startServer({ headers = {} } = {}) {
  const routes = new Map();
  const requests = [];
  let milestones = [];
  const reached = (bytes) => {
    const due = milestones.filter((milestone) => milestone.bytes <= bytes);
    milestones = milestones.filter((milestone) => milestone.bytes > bytes);
    for (const { run } of due) run();
  };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    requests.push({ path: pathname, range: request.headers.range ?? null });
    if (pathname === "/reached") {
      response.writeHead(204).end();
      reached(Number(searchParams.get("bytes")));
      return;
    }
    const route = routes.get(pathname);
    if (route !== undefined) {
      route(request, response);
      return;
    }
    const file = fileFor(pathname);
    try {
      if (file === null || !(await stat(file)).isFile()) throw new Error("not a file");
      response.writeHead(200, {
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        "cache-control": "no-store",
        ...headers,
      });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    routes,
    requests,
    /** Calls `run` when the page has told GET /reached?bytes=N with at least `bytes`. */
    whenReached: (bytes, run) => milestones.push({ bytes, run }),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function fileFor(pathname) {
  // Any scenario, any build: the fake engine reads both from its own URL.
  const fake = /^\/fake\/[^/]+\/[^/]+\/(ghostlight_engine|generated-answers)\.js$/.exec(pathname);
  if (fake !== null) {
    return join(here, fake[1] === "ghostlight_engine" ? "fake/engine.js" : `fake/${fake[1]}.js`);
  }
  // The index is the real one, unless the scenario has none.
  const index = /^\/fake\/([^/]+)\/(workspace\/ghostlight_workspace[a-z_]*\.(?:js|wasm))$/.exec(
    pathname,
  );
  if (index !== null && !decodeURIComponent(index[1]).includes("no-workspace")) {
    return join(root, "web/package/wasm", index[2]);
  }
  for (const [prefix, folder] of FOLDERS) {
    if (!pathname.startsWith(prefix)) continue;
    const file = normalize(join(folder, decodeURIComponent(pathname.slice(prefix.length))));
    return file.startsWith(folder) ? file : null;
  }
  return null;
}

/** A model route that answers whole and ranged requests as a good server does. */
export function serveBytes(bytes, { etag = '"v1"' } = {}) {
  return (request, response) => {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const headers = { "content-type": "application/octet-stream", etag, "accept-ranges": "bytes" };
    if (range === null) {
      response.writeHead(200, { ...headers, "content-length": bytes.length }).end(bytes);
      return;
    }
    const start = Number(range[1]);
    if (start >= bytes.length) {
      response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
      return;
    }
    response
      .writeHead(206, {
        ...headers,
        "content-length": bytes.length - start,
        "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      })
      .end(bytes.subarray(start));
  };
}

/**
 * Like `serveBytes`, but the connection breaks after `count` bytes of this answer.
 *
 * It breaks only when the page has told `server.reached(bytes)` that at least
 * `count - SLACK` of them arrived: bytes still on their way would be lost.
 */
export function breakAfter(server, bytes, count, { etag = '"v1"' } = {}) {
  return (request, response) => {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const start = range === null ? 0 : Number(range[1]);
    response.writeHead(range === null ? 200 : 206, {
      "content-type": "application/octet-stream",
      etag,
      "content-length": bytes.length - start,
      ...(range !== null && {
        "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      }),
    });
    response.write(bytes.subarray(start, start + count));
    server.whenReached(start + count - SLACK, () => response.destroy());
  };
}

/** Bytes between two progress events of the package. */
const SLACK = 1 << 20;
