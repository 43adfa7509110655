//! The matrix product: packed weights times 8-bit activations.
//!
//! `y[t, n] = sum over k of W[n, k] * x[t, k]`, for one token (decode) or many
//! (prefill). For each tile of eight rows and each group of up to eight
//! tokens, integer dot products run over a block of 32 columns, then one
//! multiply-add applies the weights' scale and one their offset:
//!
//! ```text
//! y += (d_w * s_x) * sum(q_w * q_x)  +  m_w * sum(s_x * q_x)
//! ```
//!
//! A vector of rows is unpacked once for as many tokens of a group as [`Lanes::TOGETHER`] says,
//! whose integer sums stay in registers over a block.
#![allow(clippy::needless_range_loop, reason = "an index names the same row or token in several arrays")]

use super::activations::{Activations, Group, ROW_WORDS};
use super::lanes::Lanes;
use super::pack::{BLOCK, Format, ROWS};
use super::thread_pool::Shared;

/// Most tokens of a group.
const GROUP: usize = 8;

/// Words of weights and activations that stay near while they meet each other.
const NEAR_WORDS: usize = 6144;

/// Some tiles of one packed matrix.
#[derive(Clone, Copy)]
pub(super) struct Tiles<'a> {
    pub words: &'a [u32],
    pub format: Format,
    /// Rows; the last tile may hold fewer than [`ROWS`].
    pub rows: usize,
    /// Column of the output that the first row goes to.
    pub column: usize,
}

/// What is done to a product on its way out: `residual + scale * (y + bias)`.
#[derive(Clone, Copy)]
pub(super) struct Epilogue<'a> {
    /// `[n]`.
    pub bias: Option<&'a [f32]>,
    /// `[tokens, n]`.
    pub residual: Option<&'a [f32]>,
    pub scale: f32,
}

/// The output, `[tokens, n]`.
#[derive(Clone, Copy)]
pub(super) struct Output<'a> {
    pub values: Shared<'a, f32>,
    pub n: usize,
}

/// Tiles that stay in the first-level cache together with a group of tokens.
fn tiles_together(format: Format, k: usize) -> usize {
    let blocks = k / BLOCK;
    let (tile, group) = (blocks * format.block_words(), 8 * blocks * ROW_WORDS);
    (NEAR_WORDS.saturating_sub(group) / tile.max(1)).clamp(1, 16)
}

/// Multiplies the rows of `tiles` with all rows of `x`: a few tiles with all groups, then the next.
///
/// # Safety
///
/// The machine has the instructions that `L` uses, and nobody else uses the
/// columns of `out` that belong to these tiles.
#[inline(always)]
pub(super) unsafe fn gemm<L: Lanes>(
    tiles: Tiles<'_>,
    x: &Activations,
    epilogue: Epilogue<'_>,
    out: Output<'_>,
) {
    let tile_words = x.columns() / BLOCK * tiles.format.block_words();
    assert_eq!(tiles.words.len(), tiles.rows.div_ceil(ROWS) * tile_words, "packed length");
    let near = tiles_together(tiles.format, x.columns());
    for (piece, words) in tiles.words.chunks(near * tile_words).enumerate() {
        for group in x.groups() {
            for (tile, words) in words.chunks_exact(tile_words).enumerate() {
                let first = (piece * near + tile) * ROWS;
                let mut values = [[0.0; ROWS]; 8];
                // SAFETY: the caller's promise about instructions is passed on.
                unsafe { product::<L>(tiles.format, words, x, group, &mut values) };
                let rows = ROWS.min(tiles.rows - first);
                let column = tiles.column + first;
                for (t, values) in values.iter().take(group.rows).enumerate() {
                    let at = (group.first + t) * out.n + column;
                    // SAFETY: columns of these tiles, by the caller's promise.
                    let y = unsafe { out.values.part(at, rows) };
                    finish(y, values, epilogue, column, at);
                }
            }
        }
    }
}

/// Writes one token's results of one tile.
#[inline(always)]
fn finish(y: &mut [f32], values: &[f32; ROWS], epilogue: Epilogue<'_>, column: usize, at: usize) {
    let Epilogue { bias, residual, scale } = epilogue;
    let mut values = *values;
    if let Some(bias) = bias {
        for (value, bias) in values.iter_mut().zip(&bias[column..][..y.len()]) {
            *value += bias;
        }
    }
    if let Some(residual) = residual {
        for (value, residual) in values.iter_mut().zip(&residual[at..][..y.len()]) {
            *value = residual + scale * *value;
        }
    } else if scale != 1.0 {
        values.iter_mut().for_each(|value| *value *= scale);
    }
    y.copy_from_slice(&values[..y.len()]);
}

