//! The operations on WebGPU: WGSL files, and what launches them.
//!
//! A shader's text depends only on its [`Shader`] value, which is therefore its
//! key in the pipeline cache; sizes and positions arrive in a uniform. Nothing
//! here waits for the device.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::wgpu::{
    CubeBackend, CubeDim, CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous,
};
use burn::cubecl::CubeCount;
use burn::cubecl::prelude::KernelId;
use burn::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn::tensor::{DType, Shape};

use super::PackedOps;
use crate::kernel::pack::Format;
use crate::kernel::{Attention, Cpu, Linear, Prologue, Rope, Segments};

/// Tokens that share a pass over the weights in prefill.
const PREFILL_TOKENS: usize = 8;
/// Rows a workgroup of the product.
const ROWS: usize = 64;

/// Everything that a shader's text depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shader {
    Embed { format: Format },
    Prologue { stage: Stage },
    Linear { format: Format, tokens: usize, bias: bool, residual: bool },
    Append,
    Attention { owned: usize },
    Predict,
}

/// A [`Prologue`] without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    None,
    RmsNorm,
    LayerNorm,
    SwiGlu,
    Gelu,
}

impl Stage {
    fn of(prologue: Prologue) -> (Self, f32) {
        match prologue {
            Prologue::None => (Self::None, 0.0),
            Prologue::RmsNorm { eps } => (Self::RmsNorm, eps),
            Prologue::LayerNorm { eps } => (Self::LayerNorm, eps),
            Prologue::SwiGlu => (Self::SwiGlu, 0.0),
            Prologue::Gelu => (Self::Gelu, 0.0),
        }
    }

    fn measures(self) -> bool {
        matches!(self, Self::RmsNorm | Self::LayerNorm)
    }

    /// `finish`: statistics from mean and mean square. `stage`: column `k` of the row at `row`.
    fn functions(self) -> &'static str {
        match self {
            Self::None => {
                "fn finish(mean: vec2<f32>) -> vec2<f32> { return mean; }
fn stage(row: u32, k: u32, statistics: vec2<f32>) -> f32 { return x[row + k]; }\n"
            }
            Self::RmsNorm => {
                "fn finish(mean: vec2<f32>) -> vec2<f32> { return vec2<f32>(0.0, inverseSqrt(mean.y + info.eps)); }
fn stage(row: u32, k: u32, statistics: vec2<f32>) -> f32 { return x[row + k] * statistics.y * aux[k]; }\n"
            }
            Self::LayerNorm => {
                "fn finish(mean: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(mean.x, inverseSqrt(max(mean.y - mean.x * mean.x, 0.0) + info.eps));
}
fn stage(row: u32, k: u32, statistics: vec2<f32>) -> f32 {
  return (x[row + k] - statistics.x) * statistics.y * aux[k] + aux[info.k + k];
}\n"
            }
            Self::SwiGlu => {
                "fn finish(mean: vec2<f32>) -> vec2<f32> { return mean; }
fn stage(row: u32, k: u32, statistics: vec2<f32>) -> f32 {
  let gate = x[row + k];
  return gate / (1.0 + exp(-gate)) * x[row + info.k + k];
}\n"
            }
            Self::Gelu => {
                "fn finish(mean: vec2<f32>) -> vec2<f32> { return mean; }
fn stage(row: u32, k: u32, statistics: vec2<f32>) -> f32 {
  let v = x[row + k];
  return v * (1.0 - 1.0 / (exp(1.5957691216 * (v + 0.044715 * v * v * v)) + 1.0));
}\n"
            }
        }
    }
}

/// `@binding` lines for storage buffers in order, then the uniform.
fn bindings(buffers: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (i, (name, ty)) in buffers.iter().enumerate() {
        text += &format!("@group(0) @binding({i}) var<storage, read_write> {name}: array<{ty}>;\n");
    }
    text + &format!("@group(0) @binding({}) var<uniform> info: Info;\n", buffers.len())
}

/// How a format is read: functions, and the loop over one block of a product.
fn reader(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Nibble => (include_str!("wgsl/nibble.wgsl"), include_str!("wgsl/nibble_block.wgsl")),
        Format::Byte | Format::Wide => (include_str!("wgsl/byte.wgsl"), include_str!("wgsl/byte_block.wgsl")),
        Format::HalfByte => (include_str!("wgsl/half_byte.wgsl"), include_str!("wgsl/half_byte_block.wgsl")),
    }
}

