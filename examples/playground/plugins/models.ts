// Serves local GGUF files as /models/<name>.gguf, with ranges.
//
// The name is that of the file; only files that were listed are served, and a page that asks
// for another one is told which there are.

import { createReadStream, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, delimiter } from "node:path";
import type { Plugin } from "vite";

const NAME = /^\/models\/([\w.-]+)\.gguf$/;

/** The files to serve: `GHOSTLIGHT_MODEL_PATH` is one, `GHOSTLIGHT_MODEL_PATHS` several, as `PATH` has folders. */
export function modelPaths(environment: NodeJS.ProcessEnv): string[] {
  const { GHOSTLIGHT_MODEL_PATH: one, GHOSTLIGHT_MODEL_PATHS: several = "" } = environment;
  return [one ?? "", ...several.split(delimiter)].filter((path) => path !== "");
}

/** A file's name as it stands in an address. */
function urlName(path: string): string {
  return basename(path)
    .replace(/\.gguf$/, "")
    .replace(/[^\w.-]/gu, "-");
}

export function models(paths: readonly string[]): Plugin {
  const byName = new Map(paths.map((path) => [urlName(path), path]));
  const serve = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = NAME.exec(pathname)?.[1];
    if (name === undefined) {
      next();
      return;
    }
    const path = byName.get(name);
    const file = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path === undefined || file === undefined || !file.isFile()) {
      const known = [...byName.keys()].join(", ") || "none: GHOSTLIGHT_MODEL_PATH is not set";
      const why =
        path === undefined ? `no model ${name} here; there are ${known}` : `no file at ${path}`;
      response.writeHead(404, { "content-type": "text/plain" }).end(`${why}\n`);
      return;
    }
    const headers = {
      "content-type": "application/octet-stream",
      "accept-ranges": "bytes",
      etag: `"${file.size.toString(16)}-${Math.round(file.mtimeMs).toString(16)}"`,
    };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const start = range === null ? 0 : Number(range[1]);
    const last = range?.[2] ? Math.min(Number(range[2]), file.size - 1) : file.size - 1;
    if (start > last) {
      response.writeHead(416, { "content-range": `bytes */${file.size}` }).end();
      return;
    }
    response.writeHead(range === null ? 200 : 206, {
      ...headers,
      "content-length": last - start + 1,
      ...(range !== null && { "content-range": `bytes ${start}-${last}/${file.size}` }),
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const stream = createReadStream(path, { start, end: last });
    stream.on("error", () => response.destroy());
    response.on("close", () => stream.destroy());
    stream.pipe(response);
  };
  return {
    name: "ghostlight-models",
    configureServer: (server) => void server.middlewares.use(serve),
    configurePreviewServer: (server) => void server.middlewares.use(serve),
  };
}
