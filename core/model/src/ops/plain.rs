//! The operations in ordinary burn tensor operations, on f32 weights: the oracle.
//!
//! Slow and obvious on purpose. What these compute is the definition of what
//! `flex` and `cube` compute; tests compare them on every backend.

use burn::tensor::{Bool, Int, Tensor, activation};

use crate::kernel::{Attention, Linear, Prologue, Rope};

/// `tokens: [t]` to rows of `table: [vocab, k]`, times `scale`.
pub fn embed(tokens: Tensor<1, Int>, table: &Tensor<2>, scale: f32) -> Tensor<2> {
    table.clone().select(0, tokens) * scale
}

/// `x / rms(x) * gamma` along the last dimension.
pub fn rms_norm<const D: usize>(x: Tensor<D>, gamma: Tensor<1>, eps: f32) -> Tensor<D> {
    let scale = (x.clone().powf_scalar(2.0).mean_dim(D - 1) + eps).sqrt().recip();
    x * scale * gamma.unsqueeze()
}

/// `(x - mean) / sqrt(var + eps) * gamma + beta` along the last dimension.
pub fn layer_norm(x: Tensor<2>, gamma: Tensor<1>, beta: Tensor<1>, eps: f32) -> Tensor<2> {
    let centred = x.clone() - x.mean_dim(1);
    let scale = (centred.clone().powf_scalar(2.0).mean_dim(1) + eps).sqrt().recip();
    centred * scale * gamma.unsqueeze() + beta.unsqueeze()
}

fn prologue(x: Tensor<2>, aux: &Tensor<1>, k: usize, prologue: Prologue) -> Tensor<2> {
    match prologue {
        Prologue::None => x,
        Prologue::RmsNorm { eps } => rms_norm(x, aux.clone().narrow(0, 0, k), eps),
        Prologue::LayerNorm { eps } => {
            layer_norm(x, aux.clone().narrow(0, 0, k), aux.clone().narrow(0, k, k), eps)
        }
        Prologue::SwiGlu => activation::silu(x.clone().narrow(1, 0, k)) * x.narrow(1, k, k),
        Prologue::Gelu => activation::gelu_approximate(x),
    }
}

/// `residual + scale * (prologue(x) * weight^T + bias)`; `weight: [n, k]`.
pub fn linear(
    x: Tensor<2>,
    weight: &Tensor<2>,
    aux: &Tensor<1>,
    residual: Option<Tensor<2>>,
    spec: Linear,
) -> Tensor<2> {
    let n = spec.segments.rows();
    let mut y = prologue(x, aux, spec.k, spec.prologue).matmul(weight.clone().transpose());
    if spec.bias {
        y = y + aux.clone().narrow(0, spec.prologue.aux_len(spec.k), n).unsqueeze();
    }
    y = y * spec.scale;
    match residual {
        Some(residual) => residual + y,
        None => y,
    }
}

/// Rotates heads: `x: [t, heads, head_dim]`, `turns: [t, rope_dims / 2]` each.
fn rotate(x: Tensor<3>, cos: Tensor<2>, sin: Tensor<2>, spec: &Attention) -> Tensor<3> {
    let [t, heads, dim] = x.dims();
    let half = spec.rope_dims / 2;
    let turned = x.clone().narrow(2, 0, spec.rope_dims);
    let (cos, sin) = (cos.reshape([t, 1, half]), sin.reshape([t, 1, half]));
    let (a, b) = match spec.rope {
        Rope::Halves => (turned.clone().narrow(2, 0, half), turned.narrow(2, half, half)),
        Rope::Interleaved => {
            let pairs = turned.reshape([t, heads, half, 2]);
            (
                pairs.clone().narrow(3, 0, 1).reshape([t, heads, half]),
                pairs.narrow(3, 1, 1).reshape([t, heads, half]),
            )
        }
    };
    let (x0, x1) = (a.clone() * cos.clone() - b.clone() * sin.clone(), a * sin + b * cos);
    let turned = match spec.rope {
        Rope::Halves => Tensor::cat(vec![x0, x1], 2),
        Rope::Interleaved => Tensor::stack::<4>(vec![x0, x1], 3).reshape([t, heads, spec.rope_dims]),
    };
    if spec.rope_dims == dim {
        turned
    } else {
        Tensor::cat(vec![turned, x.narrow(2, spec.rope_dims, dim - spec.rope_dims)], 2)
    }
}

/// Appends to caches of `[kv_heads, positions, head_dim]` and attends.
///
/// `table: [positions, rope_dims]` holds cosine and sine pairs.
pub fn attend(
    qkv: Tensor<2>,
    table: &Tensor<2>,
    norms: &Tensor<1>,
    (keys, values): (Tensor<3>, Tensor<3>),
    spec: Attention,
) -> (Tensor<2>, (Tensor<3>, Tensor<3>)) {
    let Attention { position, heads, kv_heads, head_dim: dim, .. } = spec;
    let t = qkv.dims()[0];
    let (end, group, half) = (position + t, heads / kv_heads, spec.rope_dims / 2);
    let head =
        |from: usize, heads: usize| qkv.clone().narrow(1, from * dim, heads * dim).reshape([t, heads, dim]);
    let (mut q, mut k, v) = (head(0, heads), head(heads, kv_heads), head(heads + kv_heads, kv_heads));
    if let Some(eps) = spec.norm_eps {
        q = rms_norm(q, norms.clone().narrow(0, 0, dim), eps);
        k = rms_norm(k, norms.clone().narrow(0, dim, dim), eps);
    }
    let turns = table.clone().narrow(0, position, t).reshape([t, half, 2]);
    let cos = turns.clone().narrow(2, 0, 1).reshape([t, half]);
    let sin = turns.narrow(2, 1, 1).reshape([t, half]);
    q = rotate(q, cos.clone(), sin.clone(), &spec);
    k = rotate(k, cos, sin, &spec);

    let keys = keys.slice_assign([0..kv_heads, position..end, 0..dim], k.swap_dims(0, 1));
    let values = values.slice_assign([0..kv_heads, position..end, 0..dim], v.swap_dims(0, 1));
    let seen = |cache: &Tensor<3>| {
        let cache = cache.clone().narrow(1, 0, end).reshape([kv_heads, 1, end, dim]);
        cache.expand([kv_heads, group, end, dim]).reshape([heads, end, dim])
    };
    let scores = q.swap_dims(0, 1).matmul(seen(&keys).swap_dims(1, 2)) * spec.scale;
    // Position p may see p and what came before it.
    let future: Tensor<2, Bool> = Tensor::<2, Bool>::tril_mask([t, end], position as i64, &scores.device());
    let scores = scores.mask_fill(future.unsqueeze(), f32::NEG_INFINITY);
    let out = activation::softmax(scores, 2).matmul(seen(&values));
    (out.swap_dims(0, 1).reshape([t, heads * dim]), (keys, values))
}
