//! A whole answer told as a stream, for backends that do not stream though they were asked to.

use serde_json::Value;

use super::Endpoint;

/// The events of an answer that is one JSON object.
#[must_use]
pub fn as_events(mut answer: Value, endpoint: Endpoint) -> Vec<u8> {
    if endpoint == Endpoint::Chat {
        answer["object"] = "chat.completion.chunk".into();
        for choice in answer["choices"].as_array_mut().into_iter().flatten() {
            choice["delta"] = choice["message"].take();
            if let Some(choice) = choice.as_object_mut() {
                choice.remove("message");
            }
        }
    }
    format!("data: {answer}\n\ndata: [DONE]\n\n").into_bytes()
}
