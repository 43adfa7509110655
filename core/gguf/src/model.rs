//! An opened model: its metadata, its checked tensor list, and reads of packed tensor bytes.
//!
//! The idea: opening judges every tensor once (type, shape, place, overlap), so reading afterwards is arithmetic. A
//! tensor can be read whole or by row range; the packed bytes are handed over untouched.
//!
//! What it does not do: keep the source, cache bytes, decode blocks.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    error::GgufError,
    header::{self, MAX_ALIGNMENT, TensorEntry},
    metadata::{self, Metadata},
    source::Source,
    tensor::{TensorInfo, TensorType, packed_size},
};

const DEFAULT_ALIGNMENT: u32 = 32;

/// An opened model file.
#[derive(Clone, Debug, PartialEq)]
pub struct Gguf {
    /// The format version, 2 or 3.
    pub version: u32,
    /// Keys and values.
    pub metadata: Metadata,
    /// All tensors in the file's order, those of unsupported types too.
    pub tensors: Vec<TensorInfo>,
    /// Where tensor data begins, bytes from the start of the file.
    pub data_start: u64,
    /// Length of the whole file in bytes.
    pub file_bytes: u64,
    /// Places in `tensors`, ordered by name.
    by_name: Vec<u32>,
}

/// A model's weights in a few numbers, for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Weights in all tensors together.
    pub parameters: u64,
    /// Packed bytes of all tensors together.
    pub bytes: u64,
    /// The type that holds most weights; `None` without tensors.
    pub quantization: Option<TensorType>,
}

