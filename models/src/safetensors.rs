//! Reads the header of a safetensors file: names, types, shapes and places.
//!
//! The format is eight bytes of length, that many bytes of JSON, then the data
//! (safetensors format description). The length is checked against the file and
//! a limit before anything is allocated, every place against the data that is
//! really there, every shape against the bytes that it should take, and no two
//! tensors may share bytes.
//!
//! It does not read weights; [`Tensor`] says where they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ghostlight_gguf::{Source, TensorType};
use serde::Deserialize;

use crate::{FileSource, ModelsError};

/// Longest header that is read, in bytes; the format's own limit.
pub const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Most tensors that a file may have.
const MAX_TENSORS: usize = 1 << 16;

/// One tensor of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// How its numbers are stored.
    pub ty: TensorType,
    /// Its shape, the row length last, as PyTorch has it.
    pub shape: Vec<u64>,
    /// Where it begins, bytes from the start of the file.
    pub offset: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A checkpoint file whose header was checked.
#[derive(Debug)]
pub struct Safetensors {
    /// The file, to read weights from.
    pub source: FileSource,
    /// Tensors by name.
    pub tensors: BTreeMap<String, Tensor>,
}

/// An entry of the header's JSON.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl Safetensors {
    /// Opens a file and checks its header.
    ///
    /// # Errors
    /// [`ModelsError::Io`], and [`ModelsError::Checkpoint`] for anything wrong with the header.
    pub fn open(path: &Path) -> Result<Self, ModelsError> {
        let fail = |reason: String| ModelsError::Checkpoint { path: path.to_owned(), reason };
        let source = FileSource::open(path)?;
        let read = |offset, buf: &mut [u8]| {
            pollster::block_on(source.read_at(offset, buf)).map_err(|error| fail(error.to_string()))
        };
        let mut length = [0; 8];
        read(0, &mut length)?;
        let length = u64::from_le_bytes(length);
        let have = source.len().saturating_sub(8);
        if length > MAX_HEADER_BYTES.min(have) {
            return Err(fail(format!("a header of {length} bytes, the file has {have}")));
        }
        let mut header = vec![0; length as usize];
        read(8, &mut header)?;
        let tensors = parse(&header, have - length).map_err(fail)?;
        let start = 8 + length;
        let tensors = tensors
            .into_iter()
            .map(|(name, tensor)| (name, Tensor { offset: start + tensor.offset, ..tensor }))
            .collect();
        Ok(Self { source, tensors })
    }
}

/// All tensors of a checkpoint, whatever the number of its files.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    files: Vec<(PathBuf, Safetensors)>,
}

impl Checkpoint {
    /// Opens every `*.safetensors` of a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, ModelsError> {
        let io = crate::error::io;
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(io("open", folder))? {
            let path = entry.map_err(io("open", folder))?.path();
            if path.extension().is_some_and(|extension| extension == "safetensors") {
                paths.push(path);
            }
        }
        paths.sort();
        let open = |path: PathBuf| Safetensors::open(&path).map(|file| (path, file));
        let files = paths.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let fail = |reason: String| ModelsError::Checkpoint { path: folder.to_owned(), reason };
        if files.is_empty() {
            return Err(fail("it has no *.safetensors file".to_owned()));
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut names = files.iter().flat_map(|(_, file)| file.tensors.keys());
        if let Some(twice) = names.find(|name| !seen.insert(*name)) {
            return Err(fail(format!("tensor {twice:?} stands in two files")));
        }
        Ok(Self { files })
    }

    /// The tensor of a name and the file that it is in.
    pub(crate) fn find(&self, name: &str) -> Option<(&Path, &FileSource, &Tensor)> {
        let found = |file: &Safetensors| file.tensors.contains_key(name);
        let (path, file) = self.files.iter().find(|(_, file)| found(file))?;
        Some((path, &file.source, file.tensors.get(name)?))
    }

    /// Names of all tensors.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flat_map(|(_, file)| file.tensors.keys().map(String::as_str))
    }
}

/// Tensors with their places in `data` bytes.
fn parse(header: &[u8], data: u64) -> Result<BTreeMap<String, Tensor>, String> {
    let entries: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(header).map_err(|error| format!("its header is no JSON object: {error}"))?;
    if entries.len() > MAX_TENSORS {
        return Err(format!("{} tensors, at most {MAX_TENSORS} are read", entries.len()));
    }
    let mut tensors = BTreeMap::new();
    for (name, value) in entries {
        if name == "__metadata__" {
            continue;
        }
        let entry: Entry =
            serde_json::from_value(value).map_err(|error| format!("tensor {name:?}: {error}"))?;
        let tensor = check(&entry, data).map_err(|reason| format!("tensor {name:?}: {reason}"))?;
        tensors.insert(name, tensor);
    }
    let mut places: Vec<(&Tensor, &String)> = tensors.iter().map(|(name, tensor)| (tensor, name)).collect();
    places.sort_unstable_by_key(|(tensor, _)| tensor.offset);
    for pair in places.windows(2) {
        let ((before, first), (after, second)) = (pair[0], pair[1]);
        if after.offset < before.offset + before.bytes {
            return Err(format!("tensors {first:?} and {second:?} share bytes"));
        }
    }
    Ok(tensors)
}

fn check(entry: &Entry, data: u64) -> Result<Tensor, String> {
    let ty = match entry.dtype.as_str() {
        "F32" => TensorType::F32,
        "F16" => TensorType::F16,
        "BF16" => TensorType::BF16,
        other => return Err(format!("type {other:?}, only F32, F16 and BF16 are read")),
    };
    let (start, end) = entry.data_offsets;
    if start > end || end > data {
        return Err(format!("bytes {start} to {end}, the file has {data}"));
    }
    let elements = entry.shape.iter().try_fold(1u64, |n, &dim| n.checked_mul(dim));
    let need = elements.filter(|&n| n > 0).and_then(|n| ty.row_bytes(n));
    if need != Some(end - start) || entry.shape.is_empty() {
        return Err(format!("shape {:?} of {ty} does not take {} bytes", entry.shape, end - start));
    }
    Ok(Tensor { ty, shape: entry.shape.clone(), offset: start, bytes: end - start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_gives_tensors() {
        let header = br#"{"__metadata__":{"format":"pt"},
            "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
            "b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}"#;
        let tensors = parse(header, 32).unwrap();
        assert_eq!(tensors.len(), 2);
        let want = Tensor { ty: TensorType::BF16, shape: vec![4], offset: 24, bytes: 8 };
        assert_eq!(tensors["b"], want);
    }

    #[test]
    fn hostile_headers_are_refused() {
        for (header, what) in [
            ("[]", "no JSON object"),
            ("{", "no JSON object"),
            (r#"{"a":1}"#, "tensor \"a\""),
            (r#"{"a":{"dtype":"F32","shape":[1]}}"#, "missing field"),
            (r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "tensor \"a\""),
            (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "bytes 4 to 0"),
            (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}"#, "the file has 8"),
            (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "does not take 4"),
            (r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#, "does not take 0"),
            (r#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, "does not take 4"),
            (r#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, "type \"I64\""),
            (
                r#"{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,4]}}"#,
                "does not take 4",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                    "b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#,
                "share bytes",
            ),
        ] {
            let message = parse(header.as_bytes(), 8).unwrap_err();
            assert!(message.contains(what), "{message}");
        }
    }
}
