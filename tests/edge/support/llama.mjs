// The real backend: llama.cpp with the model `tiny`, in a process of its own.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("../backend/server.mjs", import.meta.url));

/** Starts it; resolves with its address once the model is loaded. */
export async function llamaBackend(model) {
  const child = spawn(process.execPath, [SERVER, model], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const found = /^listening on (\d+)$/.exec(line);
      if (found) resolve(found[1]);
    });
    child.on("exit", (code) => reject(new Error(`llama.cpp ended with ${code}`)));
  });
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async stop() {
      child.kill("SIGKILL");
      await new Promise((resolve) => child.on("exit", resolve));
    },
  };
}
