// A worker that times the operations of one build of the engine: `?build=cpu-relaxed&rounds=5`.

const asked = new URL(self.location.href).searchParams;
const folder = new URL(`/wasm/${asked.get("build")}/`, self.location.href);
try {
  const engine = await import(new URL("ghostlight_engine.js", folder).href);
  await engine.default({ module_or_path: new URL("ghostlight_engine_bg.wasm", folder) });
  await engine.timeKernels(Number(asked.get("rounds")), (row) => self.postMessage({ row }));
  self.postMessage({ done: true });
} catch (error) {
  self.postMessage({ error: String(error?.message ?? error) });
}
