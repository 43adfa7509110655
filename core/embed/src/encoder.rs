//! BERT's encoder in ordinary burn operations, for one text at a time.
//!
//! As in Devlin et al., "BERT" (2019): embeddings of word, position and segment, then
//! layers of attention over all positions and of a feed-forward block, each with its norm
//! behind the residual. GELU is the exact one. There is no mask, since nothing is padded.

use burn::tensor::{DType, Device, Int, Tensor, TensorData, activation};

use crate::EmbedError;
use crate::weights::Weights;

/// What the shapes of the weights do not say, and what bounds them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// Heads of attention.
    pub(crate) heads: usize,
    /// Added to a variance before its root is taken.
    pub(crate) epsilon: f32,
}

/// Layers of a file at most.
const MOST_LAYERS: usize = 48;

/// Positions at least: those of `[CLS]` and `[SEP]`.
const LEAST_POSITIONS: usize = 2;

/// Numbers of a position at most.
const WIDEST: usize = 4096;

/// `x * weight^T + bias`.
#[derive(Debug)]
struct Dense {
    weight: Tensor<2>, // [out, in]
    bias: Tensor<1>,   // [out]
}

/// `(x - mean) / sqrt(variance + epsilon) * gamma + beta` along a position.
#[derive(Debug)]
struct Norm {
    gamma: Tensor<1>, // [d]
    beta: Tensor<1>,  // [d]
}

#[derive(Debug)]
struct Layer {
    query_key_value: Dense, // [3 * d, d]
    output: Dense,          // [d, d]
    attended: Norm,
    up: Dense,   // [inner, d]
    down: Dense, // [d, inner]
    fed: Norm,
}

/// The model.
#[derive(Debug)]
pub(crate) struct Encoder {
    words: Tensor<2>,     // [vocabulary, d]
    positions: Tensor<2>, // [positions, d], the first segment added
    embedded: Norm,
    layers: Vec<Layer>,
    form: Form,
    device: Device,
}

impl Encoder {
    /// Reads the weights onto a device.
    ///
    /// # Errors
    /// [`EmbedError`] for a tensor that is missing or does not fit the others.
    pub(crate) fn load(weights: &Weights<'_>, form: Form, device: Device) -> Result<Self, EmbedError> {
        let (words, [vocabulary, d]) = weights.read("embeddings.word_embeddings.weight", [0, 0])?;
        if d > WIDEST || d % form.heads != 0 {
            return Err(EmbedError::Shape {
                name: "embeddings.word_embeddings.weight".to_owned(),
                expected: vec![vocabulary, d.min(WIDEST) / form.heads * form.heads],
                got: vec![vocabulary, d],
            });
        }
        let (mut positions, [count, _]) = weights.read("embeddings.position_embeddings.weight", [0, d])?;
        let (segments, _) = weights.read("embeddings.token_type_embeddings.weight", [0, d])?;
        // Every text is one segment, the first.
        for row in positions.chunks_exact_mut(d) {
            row.iter_mut().zip(&segments).for_each(|(number, segment)| *number += segment);
        }
        let read = Reading { weights, device: &device };
        let is_there = |n: &usize| weights.has(&format!("{}query.weight", attention(*n)));
        let layers: Vec<usize> = (0..=MOST_LAYERS).take_while(is_there).collect();
        if count < LEAST_POSITIONS {
            return Err(EmbedError::TooSmall {
                what: "the number of positions",
                got: count,
                least: LEAST_POSITIONS,
            });
        }
        if layers.is_empty() {
            return Err(EmbedError::TooSmall { what: "the number of layers", got: 0, least: 1 });
        }
        if layers.len() > MOST_LAYERS {
            let (what, got, limit) = ("the number of layers", layers.len(), MOST_LAYERS);
            return Err(EmbedError::TooLarge { what, got, limit });
        }
        Ok(Self {
            words: Tensor::from_data(TensorData::new(words, [vocabulary, d]), &device),
            positions: Tensor::from_data(TensorData::new(positions, [count, d]), &device),
            embedded: read.norm("embeddings.LayerNorm", d)?,
            layers: layers.into_iter().map(|n| read.layer(n, d)).collect::<Result<_, _>>()?,
            form,
            device,
        })
    }

    /// Pieces of the vocabulary.
    pub(crate) fn vocabulary(&self) -> usize {
        self.words.dims()[0]
    }

    /// Numbers of a vector.
    pub(crate) fn dimensions(&self) -> usize {
        self.words.dims()[1]
    }

    /// Positions that a text may have.
    pub(crate) fn positions(&self) -> usize {
        self.positions.dims()[0]
    }

