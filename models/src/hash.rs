//! SHA-256 as lower-case hex, of bytes that stream by.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::ModelsError;
use crate::error::io;

/// A hash that is fed piece by piece.
#[derive(Clone, Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn hex(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Feeds everything that is left in `reader`; returns the number of bytes.
    pub(crate) fn drain(&mut self, reader: &mut impl Read) -> std::io::Result<u64> {
        let mut buffer = vec![0; 1 << 18];
        let mut total = 0;
        loop {
            let read = reader.read(&mut buffer)?;
            if read == 0 {
                return Ok(total);
            }
            self.update(&buffer[..read]);
            total += read as u64;
        }
    }
}

/// SHA-256 of a file, as 64 lower-case hex digits.
///
/// # Errors
/// [`ModelsError::Io`] when it cannot be read.
pub fn sha256_file(path: &Path) -> Result<String, ModelsError> {
    let mut hasher = Hasher::default();
    let mut file = File::open(path).map_err(io("open", path))?;
    hasher.drain(&mut file).map_err(io("read", path))?;
    Ok(hasher.hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answer_in_any_chunking() {
        // FIPS 180-2, appendix B.1.
        let want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for chunk in 1..=3 {
            let mut hasher = Hasher::default();
            b"abc".chunks(chunk).for_each(|part| hasher.update(part));
            assert_eq!(hasher.hex(), want);
        }
    }
}
