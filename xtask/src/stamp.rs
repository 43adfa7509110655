//! Remembers that something was made from inputs that have not changed since.
//!
//! A stamp is a file with a hash of everything that goes into a step; it is
//! written after the step succeeded. Deleting it, or any output, repeats the
//! step, which is always safe.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A hash over inputs; the order in which they are added counts.
pub(crate) struct Inputs(Sha256);

impl Inputs {
    /// `what` names the step and how it is done; a change to it repeats the step.
    pub(crate) fn new(what: &str) -> Self {
        let mut inputs = Self(Sha256::new());
        inputs.add(what.as_bytes());
        inputs
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Adds a file, or all files below a folder that are not made by a build. Nothing for a path that is not there.
    pub(crate) fn path(&mut self, path: &Path) -> Result<()> {
        if path.is_dir() {
            let entries =
                std::fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
            let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
            paths.sort();
            for path in paths {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if !matches!(&*name, "node_modules" | "dist" | "target" | "wasm") {
                    self.path(&path)?;
                }
            }
        } else if path.is_file() {
            self.add(path.to_string_lossy().as_bytes());
            self.add(&std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?);
        }
        Ok(())
    }

    pub(crate) fn hex(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Where the hash of the last success is kept.
pub(crate) struct Stamp(PathBuf);

impl Stamp {
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Whether the last success was with these inputs and `outputs` are all still there.
    pub(crate) fn is_fresh(&self, hash: &str, outputs: &[&Path]) -> bool {
        outputs.iter().all(|output| output.exists())
            && std::fs::read_to_string(&self.0).is_ok_and(|stored| stored == hash)
    }

    /// Repeats a step unless it is fresh; whether it had to be.
    pub(crate) fn renew(
        &self,
        inputs: Inputs,
        outputs: &[&Path],
        make: impl FnOnce() -> Result<()>,
    ) -> Result<bool> {
        let hash = inputs.hex();
        if self.is_fresh(&hash, outputs) {
            return Ok(false);
        }
        make()?;
        self.write(&hash)?;
        Ok(true)
    }

    pub(crate) fn write(&self, hash: &str) -> Result<()> {
        if let Some(folder) = self.0.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&self.0, hash).with_context(|| format!("cannot write {}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_fresh_until_an_input_changes_or_an_output_goes() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        std::fs::create_dir_all(source.join("node_modules")).unwrap();
        std::fs::write(source.join("a"), "1").unwrap();
        let output = folder.path().join("output");
        let stamp = Stamp::at(folder.path().join("stamps/step"));
        let renewed = || {
            let mut inputs = Inputs::new("step");
            inputs.path(&source).unwrap();
            stamp.renew(inputs, &[&output], || Ok(std::fs::write(&output, "")?)).unwrap()
        };
        assert!(renewed());
        assert!(!renewed());
        std::fs::write(source.join("node_modules/b"), "x").unwrap();
        assert!(!renewed());
        std::fs::write(source.join("a"), "2").unwrap();
        assert!(renewed());
        std::fs::remove_file(&output).unwrap();
        assert!(renewed());
        let failed = stamp.renew(Inputs::new("another"), &[&output], || anyhow::bail!("no"));
        assert!(failed.is_err() && !renewed());
    }
}
