//! Writes GGUF version 3 files.
//!
//! The idea: the header is made from metadata and the tensors' shapes alone, with every offset settled, so that a
//! converter can stream tensor data after it; [`write`] does both for what fits in memory. The same checks hold as
//! in reading, so what is written can be opened.
//!
//! What it does not do: quantize, or read anything.

use crate::{
    error::GgufError,
    header::{MAX_DIMS, MAX_NAME_BYTES},
    metadata::{Array, Metadata, Value},
    model::alignment,
    tensor::{TensorType, packed_size},
};

/// A tensor's name, shape and type.
#[derive(Clone, Copy, Debug)]
pub struct TensorHead<'a> {
    /// The name.
    pub name: &'a str,
    /// Elements along each dimension, the row length first.
    pub dims: &'a [u64],
    /// How elements are packed.
    pub ty: TensorType,
}

/// A tensor with its packed bytes.
#[derive(Clone, Copy, Debug)]
pub struct TensorData<'a> {
    /// The name.
    pub name: &'a str,
    /// Elements along each dimension, the row length first.
    pub dims: &'a [u64],
    /// How elements are packed.
    pub ty: TensorType,
    /// The packed elements.
    pub bytes: &'a [u8],
}

/// Makes a whole file in memory.
///
/// # Errors
/// As [`write_header`], and [`GgufError::Length`] when a tensor's bytes do not match its shape.
pub fn write(metadata: &Metadata, tensors: &[TensorData<'_>]) -> Result<Vec<u8>, GgufError> {
    let heads: Vec<_> = tensors.iter().map(|t| TensorHead { name: t.name, dims: t.dims, ty: t.ty }).collect();
    let (mut out, offsets) = write_header(metadata, &heads)?;
    for (tensor, offset) in tensors.iter().zip(offsets) {
        let need = packed_size(tensor.name, tensor.dims, tensor.ty)?;
        let have = tensor.bytes.len() as u64;
        if need != have {
            return Err(GgufError::Length { operation: "write", ty: tensor.ty, unit: "bytes", need, have });
        }
        out.resize(usize::try_from(offset).expect("all bytes before the tensor are in memory"), 0);
        out.extend_from_slice(tensor.bytes);
    }
    Ok(out)
}

/// Makes everything before the tensor data, padded to where the data begins, and says where each tensor's bytes go
/// (bytes from the start of the file). Gaps between tensors are filled with zeros by the caller.
///
/// # Errors
/// Those of reading: [`GgufError::DuplicateTensor`], [`GgufError::Dims`], [`GgufError::BlockShape`],
/// [`GgufError::Limit`], [`GgufError::Alignment`].
pub fn write_header(
    metadata: &Metadata,
    tensors: &[TensorHead<'_>],
) -> Result<(Vec<u8>, Vec<u64>), GgufError> {
    let alignment = alignment(metadata)?;
    check_names(tensors)?;

    let mut out = b"GGUF".to_vec();
    put(&mut out, 3u32.to_le_bytes());
    put(&mut out, (tensors.len() as u64).to_le_bytes());
    put(&mut out, (metadata.len() as u64).to_le_bytes());
    for (key, value) in metadata.iter() {
        put_text(&mut out, key.as_bytes());
        put_value(&mut out, value);
    }
    let mut offset = 0u64;
    let mut offsets = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let too_large = || GgufError::Dims { tensor: tensor.name.to_owned(), dims: tensor.dims.to_vec() };
        put_text(&mut out, tensor.name.as_bytes());
        put(&mut out, (tensor.dims.len() as u32).to_le_bytes());
        tensor.dims.iter().for_each(|d| put(&mut out, d.to_le_bytes()));
        put(&mut out, tensor.ty.code().to_le_bytes());
        put(&mut out, offset.to_le_bytes());
        offsets.push(offset);
        let bytes = packed_size(tensor.name, tensor.dims, tensor.ty)?;
        let end = offset.checked_add(bytes).ok_or_else(too_large)?;
        offset = end.checked_next_multiple_of(alignment).ok_or_else(too_large)?;
    }
    let data_start = out.len().next_multiple_of(alignment as usize);
    out.resize(data_start, 0);
    offsets.iter_mut().for_each(|offset| *offset = offset.saturating_add(data_start as u64));
    Ok((out, offsets))
}

fn check_names(tensors: &[TensorHead<'_>]) -> Result<(), GgufError> {
    let limit = |part: &str, tensor: &TensorHead<'_>, have: usize, limit: u64| match have as u64 {
        have if have > limit => {
            let name: String = tensor.name.chars().take(MAX_NAME_BYTES as usize).collect();
            Err(GgufError::Limit { what: format!("tensor {name:?} {part}"), have, limit })
        }
        _ => Ok(()),
    };
    let mut names = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        limit("name length", tensor, tensor.name.len(), MAX_NAME_BYTES)?;
        limit("dimension count", tensor, tensor.dims.len(), MAX_DIMS)?;
        names.push(tensor.name);
    }
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(GgufError::DuplicateTensor { tensor: pair[0].to_owned() }),
        None => Ok(()),
    }
}