impl Shader {
    fn text(&self) -> String {
        match self {
            Self::Embed { format } => {
                let buffers = bindings(&[("tokens", "u32"), ("words", "u32"), ("out", "f32")]);
                [include_str!("wgsl/embed.wgsl"), &buffers, reader(*format).0].concat()
            }
            Self::Prologue { stage } => {
                let mut buffers = vec![("x", "f32"), ("out", "f32")];
                // A binding that the text does not use would not be in the layout.
                if stage.measures() {
                    buffers.push(("aux", "f32"));
                }
                let measures = if stage.measures() { "(true)" } else { "(false)" };
                let body = include_str!("wgsl/prologue.wgsl").replace("(MEASURES)", measures);
                [body.as_str(), &bindings(&buffers), stage.functions()].concat()
            }
            Self::Linear { format, tokens, bias, residual } => {
                let mut buffers = vec![("x", "vec4<f32>"), ("words", "u32"), ("y", "f32")];
                if *bias {
                    buffers.push(("aux", "f32"));
                }
                if *residual {
                    buffers.push(("residual", "f32"));
                }
                // A variable for each token: an array indexed in a loop would not stay in registers.
                let each = |line: &dyn Fn(usize) -> String| (0..*tokens).map(line).collect::<String>();
                let start = each(&|t| {
                    format!(
                        "  var sum{t} = 0.0;\n  let x{t} = min(first + {t}u, info.tokens - 1u) * quads;\n"
                    )
                });
                let accumulate = each(&|t| format!("      sum{t} += dot(w, x[x{t} + k]);\n"));
                let finish = each(&|t| format!("  put(first + {t}u, row, sum{t});\n"));
                let mut epilogue = String::new();
                if *bias {
                    epilogue += "    value += aux[info.bias + info.row + row];\n";
                }
                epilogue += if *residual {
                    "    value = residual[at] + info.scale * value;\n"
                } else {
                    "    value *= info.scale;\n"
                };
                let (functions, block) = reader(*format);
                let body = include_str!("wgsl/linear.wgsl")
                    .replace("TOKENS_VALUE", &tokens.to_string())
                    .replace("START\n", &start)
                    .replace("BLOCK\n", &block.replace("STEP\n", &accumulate))
                    .replace("FINISH\n", &finish)
                    .replace("EPILOGUE\n", &epilogue);
                [body.as_str(), &bindings(&buffers), functions].concat()
            }
            Self::Append => include_str!("wgsl/append.wgsl").to_owned(),
            Self::Attention { owned } => {
                include_str!("wgsl/attention.wgsl").replace("OWNED_VALUE", &owned.to_string())
            }
            Self::Predict => include_str!("wgsl/predict.wgsl").to_owned(),
        }
    }

    fn lanes(&self) -> u32 {
        match self {
            Self::Append => 32,
            Self::Predict => 256,
            _ => 64,
        }
    }
}

impl KernelSource for Shader {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.text())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.clone())
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// Words of the uniform, two a `u64`.
fn uniform(words: &[u32]) -> MetadataBindingInfo {
    let pairs = words.chunks(2).map(|pair| u64::from(pair[0]) | u64::from(*pair.get(1).unwrap_or(&0)) << 32);
    MetadataBindingInfo::custom(pairs.collect())
}

fn launch(shader: Shader, (x, y): (usize, usize), buffers: &[&CubeTensor], words: &[u32]) {
    let client = &buffers[0].client;
    let lanes = CubeDim::new_1d(shader.lanes());
    let arguments = KernelArguments::new()
        .with_buffers(buffers.iter().map(|tensor| tensor.handle.clone().binding()).collect())
        .with_info(uniform(words));
    client.launch(
        Box::new(SourceKernel::new(shader, lanes)),
        CubeCount::Static(x as u32, y as u32, 1),
        arguments,
    );
}

fn empty(like: &CubeTensor, shape: &[usize], dtype: DType) -> CubeTensor {
    let handle = like.client.empty(shape.iter().product::<usize>() * 4);
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        Shape::from(shape.to_vec()),
        handle,
        dtype,
    )
}

/// What stands before a product, as a dispatch of its own.
fn prologue(x: CubeTensor, aux: &CubeTensor, spec: Linear) -> CubeTensor {
    let (stage, eps) = Stage::of(spec.prologue);
    if stage == Stage::None {
        return x;
    }
    let columns = spec.prologue.columns(spec.k);
    let tokens = x.meta.shape().num_elements() / columns;
    let out = empty(&x, &[tokens, spec.k], DType::F32);
    let mut buffers = vec![&x, &out];
    if stage.measures() {
        buffers.push(aux);
    }
    let info = [spec.k as u32, columns as u32, eps.to_bits(), 0];
    launch(Shader::Prologue { stage }, (1, tokens), &buffers, &info);
    out
}

