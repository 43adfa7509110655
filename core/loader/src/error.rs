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

#[cfg(test)]
mod tests {
    use ghostlight_gguf::SourceError;

    use super::*;

    #[test]
    fn every_fault_of_a_device_or_medium_says_what_to_do() {
        let too_large = ModelError::TooLarge {
            what: "weights and KV cache".to_owned(),
            need: 5_000_000_000,
            limit_name: "address space",
            limit: 4_294_967_295,
        };
        let nonsense = ModelError::SelfTest { operation: "Predict".to_owned(), nmse: 0.5, bound: 1e-9 };
        let gone = SourceError::failed(0, 4, "the disk is gone");
        for (error, fault, message) in [
            (
                too_large,
                Fault::TooLarge,
                "cannot use m.gguf: load model: weights and KV cache needs 5000000000 bytes, the device's \
                 limit (address space) is 4294967295; use a smaller model or a shorter context",
            ),
            (
                ModelError::OutOfMemory { what: "w".to_owned(), need: 8 },
                Fault::TooLarge,
                "cannot use m.gguf: load model: no memory for the 8 bytes of w; use a smaller model or a \
                 shorter context",
            ),
            (
                nonsense,
                Fault::SelfTest,
                "cannot use m.gguf: self-test: Predict differs from its reference by an NMSE of 5e-1 \
                 (bound 1e-9); use the cpu engine or another device",
            ),
            (
                ModelError::Device("lost".to_owned()),
                Fault::Device,
                "cannot use m.gguf: device: lost; use the cpu engine or another device",
            ),
            (
                ModelError::Gguf(GgufError::Source(gone)),
                Fault::Unreadable,
                "cannot use m.gguf: read 4 bytes at 0: the disk is gone; check that the file can be read",
            ),
        ] {
            let error = LoadError::model("m.gguf", &error);
            assert_eq!((error.fault, error.to_string()), (fault, message.to_owned()));
        }
    }
}
