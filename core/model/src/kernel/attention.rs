//! Rotary embedding, KV append and attention in one pass over new tokens.
//!
//! ```text
//! q, k, v = split(qkv);  q, k = rope(norm(q)), rope(norm(k));  cache <- k, v
//! out[h] = softmax(scale * q[h] . K[h / group]) . V[h / group]     (causal)
//! ```
//!
//! Caches are f32, laid out for streaming: keys `[kv_heads, positions / 8,
//! head_dim, 8]`, so that eight positions' scores grow side by side without a
//! horizontal sum; values `[kv_heads, positions, head_dim]`. Query heads that
//! share a key head are processed together, so each key is loaded once.

use super::isa::{Isa, Job, run};
use super::lanes::Lanes;
use super::math;

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

    /// Floats of the key cache, and of the value cache.
    pub fn cache_len(&self) -> usize {
        self.kv_heads * self.positions * self.head_dim
    }
}

/// Positions rounded up to what the key layout wants.
pub fn cache_positions(context: usize) -> usize {
    context.next_multiple_of(8)
}

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
    isa: Isa,
    spec: &Attention,
    qkv: &[f32],
    table: &[f32],
    norms: &[f32],
    keys: &mut [f32],
    values: &mut [f32],
    out: &mut [f32],
) {
    assert_eq!(keys.len(), spec.cache_len(), "key cache");
    assert_eq!(values.len(), spec.cache_len(), "value cache");
    run(isa, Attend { spec, qkv, table, norms, keys, values, out });
}

struct Attend<'a> {
    spec: &'a Attention,
    qkv: &'a [f32],
    table: &'a [f32],
    norms: &'a [f32],
    keys: &'a mut [f32],
    values: &'a mut [f32],
    out: &'a mut [f32],
}

impl Job for Attend<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { spec, qkv, table, norms, keys, values, out } = self;
        let (dim, heads, kv_heads) = (spec.head_dim, spec.heads, spec.kv_heads);
        let group = heads / kv_heads;
        let tokens = qkv.len() / spec.columns();
        let end = spec.position + tokens;
        assert!(end <= spec.positions, "{end} positions in a cache of {}", spec.positions);
        let turns = spec.rope_dims;

        // Queries of all tokens, rotated; keys and values go to the cache.
        let mut queries = vec![0.0; tokens * heads * dim];
        let mut head = vec![0.0; dim];
        for (t, qkv) in qkv.chunks_exact(spec.columns()).enumerate() {
            let position = spec.position + t;
            let turn = &table[position * turns..][..turns];
            let (q, kv) = qkv.split_at(heads * dim);
            let (k, v) = kv.split_at(kv_heads * dim);
            let rotated = queries[t * heads * dim..][..heads * dim].chunks_exact_mut(dim);
            for (q, out) in q.chunks_exact(dim).zip(rotated) {
                norm_and_rotate(spec, q, norms.get(..dim), turn, out);
            }
            for (h, k) in k.chunks_exact(dim).enumerate() {
                norm_and_rotate(spec, k, norms.get(dim..), turn, &mut head);
                let block = &mut keys[(h * spec.positions + position / 8 * 8) * dim..][..8 * dim];
                for (slot, &value) in block[position % 8..].iter_mut().step_by(8).zip(&head) {
                    *slot = value;
                }
            }
            for (h, v) in v.chunks_exact(dim).enumerate() {
                values[(h * spec.positions + position) * dim..][..dim].copy_from_slice(v);
            }
        }

        let mut scores = vec![0.0; 4 * end.next_multiple_of(8)];
        for h in 0..kv_heads {
            let keys = &keys[h * spec.positions * dim..][..spec.positions * dim];
            let values = &values[h * spec.positions * dim..][..spec.positions * dim];
            for t in 0..tokens {
                let seen = spec.position + t + 1;
                let at = (t * heads + h * group) * dim;
                let (queries, out) = (&queries[at..at + group * dim], &mut out[at..at + group * dim]);
                let mut done = 0;
                while done < group {
                    let q = &queries[done * dim..];
                    let o = &mut out[done * dim..];
                    match group - done {
                        1 => heads_of_key::<1>(spec, seen, q, keys, values, &mut scores, o),
                        2 => heads_of_key::<2>(spec, seen, q, keys, values, &mut scores, o),
                        3 => heads_of_key::<3>(spec, seen, q, keys, values, &mut scores, o),
                        _ => heads_of_key::<4>(spec, seen, q, keys, values, &mut scores, o),
                    }
                    done += (group - done).min(4);
                }
            }
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

/// `G` query heads against one key and value head, `seen` positions.
#[inline(always)]
fn heads_of_key<const G: usize>(
    spec: &Attention,
    seen: usize,
    queries: &[f32],
    keys: &[f32],
    values: &[f32],
    scores: &mut [f32],
    out: &mut [f32],
) {
    let dim = spec.head_dim;
    let padded = seen.next_multiple_of(8);
    let queries: [&[f32]; G] = core::array::from_fn(|g| &queries[g * dim..][..dim]);
    for (block, keys) in keys.chunks_exact(8 * dim).take(padded / 8).enumerate() {
        let mut sums = [[0f32; 8]; G];
        for (d, key) in keys.chunks_exact(8).enumerate() {
            let key: &[f32; 8] = key.try_into().expect("chunks are exact");
            for g in 0..G {
                let q = queries[g][d];
                for i in 0..8 {
                    sums[g][i] += q * key[i];
                }
            }
        }
        for g in 0..G {
            for i in 0..8 {
                scores[g * padded + block * 8 + i] = sums[g][i] * spec.scale;
            }
        }
    }

    let mut inverse = [0f32; G];
    for g in 0..G {
        let scores = &mut scores[g * padded..][..seen];
        let top = math::max(scores);
        for score in scores.iter_mut() {
            *score = math::exp(*score - top);
        }
        inverse[g] = 1.0 / math::sum(scores);
    }

    // Eight output dimensions of all G heads stay in registers over all positions.
    for d in (0..dim).step_by(8) {
        let mut sums = [[0f32; 8]; G];
        for (position, value) in values.chunks_exact(dim).take(seen).enumerate() {
            let value: &[f32; 8] = value[d..d + 8].try_into().expect("eight dimensions");
            for g in 0..G {
                let p = scores[g * padded + position];
                for i in 0..8 {
                    sums[g][i] += p * value[i];
                }
            }
        }
        for g in 0..G {
            for i in 0..8 {
                out[g * dim + d + i] = sums[g][i] * inverse[g];
            }
        }
    }
}
