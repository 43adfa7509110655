//! The body of `POST /v1/chat/completions`: a conversation, checked, and handed on field by field.

use serde_json::{Map, Value, json};

use super::{
    BodyFields, MAX_TOKENS, MODEL, MOST_TOKENS, N, STOP, STREAM, STREAM_OPTIONS, TEMPERATURE, TOP_P, object,
};
use crate::EdgeError;
use crate::config::Model;
use crate::schema::{Field, Form, Schema};

/// Who may speak.
const ROLES: &[&str] = &["system", "developer", "user", "assistant", "tool"];

/// The most messages of a conversation.
const MOST_MESSAGES: usize = 1024;

const MESSAGES: Field = Field::required(
    "messages",
    Form::List(
        &Form::Object(&[
            Field::required("role", Form::OneOf(ROLES), ""),
            Field::optional(
                "content",
                Form::Either(&[Form::Text, Form::List(&Form::Free, usize::MAX), Form::Null]),
                "Text, or a list of parts.",
            ),
        ]),
        MOST_MESSAGES,
    ),
    "",
);
const MAX_COMPLETION_TOKENS: Field = Field::optional(
    "max_completion_tokens",
    Form::Whole(1, MOST_TOKENS),
    "OpenAI's newer name of `max_tokens`.",
);
const TOOLS: Field = Field::optional("tools", Form::List(&Form::Free, usize::MAX), "");
const TOOL_CHOICE: Field = Field::optional("tool_choice", Form::Either(&[Form::Text, Form::Free]), "");
const RESPONSE_FORMAT: Field = Field::optional("response_format", Form::Free, "");
const LOGIT_BIAS: Field = Field::optional("logit_bias", Form::Free, "");
const REPO: Field = Field::required("repo", Form::Text, "The repository.");
const TOP_K: Field = Field::optional("top_k", Form::Whole(1, 20), "How many chunks; 6 if left out.");
const RETRIEVE: Field = Field::required(
    "retrieve",
    Form::Object(&[REPO, TOP_K]),
    "Puts code of the tenant's index before the conversation.",
);
const GHOSTLIGHT: Field =
    Field::optional("ghostlight", Form::Object(&[RETRIEVE]), "What only this edge has.");

/// All fields. A backend gets them as they are, but for `model` and `ghostlight`.
const FIELDS: &[Field] = &[
    MODEL,
    MESSAGES,
    STREAM,
    STREAM_OPTIONS,
    MAX_TOKENS,
    MAX_COMPLETION_TOKENS,
    N,
    TEMPERATURE,
    TOP_P,
    STOP,
    TOOLS,
    TOOL_CHOICE,
    Field::optional("parallel_tool_calls", Form::Flag, ""),
    RESPONSE_FORMAT,
    LOGIT_BIAS,
    Field::optional("logprobs", Form::Flag, ""),
    Field::optional("top_logprobs", Form::Whole(0, 20), ""),
    Field::optional("presence_penalty", Form::Number(-2.0, 2.0), ""),
    Field::optional("frequency_penalty", Form::Number(-2.0, 2.0), ""),
    Field::optional("reasoning_effort", Form::Text, ""),
    Field::optional("seed", Form::Whole(0, 1 << 53), ""),
    GHOSTLIGHT,
];

/// What the body holds.
pub static SCHEMA: Schema = Schema { name: "ChatRequest", form: Form::Object(FIELDS) };

/// A wish for context from the tenant's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retrieve {
    /// The repository.
    pub repo: String,
    /// How many pieces.
    pub top_k: u32,
}

/// A request, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Chat {
    /// The public name of the model.
    pub model: String,
    /// Whether the answer is an event stream.
    pub stream: bool,
    /// Choices.
    pub n: u32,
    /// Context to look for.
    pub retrieve: Option<Retrieve>,
    max_tokens: Option<u32>,
    fields: Map<String, Value>,
}

impl Chat {
    /// Reads a body.
    ///
    /// # Errors
    /// With the field that is wrong.
    pub fn parse(body: &[u8]) -> Result<Self, EdgeError> {
        let mut fields = BodyFields(object(body)?);
        let model = fields
            .string(&MODEL)?
            .ok_or_else(|| EdgeError::invalid("model", "`model` is missing: name one of GET /v1/models"))?;
        messages(fields.0.get(MESSAGES.name))?;
        let retrieve = retrieve(fields.take(&GHOSTLIGHT))?;
        let is_known = |name: &str| FIELDS.iter().any(|field| field.name == name);
        let kept = fields.0.iter().filter(|(name, value)| is_known(name) && !value.is_null());
        let kept: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        let stream = fields.flag(&STREAM)?;
        let n = fields.whole(&N)?.unwrap_or(1);
        fields.number(&TEMPERATURE)?;
        fields.number(&TOP_P)?;
        fields.stops()?;
        fields.wants_usage()?;
        for field in [TOOLS, TOOL_CHOICE, RESPONSE_FORMAT, LOGIT_BIAS] {
            fields.fitting(&field)?;
        }
        let longer = fields.whole(&MAX_COMPLETION_TOKENS)?;
        let max_tokens = fields.whole(&MAX_TOKENS)?.into_iter().chain(longer).min();
        Ok(Self {
            model,
            stream,
            n: u32::try_from(n).unwrap_or(1),
            retrieve,
            max_tokens: max_tokens.map(|number| u32::try_from(number).unwrap_or(u32::MAX)),
            fields: kept,
        })
    }

