//! Every error that crosses, with its code.

use ghostlight_complete::CompleteError;
use ghostlight_context::ContextError;
use ghostlight_decode::DecodeError;
use ghostlight_loader::{Fault, LoadError};
use ghostlight_model::{BackendKind, ModelError};
use ghostlight_protocol::{EngineError, ErrorCode};
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

/// The code of what went wrong with a model.
fn code(fault: Fault) -> ErrorCode {
    match fault {
        Fault::Unreadable => ErrorCode::Unreadable,
        Fault::InvalidFile => ErrorCode::InvalidModel,
        Fault::Unsupported => ErrorCode::UnsupportedModel,
        Fault::TooLarge => ErrorCode::TooLarge,
        Fault::SelfTest => ErrorCode::SelfTestFailed,
        Fault::Device => ErrorCode::DeviceLost,
        Fault::Cancelled => ErrorCode::Cancelled,
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::new(code(error.fault), error)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::new(code((&error).into()), error)
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
