// Two of the runtime's services, made cheap for WebAssembly; imported before the glue that takes them.
//
// Under load they were most of what a request cost, and their garbage stopped the
// world for hundreds of milliseconds.

// The runtime makes a function template for each microtask; a promise makes none.
const resolved = Promise.resolve();
globalThis.queueMicrotask = (task) => {
  void resolved.then(task);
};

// wasm-bindgen registers every closure, for those that nobody drops. Ours are all dropped, and V8
// keeps the registry in one table that it copies as it grows. Objects are still registered.
const Registry = globalThis.FinalizationRegistry;
globalThis.FinalizationRegistry = class extends Registry {
  register(target, held, token) {
    if (typeof target !== "function") super.register(target, held, token);
  }
};
