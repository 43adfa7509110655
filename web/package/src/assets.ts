// The only file that knows where the package's files are.
//
// Each URL is one literal `new URL("…", import.meta.url)` expression, the form
// that bundlers recognise and rewrite. They are resolved here, on the page's
// side, and handed to the worker, since a bundled worker has another base.

import type { EngineBuild, EngineFiles } from "./protocol.js";

/** Where to find files that were not deployed beside this module. */
export interface AssetOverrides {
  /** URL of `dist/worker.js`; must be of the page's own origin. */
  workerUrl?: string | URL;
  /** URL of a copy of the package's `wasm` folder. */
  wasmUrl?: string | URL;
}

/** The model that is used when none is named: expected on the page's own origin. */
export const defaultModel = {
  /** Path on the page's origin. */
  url: "/models/smollm2-135m-q4_1.gguf",
  /** Lower-case hexadecimal sha256 of the file. */
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
  /** Bytes in the file. */
  size: 98_362_432,
} as const;

/** Starts the worker; its URL is the package's own or the override. */
export function startWorker(overrides: AssetOverrides): Worker {
  if (overrides.workerUrl !== undefined) {
    return new Worker(overrides.workerUrl, { type: "module" });
  }
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}

/** The files of every engine build, as absolute URLs. */
export function engineFiles(overrides: AssetOverrides): Record<EngineBuild, EngineFiles> {
  if (overrides.wasmUrl !== undefined) {
    const folder = new URL(overrides.wasmUrl, document.baseURI).href.replace(/\/?$/, "/");
    const at = (build: EngineBuild): EngineFiles => ({
      glue: `${folder}${build}/ghostlight_engine.js`,
      wasm: `${folder}${build}/ghostlight_engine_bg.wasm`,
    });
    return {
      cpu: at("cpu"),
      "cpu-relaxed": at("cpu-relaxed"),
      "cpu-threads": at("cpu-threads"),
      webgpu: at("webgpu"),
    };
  }
  return {
    cpu: {
      glue: new URL("../wasm/cpu/ghostlight_engine.js", import.meta.url).href,
      wasm: new URL("../wasm/cpu/ghostlight_engine_bg.wasm", import.meta.url).href,
    },
    "cpu-relaxed": {
      glue: new URL("../wasm/cpu-relaxed/ghostlight_engine.js", import.meta.url).href,
      wasm: new URL("../wasm/cpu-relaxed/ghostlight_engine_bg.wasm", import.meta.url).href,
    },
    "cpu-threads": {
      glue: new URL("../wasm/cpu-threads/ghostlight_engine.js", import.meta.url).href,
      wasm: new URL("../wasm/cpu-threads/ghostlight_engine_bg.wasm", import.meta.url).href,
    },
    webgpu: {
      glue: new URL("../wasm/webgpu/ghostlight_engine.js", import.meta.url).href,
      wasm: new URL("../wasm/webgpu/ghostlight_engine_bg.wasm", import.meta.url).href,
    },
  };
}
