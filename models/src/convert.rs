//! A checkpoint in safetensors, with its configuration and tokenizer, as a GGUF file.
//!
//! The idea: names, metadata and row orders are those that llama.cpp's converter
//! gives the same checkpoint, so that the result is the file that everybody else
//! would make. Two architectures are known, `llama` and `qwen2`; they are what
//! our own training starts from. Weights stream through memory in slices of rows
//! and are packed on the way.
//!
//! It does not guess: a model type, a pre-tokenizer or a tensor that it does not
//! know is an error with its name.

use std::path::Path;

use ghostlight_gguf::{Metadata, Source, TensorType, Value, dequantize};
use serde_json::Value as Json;

use crate::error::gguf;
use crate::requantize::{Loss, Target, TensorReport, pack};
use crate::safetensors::{Checkpoint, Tensor};
use crate::vocabulary;
use crate::writer::{Head, Writer};
use crate::{FileSource, ModelsError, Progress};

/// Floats in memory at once, and again as they were packed.
const SLICE: u64 = 1 << 18;

/// How a checkpoint is converted.
#[derive(Debug, Clone)]
pub struct ConvertOptions {
    /// Into what weights are packed.
    pub target: Target,
    /// `tokenizer.ggml.pre`; taken from `tokenizer.json` when `None`.
    pub pre_tokenizer: Option<String>,
    /// `general.name`; the folder's name when `None`.
    pub name: Option<String>,
}

/// What `config.json` says, checked.
struct Shape {
    architecture: &'static str,
    layers: u64,
    width: u64,
    ffn: u64,
    heads: u64,
    kv_heads: u64,
    head_dim: u64,
    vocab: u64,
    context: u64,
    rope_base: f64,
    norm_eps: f64,
    tied: bool,
}

/// A tensor of the checkpoint with its name in the file.
struct Planned {
    source: String,
    head: Head,
    /// Heads whose rows change their order; 0 for none.
    heads: u64,
}

/// Writes the checkpoint in `folder` to `output`.
///
/// # Errors
/// [`ModelsError::Checkpoint`] names what is missing or not understood; [`ModelsError::Gguf`] when a
/// weight cannot be held; [`ModelsError::Io`].
pub fn convert(
    folder: &Path,
    output: &Path,
    options: &ConvertOptions,
    progress: &mut dyn Progress,
) -> Result<Vec<TensorReport>, ModelsError> {
    let config_path = folder.join("config.json");
    let fail = |reason: String| ModelsError::Checkpoint { path: config_path.clone(), reason };
    let config = read_json(&config_path)?;
    let shape = Shape::read(&config).map_err(fail)?;
    let checkpoint = Checkpoint::open(folder)?;
    let tensors = plan(&shape, &checkpoint, options.target)
        .map_err(|reason| ModelsError::Checkpoint { path: folder.to_owned(), reason })?;

    let name = options.name.clone().unwrap_or_else(|| {
        folder.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned())
    });
    let mut entries = shape.metadata(&name, options.target);
    entries.extend(vocabulary::read(
        folder,
        shape.vocab as usize,
        options.pre_tokenizer.as_deref(),
        &config,
    )?);
    let metadata = Metadata::new(entries).map_err(gguf(output))?;

    let heads: Vec<Head> = tensors.iter().map(|planned| planned.head.clone()).collect();
    let mut writer = Writer::create(output, &metadata, &heads)?;
    let bytes = |planned: &Planned| checkpoint.find(&planned.source).map_or(0, |(_, _, tensor)| tensor.bytes);
    progress.begin("converting", tensors.iter().map(bytes).sum());
    let mut done = 0;
    let mut reports = Vec::with_capacity(tensors.len());
    for planned in &tensors {
        let (path, source, tensor) =
            checkpoint.find(&planned.source).ok_or_else(|| ModelsError::Checkpoint {
                path: folder.to_owned(),
                reason: format!("tensor {:?} is missing", planned.source),
            })?;
        writer.next_tensor()?;
        let mut at = |bytes| {
            done += bytes;
            progress.at(done);
        };
        let error = stream(path, source, tensor, planned, &mut writer, &mut at)?;
        let elements = planned.head.dims.iter().product();
        reports.push(TensorReport {
            name: planned.head.name.clone(),
            from: tensor.ty,
            to: planned.head.ty,
            elements,
            bytes: planned.head.ty.row_bytes(elements).unwrap_or(0),
            error,
        });
    }
    progress.end();
    writer.finish()?;
    Ok(reports)
}

