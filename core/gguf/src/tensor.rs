//! Tensor types of the format and the listing entry of one tensor.
//!
//! The idea: a type is its block: how many elements share one packed group of how many bytes. Types that this crate
//! cannot decode are still known by name and size, so that a listing shows them and the file's layout can be checked;
//! only reading them is an error. Layout from the GGUF and ggml format description.

use std::{fmt, ops::Range};

use crate::error::GgufError;

/// How the elements of a tensor are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(non_camel_case_types, reason = "Q4_0 and its like are the format's own names")]
pub enum TensorType {
    /// 32-bit float.
    F32,
    /// 16-bit float.
    F16,
    /// The upper half of a 32-bit float.
    BF16,
    /// 4 bits and a scale for 32 elements.
    Q4_0,
    /// 4 bits, a scale and a minimum for 32 elements.
    Q4_1,
    /// 5 bits and a scale for 32 elements.
    Q5_0,
    /// 5 bits, a scale and a minimum for 32 elements.
    Q5_1,
    /// 8 bits and a scale for 32 elements.
    Q8_0,
    /// 4 bits, 6-bit scales and minima for 8 groups of 32 elements.
    Q4K,
    /// 5 bits, 6-bit scales and minima for 8 groups of 32 elements.
    Q5K,
    /// 6 bits, 8-bit scales for 16 groups of 16 elements.
    Q6K,
    /// Known by name and size, listed, not readable.
    Unsupported(Unread),
}

/// A tensor type of the format that is known by name and size only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unread(&'static Layout);

/// Number in the file, name, elements a block, bytes a block.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Layout {
    code: u32,
    name: &'static str,
    block_len: usize,
    block_bytes: usize,
}

const fn layout(code: u32, name: &'static str, block_len: usize, block_bytes: usize) -> Layout {
    Layout { code, name, block_len, block_bytes }
}

const READ: [(TensorType, Layout); 11] = [
    (TensorType::F32, layout(0, "F32", 1, 4)),
    (TensorType::F16, layout(1, "F16", 1, 2)),
    (TensorType::BF16, layout(30, "BF16", 1, 2)),
    (TensorType::Q4_0, layout(2, "Q4_0", 32, 2 + 16)),
    (TensorType::Q4_1, layout(3, "Q4_1", 32, 4 + 16)),
    (TensorType::Q5_0, layout(6, "Q5_0", 32, 2 + 4 + 16)),
    (TensorType::Q5_1, layout(7, "Q5_1", 32, 4 + 4 + 16)),
    (TensorType::Q8_0, layout(8, "Q8_0", 32, 2 + 32)),
    (TensorType::Q4K, layout(12, "Q4_K", 256, 4 + 12 + 128)),
    (TensorType::Q5K, layout(13, "Q5_K", 256, 4 + 12 + 32 + 128)),
    (TensorType::Q6K, layout(14, "Q6_K", 256, 128 + 64 + 16 + 2)),
];

static UNREAD: [Layout; 23] = [
    layout(9, "Q8_1", 32, 36),
    layout(10, "Q2_K", 256, 84),
    layout(11, "Q3_K", 256, 110),
    layout(15, "Q8_K", 256, 292),
    layout(16, "IQ2_XXS", 256, 66),
    layout(17, "IQ2_XS", 256, 74),
    layout(18, "IQ3_XXS", 256, 98),
    layout(19, "IQ1_S", 256, 50),
    layout(20, "IQ4_NL", 32, 18),
    layout(21, "IQ3_S", 256, 110),
    layout(22, "IQ2_S", 256, 82),
    layout(23, "IQ4_XS", 256, 136),
    layout(24, "I8", 1, 1),
    layout(25, "I16", 1, 2),
    layout(26, "I32", 1, 4),
    layout(27, "I64", 1, 8),
    layout(28, "F64", 1, 8),
    layout(29, "IQ1_M", 256, 56),
    layout(34, "TQ1_0", 256, 54),
    layout(35, "TQ2_0", 256, 66),
    layout(39, "MXFP4", 32, 17),
    layout(40, "NVFP4", 64, 36),
    layout(41, "Q1_0", 128, 18),
];