/// One tile times one group of tokens; `R` vectors of rows at a time.
#[inline(always)]
unsafe fn product<L: Lanes>(
    format: Format,
    words: &[u32],
    x: &Activations,
    group: Group,
    out: &mut [[f32; ROWS]; 8],
) {
    let x = x.group(group);
    // SAFETY: the caller's promise about instructions is passed on; both
    // widths are checked by the compiler, as `WIDTH` is a constant.
    unsafe {
        match (group.room, L::WIDTH) {
            (8, 8) => by_format::<L, 8, 1>(format, words, x, 0, out),
            (4, 8) => by_format::<L, 4, 1>(format, words, x, 0, out),
            (2, 8) => by_format::<L, 2, 1>(format, words, x, 0, out),
            (_, 8) => by_format::<L, 1, 1>(format, words, x, 0, out),
            (8, _) => {
                by_format::<L, 8, 1>(format, words, x, 0, out);
                by_format::<L, 8, 1>(format, words, x, 4, out);
            }
            (4, _) => by_format::<L, 4, 2>(format, words, x, 0, out),
            (2, _) => by_format::<L, 2, 2>(format, words, x, 0, out),
            _ => by_format::<L, 1, 2>(format, words, x, 0, out),
        }
    }
}

/// `R` vectors of rows from `row` on, times `T` tokens.
#[inline(always)]
unsafe fn by_format<L: Lanes, const T: usize, const R: usize>(
    format: Format,
    words: &[u32],
    x: &[u32],
    row: usize,
    out: &mut [[f32; ROWS]; 8],
) {
    let blocks = x.len() / (T * ROW_WORDS);
    assert!(words.len() >= blocks * format.block_words() && row + R * L::WIDTH <= ROWS, "blocks of a tile");
    // SAFETY: the instructions are the caller's promise.
    let mut y = unsafe { [[L::splat(0.0); R]; T] };
    let (tile, x) = (words[row..].as_ptr(), x.as_ptr());
    // One loop a format: a compiler that goes for size would ask in each block which one it is.
    macro_rules! blocks {
        ($format:expr, $block:ident) => {
            for i in 0..blocks {
                // SAFETY: block `i` is in `words` and in the group, both counted
                // above; the instructions are the caller's promise.
                unsafe {
                    $block::<L, T, R>(tile.add(i * $format.block_words()), x.add(i * T * ROW_WORDS), &mut y);
                }
            }
        };
    }
    match format {
        Format::Nibble => blocks!(Format::Nibble, nibble),
        Format::Byte => blocks!(Format::Byte, byte),
        Format::HalfByte => blocks!(Format::HalfByte, half_byte),
        Format::Wide => blocks!(Format::Wide, wide),
    }
    for (out, y) in out.iter_mut().zip(y) {
        for (r, y) in y.into_iter().enumerate() {
            // SAFETY: `row + R * WIDTH` floats fit a row of `out`, as asserted.
            unsafe { L::store(out.as_mut_ptr().add(row + r * L::WIDTH), y) };
        }
    }
}

/// Applies scales and offsets to the integer sums of one block, or of half of it.
#[inline(always)]
unsafe fn apply<L: Lanes, const T: usize, const R: usize>(
    y: &mut [[L::Floats; R]; T],
    sums: [[L::Floats; R]; T],
    scales: *const u32,
    x: *const u32,
    part: ScaleColumns,
) {
    // SAFETY: as for the caller.
    unsafe {
        let x = x.add(BLOCK / 4 * T).cast::<f32>();
        for r in 0..R {
            let (d, m) = L::scales(scales.add(r * L::WIDTH));
            for t in 0..T {
                let (scale, sum) = (L::splat(*x.add(t)), L::splat(*x.add(part as usize * T + t)));
                y[t][r] = L::mul_add(sums[t][r], L::mul(d, scale), y[t][r]);
                y[t][r] = L::mul_add(m, sum, y[t][r]);
            }
        }
    }
}

/// Which columns of a block a scale is for; the place of their sums.
#[derive(Clone, Copy)]
enum ScaleColumns {
    Whole = 1,
    First = 2,
    Second = 3,
}

/// Two columns a byte: eight dots of at most 15.
#[inline(always)]
unsafe fn nibble<L: Lanes, const T: usize, const R: usize>(
    tile: *const u32,
    x: *const u32,
    y: &mut [[L::Floats; R]; T],
) {
    // SAFETY: as for the caller.
    unsafe {
        let mut sums = [[L::splat(0.0); R]; T];
        for first in (0..T).step_by(L::TOGETHER) {
            let tokens = first..T.min(first + L::TOGETHER);
            for r in 0..R {
                let mut dots = [L::no_shorts(); GROUP];
                for g in 0..4 {
                    let both = L::load(tile.add(ROWS + g * ROWS + r * L::WIDTH));
                    let (low, high) = (L::low(both), L::high(both));
                    for (i, t) in tokens.clone().enumerate() {
                        dots[i] = L::dot(dots[i], low, L::broadcast(x.add(g * T + t)));
                        dots[i] = L::dot(dots[i], high, L::broadcast(x.add((g + 4) * T + t)));
                    }
                }
                for (i, t) in tokens.clone().enumerate() {
                    sums[t][r] = L::to_floats(L::fold(dots[i]));
                }
            }
        }
        apply::<L, T, R>(y, sums, tile, x, ScaleColumns::Whole);
    }
}

