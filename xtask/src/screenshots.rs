//! Pictures of the playground at work: `tests/browser/screenshots.mjs` over a fresh build.

use std::path::PathBuf;

use anyhow::Result;

use crate::setup::{self, Part};
use crate::{build, node, sh};

/// Take pictures of the playground: several lines, an alternative, a part accepted, the settings, the prompt explained.
#[derive(clap::Args)]
pub(crate) struct ScreenshotsOptions {
    /// Folder for the pictures.
    #[arg(long, value_name = "FOLDER", default_value = "target/screenshots")]
    out: PathBuf,
    /// Use what is built, without building anew.
    #[arg(long)]
    no_build: bool,
}

pub(crate) fn main(options: &ScreenshotsOptions) -> Result<()> {
    setup::ensure(&[Part::Wasm, Part::Node, Part::Bindgen, Part::Chromium, Part::Model])?;
    if !options.no_build {
        build::main(&build::BuildOptions::default())?;
    }
    sh::run(node::script("tests/browser/screenshots.mjs").arg(&options.out))
}
