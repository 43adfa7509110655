//! The operations on WebGPU: which shaders are launched, with which numbers.
//!
//! A layer is eight launches: norm, query-key-value, attention in two (append
//! and attend for a prompt; parts of the context and their join for a token),
//! output, norm, up with its gate, down. Nothing here waits for the device.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::wgpu::{CubeBackend, CubeDim, CubeTensor, SourceKernel, into_contiguous};
use burn::cubecl::CubeCount;
use burn::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn::tensor::{DType, Shape};

use super::PackedOps;
use super::product::{Cut, Gate, ProductShape};
use super::shader::{MOST_SPLITS, Shader, Stage};
use super::target::{Adapter, Target};
use super::unrolled::{self, Attend};
use crate::kernel::pack::{BLOCK, Format, ROWS};
use crate::kernel::{Attention, Linear, Prologue, Rope, Segment, Segments};

/// Tokens that a lane of an emulated GPU takes together in prefill.
const UNROLLED_TOKENS: usize = 4;
/// Tokens from which a tile in workgroup memory pays on a GPU.
const TILE_FROM: usize = 4;
/// Positions of the context that a workgroup of a GPU should have at least.
const POSITIONS_A_SPLIT: usize = 64;
/// Parts of the context on a GPU at most.
const HARDWARE_SPLITS: usize = 16;
/// Workgroups that keep the threads of an emulated GPU busy.
const SOFTWARE_GROUPS: usize = 8;
/// Query heads that a lane of an emulated GPU takes at most.
const HEADS_A_LANE: usize = 4;

/// Words of the uniform, two a `u64`.
fn uniform(words: &[u32]) -> MetadataBindingInfo {
    let pairs = words.chunks(2).map(|pair| u64::from(pair[0]) | u64::from(*pair.get(1).unwrap_or(&0)) << 32);
    MetadataBindingInfo::custom(pairs.collect())
}

