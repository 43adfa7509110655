//! The layout that every kernel reads: weights stay packed, rows are interleaved.
//!
//! A weight matrix `[n, k]` is cut into tiles of [`ROWS`] = 8 rows, and each
//! tile into blocks of [`BLOCK`] = 32 columns. A block stores, as `u32` words,
//!
//! ```text
//! scales   8 words   row r: f16 scale d (low half) | f16 offset m (high half)
//! quants   word (g, r) = 4 consecutive columns 4g..4g+4 of row r, one byte each
//! ```
//!
//! so that one vector holds the same four columns of eight rows, a dot product
//! with four broadcast activations yields eight rows at once, and no kernel
//! ever sums across lanes. A weight is `d * q + m` with an unsigned `q`:
//!
//! | format     | q          | bytes a word | from                                 |
//! |------------|------------|--------------|--------------------------------------|
//! | `Nibble`   | 0..=15     | column group g in the low nibbles, g + 4 in the high | Q4_0 Q4_1 Q4_K |
//! | `Byte`     | 0..=127    | one a byte   | Q5_0 Q5_1 Q5_K                       |
//! | `HalfByte` | 0..=127    | one a byte, scales for 16 columns each (16 words) | Q6_K |
//! | `Wide`     | 0..=255    | one a byte, kernels split it into two nibbles | Q8_0 F16 BF16 F32 |
//!
//! Q4_0 and Q4_1 are moved word by word, without loss; so are Q5_0, Q5_1 and
//! Q8_0. The K types' products of two scales are rounded to f16 (relative
//! error 2^-11), and float types are quantized as Q8_0 is.

use ghostlight_gguf::TensorType;
use half::{bf16, f16};

/// Rows a tile.
pub const ROWS: usize = 8;
/// Columns a block.
pub const BLOCK: usize = 32;

/// How the quants of a packed matrix are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Two columns a byte.
    Nibble,
    /// One column a byte, at most 127.
    Byte,
    /// As `Byte`, with a scale for every 16 columns.
    HalfByte,
    /// One column a byte, up to 255.
    Wide,
}

impl Format {
    /// Every format, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Nibble, Self::Byte, Self::HalfByte, Self::Wide];

    /// The format a tensor type is packed into.
    pub fn of(ty: TensorType) -> Option<Self> {
        Some(match ty {
            TensorType::Q4_0 | TensorType::Q4_1 | TensorType::Q4K => Self::Nibble,
            TensorType::Q5_0 | TensorType::Q5_1 | TensorType::Q5K => Self::Byte,
            TensorType::Q6K => Self::HalfByte,
            TensorType::Q8_0 | TensorType::F16 | TensorType::BF16 | TensorType::F32 => Self::Wide,
            _ => return None,
        })
    }

    /// Words of scales in one block of a tile.
    pub const fn scale_words(self) -> usize {
        match self {
            Self::HalfByte => 2 * ROWS,
            _ => ROWS,
        }
    }

    /// Words of one block of a tile, scales included.
    pub const fn block_words(self) -> usize {
        self.scale_words()
            + match self {
                Self::Nibble => ROWS * BLOCK / 8,
                _ => ROWS * BLOCK / 4,
            }
    }

    /// Words of a whole matrix `[n, k]`; `k` is a multiple of [`BLOCK`].
    pub const fn words(self, n: usize, k: usize) -> usize {
        n.div_ceil(ROWS) * (k / BLOCK) * self.block_words()
    }
}

/// Thirty-two weights of one row on their way into a tile.
struct Unpacked {
    /// Unsigned quants.
    q: [u8; BLOCK],
    /// `d | m << 16` as f16 bits, for each half block.
    scale: [u32; 2],
}

/// Packs whole rows of `ty` into `out`, which starts at the first tile of the rows.
///
/// `bytes` holds `rows` rows of `k` weights as they stand in the file; `rows`
/// is a multiple of [`ROWS`] except at the end of a matrix, where the missing
/// rows of the last tile stay zero.
///
/// # Panics
///
/// When the slices do not have the lengths that `ty`, `rows` and `k` ask for;
/// the loader has checked them against the file.
pub fn pack_rows(ty: TensorType, k: usize, bytes: &[u8], out: &mut [u32]) {
    let format = Format::of(ty).expect("the loader checked that the type can be packed");
    let row_bytes = k / ty.block_len() * ty.block_bytes();
    let tile_words = k / BLOCK * format.block_words();
    for (tile, rows) in out.chunks_exact_mut(tile_words).zip(bytes.chunks(row_bytes * ROWS)) {
        for (r, row) in rows.chunks_exact(row_bytes).enumerate() {
            match ty {
                TensorType::Q4_0 => pack_q4_row::<18>(row, r, tile),
                TensorType::Q4_1 => pack_q4_row::<20>(row, r, tile),
                _ => {
                    for (b, block) in tile.chunks_exact_mut(format.block_words()).enumerate() {
                        store(format, &unpack(ty, row, b), r, block);
                    }
                }
            }
        }
    }
}

