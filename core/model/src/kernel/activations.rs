//! Activations on their way into a matrix product: eight bits each, a scale for every 32.
//!
//! For each block of 32, `scale = max|x| / 127`, `q = round(x / scale)`, and
//! the sum of `scale * q` over each half block, which multiplies the weights'
//! offsets. This is the activation side of GGML's Q8 products.

use super::pack::BLOCK;

/// Rows of activations, quantized.
#[derive(Debug, Default)]
pub struct Activations {
    /// `[rows, k / 4]`: four signed bytes a word.
    pub(super) q: Vec<u32>,
    /// `[rows, k / 32]`.
    pub(super) scale: Vec<f32>,
    /// `[rows, k / 16]`: sums of the dequantized values.
    pub(super) sum: Vec<f32>,
    /// Columns.
    pub(super) k: usize,
    /// Rows.
    pub(super) rows: usize,
}

impl Activations {
    /// Makes room for `rows` rows of `k` columns; `k` is a multiple of 32.
    pub fn reset(&mut self, rows: usize, k: usize) {
        (self.rows, self.k) = (rows, k);
        self.q.resize(rows * k / 4, 0);
        self.scale.resize(rows * k / BLOCK, 0.0);
        self.sum.resize(rows * k / (BLOCK / 2), 0.0);
    }

    /// Quantizes one row.
    #[inline(always)]
    pub fn set_row(&mut self, row: usize, x: &[f32]) {
        let blocks = self.k / BLOCK;
        let q = &mut self.q[row * self.k / 4..][..self.k / 4];
        let scale = &mut self.scale[row * blocks..][..blocks];
        let sum = &mut self.sum[row * blocks * 2..][..blocks * 2];
        for (b, x) in x.chunks_exact(BLOCK).enumerate() {
            let x: &[f32; BLOCK] = x.try_into().expect("chunks are whole blocks");
            let mut peaks = [0f32; 8];
            for (i, value) in x.iter().enumerate() {
                let value = value.abs();
                peaks[i % 8] = if value > peaks[i % 8] { value } else { peaks[i % 8] };
            }
            let amax = peaks.iter().fold(0f32, |a, &b| if b > a { b } else { a });
            let d = amax / 127.0;
            let inverse = if amax > 0.0 { 127.0 / amax } else { 0.0 };
            // Adding 1.5 * 2^23 leaves the nearest integer in the low mantissa
            // bits: rounding that every SIMD set has.
            let rounded: [i32; BLOCK] =
                core::array::from_fn(|i| ((x[i] * inverse + 12_582_912.0).to_bits() as i32) - 0x4b40_0000);
            for (word, four) in q[b * 8..b * 8 + 8].iter_mut().zip(rounded.chunks_exact(4)) {
                *word = (four[0] & 255 | (four[1] & 255) << 8 | (four[2] & 255) << 16 | four[3] << 24) as u32;
            }
            scale[b] = d;
            sum[b * 2] = d * rounded[..16].iter().sum::<i32>() as f32;
            sum[b * 2 + 1] = d * rounded[16..].iter().sum::<i32>() as f32;
        }
    }
}
