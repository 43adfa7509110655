//! The project around a file: where it begins, what is in it, and its index.
//!
//! The project is the repository that the file is in, else the nearest folder with a
//! manifest; a file that is in neither has none. Folders are listed in the order of
//! their names, links are not followed, and what `.gitignore` leaves out is not gone
//! into. The index is kept in the cache folder, so that the next run reads only what
//! has changed since; vectors of its pieces are kept beside it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Instant, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use ghostlight_complete::{ContextProvider, FileChange, Workspace};
use ghostlight_context::index::{FileStamp, GitIgnore, IndexRules, MOST_FILES};
use ghostlight_context::is_manifest;
use ghostlight_models::{Cache, Progress, Terminal};
use ghostlight_text::Language;

use crate::args::WorkspaceOptions;
use crate::embedder;
use crate::place::Place;
use crate::syntax;

/// Folders within folders.
const DEEPEST: usize = 64;

/// The project of a file.
pub(crate) struct Project {
    root: PathBuf,
    /// Path of the file inside it.
    pub(crate) path: String,
}

/// What bringing the index up to date took.
pub(crate) struct Indexed {
    /// Files that were read; the others were in the kept index.
    pub(crate) read: usize,
    pub(crate) ms: f64,
    /// What embedding its pieces took, where that was asked for.
    pub(crate) vectors: Option<Embedded>,
}

/// What embedding the pieces of the index took.
pub(crate) struct Embedded {
    /// Pieces that have a vector.
    pub(crate) pieces: usize,
    /// Of those, pieces that had none before.
    pub(crate) new: usize,
    pub(crate) ms: f64,
}

/// Pieces after which their vectors are kept, so that an interrupted run goes on there.
const KEPT_EVERY: usize = 200;

impl Project {
    /// The project that the options name, or that the file is in.
    ///
    /// # Errors
    /// For a folder that is named and that the file is not in.
    pub(crate) fn of(place: &Place, options: &WorkspaceOptions) -> Result<Option<Self>> {
        if options.alone {
            return Ok(None);
        }
        let file = fs::canonicalize(&place.file).with_context(|| format!("open {}", place.file.display()))?;
        let root = match &options.workspace {
            Some(folder) => {
                let named = fs::canonicalize(folder)
                    .with_context(|| format!("open the workspace {}", folder.display()))?;
                if !file.starts_with(&named) {
                    bail!(
                        "use the workspace {}: {} is not in it, name a folder above it",
                        folder.display(),
                        place.file.display()
                    );
                }
                Some(named)
            }
            None => find(&file),
        };
        Ok(root.and_then(|root| {
            let path = slashed(file.strip_prefix(&root).ok()?)?;
            Some(Self { root, path })
        }))
    }

    /// Brings `workspace` up to date with the folder.
    pub(crate) fn index(&self, workspace: &Workspace) -> Indexed {
        let start = Instant::now();
        workspace.set_syntax(syntax::reader());
        let kept = self.kept();
        // One that cannot be read is built again.
        let bytes = kept.as_ref().and_then(|kept| fs::read(kept).ok());
        let is_kept = bytes.is_some_and(|bytes| workspace.restore(&bytes).is_ok());
        let mut files = Vec::new();
        self.list("", &mut IndexRules::default(), 0, &mut files);
        let before = workspace.size().files;
        let wanted = workspace.begin(&files);
        let mut read = 0;
        for file in wanted.into_iter().map(|at| &files[at]) {
            let Ok(text) = fs::read_to_string(self.root.join(&file.path)) else { continue };
            read += usize::from(!is_ignore_file(&file.path));
            let (path, text) = (file.path.clone(), Some(text));
            workspace.change(FileChange { path, modified: file.modified, text, is_edit: false });
            // One at a time, so that no two copies of all texts are in memory; rules wait
            // for each other.
            if !is_ignore_file(&file.path) {
                while workspace.step() > 0 {}
            }
        }
        while workspace.step() > 0 {}
        if let Some(kept) = kept
            && (read > 0 || !is_kept || before != workspace.size().files)
        {
            // The next run reads the files again where it cannot be written.
            let _ = write(&kept, &workspace.to_bytes());
        }
        Indexed { read, ms: start.elapsed().as_secs_f64() * 1e3, vectors: None }
    }

