//! Requests as clients send them, and as backends get them.
//!
//! The idea: a body is read into a type or refused with the name of the field. What
//! goes to a backend is written anew from what was read, so a field that the edge
//! does not know never travels on.

mod chat;
mod completion;

pub use chat::{Chat, Retrieve};
pub use completion::{Completion, Defaults, Snippet};

use serde_json::Value;

use crate::EdgeError;

/// The most stop strings, as OpenAI has it.
const MOST_STOPS: usize = 4;
/// The longest stop string, bytes.
const LONGEST_STOP: usize = 256;
/// The most choices.
const MOST_CHOICES: u64 = 4;

/// A JSON object, or an error that says so. Depth is limited by the parser.
fn object(body: &[u8]) -> Result<serde_json::Map<String, Value>, EdgeError> {
    let fault = |message: &str| EdgeError::Invalid { message: message.to_owned(), param: None };
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(fault("the body has to be a JSON object")),
        Err(error) => Err(fault(&format!(
            "the body is not JSON that can be read: line {}, column {}",
            error.line(),
            error.column()
        ))),
    }
}

/// Fields of an object, taken out one by one with their type.
struct Fields(serde_json::Map<String, Value>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn string(&mut self, name: &str) -> Result<Option<String>, EdgeError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(EdgeError::invalid(name, format!("`{name}` has to be a string"))),
        }
    }

    fn flag(&mut self, name: &str) -> Result<bool, EdgeError> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(EdgeError::invalid(name, format!("`{name}` has to be true or false"))),
        }
    }

    fn whole(&mut self, name: &str, least: u64, most: u64) -> Result<Option<u64>, EdgeError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(EdgeError::invalid(
                name,
                format!("`{name}` has to be a whole number from {least} to {most}"),
            )),
        }
    }

    fn number(&mut self, name: &str, least: f64, most: f64) -> Result<Option<f64>, EdgeError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.as_f64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(EdgeError::invalid(name, format!("`{name}` has to be a number from {least} to {most}"))),
        }
    }

    /// `stop`: a string or a list of them.
    fn stops(&mut self) -> Result<Vec<String>, EdgeError> {
        let fault = || {
            EdgeError::invalid("stop", "`stop` has to be a string, or at most 4 of them, each 1 to 256 bytes")
        };
        let stops: Vec<String> = match self.take("stop") {
            None => Vec::new(),
            Some(Value::String(stop)) => vec![stop],
            Some(value @ Value::Array(_)) => serde_json::from_value(value).map_err(|_| fault())?,
            Some(_) => return Err(fault()),
        };
        let fine =
            stops.len() <= MOST_STOPS && stops.iter().all(|stop| (1..=LONGEST_STOP).contains(&stop.len()));
        if fine { Ok(stops) } else { Err(fault()) }
    }

    /// `stream_options.include_usage`.
    fn wants_usage(&mut self) -> Result<bool, EdgeError> {
        match self.take("stream_options") {
            None => Ok(false),
            Some(Value::Object(options)) => Fields(options).flag("include_usage"),
            Some(_) => Err(EdgeError::invalid("stream_options", "`stream_options` has to be an object")),
        }
    }
}
