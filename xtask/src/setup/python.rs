//! Python environments with the pinned packages of a `requirements.txt`, each in the user's cache.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::tools_folder;
use crate::sh;
use crate::stamp::{Inputs, Stamp};

/// Python's name on this system.
pub(crate) fn python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

/// The Python of the environment `name`, installed if need be. `how` tells what `configure` makes pip do
/// beside reading the requirements.
pub(crate) fn python_with(
    name: &str,
    requirements: &Path,
    how: &str,
    configure: impl FnOnce(&mut Command),
) -> Result<PathBuf> {
    let place = tools_folder()?.join(name);
    let program = place.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let mut inputs = Inputs::new(how);
    inputs.path(requirements)?;
    Stamp::at(place.join("installed")).renew(inputs, &[&program], || {
        sh::run(sh::command(python()).args(["-m", "venv", "--clear"]).arg(&place))?;
        let mut pip = sh::command(&program);
        pip.args(["-m", "pip", "install", "--quiet"]);
        configure(&mut pip);
        sh::run(pip.arg("--requirement").arg(requirements))
    })?;
    Ok(program)
}
