//! The check table in timing mode: the operations of real models, and the machine's own limits.
//!
//! Shapes are those of SmolLM2-135M and Qwen2.5-Coder-0.5B. A row is a
//! [`Case`] like those that tests compare with plain operations, and tests
//! compare these too. The clock is handed in.

use burn::tensor::Tensor;
use ghostlight_gguf::TensorType;

use crate::backend::{Backend, BackendKind};
use crate::check::{Case, On, noise, weights};
use crate::error::ModelError;
use crate::kernel::{self, Attention, Linear, Prologue, Rope, peak};
use crate::load::Precision;
use crate::ops;

/// Milliseconds that one row is run for, at least.
const ROW_MS: f64 = 30.0;

/// Milliseconds of calls before any is timed: a browser first runs code as it comes, and compiles
/// what is hot behind it.
const WARM_MS: f64 = if cfg!(target_family = "wasm") { 500.0 } else { 0.0 };

/// How long one operation took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Milliseconds, the median of the rounds.
    pub ms: f64,
    /// Multiply-accumulates of the operation.
    pub macs: u64,
    /// Bytes of weights, or of keys and values, that it reads.
    pub bytes: u64,
}

impl Timing {
    /// Multiply-accumulates a second, in 10^9.
    pub fn gmacs(&self) -> f64 {
        self.macs as f64 / self.ms / 1e6
    }

    /// Bytes read a second, in 10^9.
    pub fn gigabytes(&self) -> f64 {
        self.bytes as f64 / self.ms / 1e6
    }
}

/// What the machine can do at most on one thread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peaks {
    /// Multiply-accumulates a second in a loop of nothing but dot products, in 10^9.
    pub gmacs: f64,
    /// Bytes read and bytes written a second by a copy between two large buffers, together, in 10^9.
    pub gigabytes: f64,
}

/// The rows.
pub fn table() -> Vec<Case> {
    let linear = |ty, n, k, tokens| Case::Linear {
        ty,
        n,
        k,
        tokens,
        prologue: Prologue::None,
        bias: false,
        residual: false,
    };
    let attend = |before, tokens| Case::Attend {
        heads: 9,
        kv_heads: 3,
        head_dim: 64,
        rope_dims: 64,
        rope: Rope::Interleaved,
        norms: false,
        before,
        tokens,
    };
    let mut cases = Vec::new();
    for tokens in [1, 64] {
        for (n, k) in [(960, 576), (576, 576), (3072, 576), (576, 1536)] {
            cases.push(linear(TensorType::Q4_1, n, k, tokens));
        }
        for ty in [TensorType::Q4_0, TensorType::Q8_0, TensorType::Q5_1] {
            cases.push(linear(ty, 896, 896, tokens));
        }
        for ty in [TensorType::Q4K, TensorType::Q6K] {
            cases.push(linear(ty, 1024, 1536, tokens));
        }
    }
    cases.push(linear(TensorType::Q8_0, 49_152, 576, 1));
    cases.extend([attend(128, 1), attend(1500, 1), attend(448, 64), attend(1436, 64)]);
    cases.push(Case::Predict { tokens: 1, vocab: 49_152 });
    cases
}

/// A row's name for people: operation, weight type, shape, tokens.
pub fn name(case: &Case) -> String {
    match *case {
        Case::Linear { ty, n, k, tokens, .. } => format!("linear {} {n}x{k} x{tokens}", ty.name()),
        Case::Attend { heads, kv_heads, head_dim, before, tokens, .. } => {
            format!("attend {heads}/{kv_heads} heads of {head_dim} after {before} x{tokens}")
        }
        Case::Predict { tokens, vocab } => format!("predict of {vocab} x{tokens}"),
        Case::Embed { ty, k } => format!("embed {} {k}", ty.name()),
        Case::FeedForward { ty, width, ffn, tokens, .. } => {
            format!("feed-forward {} {width}x{ffn} x{tokens}", ty.name())
        }
    }
}

