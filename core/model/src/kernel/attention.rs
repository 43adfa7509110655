//! Rotary embedding, KV append and attention in one pass over new tokens.
//!
//! ```text
//! q, k, v = split(qkv);  q, k = rope(norm(q)), rope(norm(k));  cache <- k, v
//! out[h] = softmax(scale * q[h] . K[h / group]) . V[h / group]     (causal)
//! ```
//!
//! Caches are 16-bit floats, laid out for streaming: keys `[kv_heads,
//! positions / 8, head_dim, 8]`, so that eight positions' scores grow side by
//! side without a horizontal sum; values `[kv_heads, positions, head_dim]`.
//! Rows of queries that share a key head (several heads, several tokens) go
//! through the cache together: a block of it is widened to f32 once, and each
//! element then meets four rows in registers. Where widening leaves out a power of
//! two, queries and probabilities bring it, which changes no bit of a result.
#![allow(clippy::needless_range_loop, reason = "an index names the same row or token in several arrays")]

use half::f16;

use super::isa::{Job, run};
use super::lanes::Lanes;
use super::math;
use super::thread_pool::{Cpu, Shared};

/// Which dimensions of a head are rotated together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rope {
    /// `(2i, 2i + 1)`, as in the original paper (Su et al. 2021) and GGUF's llama family.
    Interleaved,
    /// `(i, i + dims / 2)`, as in GPT-NeoX, Qwen2 and StarCoder2.
    Halves,
}

/// One attention step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attention {
    /// Tokens already in the cache.
    pub position: usize,
    /// Positions that the cache holds; a multiple of 8.
    pub positions: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Dimensions a head; a multiple of 8.
    pub head_dim: usize,
    /// Rotated dimensions a head, from the first.
    pub rope_dims: usize,
    /// Which dimensions pair up.
    pub rope: Rope,
    /// Factor on the scores, usually `head_dim ^ -1/2`.
    pub scale: f32,
    /// RMS norm of each query and key head (Qwen3): epsilon; gammas in `norms`.
    pub norm_eps: Option<f32>,
}

impl Attention {
    /// Columns of `qkv`.
    pub fn columns(&self) -> usize {
        (self.heads + 2 * self.kv_heads) * self.head_dim
    }

    /// Elements of the key cache, and of the value cache.
    pub fn cache_len(&self) -> usize {
        self.kv_heads * self.positions * self.head_dim
    }
}

/// Positions rounded up to what the key layout wants.
pub fn cache_positions(context: usize) -> usize {
    context.next_multiple_of(8)
}

/// Fewer tokens than this are appended by one thread.
const SHARED_TOKENS: usize = 8;
/// Fewer multiply-accumulates than this are done by one thread: some thirty microseconds.
const SHARED_PRODUCTS: usize = 300_000;

/// Appends `tokens` new positions and attends from them.
///
/// `qkv: [tokens, columns]`, `table: [positions, rope_dims / 2, 2]` of cosine
/// and sine, `norms: [2, head_dim]` or empty, `keys`/`values: [cache_len]`,
/// `out: [tokens, heads * head_dim]`.
///
/// # Panics
///
/// When a slice does not have the length that `spec` asks for.
#[allow(clippy::too_many_arguments)]
pub fn attend(
    cpu: &Cpu,
    spec: &Attention,
    qkv: &[f32],
    table: &[f32],
    norms: &[f32],
    keys: &mut [f16],
    values: &mut [f16],
    out: &mut [f32],
) {
    assert_eq!(keys.len(), spec.cache_len(), "key cache");
    assert_eq!(values.len(), spec.cache_len(), "value cache");
    let (dim, group) = (spec.head_dim, spec.heads / spec.kv_heads);
    let tokens = qkv.len() / spec.columns();
    let end = spec.position + tokens;
    assert!(end <= spec.positions, "{end} positions in a cache of {}", spec.positions);

    // What takes some microseconds is done before another thread has heard of it.
    let alone = Cpu::new(cpu.isa, None);
    let append = if tokens < SHARED_TOKENS { &alone } else { cpu };
    let products = 2 * tokens * spec.heads * dim * end;
    let cpu = if products < SHARED_PRODUCTS { &alone } else { cpu };

    // Queries of all tokens, `[kv_heads, tokens * group, dim]`.
    let rows = tokens * group;
    let mut queries = vec![0.0; rows * spec.kv_heads * dim];
    {
        let (queries, keys, values) = (Shared::new(&mut queries), Shared::new(keys), Shared::new(values));
        append.each(spec.kv_heads, |head| {
            let cache = spec.positions * dim;
            // SAFETY: each task has the parts of its own head.
            let (queries, keys, values) = unsafe {
                (
                    queries.part(head * rows * dim, rows * dim),
                    keys.part(head * cache, cache),
                    values.part(head * cache, cache),
                )
            };
            run(cpu.isa, Append { spec, head, qkv, table, norms, queries, keys, values });
        });
    }

    let out = Shared::new(out);
    let chunks = rows.div_ceil(ROWS);
    cpu.each(spec.kv_heads * chunks, |task| {
        let (head, first) = (task / chunks, task % chunks * ROWS);
        let count = ROWS.min(rows - first);
        run(
            cpu.isa,
            AttendRows {
                spec,
                head,
                first,
                queries: &queries[(head * rows + first) * dim..][..count * dim],
                keys: &keys[head * spec.positions * dim..][..spec.positions * dim],
                values: &values[head * spec.positions * dim..][..spec.positions * dim],
                out,
            },
        );
    });
}