    /// The mean over all positions, `[d]`, of pieces that are in the vocabulary and fit
    /// the positions.
    pub(crate) fn mean(&self, pieces: &[u32]) -> Tensor<1> {
        let t = pieces.len();
        let ids = TensorData::new(pieces.to_vec(), [t]);
        let ids = Tensor::<1, Int>::from_data(ids, (&self.device, DType::U32));
        let embedded = self.words.clone().select(0, ids) + self.positions.clone().narrow(0, 0, t);
        let mut x = self.embedded.apply(embedded, self.form.epsilon);
        for layer in &self.layers {
            x = layer.apply(x, self.form);
        }
        let d = self.dimensions();
        x.mean_dim(0).reshape([d])
    }
}

impl Layer {
    /// `x: [t, d]` to the same shape.
    fn apply(&self, x: Tensor<2>, form: Form) -> Tensor<2> {
        let [t, d] = x.dims();
        let size = d / form.heads;
        let all = self.query_key_value.apply(x.clone());
        let part =
            |nth: usize| all.clone().narrow(1, nth * d, d).reshape([t, form.heads, size]).swap_dims(0, 1);
        let (query, key, value) = (part(0), part(1), part(2));
        let scores = query.matmul(key.swap_dims(1, 2)) * (size as f32).sqrt().recip();
        let seen = activation::softmax(scores, 2).matmul(value);
        let seen = self.output.apply(seen.swap_dims(0, 1).reshape([t, d]));
        let x = self.attended.apply(x + seen, form.epsilon);
        let fed = self.down.apply(activation::gelu(self.up.apply(x.clone())));
        self.fed.apply(x + fed, form.epsilon)
    }
}

impl Dense {
    fn apply(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.clone().transpose()) + self.bias.clone().unsqueeze()
    }
}

impl Norm {
    fn apply(&self, x: Tensor<2>, epsilon: f32) -> Tensor<2> {
        let centred = x.clone() - x.mean_dim(1);
        let scale = (centred.clone().square().mean_dim(1) + epsilon).sqrt().recip();
        centred * scale * self.gamma.clone().unsqueeze() + self.beta.clone().unsqueeze()
    }
}

/// Where the tensors of a layer's attention are.
fn attention(layer: usize) -> String {
    format!("encoder.layer.{layer}.attention.self.")
}

struct Reading<'a, 'w> {
    weights: &'a Weights<'w>,
    device: &'a Device,
}

impl Reading<'_, '_> {
    fn layer(&self, nth: usize, d: usize) -> Result<Layer, EmbedError> {
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for name in ["query", "key", "value"] {
            let name = attention(nth) + name;
            weight.extend(self.weights.read(&format!("{name}.weight"), [d, d])?.0);
            bias.extend(self.weights.read(&format!("{name}.bias"), [d])?.0);
        }
        let name = |rest: &str| format!("encoder.layer.{nth}.{rest}");
        let up = self.dense(&name("intermediate.dense"), 0, d)?;
        let inner = up.bias.dims()[0];
        Ok(Layer {
            query_key_value: self.placed(weight, bias, 3 * d, d),
            output: self.dense(&name("attention.output.dense"), d, d)?,
            attended: self.norm(&name("attention.output.LayerNorm"), d)?,
            down: self.dense(&name("output.dense"), d, inner)?,
            fed: self.norm(&name("output.LayerNorm"), d)?,
            up,
        })
    }

    /// A matrix of so many rows, or of any number for 0.
    fn dense(&self, name: &str, out: usize, from: usize) -> Result<Dense, EmbedError> {
        let (weight, [out, _]) = self.weights.read(&format!("{name}.weight"), [out, from])?;
        let (bias, _) = self.weights.read(&format!("{name}.bias"), [out])?;
        Ok(self.placed(weight, bias, out, from))
    }

    fn placed(&self, weight: Vec<f32>, bias: Vec<f32>, out: usize, from: usize) -> Dense {
        Dense {
            weight: Tensor::from_data(TensorData::new(weight, [out, from]), self.device),
            bias: Tensor::from_data(TensorData::new(bias, [out]), self.device),
        }
    }

    fn norm(&self, name: &str, d: usize) -> Result<Norm, EmbedError> {
        let read = |part: &str| {
            let (numbers, _) = self.weights.read(&format!("{name}.{part}"), [d])?;
            Ok(Tensor::from_data(TensorData::new(numbers, [d]), self.device))
        };
        Ok(Norm { gamma: read("weight")?, beta: read("bias")? })
    }
}
