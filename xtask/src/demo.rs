//! The playground, from nothing to ghost text.
//!
//! Everything is set up and built as far as it is not, then the page is served on
//! loopback. `--headless` has a real browser use that same page the way a person
//! would (`tests/browser/demo.mjs`) and reports what it saw as one line of JSON.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use ghostlight_models::{Cache, Catalog};

use crate::server::{self, Server};
use crate::setup::{self, Part};
use crate::{build, sh};

/// Serve the playground and print its address.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Drive the page in a headless browser; the last line is a JSON object with what it showed.
    #[arg(long)]
    headless: bool,
    /// Which kernels to use; `auto` takes the GPU where there is one.
    #[arg(long, value_enum, default_value_t = Engine::Auto)]
    engine: Engine,
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
enum Engine {
    Auto,
    Cpu,
    Webgpu,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Webgpu => "webgpu",
        }
    }
}

/// How long the server may take to start.
const START: Duration = Duration::from_secs(60);

/// How long the page may take until ghost text, slow machines included.
const HEADLESS_LIMIT: Duration = Duration::from_secs(600);

pub(crate) fn main(options: &Options) -> Result<()> {
    let model = model(options.model.as_deref())?;
    let mut parts = vec![Part::Wasm, Part::Node, Part::Bindgen];
    if options.headless {
        parts.push(Part::Chromium);
    }
    if options.model.is_none() {
        parts.push(Part::Model);
    }
    setup::ensure(&parts)?;
    build::main(&build::Options::default())?;

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
    let chromium = setup::chromium().context("there is no Chromium; set GHOSTLIGHT_CHROMIUM to its path")?;
    let mut node = sh::command("node");
    node.arg("tests/browser/demo.mjs").args([url, engine]).env(setup::CHROMIUM, chromium);
    let text = server::attended(&mut node, HEADLESS_LIMIT).context("no ghost text came")?;
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