/// Times one row: `rounds` times, each long enough for the clock; the median.
///
/// # Errors
///
/// [`ModelError`] when the device fails, or the row is of an operation that is not timed.
pub async fn time(
    case: &Case,
    backend: &Backend,
    rounds: usize,
    now: &dyn Fn() -> f64,
) -> Result<Timing, ModelError> {
    let (on, target) = (On(backend), &backend.target);
    match *case {
        Case::Linear { ty, n, k, tokens, prologue, .. } => {
            let weights = weights(ty, n, k)?;
            let bytes = 4 * weights.words.len() as u64;
            let spec = Linear { k, segments: weights.segments, prologue, bias: false, scale: 1.0 };
            let x = on.floats(&noise(1, tokens * k), [tokens, k]);
            let (words, aux) = (on.words(&weights.words), on.floats(&[0.0], [1]));
            let ms = median(rounds, backend, now, async || {
                settle(ops::linear(x.clone(), &words, &aux, None, spec, target), backend).await
            });
            Ok(Timing { ms: ms.await?, macs: (n * k * tokens) as u64, bytes })
        }
        Case::Attend { heads, kv_heads, head_dim, rope_dims, rope, before, tokens, .. } => {
            let positions = kernel::cache_positions(before + tokens);
            let spec = Attention {
                position: before,
                positions,
                heads,
                kv_heads,
                head_dim,
                rope_dims,
                rope,
                scale: 0.125,
                norm_eps: None,
            };
            let qkv = on.floats(&noise(4, tokens * spec.columns()), [tokens, spec.columns()]);
            let table = on.floats(&noise(5, positions * rope_dims), [positions, rope_dims]);
            let norms = on.floats(&[0.0], [1]);
            let stored = backend.cache_type(Precision::Packed);
            let shape = [kv_heads, positions, head_dim];
            let mut cache = Some((on.zeros(shape, stored), on.zeros(shape, stored)));
            let ms = median(rounds, backend, now, async || {
                let kv = cache.take().expect("the operation gives the cache back");
                let (out, kv) = ops::attend(qkv.clone(), &table, &norms, kv, spec, target);
                cache = Some(kv);
                settle(out, backend).await
            });
            // Each token sees what was before it, and itself.
            let seen = tokens * before + tokens * (tokens + 1) / 2;
            let bytes = 2 * stored.size() * kv_heads * head_dim * (before + tokens);
            Ok(Timing { ms: ms.await?, macs: (2 * heads * head_dim * seen) as u64, bytes: bytes as u64 })
        }
        Case::Predict { tokens, vocab } => {
            let logits = on.floats(&noise(8, tokens * vocab), [tokens, vocab]);
            let ms = median(rounds, backend, now, async || {
                let words = ops::predict(logits.clone(), target).into_data_async().await;
                words.map(drop).map_err(|error| ModelError::Device(format!("{error:?}")))
            });
            Ok(Timing { ms: ms.await?, macs: 0, bytes: 4 * (tokens * vocab) as u64 })
        }
        Case::Embed { .. } | Case::FeedForward { .. } => {
            Err(ModelError::Device("this operation is not timed on its own".to_owned()))
        }
    }
}

/// Times the loops that bound every kernel; `None` where shaders do the work.
pub async fn peaks(
    backend: &Backend,
    rounds: usize,
    now: &dyn Fn() -> f64,
) -> Result<Option<Peaks>, ModelError> {
    const COPIED: usize = 32 << 20;
    if backend.kind() != BackendKind::Cpu {
        return Ok(None);
    }
    let cpu = &backend.target.cpu;
    let dots = median(rounds, backend, now, async || {
        core::hint::black_box(peak::dots(cpu));
        Ok(())
    });
    let dots = dots.await?;
    let (from, mut to) = (vec![1u8; COPIED], vec![0u8; COPIED]);
    let copy = median(rounds, backend, now, async || {
        to.copy_from_slice(core::hint::black_box(&from));
        core::hint::black_box(&to);
        Ok(())
    });
    let copy = copy.await?;
    Ok(Some(Peaks {
        gmacs: peak::dot_macs() as f64 / dots / 1e6,
        gigabytes: 2.0 * COPIED as f64 / copy / 1e6,
    }))
}

/// Waits for a GPU; a CPU is done when it returns.
async fn settle(out: Tensor<2>, backend: &Backend) -> Result<(), ModelError> {
    if backend.kind() == BackendKind::Webgpu {
        let one = out.slice([0..1, 0..1]).into_data_async().await;
        one.map_err(|error| ModelError::Device(format!("{error:?}")))?;
    }
    Ok(())
}

/// Median milliseconds of a call, over rounds of so many calls that a coarse clock can tell.
async fn median(
    rounds: usize,
    backend: &Backend,
    now: &dyn Fn() -> f64,
    mut call: impl AsyncFnMut() -> Result<(), ModelError>,
) -> Result<f64, ModelError> {
    let start = now();
    while now() - start < WARM_MS {
        call().await?;
    }
    let (start, mut calls) = (now(), 0u32);
    while calls < 3 || now() - start < ROW_MS {
        call().await?;
        calls += 1;
    }
    let calls = if backend.kind() == BackendKind::Cpu { calls } else { calls.min(8) };
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let start = now();
        for _ in 0..calls {
            call().await?;
        }
        times.push((now() - start) / f64::from(calls));
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