/// Q4_0 (18 bytes a block) and Q4_1 (20): their nibble order is ours already.
fn pack_q4_row<const BYTES: usize>(row: &[u8], r: usize, tile: &mut [u32]) {
    const WORDS: usize = Format::Nibble.block_words();
    for (source, block) in row.chunks_exact(BYTES).zip(tile.chunks_exact_mut(WORDS)) {
        let d = u16::from_le_bytes([source[0], source[1]]);
        let (m, quants) = if BYTES == 18 {
            (times(d, -8.0), &source[2..])
        } else {
            (u16::from_le_bytes([source[2], source[3]]), &source[4..])
        };
        block[r] = join(d, m);
        for (g, four) in quants.chunks_exact(4).enumerate() {
            block[ROWS + g * ROWS + r] = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        }
    }
}

/// `d | m << 16`.
fn join(d: u16, m: u16) -> u32 {
    u32::from(d) | u32::from(m) << 16
}

/// An f16 times a factor, as f16 bits.
fn times(bits: u16, factor: f32) -> u16 {
    f16::from_f32(f16::from_bits(bits).to_f32() * factor).to_bits()
}

/// Writes one row's block into its lane of a tile.
fn store(format: Format, from: &Unpacked, r: usize, block: &mut [u32]) {
    let (scales, quants) = block.split_at_mut(format.scale_words());
    scales[r] = from.scale[0];
    if format == Format::HalfByte {
        scales[ROWS + r] = from.scale[1];
    }
    let word = |g: usize| {
        u32::from_le_bytes([from.q[4 * g], from.q[4 * g + 1], from.q[4 * g + 2], from.q[4 * g + 3]])
    };
    if format == Format::Nibble {
        for g in 0..4 {
            quants[g * ROWS + r] = word(g) | word(g + 4) << 4;
        }
    } else {
        for g in 0..8 {
            quants[g * ROWS + r] = word(g);
        }
    }
}

/// The `b`-th 32 weights of a row.
fn unpack(ty: TensorType, row: &[u8], b: usize) -> Unpacked {
    let u16_at = |bytes: &[u8], at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    match ty {
        TensorType::Q5_0 | TensorType::Q5_1 => {
            let size = ty.block_bytes();
            let block = &row[b * size..(b + 1) * size];
            let d = u16_at(block, 0);
            let (m, rest) = if ty == TensorType::Q5_0 {
                (times(d, -16.0), &block[2..])
            } else {
                (u16_at(block, 2), &block[4..])
            };
            let high = u32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]);
            let q = core::array::from_fn(|i| {
                let nibble = if i < 16 { rest[4 + i] & 15 } else { rest[4 + i - 16] >> 4 };
                nibble | ((high >> i & 1) as u8) << 4
            });
            Unpacked { q, scale: [join(d, m); 2] }
        }
        TensorType::Q8_0 => {
            let block = &row[b * 34..(b + 1) * 34];
            let d = u16_at(block, 0);
            let q = core::array::from_fn(|i| block[2 + i].wrapping_add(128));
            Unpacked { q, scale: [join(d, times(d, -128.0)); 2] }
        }
        TensorType::Q4K | TensorType::Q5K => unpack_k45(ty, row, b),
        TensorType::Q6K => unpack_q6k(row, b),
        TensorType::F16 => quantize(|i| f16::from_bits(u16_at(row, (b * BLOCK + i) * 2)).to_f32()),
        TensorType::BF16 => quantize(|i| bf16::from_bits(u16_at(row, (b * BLOCK + i) * 2)).to_f32()),
        _ => quantize(|i| {
            let at = (b * BLOCK + i) * 4;
            f32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]])
        }),
    }
}

