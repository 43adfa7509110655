//! Prologue, matrix product, epilogue: everything between two points of the residual stream.
//!
//! ```text
//! y = residual + scale * (W * prologue(x) + bias)
//! ```
//!
//! The prologue is what stands before a product in a transformer (a norm, or
//! the gate of the feed-forward block); it is computed once a token, on the
//! way into 8-bit activations.

use super::activations::{Activations, Group, set_row};
use super::gemm::{Epilogue, Output, Tiles, gemm};
use super::isa::{Job, run};
use super::lanes::Lanes;
use super::math;
use super::pack::{Format, ROWS, unpack_row};
use super::thread_pool::{Cpu, Shared};

/// What is done to `x` before the product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prologue {
    /// Nothing; `x` is `[tokens, k]`.
    None,
    /// RMS norm with `gamma: [k]` in `aux`.
    RmsNorm {
        /// Added to the mean square.
        eps: f32,
    },
    /// Layer norm with `gamma: [k]`, `beta: [k]` in `aux`.
    LayerNorm {
        /// Added to the variance.
        eps: f32,
    },
    /// `silu(gate) * up`; `x` is `[tokens, 2 k]`, gate first.
    SwiGlu,
    /// The tanh form of GELU.
    Gelu,
}

impl Prologue {
    /// Columns of `x` for `k` columns of the product.
    pub fn columns(self, k: usize) -> usize {
        if self == Self::SwiGlu { 2 * k } else { k }
    }

    /// Floats of `aux` that the prologue takes, before any bias.
    pub fn aux_len(self, k: usize) -> usize {
        match self {
            Self::RmsNorm { .. } => k,
            Self::LayerNorm { .. } => 2 * k,
            _ => 0,
        }
    }
}

/// Rows of one format inside a packed matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Segment {
    /// Layout of the rows.
    pub format: Format,
    /// Rows; a multiple of [`super::pack::ROWS`] unless the segment is the last.
    pub rows: usize,
}

/// The rows of a packed matrix, segment after segment (query, key and value
/// projections may differ in format and still share one product).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Segments {
    parts: [Option<Segment>; 3],
}

impl Segments {
    /// Joins parts of one matrix; neighbours of the same format become one.
    ///
    /// # Panics
    ///
    /// For more than three parts; a transformer joins at most query, key and value.
    pub fn new(parts: impl IntoIterator<Item = Segment>) -> Self {
        let mut joined: Vec<Segment> = Vec::new();
        for part in parts {
            match joined.last_mut() {
                Some(last) if last.format == part.format && last.rows % ROWS == 0 => {
                    last.rows += part.rows;
                }
                _ => joined.push(part),
            }
        }
        assert!(joined.len() <= 3, "{} segments in one product", joined.len());
        Self { parts: core::array::from_fn(|i| joined.get(i).copied()) }
    }

    /// The segments in order.
    pub fn iter(&self) -> impl Iterator<Item = Segment> + '_ {
        self.parts.iter().flatten().copied()
    }

    /// Rows of all segments.
    pub fn rows(&self) -> usize {
        self.iter().map(|s| s.rows).sum()
    }

    /// Words of all segments for `k` columns.
    pub fn words(&self, k: usize) -> usize {
        self.iter().map(|s| s.format.words(s.rows, k)).sum()
    }
}

/// One fused product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linear {
    /// Columns of the weights; a multiple of 32.
    pub k: usize,
    /// Rows of the weights.
    pub segments: Segments,
    /// What is done to the input first.
    pub prologue: Prologue,
    /// Whether `aux` ends with `bias: [n]`.
    pub bias: bool,
    /// Factor on the product (with its bias), before the residual is added.
    pub scale: f32,
}

