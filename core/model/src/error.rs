//! Everything that can be wrong with a model or with the device it runs on.

use ghostlight_decode::Cancelled;
use ghostlight_gguf::{GgufError, TensorType};

/// Why a model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file itself.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// An architecture that is not implemented.
    #[error("load model: architecture {architecture:?} is not supported (supported: {supported})")]
    UnsupportedArchitecture {
        /// What the file says.
        architecture: String,
        /// What is implemented.
        supported: String,
    },
    /// A feature of a known architecture that is not implemented.
    #[error("load model: {key} = {value} is not supported (supported: {supported})")]
    UnsupportedFeature {
        /// Metadata key.
        key: String,
        /// Its value.
        value: String,
        /// What is implemented.
        supported: &'static str,
    },
    /// A hyper-parameter that cannot be.
    #[error("load model: {key} = {value} {problem}")]
    BadHyperparameter {
        /// Metadata key.
        key: String,
        /// Its value.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A tensor of another shape than the hyper-parameters ask for.
    #[error("load model: tensor {tensor} has shape {have:?}, needed {need:?}")]
    Shape {
        /// Name in the file.
        tensor: String,
        /// Row length first, as GGUF writes it.
        need: Vec<u64>,
        /// What the file holds.
        have: Vec<u64>,
    },
    /// A tensor type that the kernels do not take.
    #[error("load model: tensor {tensor} has type {ty}, which cannot be used as a matrix")]
    UnsupportedType {
        /// Name in the file.
        tensor: String,
        /// Its type.
        ty: TensorType,
    },
    /// More memory than the device gives.
    #[error("load model: {what} needs {need} bytes, the device's limit ({limit_name}) is {limit}")]
    TooLarge {
        /// A tensor, or the whole model.
        what: String,
        /// Bytes it needs.
        need: u64,
        /// Name of the limit.
        limit_name: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// The allocator refused.
    #[error("load model: no memory for the {need} bytes of {what}")]
    OutOfMemory {
        /// A tensor.
        what: String,
        /// Bytes it needs.
        need: u64,
    },
    /// The kernels do not compute what their reference does on this device.
    #[error("self-test: {operation} differs from its reference by an NMSE of {nmse:e} (bound {bound:e})")]
    SelfTest {
        /// Operation and format.
        operation: String,
        /// Normalised mean squared error that was measured.
        nmse: f64,
        /// What it may be.
        bound: f64,
    },
    /// The device failed.
    #[error("device: {0}")]
    Device(String),
    /// The caller cancelled the load.
    #[error("load model: {0}")]
    Cancelled(#[from] Cancelled),
}
