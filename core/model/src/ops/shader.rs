//! The text of every shader, as a function of what it depends on.
//!
//! A [`Shader`] value is also the key in the pipeline cache, so nothing else may
//! reach into a text; sizes and positions arrive in a uniform.

use burn::backend::wgpu::{KernelSource, SourceTemplate};
use burn::cubecl::prelude::KernelId;

use super::product::ProductShape;
use super::target::Adapter;
use super::unrolled::{self, Attend};
use crate::kernel::Prologue;
use crate::kernel::pack::Format;

/// Most parts that a context is cut into.
pub(super) const MOST_SPLITS: usize = 64;

/// Everything that a shader's text depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Shader {
    Embed { format: Format },
    Prologue { stage: Stage, adapter: Adapter },
    Product(ProductShape),
    Append,
    Attention { owned: usize, fresh: bool },
    UnrolledAttention(Attend),
    Combine { adapter: Adapter },
    Predict,
}

/// A [`Prologue`] without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    None,
    RmsNorm,
    LayerNorm,
    SwiGlu,
    Gelu,
}

impl Stage {
    pub(super) fn of(prologue: Prologue) -> (Self, f32) {
        match prologue {
            Prologue::None => (Self::None, 0.0),
            Prologue::RmsNorm { eps } => (Self::RmsNorm, eps),
            Prologue::LayerNorm { eps } => (Self::LayerNorm, eps),
            Prologue::SwiGlu => (Self::SwiGlu, 0.0),
            Prologue::Gelu => (Self::Gelu, 0.0),
        }
    }

    pub(super) fn measures(self) -> bool {
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
///
/// Every buffer is read_write, since allocations may share one GPU buffer.
pub(super) fn bindings(buffers: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (i, (name, ty)) in buffers.iter().enumerate() {
        text += &format!("@group(0) @binding({i}) var<storage, read_write> {name}: array<{ty}>;\n");
    }
    text + &format!("@group(0) @binding({}) var<uniform> info: Info;\n", buffers.len())
}

/// How a row of a format is read.
fn reader(format: Format) -> &'static str {
    match format {
        Format::Nibble => include_str!("wgsl/nibble.wgsl"),
        Format::Byte | Format::Wide => include_str!("wgsl/byte.wgsl"),
        Format::HalfByte => include_str!("wgsl/half_byte.wgsl"),
    }
}

/// Lanes of shaders that stride: a wide GPU's, or the few of an emulated one.
fn striding(adapter: Adapter) -> u32 {
    if adapter == Adapter::Software { unrolled::LANES as u32 } else { 64 }
}

impl Shader {
    fn text(&self) -> String {
        let info = include_str!("wgsl/attention_info.wgsl");
        let rope = include_str!("wgsl/rope.wgsl");
        match self {
            Self::Embed { format } => {
                let buffers = bindings(&[("tokens", "u32"), ("words", "u32"), ("out", "f32")]);
                [include_str!("wgsl/embed.wgsl"), &buffers, reader(*format)].concat()
            }
            Self::Prologue { stage, adapter } => {
                let mut buffers = vec![("x", "f32"), ("out", "f32")];
                // A binding that the text does not use would not be in the layout.
                if stage.measures() {
                    buffers.push(("aux", "f32"));
                }
                let measures = if stage.measures() { "(true)" } else { "(false)" };
                let body = include_str!("wgsl/prologue.wgsl")
                    .replace("(MEASURES)", measures)
                    .replace("LANES_VALUE", &striding(*adapter).to_string());
                [body.as_str(), &bindings(&buffers), stage.functions()].concat()
            }
            Self::Product(product) => product.text(),
            Self::Append => {
                let buffers =
                    ["qkv", "table", "norms", "keys", "values", "queries"].map(|name| (name, "f32"));
                [info, &bindings(&buffers), rope, include_str!("wgsl/append.wgsl")].concat()
            }
            Self::Attention { owned, fresh } => {
                let (buffers, prelude) = if *fresh {
                    (bindings(&fresh_buffers("f32")), include_str!("wgsl/attention_fresh.wgsl"))
                } else {
                    (bindings(&cached_buffers("f32")), include_str!("wgsl/attention_cached.wgsl"))
                };
                let body = include_str!("wgsl/attention.wgsl")
                    .replace("OWNED_VALUE", &owned.to_string())
                    .replace("PRELUDE\n", prelude);
                let extra = if *fresh {
                    [rope, "var<workgroup> fresh: array<vec4<f32>, 16u * OWNED>;\n"].concat()
                } else {
                    String::new()
                };
                [info, &buffers, &extra, &body].concat()
            }
            Self::UnrolledAttention(attend) => {
                let body = unrolled::attend(*attend);
                if attend.fresh {
                    [info, &bindings(&fresh_buffers("vec4<f32>")), rope, &body].concat()
                } else {
                    [info, &bindings(&cached_buffers("vec4<f32>")), &body].concat()
                }
            }
            Self::Combine { adapter } => {
                let body = include_str!("wgsl/combine.wgsl")
                    .replace("LANES_VALUE", &striding(*adapter).to_string())
                    .replace("MOST_SPLITS_VALUE", &MOST_SPLITS.to_string());
                [info, &bindings(&[("parts", "f32"), ("out", "f32")]), &body].concat()
            }
            Self::Predict => include_str!("wgsl/predict.wgsl").to_owned(),
        }
    }

    pub(super) fn lanes(&self) -> u32 {
        match self {
            Self::Append => 32,
            Self::Predict => 256,
            Self::Prologue { adapter, .. } | Self::Combine { adapter } => striding(*adapter),
            Self::Product(product) => product.lanes(),
            Self::UnrolledAttention(_) => unrolled::LANES as u32,
            Self::Embed { .. } | Self::Attention { .. } => 64,
        }
    }
}

/// Buffers of attention from the caches; values and output are read by `value` at once.
fn cached_buffers(value: &'static str) -> [(&'static str, &'static str); 4] {
    [("queries", "vec4<f32>"), ("keys", "vec4<f32>"), ("values", value), ("out", value)]
}

/// Buffers of attention of a token that is not in the caches yet.
fn fresh_buffers(value: &'static str) -> [(&'static str, &'static str); 6] {
    [
        ("qkv", "f32"),
        ("table", "f32"),
        ("norms", "f32"),
        ("keys", "vec4<f32>"),
        ("values", value),
        ("out", value),
    ]
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
