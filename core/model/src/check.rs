//! One table for correctness: every operation against its plain twin.
//!
//! A [`Case`] is an operation with a shape and a weight type; [`nmse`] runs it
//! on a backend and on plain burn operations over the same dequantized weights
//! on the CPU, and returns the normalised mean squared error. Tests run
//! [`table`] on every backend, [`self_test`] runs a few rows at every load (a
//! browser may skip an invalid shader without saying so), and timing the rows
//! is the kernel benchmark.

use burn::tensor::{DType, Int, Shape, Tensor, TensorData};
use ghostlight_gguf::{TensorType, dequantize, quantize};

use crate::backend::{Backend, BackendKind};
use crate::error::ModelError;
use crate::kernel::pack::{Format, pack_rows};
use crate::kernel::{Attention, Linear, Prologue, Rope, Segment, Segments};
use crate::load::Precision;
use crate::ops::{self, plain};

/// One operation with its shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Case {
    /// A fused product: `[tokens, k]` times `[n, k]`.
    Linear {
        /// Type of the weights in a file.
        ty: TensorType,
        /// Rows.
        n: usize,
        /// Columns.
        k: usize,
        /// Tokens.
        tokens: usize,
        /// What is done to the input.
        prologue: Prologue,
        /// With a bias.
        bias: bool,
        /// With a residual, scaled.
        residual: bool,
    },
    /// Rows of a table of 64.
    Embed {
        /// Type of the table in a file.
        ty: TensorType,
        /// Columns.
        k: usize,
    },
    /// A feed-forward block: `[tokens, width]` to the same.
    FeedForward {
        /// Type of the weights in a file.
        ty: TensorType,
        /// Columns of `x`.
        width: usize,
        /// Columns between the two products.
        ffn: usize,
        /// Tokens.
        tokens: usize,
        /// What stands between the two products.
        gate: Prologue,
        /// With biases.
        bias: bool,
    },
    /// Two calls, so that the second attends to what the first appended.
    Attend {
        /// Query heads.
        heads: usize,
        /// Key and value heads.
        kv_heads: usize,
        /// Dimensions a head.
        head_dim: usize,
        /// Rotated dimensions.
        rope_dims: usize,
        /// How they pair up.
        rope: Rope,
        /// With head norms.
        norms: bool,
        /// Positions of the first call.
        before: usize,
        /// Tokens of the second.
        tokens: usize,
    },
    /// Argmax and log probability of each row.
    Predict {
        /// Rows.
        tokens: usize,
        /// Logits of a row.
        vocab: usize,
    },
}

impl Case {
    /// Bound on the error. The CPU's activations have eight bits, a GPU's 32;
    /// float weights are packed in eight bits everywhere.
    pub fn bound(&self, kind: BackendKind) -> f64 {
        let float = |ty| matches!(ty, TensorType::F32 | TensorType::F16 | TensorType::BF16);
        match *self {
            Self::Linear { .. } if kind == BackendKind::Cpu => 1e-4,
            // Activations are rounded twice, and the gate multiplies two of the first products.
            Self::FeedForward { .. } if kind == BackendKind::Cpu => 4e-4,
            Self::Linear { ty, .. } | Self::FeedForward { ty, .. } | Self::Embed { ty, .. } if float(ty) => {
                1e-4
            }
            Self::Linear { .. } | Self::FeedForward { .. } | Self::Embed { .. } => 1e-6,
            // The CPU keeps keys and values in 16 bits.
            Self::Attend { .. } if kind == BackendKind::Cpu => 1e-7,
            Self::Attend { .. } | Self::Predict { .. } => 1e-9,
        }
    }
}

