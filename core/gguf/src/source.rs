//! Where the bytes of a model come from.
//!
//! The idea: a length and reads by absolute range, so that one parser serves a file, a byte slice, a JavaScript
//! `Blob`, an OPFS handle and HTTP ranges alike. It does not cache, buffer or read ahead; the callers here ask for
//! large ranges already.

use thiserror::Error;

/// Bytes that can be read by range, asynchronously.
///
/// Futures need not be `Send`: in a browser they hold JavaScript values.
#[allow(async_fn_in_trait, reason = "futures are not Send by design: they may hold JavaScript values")]
pub trait Source {
    /// Length of the whole source in bytes.
    fn len(&self) -> u64;

    /// Whether there is no byte at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` with the bytes from `offset` (bytes from the start of the source) on.
    ///
    /// # Errors
    /// [`SourceError`] when the range goes past the end or the read fails; `buf` then holds anything.
    async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError>;
}

/// Why a source could not give a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SourceError {
    /// The range goes past the end.
    #[error("read {wanted} bytes at {offset}: the source has {len} bytes")]
    OutOfRange {
        /// Start of the range, bytes from the start of the source.
        offset: u64,
        /// Length of the range in bytes.
        wanted: u64,
        /// Length of the source in bytes.
        len: u64,
    },
    /// The medium failed: disk, network, browser storage.
    #[error("read {wanted} bytes at {offset}: {reason}")]
    Failed {
        /// Start of the range, bytes from the start of the source.
        offset: u64,
        /// Length of the range in bytes.
        wanted: u64,
        /// What the medium said, for people.
        reason: String,
    },
}

impl SourceError {
    /// A failed read of `wanted` bytes at `offset`, with the medium's own message.
    pub fn failed(offset: u64, wanted: usize, reason: impl ToString) -> Self {
        Self::Failed { offset, wanted: wanted as u64, reason: reason.to_string() }
    }

    /// Checks that `wanted` bytes at `offset` lie within a source of `len` bytes; for implementors of [`Source`].
    ///
    /// # Errors
    /// [`SourceError::OutOfRange`] when they do not.
    pub fn check_range(offset: u64, wanted: usize, len: u64) -> Result<(), Self> {
        let wanted = wanted as u64;
        match offset.checked_add(wanted) {
            Some(end) if end <= len => Ok(()),
            _ => Err(Self::OutOfRange { offset, wanted, len }),
        }
    }
}

impl Source for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        SourceError::check_range(offset, buf.len(), Source::len(self))?;
        let start = usize::try_from(offset).expect("the range lies within a slice");
        buf.copy_from_slice(&self[start..start + buf.len()]);
        Ok(())
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Source::len(self.as_slice())
    }

    async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        self.as_slice().read_at(offset, buf).await
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn len(&self) -> u64 {
        (**self).len()
    }

    async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        (**self).read_at(offset, buf).await
    }
}
