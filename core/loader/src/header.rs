//! What the header of a model file says, and what of it no engine runs.

use ghostlight_gguf::{Gguf, Source, TensorInfo, TensorType};
use ghostlight_model::kernel::pack::Format;
use ghostlight_model::{Config, ModelError};
use ghostlight_tokenizer::{Tokenizer, TokenizerError};

use crate::error::LoadError;

/// The header of a GGUF file, also of a model that cannot be run.
#[derive(Debug)]
pub struct Header {
    /// Metadata and tensor list.
    pub gguf: Gguf,
    /// Hyper-parameters, or why the engine has no such model.
    pub config: Result<Config, ModelError>,
    /// The tokenizer, or why there is none.
    pub tokenizer: Result<Tokenizer, TokenizerError>,
}

impl Header {
    /// Reads the header of `source`, which messages call `name`. No weights are read.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is no whole GGUF file.
    pub async fn read<S: Source + ?Sized>(name: &str, source: &S) -> Result<Self, LoadError> {
        let gguf = Gguf::open(source).await.map_err(|error| LoadError::gguf(name, &error))?;
        let (config, tokenizer) = (Config::from_gguf(&gguf), Tokenizer::from_gguf(&gguf.metadata));
        Ok(Self { gguf, config, tokenizer })
    }

    /// Tensors whose type no kernel takes.
    pub fn unsupported(&self) -> impl Iterator<Item = &TensorInfo> {
        self.gguf.tensors.iter().filter(|tensor| Format::of(tensor.ty).is_none())
    }

    /// The types of the matrices that kernels take, each once: what is tried before weights are read.
    pub(crate) fn matrix_types(gguf: &Gguf) -> Vec<TensorType> {
        let matrices = gguf.tensors.iter().filter(|tensor| tensor.dims.len() > 1);
        let mut types: Vec<_> = matrices.map(|tensor| tensor.ty).collect();
        types.retain(|&ty| Format::of(ty).is_some());
        types.sort_unstable();
        types.dedup();
        types
    }
}