/// One tensor through memory, in slices of rows; what packing lost.
fn stream(
    path: &Path,
    source: &FileSource,
    tensor: &Tensor,
    planned: &Planned,
    writer: &mut Writer,
    done: &mut dyn FnMut(u64),
) -> Result<f64, ModelsError> {
    let (rows, row) = rows_of(&tensor.shape);
    let row_bytes = tensor.bytes / rows;
    // Rows change their order inside a head, so a slice is whole heads.
    let group = rows.checked_div(planned.heads).unwrap_or(1);
    let step = (SLICE / (row * group)).max(1) * group;
    let (mut bytes, mut packed) = (Vec::new(), Vec::new());
    let (mut floats, mut ordered, mut again) = (Vec::new(), Vec::new(), Vec::new());
    let mut loss = Loss::default();
    let mut first = 0;
    while first < rows {
        let count = step.min(rows - first);
        bytes.resize((count * row_bytes) as usize, 0);
        pollster::block_on(source.read_at(tensor.offset + first * row_bytes, &mut bytes))
            .map_err(|error| ModelsError::Checkpoint { path: path.to_owned(), reason: error.to_string() })?;
        first += count;
        floats.resize((count * row) as usize, 0.0);
        dequantize(tensor.ty, &bytes, &mut floats).map_err(gguf(path))?;
        let floats = if planned.heads > 0 {
            interleave(&floats, group as usize, row as usize, &mut ordered);
            &ordered
        } else {
            &floats
        };
        pack(planned.head.ty, floats, &mut packed, &mut again, &mut loss).map_err(gguf(path))?;
        writer.write(&packed)?;
        done(count * row_bytes);
    }
    Ok(loss.relative())
}

/// Brings the rows of each head from halves (i, i + n / 2) to neighbours (2i, 2i + 1): in the file of a
/// `llama` model the dimensions that a rotation pairs up stand side by side.
fn interleave(floats: &[f32], head: usize, row: usize, out: &mut Vec<f32>) {
    out.clear();
    for head in floats.chunks_exact(head * row) {
        let half = head.len() / 2;
        for (first, second) in head[..half].chunks_exact(row).zip(head[half..].chunks_exact(row)) {
            out.extend_from_slice(first);
            out.extend_from_slice(second);
        }
    }
}

/// Rows and row length of a PyTorch shape. A vector's rows are its numbers, so that a bias can be ordered as its
/// matrix is.
fn rows_of(shape: &[u64]) -> (u64, u64) {
    match shape {
        [rows, row @ ..] => (*rows, row.iter().product()),
        [] => (1, 1),
    }
}

