//! The operations that the transformer is written in.
//!
//! | operation      | what it does                                               |
//! |----------------|------------------------------------------------------------|
//! | `embed`        | rows of the packed table                                   |
//! | `linear`       | norm or gate, packed product, bias, residual               |
//! | `feed_forward` | two of those around a gate, and the residual               |
//! | `attend`       | head norms, rotary embedding, KV append, causal attention  |
//! | `predict`      | likeliest token of each row and its log probability        |
//!
//! Each exists three times: [`plain`] in ordinary burn operations on f32
//! weights, which defines what it computes; `flex` on the CPU kernels; `cube`
//! as WGSL. The fast two are burn backend extensions, so a model is one burn
//! module wherever it runs.

#[cfg(feature = "webgpu")]
mod cube;
mod flex;
pub mod plain;
#[cfg(feature = "webgpu")]
mod product;
#[cfg(feature = "webgpu")]
mod shader;
mod target;
#[cfg(feature = "webgpu")]
mod unrolled;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Dispatch, backend_extension};
use burn::tensor::{Int, Tensor};

use crate::kernel::{Attention, Linear, Segments};

pub use target::{Adapter, Target};

/// The packed operations of a backend.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex)]
pub trait PackedOps: burn::backend::Backend {
    /// See [`embed`].
    fn packed_embed(
        tokens: IntTensor<Self>,
        words: IntTensor<Self>,
        segments: Segments,
        k: usize,
        scale: f32,
        target: Target,
    ) -> FloatTensor<Self>;

    /// See [`linear`]; without a residual, `residual` is `x` once more and `has_residual` false.
    fn packed_linear(
        x: FloatTensor<Self>,
        words: IntTensor<Self>,
        aux: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        has_residual: bool,
        spec: Linear,
        target: Target,
    ) -> FloatTensor<Self>;

    /// See [`feed_forward`].
    #[allow(clippy::too_many_arguments, reason = "two products")]
    fn packed_feed_forward(
        x: FloatTensor<Self>,
        up_words: IntTensor<Self>,
        up_aux: FloatTensor<Self>,
        down_words: IntTensor<Self>,
        down_aux: FloatTensor<Self>,
        up: Linear,
        down: Linear,
        target: Target,
    ) -> FloatTensor<Self> {
        let between = Self::packed_linear(x.clone(), up_words, up_aux, x.clone(), false, up, target.clone());
        Self::packed_linear(between, down_words, down_aux, x, true, down, target)
    }

    /// See [`attend`].
    fn packed_attend(
        qkv: FloatTensor<Self>,
        table: FloatTensor<Self>,
        norms: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        spec: Attention,
        target: Target,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// See [`predict`].
    fn packed_predict(logits: FloatTensor<Self>, target: Target) -> IntTensor<Self>;
}

/// Rows of a packed embedding table times `scale`: `tokens: [t]` to `[t, k]`.
pub fn embed(
    tokens: Tensor<1, Int>,
    words: &Tensor<1, Int>,
    segments: Segments,
    k: usize,
    scale: f32,
    target: &Target,
) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::packed_embed(
        tokens.into_dispatch(),
        words.clone().into_dispatch(),
        segments,
        k,
        scale,
        target.clone(),
    ))
}

/// `residual + scale * (W * prologue(x) + bias)`: `x: [t, columns]` to `[t, n]`.
///
/// `words` holds the packed weights, `aux` the norm's parameters and the bias
/// one after the other (a single unused float where there are none).
pub fn linear(
    x: Tensor<2>,
    words: &Tensor<1, Int>,
    aux: &Tensor<1>,
    residual: Option<Tensor<2>>,
    spec: Linear,
    target: &Target,
) -> Tensor<2> {
    let has_residual = residual.is_some();
    let residual = residual.unwrap_or_else(|| x.clone());
    Tensor::from_dispatch(Dispatch::packed_linear(
        x.into_dispatch(),
        words.clone().into_dispatch(),
        aux.clone().into_dispatch(),
        residual.into_dispatch(),
        has_residual,
        spec,
        target.clone(),
    ))
}

/// A feed-forward block: `down(up(x))` with `x` as residual: `x: [t, width]` to the same.
///
/// `up` and `down` are (words, aux, spec) as in [`linear`]; the gate is `down`'s prologue.
pub fn feed_forward(
    x: Tensor<2>,
    up: (&Tensor<1, Int>, &Tensor<1>, Linear),
    down: (&Tensor<1, Int>, &Tensor<1>, Linear),
    target: &Target,
) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::packed_feed_forward(
        x.into_dispatch(),
        up.0.clone().into_dispatch(),
        up.1.clone().into_dispatch(),
        down.0.clone().into_dispatch(),
        down.1.clone().into_dispatch(),
        up.2,
        down.2,
        target.clone(),
    ))
}

/// Appends `t` positions to the caches and attends from them:
/// `qkv: [t, (heads + 2 kv_heads) * head_dim]` to `[t, heads * head_dim]`.
///
/// The caches are handed over and come back, so that they are written in place;
/// their layout is the backend's own. `table: [positions, rope_dims]` holds
/// cosine and sine pairs, `norms: [2, head_dim]` the head norms (one unused
/// float where there are none).
pub fn attend(
    qkv: Tensor<2>,
    table: &Tensor<2>,
    norms: &Tensor<1>,
    (keys, values): (Tensor<3>, Tensor<3>),
    spec: Attention,
    target: &Target,
) -> (Tensor<2>, (Tensor<3>, Tensor<3>)) {
    let (out, keys, values) = Dispatch::packed_attend(
        qkv.into_dispatch(),
        table.clone().into_dispatch(),
        norms.clone().into_dispatch(),
        keys.into_dispatch(),
        values.into_dispatch(),
        spec,
        target.clone(),
    );
    (Tensor::from_dispatch(out), (Tensor::from_dispatch(keys), Tensor::from_dispatch(values)))
}

/// Likeliest token and the bits of its log probability (f32), row by row:
/// `logits: [t, vocab]` to `[2 t]`.
pub fn predict(logits: Tensor<2>, target: &Target) -> Tensor<1, Int> {
    Tensor::from_dispatch(Dispatch::packed_predict(logits.into_dispatch(), target.clone()))
}