/// Every operation over types and odd shapes.
pub fn table() -> Vec<Case> {
    let mut cases = Vec::new();
    let plain = |ty, n, k, tokens| Case::Linear {
        ty,
        n,
        k,
        tokens,
        prologue: Prologue::None,
        bias: false,
        residual: false,
    };
    for ty in TensorType::READABLE {
        let k = ty.block_len().max(32) * 3;
        for (n, tokens) in [(8, 1), (13, 3), (64, 4), (100, 9)] {
            cases.push(plain(ty, n, k, tokens));
        }
        cases.push(Case::Embed { ty, k });
    }
    cases.push(plain(TensorType::Q4_1, 576, 576, 1));
    cases.push(plain(TensorType::Q4_1, 576, 1536, 65));
    cases.push(plain(TensorType::Q4_0, 1000, 2048, 2));
    let prologues = [
        Prologue::RmsNorm { eps: 1e-5 },
        Prologue::LayerNorm { eps: 1e-5 },
        Prologue::SwiGlu,
        Prologue::Gelu,
    ];
    for prologue in prologues {
        for (bias, residual, tokens) in [(false, true, 1), (true, false, 7), (true, true, 2)] {
            cases.push(Case::Linear {
                ty: TensorType::Q4_1,
                n: 72,
                k: 160,
                tokens,
                prologue,
                bias,
                residual,
            });
        }
    }
    for tokens in [1, 3, 37] {
        let block = |ty, width, ffn, gate, bias| Case::FeedForward { ty, width, ffn, tokens, gate, bias };
        cases.extend([
            block(TensorType::Q4_1, 96, 160, Prologue::SwiGlu, false),
            block(TensorType::Q4_1, 96, 160, Prologue::Gelu, true),
            block(TensorType::Q8_0, 64, 96, Prologue::SwiGlu, true),
            block(TensorType::Q6K, 256, 256, Prologue::SwiGlu, false),
        ]);
    }
    let attend = |heads, kv_heads, head_dim, before, tokens| Case::Attend {
        heads,
        kv_heads,
        head_dim,
        rope_dims: head_dim,
        rope: Rope::Interleaved,
        norms: false,
        before,
        tokens,
    };
    cases.extend([
        attend(9, 3, 64, 1, 1),
        attend(9, 3, 64, 70, 1),
        attend(9, 3, 64, 300, 1),
        attend(14, 2, 64, 130, 1),
        attend(12, 1, 128, 65, 1),
        attend(4, 2, 80, 1030, 1),
        attend(9, 3, 64, 5, 67),
        attend(4, 4, 16, 13, 9),
        attend(14, 2, 64, 8, 3),
        attend(12, 1, 128, 33, 2),
        Case::Attend {
            heads: 4,
            kv_heads: 2,
            head_dim: 32,
            rope_dims: 32,
            rope: Rope::Halves,
            norms: true,
            before: 6,
            tokens: 5,
        },
        Case::Attend {
            heads: 4,
            kv_heads: 2,
            head_dim: 32,
            rope_dims: 32,
            rope: Rope::Halves,
            norms: true,
            before: 6,
            tokens: 1,
        },
        Case::Attend {
            heads: 2,
            kv_heads: 2,
            head_dim: 40,
            rope_dims: 16,
            rope: Rope::Halves,
            norms: false,
            before: 3,
            tokens: 4,
        },
        Case::Predict { tokens: 1, vocab: 5 },
        Case::Predict { tokens: 3, vocab: 7 },
        Case::Predict { tokens: 1, vocab: 49_152 },
        Case::Predict { tokens: 8, vocab: 1003 },
    ]);
    cases
}

/// Runs the rows that a model's own kernels are made of; on a GPU they are the
/// pipelines that the model needs anyway.
///
/// # Errors
///
/// [`ModelError::SelfTest`] names the first operation that is off.
pub async fn self_test(backend: &Backend, types: &[TensorType]) -> Result<(), ModelError> {
    let norm = Prologue::RmsNorm { eps: 1e-5 };
    let linear = |ty: TensorType, tokens, prologue, residual| Case::Linear {
        ty,
        n: 24,
        k: ty.block_len().max(32) * 2,
        tokens,
        prologue,
        bias: false,
        residual,
    };
    let mut cases = Vec::new();
    for &ty in types {
        cases.push(linear(ty, 1, norm, false));
        cases.push(linear(ty, 9, Prologue::SwiGlu, true));
    }
    for tokens in [1, 6] {
        let ty = types.first().copied().unwrap_or(TensorType::Q8_0);
        let width = ty.block_len().max(32);
        let gate = Prologue::SwiGlu;
        cases.push(Case::FeedForward { ty, width, ffn: 2 * width, tokens, gate, bias: false });
        cases.push(Case::Attend {
            heads: 6,
            kv_heads: 2,
            head_dim: 64,
            rope_dims: 64,
            rope: Rope::Interleaved,
            norms: false,
            before: 11,
            tokens,
        });
    }
    cases.push(Case::Predict { tokens: 2, vocab: 1000 });
    for case in cases {
        let (nmse, bound) = (nmse(&case, backend).await?, case.bound(backend.kind()));
        // Not a number is a failure too.
        if nmse.is_nan() || nmse > bound {
            return Err(ModelError::SelfTest { operation: format!("{case:?}"), nmse, bound });
        }
    }
    Ok(())
}