/// Which tensors the file has, in its order, with their shapes checked.
fn plan(shape: &Shape, checkpoint: &Checkpoint, target: Target) -> Result<Vec<Planned>, String> {
    let (width, ffn) = (shape.width, shape.ffn);
    let (q, kv) = (shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim);
    let mut wanted: Vec<(String, String, Vec<u64>, u64)> = Vec::new();
    let mut want = |from: String, to: String, dims: &[u64], heads: u64| {
        wanted.push((from, to, dims.to_vec(), heads));
    };
    want("model.embed_tokens.weight".into(), "token_embd.weight".into(), &[width, shape.vocab], 0);
    let is_llama = shape.architecture == "llama";
    for layer in 0..shape.layers {
        for (from, to, dims, heads) in [
            ("input_layernorm", "attn_norm", &[width][..], 0),
            ("self_attn.q_proj", "attn_q", &[width, q], if is_llama { shape.heads } else { 0 }),
            ("self_attn.k_proj", "attn_k", &[width, kv], if is_llama { shape.kv_heads } else { 0 }),
            ("self_attn.v_proj", "attn_v", &[width, kv], 0),
            ("self_attn.o_proj", "attn_output", &[q, width], 0),
            ("post_attention_layernorm", "ffn_norm", &[width], 0),
            ("mlp.gate_proj", "ffn_gate", &[width, ffn], 0),
            ("mlp.up_proj", "ffn_up", &[width, ffn], 0),
            ("mlp.down_proj", "ffn_down", &[ffn, width], 0),
        ] {
            let (from, to) = (format!("model.layers.{layer}.{from}"), format!("blk.{layer}.{to}"));
            let bias = format!("{from}.bias");
            want(format!("{from}.weight"), format!("{to}.weight"), dims, heads);
            if checkpoint.find(&bias).is_some() {
                want(bias, format!("{to}.bias"), &dims[dims.len() - 1..], heads);
            }
        }
    }
    want("model.norm.weight".into(), "output_norm.weight".into(), &[width], 0);
    if !shape.tied {
        want("lm_head.weight".into(), "output.weight".into(), &[width, shape.vocab], 0);
    }

    let known: std::collections::BTreeSet<&str> = wanted.iter().map(|(from, ..)| from.as_str()).collect();
    let unknown = |name: &&str| {
        let tied_head = shape.tied && *name == "lm_head.weight";
        !known.contains(name) && !tied_head && !name.ends_with("rotary_emb.inv_freq")
    };
    if let Some(name) = checkpoint.names().find(unknown) {
        return Err(format!("tensor {name:?} has no place in a model of type {}", shape.architecture));
    }
    let mut planned = Vec::with_capacity(wanted.len());
    for (source, name, dims, heads) in wanted {
        let (_, _, tensor) =
            checkpoint.find(&source).ok_or_else(|| format!("tensor {source:?} is missing"))?;
        // PyTorch has the row length last.
        let have: Vec<u64> = tensor.shape.iter().rev().copied().collect();
        if have != dims {
            return Err(format!("tensor {source:?} has shape {have:?}, the configuration asks for {dims:?}"));
        }
        let ty = target.choose(&name, &dims, TensorType::F32);
        planned.push(Planned { source, head: Head { name, dims, ty }, heads });
    }
    Ok(planned)
}

impl Shape {
    fn read(config: &Json) -> Result<Self, String> {
        let architecture = match config["model_type"].as_str() {
            Some("llama") => "llama",
            Some("qwen2") => "qwen2",
            other => return Err(format!("model_type is {other:?}, only llama and qwen2 are converted")),
        };
        let count = |key: &str| match config[key].as_u64() {
            Some(value) if (1..=1 << 24).contains(&value) => Ok(value),
            _ => Err(format!("{key} is {}, not a count", config[key])),
        };
        let float = |value: &Json, key: &str, default: f64| match value {
            Json::Null => Ok(default),
            value => value
                .as_f64()
                .filter(|v| v.is_finite() && *v > 0.0)
                .ok_or(format!("{key} is {value}, not a positive number")),
        };
        let (width, heads) = (count("hidden_size")?, count("num_attention_heads")?);
        let kv_heads =
            if config["num_key_value_heads"].is_null() { heads } else { count("num_key_value_heads")? };
        let head_dim = if config["head_dim"].is_null() { width / heads } else { count("head_dim")? };
        if heads % kv_heads != 0 || head_dim % 2 != 0 || head_dim == 0 {
            return Err(format!("{heads} heads, {kv_heads} for keys, of {head_dim} do not fit together"));
        }
        // Newer files keep the base among the parameters of the rotation.
        let rope = [&config["rope_parameters"], &config["rope_scaling"]].into_iter().find(|v| v.is_object());
        if let Some(rope) = rope {
            let kind = rope["rope_type"].as_str().or(rope["type"].as_str()).unwrap_or("default");
            if kind != "default" {
                return Err(format!("rope type {kind:?} is not converted"));
            }
        }
        let base = match rope.map(|rope| &rope["rope_theta"]) {
            Some(base) if !base.is_null() => base,
            _ => &config["rope_theta"],
        };
        Ok(Self {
            architecture,
            layers: count("num_hidden_layers")?,
            width,
            ffn: count("intermediate_size")?,
            heads,
            kv_heads,
            head_dim,
            vocab: count("vocab_size")?,
            context: count("max_position_embeddings")?,
            rope_base: float(base, "rope_theta", 10_000.0)?,
            norm_eps: float(&config["rms_norm_eps"], "rms_norm_eps", 1e-6)?,
            tied: config["tie_word_embeddings"].as_bool().unwrap_or(false),
        })
    }

