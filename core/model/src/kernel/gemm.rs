//! The matrix product: packed weights times 8-bit activations.
//!
//! `y[t, n] = sum over k of W[n, k] * x[t, k]`, for one token (decode) or many
//! (prefill). For each tile of eight rows and each group of up to [`TOKENS`]
//! tokens, integer dot products run over a block of 32 columns, then one
//! multiply-add applies the weights' scale and one their offset:
//!
//! ```text
//! y += (d_w * s_x) * sum(q_w * q_x)  +  m_w * sum(s_x * q_x)
//! ```
//!
//! A tile's weights are unpacked once for all tokens of a group, and
//! activations are broadcast once for all rows of a tile.

use super::activations::Activations;
use super::lanes::Lanes;
use super::pack::{BLOCK, Format, ROWS};

/// Tokens that share one pass over a tile.
const TOKENS: usize = 4;

/// One packed matrix (or a run of its tiles).
#[derive(Clone, Copy)]
pub(super) struct Weights<'a> {
    pub words: &'a [u32],
    pub format: Format,
    /// Rows of the matrix; the last tile may hold fewer than [`ROWS`].
    pub n: usize,
}

/// Multiplies all rows of `weights` with all rows of `x`.
///
/// `out` is `[x.rows, stride]`; row `n` of the weights goes to column
/// `column + n`.
///
/// # Safety
///
/// The machine has the instructions that `L` uses.
#[inline(always)]
pub(super) unsafe fn gemm<L: Lanes>(
    weights: Weights<'_>,
    x: &Activations,
    out: &mut [f32],
    stride: usize,
    column: usize,
) {
    let tile_words = x.k / BLOCK * weights.format.block_words();
    assert_eq!(weights.words.len(), weights.n.div_ceil(ROWS) * tile_words, "packed length");
    assert!(out.len() >= x.rows * stride && column + weights.n <= stride, "output length");
    for (tile, words) in weights.words.chunks_exact(tile_words).enumerate() {
        let rows = ROWS.min(weights.n - tile * ROWS);
        let at = column + tile * ROWS;
        let mut t = 0;
        while t < x.rows {
            // SAFETY: the caller's promise about instructions is passed on.
            let (done, values) = unsafe {
                if x.rows - t >= TOKENS {
                    (TOKENS, by_format::<L, TOKENS>(weights.format, words, x, t))
                } else if x.rows - t >= 2 {
                    (2, pad(by_format::<L, 2>(weights.format, words, x, t)))
                } else {
                    (1, pad(by_format::<L, 1>(weights.format, words, x, t)))
                }
            };
            for (i, values) in values.iter().take(done).enumerate() {
                let y = &mut out[(t + i) * stride + at..][..rows];
                y.copy_from_slice(&values[..rows]);
            }
            t += done;
        }
    }
}

/// Results of fewer tokens in the shape of [`TOKENS`].
#[inline(always)]
fn pad<const T: usize>(values: [[f32; ROWS]; T]) -> [[f32; ROWS]; TOKENS] {
    core::array::from_fn(|t| if t < T { values[t] } else { [0.0; ROWS] })
}

#[inline(always)]
unsafe fn by_format<L: Lanes, const T: usize>(
    format: Format,
    words: &[u32],
    x: &Activations,
    t: usize,
) -> [[f32; ROWS]; T] {
    // SAFETY: the caller's promise about instructions is passed on; a tile has
    // x.k / BLOCK blocks, and x has at least t + T rows.
    unsafe {
        match format {
            Format::Nibble => nibble::<L, T>(words, x, t),
            Format::Byte => byte::<L, T>(words, x, t),
            Format::HalfByte => half_byte::<L, T>(words, x, t),
            Format::Wide => wide::<L, T>(words, x, t),
        }
    }
}

/// The activations of `T` tokens, block by block.
struct Cursor<const T: usize> {
    q: [*const u32; T],
    scale: [*const f32; T],
    sum: [*const f32; T],
}

impl<const T: usize> Cursor<T> {
    #[inline(always)]
    fn new(x: &Activations, t: usize) -> Self {
        let blocks = x.k / BLOCK;
        assert!(t + T <= x.rows, "tokens of the group");
        Self {
            q: core::array::from_fn(|i| x.q[(t + i) * x.k / 4..].as_ptr()),
            scale: core::array::from_fn(|i| x.scale[(t + i) * blocks..].as_ptr()),
            sum: core::array::from_fn(|i| x.sum[(t + i) * blocks * 2..].as_ptr()),
        }
    }

    #[inline(always)]
    unsafe fn advance(&mut self) {
        for i in 0..T {
            // SAFETY: at most one past the row's end, inside or at the end of the buffer.
            unsafe {
                self.q[i] = self.q[i].add(BLOCK / 4);
                self.scale[i] = self.scale[i].add(1);
                self.sum[i] = self.sum[i].add(2);
            }
        }
    }
}

#[inline(always)]
unsafe fn finish<L: Lanes, const T: usize>(sums: [L::Floats; T]) -> [[f32; ROWS]; T] {
    let mut out = [[0.0; ROWS]; T];
    for (out, sums) in out.iter_mut().zip(sums) {
        // SAFETY: `out` is eight floats.
        unsafe { L::store(out.as_mut_ptr(), sums) };
    }
    out
}

