//! A GGUF file that is written tensor by tensor and appears when it is whole.
//!
//! The idea: the header settles all offsets before the first weight, so tensors
//! stream to disk in order. The file is written under another name and renamed
//! at the end: whoever finds it under its own name finds all of it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ghostlight_gguf::{GgufError, Metadata, TensorHead, TensorType, write_header};

use crate::ModelsError;
use crate::error::{gguf, io};

/// A tensor to come.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) name: String,
    /// Row length first.
    pub(crate) dims: Vec<u64>,
    pub(crate) ty: TensorType,
}

/// A file in the making.
pub(crate) struct Writer {
    file: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
    /// Where each tensor begins, and where the last one ends.
    places: Vec<u64>,
    at: u64,
    begun: usize,
}

impl Writer {
    /// Writes the header.
    pub(crate) fn create(path: &Path, metadata: &Metadata, heads: &[Head]) -> Result<Self, ModelsError> {
        let listed: Vec<TensorHead<'_>> =
            heads.iter().map(|head| TensorHead { name: &head.name, dims: &head.dims, ty: head.ty }).collect();
        let (header, mut places) = write_header(metadata, &listed).map_err(gguf(path))?;
        let end = match (places.last(), heads.last()) {
            (Some(start), Some(head)) => {
                // The header's checks hold: no product overflows.
                let bytes = head.ty.row_bytes(head.dims.iter().product()).unwrap_or(0);
                start.saturating_add(bytes)
            }
            _ => header.len() as u64,
        };
        places.push(end);
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(io("create", &part))?;
        let mut file = BufWriter::with_capacity(1 << 20, file);
        file.write_all(&header).map_err(io("write", &part))?;
        Ok(Self { file, part, path: path.to_owned(), places, at: header.len() as u64, begun: 0 })
    }

    /// Begins the next tensor of the list; the one before is whole by now.
    pub(crate) fn next_tensor(&mut self) -> Result<(), ModelsError> {
        let place = self.places.get(self.begun).copied().unwrap_or(self.at);
        self.pad(place)?;
        self.begun += 1;
        Ok(())
    }

    /// Adds packed bytes to the tensor.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ModelsError> {
        self.file.write_all(bytes).map_err(io("write", &self.part))?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Gives the file its name.
    pub(crate) fn finish(mut self) -> Result<(), ModelsError> {
        let end = self.places.last().copied().unwrap_or(self.at);
        self.pad(end)?;
        self.file.flush().map_err(io("write", &self.part))?;
        drop(self.file);
        std::fs::rename(&self.part, &self.path).map_err(io("rename", &self.part))
    }

    /// Zeros up to `place`, which is less than an alignment away unless a tensor is short or long.
    fn pad(&mut self, place: u64) -> Result<(), ModelsError> {
        let gap = place.checked_sub(self.at).filter(|gap| *gap < ghostlight_gguf::MAX_ALIGNMENT);
        let Some(gap) = gap else {
            let wrong = GgufError::Overrun { tensor: format!("#{}", self.begun), need: place, have: self.at };
            return Err(gguf(&self.path)(wrong));
        };
        self.write(&vec![0; gap as usize])
    }
}

/// Refuses to write over what is being read.
pub(crate) fn check_other(input: &Path, output: &Path) -> Result<(), ModelsError> {
    let same = match (input.canonicalize(), output.canonicalize()) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    };
    if same { Err(ModelsError::SameFile { path: output.to_owned() }) } else { Ok(()) }
}
