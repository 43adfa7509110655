//! Activations on their way into a matrix product: eight bits each, a scale for every 32.
//!
//! For each block of 32, `scale = max|x| / 127`, `q = round(x / scale)`, and
//! the sums of `scale * q` over the block and over each half of it, which
//! multiply the weights' offsets. This is the activation side of GGML's Q8 products.
//!
//! Rows that a product reads together stand together, so that one pointer
//! serves them all: groups of eight rows, then one with room for the rest, of eight, four, two or
//! one. A few products with zeros cost less than a second pass over the weights. A group with room
//! for `t` rows holds for each block, as `u32` words,
//!
//! ```text
//! quants   8 t words  word (g, row) = columns 4g..4g+4, signed bytes
//! scales   t words    f32
//! sums     3 t words  f32, (whole block, first half, second half; row)
//! ```

use super::pack::BLOCK;
use super::thread_pool::{Cpu, Shared};

/// Words of one row in one block.
pub(super) const ROW_WORDS: usize = BLOCK / 4 + 4;
/// Rows of the largest group.
const LARGEST: usize = 8;

/// Rows of activations, quantized.
#[derive(Debug, Default)]
pub(super) struct Activations {
    words: Vec<u32>,
    k: usize,
    rows: usize,
}

/// Neighbouring rows that are stored, and multiplied, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// First row.
    pub first: usize,
    /// Rows, at most [`room`](Self::room).
    pub rows: usize,
    /// Rows that it has room for: 8, 4, 2 or 1. Those beyond `rows` are zeros.
    pub room: usize,
}

impl Activations {
    /// Makes room for `rows` rows of `k` columns; `k` is a multiple of 32.
    pub(super) fn reset(&mut self, rows: usize, k: usize) {
        (self.rows, self.k) = (rows, k);
        let room = self.groups().map(|group| group.room).sum::<usize>();
        self.words.clear();
        self.words.resize(room * k / BLOCK * ROW_WORDS, 0);
    }

    /// Columns.
    pub(super) fn columns(&self) -> usize {
        self.k
    }

    /// The groups in order.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group> + use<> {
        let all = self.rows;
        (0..all).step_by(LARGEST).map(move |first| {
            let rows = LARGEST.min(all - first);
            Group { first, rows, room: rows.next_power_of_two() }
        })
    }

    /// Words that `group` takes, `(first, count)`.
    fn place(&self, group: Group) -> (usize, usize) {
        let row_words = self.k / BLOCK * ROW_WORDS;
        (group.first * row_words, group.room * row_words)
    }

    /// All blocks of one group.
    #[inline(always)]
    pub(super) fn group(&self, group: Group) -> &[u32] {
        let (at, len) = self.place(group);
        &self.words[at..][..len]
    }

    /// Hands out the groups with their words, to be filled by [`set_row`].
    pub(super) fn fill(&mut self, cpu: &Cpu, set: impl Fn(Group, &mut [u32]) + Sync) {
        let groups: Vec<Group> = self.groups().collect();
        let mut words = core::mem::take(&mut self.words);
        let shared = Shared::new(&mut words);
        cpu.each(groups.len(), |task| {
            let (at, len) = self.place(groups[task]);
            // SAFETY: groups do not overlap.
            set(groups[task], unsafe { shared.part(at, len) });
        });
        self.words = words;
    }
}

/// Quantizes `x` into row `at` of a group with room for `t` rows.
#[inline(always)]
pub(super) fn set_row(group: &mut [u32], t: usize, at: usize, x: &[f32]) {
    for (block, x) in group.chunks_exact_mut(t * ROW_WORDS).zip(x.chunks_exact(BLOCK)) {
        let x: &[f32; BLOCK] = x.try_into().expect("chunks are whole blocks");
        let mut peaks = [0f32; 8];
        for eight in x.chunks_exact(8) {
            for (peak, value) in peaks.iter_mut().zip(eight) {
                let value = value.abs();
                *peak = if value > *peak { value } else { *peak };
            }
        }
        let mut width = 4;
        while width > 0 {
            for i in 0..width {
                peaks[i] = if peaks[i + width] > peaks[i] { peaks[i + width] } else { peaks[i] };
            }
            width /= 2;
        }
        let amax = peaks[0];
        let d = amax / 127.0;
        let inverse = if amax > 0.0 { 127.0 / amax } else { 0.0 };
        // Adding 1.5 * 2^23 leaves the nearest integer in the low mantissa
        // bits: rounding that every SIMD set has.
        let rounded: [i32; BLOCK] =
            core::array::from_fn(|i| ((x[i] * inverse + 12_582_912.0).to_bits() as i32) - 0x4b40_0000);
        let (quants, rest) = block.split_at_mut(BLOCK / 4 * t);
        let bytes: [u8; BLOCK] = rounded.map(|q| q as u8);
        for (word, four) in quants[at..].iter_mut().step_by(t).zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        }
        let (first, second) = rounded.split_at(BLOCK / 2);
        let (first, second) = (first.iter().sum::<i32>(), second.iter().sum::<i32>());
        let factors = [d, d * (first + second) as f32, d * first as f32, d * second as f32];
        for (word, factor) in rest[at..].iter_mut().step_by(t).zip(factors) {
            *word = factor.to_bits();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_cover_all_rows_in_order() {
        for rows in 0..40 {
            let mut activations = Activations::default();
            activations.reset(rows, 32);
            let mut next = 0;
            for group in activations.groups() {
                assert_eq!(group.first, next, "of {rows}");
                assert!([1, 2, 4, 8].contains(&group.room) && group.rows <= group.room);
                assert!(group.rows * 2 > group.room, "a smaller one has room for {} of {rows}", group.rows);
                next += group.rows;
            }
            assert_eq!(next, rows);
        }
    }
}
