//! Every error that crosses, with its code.

use ghostlight_complete::CompleteError;
use ghostlight_context::ContextError;
use ghostlight_decode::DecodeError;
use ghostlight_gguf::GgufError;
use ghostlight_model::{BackendKind, ModelError};
use ghostlight_protocol::{EngineError, ErrorCode};
use ghostlight_tokenizer::TokenizerError;
use wasm_bindgen::JsValue;

/// An error on its way to JavaScript.
pub struct Failure(pub EngineError);

impl Failure {
    pub fn new(code: ErrorCode, message: impl ToString) -> Self {
        Self(EngineError { code, message: message.to_string() })
    }

    /// An error of a running model; on a GPU, a failing device is a lost one.
    pub fn complete(error: CompleteError, kind: BackendKind) -> Self {
        let code = match &error {
            CompleteError::Cancelled(_) => ErrorCode::Cancelled,
            CompleteError::Context(_) => ErrorCode::InvalidRequest,
            CompleteError::Decode(DecodeError::Device(_)) if kind == BackendKind::Webgpu => {
                ErrorCode::DeviceLost
            }
            CompleteError::Decode(
                DecodeError::Full { .. } | DecodeError::EmptyPrompt | DecodeError::UnknownToken { .. },
            ) => ErrorCode::InvalidRequest,
            CompleteError::Decode(_) => ErrorCode::Internal,
        };
        Self::new(code, error)
    }
}

impl From<GgufError> for Failure {
    fn from(error: GgufError) -> Self {
        let code = match &error {
            GgufError::Source(_) => ErrorCode::Unreadable,
            GgufError::UnsupportedTensorType { .. } => ErrorCode::UnsupportedModel,
            GgufError::Memory { .. } => ErrorCode::TooLarge,
            _ => ErrorCode::InvalidModel,
        };
        Self::new(code, error)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        let code = match error {
            ModelError::Gguf(error) => return error.into(),
            ModelError::UnsupportedArchitecture { .. }
            | ModelError::UnsupportedFeature { .. }
            | ModelError::UnsupportedType { .. } => ErrorCode::UnsupportedModel,
            ModelError::BadHyperparameter { .. } | ModelError::Shape { .. } => ErrorCode::InvalidModel,
            ModelError::TooLarge { .. } | ModelError::OutOfMemory { .. } => ErrorCode::TooLarge,
            ModelError::SelfTest { .. } => ErrorCode::SelfTestFailed,
            ModelError::Device(_) => ErrorCode::DeviceLost,
            ModelError::Cancelled => ErrorCode::Cancelled,
        };
        Self::new(code, error)
    }
}

impl From<TokenizerError> for Failure {
    fn from(error: TokenizerError) -> Self {
        Self::new(ErrorCode::UnsupportedModel, error)
    }
}

impl From<ContextError> for Failure {
    fn from(error: ContextError) -> Self {
        Self::new(ErrorCode::InvalidRequest, error)
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        failure.0.into()
    }
}

/// What a thrown JavaScript value says.
pub(crate) fn message(thrown: &JsValue) -> String {
    let text =
        thrown.as_string().or_else(|| js_sys::Reflect::get(thrown, &"message".into()).ok()?.as_string());
    text.unwrap_or_else(|| "an unnamed error".to_owned())
}