/// Rotates one key head and its queries, and appends to its part of the cache.
struct Append<'a> {
    spec: &'a Attention,
    head: usize,
    qkv: &'a [f32],
    table: &'a [f32],
    norms: &'a [f32],
    queries: &'a mut [f32],
    keys: &'a mut [f16],
    values: &'a mut [f16],
}

impl Job for Append<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { spec, head, qkv, table, norms, queries, keys, values } = self;
        let (dim, heads) = (spec.head_dim, spec.heads);
        let group = heads / spec.kv_heads;
        let mut key = vec![0.0; dim];
        for (t, qkv) in qkv.chunks_exact(spec.columns()).enumerate() {
            let position = spec.position + t;
            let turn = &table[position * spec.rope_dims..][..spec.rope_dims];
            let q = &qkv[head * group * dim..][..group * dim];
            let k = &qkv[(heads + head) * dim..][..dim];
            let v = &qkv[(heads + spec.kv_heads + head) * dim..][..dim];
            let rows = queries[t * group * dim..][..group * dim].chunks_exact_mut(dim);
            for (row, q) in rows.zip(q.chunks_exact(dim)) {
                norm_and_rotate(spec, q, norms.get(..dim), turn, row);
                row.iter_mut().for_each(|value| *value *= spec.scale * L::HALVES);
            }
            norm_and_rotate(spec, k, norms.get(dim..), turn, &mut key);
            let block = &mut keys[position / 8 * 8 * dim..][..8 * dim];
            for (slot, &value) in block[position % 8..].iter_mut().step_by(8).zip(&key) {
                *slot = f16::from_f32(value);
            }
            for (slot, &value) in values[position * dim..][..dim].iter_mut().zip(v) {
                *slot = f16::from_f32(value);
            }
        }
    }
}

/// Attention of some rows of queries to one key head.
struct AttendRows<'a> {
    spec: &'a Attention,
    head: usize,
    /// The first row; row `t * group + g` is head `g` of the group at token `t`.
    first: usize,
    queries: &'a [f32],
    keys: &'a [f16],
    values: &'a [f16],
    out: Shared<'a, f32>,
}

impl Job for AttendRows<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { spec, head, first, queries, keys, values, out } = self;
        let (dim, group) = (spec.head_dim, spec.heads / spec.kv_heads);
        let count = queries.len() / dim;
        let seen: [usize; ROWS] = core::array::from_fn(|i| spec.position + (first + i) / group + 1);
        let mut scratch = Scratch::default();
        // SAFETY: the caller's promise about instructions is passed on.
        unsafe {
            if L::WIDTH == 8 {
                one_key_head::<L, 1>(dim, queries, &seen[..count], keys, values, &mut scratch);
            } else {
                one_key_head::<L, 2>(dim, queries, &seen[..count], keys, values, &mut scratch);
            }
        }
        for (i, row) in scratch.out.chunks_exact(dim).enumerate() {
            let (t, g) = ((first + i) / group, (first + i) % group);
            // SAFETY: only this task has these rows of this head.
            unsafe { out.part((t * spec.heads + head * group + g) * dim, dim) }.copy_from_slice(row);
        }
    }
}

#[inline(always)]
fn norm_and_rotate(spec: &Attention, x: &[f32], gamma: Option<&[f32]>, turn: &[f32], out: &mut [f32]) {
    match (spec.norm_eps, gamma) {
        (Some(eps), Some(gamma)) => math::rms_norm(x, gamma, eps, out),
        _ => out.copy_from_slice(x),
    }
    let half = spec.rope_dims / 2;
    match spec.rope {
        Rope::Interleaved => {
            for (pair, turn) in out.chunks_exact_mut(2).zip(turn.chunks_exact(2)) {
                let (a, b) = (pair[0], pair[1]);
                pair[0] = a * turn[0] - b * turn[1];
                pair[1] = a * turn[1] + b * turn[0];
            }
        }
        Rope::Halves => {
            let (low, high) = out.split_at_mut(half);
            for ((a, b), turn) in low.iter_mut().zip(high).zip(turn.chunks_exact(2)) {
                let (x, y) = (*a, *b);
                *a = x * turn[0] - y * turn[1];
                *b = x * turn[1] + y * turn[0];
            }
        }
    }
}

