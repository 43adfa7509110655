// Bytes of WebAssembly that each engine has a browser download, raw and as a server compresses them.
//
// Ours is the build that this browser takes. wllama has one build for everything.
// Compressing takes up to a minute, so what was measured is kept beside npm's
// packages, by hash.

import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const FILES = {
  "ghostlight-cpu": "../../../web/package/wasm/cpu-relaxed/ghostlight_engine_bg.wasm",
  "ghostlight-webgpu": "../../../web/package/wasm/webgpu/ghostlight_engine_bg.wasm",
  "wllama-cpu": "../peers/node_modules/@wllama/wllama/esm/wasm/wllama.wasm",
  "wllama-webgpu": "../peers/node_modules/@wllama/wllama/esm/wasm/wllama.wasm",
};
const KEPT = new URL("../../../node_modules/.ghostlight/brotli/", import.meta.url);

/**
 * `[{ engine, raw, brotli }]` for those of `engines` that are WebAssembly.
 *
 * In a hurry nothing is compressed: `brotli` is null where it is not known already.
 */
export async function sizes(engines, { hurry }) {
  const found = [];
  for (const engine of Object.keys(FILES).filter((name) => engines.includes(name))) {
    const bytes = await readFile(fileURLToPath(new URL(FILES[engine], import.meta.url)));
    found.push({ engine, raw: bytes.length, brotli: await brotliSize(bytes, hurry) });
  }
  return found;
}

async function brotliSize(bytes, hurry) {
  const kept = new URL(createHash("sha256").update(bytes).digest("hex"), KEPT);
  const known = Number(await readFile(kept, "utf8").catch(() => ""));
  if (known > 0) return known;
  if (hurry) return null;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const { length } = await promisify(brotliCompress)(bytes, { params });
  await mkdir(KEPT, { recursive: true });
  await writeFile(kept, String(length));
  return length;
}
