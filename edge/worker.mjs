// What the runtime loads: it instantiates the WebAssembly and hands every event to it.
// All else is in Rust; see src/shell.

import "./prelude.mjs";

import module from "./ghostlight_edge_bg.wasm";
import {
  handle_fetch,
  handle_scheduled,
  initSync,
  RepoObject,
  TenantObject,
} from "./ghostlight_edge.js";

initSync({ module });

export default {
  fetch: (request, env, context) => handle_fetch(request, env, context),
  scheduled: (_event, env, context) => handle_scheduled(env, context),
};

export { RepoObject, TenantObject };
