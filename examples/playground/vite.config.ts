// The playground's build and its two servers (development and preview).
//
// The isolation headers are not needed by the engine; they are sent so that
// what needs SharedArrayBuffer can be tried here.

import { createLogger, defineConfig } from "vite";

import { modelPaths, models } from "./plugins/models.ts";
import { offline } from "./plugins/offline.ts";

const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

// A page for one machine has only parts of the package (`src/loader.ts`), and never asks for the
// others, whose addresses the bundler cannot resolve.
const logger = createLogger();
const { warnOnce } = logger;
logger.warnOnce = (message, options) => {
  const isExpected = process.env.VITE_WASM_PARTS !== undefined && /\.\.\/wasm\//.test(message);
  if (!isExpected || !message.includes("doesn't exist at build time")) warnOnce(message, options);
};

export default defineConfig({
  customLogger: logger,
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
