// Emits a small service worker, so that a second visit needs no network.
//
// It keeps the page and everything it loads, except the model, which the package
// keeps itself, and what is large or for one language only, which is kept once it was used.
// The list of files is known only after bundling; hence a plugin.

import { createHash } from "node:crypto";
import type { Plugin } from "vite";

export function offline(): Plugin {
  return {
    name: "ghostlight-offline",
    apply: "build",
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((name) => !name.endsWith(".map"));
      const version = createHash("sha256").update(files.join()).digest("hex").slice(0, 12);
      const wanted = (name: string): boolean => {
        const file = bundle[name];
        const large = file?.type === "asset" && file.source.length > LARGE;
        // Of the fonts only the one for Latin; the browser asks for others where text needs them.
        const pack = name.endsWith(".wasm") && !/ghostlight_(engine|workspace)/.test(name);
        return !large && !pack && (!name.endsWith(".woff2") || name.includes("-latin-wght"));
      };
      const kept = ["/", "/icon.svg", ...files.filter(wanted).map((name) => `/${name}`)];
      this.emitFile({
        type: "asset",
        fileName: "sw.js",
        source: script(
          version,
          kept.filter((name) => name !== "/index.html"),
        ),
      });
    },
  };
}

/** Bytes above which a file is kept only once it was used. */
const LARGE = 4 << 20;

function script(version: string, files: readonly string[]): string {
  return `// Made by plugins/offline.ts.
const CACHE = "playground-${version}";
const FILES = ${JSON.stringify(files, null, 2)};

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith("playground-") && name !== CACHE))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/models/")) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
  else event.respondWith(fetch(request).catch(() => stored(request)));
});

// The page may be new: the network first.
async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return stored("/");
  }
}

// Assets have their hash in their name: what is kept is right.
async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.status === 200) {
    const copy = response.clone();
    caches.open(CACHE).then((cache) => cache.put(request, copy)).catch(() => undefined);
  }
  return response;
}

async function stored(request) {
  return (await caches.match(request)) ?? Response.error();
}
`;
}