    /// Gives every piece of an index that is up to date its vector.
    ///
    /// # Errors
    /// Where the embedding model is not there, or does not run.
    pub(crate) fn embed(&self, workspace: &Workspace) -> Result<Embedded> {
        let start = Instant::now();
        workspace.set_embedder(embedder::load()?);
        let kept = self.kept().map(|kept| kept.with_extension("vectors"));
        // Those that cannot be read are made again.
        let known = kept.as_ref().and_then(|kept| fs::read(kept).ok());
        let known = known.map_or(0, |bytes| workspace.restore_vectors(&bytes));
        let keep = || {
            if let (Some(kept), Some(bytes)) = (&kept, workspace.vectors_to_bytes()) {
                // The next run makes them again where they cannot be written.
                let _ = write(kept, &bytes);
            }
        };
        let all = workspace.size().pieces;
        if known < all {
            let mut progress = Terminal::counting();
            progress.begin("embedding", (all - known) as u64);
            for done in 1.. {
                let left = workspace.embed_step()?;
                progress.at(done as u64);
                if left == 0 || done % KEPT_EVERY == 0 {
                    keep();
                }
                if left == 0 {
                    break;
                }
            }
            progress.end();
        }
        let pieces = workspace.embedded();
        let ms = start.elapsed().as_secs_f64() * 1e3;
        Ok(Embedded { pieces, new: pieces.saturating_sub(known), ms })
    }

    /// Where the index is kept between runs.
    fn kept(&self) -> Option<PathBuf> {
        let mut hasher = DefaultHasher::new();
        self.root.hash(&mut hasher);
        // Another reading of the same files is another index.
        let syntax = if cfg!(feature = "grammars") { "trees" } else { "lexical" };
        let name = format!("{:016x}-{syntax}.index", hasher.finish());
        Some(Cache::from_env().ok()?.root().join("index").join(name))
    }

    fn list(&self, folder: &str, rules: &mut IndexRules, depth: usize, files: &mut Vec<FileStamp>) {
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else { return };
        let mut entries: Vec<_> = entries.filter_map(|entry| entry.ok()).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        let path = |entry: &fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            Some(if folder.is_empty() { name } else { format!("{folder}/{name}") })
        };
        let ignore = entries.iter().find(|entry| is_ignore_file(&entry.file_name().to_string_lossy()));
        let text = ignore.and_then(|entry| fs::read_to_string(entry.path()).ok());
        let known = rules.ignored.len();
        if let (Some(path), Some(text)) = (ignore.and_then(path), text) {
            rules.ignored.push(GitIgnore::parse(&path, &text));
        }
        for entry in &entries {
            let (Some(path), Ok(kind)) = (path(entry), entry.file_type()) else { continue };
            if files.len() >= MOST_FILES {
                break;
            }
            if kind.is_dir() && depth < DEEPEST && rules.allow_folder(&path) {
                self.list(&path, rules, depth + 1, files);
            } else if kind.is_file() && is_wanted(&path) && rules.allow_path(&path) {
                files.extend(entry.metadata().ok().map(|data| {
                    FileStamp {
                        path,
                        size: data.len(),
                        modified: data
                            .modified()
                            .ok()
                            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
                            .map_or(0, |age| age.as_millis() as u64),
                    }
                }));
            }
        }
        // What this folder's file says holds for it alone.
        rules.ignored.truncate(known);
    }
}

fn is_ignore_file(path: &str) -> bool {
    path.rsplit('/').next() == Some(".gitignore")
}

/// Whether a file is source, or says what source needs: JSON is mostly neither.
fn is_wanted(path: &str) -> bool {
    is_ignore_file(path)
        || is_manifest(path)
        || Language::from_path(path).is_some_and(|language| language.id != "json")
}

/// The repository that a file is in, else the nearest folder with a manifest.
fn find(file: &Path) -> Option<PathBuf> {
    let folders = || file.ancestors().skip(1);
    let has_manifest = |folder: &&Path| {
        fs::read_dir(folder).is_ok_and(|entries| {
            let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            names.any(|name| is_manifest(&name))
        })
    };
    let found = folders().find(|folder| folder.join(".git").exists());
    found.or_else(|| folders().find(has_manifest)).map(Path::to_owned)
}

/// A path with `/` between its parts, on every system.
fn slashed(path: &Path) -> Option<String> {
    let parts = path.components().map(|part| part.as_os_str().to_str());
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}

/// Writes a file whole or not at all, for its owner alone.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let part = path.with_extension(format!("{}.part", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(&part)?, bytes)?;
    fs::rename(&part, path)
}
