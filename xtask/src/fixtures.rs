//! The committed goldens, made anew by the programs that define what is right.
//!
//! The makers are scripts beside the goldens, in Python and for Node; here they get
//! an environment of their own with exactly the packages that `requirements.txt`
//! and `package.json` pin. Tests never need any of it. Run it when a maker changes, and read the difference before it
//! is committed.

use std::path::Path;

use anyhow::{Result, bail};
use ghostlight_models::Terminal;

use crate::{setup, sh};

const FOLDER: &str = "tests/conformance";

/// Make the conformance goldens anew (takes minutes; needs Python and Node.js).
#[derive(clap::Args)]
pub(crate) struct FixturesOptions {
    /// Only scripts whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// A script that makes goldens.
struct Maker {
    name: &'static str,
    /// Takes the path of a model of the catalogue.
    model: Option<&'static str>,
}

const MAKERS: &[Maker] = &[
    Maker { name: "gguf_blocks.py", model: None },
    Maker { name: "families_goldens.py", model: None },
    Maker { name: "quantized_goldens.py", model: None },
    Maker { name: "smollm2_select.py", model: Some("tiny") },
    Maker { name: "smollm2_goldens.py", model: Some("tiny") },
    Maker { name: "qwen2_select.py", model: Some("tab") },
    Maker { name: "qwen2_goldens.py", model: Some("tab") },
    Maker { name: "tokenizer_goldens.mjs", model: Some("tiny") },
    Maker { name: "embed_goldens.py", model: None },
];

/// A portable build of llama.cpp with ggml's plain kernels, so that goldens do not depend on the machine.
const LLAMA_CPP: &str = "-DGGML_NATIVE=OFF -DGGML_AVX512=OFF -DGGML_OPENMP=OFF -DGGML_LLAMAFILE=OFF \
                         -DGGML_CPU_REPACK=OFF";

pub(crate) fn main(options: &FixturesOptions) -> Result<()> {
    let folder = sh::root().join(FOLDER);
    let is_wanted = |maker: &&Maker| options.only.as_deref().is_none_or(|only| maker.name.contains(only));
    let makers: Vec<&Maker> = MAKERS.iter().filter(is_wanted).collect();
    if makers.is_empty() {
        bail!(
            "no such maker; there are {}",
            MAKERS.iter().map(|maker| maker.name).collect::<Vec<_>>().join(", ")
        );
    }
    for maker in makers {
        let mut command = if maker.name.ends_with(".py") {
            sh::command(environment(&folder)?)
        } else {
            let mut npm = sh::npm();
            sh::run(npm.current_dir(&folder).args(["install", "--ignore-scripts", "--no-package-lock"]))?;
            sh::command("node")
        };
        command.current_dir(&folder).arg(maker.name);
        if let Some(model) = maker.model {
            command.arg(ghostlight_models::fetch(Some(model), &mut Terminal::new())?);
        }
        sh::run(&mut command)?;
    }
    sh::run(sh::command("git").args(["--no-pager", "diff", "--stat", "--", FOLDER]))
}

/// A Python with the pinned packages, kept in the cache.
fn environment(folder: &Path) -> Result<std::path::PathBuf> {
    setup::python_with("conformance", &folder.join("requirements.txt"), LLAMA_CPP, |pip| {
        pip.args(["--no-binary", "llama-cpp-python"]).env("CMAKE_ARGS", LLAMA_CPP);
    })
}
