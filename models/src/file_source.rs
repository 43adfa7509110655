//! A model file on disk as a [`Source`] of byte ranges.
//!
//! Reads are positional, so no state is shared between them, and blocking: the
//! futures are ready at the first poll. The file is not mapped, since a file that
//! shrinks under a mapping kills the process.

use std::fs::File;
use std::path::{Path, PathBuf};

use ghostlight_gguf::{Source, SourceError};

use crate::ModelsError;
use crate::error::io;

/// An open file of fixed length.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    len: u64,
    path: PathBuf,
}

impl FileSource {
    /// Opens a file; its length is read once, here.
    ///
    /// # Errors
    /// [`ModelsError::Io`] when it cannot be opened or is a folder.
    ///
    /// ```no_run
    /// use ghostlight_gguf::{Gguf, Source};
    /// use ghostlight_models::FileSource;
    ///
    /// let source = FileSource::open(std::path::Path::new("tiny.gguf")).expect("the file is there");
    /// println!("{} bytes", source.len());
    /// let gguf = pollster::block_on(Gguf::open(&source)).expect("it is a GGUF file");
    /// # let _ = gguf;
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ModelsError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(io("open", path))?;
        let metadata = file.metadata().map_err(io("read", path))?;
        if metadata.is_dir() {
            let error = std::io::ErrorKind::IsADirectory.into();
            return Err(io("open", path)(error));
        }
        Ok(Self { file, len: metadata.len(), path: path.to_owned() })
    }

    /// The path it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.len
    }

    async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        SourceError::check_range(offset, buf.len(), self.len)?;
        let wanted = buf.len();
        read_exact_at(&self.file, offset, buf).map_err(|error| SourceError::failed(offset, wanted, error))
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buf, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut buf: &mut [u8]) -> std::io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !buf.is_empty() {
        match file.seek_read(buf, offset)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => {
                buf = &mut buf[read..];
                offset += read as u64;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_bounds_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"0123456789").unwrap();
        let source = FileSource::open(&path).unwrap();
        assert_eq!(source.len(), 10);
        let mut buf = [0; 4];
        pollster::block_on(source.read_at(6, &mut buf)).unwrap();
        assert_eq!(&buf, b"6789");
        for offset in [7, u64::MAX] {
            let error = pollster::block_on(source.read_at(offset, &mut buf)).unwrap_err();
            assert!(matches!(error, SourceError::OutOfRange { .. }), "{error}");
        }
        // A file that shrinks after it was opened is an error, not a panic.
        std::fs::write(&path, b"01").unwrap();
        let error = pollster::block_on(source.read_at(0, &mut buf)).unwrap_err();
        assert!(matches!(error, SourceError::Failed { .. }), "{error}");
    }

    #[test]
    fn a_missing_file_and_a_folder_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("none"), folder.path().to_owned()] {
            let message = FileSource::open(&path).unwrap_err().to_string();
            assert!(message.contains(path.to_str().unwrap()), "{message}");
        }
    }
}
