# The worker beside this file, with the flags that edge/workerd.capnp gives to ours.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  v8Flags = ["--cppgc-young-generation", "--optimize-for-size"],
  services = [
    (name = "plain", worker = .plain),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "plain")],
);

const plain :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-04-01",
  bindings = [(name = "BACKEND", fromEnvironment = "BACKEND")],
);