    fn metadata(&self, name: &str, target: Target) -> Vec<(String, Value)> {
        let mut entries = vec![
            ("general.architecture".to_owned(), Value::from(self.architecture)),
            ("general.name".to_owned(), Value::from(name)),
            ("general.file_type".to_owned(), Value::U32(target.file_type())),
            ("general.quantization_version".to_owned(), Value::U32(2)),
        ];
        let mut add = |key: &str, value: Value| entries.push((format!("{}.{key}", self.architecture), value));
        // Every count was checked to be at most 2^24.
        let number = |n: u64| Value::U32(n as u32);
        add("block_count", number(self.layers));
        add("context_length", number(self.context));
        add("embedding_length", number(self.width));
        add("feed_forward_length", number(self.ffn));
        add("attention.head_count", number(self.heads));
        add("attention.head_count_kv", number(self.kv_heads));
        if self.head_dim * self.heads != self.width {
            add("attention.key_length", number(self.head_dim));
            add("attention.value_length", number(self.head_dim));
        }
        add("attention.layer_norm_rms_epsilon", Value::F32(self.norm_eps as f32));
        add("rope.freq_base", Value::F32(self.rope_base as f32));
        if self.architecture == "llama" {
            add("vocab_size", number(self.vocab));
            add("rope.dimension_count", number(self.head_dim));
        }
        entries
    }
}

/// A JSON file of at most 64 MiB.
pub(crate) fn read_json(path: &Path) -> Result<Json, ModelsError> {
    const LARGEST: u64 = 64 << 20;
    let fail = |reason: String| ModelsError::Checkpoint { path: path.to_owned(), reason };
    let length = std::fs::metadata(path).map_err(crate::error::io("open", path))?.len();
    if length > LARGEST {
        return Err(fail(format!("{length} bytes, at most {LARGEST} are read")));
    }
    let bytes = std::fs::read(path).map_err(crate::error::io("read", path))?;
    serde_json::from_slice(&bytes).map_err(|error| fail(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_become_neighbours() {
        let mut out = Vec::new();
        // Two heads of four rows of one number each.
        interleave(&[0., 1., 2., 3., 10., 11., 12., 13.], 4, 1, &mut out);
        assert_eq!(out, [0., 2., 1., 3., 10., 12., 11., 13.]);
    }

    #[test]
    fn configurations_are_checked() {
        let good = serde_json::json!({
            "model_type": "llama", "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2,
            "intermediate_size": 96, "vocab_size": 300, "max_position_embeddings": 512,
            "rope_parameters": { "rope_type": "default", "rope_theta": 5e5 },
        });
        let shape = Shape::read(&good).unwrap();
        assert_eq!((shape.kv_heads, shape.head_dim, shape.rope_base), (4, 16, 5e5));
        for (key, value, what) in [
            ("model_type", serde_json::json!("gpt2"), "only llama and qwen2"),
            ("hidden_size", serde_json::json!(-1), "not a count"),
            ("vocab_size", serde_json::json!(1u64 << 40), "not a count"),
            ("num_key_value_heads", serde_json::json!(3), "do not fit together"),
            ("rope_parameters", serde_json::json!({"rope_type": "yarn"}), "rope type"),
            ("rms_norm_eps", serde_json::json!("x"), "not a positive number"),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            let message = Shape::read(&bad).err().unwrap();
            assert!(message.contains(what), "{message}");
        }
    }
}
