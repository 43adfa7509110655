// Memory of processes, as the kernel counts it. Linux only: elsewhere nothing is found.

import { readdir, readFile } from "node:fs/promises";

/** `{ resident, peak }` in bytes; null when the process or the figures are not there. */
export async function memoryOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const bytes = (key) => 1024 * Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
  const [resident, peak] = [bytes("VmRSS"), bytes("VmHWM")];
  return Number.isFinite(resident) && Number.isFinite(peak) ? { resident, peak } : null;
}

/** Resident bytes of each renderer of the browsers that this process started, by process id. */
export async function renderers() {
  const processes = new Map();
  const names = await readdir("/proc").catch(() => []);
  for (const name of names.filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    // The program's name stands in brackets and may hold anything; its parent comes after.
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    processes.set(Number(name), { parent, isRenderer: command.includes("--type=renderer") });
  }
  const isOurs = (pid) => {
    for (let at = pid, steps = 0; processes.has(at) && steps < 20; steps += 1) {
      if (at === process.pid) return true;
      at = processes.get(at).parent;
    }
    return false;
  };
  const found = new Map();
  for (const [pid, { isRenderer }] of processes) {
    const memory = isRenderer && isOurs(pid) ? await memoryOf(pid) : null;
    if (memory !== null) found.set(pid, memory.resident);
  }
  return found;
}
