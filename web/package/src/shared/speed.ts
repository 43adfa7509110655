// How fast this machine multiplies, on its CPU and on its GPU: the same sum, some 20 ms each.
//
// The engine is chosen by what these say, since names say little: a GPU may be
// emulated on the CPU, or be slower than it. Neither runs our kernels, which
// would have to be downloaded first.

/** Milliseconds that one measurement takes on a device that is fast enough to be taken. */
const BUDGET = 20;

/** Multiply-adds that one round of the CPU's loop does. */
const CPU_ROUND = 8192;

// f(rounds): four accumulators += a[i] * b[i] over two arrays of 32 KB, `rounds` times.
const CPU_LOOP: readonly number[] = (() => {
  const simd = (...code: number[]): number[] => [0xfd, ...code];
  const step = (i: number): number[] => [
    ...[0x20, 2 + i], // local.get accumulator i
    ...[0x20, 0x01, ...simd(0x00, 0x04, 0x10 * i)], // local.get p; v128.load offset=16 i
    ...[0x20, 0x01, ...simd(0x00, 0x04, 0x80 | (0x10 * i), 0x80, 0x02)], // ... offset=32768 + 16 i
    ...simd(0xe6, 0x01), // f32x4.mul
    ...simd(0xe4, 0x01), // f32x4.add
    ...[0x21, 2 + i], // local.set accumulator i
  ];
  const sum = simd(0xe4, 0x01);
  return [
    ...[0x03, 0x40, 0x41, 0x00, 0x21, 0x01], // loop; p = 0
    ...[0x03, 0x40, ...step(0), ...step(1), ...step(2), ...step(3)], // loop
    ...[0x20, 0x01, 0x41, 0xc0, 0x00, 0x6a, 0x22, 0x01], // p += 64
    ...[0x41, 0x80, 0x80, 0x02, 0x49, 0x0d, 0x00, 0x0b], // br_if p < 32768; end
    ...[0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b], // br_if rounds -= 1; end
    ...[0x20, 0x02, 0x20, 0x03, ...sum, 0x20, 0x04, ...sum, 0x20, 0x05, ...sum],
    ...[...simd(0x1f, 0x00), 0x0b], // f32x4.extract_lane 0; end
  ];
})();

function cpuModule(): Uint8Array<ArrayBuffer> {
  const section = (id: number, body: readonly number[]): number[] => {
    const low = (body.length & 0x7f) | 0x80;
    return [id, low, body.length >> 7, ...body]; // the length as two bytes of LEB128
  };
  const code = [0x02, 0x01, 0x7f, 0x04, 0x7b, ...CPU_LOOP]; // locals: one i32, four v128
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version 1
    ...section(1, [0x01, 0x60, 0x01, 0x7f, 0x01, 0x7d]), // type: (i32) -> f32
    ...section(3, [0x01, 0x00]),
    ...section(5, [0x01, 0x00, 0x01]), // one page of memory
    ...section(7, [0x01, 0x01, 0x66, 0x00, 0x00]), // export "f"
    ...section(10, [0x01, (code.length & 0x7f) | 0x80, code.length >> 7, ...code]),
  ]);
}

/** Multiply-adds a second of one CPU core in 128-bit SIMD on f32; 0 without SIMD. */
export function measureCpu(): number {
  const bytes = cpuModule();
  if (!WebAssembly.validate(bytes)) return 0;
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as {
    f: (rounds: number) => number;
  };
  return best((rounds) => {
    const start = performance.now();
    f(rounds);
    return performance.now() - start;
  }, CPU_ROUND);
}

/** Doubles the work until it fills half the budget; the best rate seen, a second. */
function best(run: (rounds: number) => number, work: number): number {
  let rate = 0;
  for (let rounds = 16, spent = 0; spent < BUDGET; rounds *= 2) {
    const took = run(rounds);
    spent += Math.max(took, 0.01);
    rate = Math.max(rate, (rounds * work) / Math.max(took, 0.01));
    if (took > BUDGET / 2) break;
  }
  return rate * 1000;
}

// Each lane keeps a tile of 4 x 4 sums in registers, 256 deep.
const GPU_LOOP = `
@group(0) @binding(0) var<storage, read_write> a: array<vec4<f32>, 4096>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var s0 = vec4<f32>(0.0);
  var s1 = s0;
  var s2 = s0;
  var s3 = s0;
  for (var k = 0u; k < 256u; k++) {
    let x = a[k];
    let w = a[256u + (id.x % 8u) * 256u + k];
    s0 += x.x * w;
    s1 += x.y * w;
    s2 += x.z * w;
    s3 += x.w * w;
  }
  a[4096u - 64u + id.x % 64u] = s0 + s1 + s2 + s3;
}`;
/** Multiply-adds of one workgroup. */
const GPU_GROUP = 64 * 256 * 16;
/** Workgroups of the largest dispatch. */
const MOST_GROUPS = 8192;

// The parts of WebGPU used here; TypeScript's DOM library does not have it everywhere.
interface Buffer {
  destroy(): void;
}
interface Pass {
  setPipeline(pipeline: Pipeline): void;
  setBindGroup(index: number, group: object): void;
  dispatchWorkgroups(x: number): void;
  end(): void;
}
interface Pipeline {
  getBindGroupLayout(index: number): object;
}
interface Device {
  readonly queue: { submit(buffers: object[]): void; onSubmittedWorkDone(): Promise<void> };
  createShaderModule(from: { code: string }): object;
  createComputePipelineAsync(from: object): Promise<Pipeline>;
  createBuffer(from: { size: number; usage: number }): Buffer;
  createBindGroup(from: object): object;
  createCommandEncoder(): { beginComputePass(): Pass; finish(): object };
  destroy(): void;
}

/** What `measureGpu` needs of an adapter. */
export interface MeasurableAdapter {
  requestDevice?(): Promise<unknown>;
}

/**
 * Multiply-adds a second of a GPU in f32, with the way there and back in it; 0
 * for an adapter that gives no device.
 */
export async function measureGpu(adapter: MeasurableAdapter): Promise<number> {
  let device: Device | undefined;
  try {
    device = (await adapter.requestDevice?.()) as Device | undefined;
    return device === undefined ? 0 : await measureDevice(device);
  } catch {
    return 0;
  } finally {
    device?.destroy();
  }
}

async function measureDevice(device: Device): Promise<number> {
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: GPU_LOOP }), entryPoint: "main" },
  });
  const buffer = device.createBuffer({ size: 65536, usage: 0x80 }); // GPUBufferUsage.STORAGE
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  const run = async (groups: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(groups);
    pass.end();
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await run(1); // the first one compiles
  let rate = 0;
  for (let groups = 4, spent = 0; spent < BUDGET && groups <= MOST_GROUPS; groups *= 4) {
    const took = Math.max(await run(groups), 0.01);
    spent += took;
    rate = Math.max(rate, (groups * GPU_GROUP) / took);
  }
  buffer.destroy();
  return rate * 1000;
}
