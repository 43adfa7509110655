//! `POST /v1/chat/completions`: a conversation, handed on field by field.

use serde_json::{Map, Value, json};

use super::{Fields, MOST_CHOICES, object};
use crate::EdgeError;
use crate::config::Model;

/// Fields that a backend gets as they are.
const PASSED: &[&str] = &[
    "messages",
    "temperature",
    "top_p",
    "n",
    "stop",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "response_format",
    "seed",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning_effort",
    "max_tokens",
    "max_completion_tokens",
    "stream",
    "stream_options",
];

/// Who may speak.
const ROLES: &[&str] = &["system", "developer", "user", "assistant", "tool"];

/// The most messages of a conversation.
const MOST_MESSAGES: usize = 1024;

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
        let mut fields = Fields(object(body)?);
        let model = fields
            .string("model")?
            .ok_or_else(|| EdgeError::invalid("model", "`model` is missing: name one of GET /v1/models"))?;
        messages(fields.0.get("messages"))?;
        let retrieve = retrieve(fields.take("ghostlight"))?;
        let kept =
            fields.0.iter().filter(|(name, value)| PASSED.contains(&name.as_str()) && !value.is_null());
        let kept: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        let stream = fields.flag("stream")?;
        let n = fields.whole("n", 1, MOST_CHOICES)?.unwrap_or(1);
        fields.number("temperature", 0.0, 2.0)?;
        fields.number("top_p", 0.0, 1.0)?;
        fields.stops()?;
        fields.wants_usage()?;
        for name in ["tools", "tool_choice", "response_format", "logit_bias"] {
            let fine = match (name, fields.0.get(name)) {
                (_, None | Some(Value::Null)) => true,
                ("tools", Some(value)) => value.is_array(),
                ("tool_choice", Some(value)) => value.is_string() || value.is_object(),
                (_, Some(value)) => value.is_object(),
            };
            if !fine {
                return Err(EdgeError::invalid(name, format!("`{name}` is of another type than OpenAI's")));
            }
        }
        let longer = fields.whole("max_completion_tokens", 1, 1 << 20)?;
        let max_tokens = fields.whole("max_tokens", 1, 1 << 20)?.into_iter().chain(longer).min();
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
    let mut fields = Fields(retrieve);
    let repo = fields.string("repo")?.ok_or_else(fault)?;
    let top_k = fields.whole("top_k", 1, 20)?.unwrap_or(6);
    Ok(Some(Retrieve { repo, top_k: u32::try_from(top_k).unwrap_or(6) }))
}
