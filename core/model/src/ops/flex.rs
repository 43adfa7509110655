//! The operations on burn's CPU backend: slices in and out of [`crate::kernel`].

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;

use super::{PackedOps, Target};
use crate::kernel::{self, Attention, Linear, Segments};

fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("the transformer passes contiguous f32 tensors")
}

fn words(tensor: &FlexTensor) -> &[u32] {
    tensor.as_slice().expect("packed weights are contiguous u32 tensors")
}

/// `[rows, columns]` of what an operation has written; taken over as it is, where
/// `FlexTensor::empty` may copy what it has just cleared.
fn tensor(values: Vec<f32>, columns: usize) -> FlexTensor {
    let rows = values.len() / columns;
    FlexTensor::from_data(TensorData::new(values, [rows, columns]))
}

impl PackedOps for Flex {
    fn packed_embed(
        tokens: FlexTensor,
        table: FlexTensor,
        segments: Segments,
        k: usize,
        scale: f32,
        _target: Target,
    ) -> FlexTensor {
        let tokens = words(&tokens);
        let mut out = vec![0.0; tokens.len() * k];
        kernel::embed(&segments, k, words(&table), tokens, scale, &mut out);
        tensor(out, k)
    }

    fn packed_linear(
        x: FlexTensor,
        weights: FlexTensor,
        aux: FlexTensor,
        residual: FlexTensor,
        has_residual: bool,
        spec: Linear,
        target: Target,
    ) -> FlexTensor {
        let input = floats(&x);
        let rows = spec.segments.rows();
        let mut out = vec![0.0; input.len() / spec.prologue.columns(spec.k) * rows];
        let residual = has_residual.then(|| floats(&residual));
        kernel::linear(&target.cpu, &spec, input, words(&weights), floats(&aux), residual, &mut out);
        tensor(out, rows)
    }

    fn packed_attend(
        qkv: FlexTensor,
        table: FlexTensor,
        norms: FlexTensor,
        mut keys: FlexTensor,
        mut values: FlexTensor,
        spec: Attention,
        target: Target,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let tokens = floats(&qkv).len() / spec.columns();
        let width = spec.heads * spec.head_dim;
        let mut out = vec![0.0; tokens * width];
        kernel::attend(
            &target.cpu,
            &spec,
            floats(&qkv),
            floats(&table),
            floats(&norms),
            keys.storage_mut(),
            values.storage_mut(),
            &mut out,
        );
        (tensor(out, width), keys, values)
    }

    fn packed_predict(logits: FlexTensor, target: Target) -> FlexTensor {
        let [_, vocab] = logits.layout().shape().dims();
        let rows = floats(&logits).chunks_exact(vocab);
        let words: Vec<u32> = rows
            .flat_map(|row| {
                let (token, log_prob) = kernel::predict(&target.cpu, row);
                [token, log_prob.to_bits()]
            })
            .collect();
        let len = words.len();
        FlexTensor::from_data(TensorData::new(words, [len]))
    }
}
