//! Packages that `Cargo.toml` compiles in a way of their own: each has to be one that `Cargo.lock` has.
//!
//! Cargo warns of others only where it compiles nothing by that name, in one line among many; a crate that a
//! dependency renamed would be slow to build, or slow, and nobody would see why.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

/// The packages that profiles name and the lock file does not have.
pub(super) fn check(manifest: &str, lock: &str) -> Result<Vec<String>> {
    let lock: toml::Table = toml::from_str(lock).context("cannot read Cargo.lock")?;
    let locked = lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock has no packages")?;
    let locked: BTreeSet<&str> = locked.iter().filter_map(|package| package.get("name")?.as_str()).collect();
    let manifest: toml::Table = toml::from_str(manifest).context("cannot read Cargo.toml")?;
    let profiles = manifest.get("profile").and_then(toml::Value::as_table);
    let mut faults = Vec::new();
    for (profile, settings) in profiles.into_iter().flatten() {
        let packages = settings.get("package").and_then(toml::Value::as_table);
        for name in packages.into_iter().flat_map(toml::Table::keys) {
            if name != "*" && !locked.contains(name.as_str()) {
                faults.push(format!(
                    "Cargo.toml: profile `{profile}` names the package {name}, which Cargo.lock does not have"
                ));
            }
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_went_is_told() {
        let manifest = "[profile.fast.package]\n\"*\" = { opt-level = 1 }\nhalf = { opt-level = 3 }\nthird = { opt-level = 3 }\n\
                        [profile.dev]\ndebug = false\n";
        let lock = "[[package]]\nname = \"half\"\nversion = \"1.0.0\"\n";
        let faults = check(manifest, lock).unwrap();
        assert_eq!(
            faults,
            ["Cargo.toml: profile `fast` names the package third, which Cargo.lock does not have"]
        );
        assert!(check(manifest, "[").is_err() && check("[", lock).is_err() && check("", "").is_err());
    }
}