fn put<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
    out.extend_from_slice(&bytes);
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    put(out, (text.len() as u64).to_le_bytes());
    out.extend_from_slice(text);
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    macro_rules! number {
        ($code:expr, $number:expr) => {{
            put(out, ($code as u32).to_le_bytes());
            put(out, $number.to_le_bytes());
        }};
    }
    match value {
        Value::U8(n) => number!(0, n),
        Value::I8(n) => number!(1, n),
        Value::U16(n) => number!(2, n),
        Value::I16(n) => number!(3, n),
        Value::U32(n) => number!(4, n),
        Value::I32(n) => number!(5, n),
        Value::F32(n) => number!(6, n),
        Value::Bool(truth) => number!(7, u8::from(*truth)),
        Value::Str(text) => {
            put(out, 8u32.to_le_bytes());
            put_text(out, text.as_bytes());
        }
        Value::Array(array) => {
            put(out, 9u32.to_le_bytes());
            put_array(out, array);
        }
        Value::U64(n) => number!(10, n),
        Value::I64(n) => number!(11, n),
        Value::F64(n) => number!(12, n),
    }
}

fn put_array(out: &mut Vec<u8>, array: &Array) {
    macro_rules! numbers {
        ($code:expr, $numbers:expr) => {{
            put(out, ($code as u32).to_le_bytes());
            put(out, ($numbers.len() as u64).to_le_bytes());
            $numbers.iter().for_each(|n| put(out, n.to_le_bytes()));
        }};
    }
    match array {
        Array::U8(v) => numbers!(0, v),
        Array::I8(v) => numbers!(1, v),
        Array::U16(v) => numbers!(2, v),
        Array::I16(v) => numbers!(3, v),
        Array::U32(v) => numbers!(4, v),
        Array::I32(v) => numbers!(5, v),
        Array::F32(v) => numbers!(6, v),
        Array::Bool(v) => {
            put(out, 7u32.to_le_bytes());
            put(out, (v.len() as u64).to_le_bytes());
            out.extend(v.iter().map(|&truth| u8::from(truth)));
        }
        Array::Strings(v) => {
            put(out, 8u32.to_le_bytes());
            put(out, (v.len() as u64).to_le_bytes());
            v.iter().for_each(|text| put_text(out, text));
        }
        Array::Arrays(v) => {
            put(out, 9u32.to_le_bytes());
            put(out, (v.len() as u64).to_le_bytes());
            v.iter().for_each(|inner| put_array(out, inner));
        }
        Array::U64(v) => numbers!(10, v),
        Array::I64(v) => numbers!(11, v),
        Array::F64(v) => numbers!(12, v),
    }
}
