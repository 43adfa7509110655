//! Hand-made GGUF files, right or wrong in any place.

#![allow(dead_code, reason = "each test binary uses its part")]

/// Value type numbers.
pub(crate) const U8: u32 = 0;
pub(crate) const U32: u32 = 4;
pub(crate) const BOOL: u32 = 7;
pub(crate) const STRING: u32 = 8;
pub(crate) const ARRAY: u32 = 9;

/// Tensor type numbers.
pub(crate) const F32: u32 = 0;
pub(crate) const Q4_0: u32 = 2;
pub(crate) const Q2_K: u32 = 10;

/// A file that grows field by field.
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl Raw {
    /// Magic, version, counts.
    pub(crate) fn new(version: u32, tensors: u64, keys: u64) -> Self {
        Self(b"GGUF".to_vec()).u32(version).u64(tensors).u64(keys)
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn u32(self, n: u32) -> Self {
        self.bytes(&n.to_le_bytes())
    }

    pub(crate) fn u64(self, n: u64) -> Self {
        self.bytes(&n.to_le_bytes())
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.u64(text.len() as u64).bytes(text.as_bytes())
    }

    /// A key and its value's type; the value follows.
    pub(crate) fn key(self, key: &str, code: u32) -> Self {
        self.text(key).u32(code)
    }

    /// A tensor entry.
    pub(crate) fn tensor(self, name: &str, dims: &[u64], code: u32, offset: u64) -> Self {
        let raw = self.text(name).u32(dims.len() as u32);
        dims.iter().fold(raw, |raw, &d| raw.u64(d)).u32(code).u64(offset)
    }

    /// Zeros up to a multiple of 32 bytes, then `n` bytes of tensor data.
    pub(crate) fn data(mut self, n: usize) -> Vec<u8> {
        let start = self.0.len().next_multiple_of(32);
        self.0.resize(start + n, 0);
        self.0
    }
}
