//! The playground, from nothing to ghost text.
//!
//! What this page will load on this machine is set up and built as far as it is not, then it is
//! served on loopback. `--headless` has a real browser use that same page the way a person
//! would (`tests/browser/demo.mjs`) and reports what it saw as one line of JSON.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use ghostlight_models::{Cache, Catalog};

use crate::build::Plan;
use crate::server::{self, Server};
use crate::setup::{self, Part};
use crate::wasm::Effort;
use crate::{build, node, packs, sh};

/// Serve the playground and print its address.
#[derive(clap::Args)]
pub(crate) struct DemoOptions {
    /// Drive the page in a headless browser; the last line is a JSON object with what it showed.
    #[arg(long)]
    headless: bool,
    /// Which kernels to use; `auto` takes the GPU where there is one.
    #[arg(long, value_enum, default_value_t = DemoEngine::Auto)]
    engine: DemoEngine,
    /// A GGUF file to use in place of the default model.
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Port to serve on [default: 5173, or a free one with --headless]
    #[arg(long)]
    port: Option<u16>,
    /// Do not open the browser.
    #[arg(long)]
    no_open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DemoEngine {
    Auto,
    Cpu,
    Webgpu,
}

impl DemoEngine {
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Webgpu => "webgpu",
        }
    }
}

/// The files that the page opens.
const PROJECT: &str = "examples/playground/project";

/// How long the server may take to start.
const START: Duration = Duration::from_secs(60);

/// How long the page may take until ghost text, slow machines included.
const HEADLESS_LIMIT: Duration = Duration::from_secs(600);

pub(crate) fn main(options: &DemoOptions) -> Result<()> {
    let start = Instant::now();
    let model = model(options.model.as_deref())?;
    let mut parts = Vec::new();
    if options.headless {
        parts.push(Part::Chromium);
    }
    if options.model.is_none() {
        parts.push(Part::Model);
    }
    let wanted = builds(options.engine, Device::of_this_machine(options.headless));
    build::make(&Plan::new(|variant| wanted.contains(&variant.name), grammars(), Effort::Demo), &parts)?;
    eprintln!("ok: all that the page needs ({} s)", start.elapsed().as_secs());

    let port = match options.port {
        Some(port) => port,
        None if options.headless => server::free_port()?,
        None => 5173,
    };
    let playground = sh::root().join("examples/playground");
    let vite = sh::root().join("node_modules/vite/bin/vite.js");
    let mut serve = sh::command("node");
    // Vite itself rather than `npm run`, so that its process id is the server's.
    serve.current_dir(&playground).arg(vite).args(["preview", "--host", "127.0.0.1", "--strictPort"]);
    serve.args(["--port", &port.to_string()]).env("GHOSTLIGHT_MODEL_PATH", &model.path);
    serve.env(
        "GHOSTLIGHT_MODEL_PATHS",
        std::env::join_paths(fetched(&Catalog::builtin()?, &Cache::from_env()?))?,
    );
    // What it says about addresses would contradict ours, and stdout is for the result.
    serve.stdout(std::process::Stdio::null());
    let server = Server::start(&mut serve, port, START)?;
    let engine = options.engine.name();
    let page = format!("http://127.0.0.1:{port}/?engine={engine}");
    let named = format!("{page}&model=/models/{}.gguf", model.id);
    if options.headless {
        return headless(&named, engine);
    }
    // Nobody named a model, so the page chooses by what the device has.
    let url = if options.model.is_some() { named } else { page };
    println!("{url}");
    eprintln!("serving the playground; Ctrl-C ends it");
    if !options.no_open {
        open(&url);
    }
    server.wait()
}

/// What is known of the browser that will open the page, before there is one.
#[derive(Debug, Clone, Copy)]
struct Device {
    cores: usize,
    /// Whether there may be an adapter that is not software.
    gpu: bool,
    /// Whether the browser may be one without relaxed SIMD.
    plain_simd: bool,
}

impl Device {
    fn of_this_machine(headless: bool) -> Self {
        let render_node =
            |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with("renderD");
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            gpu: cfg!(any(target_os = "macos", windows))
                || std::fs::read_dir("/dev/dri")
                    .is_ok_and(|mut dri| dri.any(|entry| entry.is_ok_and(render_node))),
            // Safari; the headless browser is a Chromium.
            plain_simd: cfg!(target_os = "macos") && !headless,
        }
    }
}