impl PackedOps for CubeBackend {
    fn packed_embed(
        tokens: IntTensor<Self>,
        words: IntTensor<Self>,
        segments: Segments,
        k: usize,
        scale: f32,
    ) -> FloatTensor<Self> {
        let tokens = into_contiguous(tokens);
        let count = tokens.meta.shape().num_elements();
        let segment = segments.iter().next().expect("a table has rows");
        let out = empty(&tokens, &[count, k], DType::F32);
        launch(
            Shader::Embed { format: segment.format },
            (k.div_ceil(4 * 64), count),
            &[&tokens, &words, &out],
            &[k as u32, count as u32, scale.to_bits(), 0],
        );
        out
    }

    fn packed_linear(
        x: FloatTensor<Self>,
        words: IntTensor<Self>,
        aux: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        has_residual: bool,
        spec: Linear,
        _cpu: Cpu,
    ) -> FloatTensor<Self> {
        let residual = into_contiguous(residual);
        let aux_len = spec.prologue.aux_len(spec.k);
        let x = prologue(into_contiguous(x), &aux, spec);
        let tokens = x.meta.shape().num_elements() / spec.k;
        let n = spec.segments.rows();
        let y = empty(&x, &[tokens, n], DType::F32);
        let together = if tokens == 1 { 1 } else { PREFILL_TOKENS };
        let (mut row, mut word) = (0, 0);
        for segment in spec.segments.iter() {
            let shader = Shader::Linear {
                format: segment.format,
                tokens: together,
                bias: spec.bias,
                residual: has_residual,
            };
            let mut buffers = vec![&x, &words, &y];
            if spec.bias {
                buffers.push(&aux);
            }
            if has_residual {
                buffers.push(&residual);
            }
            let info = [
                spec.k as u32,
                n as u32,
                segment.rows as u32,
                row as u32,
                word as u32,
                tokens as u32,
                aux_len as u32,
                spec.scale.to_bits(),
            ];
            launch(shader, (segment.rows.div_ceil(ROWS), tokens.div_ceil(together)), &buffers, &info);
            row += segment.rows;
            word += segment.format.words(segment.rows, spec.k);
        }
        y
    }

    fn packed_attend(
        qkv: FloatTensor<Self>,
        table: FloatTensor<Self>,
        norms: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        spec: Attention,
        _cpu: Cpu,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let qkv = into_contiguous(qkv);
        let tokens = qkv.meta.shape().num_elements() / spec.columns();
        let queries = empty(&qkv, &[tokens, spec.heads * spec.head_dim], DType::F32);
        let out = empty(&qkv, &[tokens, spec.heads * spec.head_dim], DType::F32);
        launch(
            Shader::Append,
            (spec.heads + 2 * spec.kv_heads, tokens),
            &[&qkv, &table, &norms, &keys, &values, &queries],
            &[
                spec.position as u32,
                spec.positions as u32,
                spec.heads as u32,
                spec.kv_heads as u32,
                spec.head_dim as u32,
                spec.rope_dims as u32,
                u32::from(spec.rope == Rope::Halves),
                u32::from(spec.norm_eps.is_some()),
                spec.norm_eps.unwrap_or(0.0).to_bits(),
                0,
                0,
                0,
            ],
        );
        launch(
            Shader::Attention { owned: spec.head_dim.div_ceil(64) },
            (spec.heads, tokens),
            &[&queries, &keys, &values, &out],
            &[
                spec.position as u32,
                spec.positions as u32,
                spec.heads as u32,
                (spec.heads / spec.kv_heads) as u32,
                spec.head_dim as u32,
                spec.scale.to_bits(),
                0,
                0,
            ],
        );
        (out, keys, values)
    }

    fn packed_predict(logits: FloatTensor<Self>, _cpu: Cpu) -> IntTensor<Self> {
        let logits = into_contiguous(logits);
        let [rows, vocab] = logits.meta.shape().dims();
        let out = empty(&logits, &[rows * 2], DType::U32);
        launch(Shader::Predict, (rows, 1), &[&logits, &out], &[vocab as u32, 0, 0, 0]);
        out
    }
}