/// Runs one fused product: `x: [tokens, columns]`, `out: [tokens, n]`.
///
/// # Panics
///
/// When a slice does not have the length that `spec` asks for.
pub fn linear(
    cpu: &Cpu,
    spec: &Linear,
    x: &[f32],
    words: &[u32],
    aux: &[f32],
    residual: Option<&[f32]>,
    out: &mut [f32],
) {
    let (k, n) = (spec.k, spec.segments.rows());
    let columns = spec.prologue.columns(k);
    let tokens = x.len() / columns;
    assert_eq!(out.len(), tokens * n, "output of {tokens} tokens and {n} rows");
    let (norm, bias) = aux.split_at(spec.prologue.aux_len(k));

    let mut activations = Activations::default();
    activations.reset(tokens, k);
    activations.fill(cpu, |group, words| {
        let x = &x[group.first * columns..][..group.rows * columns];
        run(cpu.isa, Prepare { spec, x, norm, group, words });
    });

    let bias = spec.bias.then(|| &bias[..n]);
    let epilogue = Epilogue { bias, residual, scale: spec.scale };
    let output = Output { values: Shared::new(out), n };
    let runs = tile_runs(spec, cpu.threads());
    cpu.each(runs.len(), |task| {
        let Run { format, first_word, rows, column } = runs[task];
        let tiles = Tiles { words: &words[first_word..][..format.words(rows, k)], format, rows, column };
        run(cpu.isa, Multiply { tiles, x: &activations, epilogue, output });
    });
}

/// Neighbouring tiles of one segment.
struct Run {
    format: Format,
    first_word: usize,
    rows: usize,
    column: usize,
}

/// Cuts a product into runs of tiles.
///
/// With a pool a run is short enough that all threads finish at about the same time, and long enough
/// that each reads the weights in one stream, which the machine reads ahead.
fn tile_runs(spec: &Linear, threads: usize) -> Vec<Run> {
    let mut runs = Vec::new();
    let (mut word, mut column) = (0, 0);
    for Segment { format, rows } in spec.segments.iter() {
        let tiles = rows.div_ceil(ROWS);
        let together = if threads > 1 { tiles.div_ceil(threads * RUNS).max(2) } else { tiles };
        for first in (0..rows).step_by(ROWS * together.max(1)) {
            let rows = (ROWS * together).min(rows - first);
            runs.push(Run { format, first_word: word, rows, column });
            word += format.words(rows, spec.k);
            column += rows;
        }
    }
    runs
}

/// Runs for each thread.
const RUNS: usize = 8;

/// Prologue and quantization of one group of tokens.
struct Prepare<'a> {
    spec: &'a Linear,
    x: &'a [f32],
    norm: &'a [f32],
    group: Group,
    words: &'a mut [u32],
}

impl Job for Prepare<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { spec, x, norm, group, words } = self;
        let k = spec.k;
        let mut scratch = vec![0.0; k];
        for (t, x) in x.chunks_exact(spec.prologue.columns(k)).enumerate() {
            let row = match spec.prologue {
                Prologue::None => x,
                Prologue::RmsNorm { eps } => {
                    math::rms_norm(x, norm, eps, &mut scratch);
                    &scratch
                }
                Prologue::LayerNorm { eps } => {
                    math::layer_norm(x, &norm[..k], &norm[k..], eps, &mut scratch);
                    &scratch
                }
                Prologue::SwiGlu => {
                    math::swiglu(&x[..k], &x[k..], &mut scratch);
                    &scratch
                }
                Prologue::Gelu => {
                    math::gelu(x, &mut scratch);
                    &scratch
                }
            };
            set_row(words, group.room, t, row);
        }
    }
}

/// One run of tiles times all tokens.
struct Multiply<'a> {
    tiles: Tiles<'a>,
    x: &'a Activations,
    epilogue: Epilogue<'a>,
    output: Output<'a>,
}

impl Job for Multiply<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        // SAFETY: the caller's promise about instructions is passed on; runs do not overlap.
        unsafe { gemm::<L>(self.tiles, self.x, self.epilogue, self.output) };
    }
}

/// Rows of a packed embedding table, as f32 times `scale`: `out: [tokens, k]`.
///
/// # Panics
///
/// When a token is outside the table; the decoder checks ids first.
pub fn embed(segments: &Segments, k: usize, words: &[u32], tokens: &[u32], scale: f32, out: &mut [f32]) {
    for (&token, out) in tokens.iter().zip(out.chunks_exact_mut(k)) {
        let (mut row, mut words) = (token as usize, words);
        for segment in segments.iter() {
            if row < segment.rows {
                unpack_row(segment.format, k, words, row, out);
                break;
            }
            row -= segment.rows;
            words = &words[segment.format.words(segment.rows, k)..];
        }
        if scale != 1.0 {
            out.iter_mut().for_each(|value| *value *= scale);
        }
    }
}