/// Symmetric 8-bit quantization, as Q8_0 does it.
fn quantize(value: impl Fn(usize) -> f32) -> Unpacked {
    let amax = (0..BLOCK).map(|i| value(i).abs()).fold(0.0, f32::max);
    let d = f16::from_f32(amax / 127.0);
    let inverse = if d.to_f32() > 0.0 { 1.0 / d.to_f32() } else { 0.0 };
    let q = core::array::from_fn(|i| ((value(i) * inverse).round().clamp(-127.0, 127.0) + 128.0) as u8);
    Unpacked { q, scale: [join(d.to_bits(), times(d.to_bits(), -128.0)); 2] }
}

/// Q4_K and Q5_K: super-blocks of 256, eight 6-bit scales and minima each.
fn unpack_k45(ty: TensorType, row: &[u8], b: usize) -> Unpacked {
    let size = ty.block_bytes();
    let block = &row[b / 8 * size..(b / 8 + 1) * size];
    let sub = b % 8;
    let half = |at: usize| f16::from_le_bytes([block[at], block[at + 1]]).to_f32();
    let packed = &block[4..16];
    // Six bits each: the first four pairs whole, the rest split over two bytes.
    let (scale, min) = if sub < 4 {
        (packed[sub] & 63, packed[sub + 4] & 63)
    } else {
        (packed[sub + 4] & 15 | packed[sub - 4] >> 6 << 4, packed[sub + 4] >> 4 | packed[sub] >> 6 << 4)
    };
    let (high, low) =
        if ty == TensorType::Q5K { (Some(&block[16..48]), &block[48..176]) } else { (None, &block[16..144]) };
    let q = core::array::from_fn(|i| {
        let byte = low[sub / 2 * 32 + i];
        let nibble = if sub.is_multiple_of(2) { byte & 15 } else { byte >> 4 };
        nibble | high.map_or(0, |bits| (bits[i] >> sub & 1) << 4)
    });
    let d = f16::from_f32(half(0) * f32::from(scale)).to_bits();
    let m = f16::from_f32(-half(2) * f32::from(min)).to_bits();
    Unpacked { q, scale: [join(d, m); 2] }
}

/// Q6_K: super-blocks of 256, sixteen signed 8-bit scales.
fn unpack_q6k(row: &[u8], b: usize) -> Unpacked {
    let block = &row[b / 8 * 210..(b / 8 + 1) * 210];
    let (low, high, scales) = (&block[..128], &block[128..192], &block[192..208]);
    let d = f16::from_le_bytes([block[208], block[209]]).to_f32();
    let sub = b % 8;
    // Each half of 128 weights keeps its 32-weight groups in the nibbles of 64
    // bytes and the top two bits of all four groups in 32 bytes.
    let (half, group) = (sub / 4, sub % 4);
    let q = core::array::from_fn(|i| {
        let byte = low[half * 64 + (group & 1) * 32 + i];
        let nibble = if group < 2 { byte & 15 } else { byte >> 4 };
        nibble | (high[half * 32 + i] >> (2 * group) & 3) << 4
    });
    let scale = core::array::from_fn(|s| {
        let d = f16::from_f32(d * f32::from(scales[sub * 2 + s] as i8)).to_bits();
        join(d, times(d, -32.0))
    });
    Unpacked { q, scale }
}

/// Row `row` of a packed matrix as f32: the definition of what the layout means.
pub fn unpack_row(format: Format, k: usize, words: &[u32], row: usize, out: &mut [f32]) {
    let tile_words = k / BLOCK * format.block_words();
    let tile = &words[row / ROWS * tile_words..][..tile_words];
    let r = row % ROWS;
    for (block, out) in tile.chunks_exact(format.block_words()).zip(out.chunks_exact_mut(BLOCK)) {
        let (scales, quants) = block.split_at(format.scale_words());
        for (i, out) in out.iter_mut().enumerate() {
            let scale = match format {
                Format::HalfByte => scales[i / 16 * ROWS + r],
                _ => scales[r],
            };
            let d = f16::from_bits(scale as u16).to_f32();
            let m = f16::from_bits((scale >> 16) as u16).to_f32();
            let q = match format {
                Format::Nibble => quants[i / 4 % 4 * ROWS + r] >> (i % 4 * 8 + i / 16 * 4) & 15,
                _ => quants[i / 4 * ROWS + r] >> (i % 4 * 8) & 255,
            };
            *out = d * q as f32 + m;
        }
    }
}