/// Rows of queries that go through the cache together.
const ROWS: usize = 32;
/// Positions whose values are widened together; with one head they fill half a first-level cache.
const POSITIONS: usize = 64;

/// Memory of one task.
#[derive(Default)]
struct Scratch {
    /// A block of keys or of values in f32.
    wide: Vec<f32>,
    /// `[rows, padded positions]`: scores, then probabilities.
    scores: Vec<f32>,
    /// `[rows, dim]`.
    out: Vec<f32>,
}

/// Attention of some rows to one key head, into `scratch.out`.
///
/// Row `i` sees the first `seen[i]` positions; later rows see no fewer.
///
/// # Safety
///
/// The machine has the instructions of `L`; `R` vectors are eight lanes.
#[inline(always)]
unsafe fn one_key_head<L: Lanes, const R: usize>(
    dim: usize,
    queries: &[f32],
    seen: &[usize],
    keys: &[f16],
    values: &[f16],
    scratch: &mut Scratch,
) {
    let (rows, last) = (seen.len(), seen[seen.len() - 1]);
    let padded = last.next_multiple_of(8);
    assert!(keys.len() >= padded * dim && values.len() >= last * dim && dim.is_multiple_of(8), "cache");
    scratch.wide.resize((8 * dim).max(POSITIONS * dim), 0.0);
    scratch.scores.resize(rows * padded, 0.0);
    scratch.out.clear();
    scratch.out.resize(rows * dim, 0.0);
    let Scratch { wide, scores, out } = scratch;

    for (block, keys) in keys.chunks_exact(8 * dim).take(padded / 8).enumerate() {
        let scores = &mut scores[block * 8..];
        // SAFETY: the caller's promise about instructions is passed on.
        unsafe {
            if rows <= 4 {
                all_scores::<L, R, Halves>(dim, queries, Halves(keys), scores, padded);
            } else {
                widen::<L>(keys, wide);
                all_scores::<L, R, Wide>(dim, queries, Wide(wide), scores, padded);
            }
        }
    }

    let mut inverse = [0f32; ROWS];
    for ((scores, &seen), inverse) in scores.chunks_exact_mut(padded).zip(seen).zip(&mut inverse) {
        let (scores, unseen) = scores.split_at_mut(seen);
        let top = math::max(scores);
        for score in scores.iter_mut() {
            *score = math::exp(*score - top) * L::HALVES;
        }
        *inverse = L::HALVES / math::sum(scores);
        unseen.fill(0.0);
    }

    for start in (0..last).step_by(POSITIONS) {
        let count = POSITIONS.min(last - start);
        let (p, values) = (&scores[start..], &values[start * dim..][..count * dim]);
        // SAFETY: as above.
        unsafe {
            if rows <= 4 {
                mix_all::<L, R, Halves>(dim, p, padded, Halves(values), out);
            } else {
                widen::<L>(values, wide);
                mix_all::<L, R, Wide>(dim, p, padded, Wide(&wide[..count * dim]), out);
            }
        }
    }
    for (row, inverse) in out.chunks_exact_mut(dim).zip(inverse) {
        row.iter_mut().for_each(|value| *value *= inverse);
    }
}

/// 16-bit floats to f32 divided by `L::HALVES`; a multiple of eight of them.
#[inline(always)]
unsafe fn widen<L: Lanes>(from: &[f16], to: &mut [f32]) {
    assert!(to.len() >= from.len() && from.len().is_multiple_of(8), "room for a block");
    for i in (0..from.len()).step_by(L::WIDTH) {
        // SAFETY: `i + WIDTH` elements are in both slices.
        unsafe { L::store(to.as_mut_ptr().add(i), L::halves(from.as_ptr().add(i).cast())) };
    }
}

/// A part of the cache, as it stands or widened before.
trait CachePart: Copy {
    /// Elements.
    fn len(self) -> usize;

    /// The vector that starts at element `i`.
    ///
    /// # Safety
    ///
    /// `i + L::WIDTH` is at most `len()`; the machine has the instructions of `L`.
    unsafe fn at<L: Lanes>(self, i: usize) -> L::Floats;
}

/// Read once, by few rows: widened on the way into registers.
#[derive(Clone, Copy)]
struct Halves<'a>(&'a [f16]);

/// Read by many rows: widened before.
#[derive(Clone, Copy)]
struct Wide<'a>(&'a [f32]);

impl CachePart for Halves<'_> {
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    unsafe fn at<L: Lanes>(self, i: usize) -> L::Floats {
        // SAFETY: the caller's promise.
        unsafe { L::halves(self.0.as_ptr().add(i).cast()) }
    }
}

