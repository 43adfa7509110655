// The only file that knows where the package's files are, with the list of grammars that is made of
// the language table.
//
// Each URL is one literal `new URL("…", import.meta.url)` expression, the form
// that bundlers recognise and rewrite. They are resolved here, on the page's
// side, and handed to the worker, since a bundled worker has another base.

import { grammarFiles } from "./grammar-files.js";
import type { BuildFiles, EngineBuild, EngineFiles, SyntaxFiles } from "../shared/protocol.js";

/** Where to find files that were not deployed beside this module. */
export interface AssetOverrides {
  /** URL of `dist/worker.js`; must be of the page's own origin. */
  workerUrl?: string | URL;
  /** URL of a copy of the package's `wasm` folder. */
  wasmUrl?: string | URL;
  /**
   * What of the package's `wasm` folder is deployed, by path: a build of the engine
   * (`"cpu-threads"`), a grammar (`"syntax/python"`). Nothing else is chosen or fetched: an
   * engine starts in the best build that is there, a file without its grammar is read by
   * brackets. Default: all of it.
   */
  wasmParts?: readonly string[];
}

/** Starts the worker; its URL is the package's own or the override. */
export function startWorker(overrides: AssetOverrides): Worker {
  if (overrides.workerUrl !== undefined) {
    return new Worker(overrides.workerUrl, { type: "module" });
  }
  return new Worker(new URL("../worker.js", import.meta.url), { type: "module" });
}

/** The entries of `all` whose path, which is `folder` and their name, is deployed. */
function deployed<K extends string, V>(
  all: Record<K, V>,
  folder: string,
  { wasmParts }: AssetOverrides,
): Partial<Record<K, V>> {
  if (wasmParts === undefined) return all;
  const kept = Object.entries(all).filter(([name]) => wasmParts.includes(folder + name));
  return Object.fromEntries(kept) as Partial<Record<K, V>>;
}

/** The files of every engine build that is deployed, as absolute URLs. */
export function engineFiles(overrides: AssetOverrides): BuildFiles {
  return deployed(allEngineFiles(overrides), "", overrides);
}

function allEngineFiles(overrides: AssetOverrides): Record<EngineBuild, EngineFiles> {
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
      glue: new URL("../../wasm/cpu/ghostlight_engine.js", import.meta.url).href,
      wasm: new URL("../../wasm/cpu/ghostlight_engine_bg.wasm", import.meta.url).href,
    },
    "cpu-relaxed": {
      glue: new URL("../../wasm/cpu-relaxed/ghostlight_engine.js", import.meta.url).href,
      wasm: new URL("../../wasm/cpu-relaxed/ghostlight_engine_bg.wasm", import.meta.url).href,
    },
    "cpu-threads": {
      glue: new URL("../../wasm/cpu-threads/ghostlight_engine.js", import.meta.url).href,
      wasm: new URL("../../wasm/cpu-threads/ghostlight_engine_bg.wasm", import.meta.url).href,
    },
    webgpu: {
      glue: new URL("../../wasm/webgpu/ghostlight_engine.js", import.meta.url).href,
      wasm: new URL("../../wasm/webgpu/ghostlight_engine_bg.wasm", import.meta.url).href,
    },
  };
}

/** The module of the index of a workspace, as absolute URLs. */
export function workspaceFiles(overrides: AssetOverrides): EngineFiles {
  if (overrides.wasmUrl !== undefined) {
    const folder = new URL(overrides.wasmUrl, document.baseURI).href.replace(/\/?$/, "/");
    return {
      glue: `${folder}workspace/ghostlight_workspace.js`,
      wasm: `${folder}workspace/ghostlight_workspace_bg.wasm`,
    };
  }
  return {
    glue: new URL("../../wasm/workspace/ghostlight_workspace.js", import.meta.url).href,
    wasm: new URL("../../wasm/workspace/ghostlight_workspace_bg.wasm", import.meta.url).href,
  };
}

/** The runtime of the syntax packs and the pack of each grammar that is deployed, as absolute URLs. */
export function syntaxFiles(overrides: AssetOverrides): SyntaxFiles {
  const files = {
    runtime: new URL("../../wasm/syntax/runtime.wasm", import.meta.url).href,
    ...grammarFiles(),
  };
  const kept = deployed(files, "syntax/", overrides);
  if (overrides.wasmUrl === undefined) return kept;
  const folder = new URL(overrides.wasmUrl, document.baseURI).href.replace(/\/?$/, "/");
  return Object.fromEntries(
    Object.keys(kept).map((name) => [name, `${folder}syntax/${name}.wasm`]),
  );
}
