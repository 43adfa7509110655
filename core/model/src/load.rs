//! From a GGUF file to a model on the device, streaming.
//!
//! A tensor is read in slices of about a megabyte, and each slice goes straight
//! into its final layout; no model is ever in memory twice. Query, key and
//! value projections become one matrix, as do gate and up. A cancel is seen
//! between two slices.

use burn::tensor::{DType, Int, Tensor, TensorData};
use ghostlight_decode::Cancel;
use ghostlight_gguf::{Gguf, Source, TensorInfo, TensorType, dequantize};

use crate::backend::Backend;
use crate::config::Config;
use crate::error::ModelError;
use crate::kernel::pack::{BLOCK, Format, ROWS, pack_rows};
use crate::kernel::{Linear, Prologue, Segment, Segments, cache_positions};
use crate::transformer::{Layer, Matrix, Product, Transformer};

/// Bytes of a file in memory at once.
const SLICE: u64 = 1 << 20;

/// How weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Packed as in the file, on our kernels.
    #[default]
    Packed,
    /// Dequantized to f32, on burn's own operations: the oracle. Four bytes a weight.
    Exact,
}

/// Bytes of weights read so far, and in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Read and packed.
    pub done: u64,
    /// In the file.
    pub total: u64,
}

/// Tensor names of one family, and what stands before its products.
pub(crate) struct Loader<'a, S: ?Sized> {
    pub(crate) source: &'a S,
    pub(crate) gguf: &'a Gguf,
    pub(crate) backend: &'a Backend,
    pub(crate) precision: Precision,
    /// Bytes read so far, and of all tensors.
    pub(crate) done: u64,
    pub(crate) total: u64,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
    pub(crate) cancel: &'a Cancel,
}

/// Rows of a product that come from one tensor.
struct TensorRows<'n> {
    name: &'n str,
    rows: usize,
}

