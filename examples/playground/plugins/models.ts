// Serves one local GGUF file as /models/<any name>.gguf, with ranges.
//
// The name is the page's business; the bytes are those of `path`.

import { createReadStream, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";

const NAME = /^\/models\/[\w.-]+\.gguf$/;

export function models(path: string | undefined): Plugin {
  const serve = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (!NAME.test(pathname)) {
      next();
      return;
    }
    const file = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path === undefined || file === undefined || !file.isFile()) {
      const why = path === undefined ? "GHOSTLIGHT_MODEL_PATH is not set" : `no file at ${path}`;
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
