//! The npm packages of all npm workspaces, as `package-lock.json` has them.
//!
//! Install scripts are not run: none of the packages needs one, and several use
//! them to download from places that a registry mirror does not have.

use anyhow::{Context, Result, bail};

use crate::sh;
use crate::stamp::{Inputs, Stamp};

/// The oldest Node.js that the packages run on.
const OLDEST: (u64, u64) = (20, 19);

/// How npm installs.
const QUIETLY: [&str; 4] = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

pub(super) fn ensure() -> Result<()> {
    let root = sh::root();
    let version = sh::output(sh::command("node").arg("--version"))
        .with_context(|| format!("install Node.js {}.{} or newer by hand", OLDEST.0, OLDEST.1))?;
    if !new_enough(&version) {
        bail!("Node.js is {version}: install {}.{} or newer by hand", OLDEST.0, OLDEST.1);
    }

    let lock = root.join("package-lock.json");
    // It repeats what each package.json asks for; npm refuses one that it does not fit.
    let mut inputs = Inputs::new("npm");
    inputs.path(&lock)?;
    let modules = root.join("node_modules");
    let stamp = Stamp::at(modules.join(".ghostlight/installed"));
    stamp.renew(inputs, &[&modules], || {
        if !lock.is_file() {
            bail!("there is no package-lock.json: run `npm install --ignore-scripts` once and commit it");
        }
        sh::run(sh::npm().arg("ci").args(QUIETLY)).context(
            "npm could not install package-lock.json; after editing a package.json run `npm install`",
        )
    })?;
    Ok(())
}

/// Installs the packages of a folder that is no npm workspace, such as peers that are measured.
///
/// Optional packages are left out: those are llama.cpp for GPUs and other machines. There is no lock
/// file: it would have to name those too, and a registry's mirror may lack some.
pub(crate) fn npm_packages(folder: &str) -> Result<()> {
    let folder = sh::root().join(folder);
    let mut inputs = Inputs::new("npm, without optional packages");
    inputs.path(&folder.join("package.json"))?;
    let modules = folder.join("node_modules");
    Stamp::at(modules.join(".ghostlight")).renew(inputs, &[&modules], || {
        let mut npm = sh::npm();
        npm.current_dir(&folder).args(["install", "--no-package-lock", "--omit=optional"]).args(QUIETLY);
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            // llama.cpp comes prebuilt for one platform here; elsewhere its rows are missing.
            npm.arg("--force");
        }
        sh::run(&mut npm).with_context(|| format!("npm could not install {}", folder.display()))
    })?;
    Ok(())
}

fn new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(|part| part.parse::<u64>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= OLDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        for (version, fine) in
            [("v20.19.0", true), ("v20.9.9", false), ("v100.0.0", true), ("v18.99.0", false), ("", false)]
        {
            assert_eq!(new_enough(version), fine, "{version}");
        }
    }
}
