//! The edge worker: built, and started with a model behind it.
//!
//! The idea: one WebAssembly file and one JavaScript module, made by Cargo,
//! `wasm-bindgen` and rolldown, all of which are there anyway, so that nothing is
//! downloaded for it. What runs them is Miniflare; the model behind is llama.cpp from
//! npm with the model `tiny`, so everything works without a network.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use ghostlight_models::Terminal;

use crate::setup::{self, Part};
use crate::stamp::{Inputs, Stamp};
use crate::workspace::Metadata;
use crate::{modules, sh};

/// Build the edge worker and start it on this machine, with a model behind it.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Only build.
    #[arg(long)]
    build: bool,
    /// Build faster, without link-time optimisation and wasm-opt.
    #[arg(long)]
    dev: bool,
    /// Port to serve on.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// A configuration (TOML or JSON) in place of the one over the model `tiny`.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

/// Where the worker's files are, for `edge/wrangler.toml` and `edge/workerd.capnp`.
const BUILD: &str = "edge/build";
const WASM: &str = "ghostlight_edge_bg.wasm";
/// The package with llama.cpp. It is no npm workspace: its graphics drivers are left out.
const BACKEND: &str = "tests/edge/backend";

pub(crate) fn main(options: &Options) -> Result<()> {
    worker(options.dev)?;
    if options.build {
        return Ok(());
    }
    let mut npm = sh::npm();
    npm.args(["start", "--loglevel=error", "--workspace", "tests/edge", "--", "--port"]);
    npm.arg(options.port.to_string());
    match &options.config {
        Some(path) => {
            let path = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
            npm.arg("--config").arg(path);
        }
        None => {
            let model =
                backend()?.context("llama.cpp comes prebuilt for Linux on x86-64 only: give --config")?;
            npm.arg("--model").arg(model);
        }
    }
    sh::run(&mut npm)
}

/// Makes `edge/build`; the path of its WebAssembly.
pub(crate) fn worker(dev: bool) -> Result<PathBuf> {
    setup::ensure(&[Part::Wasm, Part::Bindgen, Part::Node])?;
    let target = Metadata::load()?.target_directory;
    let profile = if dev { "wasm-dev" } else { "edge" };
    let mut cargo = sh::cargo();
    // A variable would replace the flags of `.cargo/config.toml`.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.args(["build", "--package", "ghostlight-edge", "--lib", "--target", setup::WASM_TARGET]);
    sh::run(cargo.args(["--profile", profile]))?;
    let built = target.join(setup::WASM_TARGET).join(profile).join("ghostlight_edge.wasm");

    let bindgen = setup::bindgen()?;
    let shims = ["prelude.mjs", "worker.mjs"].map(|name| sh::root().join("edge").join(name));
    let mut inputs = Inputs::new(&format!("edge {profile} {:?}", modules::OPTIMIZE));
    inputs.add(bindgen.version.as_bytes());
    for shim in &shims {
        inputs.path(shim)?;
    }
    inputs.path(&sh::root().join("package-lock.json"))?;
    inputs.add(&std::fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?);
    let hash = inputs.hex();
    let out = sh::root().join(BUILD);
    let stamp = Stamp::at(out.join(".stamp"));
    if stamp.is_fresh(&hash, &[&out.join(WASM), &out.join("worker.mjs")]) {
        eprintln!("  the edge worker is up to date");
        return Ok(out.join(WASM));
    }
    let work = target.join("xtask/edge");
    if work.exists() {
        std::fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    }
    let mut glue = sh::command(&bindgen.path);
    glue.args(["--target", "web", "--no-typescript", "--out-name", "ghostlight_edge", "--out-dir"]);
    sh::run(glue.arg(&work).arg(&built))?;
    let raw = work.join(WASM);
    if !dev {
        let small = work.join("optimized.wasm");
        let mut optimizer = sh::command("node_modules/.bin/wasm-opt");
        sh::run(optimizer.arg("-O3").args(modules::OPTIMIZE).arg(&raw).arg("-o").arg(&small))?;
        std::fs::rename(&small, &raw)?;
    }
    std::fs::create_dir_all(&out)?;
    for shim in &shims {
        std::fs::copy(shim, work.join(shim.file_name().expect("it is a file")))?;
    }
    // The glue asks for a module of the `worker` crate under a name with a hash, so it is bundled.
    let mut bundler = sh::command("node_modules/.bin/rolldown");
    bundler.arg(work.join("worker.mjs")).args([
        "--format",
        "esm",
        "--minify",
        "--external",
        "./ghostlight_edge_bg.wasm",
    ]);
    sh::run(bundler.arg("--file").arg(out.join("worker.mjs")))?;
    std::fs::copy(&raw, out.join(WASM))?;
    stamp.write(&hash)?;
    Ok(out.join(WASM))
}

/// Sets up llama.cpp and the model `tiny`; the model's path, or `None` where llama.cpp is not prebuilt.
pub(crate) fn backend() -> Result<Option<PathBuf>> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(None);
    }
    let folder = sh::root().join(BACKEND);
    let mut inputs = Inputs::new("llama.cpp");
    inputs.path(&folder.join("package.json"))?;
    let hash = inputs.hex();
    let modules = folder.join("node_modules");
    let stamp = Stamp::at(modules.join(".ghostlight"));
    if !stamp.is_fresh(&hash, &[&modules]) {
        let mut npm = sh::npm();
        npm.current_dir(&folder);
        // Without a lock file: one would ask for this version on platforms that some registries lack.
        npm.args(["install", "--no-package-lock", "--ignore-scripts", "--omit=optional"]);
        sh::run(npm.args(["--no-audit", "--no-fund", "--loglevel=error"]))?;
        stamp.write(&hash)?;
    }
    let model = ghostlight_models::fetch(Some("tiny"), &mut Terminal::new())?;
    if !model.is_file() {
        bail!("the model tiny is not at {}", model.display());
    }
    Ok(Some(model))
}

/// The environment variable that tells the tests where the backend's model is.
pub(crate) const MODEL: &str = "GHOSTLIGHT_MODEL";
