// A loopback server for the page that runs the engines: cross-origin isolated, so that threads exist.
//
// Serves files of this repository and models, read only. Code may be cached,
// as a real site would have it: a browser keeps compiled WebAssembly with it.

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
  ".wasm": "application/wasm",
};

/** URL prefix -> folder. */
const FOLDERS = [
  ["/pages/", join(here, "pages/")],
  ["/package/", join(root, "web/package/dist/")],
  ["/wasm/", join(root, "web/package/wasm/")],
  ["/wllama/", join(here, "peers/node_modules/@wllama/wllama/esm/")],
];

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/** The address of a model, by its place in the list that the server was given. */
export const modelUrl = (at) => `/model-${at}.gguf`;

/** Serves on an ephemeral port; `models` are paths of files. */
export async function startServer(models) {
  const files = new Map(models.map((path, at) => [modelUrl(at), path]));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = files.get(pathname) ?? fileFor(pathname);
    try {
      const { size } = await stat(file);
      response.writeHead(200, {
        ...HEADERS,
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        "content-length": size,
        "cache-control": "public, max-age=3600",
      });
      if (request.method === "HEAD") response.end();
      else createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404, { ...HEADERS, "content-type": "text/plain" }).end("not found");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function fileFor(pathname) {
  const [prefix, folder] = FOLDERS.find(([prefix]) => pathname.startsWith(prefix)) ?? [];
  if (prefix === undefined) return null;
  const file = normalize(join(folder, decodeURIComponent(pathname.slice(prefix.length))));
  return file.startsWith(folder) ? file : null;
}