impl<S: Source + ?Sized> Loader<'_, S> {
    /// Reads all weights, and the table of rotations for `context` positions.
    ///
    /// # Errors
    ///
    /// [`ModelError`] when a tensor is missing, misshapen, of a type that is not
    /// supported or too large for the device, or cannot be read; when it was cancelled.
    pub(crate) async fn model(&mut self, config: Config, context: usize) -> Result<Transformer, ModelError> {
        let positions = cache_positions(context);
        let stored = self.backend.cache_type(self.precision);
        let per_tensor = config.cache_bytes(positions, stored) / (2 * config.layers as u64);
        self.backend.check_binding("a layer's key cache", per_tensor)?;

        let (width, vocab) = (config.width, config.vocab);
        let table = [TensorRows { name: "token_embd.weight", rows: vocab }];
        let (embedding, embedding_segments) = self.matrix(&table, width).await?;
        let tied = self.gguf.find_tensor("output.weight").is_none();
        let (head, segments) = if tied {
            (embedding.clone(), embedding_segments)
        } else {
            self.matrix(&[TensorRows { name: "output.weight", rows: vocab }], width).await?
        };
        let aux = self.norm("output_norm", &config).await?;
        let spec = Linear {
            k: width,
            segments,
            prologue: prologue(&config),
            bias: false,
            scale: config.logit_scale,
        };
        let head = self.product(head, aux, spec);

        let mut layers = Vec::with_capacity(config.layers);
        for layer in 0..config.layers {
            layers.push(self.layer(layer, &config).await?);
        }
        let factors = match self.gguf.find_tensor("rope_freqs.weight") {
            Some(info) => Some(self.floats(info, config.rope_dims / 2).await?),
            None => None,
        };
        let rope =
            TensorData::new(config.rope_table(positions, factors.as_deref()), [positions, config.rope_dims]);
        Ok(Transformer {
            embedding,
            layers,
            head,
            rope: Tensor::from_data(rope, &self.backend.device),
            config,
            embedding_segments,
        })
    }

    async fn layer(&mut self, layer: usize, config: &Config) -> Result<Layer, ModelError> {
        let name = |tensor: &str| format!("blk.{layer}.{tensor}.weight");
        let (width, ffn) = (config.width, config.ffn);
        let (q_rows, kv_rows) = (config.heads * config.head_dim, config.kv_heads * config.head_dim);
        let norm = prologue(config);
        let scale = config.residual_scale;

        let qkv = self
            .joined(
                &[(name("attn_q"), q_rows), (name("attn_k"), kv_rows), (name("attn_v"), kv_rows)],
                width,
                norm,
                Some(&format!("blk.{layer}.attn_norm")),
                1.0,
                config,
            )
            .await?;
        let head_norms = if config.head_norms {
            let mut gammas = Vec::with_capacity(2 * config.head_dim);
            for tensor in ["attn_q_norm", "attn_k_norm"] {
                let info = self.gguf.tensor(&name(tensor))?;
                gammas.extend(self.floats(info, config.head_dim).await?);
            }
            gammas
        } else {
            vec![0.0]
        };
        let out =
            self.joined(&[(name("attn_output"), width)], q_rows, Prologue::None, None, scale, config).await?;
        let up = [(name("ffn_gate"), ffn), (name("ffn_up"), ffn)];
        let (up, gate) = if config.family.is_starcoder() {
            (&up[1..], Prologue::Gelu)
        } else {
            (&up[..], Prologue::SwiGlu)
        };
        let up = self.joined(up, width, norm, Some(&format!("blk.{layer}.ffn_norm")), 1.0, config).await?;
        let down = self.joined(&[(name("ffn_down"), width)], ffn, gate, None, scale, config).await?;
        Ok(Layer { qkv, head_norms: self.vector(head_norms), out, up, down })
    }

    /// A product whose rows come from one or more tensors, with their biases.
    async fn joined(
        &mut self,
        tensors: &[(String, usize)],
        k: usize,
        prologue: Prologue,
        norm: Option<&str>,
        scale: f32,
        config: &Config,
    ) -> Result<Product, ModelError> {
        let parts: Vec<TensorRows<'_>> =
            tensors.iter().map(|(name, rows)| TensorRows { name, rows: *rows }).collect();
        let (weight, segments) = self.matrix(&parts, k).await?;
        let mut aux = match norm {
            Some(norm) => self.norm(norm, config).await?,
            None => Vec::new(),
        };
        let biases: Vec<_> = tensors
            .iter()
            .map(|(name, rows)| (self.gguf.find_tensor(&name.replace(".weight", ".bias")), *rows))
            .collect();
        let bias = biases.iter().any(|(info, _)| info.is_some());
        if bias {
            for (info, rows) in biases {
                match info {
                    Some(info) => aux.extend(self.floats(info, rows).await?),
                    None => aux.resize(aux.len() + rows, 0.0),
                }
            }
        }
        Ok(self.product(weight, aux, Linear { k, segments, prologue, bias, scale }))
    }

    fn product(&self, weight: Matrix, mut aux: Vec<f32>, spec: Linear) -> Product {
        if aux.is_empty() {
            aux.push(0.0);
        }
        Product { weight, aux: self.vector(aux), spec, target: self.backend.target.clone() }
    }

    fn vector(&self, values: Vec<f32>) -> Tensor<1> {
        let len = values.len();
        Tensor::from_data(TensorData::new(values, [len]), &self.backend.device)
    }

    /// Parameters of a norm: gamma, and beta where the family has one.
    async fn norm(&mut self, name: &str, config: &Config) -> Result<Vec<f32>, ModelError> {
        let mut parameters = self.floats(self.gguf.tensor(&format!("{name}.weight"))?, config.width).await?;
        if config.family.is_starcoder() {
            parameters.extend(self.floats(self.gguf.tensor(&format!("{name}.bias"))?, config.width).await?);
        }
        Ok(parameters)
    }

    /// A small tensor as f32.
    async fn floats(&mut self, info: &TensorInfo, len: usize) -> Result<Vec<f32>, ModelError> {
        check_shape(info, &[len as u64])?;
        let mut bytes = Vec::new();
        self.gguf.read(self.source, info, &mut bytes).await?;
        let mut values = vec![0.0; len];
        dequantize(info.ty, &bytes, &mut values)?;
        self.advance(info.bytes).await?;
        Ok(values)
    }

    /// Reports progress, and sees a cancel.
    async fn advance(&mut self, bytes: u64) -> Result<(), ModelError> {
        self.done += bytes;
        (self.progress)(Progress { done: self.done, total: self.total });
        Ok(self.cancel.checkpoint().await?)
    }

    /// Joins tensors of `k` columns into one matrix.
    async fn matrix(&mut self, parts: &[TensorRows<'_>], k: usize) -> Result<(Matrix, Segments), ModelError> {
        let mut infos = Vec::with_capacity(parts.len());
        for part in parts {
            let info = self.gguf.tensor(part.name)?;
            check_shape(info, &[k as u64, part.rows as u64])?;
            let unsupported = || ModelError::UnsupportedType { tensor: info.name.clone(), ty: info.ty };
            let format = Format::of(info.ty).ok_or_else(unsupported)?;
            infos.push((info, Segment { format, rows: part.rows }));
        }
        let segments = Segments::new(infos.iter().map(|(_, segment)| *segment));
        match self.precision {
            Precision::Packed => Ok((Matrix::Packed(self.packed(&infos, &segments, k).await?), segments)),
            Precision::Exact => Ok((Matrix::Exact(self.exact(&infos, k).await?), segments)),
        }
    }

    async fn packed(
        &mut self,
        parts: &[(&TensorInfo, Segment)],
        segments: &Segments,
        k: usize,
    ) -> Result<Tensor<1, Int>, ModelError> {
        let name = &parts[0].0.name;
        if !k.is_multiple_of(BLOCK)
            || parts.iter().rev().skip(1).any(|(_, part)| !part.rows.is_multiple_of(ROWS))
        {
            return Err(ModelError::UnsupportedFeature {
                key: format!("shape of {name}"),
                value: format!("{k} columns"),
                supported: "columns in multiples of 32, and heads whose rows are multiples of 8",
            });
        }
        let len = segments.words(k);
        self.backend.check_binding(name, 4 * len as u64)?;
        let mut words: Vec<u32> = Vec::new();
        let out_of_memory = |_| ModelError::OutOfMemory { what: name.clone(), need: 4 * len as u64 };
        words.try_reserve_exact(len).map_err(out_of_memory)?;
        words.resize(len, 0);

        let mut at = 0;
        let mut bytes = Vec::new();
        for (info, part) in parts {
            let tile = (info.bytes / part.rows as u64 * ROWS as u64).max(1);
            let step = ((SLICE / tile).max(1) as usize) * ROWS;
            for first in (0..part.rows).step_by(step) {
                let rows = step.min(part.rows - first);
                self.gguf
                    .read_rows(self.source, info, first as u64..(first + rows) as u64, &mut bytes)
                    .await?;
                let len = part.format.words(rows, k);
                pack_rows(info.ty, k, &bytes, &mut words[at..at + len]);
                at += len;
                self.advance(bytes.len() as u64).await?;
            }
        }
        let data = TensorData::new(words, [len]);
        Ok(Tensor::from_data(data, (&self.backend.device, DType::U32)))
    }

    async fn exact(&mut self, parts: &[(&TensorInfo, Segment)], k: usize) -> Result<Tensor<2>, ModelError> {
        let rows: usize = parts.iter().map(|(_, part)| part.rows).sum();
        self.backend.check_binding(&parts[0].0.name, 4 * (rows * k) as u64)?;
        let mut values = vec![0.0; rows * k];
        let mut at = 0;
        let mut bytes = Vec::new();
        for (info, part) in parts {
            self.gguf.read(self.source, info, &mut bytes).await?;
            dequantize(info.ty, &bytes, &mut values[at..at + part.rows * k])?;
            at += part.rows * k;
            self.advance(info.bytes).await?;
        }
        Ok(Tensor::from_data(TensorData::new(values, [rows, k]), &self.backend.device))
    }
}

/// The norm before attention, feed-forward and head.
fn prologue(config: &Config) -> Prologue {
    let eps = config.norm_eps;
    if config.family.is_starcoder() { Prologue::LayerNorm { eps } } else { Prologue::RmsNorm { eps } }
}

fn check_shape(info: &TensorInfo, need: &[u64]) -> Result<(), ModelError> {
    if let TensorType::Unsupported(_) = info.ty {
        return Err(ModelError::UnsupportedType { tensor: info.name.clone(), ty: info.ty });
    }
    if info.dims == need {
        Ok(())
    } else {
        Err(ModelError::Shape { tensor: info.name.clone(), need: need.to_vec(), have: info.dims.clone() })
    }
}
