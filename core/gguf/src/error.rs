//! Everything that can be wrong with a model file or with a request for a part of one.
//!
//! Each variant names the tensor or key and carries what was needed and what was there. Names come from the file, so
//! they are quoted with escapes and bounded in length by the reader. No variant carries file contents beyond that.

use thiserror::Error;

use crate::{source::SourceError, tensor::TensorType};

/// Why a model file was refused, or why a part of it could not be given.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum GgufError {
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),

    /// The first four bytes are not `GGUF`.
    #[error("open model: not a GGUF file, it begins with bytes {found:02x?}")]
    NotGguf {
        /// The first bytes, four at most.
        found: Vec<u8>,
    },
    /// The file was written for a big-endian machine.
    #[error(
        "open model: big-endian GGUF (version field {field:#010x}), only little-endian files can be read"
    )]
    BigEndian {
        /// The version field as read in little-endian order.
        field: u32,
    },
    /// Neither version 2 nor 3.
    #[error("open model: GGUF version {version}, only versions 2 and 3 can be read")]
    Version {
        /// The version in the file.
        version: u32,
    },
    /// The header ends in the middle of something.
    #[error("read {what}: needs {need} bytes, the file has {have} left there")]
    Truncated {
        /// The part of the header, with its name where known.
        what: String,
        /// Bytes that the part needs, at least.
        need: u64,
        /// Bytes from the part's start to the end of the file.
        have: u64,
    },
    /// A count, length or depth is over the reader's limit.
    #[error("read {what}: {have} is over the limit of {limit}")]
    Limit {
        /// The thing that is limited.
        what: String,
        /// What the file has.
        have: u64,
        /// The reader's limit.
        limit: u64,
    },
    /// A key, name or text value is not UTF-8.
    #[error("read {what}: not valid UTF-8 from byte {valid} on")]
    Utf8 {
        /// The part of the header, with its name where known.
        what: String,
        /// Bytes before the first wrong one.
        valid: u64,
    },
    /// There is no room for a part that the file does have.
    #[error("read {what}: no memory for {need} bytes")]
    Memory {
        /// The part, with its name where known.
        what: String,
        /// Bytes that were asked of the allocator.
        need: u64,
    },

    /// A metadata value or array element type outside the format.
    #[error("read metadata key {key:?}: unknown value type {code}")]
    UnknownValueType {
        /// The metadata key.
        key: String,
        /// The type's number in the file.
        code: u32,
    },
    /// A truth value that is neither 0 nor 1.
    #[error("read metadata key {key:?}: truth value {value}, must be 0 or 1")]
    Bool {
        /// The metadata key.
        key: String,
        /// The byte in the file.
        value: u8,
    },
    /// The same metadata key stands twice.
    #[error("read metadata: key {key:?} stands twice")]
    DuplicateKey {
        /// The metadata key.
        key: String,
    },
    /// A metadata key that is needed is not there.
    #[error("read metadata: key {key:?} is missing")]
    MissingKey {
        /// The metadata key.
        key: String,
    },
    /// A metadata value has another type than asked for.
    #[error("read metadata key {key:?}: is {have}, needed {need}")]
    ValueType {
        /// The metadata key.
        key: String,
        /// The type that was asked for.
        need: &'static str,
        /// The type in the file.
        have: String,
    },
    /// A metadata number does not fit the type asked for.
    #[error("read metadata key {key:?}: value {value} does not fit {need}")]
    ValueRange {
        /// The metadata key.
        key: String,
        /// The type that was asked for.
        need: &'static str,
        /// The value in the file.
        value: i128,
    },
    /// `general.alignment` is no power of two, or too large.
    #[error("open model: alignment {alignment}, must be a power of two up to {limit}")]
    Alignment {
        /// The alignment in the file, in bytes.
        alignment: u64,
        /// The largest accepted, in bytes.
        limit: u64,
    },

    /// The same tensor name stands twice.
    #[error("read tensor list: tensor {tensor:?} stands twice")]
    DuplicateTensor {
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor that is needed is not there.
    #[error("find tensor {tensor:?}: the model has no such tensor")]
    MissingTensor {
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor type number outside the format.
    #[error("read tensor {tensor:?}: unknown tensor type {code}")]
    UnknownTensorType {
        /// The tensor's name.
        tensor: String,
        /// The type's number in the file.
        code: u32,
    },
    /// A tensor type of the format that this reader lists but cannot read.
    #[error("read tensor {tensor:?}: tensor type {ty} is not supported")]
    UnsupportedTensorType {
        /// The tensor's name; `-` where blocks are converted without a tensor.
        tensor: String,
        /// The type.
        ty: TensorType,
    },
    /// A dimension of zero, or more elements than 64 bits count.
    #[error("read tensor {tensor:?}: dimensions {dims:?} have a zero or too large a product")]
    Dims {
        /// The tensor's name.
        tensor: String,
        /// The dimensions, row length first, in elements.
        dims: Vec<u64>,
    },
    /// The row length is no multiple of the type's block length.
    #[error("read tensor {tensor:?}: rows of {have} elements, {ty} needs a multiple of {need}")]
    BlockShape {
        /// The tensor's name.
        tensor: String,
        /// The type.
        ty: TensorType,
        /// Elements in a block.
        need: u64,
        /// Elements in a row.
        have: u64,
    },
    /// A tensor does not begin at a multiple of the alignment.
    #[error("read tensor {tensor:?}: offset {offset} is no multiple of the alignment {alignment}")]
    Misaligned {
        /// The tensor's name.
        tensor: String,
        /// Bytes from the start of the data section.
        offset: u64,
        /// The file's alignment in bytes.
        alignment: u64,
    },
    /// A tensor ends past the end of the file.
    #[error("read tensor {tensor:?}: needs the file's bytes up to {need}, the file has {have}")]
    Overrun {
        /// The tensor's name.
        tensor: String,
        /// Where the tensor ends, bytes from the start of the file.
        need: u64,
        /// The file's length in bytes.
        have: u64,
    },
    /// Two tensors share bytes.
    #[error("read tensor {tensor:?}: begins at byte {start}, inside tensor {other:?} which ends at {end}")]
    Overlap {
        /// The tensor that begins later.
        tensor: String,
        /// Where it begins, bytes from the start of the file.
        start: u64,
        /// The tensor that begins earlier.
        other: String,
        /// Where that one ends, bytes from the start of the file.
        end: u64,
    },
    /// A part of a tensor was asked for that it does not have.
    #[error("read tensor {tensor:?}: asked for {unit} up to {need}, it has {have}")]
    PastTensor {
        /// The tensor's name.
        tensor: String,
        /// What was counted: bytes or rows.
        unit: &'static str,
        /// The end of the range that was asked for.
        need: u64,
        /// What the tensor has.
        have: u64,
    },

    /// A buffer's length does not fit the other side of a conversion, or of a tensor.
    #[error("{operation} {ty}: needs {need} {unit}, got {have}")]
    Length {
        /// What was being done.
        operation: &'static str,
        /// The type.
        ty: TensorType,
        /// What was counted: bytes or values.
        unit: &'static str,
        /// What is needed.
        need: u64,
        /// What was given.
        have: u64,
    },
    /// A value that the block format cannot hold: not finite, or a scale beyond 16-bit floats.
    #[error("quantize {ty}: value {value} at {index} cannot be held")]
    Unrepresentable {
        /// The type.
        ty: TensorType,
        /// The value's place in the input.
        index: u64,
        /// The value.
        value: f32,
    },
}
