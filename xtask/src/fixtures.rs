//! The committed goldens, made anew by the programs that define what is right.
//!
//! The makers are Python scripts beside the goldens; here they get an environment
//! of their own with exactly the packages that `requirements.txt` pins. Tests never
//! need any of it. Run it when a maker changes, and read the difference before it
//! is committed.

use std::path::Path;

use anyhow::{Context, Result, bail};
use ghostlight_models::{Cache, Terminal};

use crate::sh;
use crate::stamp::{Inputs, Stamp};

const FOLDER: &str = "tests/conformance";

/// Make the conformance goldens anew (takes minutes; needs Python).
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only scripts whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Makers that take the default model's path.
const WITH_MODEL: &[&str] = &["smollm2_goldens.py"];

/// A portable build of llama.cpp with ggml's plain kernels, so that goldens do not depend on the machine.
const LLAMA_CPP: &str = "-DGGML_NATIVE=OFF -DGGML_AVX512=OFF -DGGML_OPENMP=OFF -DGGML_LLAMAFILE=OFF \
                         -DGGML_CPU_REPACK=OFF";

pub(crate) fn main(options: &Options) -> Result<()> {
    let folder = sh::root().join(FOLDER);
    let mut makers = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot list {FOLDER}"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_wanted = options.only.as_deref().is_none_or(|only| name.contains(only));
        if name.ends_with("_goldens.py") && is_wanted {
            makers.push(name);
        }
    }
    makers.sort();
    if makers.is_empty() {
        bail!("{FOLDER} has no such maker (*_goldens.py)");
    }
    let python = environment(&folder)?;
    for maker in makers {
        let mut command = sh::command(&python);
        command.current_dir(&folder).arg(&maker);
        if WITH_MODEL.contains(&maker.as_str()) {
            command.arg(ghostlight_models::fetch(None, &mut Terminal::new())?);
        }
        sh::run(&mut command)?;
    }
    sh::run(sh::command("git").args(["--no-pager", "diff", "--stat", "--", FOLDER]))
}

/// A Python with the pinned packages, kept in the cache.
fn environment(folder: &Path) -> Result<std::path::PathBuf> {
    let place = Cache::from_env()?.tools().join("conformance");
    let python = place.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let requirements = folder.join("requirements.txt");
    let mut inputs = Inputs::new(LLAMA_CPP);
    inputs.path(&requirements)?;
    let hash = inputs.hex();
    let stamp = Stamp::at(place.join("installed"));
    if !stamp.is_fresh(&hash, &[&python]) {
        let system = if cfg!(windows) { "python" } else { "python3" };
        sh::run(sh::command(system).args(["-m", "venv", "--clear"]).arg(&place))?;
        sh::run(
            sh::command(&python)
                .args(["-m", "pip", "install", "--quiet", "--requirement"])
                .arg(&requirements),
        )?;
        stamp.write(&hash)?;
    }
    Ok(python)
}
