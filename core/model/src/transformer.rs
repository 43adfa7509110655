//! The transformer, on one screen.
//!
//! A decoder-only language model (Vaswani et al. 2017) as Llama shaped it: for
//! each layer, attention and a feed-forward block, each reading the residual
//! stream through a norm and adding to it. Norms and gates are part of the
//! products that follow them (`Prologue`), so a layer is four operations.
//! Families differ in data only: see [`Config`].

use burn::module::Module;
use burn::tensor::{Int, Tensor};
use ghostlight_decode::{Cancel, Cancelled};

use crate::cache::Cache;
use crate::config::Config;
use crate::kernel::{Attention, Linear, Segments};
use crate::ops::{self, Target, plain};

/// A matrix on the device.
#[derive(Module, Debug)]
pub enum Matrix {
    /// Packed words, see [`crate::kernel::pack`].
    Packed(Tensor<1, Int>),
    /// `[n, k]` in f32: the slow path that defines the fast one.
    Exact(Tensor<2>),
}

/// A weight matrix and what happens around its product.
#[derive(Module, Debug)]
pub struct Product {
    /// `[n, k]`.
    pub weight: Matrix,
    /// Parameters of the norm before the product, then the bias; one unused float if neither.
    pub aux: Tensor<1>,
    /// Shape, prologue and scale.
    #[module(skip)]
    pub spec: Linear,
    /// What the packed path runs on.
    #[module(skip)]
    pub target: Target,
}

/// One layer.
#[derive(Module, Debug)]
pub struct Layer {
    /// `[(heads + 2 * kv_heads) * head_dim, width]`, after the attention norm.
    pub qkv: Product,
    /// `[2, head_dim]`: norms of query and key heads (Qwen3); one unused float otherwise.
    pub head_norms: Tensor<1>,
    /// `[width, heads * head_dim]`.
    pub out: Product,
    /// `[2 * ffn, width]`, gate first (`[ffn, width]` without a gate), after the feed-forward norm.
    pub up: Product,
    /// `[width, ffn]`, after the gate.
    pub down: Product,
}

/// The whole model.
#[derive(Module, Debug)]
pub struct Transformer {
    /// `[vocab, width]`.
    pub embedding: Matrix,
    /// From the input to the output.
    pub layers: Vec<Layer>,
    /// `[vocab, width]`, after the final norm; shares its words with `embedding` where they are tied.
    pub head: Product,
    /// `[positions, rope_dims]`: cosine and sine pairs.
    pub rope: Tensor<2>,
    /// Hyper-parameters.
    #[module(skip)]
    pub config: Config,
    /// Segments of the embedding table.
    #[module(skip)]
    pub embedding_segments: Segments,
}

/// Tokens on their way through the layers.
#[derive(Debug)]
pub struct Stream {
    /// The residual stream, `[t, width]`.
    pub x: Tensor<2>,
    /// Layers that it has been through.
    pub layer: usize,
}

impl Product {
    /// `residual + scale * (W * prologue(x) + bias)`: `x: [t, columns]` to `[t, n]`.
    fn forward(&self, x: Tensor<2>, residual: Option<Tensor<2>>) -> Tensor<2> {
        match &self.weight {
            Matrix::Packed(words) => ops::linear(x, words, &self.aux, residual, self.spec, &self.target),
            Matrix::Exact(weight) => plain::linear(x, weight, &self.aux, residual, self.spec),
        }
    }
}

impl Layer {
    fn forward(
        &self,
        x: Tensor<2>,
        rope: &Tensor<2>,
        cache: &mut Cache,
        layer: usize,
        spec: Attention,
    ) -> Tensor<2> {
        let qkv = self.qkv.forward(x.clone(), None);
        let attended = cache.with_layer(layer, |kv| match self.qkv.weight {
            Matrix::Packed(_) => ops::attend(qkv, rope, &self.head_norms, kv, spec, &self.qkv.target),
            Matrix::Exact(_) => plain::attend(qkv, rope, &self.head_norms, kv, spec),
        });
        let x = self.out.forward(attended, Some(x));
        match (&self.up.weight, &self.down.weight) {
            (Matrix::Packed(up), Matrix::Packed(down)) => ops::feed_forward(
                x,
                (up, &self.up.aux, self.up.spec),
                (down, &self.down.aux, self.down.spec),
                &self.up.target,
            ),
            _ => {
                let up = self.up.forward(x.clone(), None);
                self.down.forward(up, Some(x))
            }
        }
    }
}

impl Transformer {
    /// The residual stream of `tokens: [t]` before the first layer: `[t, width]`.
    pub fn embed(&self, tokens: Tensor<1, Int>) -> Tensor<2> {
        let config = &self.config;
        match &self.embedding {
            Matrix::Packed(words) => {
                let (segments, target) = (self.embedding_segments, &self.head.target);
                ops::embed(tokens, words, segments, config.width, config.embedding_scale, target)
            }
            Matrix::Exact(table) => plain::embed(tokens, table, config.embedding_scale),
        }
    }

    /// Runs the layers that `stream` has not been through over tokens from `position` on, and fills
    /// their part of the cache. Cancelled between two layers, it leaves `stream` as it then is, from
    /// where the same call goes on; in the cache, layers before that hold these tokens.
    ///
    /// # Errors
    ///
    /// [`Cancelled`]; what the cache held before `position` is untouched.
    pub async fn forward(
        &self,
        stream: &mut Stream,
        position: usize,
        cache: &mut Cache,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        let config = &self.config;
        let spec = Attention {
            position,
            positions: cache.positions(),
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            rope_dims: config.rope_dims,
            rope: config.rope,
            scale: config.attention_scale,
            norm_eps: config.head_norms.then_some(config.norm_eps),
        };
        for (i, layer) in self.layers.iter().enumerate().skip(stream.layer) {
            cancel.checkpoint().await?;
            stream.x = layer.forward(stream.x.clone(), &self.rope, cache, i, spec);
            stream.layer = i + 1;
        }
        Ok(())
    }

    /// Logits of every row: `[t, width]` to `[t, vocab]`.
    pub fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        self.head.forward(x, None)
    }
}
