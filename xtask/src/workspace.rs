//! What Cargo knows about this workspace: packages, their direct dependencies, folders.
//!
//! Only the fields that are used, read from `cargo metadata --no-deps`, which
//! needs neither a network nor a build.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::sh;

/// The answer of `cargo metadata`.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

/// A crate of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) license: Option<String>,
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
}

/// A line of a `[dependencies]` table.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// Set for a crate of the workspace.
    pub(crate) path: Option<PathBuf>,
}

impl Metadata {
    pub(crate) fn load() -> Result<Self> {
        let text =
            sh::output(sh::cargo().args(["metadata", "--no-deps", "--format-version", "1", "--offline"]))?;
        serde_json::from_str(&text).context("cannot read the output of cargo metadata")
    }
}

/// Where the sources of all dependencies are, optional ones included, by name.
pub(crate) fn package_folders() -> Result<BTreeMap<String, PathBuf>> {
    #[derive(Deserialize)]
    struct Resolved {
        packages: Vec<Found>,
    }
    #[derive(Deserialize)]
    struct Found {
        name: String,
        manifest_path: PathBuf,
    }
    let text = sh::output(sh::cargo().args(["metadata", "--all-features", "--format-version", "1", "--quiet"]))?;
    let all: Resolved = serde_json::from_str(&text).context("cannot read the output of cargo metadata")?;
    let folder = |found: Found| Some((found.name, found.manifest_path.parent()?.to_owned()));
    Ok(all.packages.into_iter().filter_map(folder).collect())
}

/// The version of a package that `Cargo.lock` has settled on; the highest if there are several.
pub(crate) fn locked_version(name: &str) -> Result<Option<String>> {
    let path = sh::root().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    versions(&text, name)
}

fn versions(lock: &str, name: &str) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Lock {
        #[serde(default)]
        package: Vec<Locked>,
    }
    #[derive(Deserialize)]
    struct Locked {
        name: String,
        version: String,
    }
    let lock: Lock = toml::from_str(lock).context("cannot read Cargo.lock")?;
    let numbers = |version: &str| -> Vec<u64> {
        version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
    };
    let found = lock.package.into_iter().filter(|package| package.name == name);
    Ok(found.map(|package| package.version).max_by_key(|version| numbers(version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_gives_versions() {
        let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"0.9.1\"\n\
                    [[package]]\nname = \"a\"\nversion = \"0.10.0\"\n";
        assert_eq!(versions(lock, "a").unwrap().as_deref(), Some("0.10.0"));
        assert_eq!(versions(lock, "b").unwrap(), None);
        assert!(versions("[", "a").is_err());
    }
}
