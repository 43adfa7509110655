// Watches a worker from inside: its WebAssembly memory, and whether it uses the GPU.
//
// It is imported before the worker's own code and changes nothing that this code
// sees. Whoever posts to the channel in its URL gets an answer when the worker's
// event loop is free.

const memories = new Set();
let submits = 0;

const Memory = WebAssembly.Memory;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor) {
    super(descriptor);
    memories.add(this);
  }
};

function look(result) {
  const { exports } = result.instance ?? result;
  for (const value of Object.values(exports)) if (value instanceof Memory) memories.add(value);
  return result;
}
for (const name of ["instantiate", "instantiateStreaming"]) {
  const native = WebAssembly[name];
  WebAssembly[name] = async (...args) => look(await native.apply(WebAssembly, args));
}

if (globalThis.GPUQueue !== undefined) {
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (...args) {
    submits += 1;
    return submit.apply(this, args);
  };
}

const channel = new BroadcastChannel(new URL(import.meta.url).search);
channel.onmessage = ({ data }) => {
  if (data !== "report") return;
  // WebAssembly memory never shrinks: what it is now is the most that it was.
  const wasmBytes = [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  channel.postMessage({ wasmBytes, submits });
};
