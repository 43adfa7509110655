//! The KV cache: allocated once, written in place, cut back for free.

use burn::tensor::{DType, Device, Tensor};

use crate::config::Config;
use crate::kernel::cache_positions;

/// Keys and values of all layers, `[kv_heads, positions, head_dim]` each.
///
/// The layout inside a tensor and its element type are the backend's own. Which positions are valid
/// is the decoder's business: cutting back is forgetting.
#[derive(Debug)]
pub struct Cache {
    layers: Vec<Option<(Tensor<3>, Tensor<3>)>>,
    positions: usize,
    bytes: u64,
}

impl Cache {
    /// Room for `context` positions, rounded up to a multiple of 8, in elements of `stored`.
    pub fn new(config: &Config, context: usize, device: &Device, stored: DType) -> Self {
        let positions = cache_positions(context);
        let shape = [config.kv_heads, positions, config.head_dim];
        let zeros = || Tensor::zeros(shape, (device, stored));
        let bytes = config.cache_bytes(positions, stored);
        Self { layers: (0..config.layers).map(|_| Some((zeros(), zeros()))).collect(), positions, bytes }
    }

    /// Bytes of all layers.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Positions there is room for.
    pub fn positions(&self) -> usize {
        self.positions
    }

    /// Hands a layer's tensors over by value, so that the operation owns the
    /// only reference and writes in place, and takes them back.
    pub(crate) fn with_layer<T>(
        &mut self,
        layer: usize,
        append: impl FnOnce((Tensor<3>, Tensor<3>)) -> (T, (Tensor<3>, Tensor<3>)),
    ) -> T {
        let slot = &mut self.layers[layer];
        let (out, kv) = append(slot.take().expect("an operation always gives the tensors back"));
        *slot = Some(kv);
        out
    }
}
