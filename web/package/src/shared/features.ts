// What this browser can run: SIMD levels by validating tiny modules, WebGPU by asking for an adapter.
//
// Nothing here reads the user agent: variants are chosen by what works, and
// between the CPU and a GPU by what a short measurement says (`speed.ts`).

import type { EngineError } from "./generated.js";
import type { EngineBuild, EngineChoice } from "./protocol.js";
import { measureCpu, measureGpu, type MeasurableAdapter } from "./speed.js";

/** One function of type () -> v128 whose body is `body`; the shortest module that needs an instruction. */
function moduleWith(body: readonly number[]): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b]; // no locals, instructions, end
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version 1
    ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type section: () -> v128
    ...[0x03, 0x02, 0x01, 0x00], // function section: one of type 0
    ...[0x0a, code.length + 2, 0x01, code.length, ...code], // code section
  ]);
}

const ZERO = [0xfd, 0x0c, ...new Array<number>(16).fill(0)]; // v128.const 0

/** Whether 128-bit SIMD works. */
export function hasSimd(): boolean {
  return WebAssembly.validate(moduleWith(ZERO));
}

/** Whether the relaxed integer dot product works, the instruction our kernels want. */
export function hasRelaxedSimd(): boolean {
  // i32x4.relaxed_dot_i8x16_i7x16_add_s is 0xfd 0x113, LEB128-encoded.
  return WebAssembly.validate(moduleWith([...ZERO, ...ZERO, ...ZERO, 0xfd, 0x93, 0x02]));
}

/** Most threads that are used without being asked for: more wake up slower than they help. */
const MOST_THREADS = 4;

/**
 * Threads that the CPU engine gets: `asked`, or (0) as many as there are cores,
 * within reason. One where the page is not cross-origin isolated, since memory
 * cannot be shared there.
 */
export function chooseThreads(asked: number): number {
  if (globalThis.crossOriginIsolated !== true || !hasRelaxedSimd()) return 1;
  const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
  return asked > 0 ? asked : Math.min(cores, MOST_THREADS);
}

/** What the WebGPU probe found. */
export type GpuProbe =
  | { readonly kind: "none"; readonly why: string }
  | {
      readonly kind: "software" | "hardware";
      readonly name: string;
      readonly adapter: MeasurableAdapter;
    };

// The parts of WebGPU used here; TypeScript's DOM library does not have it everywhere.
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}
interface Adapter extends MeasurableAdapter {
  readonly info?: AdapterInfo;
  readonly isFallbackAdapter?: boolean;
}
interface Gpu {
  requestAdapter(options?: { powerPreference?: "high-performance" }): Promise<Adapter | null>;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/** Asks for a WebGPU adapter and says whether there is hardware behind it. */
export async function probeGpu(
  gpu: unknown = (globalThis.navigator as { gpu?: unknown } | undefined)?.gpu,
): Promise<GpuProbe> {
  if (gpu === undefined || gpu === null) {
    return { kind: "none", why: "this browser has no WebGPU" };
  }
  let adapter: Adapter | null;
  try {
    adapter = await (gpu as Gpu).requestAdapter({ powerPreference: "high-performance" });
  } catch (error) {
    return { kind: "none", why: error instanceof Error ? error.message : String(error) };
  }
  if (adapter === null) return { kind: "none", why: "the browser offers no adapter" };
  const info = adapter.info ?? {};
  const parts = [info.vendor, info.architecture, info.device, info.description];
  const name = parts.filter((part) => part !== undefined && part !== "").join(" ");
  const fallback = info.isFallbackAdapter === true || adapter.isFallbackAdapter === true;
  return { kind: fallback || SOFTWARE.test(name) ? "software" : "hardware", name, adapter };
}

/** All builds. */
const BUILDS: readonly EngineBuild[] = ["cpu", "cpu-relaxed", "cpu-threads", "webgpu"];

/** The build to start, and why it is not the one asked for (`null` if it is). */
export interface BuildChoice {
  readonly build: EngineBuild;
  readonly reason: EngineError | null;
}

/**
 * How much faster the CPU engine is than the loop that `measureCpu` times: its
 * kernels multiply eight-bit integers (`cargo xtask bench kernels`), and a GPU's
 * reach about what `measureGpu` times.
 */
export const CPU_ADVANTAGE = 4;

/** Whether a GPU is worth its larger download: both are measured, some 50 ms in all. */
export async function gpuWins(
  adapter: MeasurableAdapter,
  cpu: () => number = measureCpu,
): Promise<boolean> {
  const gpu = await measureGpu(adapter);
  return gpu > CPU_ADVANTAGE * cpu();
}

/**
 * Chooses a build by what the device has.
 *
 * `auto` takes WebGPU where it measures faster than the CPU; an emulated GPU
 * never does. An explicit `webgpu` takes any adapter and measures nothing.
 *
 * More than one thread takes the build with shared memory. Only what is in `deployed` is
 * chosen; where the best build for the CPU is not, the next one that can run here is.
 *
 * Throws plain error data when not even SIMD is there, or no build that can run.
 */
export async function chooseBuild(
  choice: EngineChoice,
  threads: number,
  deployed: readonly EngineBuild[] = BUILDS,
): Promise<BuildChoice> {
  let reason: EngineError | null = null;
  if (choice === "webgpu" && !deployed.includes("webgpu")) {
    const message = "starting on WebGPU: the page has no build of the engine for it";
    reason = { code: "no-adapter", message };
  } else if (choice !== "cpu" && deployed.includes("webgpu")) {
    const gpu = await probeGpu();
    if (gpu.kind !== "none" && (choice === "webgpu" || (await gpuWins(gpu.adapter)))) {
      return { build: "webgpu", reason: null };
    }
    if (choice === "webgpu") {
      const why = gpu.kind === "none" ? gpu.why : gpu.name;
      reason = { code: "no-adapter", message: `starting on WebGPU: ${why}` };
    }
  }
  if (!hasSimd()) {
    const error: EngineError = {
      code: "internal",
      message: "starting the engine: this browser has no WebAssembly SIMD",
    };
    throw error;
  }
  const fitting = cpuBuilds(threads, hasRelaxedSimd());
  const build = fitting.find((name) => deployed.includes(name));
  if (build === undefined) {
    const error: EngineError = {
      code: "internal",
      message: `starting the engine: of its builds this browser runs ${fitting.join(", ")}, and the page has ${deployed.join(", ") || "none"}`,
    };
    throw error;
  }
  return { build, reason };
}

/** The builds for the CPU that can run here, the best first. */
export function cpuBuilds(threads: number, relaxed: boolean): readonly EngineBuild[] {
  if (!relaxed) return ["cpu"];
  // The build with shared memory works with one thread, too, but is the largest.
  return threads > 1
    ? ["cpu-threads", "cpu-relaxed", "cpu"]
    : ["cpu-relaxed", "cpu", "cpu-threads"];
}
