//! Golden cases of the post filters: files in the folder of a filter.

use std::path::{Path, PathBuf};

use ghostlight_context::Source;

const CURSOR: char = '▮';

/// A file with a cursor, what a model writes there, and what a filter keeps of it.
pub(crate) struct Case {
    pub(crate) path: String,
    file: String,
    pub(crate) model: String,
    pub(crate) growing: bool,
    pub(crate) kept: String,
    pub(crate) ended: bool,
}

impl Case {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("==> file ")?;
        let (path, rest) = rest.split_once('\n')?;
        let (file, rest) = rest.split_once("\n==> model")?;
        let (model_flags, rest) = rest.split_once('\n')?;
        let (model, rest) = rest.split_once("\n==> kept")?;
        let (kept_flags, kept) = rest.split_once('\n')?;
        Some(Self {
            path: path.to_owned(),
            file: file.to_owned(),
            model: model.to_owned(),
            growing: model_flags == ", growing",
            kept: kept.strip_suffix('\n')?.to_owned(),
            ended: kept_flags == ", ended",
        })
    }

    pub(crate) fn source(&self) -> Source<'_> {
        let (prefix, suffix) = self.file.split_once(CURSOR).expect("a case has a cursor");
        Source { path: &self.path, prefix, suffix }
    }
}

/// The cases in a folder, each with its file.
#[allow(clippy::disallowed_methods, reason = "cases are files")]
pub(crate) fn golden(folder: &str) -> Vec<(PathBuf, Case)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filter").join(folder);
    let entries = root.read_dir().unwrap_or_else(|error| panic!("{folder} has no cases: {error}"));
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("a readable folder").path();
        let text = std::fs::read_to_string(&path).expect("a readable case");
        let case = Case::parse(&text).unwrap_or_else(|| panic!("{path:?} is no case"));
        (path, case)
    };
    entries.map(read).collect()
}
