//! Reads and writes GGUF model files, versions 2 and 3, little-endian.
//!
//! The idea: a file is only ever asked for byte ranges through [`Source`]. [`Gguf::open`] reads the header in
//! slices that grow as needed, checks every length, count, depth, offset and shape in it against the bytes that are
//! really there, and keeps a listing. Tensors are then read one by one, or row range by row range, in their packed
//! form; [`dequantize`] and [`quantize`] are the scalar definition of what the packed bytes mean.
//!
//! What it does not do: no file or network access of its own, no whole model in memory, no knowledge of
//! architectures or of tokenizers, no fast kernels.
//!
//! ```
//! use ghostlight_gguf::{Gguf, Metadata, TensorData, TensorType, Value, dequantize, write};
//!
//! # pollster::block_on(async {
//! let metadata = Metadata::new(vec![("general.architecture".into(), Value::from("llama"))])?;
//! let weights: Vec<u8> = [1.0f32, 2.0].iter().flat_map(|w| w.to_le_bytes()).collect();
//! let tensor = TensorData { name: "w", dims: &[2], ty: TensorType::F32, bytes: &weights };
//! let file: Vec<u8> = write(&metadata, &[tensor])?;
//!
//! let model = Gguf::open(&file).await?;
//! let info = model.tensor("w")?;
//! let mut packed = Vec::new();
//! model.read(&file, info, &mut packed).await?;
//! let mut values = [0.0; 2];
//! dequantize(info.ty, &packed, &mut values)?;
//! assert_eq!(values, [1.0, 2.0]);
//! # Ok::<(), ghostlight_gguf::GgufError>(()) }).unwrap();
//! ```

mod block;
mod error;
mod header;
mod metadata;
mod model;
mod source;
mod tensor;
mod write;

pub use block::{dequantize, quantize};
pub use error::GgufError;
pub use header::{MAX_ALIGNMENT, MAX_HEADER_BYTES};
pub use metadata::{Array, Metadata, Strings, Value};
pub use model::{Gguf, Summary};
pub use source::{Source, SourceError};
pub use tensor::{TensorInfo, TensorType, Unread};
pub use write::{TensorData, TensorHead, write, write_header};