    /// Tokens to ask for.
    #[must_use]
    pub fn tokens(&self, model: &Model) -> u32 {
        self.max_tokens.unwrap_or(model.max_tokens.min(1024)).clamp(1, model.max_tokens)
    }

    /// A guess of all tokens that an answer costs, for a body of `bytes`.
    #[must_use]
    pub fn cost(&self, model: &Model, bytes: usize) -> u32 {
        let read = u32::try_from(bytes / 4).unwrap_or(u32::MAX);
        read.saturating_add(self.tokens(model).saturating_mul(self.n))
    }

    /// What the last message of the user says: the query of a retrieval.
    #[must_use]
    pub fn question(&self) -> String {
        let messages = self.fields.get("messages").and_then(Value::as_array);
        let last = messages.into_iter().flatten().rev().find(|message| message["role"] == "user");
        match last.map(|message| &message["content"]) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => {
                let texts = parts.iter().filter_map(|part| part["text"].as_str());
                texts.collect::<Vec<_>>().join("\n")
            }
            _ => String::new(),
        }
    }

    /// The first message, which all turns of a conversation share.
    #[must_use]
    pub fn beginning(&self) -> String {
        self.fields.get("messages").map(|messages| messages[0].to_string()).unwrap_or_default()
    }

    /// Puts pieces of the tenant's code before the conversation.
    pub fn add_context(&mut self, pieces: &[(String, String)]) {
        if pieces.is_empty() {
            return;
        }
        let mut text = "Code from the repository that may be of use:\n".to_owned();
        for (path, piece) in pieces {
            text.push_str(&format!("\n`{path}`\n```\n{piece}\n```\n"));
        }
        if let Some(Value::Array(messages)) = self.fields.get_mut("messages") {
            let instructions =
                messages.iter().take_while(|m| m["role"] == "system" || m["role"] == "developer");
            let at = instructions.count();
            messages.insert(at, json!({ "role": "system", "content": text }));
        }
    }

    /// The body for a backend that calls the model `name`.
    #[must_use]
    pub fn upstream(&self, model: &Model, name: &str) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("model".to_owned(), json!(name));
        let which =
            if fields.contains_key("max_completion_tokens") { "max_completion_tokens" } else { "max_tokens" };
        fields.insert(which.to_owned(), json!(self.tokens(model)));
        Value::Object(fields)
    }
}

fn messages(value: Option<&Value>) -> Result<(), EdgeError> {
    let fault = |message: String| Err(EdgeError::invalid("messages", message));
    let Some(Value::Array(messages)) = value else {
        return fault("`messages` has to be a list of messages".to_owned());
    };
    if messages.is_empty() || messages.len() > MOST_MESSAGES {
        return fault(format!("`messages` has to hold 1 to {MOST_MESSAGES} messages"));
    }
    for (at, message) in messages.iter().enumerate() {
        if !message["role"].as_str().is_some_and(|role| ROLES.contains(&role)) {
            return fault(format!("`messages[{at}].role` has to be one of {}", ROLES.join(", ")));
        }
        if !matches!(message["content"], Value::String(_) | Value::Array(_) | Value::Null) {
            return fault(format!("`messages[{at}].content` has to be a string or a list of parts"));
        }
    }
    Ok(())
}

fn retrieve(value: Option<Value>) -> Result<Option<Retrieve>, EdgeError> {
    let Some(value) = value else { return Ok(None) };
    let fault =
        || EdgeError::invalid("ghostlight", "`ghostlight` has to be {\"retrieve\": {\"repo\", \"top_k\"}}");
    let Value::Object(mut extension) = value else { return Err(fault()) };
    let Some(Value::Object(retrieve)) = extension.remove("retrieve") else { return Err(fault()) };
    let mut fields = BodyFields(retrieve);
    let repo = fields.string(&REPO)?.ok_or_else(fault)?;
    let top_k = fields.whole(&TOP_K)?.unwrap_or(6);
    Ok(Some(Retrieve { repo, top_k: u32::try_from(top_k).unwrap_or(6) }))
}