impl TensorType {
    /// The types that can be read, in the order of their description above.
    pub const READABLE: [TensorType; 11] = {
        let mut types = [TensorType::F32; 11];
        let mut i = 0;
        while i < types.len() {
            types[i] = READ[i].0;
            i += 1;
        }
        types
    };

    /// The type with this number in a file, `None` for a number outside the format.
    pub fn from_code(code: u32) -> Option<Self> {
        let read = READ.iter().find(|(_, layout)| layout.code == code).map(|(ty, _)| *ty);
        read.or_else(|| {
            UNREAD.iter().find(|layout| layout.code == code).map(|l| Self::Unsupported(Unread(l)))
        })
    }

    fn layout(self) -> &'static Layout {
        const TABLE: &[(TensorType, Layout)] = &READ;
        match self {
            Self::Unsupported(Unread(layout)) => layout,
            ty => &TABLE.iter().find(|(t, _)| *t == ty).expect("every readable type has its row").1,
        }
    }

    /// The type's number in a file.
    pub fn code(self) -> u32 {
        self.layout().code
    }

    /// The format's name for it, such as `Q4_K`.
    pub fn name(self) -> &'static str {
        self.layout().name
    }

    /// Elements in a block.
    pub fn block_len(self) -> usize {
        self.layout().block_len
    }

    /// Bytes in a block.
    pub fn block_bytes(self) -> usize {
        self.layout().block_bytes
    }

    /// Whether tensors of this type can be read, not only listed.
    pub fn is_readable(self) -> bool {
        !matches!(self, Self::Unsupported(_))
    }

    /// Bytes of a row of `k` elements; `None` when `k` is no multiple of the block length, or on overflow.
    pub fn row_bytes(self, k: u64) -> Option<u64> {
        let (len, bytes) = (self.block_len() as u64, self.block_bytes() as u64);
        k.is_multiple_of(len).then_some(k / len)?.checked_mul(bytes)
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One tensor of a model: what it is and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// The name, such as `blk.0.attn_q.weight`.
    pub name: String,
    /// Elements along each dimension, the fastest first: `dims[0]` is the row length K, `dims[1]` the number of rows.
    pub dims: Vec<u64>,
    /// How elements are packed.
    pub ty: TensorType,
    /// Where it begins, bytes from the start of the file.
    pub offset: u64,
    /// Its packed length in bytes.
    pub bytes: u64,
}

impl TensorInfo {
    /// Elements in all.
    pub fn elements(&self) -> u64 {
        self.dims.iter().product()
    }

    /// Elements in a row: `dims[0]`, 1 for a scalar.
    pub fn row_len(&self) -> u64 {
        self.dims.first().copied().unwrap_or(1)
    }

    /// Rows: the product of all dimensions after the first.
    pub fn rows(&self) -> u64 {
        self.dims.iter().skip(1).product()
    }

    /// Packed bytes of a row. Rows lie one after the other without gaps.
    pub fn row_bytes(&self) -> u64 {
        self.bytes / self.rows().max(1)
    }

    /// The bytes of rows `rows`, counted from the tensor's start.
    ///
    /// # Errors
    /// [`GgufError::PastTensor`] when the tensor has fewer rows, or the range ends before it begins.
    pub fn row_range(&self, rows: Range<u64>) -> Result<Range<u64>, GgufError> {
        if rows.start > rows.end || rows.end > self.rows() {
            let need = rows.end.max(rows.start);
            return Err(GgufError::PastTensor {
                tensor: self.name.clone(),
                unit: "rows",
                need,
                have: self.rows(),
            });
        }
        Ok(rows.start * self.row_bytes()..rows.end * self.row_bytes())
    }
}

/// Elements and packed bytes of a tensor of shape `dims`, with every product checked.
pub(crate) fn packed_size(name: &str, dims: &[u64], ty: TensorType) -> Result<u64, GgufError> {
    let bad = || GgufError::Dims { tensor: name.to_owned(), dims: dims.to_vec() };
    let elements = dims.iter().try_fold(1u64, |n, &d| n.checked_mul(d)).filter(|&n| n > 0).ok_or_else(bad)?;
    let row = dims.first().copied().unwrap_or(1);
    let need = ty.block_len() as u64;
    if !row.is_multiple_of(need) {
        return Err(GgufError::BlockShape { tensor: name.to_owned(), ty, need, have: row });
    }
    ty.row_bytes(elements).ok_or_else(bad)
}
