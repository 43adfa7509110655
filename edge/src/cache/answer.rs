//! A cached answer: its freshness, and how it is told as JSON and as an event stream.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Millis;
use crate::stream::Usage;

/// How far clocks of two machines may be apart before an answer from the future is not trusted.
const SKEW: Millis = Millis(60_000);

/// Counts up when the form changes, so that old entries are not misread.
const VERSION: u32 = 1;

/// A finished, clean answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedAnswer {
    #[serde(rename = "v")]
    version: u32,
    /// The model that answered, by its public name.
    pub model: String,
    /// All choices.
    pub choices: Vec<CachedChoice>,
    /// Tokens, if the backend said.
    pub usage: Option<Usage>,
    /// When it was finished, milliseconds since 1970.
    pub created: u64,
}

/// One of the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedChoice {
    /// Its text.
    pub text: String,
    /// Why it ended.
    pub finish: String,
}

/// Whether an entry may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As it is.
    Fresh,
    /// While a new one is made.
    Stale,
    /// No.
    Expired,
}

impl CachedAnswer {
    /// A finished answer.
    #[must_use]
    pub fn new(model: String, choices: Vec<CachedChoice>, usage: Option<Usage>, now: Millis) -> Self {
        Self { version: VERSION, model, choices, usage, created: now.0 }
    }

    /// Bytes that it takes, about.
    #[must_use]
    pub fn size(&self) -> usize {
        let texts: usize =
            self.choices.iter().map(|choice| choice.text.len() + choice.finish.len() + 48).sum();
        texts + self.model.len() + 96
    }

    /// For stores outside of this isolate.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and numbers can be written as JSON")
    }

    /// Reads what [`CachedAnswer::to_bytes`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes)
            .ok()
            .filter(|entry: &Self| entry.version == VERSION && !entry.choices.is_empty())
    }

    /// Compares its age with the limits.
    #[must_use]
    pub fn freshness(&self, now: Millis, ttl: Millis, stale: Millis) -> Freshness {
        if self.created > now.plus(SKEW).0 {
            return Freshness::Expired;
        }
        let age = now.since(Millis(self.created));
        if age < ttl {
            Freshness::Fresh
        } else if age < ttl.plus(stale) {
            Freshness::Stale
        } else {
            Freshness::Expired
        }
    }

    /// The answer with `typed` taken off the start of its only choice, if that is how
    /// it starts and something is left.
    #[must_use]
    pub fn typed_through(&self, typed: &str) -> Option<Self> {
        let [choice] = self.choices.as_slice() else { return None };
        let rest = choice.text.strip_prefix(typed).filter(|rest| !rest.is_empty())?;
        let choice = CachedChoice { text: rest.to_owned(), finish: choice.finish.clone() };
        Some(Self { choices: vec![choice], ..self.clone() })
    }

    /// The whole answer as OpenAI's object `text_completion`.
    #[must_use]
    pub fn json(&self, id: &str, usage: bool) -> Value {
        let choices: Vec<Value> = self
            .choices
            .iter()
            .enumerate()
            .map(|(at, choice)| {
                json!({ "index": at, "text": choice.text, "logprobs": null, "finish_reason": choice.finish })
            })
            .collect();
        let mut body = self.head(id);
        body["choices"] = Value::Array(choices);
        if usage && let Some(usage) = self.usage {
            body["usage"] = json!(usage);
        }
        body
    }

    /// The whole answer as an event stream.
    #[must_use]
    pub fn events(&self, id: &str, usage: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (at, choice) in self.choices.iter().enumerate() {
            bytes.extend(self.event(id, at, &choice.text, None));
        }
        bytes.extend(self.ending(id, usage));
        bytes
    }

    /// The events of a stream that follow all text.
    #[must_use]
    pub fn ending(&self, id: &str, usage: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (at, choice) in self.choices.iter().enumerate() {
            bytes.extend(self.event(id, at, "", Some(&choice.finish)));
        }
        if usage && let Some(usage) = self.usage {
            let mut body = self.head(id);
            body["choices"] = json!([]);
            body["usage"] = json!(usage);
            bytes.extend(format!("data: {body}\n\n").into_bytes());
        }
        bytes.extend(b"data: [DONE]\n\n");
        bytes
    }

    /// One event of a stream.
    #[must_use]
    pub fn event(&self, id: &str, index: usize, text: &str, finish: Option<&str>) -> Vec<u8> {
        let mut body = self.head(id);
        body["choices"] =
            json!([{ "index": index, "text": text, "logprobs": null, "finish_reason": finish }]);
        format!("data: {body}\n\n").into_bytes()
    }

    fn head(&self, id: &str) -> Value {
        json!({
            "id": id, "object": "text_completion", "created": self.created / 1000, "model": self.model,
        })
    }
}