impl Gguf {
    /// Opens a model: reads its header in growing slices and checks the whole listing. No tensor data is read.
    ///
    /// # Errors
    /// A [`GgufError`] that names the wrong key or tensor; [`GgufError::Source`] when the source fails.
    pub async fn open<S: Source + ?Sized>(source: &S) -> Result<Self, GgufError> {
        let file_bytes = source.len();
        let header = header::read(source).await?;
        let metadata = Metadata::new(header.entries)?;
        let alignment = alignment(&metadata)?;
        let data_start = header.end.next_multiple_of(alignment);
        let place = Place { alignment, data_start, file_bytes };
        let tensors = header.tensors.into_iter().map(|t| place.check(t)).collect::<Result<Vec<_>, _>>()?;
        let by_name = metadata::sorted(&tensors, |t| &t.name)
            .map_err(|twice| GgufError::DuplicateTensor { tensor: tensors[twice].name.clone() })?;
        check_overlap(&tensors)?;
        Ok(Self { version: header.version, metadata, tensors, data_start, file_bytes, by_name })
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// [`GgufError::MissingTensor`] when there is none.
    pub fn tensor(&self, name: &str) -> Result<&TensorInfo, GgufError> {
        self.find_tensor(name).ok_or_else(|| GgufError::MissingTensor { tensor: name.to_owned() })
    }

    /// The tensor of this name, if there is one.
    pub fn find_tensor(&self, name: &str) -> Option<&TensorInfo> {
        metadata::find(&self.tensors, &self.by_name, |t| &t.name, name)
    }

    /// Reads a whole tensor's packed bytes into `out`, replacing what it held and keeping its allocation.
    ///
    /// # Errors
    /// [`GgufError::UnsupportedTensorType`], [`GgufError::Overrun`] when `source` is shorter than the tensor says,
    /// [`GgufError::Memory`], [`GgufError::Source`].
    pub async fn read<S: Source + ?Sized>(
        &self,
        source: &S,
        info: &TensorInfo,
        out: &mut Vec<u8>,
    ) -> Result<(), GgufError> {
        self.read_into(source, info, 0..info.bytes, out).await
    }

    /// Reads the packed bytes of rows `rows` into `out`, replacing what it held and keeping its allocation.
    ///
    /// # Errors
    /// As [`Gguf::read`], and [`GgufError::PastTensor`] when the tensor has fewer rows.
    pub async fn read_rows<S: Source + ?Sized>(
        &self,
        source: &S,
        info: &TensorInfo,
        rows: Range<u64>,
        out: &mut Vec<u8>,
    ) -> Result<(), GgufError> {
        let range = info.row_range(rows)?;
        self.read_into(source, info, range, out).await
    }

    /// Parameter count, packed size and the type that holds most weights.
    pub fn summary(&self) -> Summary {
        let mut weights: BTreeMap<TensorType, u64> = BTreeMap::new();
        for tensor in &self.tensors {
            let sum = weights.entry(tensor.ty).or_default();
            *sum = sum.saturating_add(tensor.elements());
        }
        Summary {
            parameters: weights.values().fold(0, |sum, n| sum.saturating_add(*n)),
            bytes: self.tensors.iter().map(|t| t.bytes).sum(),
            quantization: weights.into_iter().max_by_key(|(_, n)| *n).map(|(ty, _)| ty),
        }
    }

    async fn read_into<S: Source + ?Sized>(
        &self,
        source: &S,
        info: &TensorInfo,
        range: Range<u64>,
        out: &mut Vec<u8>,
    ) -> Result<(), GgufError> {
        check_read(source, info, &range)?;
        out.clear();
        let need = range.end - range.start;
        let memory = || GgufError::Memory { what: format!("tensor {:?}", info.name), need };
        let len = usize::try_from(need).map_err(|_| memory())?;
        out.try_reserve_exact(len).map_err(|_| memory())?;
        out.resize(len, 0);
        Ok(source.read_at(info.offset + range.start, out).await?)
    }
}

/// The file's alignment in bytes.
pub(crate) fn alignment(metadata: &Metadata) -> Result<u64, GgufError> {
    let alignment = u64::from(metadata.u32("general.alignment")?.unwrap_or(DEFAULT_ALIGNMENT));
    if !alignment.is_power_of_two() || alignment > MAX_ALIGNMENT {
        return Err(GgufError::Alignment { alignment, limit: MAX_ALIGNMENT });
    }
    Ok(alignment)
}

/// Where tensors may lie.
struct Place {
    alignment: u64,
    data_start: u64,
    file_bytes: u64,
}

impl Place {
    fn check(&self, entry: TensorEntry) -> Result<TensorInfo, GgufError> {
        let TensorEntry { name, dims, code, offset } = entry;
        let Some(ty) = TensorType::from_code(code) else {
            return Err(GgufError::UnknownTensorType { tensor: name, code });
        };
        let bytes = packed_size(&name, &dims, ty)?;
        if !offset.is_multiple_of(self.alignment) {
            return Err(GgufError::Misaligned { tensor: name, offset, alignment: self.alignment });
        }
        let start = self.data_start.saturating_add(offset);
        let need = start.saturating_add(bytes);
        if need > self.file_bytes {
            return Err(GgufError::Overrun { tensor: name, need, have: self.file_bytes });
        }
        Ok(TensorInfo { name, dims, ty, offset: start, bytes })
    }
}

fn check_overlap(tensors: &[TensorInfo]) -> Result<(), GgufError> {
    let mut by_offset: Vec<&TensorInfo> = tensors.iter().collect();
    by_offset.sort_unstable_by_key(|t| t.offset);
    for pair in by_offset.windows(2) {
        let (other, tensor) = (pair[0], pair[1]);
        let end = other.offset + other.bytes;
        if tensor.offset < end {
            let (tensor, start, other) = (tensor.name.clone(), tensor.offset, other.name.clone());
            return Err(GgufError::Overlap { tensor, start, other, end });
        }
    }
    Ok(())
}

/// Checks that `range` of `info` may be read from `source`.
fn check_read<S: Source + ?Sized>(
    source: &S,
    info: &TensorInfo,
    range: &Range<u64>,
) -> Result<(), GgufError> {
    let tensor = || info.name.clone();
    if !info.ty.is_readable() {
        return Err(GgufError::UnsupportedTensorType { tensor: tensor(), ty: info.ty });
    }
    if range.start > range.end || range.end > info.bytes {
        let need = range.end.max(range.start);
        return Err(GgufError::PastTensor { tensor: tensor(), unit: "bytes", need, have: info.bytes });
    }
    let (need, have) = (info.offset.saturating_add(range.end), source.len());
    if need > have {
        return Err(GgufError::Overrun { tensor: tensor(), need, have });
    }
    Ok(())
}