/// Deterministic values in [-1, 1), different for each seed.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    core::iter::repeat_with(|| {
        // xorshift64* (Marsaglia 2003).
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
    .take(len)
    .collect()
}

/// A matrix packed for the kernels, and the same in f32.
pub(crate) struct Weights {
    pub(crate) segments: Segments,
    pub(crate) words: Vec<u32>,
    exact: Vec<f32>,
}

pub(crate) fn weights(ty: TensorType, n: usize, k: usize) -> Result<Weights, ModelError> {
    let mut bytes = Vec::new();
    quantize(ty, &noise(7, n * k), &mut bytes)?;
    let mut exact = vec![0.0; n * k];
    dequantize(ty, &bytes, &mut exact)?;
    let format = Format::of(ty).ok_or_else(|| ModelError::UnsupportedType { tensor: "check".into(), ty })?;
    let mut words = vec![0; format.words(n, k)];
    pack_rows(ty, k, &bytes, &mut words);
    Ok(Weights { segments: Segments::new([Segment { format, rows: n }]), words, exact })
}

/// Tensors of one backend.
pub(crate) struct On<'a>(pub(crate) &'a Backend);

impl On<'_> {
    pub(crate) fn floats<const D: usize>(&self, values: &[f32], shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values.to_vec(), Shape::from(shape)), &self.0.device)
    }

    pub(crate) fn zeros<const D: usize>(&self, shape: [usize; D], stored: DType) -> Tensor<D> {
        Tensor::zeros(shape, (&self.0.device, stored))
    }

    pub(crate) fn words(&self, words: &[u32]) -> Tensor<1, Int> {
        let data = TensorData::new(words.to_vec(), [words.len()]);
        Tensor::from_data(data, (&self.0.device, DType::U32))
    }
}

async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ModelError> {
    let data = tensor.into_data_async().await.map_err(|error| ModelError::Device(format!("{error:?}")))?;
    data.try_into_vec().map_err(|error| ModelError::Device(format!("{error:?}")))
}

/// Error of `case` on `backend` against plain operations in f32 on the CPU.
///
/// # Errors
///
/// [`ModelError`] when the device fails, or a type cannot be packed.
pub async fn nmse(case: &Case, backend: &Backend) -> Result<f64, ModelError> {
    let (have, want) = run(case, backend).await?;
    let error: f64 = have.iter().zip(&want).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    let power: f64 = want.iter().map(|b| f64::from(*b).powi(2)).sum();
    Ok(if have.len() == want.len() { error / power.max(1e-30) } else { f64::INFINITY })
}

