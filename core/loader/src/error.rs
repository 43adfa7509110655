//! Why a model could not be opened or loaded: which file, what is wrong with it, what to do.

use ghostlight_decode::Cancelled;
use ghostlight_gguf::GgufError;
use ghostlight_model::ModelError;
use ghostlight_tokenizer::TokenizerError;
use thiserror::Error;

/// What kind of thing went wrong, for whoever has to do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The medium: disk, network, browser storage.
    Unreadable,
    /// The file is no GGUF file, is cut off, or contradicts itself.
    InvalidFile,
    /// A whole file of a model that no engine here runs.
    Unsupported,
    /// More memory than there is.
    TooLarge,
    /// The kernels do not compute what their definition does on this device.
    SelfTest,
    /// The device failed.
    Device,
    /// The caller cancelled.
    Cancelled,
}

impl Fault {
    /// What a person can do about it, as the end of a message.
    fn advice(self) -> &'static str {
        match self {
            Self::Unreadable => "; check that the file can be read",
            Self::InvalidFile => "; give a whole GGUF file, or fetch the model again",
            Self::Unsupported => "; use another model",
            Self::TooLarge => "; use a smaller model or a shorter context",
            Self::SelfTest | Self::Device => "; use the cpu engine or another device",
            Self::Cancelled => "",
        }
    }
}

impl From<&GgufError> for Fault {
    fn from(error: &GgufError) -> Self {
        match error {
            GgufError::Source(_) => Self::Unreadable,
            GgufError::UnsupportedTensorType { .. } => Self::Unsupported,
            GgufError::Memory { .. } => Self::TooLarge,
            _ => Self::InvalidFile,
        }
    }
}

impl From<&ModelError> for Fault {
    fn from(error: &ModelError) -> Self {
        match error {
            ModelError::Gguf(error) => error.into(),
            ModelError::UnsupportedArchitecture { .. }
            | ModelError::UnsupportedFeature { .. }
            | ModelError::UnsupportedType { .. } => Self::Unsupported,
            ModelError::BadHyperparameter { .. } | ModelError::Shape { .. } => Self::InvalidFile,
            ModelError::TooLarge { .. } | ModelError::OutOfMemory { .. } => Self::TooLarge,
            ModelError::SelfTest { .. } => Self::SelfTest,
            ModelError::Device(_) => Self::Device,
            ModelError::Cancelled(Cancelled) => Self::Cancelled,
        }
    }
}

/// A model that could not be opened or loaded. The message is the same wherever it was tried.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot use {model}: {cause}{}", .fault.advice())]
pub struct LoadError {
    /// What the caller calls the file.
    pub model: String,
    /// What kind of thing went wrong.
    pub fault: Fault,
    /// What went wrong, with its numbers.
    pub cause: String,
}

impl LoadError {
    pub(crate) fn new(model: &str, fault: Fault, cause: impl ToString) -> Self {
        Self { model: model.to_owned(), fault, cause: cause.to_string() }
    }

    pub(crate) fn gguf(model: &str, error: &GgufError) -> Self {
        Self::new(model, error.into(), error)
    }

    pub(crate) fn model(model: &str, error: &ModelError) -> Self {
        Self::new(model, error.into(), error)
    }

    pub(crate) fn tokenizer(model: &str, error: &TokenizerError) -> Self {
        let fault = match error {
            TokenizerError::Metadata(error) => error.into(),
            TokenizerError::Empty | TokenizerError::Types { .. } => Fault::InvalidFile,
            _ => Fault::Unsupported,
        };
        Self::new(model, fault, error)
    }
}