impl CachePart for Wide<'_> {
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    unsafe fn at<L: Lanes>(self, i: usize) -> L::Floats {
        // SAFETY: the caller's promise.
        unsafe { L::floats(self.0.as_ptr().add(i)) }
    }
}

/// Scores of all rows at eight positions.
#[inline(always)]
unsafe fn all_scores<L: Lanes, const R: usize, K: CachePart>(
    dim: usize,
    queries: &[f32],
    keys: K,
    scores: &mut [f32],
    stride: usize,
) {
    let rows = queries.len() / dim;
    for first in (0..rows).step_by(4) {
        let (q, to) = (&queries[first * dim..], &mut scores[first * stride..]);
        // SAFETY: the caller's promise about instructions is passed on.
        unsafe {
            match rows - first {
                1 => score::<L, R, 1, K>(dim, q, keys, to, stride),
                2 => score::<L, R, 2, K>(dim, q, keys, to, stride),
                3 => score::<L, R, 3, K>(dim, q, keys, to, stride),
                _ => score::<L, R, 4, K>(dim, q, keys, to, stride),
            }
        }
    }
}

/// Scores of `T` rows at eight positions: `queries: [T, dim]`, `keys: [dim, 8]`.
#[inline(always)]
unsafe fn score<L: Lanes, const R: usize, const T: usize, K: CachePart>(
    dim: usize,
    queries: &[f32],
    keys: K,
    out: &mut [f32],
    stride: usize,
) {
    assert!(queries.len() >= T * dim && keys.len() >= 8 * dim && out.len() >= (T - 1) * stride + 8, "rows");
    // SAFETY: all pointers stay inside what was just asserted.
    unsafe {
        let q = queries.as_ptr();
        let mut sums = [[L::splat(0.0); R]; T];
        for d in 0..dim {
            let key: [L::Floats; R] = core::array::from_fn(|r| keys.at::<L>(d * 8 + r * L::WIDTH));
            for t in 0..T {
                let q = L::splat(*q.add(t * dim + d));
                for r in 0..R {
                    sums[t][r] = L::mul_add(q, key[r], sums[t][r]);
                }
            }
        }
        for (t, sums) in sums.into_iter().enumerate() {
            for (r, sums) in sums.into_iter().enumerate() {
                L::store(out.as_mut_ptr().add(t * stride + r * L::WIDTH), sums);
            }
        }
    }
}

/// Adds the values of some positions to all rows.
#[inline(always)]
unsafe fn mix_all<L: Lanes, const R: usize, V: CachePart>(
    dim: usize,
    probabilities: &[f32],
    stride: usize,
    values: V,
    out: &mut [f32],
) {
    let rows = out.len() / dim;
    for first in (0..rows).step_by(4) {
        let (p, to) = (&probabilities[first * stride..], &mut out[first * dim..]);
        // SAFETY: the caller's promise about instructions is passed on.
        unsafe {
            match rows - first {
                1 => mix::<L, R, 1, V>(dim, p, stride, values, to),
                2 => mix::<L, R, 2, V>(dim, p, stride, values, to),
                3 => mix::<L, R, 3, V>(dim, p, stride, values, to),
                _ => mix::<L, R, 4, V>(dim, p, stride, values, to),
            }
        }
    }
}

/// Adds the values of some positions to `T` rows: `values: [positions, dim]`, `out: [T, dim]`.
#[inline(always)]
unsafe fn mix<L: Lanes, const R: usize, const T: usize, V: CachePart>(
    dim: usize,
    probabilities: &[f32],
    stride: usize,
    values: V,
    out: &mut [f32],
) {
    let positions = values.len() / dim;
    assert!(probabilities.len() >= (T - 1) * stride + positions && out.len() >= T * dim, "rows");
    for d in (0..dim).step_by(8) {
        // SAFETY: all pointers stay inside what was just asserted.
        unsafe {
            let (p, out) = (probabilities.as_ptr(), out.as_mut_ptr().add(d));
            let mut sums: [[L::Floats; R]; T] = core::array::from_fn(|t| {
                core::array::from_fn(|r| L::floats(out.add(t * dim + r * L::WIDTH)))
            });
            for i in 0..positions {
                let value: [L::Floats; R] =
                    core::array::from_fn(|r| values.at::<L>(i * dim + d + r * L::WIDTH));
                for t in 0..T {
                    let p = L::splat(*p.add(t * stride + i));
                    for r in 0..R {
                        sums[t][r] = L::mul_add(p, value[r], sums[t][r]);
                    }
                }
            }
            for (t, sums) in sums.into_iter().enumerate() {
                for (r, sums) in sums.into_iter().enumerate() {
                    L::store(out.add(t * dim + r * L::WIDTH), sums);
                }
            }
        }
    }
}
