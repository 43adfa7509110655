//! Where fetched files live: one folder for the user, shared by all checkouts.
//!
//! `$GHOSTLIGHT_CACHE`, else `$XDG_CACHE_HOME/ghostlight`, else
//! `~/.cache/ghostlight`. Below it `models/<id>.gguf` (or what else a model's format
//! is; `<id>.<hash>.gguf` for a file that is made from another), and `tools/` for
//! what `cargo xtask` installs. Nothing here creates or deletes anything.

use std::path::{Path, PathBuf};

use crate::catalog::HASH_DIGITS;
use crate::{Beside, Model, ModelsError};

/// The cache folder.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The folder that the environment names.
    ///
    /// # Errors
    /// [`ModelsError::NoCacheFolder`] when no variable says where it is.
    pub fn from_env() -> Result<Self, ModelsError> {
        Self::locate(|name| std::env::var_os(name).map(PathBuf::from))
    }

    fn locate(var: impl Fn(&str) -> Option<PathBuf>) -> Result<Self, ModelsError> {
        let set = |name| var(name).filter(|path| !path.as_os_str().is_empty());
        let root = set("GHOSTLIGHT_CACHE")
            .or_else(|| set("XDG_CACHE_HOME").map(|path| path.join("ghostlight")))
            .or_else(|| set("HOME").map(|path| path.join(".cache/ghostlight")))
            .or_else(|| set("LOCALAPPDATA").map(|path| path.join("ghostlight")))
            .ok_or(ModelsError::NoCacheFolder)?;
        Ok(Self { root })
    }

    /// A cache at a folder of the caller's choice.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of model files.
    pub fn models(&self) -> PathBuf {
        self.root.join("models")
    }

    /// Where the file of a model of the catalogue is, once it has been fetched.
    pub fn file(&self, model: &Model) -> PathBuf {
        self.models().join(model.file_name())
    }

    /// The files in the cache that other recipes made under a model's id.
    pub(crate) fn made_by_others(&self, model: &Model) -> Vec<PathBuf> {
        let own = self.file(model);
        let is_other = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            let rest = name.and_then(|name| name.strip_prefix(model.id.as_str())?.strip_prefix('.'));
            let hash = rest.and_then(|rest| rest.strip_suffix(model.format.extension())?.strip_suffix('.'));
            *path != own
                && hash.is_some_and(|hash| {
                    hash.len() == HASH_DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit())
                })
        };
        let entries = std::fs::read_dir(self.models()).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(is_other).collect()
    }

    /// Where a file beside a model's own is.
    pub fn beside(&self, model: &Model, beside: &Beside) -> PathBuf {
        self.models().join(format!("{}.{}", model.id, beside.name))
    }

    /// The folder of tools that `cargo xtask setup` installs.
    pub fn tools(&self) -> PathBuf {
        self.root.join("tools")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_tried_in_order() {
        let located = |set: &[(&str, &str)]| {
            Cache::locate(|name| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value))
            })
        };
        let all = [("GHOSTLIGHT_CACHE", "/g"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        for (set, want) in [
            (&all[..], "/g"),
            (&all[1..], "/x/ghostlight"),
            (&all[2..], "/h/.cache/ghostlight"),
            (&[("GHOSTLIGHT_CACHE", ""), ("HOME", "/h")], "/h/.cache/ghostlight"),
        ] {
            assert_eq!(located(set).unwrap().root(), Path::new(want));
        }
        assert!(matches!(located(&[]), Err(ModelsError::NoCacheFolder)));
    }
}