/// Results of `case`: on `backend`, and as they should be.
async fn run(case: &Case, backend: &Backend) -> Result<(Vec<f32>, Vec<f32>), ModelError> {
    let (on, target) = (On(backend), &backend.target);
    let reference = Backend::cpu();
    let exactly = On(&reference);
    match *case {
        Case::Linear { ty, n, k, tokens, prologue, bias, residual } => {
            let weights = weights(ty, n, k)?;
            let columns = prologue.columns(k);
            let scale = if residual { 0.75 } else { 1.0 };
            let spec = Linear { k, segments: weights.segments, prologue, bias, scale };
            let x = noise(1, tokens * columns);
            let aux = noise(2, (prologue.aux_len(k) + if bias { n } else { 0 }).max(1));
            let before = noise(3, tokens * n);
            let add = |on: &On<'_>| residual.then(|| on.floats(&before, [tokens, n]));
            let have = ops::linear(
                on.floats(&x, [tokens, columns]),
                &on.words(&weights.words),
                &on.floats(&aux, [aux.len()]),
                add(&on),
                spec,
                target,
            );
            let want = plain::linear(
                exactly.floats(&x, [tokens, columns]),
                &exactly.floats(&weights.exact, [n, k]),
                &exactly.floats(&aux, [aux.len()]),
                add(&exactly),
                spec,
            );
            Ok((values(have).await?, values(want).await?))
        }
        Case::FeedForward { ty, width, ffn, tokens, gate, bias } => {
            let norm = Prologue::RmsNorm { eps: 1e-5 };
            let rows = gate.columns(ffn);
            let (up, down) = (weights(ty, rows, width)?, weights(ty, width, ffn)?);
            let spec = |k, weights: &Weights, prologue, scale| Linear {
                k,
                segments: weights.segments,
                prologue,
                bias,
                scale,
            };
            let (up_spec, down_spec) = (spec(width, &up, norm, 1.0), spec(ffn, &down, gate, 0.5));
            let x = noise(1, tokens * width);
            let up_aux = noise(2, norm.aux_len(width) + if bias { rows } else { 0 });
            let down_aux = noise(3, if bias { width } else { 1 });
            let (a, d) = (on.floats(&up_aux, [up_aux.len()]), on.floats(&down_aux, [down_aux.len()]));
            let have = ops::feed_forward(
                on.floats(&x, [tokens, width]),
                (&on.words(&up.words), &a, up_spec),
                (&on.words(&down.words), &d, down_spec),
                target,
            );
            let between = plain::linear(
                exactly.floats(&x, [tokens, width]),
                &exactly.floats(&up.exact, [rows, width]),
                &exactly.floats(&up_aux, [up_aux.len()]),
                None,
                up_spec,
            );
            let want = plain::linear(
                between,
                &exactly.floats(&down.exact, [width, ffn]),
                &exactly.floats(&down_aux, [down_aux.len()]),
                Some(exactly.floats(&x, [tokens, width])),
                down_spec,
            );
            Ok((values(have).await?, values(want).await?))
        }
        Case::Embed { ty, k } => {
            let weights = weights(ty, 64, k)?;
            let tokens = [3, 0, 63, 17, 3];
            let have =
                ops::embed(on.words(&tokens), &on.words(&weights.words), weights.segments, k, 1.5, target);
            let table = exactly.floats(&weights.exact, [64, k]);
            let want = plain::embed(exactly.words(&tokens), &table, 1.5);
            Ok((values(have).await?, values(want).await?))
        }
        Case::Attend { heads, kv_heads, head_dim, rope_dims, rope, norms, before, tokens } => {
            let positions = crate::kernel::cache_positions(before + tokens);
            let spec = Attention {
                position: 0,
                positions,
                heads,
                kv_heads,
                head_dim,
                rope_dims,
                rope,
                scale: 0.2,
                norm_eps: norms.then_some(1e-6),
            };
            let columns = spec.columns();
            let qkv = noise(4, (before + tokens) * columns);
            let (first, second) = qkv.split_at(before * columns);
            let table = noise(5, positions * rope_dims);
            let gammas = noise(6, 2 * head_dim);
            let second_spec = Attention { position: before, ..spec };
            let shape = [kv_heads, positions, head_dim];
            let given = |on: &On<'_>, stored| {
                (
                    on.floats(first, [before, columns]),
                    on.floats(second, [tokens, columns]),
                    on.floats(&table, [positions, rope_dims]),
                    on.floats(&gammas, [2 * head_dim]),
                    (on.zeros(shape, stored), on.zeros(shape, stored)),
                )
            };
            let (a, b, table_, gammas_, kv) = given(&on, backend.cache_type(Precision::Packed));
            let (one, kv) = ops::attend(a, &table_, &gammas_, kv, spec, target);
            let (two, _) = ops::attend(b, &table_, &gammas_, kv, second_spec, target);
            let mut have = values(one).await?;
            have.extend(values(two).await?);
            let (a, b, table_, gammas_, kv) = given(&exactly, DType::F32);
            let (one, kv) = plain::attend(a, &table_, &gammas_, kv, spec);
            let (two, _) = plain::attend(b, &table_, &gammas_, kv, second_spec);
            let mut want = values(one).await?;
            want.extend(values(two).await?);
            Ok((have, want))
        }
        Case::Predict { tokens, vocab } => {
            let logits: Vec<f32> = noise(8, tokens * vocab).iter().map(|x| x * 9.0).collect();
            let have = ops::predict(on.floats(&logits, [tokens, vocab]), target);
            let data =
                have.into_data_async().await.map_err(|error| ModelError::Device(format!("{error:?}")))?;
            let words: Vec<u32> =
                data.try_into_vec().map_err(|error| ModelError::Device(format!("{error:?}")))?;
            let have = words.chunks(2).flat_map(|pair| match *pair {
                [token, log_prob] => [token as f32, f32::from_bits(log_prob)],
                _ => [f32::NAN; 2],
            });
            let want = logits.chunks(vocab).flat_map(|logits| {
                let best = (0..vocab).fold(0, |best, i| if logits[i] > logits[best] { i } else { best });
                let total: f64 = logits.iter().map(|&l| f64::from(l - logits[best]).exp()).sum();
                [best as f32, -total.ln() as f32]
            });
            Ok((have.collect(), want.collect()))
        }
    }
}
