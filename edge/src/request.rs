//! Bodies of completions and chats: read into types, and written anew for backends.
//!
//! The idea: a body is read into a type or refused with the name of the field. What
//! goes to a backend is written anew from what was read, so a field that the edge
//! does not know never travels on. Names and bounds stand in the schema of each.

pub mod chat;
pub mod completion;

pub use chat::{Chat, Retrieve};
pub use completion::{Completion, Defaults, Snippet};

use serde_json::Value;

use crate::EdgeError;
use crate::schema::{Field, Form};

/// The most stop strings, as OpenAI has it.
const MOST_STOPS: usize = 4;
/// The most choices.
const MOST_CHOICES: u64 = 4;
/// The most tokens that a request may name; a model's own limit is below.
const MOST_TOKENS: u64 = 1 << 20;

const MODEL: Field = Field::required("model", Form::Text, "One of `GET /v1/models`.");
const N: Field = Field::optional("n", Form::Whole(1, MOST_CHOICES), "How many answers.");
const STREAM: Field = Field::optional("stream", Form::Flag, "Whether the answer is an event stream.");
const INCLUDE_USAGE: Field =
    Field::optional("include_usage", Form::Flag, "Whether the stream ends with a count of tokens.");
const STREAM_OPTIONS: Field = Field::optional("stream_options", Form::Object(&[INCLUDE_USAGE]), "");
const MAX_TOKENS: Field = Field::optional("max_tokens", Form::Whole(1, MOST_TOKENS), "");
const TEMPERATURE: Field = Field::optional("temperature", Form::Number(0.0, 2.0), "0 for the likeliest.");
const TOP_P: Field = Field::optional("top_p", Form::Number(0.0, 1.0), "");
const STOP_TEXT: Form = Form::ShortText(256);
const STOP: Field = Field::optional(
    "stop",
    Form::Either(&[STOP_TEXT, Form::List(&STOP_TEXT, MOST_STOPS)]),
    "What ends an answer.",
);

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

/// Fields of an object, taken out one by one and held to their schema.
struct BodyFields(serde_json::Map<String, Value>);

impl BodyFields {
    /// The value of a field as it is; `None` for `null` as well.
    fn take(&mut self, field: &Field) -> Option<Value> {
        self.0.remove(field.name).filter(|value| !value.is_null())
    }

    /// The value of a field, if it fits.
    fn fitting(&mut self, field: &Field) -> Result<Option<Value>, EdgeError> {
        let Some(value) = self.take(field) else { return Ok(None) };
        if field.form.fits(&value) {
            return Ok(Some(value));
        }
        let name = field.name;
        let message = match field.form {
            Form::Flag => format!("`{name}` has to be true or false"),
            Form::Whole(least, most) => format!("`{name}` has to be a whole number from {least} to {most}"),
            Form::Number(least, most) => format!("`{name}` has to be a number from {least} to {most}"),
            Form::Object(_) => format!("`{name}` has to be an object"),
            Form::Text => format!("`{name}` has to be a string"),
            _ => format!("`{name}` is of another type than OpenAI's"),
        };
        Err(EdgeError::invalid(name, message))
    }

    fn string(&mut self, field: &Field) -> Result<Option<String>, EdgeError> {
        Ok(match self.fitting(field)? {
            Some(Value::String(text)) => Some(text),
            _ => None,
        })
    }

    fn flag(&mut self, field: &Field) -> Result<bool, EdgeError> {
        Ok(self.fitting(field)?.is_some_and(|value| value == true))
    }

    fn whole(&mut self, field: &Field) -> Result<Option<u64>, EdgeError> {
        Ok(self.fitting(field)?.and_then(|value| value.as_u64()))
    }

    fn number(&mut self, field: &Field) -> Result<Option<f64>, EdgeError> {
        Ok(self.fitting(field)?.and_then(|value| value.as_f64()))
    }

    /// `stop`: a string or a list of them.
    fn stops(&mut self) -> Result<Vec<String>, EdgeError> {
        let fault = |_| {
            EdgeError::invalid("stop", "`stop` has to be a string, or at most 4 of them, each 1 to 256 bytes")
        };
        Ok(match self.fitting(&STOP).map_err(fault)? {
            Some(Value::String(stop)) => vec![stop],
            Some(Value::Array(stops)) => stops.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        })
    }

    /// `stream_options.include_usage`.
    fn wants_usage(&mut self) -> Result<bool, EdgeError> {
        match self.fitting(&STREAM_OPTIONS)? {
            Some(Value::Object(options)) => BodyFields(options).flag(&INCLUDE_USAGE),
            _ => Ok(false),
        }
    }
}
