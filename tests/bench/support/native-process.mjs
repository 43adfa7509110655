// llama.cpp in a child process, spoken to by messages.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { CONTEXT } from "../schedule.mjs";
import { within } from "./within.mjs";

const MIB = 2 ** 20;

/** llama.cpp on a model file, as the schedule knows engines. */
export function native({ id, threads }, model, limit) {
  let child = null;
  let peak = 0;
  const answer = (child) =>
    within(
      limit,
      new Promise((resolve, reject) => {
        child.once("message", resolve);
        child.once("error", reject);
        child.once("exit", (code) => reject(new Error(`llama.cpp ended with code ${code}`)));
      }),
    ).finally(() => child.removeAllListeners());
  return {
    id,
    async open() {
      const path = fileURLToPath(new URL("../native.mjs", import.meta.url));
      child = fork(path, [model, String(threads), String(CONTEXT)], {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
        // A session of its own, as the browser has: Linux shares processor time by session.
        detached: true,
      });
      const opened = await answer(child);
      if (opened.threads !== threads) {
        throw new Error(`llama.cpp runs on ${opened.threads} of ${threads} threads`);
      }
      return opened;
    },
    async run({ tokens, decode, limitMs }) {
      child.send({ tokens, decode, limitMs });
      const { result, error, peakBytes } = await answer(child);
      if (error !== undefined) throw new Error(error);
      peak = peakBytes ?? NaN;
      return result;
    },
    weigh: async () => ({ peak_mb: peak / MIB }),
    async close() {
      child?.kill();
      child = null;
    },
  };
}
