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
use crate::sh;
use crate::stamp::{Inputs, Stamp};
use crate::wasm::{self, Artifact, Effort};
use crate::workspace::Metadata;

/// Build the edge worker and start it on this machine, with a model behind it.
#[derive(clap::Args, Default)]
pub(crate) struct EdgeOptions {
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
const PACKAGE: &str = "ghostlight-edge";
const WASM: &str = "ghostlight_edge_bg.wasm";
/// The package with llama.cpp. It is no npm workspace: its graphics drivers are left out.
const BACKEND: &str = "tests/edge/backend";

pub(crate) fn main(options: &EdgeOptions) -> Result<()> {
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

/// Cargo's profile: a server wants speed, not size; tests want it soon.
fn profile(dev: bool) -> &'static str {
    if dev { Effort::Dev.profile() } else { "edge" }
}

/// Compiles the worker; the module before `wasm-bindgen`.
pub(crate) fn compile(dev: bool) -> Result<PathBuf> {
    setup::ensure(&[Part::Wasm, Part::Bindgen, Part::Node])?;
    let target = Metadata::load()?.target_directory;
    wasm::compile(wasm::cargo("build", profile(dev)), PACKAGE, profile(dev), &target)
}

/// Makes `edge/build`; the path of its WebAssembly.
pub(crate) fn worker(dev: bool) -> Result<PathBuf> {
    let built = compile(dev)?;
    let shims = ["prelude.mjs", "worker.mjs"].map(|name| sh::root().join("edge").join(name));
    let mut scripts = Inputs::new(profile(dev));
    for shim in &shims {
        scripts.path(shim)?;
    }
    scripts.path(&sh::root().join("package-lock.json"))?;
    let out = sh::root().join(BUILD);
    let module = out.join(WASM);
    let artifact = Artifact {
        name: "the edge worker",
        built: &built,
        how: &scripts.hex(),
        level: "-O3",
        stamp: Stamp::at(out.join(".stamp")),
        outputs: &[&module, &out.join("worker.mjs")],
    };
    let effort = if dev { Effort::Dev } else { Effort::Release };
    artifact.make(effort, |level| {
        let work = Metadata::load()?.target_directory.join("xtask/edge");
        let raw = wasm::bind(&built, &work, &["--no-typescript"])?;
        std::fs::create_dir_all(&out)?;
        for shim in &shims {
            std::fs::copy(shim, work.join(shim.file_name().expect("it is a file")))?;
        }
        // The glue asks for a module of the `worker` crate under a name with a hash, so it is bundled.
        let mut bundler = sh::command("node_modules/.bin/rolldown");
        bundler.arg(work.join("worker.mjs")).args(["--format", "esm", "--minify"]);
        bundler.args(["--external", "./ghostlight_edge_bg.wasm", "--file"]);
        sh::run(bundler.arg(out.join("worker.mjs")))?;
        wasm::optimize(level, &raw, &module)
    })?;
    Ok(module)
}

/// Sets up llama.cpp and the model `tiny`; the model's path, or `None` where llama.cpp is not prebuilt.
pub(crate) fn backend() -> Result<Option<PathBuf>> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(None);
    }
    setup::npm_packages(BACKEND)?;
    let model = ghostlight_models::fetch(Some("tiny"), &mut Terminal::new())?;
    if !model.is_file() {
        bail!("the model tiny is not at {}", model.display());
    }
    Ok(Some(model))
}

/// The environment variable that tells the tests where the backend's model is.
pub(crate) const MODEL: &str = "GHOSTLIGHT_MODEL";
