//! Hyper-parameters of the supported families, read from GGUF metadata.
//!
//! Four families are one transformer with differences that are data: which
//! norm, which feed-forward block, how dimensions pair up in the rotary
//! embedding, which biases and head norms exist (seen from the tensors), and
//! Granite's four multipliers. Keys are those of the GGUF specification.

use burn::tensor::DType;
use ghostlight_gguf::{Gguf, Metadata};

use crate::error::ModelError;
use crate::kernel::Rope;

/// Largest value taken for any count; far above every published model.
const MAX_COUNT: u32 = 1 << 20;

/// Which architecture a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Llama, SmolLM2, DeepSeek-Coder.
    Llama,
    /// Granite: Llama with multipliers.
    Granite,
    /// Qwen2, Qwen2.5-Coder: biases on query, key and value.
    Qwen2,
    /// Qwen3: norms on query and key heads.
    Qwen3,
    /// StarCoder2: layer norms, GELU, biases everywhere.
    Starcoder2,
}

impl Family {
    const ALL: [(&'static str, Self); 5] = [
        ("llama", Self::Llama),
        ("granite", Self::Granite),
        ("qwen2", Self::Qwen2),
        ("qwen3", Self::Qwen3),
        ("starcoder2", Self::Starcoder2),
    ];

    fn of(architecture: &str) -> Result<Self, ModelError> {
        Self::ALL.iter().find(|(name, _)| *name == architecture).map(|&(_, family)| family).ok_or_else(|| {
            ModelError::UnsupportedArchitecture {
                architecture: architecture.to_owned(),
                supported: Self::ALL.map(|(name, _)| name).join(", "),
            }
        })
    }

    /// Layer norms and GELU instead of RMS norms and SwiGLU.
    pub fn is_starcoder(self) -> bool {
        self == Self::Starcoder2
    }
}

/// Shape and constants of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Architecture.
    pub family: Family,
    /// Layers.
    pub layers: usize,
    /// Width of the residual stream, `d_model`.
    pub width: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Dimensions a head.
    pub head_dim: usize,
    /// Width of the feed-forward block, `d_ff`.
    pub ffn: usize,
    /// Rows of the embedding table.
    pub vocab: usize,
    /// Tokens that the model was trained for.
    pub trained_context: usize,
    /// Added inside the norms.
    pub norm_eps: f32,
    /// How dimensions pair up in the rotary embedding.
    pub rope: Rope,
    /// Rotated dimensions a head.
    pub rope_dims: usize,
    /// Base of the rotary frequencies.
    pub rope_base: f32,
    /// Positions are divided by this (linear scaling).
    pub rope_scale: f32,
    /// Factor on the embeddings.
    pub embedding_scale: f32,
    /// Factor on what a block adds to the residual stream.
    pub residual_scale: f32,
    /// Factor on attention scores.
    pub attention_scale: f32,
    /// Factor on the logits.
    pub logit_scale: f32,
    /// Whether query and key heads have norms of their own; the loader sees it from the tensors.
    pub head_norms: bool,
}

impl Config {
    /// Reads and checks the hyper-parameters.
    ///
    /// # Errors
    ///
    /// [`ModelError`] for an architecture or feature that is not implemented,
    /// a missing key, or a value that cannot be.
    pub fn from_gguf(gguf: &Gguf) -> Result<Self, ModelError> {
        let metadata = &gguf.metadata;
        let architecture = metadata.require_str("general.architecture")?;
        let family = Family::of(architecture)?;
        let keys = Keys { metadata, architecture };

        let width = keys.count("embedding_length")?;
        let heads = keys.count("attention.head_count")?;
        let kv_heads = keys.count_or("attention.head_count_kv", heads)?;
        let head_dim = keys.count_or("attention.key_length", width / heads)?;
        let value_dim = keys.count_or("attention.value_length", head_dim)?;
        let rope_dims = keys.count_or("rope.dimension_count", head_dim)?;
        if heads % kv_heads != 0 {
            return Err(keys.bad("attention.head_count_kv", kv_heads, "does not divide the query heads"));
        }
        if value_dim != head_dim {
            return Err(keys.bad("attention.value_length", value_dim, "differs from the key length"));
        }
        if head_dim % 8 != 0 {
            return Err(keys.bad("attention.key_length", head_dim, "is not a multiple of 8"));
        }
        if rope_dims > head_dim || rope_dims % 2 != 0 {
            return Err(keys.bad("rope.dimension_count", rope_dims, "is odd or more than a head has"));
        }
        let table = gguf.tensor("token_embd.weight")?;
        let vocab = table.rows();
        let vocab = u32::try_from(vocab).ok().filter(|&v| v > 0 && v <= 1 << 22);
        let vocab = vocab.ok_or_else(|| keys.bad("vocab_size", table.rows() as usize, "cannot be"))? as usize;

        let eps = if family.is_starcoder() {
            "attention.layer_norm_epsilon"
        } else {
            "attention.layer_norm_rms_epsilon"
        };
        Ok(Self {
            family,
            layers: keys.count("block_count")?,
            width,
            heads,
            kv_heads,
            head_dim,
            ffn: keys.count("feed_forward_length")?,
            vocab,
            trained_context: keys.count("context_length")?,
            norm_eps: keys.float(eps, 1e-5)?,
            rope: match family {
                Family::Llama | Family::Granite => Rope::Interleaved,
                _ => Rope::Halves,
            },
            rope_dims,
            rope_base: keys.float("rope.freq_base", 10_000.0)?,
            rope_scale: keys.rope_scale()?,
            embedding_scale: keys.float("embedding_scale", 1.0)?,
            residual_scale: keys.float("residual_scale", 1.0)?,
            attention_scale: keys.float("attention.scale", (head_dim as f32).sqrt().recip())?,
            // The file holds the divisor.
            logit_scale: keys.float("logit_scale", 1.0)?.recip(),
            head_norms: gguf.find_tensor("blk.0.attn_q_norm.weight").is_some(),
        })
    }