fn launch(target: &Target, shader: Shader, (x, y): (usize, usize), buffers: &[&CubeTensor], words: &[u32]) {
    target.count_launch();
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

/// What stands before a product, as a launch of its own.
fn prologue(x: CubeTensor, aux: &CubeTensor, spec: Linear, target: &Target) -> CubeTensor {
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
    launch(target, Shader::Prologue { stage, adapter: target.adapter }, (1, tokens), &buffers, &info);
    out
}

/// How a product of so many tokens is cut.
fn cut(target: &Target, tokens: usize) -> Cut {
    match target.adapter {
        Adapter::Software if tokens == 1 => Cut::Unrolled(1),
        Adapter::Software => Cut::Unrolled(UNROLLED_TOKENS),
        Adapter::Hardware if tokens < TILE_FROM => Cut::Split,
        Adapter::Hardware => Cut::Tile,
    }
}

/// A product of inputs that have had their prologue.
fn product(
    x: &CubeTensor,
    words: &CubeTensor,
    aux: &CubeTensor,
    residual: Option<&CubeTensor>,
    spec: Linear,
    gate: Gate,
    target: &Target,
) -> CubeTensor {
    let tokens = x.meta.shape().num_elements() / spec.k;
    let halves = if gate == Gate::SwiGlu { 2 } else { 1 };
    let n = spec.segments.rows() / halves;
    let y = empty(x, &[tokens, n], DType::F32);
    let blocks = spec.k / BLOCK;
    let (mut row, mut word) = (0, 0);
    for segment in spec.segments.iter() {
        let shader = ProductShape {
            // `Wide` differs from `Byte` in what the CPU kernels make of it only.
            format: if segment.format == Format::Wide { Format::Byte } else { segment.format },
            cut: cut(target, tokens),
            gate,
            bias: spec.bias,
            residual: residual.is_some(),
        };
        let rows = segment.rows / halves;
        let (covered, together) = shader.covers();
        let mut buffers = vec![x, words, &y];
        if spec.bias {
            buffers.push(aux);
        }
        if let Some(residual) = residual {
            buffers.push(residual);
        }
        let info = [
            spec.k as u32,
            n as u32,
            rows as u32,
            row as u32,
            (word / segment.format.block_words()) as u32,
            (rows.div_ceil(ROWS) * blocks) as u32,
            tokens as u32,
            spec.prologue.aux_len(spec.k) as u32,
            spec.scale.to_bits(),
            0,
            0,
            0,
        ];
        let groups = (rows.div_ceil(covered), tokens.div_ceil(together));
        launch(target, Shader::Product(shader), groups, &buffers, &info);
        row += rows;
        word += segment.format.words(segment.rows, spec.k);
    }
    y
}

/// The gate that can be taken while `up` is stored, or none.
///
/// Both halves have to be one segment of whole tiles.
fn gate_of(up: &Linear, down: &Linear) -> Option<Gate> {
    let mut segments = up.segments.iter();
    match (down.prologue, segments.next(), segments.next()) {
        (Prologue::SwiGlu, Some(Segment { rows, .. }), None) if rows.is_multiple_of(2 * ROWS) => {
            Some(Gate::SwiGlu)
        }
        (Prologue::Gelu, Some(_), None) => Some(Gate::Gelu),
        _ => None,
    }
}

/// The uniform of every attention shader.
fn attention_info(spec: &Attention, splits: usize, tokens: usize) -> [u32; 12] {
    [
        spec.position as u32,
        spec.positions as u32,
        spec.heads as u32,
        spec.kv_heads as u32,
        spec.head_dim as u32,
        spec.rope_dims as u32,
        u32::from(spec.rope == Rope::Halves),
        u32::from(spec.norm_eps.is_some()),
        spec.norm_eps.unwrap_or(0.0).to_bits(),
        spec.scale.to_bits(),
        splits as u32,
        tokens as u32,
    ]
}

/// Query heads that share a key head and a lane of an emulated GPU.
fn heads_a_lane(spec: &Attention) -> usize {
    let group = spec.heads / spec.kv_heads;
    (1..=HEADS_A_LANE.min(group)).rev().find(|heads| group.is_multiple_of(*heads)).unwrap_or(1)
}

/// Parts into which the context of one token is cut.
fn splits(spec: &Attention, adapter: Adapter) -> usize {
    match adapter {
        Adapter::Hardware => spec.position.div_ceil(POSITIONS_A_SPLIT).clamp(1, HARDWARE_SPLITS),
        Adapter::Software => {
            let units = spec.heads / heads_a_lane(spec);
            (SOFTWARE_GROUPS.div_ceil(units) * unrolled::LANES).min(MOST_SPLITS)
        }
    }
}

/// Attention of one token that is not in the caches yet.
#[allow(clippy::too_many_arguments, reason = "a shader's buffers")]
fn attend_fresh(
    qkv: &CubeTensor,
    table: &CubeTensor,
    norms: &CubeTensor,
    keys: &CubeTensor,
    values: &CubeTensor,
    out: &CubeTensor,
    spec: &Attention,
    target: &Target,
) {
    let splits = splits(spec, target.adapter);
    let info = attention_info(spec, splits, 1);
    let whole = splits == 1;
    // Parts, then four floats of each.
    let parts =
        if whole { out.clone() } else { empty(qkv, &[spec.heads, splits, spec.head_dim + 4], DType::F32) };
    let (shader, groups) = match target.adapter {
        Adapter::Hardware => {
            (Shader::Attention { owned: spec.head_dim.div_ceil(64), fresh: true }, (spec.heads, splits))
        }
        Adapter::Software => {
            let heads = heads_a_lane(spec);
            let shader = Attend { quads: spec.head_dim / 4, heads, fresh: true };
            (Shader::UnrolledAttention(shader), (spec.heads / heads, splits / unrolled::LANES))
        }
    };
    launch(target, shader, groups, &[qkv, table, norms, keys, values, &parts], &info);
    if !whole {
        let shader = Shader::Combine { adapter: target.adapter };
        launch(target, shader, (spec.heads, 1), &[&parts, out], &info);
    }
}

impl PackedOps for CubeBackend {
    fn packed_embed(
        tokens: IntTensor<Self>,
        words: IntTensor<Self>,
        segments: Segments,
        k: usize,
        scale: f32,
        target: Target,
    ) -> FloatTensor<Self> {
        let tokens = into_contiguous(tokens);
        let count = tokens.meta.shape().num_elements();
        let segment = segments.iter().next().expect("a table has rows");
        let out = empty(&tokens, &[count, k], DType::F32);
        launch(
            &target,
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
        target: Target,
    ) -> FloatTensor<Self> {
        let residual = has_residual.then(|| into_contiguous(residual));
        let x = prologue(into_contiguous(x), &aux, spec, &target);
        product(&x, &words, &aux, residual.as_ref(), spec, Gate::None, &target)
    }

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
        let x = into_contiguous(x);
        let normed = prologue(x.clone(), &up_aux, up, &target);
        let gate = gate_of(&up, &down);
        let mut between = product(&normed, &up_words, &up_aux, None, up, gate.unwrap_or(Gate::None), &target);
        if gate.is_none() {
            between = prologue(between, &down_aux, down, &target);
        }
        product(&between, &down_words, &down_aux, Some(&x), down, Gate::None, &target)
    }

    fn packed_attend(
        qkv: FloatTensor<Self>,
        table: FloatTensor<Self>,
        norms: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        spec: Attention,
        target: Target,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let qkv = into_contiguous(qkv);
        let tokens = qkv.meta.shape().num_elements() / spec.columns();
        let out = empty(&qkv, &[tokens, spec.heads * spec.head_dim], DType::F32);
        if tokens == 1 {
            attend_fresh(&qkv, &table, &norms, &keys, &values, &out, &spec, &target);
            return (out, keys, values);
        }
        let queries = empty(&qkv, &[tokens, spec.heads * spec.head_dim], DType::F32);
        let info = attention_info(&spec, 1, tokens);
        launch(
            &target,
            Shader::Append,
            (spec.heads + 2 * spec.kv_heads, tokens),
            &[&qkv, &table, &norms, &keys, &values, &queries],
            &info,
        );
        let (shader, groups) = match target.adapter {
            Adapter::Hardware => {
                (Shader::Attention { owned: spec.head_dim.div_ceil(64), fresh: false }, (spec.heads, tokens))
            }
            Adapter::Software => {
                let heads = heads_a_lane(&spec);
                let shader = Attend { quads: spec.head_dim / 4, heads, fresh: false };
                let groups = (spec.heads / heads, tokens.div_ceil(unrolled::LANES));
                (Shader::UnrolledAttention(shader), groups)
            }
        };
        launch(&target, shader, groups, &[&queries, &keys, &values, &out], &info);
        (out, keys, values)
    }

    fn packed_predict(logits: FloatTensor<Self>, target: Target) -> IntTensor<Self> {
        let logits = into_contiguous(logits);
        let [rows, vocab] = logits.meta.shape().dims();
        let out = empty(&logits, &[rows * 2], DType::U32);
        launch(&target, Shader::Predict, (rows, 1), &[&logits, &out], &[vocab as u32, 0, 0, 0]);
        out
    }
}