/// One column a byte, at most 31: folded after four dots.
#[inline(always)]
unsafe fn byte<L: Lanes, const T: usize, const R: usize>(
    tile: *const u32,
    x: *const u32,
    y: &mut [[L::Floats; R]; T],
) {
    // SAFETY: as for the caller.
    unsafe {
        let first = dots::<L, T, R, 4>(tile.add(ROWS), x, 0);
        let second = dots::<L, T, R, 4>(tile.add(ROWS), x, 4);
        let mut sums = [[L::splat(0.0); R]; T];
        for t in 0..T {
            for r in 0..R {
                sums[t][r] = L::to_floats(L::add_ints(first[t][r], second[t][r]));
            }
        }
        apply::<L, T, R>(y, sums, tile, x, ScaleColumns::Whole);
    }
}

/// One column a byte, at most 63, a scale for 16 columns: folded after two dots.
#[inline(always)]
unsafe fn half_byte<L: Lanes, const T: usize, const R: usize>(
    tile: *const u32,
    x: *const u32,
    y: &mut [[L::Floats; R]; T],
) {
    // SAFETY: as for the caller.
    unsafe {
        for (half, part) in [ScaleColumns::First, ScaleColumns::Second].into_iter().enumerate() {
            let first = dots::<L, T, R, 2>(tile.add(2 * ROWS), x, half * 4);
            let second = dots::<L, T, R, 2>(tile.add(2 * ROWS), x, half * 4 + 2);
            let mut sums = [[L::splat(0.0); R]; T];
            for t in 0..T {
                for r in 0..R {
                    sums[t][r] = L::to_floats(L::add_ints(first[t][r], second[t][r]));
                }
            }
            apply::<L, T, R>(y, sums, tile.add(half * ROWS), x, part);
        }
    }
}

/// `G` groups of four columns, one column a byte, from group `g` on.
#[inline(always)]
unsafe fn dots<L: Lanes, const T: usize, const R: usize, const G: usize>(
    quants: *const u32,
    x: *const u32,
    g: usize,
) -> [[L::Ints; R]; T] {
    // SAFETY: as for the caller.
    unsafe {
        let mut sums = [[L::fold(L::no_shorts()); R]; T];
        for first in (0..T).step_by(L::TOGETHER) {
            let tokens = first..T.min(first + L::TOGETHER);
            for r in 0..R {
                let mut dots = [L::no_shorts(); GROUP];
                for g in g..g + G {
                    let weights = L::load(quants.add(g * ROWS + r * L::WIDTH));
                    for (i, t) in tokens.clone().enumerate() {
                        dots[i] = L::dot(dots[i], weights, L::broadcast(x.add(g * T + t)));
                    }
                }
                for (i, t) in tokens.clone().enumerate() {
                    sums[t][r] = L::fold(dots[i]);
                }
            }
        }
        sums
    }
}

/// One column a byte, up to 255: two nibbles, each summed on its own.
#[inline(always)]
unsafe fn wide<L: Lanes, const T: usize, const R: usize>(
    tile: *const u32,
    x: *const u32,
    y: &mut [[L::Floats; R]; T],
) {
    // SAFETY: as for the caller.
    unsafe {
        let mut sums = [[L::splat(0.0); R]; T];
        // Four tokens at a time on any machine: each has two sums.
        for first in (0..T).step_by(4) {
            let tokens = first..T.min(first + 4);
            for r in 0..R {
                let (mut lows, mut highs) = ([L::no_shorts(); 4], [L::no_shorts(); 4]);
                for g in 0..8 {
                    let both = L::load(tile.add(ROWS + g * ROWS + r * L::WIDTH));
                    let (low, high) = (L::low(both), L::high(both));
                    for (i, t) in tokens.clone().enumerate() {
                        let four = L::broadcast(x.add(g * T + t));
                        lows[i] = L::dot(lows[i], low, four);
                        highs[i] = L::dot(highs[i], high, four);
                    }
                }
                for (i, t) in tokens.clone().enumerate() {
                    sums[t][r] = L::widen(L::fold(highs[i]), L::fold(lows[i]));
                }
            }
        }
        apply::<L, T, R>(y, sums, tile, x, ScaleColumns::Whole);
    }
}
