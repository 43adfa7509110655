//! Packed blocks to floats and back: the scalar definition of what a tensor's bytes mean.
//!
//! The idea: one small function a type and direction, working on one block, and one loop here that walks the blocks
//! after checking lengths. Clarity goes before speed; fast kernels elsewhere are tested against this.
//!
//! What it does not do: SIMD, threads, importance-weighted quantization.

mod k;
mod simple;

use half::{bf16, f16};

use crate::{error::GgufError, tensor::TensorType};

/// Unpacks whole blocks into floats.
///
/// # Shapes
/// `out`: n values, n a multiple of the type's block length; `bytes`: `ty.row_bytes(n)` bytes.
///
/// # Errors
/// [`GgufError::Length`] when the lengths do not fit, [`GgufError::UnsupportedTensorType`].
pub fn dequantize(ty: TensorType, bytes: &[u8], out: &mut [f32]) -> Result<(), GgufError> {
    let need = packed_len("dequantize", ty, out.len())?;
    if bytes.len() as u64 != need {
        let have = bytes.len() as u64;
        return Err(GgufError::Length { operation: "dequantize", ty, unit: "bytes", need, have });
    }
    let unpack: fn(&[u8], &mut [f32]) = match ty {
        TensorType::F32 => |b, v| v[0] = f32::from_le_bytes([b[0], b[1], b[2], b[3]]),
        TensorType::F16 => |b, v| v[0] = f16_at(b, 0),
        TensorType::BF16 => |b, v| v[0] = bf16::from_le_bytes([b[0], b[1]]).to_f32(),
        TensorType::Q4_0 => simple::unpack_q4_0,
        TensorType::Q4_1 => simple::unpack_q4_1,
        TensorType::Q5_0 => simple::unpack_q5_0,
        TensorType::Q5_1 => simple::unpack_q5_1,
        TensorType::Q8_0 => simple::unpack_q8_0,
        TensorType::Q4K => k::unpack_q4_k,
        TensorType::Q5K => k::unpack_q5_k,
        TensorType::Q6K => k::unpack_q6_k,
        TensorType::Unsupported(_) => return Err(unsupported(ty)),
    };
    let blocks = bytes.chunks_exact(ty.block_bytes()).zip(out.chunks_exact_mut(ty.block_len()));
    blocks.for_each(|(bytes, values)| unpack(bytes, values));
    Ok(())
}

/// Packs floats into whole blocks, appended to `out`.
///
/// # Shapes
/// `values`: n floats, n a multiple of the type's block length; `out` grows by `ty.row_bytes(n)` bytes.
///
/// # Errors
/// [`GgufError::Length`] when n is no multiple of the block length; [`GgufError::Unrepresentable`] when a block type
/// cannot hold a value (not finite, or a scale beyond 16-bit floats), `out` is then as it was;
/// [`GgufError::UnsupportedTensorType`].
pub fn quantize(ty: TensorType, values: &[f32], out: &mut Vec<u8>) -> Result<(), GgufError> {
    let bytes = packed_len("quantize", ty, values.len())? as usize;
    let pack: fn(&[f32], &mut [u8]) -> Option<()> = match ty {
        TensorType::F32 => |v, b| copy(b, v[0].to_le_bytes()),
        TensorType::F16 => |v, b| copy(b, f16::from_f32(v[0]).to_le_bytes()),
        TensorType::BF16 => |v, b| copy(b, bf16::from_f32(v[0]).to_le_bytes()),
        TensorType::Q4_0 => simple::pack_q4_0,
        TensorType::Q4_1 => simple::pack_q4_1,
        TensorType::Q5_0 => simple::pack_q5_0,
        TensorType::Q5_1 => simple::pack_q5_1,
        TensorType::Q8_0 => simple::pack_q8_0,
        TensorType::Q4K => k::pack_q4_k,
        TensorType::Q5K => k::pack_q5_k,
        TensorType::Q6K => k::pack_q6_k,
        TensorType::Unsupported(_) => return Err(unsupported(ty)),
    };
    let start = out.len();
    out.resize(start + bytes, 0);
    let blocks = values.chunks_exact(ty.block_len()).zip(out[start..].chunks_exact_mut(ty.block_bytes()));
    for (i, (block, bytes)) in blocks.enumerate() {
        let fits = ty.block_len() == 1 || block.iter().all(|v| v.is_finite());
        if !fits || pack(block, bytes).is_none() {
            out.truncate(start);
            return Err(unrepresentable(ty, i * ty.block_len(), block));
        }
    }
    Ok(())
}

fn copy<const N: usize>(bytes: &mut [u8], number: [u8; N]) -> Option<()> {
    bytes.copy_from_slice(&number);
    Some(())
}

/// Bytes that `values` values take.
fn packed_len(operation: &'static str, ty: TensorType, values: usize) -> Result<u64, GgufError> {
    ty.row_bytes(values as u64).ok_or_else(|| {
        let need = (values as u64).next_multiple_of(ty.block_len() as u64);
        GgufError::Length { operation, ty, unit: "values", need, have: values as u64 }
    })
}

fn unsupported(ty: TensorType) -> GgufError {
    GgufError::UnsupportedTensorType { tensor: "-".to_owned(), ty }
}

/// Names the value that is at fault: the first that is not finite, else the largest.
fn unrepresentable(ty: TensorType, start: usize, block: &[f32]) -> GgufError {
    let size = |v: f32| if v.is_finite() { v.abs() } else { f32::INFINITY };
    let worst =
        (0..block.len()).fold(0, |worst, i| if size(block[i]) > size(block[worst]) { i } else { worst });
    GgufError::Unrepresentable { ty, index: (start + worst) as u64, value: block[worst] }
}

/// The 16-bit float at byte `at`.
fn f16_at(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32()
}

/// Stores a finite value as a 16-bit float at byte `at`; `None` when it is too large for one.
fn put_f16(bytes: &mut [u8], at: usize, value: f32) -> Option<()> {
    let value = f16::from_f32(value);
    bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
    value.is_finite().then_some(())
}