/// Applies scale and offset of one block to its integer sums.
#[inline(always)]
unsafe fn apply<L: Lanes, const T: usize>(
    y: &mut [L::Floats; T],
    ints: [L::Floats; T],
    (d, m): (L::Floats, L::Floats),
    cursor: &Cursor<T>,
) {
    for t in 0..T {
        // SAFETY: the cursor stands inside the rows.
        unsafe {
            let scale = L::splat(*cursor.scale[t]);
            let sum = L::splat(*cursor.sum[t] + *cursor.sum[t].add(1));
            y[t] = L::mul_add(ints[t], L::mul(d, scale), y[t]);
            y[t] = L::mul_add(m, sum, y[t]);
        }
    }
}

#[inline(always)]
unsafe fn nibble<L: Lanes, const T: usize>(words: &[u32], x: &Activations, t: usize) -> [[f32; ROWS]; T] {
    let mut cursor = Cursor::<T>::new(x, t);
    // SAFETY: pointers stay inside `words` (block_words a block) and the rows of `x`.
    unsafe {
        let mut y = [L::splat(0.0); T];
        for block in words.chunks_exact(Format::Nibble.block_words()) {
            let block = block.as_ptr();
            let mut sums = [L::no_ints(); T];
            for g in 0..4 {
                let both = L::load(block.add(ROWS + g * ROWS));
                let (low, high) = (L::low(both), L::high(both));
                for (sums, q) in sums.iter_mut().zip(cursor.q) {
                    *sums = L::dot(*sums, low, L::broadcast(q.add(g)));
                    *sums = L::dot(*sums, high, L::broadcast(q.add(g + 4)));
                }
            }
            let mut ints = [L::splat(0.0); T];
            for t in 0..T {
                ints[t] = L::to_floats(sums[t]);
            }
            apply::<L, T>(&mut y, ints, L::scales(block), &cursor);
            cursor.advance();
        }
        finish::<L, T>(y)
    }
}

#[inline(always)]
unsafe fn byte<L: Lanes, const T: usize>(words: &[u32], x: &Activations, t: usize) -> [[f32; ROWS]; T] {
    let mut cursor = Cursor::<T>::new(x, t);
    // SAFETY: as in `nibble`.
    unsafe {
        let mut y = [L::splat(0.0); T];
        for block in words.chunks_exact(Format::Byte.block_words()) {
            let block = block.as_ptr();
            let mut sums = [L::no_ints(); T];
            for g in 0..8 {
                let weights = L::load(block.add(ROWS + g * ROWS));
                for (sums, q) in sums.iter_mut().zip(cursor.q) {
                    *sums = L::dot(*sums, weights, L::broadcast(q.add(g)));
                }
            }
            let mut ints = [L::splat(0.0); T];
            for t in 0..T {
                ints[t] = L::to_floats(sums[t]);
            }
            apply::<L, T>(&mut y, ints, L::scales(block), &cursor);
            cursor.advance();
        }
        finish::<L, T>(y)
    }
}

#[inline(always)]
unsafe fn half_byte<L: Lanes, const T: usize>(words: &[u32], x: &Activations, t: usize) -> [[f32; ROWS]; T] {
    let mut cursor = Cursor::<T>::new(x, t);
    // SAFETY: as in `nibble`.
    unsafe {
        let mut y = [L::splat(0.0); T];
        for block in words.chunks_exact(Format::HalfByte.block_words()) {
            let block = block.as_ptr();
            for half in 0..2 {
                let mut sums = [L::no_ints(); T];
                for g in half * 4..half * 4 + 4 {
                    let weights = L::load(block.add(2 * ROWS + g * ROWS));
                    for (sums, q) in sums.iter_mut().zip(cursor.q) {
                        *sums = L::dot(*sums, weights, L::broadcast(q.add(g)));
                    }
                }
                let (d, m) = L::scales(block.add(half * ROWS));
                for t in 0..T {
                    let scale = L::splat(*cursor.scale[t]);
                    let sum = L::splat(*cursor.sum[t].add(half));
                    y[t] = L::mul_add(L::to_floats(sums[t]), L::mul(d, scale), y[t]);
                    y[t] = L::mul_add(m, sum, y[t]);
                }
            }
            cursor.advance();
        }
        finish::<L, T>(y)
    }
}

#[inline(always)]
unsafe fn wide<L: Lanes, const T: usize>(words: &[u32], x: &Activations, t: usize) -> [[f32; ROWS]; T] {
    let mut cursor = Cursor::<T>::new(x, t);
    // SAFETY: as in `nibble`.
    unsafe {
        let mut y = [L::splat(0.0); T];
        for block in words.chunks_exact(Format::Wide.block_words()) {
            let block = block.as_ptr();
            let (mut lows, mut highs) = ([L::no_ints(); T], [L::no_ints(); T]);
            for g in 0..8 {
                let both = L::load(block.add(ROWS + g * ROWS));
                let (low, high) = (L::low(both), L::high(both));
                for t in 0..T {
                    let four = L::broadcast(cursor.q[t].add(g));
                    lows[t] = L::dot(lows[t], low, four);
                    highs[t] = L::dot(highs[t], high, four);
                }
            }
            let mut ints = [L::splat(0.0); T];
            for t in 0..T {
                ints[t] = L::widen(highs[t], lows[t]);
            }
            apply::<L, T>(&mut y, ints, L::scales(block), &cursor);
            cursor.advance();
        }
        finish::<L, T>(y)
    }
}
