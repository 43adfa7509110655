// The playground's build and its two servers (development and preview).
//
// The isolation headers are not needed by the engine; they are sent so that
// what needs SharedArrayBuffer can be tried here.

import { defineConfig } from "vite";

import { modelPaths, models } from "./plugins/models.ts";
import { offline } from "./plugins/offline.ts";

const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  plugins: [models(modelPaths(process.env)), offline()],
  server: { headers },
  preview: { headers },
  worker: { format: "es" },
  build: {
    target: "es2022",
    // The engine's script must stay a file: a data: URL has no origin.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1024,
  },
});