/// The builds of the engine that a page may choose on a device, as `chooseBuild` in
/// `web/package/src/shared/features.ts` does. The page is cross-origin isolated, so there are threads.
fn builds(engine: DemoEngine, device: Device) -> Vec<&'static str> {
    let mut builds = Vec::new();
    if engine == DemoEngine::Webgpu || engine == DemoEngine::Auto && device.gpu {
        builds.push("webgpu");
    }
    // Also beside WebGPU, which may not be had, or lost.
    builds.push(if device.cores > 1 { "cpu-threads" } else { "cpu-relaxed" });
    if device.plain_simd {
        builds.push("cpu");
    }
    builds
}

/// The grammars of the sample project's files, which are in a folder a language.
fn grammars() -> impl Iterator<Item = &'static str> {
    packs::names().filter(|name| sh::root().join(PROJECT).join(name).is_dir())
}

struct ModelFile {
    id: String,
    path: PathBuf,
}

/// The file to serve and the name to serve it under.
fn model(path: Option<&Path>) -> Result<ModelFile> {
    let Some(path) = path else {
        let catalog = Catalog::builtin()?;
        let model = catalog.model(None)?;
        let path = Cache::from_env()?.file(model);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(ModelFile { path, id: stem });
    };
    let path = std::path::absolute(path)?;
    let metadata = std::fs::metadata(&path).with_context(|| format!("cannot open {}", path.display()))?;
    if !metadata.is_file() {
        bail!("{} is not a file", path.display());
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(ModelFile { id: url_name(&stem), path })
}

/// The models of the page's menu that are in the cache.
fn fetched(catalog: &Catalog, cache: &Cache) -> Vec<PathBuf> {
    let offered = catalog.models.iter().filter(|model| model.page.is_some());
    offered.map(|model| cache.file(model)).filter(|path| path.is_file()).collect()
}

/// A name that stands in an address as it is.
fn url_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    name.chars().map(plain).collect()
}

/// Has a browser use the page; prints the script's last line, which is the report.
fn headless(url: &str, engine: &str) -> Result<()> {
    setup::chromium().context("there is no Chromium; set GHOSTLIGHT_CHROMIUM to its path")?;
    let mut node = node::script("tests/browser/demo.mjs");
    let text = server::attended(node.args([url, engine]), HEADLESS_LIMIT).context("no ghost text came")?;
    let report = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    serde_json::from_str::<serde_json::Value>(report).context("the browser script printed no report")?;
    println!("{report}");
    Ok(())
}

/// Opens the address in the user's browser, if there is a way to; the address is printed anyway.
fn open(url: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let has_display = cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if has_display && sh::which(opener).is_some() {
        sh::succeeds(sh::command(opener).arg(url));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::VARIANTS;

    #[test]
    fn only_what_a_page_can_choose_on_a_device_is_built() {
        let device = |cores, gpu, plain_simd| Device { cores, gpu, plain_simd };
        for (engine, device, builds) in [
            (DemoEngine::Auto, device(2, false, false), &["cpu-threads"][..]),
            (DemoEngine::Auto, device(1, false, false), &["cpu-relaxed"]),
            (DemoEngine::Auto, device(8, true, false), &["webgpu", "cpu-threads"]),
            (DemoEngine::Auto, device(8, true, true), &["webgpu", "cpu-threads", "cpu"]),
            (DemoEngine::Cpu, device(8, true, false), &["cpu-threads"]),
            (DemoEngine::Webgpu, device(2, false, false), &["webgpu", "cpu-threads"]),
        ] {
            assert_eq!(super::builds(engine, device), builds, "{engine:?} on {device:?}");
            let known = |name: &&str| VARIANTS.iter().any(|variant| variant.name == *name);
            assert!(builds.iter().all(known), "{builds:?}");
        }
    }

    #[test]
    fn each_file_of_the_project_has_its_grammar() {
        let folders = std::fs::read_dir(sh::root().join(PROJECT)).unwrap();
        let mut folders: Vec<_> =
            folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        folders.sort();
        assert_eq!(grammars().collect::<Vec<_>>(), folders);
    }

    #[test]
    fn any_file_name_becomes_part_of_an_address() {
        assert_eq!(url_name("My Model (v2) ü.Q4_1"), "My-Model--v2---.Q4_1");
    }

    #[test]
    fn only_what_was_fetched_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let catalog = Catalog::builtin().unwrap();
        assert!(fetched(&catalog, &cache).is_empty());
        let path = cache.file(catalog.model(None).unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "a model").unwrap();
        assert_eq!(fetched(&catalog, &cache), [path]);
    }

    #[test]
    fn a_model_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("none.gguf"), folder.path().to_owned()] {
            let Err(error) = model(Some(&path)) else { panic!("{} is no model", path.display()) };
            assert!(format!("{error:#}").contains(path.to_str().unwrap()), "{error:#}");
        }
    }
}
