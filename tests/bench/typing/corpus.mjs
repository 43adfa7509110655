// The files that are typed: real ones, out of pinned packages, none of them in this repository.
//
// `corpus.json` names packages of npm with their versions, and files in them
// with their sha256; crates are those that the workspace depends on, which Cargo
// has checked. Packages are fetched by `npm pack` into a cache folder, once.

import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Reads all files, as `{ language, path, text }`; `crates` gives the folder of each crate. */
export async function corpus(list, cache, crates) {
  const files = [];
  for (const { npm, crate, files: named } of list) {
    const folder = crate === undefined ? await unpacked(npm, cache) : crates[crate];
    if (folder === undefined) throw new Error(`reading the corpus: no crate ${crate}`);
    for (const { path, language, sha256 } of named) {
      const bytes = await readFile(join(folder, path));
      const found = createHash("sha256").update(bytes).digest("hex");
      if (found !== sha256) {
        throw new Error(`reading the corpus: ${path} of ${npm ?? crate} has the sha256 ${found}`);
      }
      files.push({ language, path: path.replace(/^package\//, ""), text: bytes.toString("utf8") });
    }
  }
  return files;
}

/** The folder of an npm package, fetched and unpacked. */
async function unpacked(spec, cache) {
  const folder = join(cache, spec.replaceAll(/[^\w.-]+/g, "_"));
  if (!existsSync(join(folder, "package"))) {
    await mkdir(folder, { recursive: true });
    const { stdout } = await run("npm", ["pack", spec, "--json", "--pack-destination", folder]);
    const [{ filename }] = JSON.parse(stdout);
    await run("tar", [
      "-xzf",
      join(folder, filename.replaceAll("/", "-").replace("@", "")),
      "-C",
      folder,
    ]);
  }
  return folder;
}
