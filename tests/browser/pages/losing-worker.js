// The package's worker, on a machine whose GPU device is lost as soon as a request is under way.
//
// The engine module is the one that the worker will import: same URL, same instance.

const glue = new URL("/wasm/webgpu/ghostlight_engine.js", location.href).href;
const { Engine } = await import(glue);
const complete = Engine.prototype.complete;
Engine.prototype.complete = function (...rest) {
  const running = complete.apply(this, rest);
  this.loseDevice();
  return running;
};
await import("/package/worker.js");