    /// Bytes of KV cache for `positions` positions in elements of `stored`.
    pub fn cache_bytes(&self, positions: usize, stored: DType) -> u64 {
        2 * stored.size() as u64 * (self.layers * self.kv_heads * self.head_dim) as u64 * positions as u64
    }

    /// Cosine and sine pairs, `[positions, rope_dims]`.
    ///
    /// `factors` divides each frequency (Llama 3's long-context factors), one a pair.
    pub fn rope_table(&self, positions: usize, factors: Option<&[f32]>) -> Vec<f32> {
        let half = self.rope_dims / 2;
        let mut table = Vec::with_capacity(positions * self.rope_dims);
        for position in 0..positions {
            for i in 0..half {
                let exponent = -2.0 * i as f64 / self.rope_dims as f64;
                let frequency =
                    f64::from(self.rope_base).powf(exponent) / factors.map_or(1.0, |f| f64::from(f[i]));
                let angle = position as f64 / f64::from(self.rope_scale) * frequency;
                table.extend([angle.cos() as f32, angle.sin() as f32]);
            }
        }
        table
    }
}

/// Keys under the architecture's own prefix.
struct Keys<'a> {
    metadata: &'a Metadata,
    architecture: &'a str,
}

impl Keys<'_> {
    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.architecture)
    }

    fn bad(&self, name: &str, value: usize, problem: &'static str) -> ModelError {
        ModelError::BadHyperparameter { key: self.key(name), value: value.to_string(), problem }
    }

    fn checked(&self, name: &str, value: u32) -> Result<usize, ModelError> {
        if (1..=MAX_COUNT).contains(&value) {
            Ok(value as usize)
        } else {
            Err(self.bad(name, value as usize, "is outside 1 to 1,048,576"))
        }
    }

    fn count(&self, name: &str) -> Result<usize, ModelError> {
        self.checked(name, self.metadata.require_u32(&self.key(name))?)
    }

    fn count_or(&self, name: &str, default: usize) -> Result<usize, ModelError> {
        match self.metadata.u32(&self.key(name))? {
            Some(value) => self.checked(name, value),
            None => Ok(default),
        }
    }

    fn float(&self, name: &str, default: f32) -> Result<f32, ModelError> {
        let value = self.metadata.f32(&self.key(name))?.unwrap_or(default);
        if value.is_finite() && value > 0.0 {
            Ok(value)
        } else {
            Err(ModelError::BadHyperparameter {
                key: self.key(name),
                value: value.to_string(),
                problem: "is not a positive number",
            })
        }
    }

    fn rope_scale(&self) -> Result<f32, ModelError> {
        match self.metadata.str(&self.key("rope.scaling.type"))? {
            Some("none") => Ok(1.0),
            // Without a type, scaling is linear; `scale_linear` is its older key.
            None | Some("linear") => {
                let old = self.float("rope.scale_linear", 1.0)?;
                self.float("rope.scaling.factor", old)
            }
            Some(other) => Err(ModelError::UnsupportedFeature {
                key: self.key("rope.scaling.type"),
                value: other.to_owned(),
                supported: "none, linear",
            }),
        }
    }
}
