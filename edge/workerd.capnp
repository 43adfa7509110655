# Self-hosting without node: `workerd serve edge/workerd.capnp --experimental`.
#
# The folder `build` is made by `cargo xtask edge --build`. The configuration and the
# secret come from environment variables; durable objects keep their SQLite files in
# the folder given by `--directory-path objects=...`.
#
# There is no KV and no R2 here. Model files are served from `--directory-path models=...`.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  # The runtime's own objects die young, too: freed with each small collection they stop the
  # world for a tenth of the time, and take a third less memory. What is left of them is freed
  # twice as often and in half the time with the second flag: 28 ms of every 900 requests, not 55 of 2,000.
  v8Flags = ["--cppgc-young-generation", "--optimize-for-size"],
  services = [
    (name = "edge", worker = .edge),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    (name = "objects", disk = (path = "objects", writable = true)),
    (name = "models", disk = (path = "models")),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "build/worker.mjs"),
    (name = "ghostlight_edge_bg.wasm", wasm = embed "build/ghostlight_edge_bg.wasm"),
  ],
  compatibilityDate = "2026-04-01",
  # Tells the worker that a client went away, which is passed on to the backend.
  compatibilityFlags = ["enable_request_signal"],
  bindings = [
    (name = "GHOSTLIGHT_CONFIG", fromEnvironment = "GHOSTLIGHT_CONFIG"),
    (name = "GHOSTLIGHT_SECRET", fromEnvironment = "GHOSTLIGHT_SECRET"),
    (name = "JWT_SECRET", fromEnvironment = "JWT_SECRET"),
    (name = "BACKEND_KEY", fromEnvironment = "BACKEND_KEY"),
    (name = "GHOSTLIGHT_TENANTS", durableObjectNamespace = "TenantObject"),
    (name = "GHOSTLIGHT_REPOS", durableObjectNamespace = "RepoObject"),
    (name = "GHOSTLIGHT_ASSETS", service = "models"),
  ],
  durableObjectNamespaces = [
    (className = "TenantObject", uniqueKey = "ghostlight-tenants", enableSql = true),
    (className = "RepoObject", uniqueKey = "ghostlight-repos", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
