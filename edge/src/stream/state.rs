//! The state of a model's answer: its text, tokens and finish reasons, and whether it came to a clean end.
//!
//! An answer is whole if the stream said `[DONE]`, or told of every choice why it ended, which
//! is all that some servers say; what is not whole broke off. It is clean if it is whole, told
//! of every choice why it ended, and nothing in it was an error or a call of a tool. Only a
//! clean answer may be kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sse::{SseEvent, SseParser};
use crate::cache::CachedChoice;

/// Tokens of an answer, as OpenAI counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Usage {
    /// Read.
    #[serde(default)]
    pub prompt_tokens: u64,
    /// Written.
    #[serde(default)]
    pub completion_tokens: u64,
    /// Both.
    #[serde(default)]
    pub total_tokens: u64,
}

/// Which of OpenAI's two endpoints an answer is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `text` in each choice.
    Completions,
    /// `delta` in each choice.
    Chat,
}

impl Endpoint {
    /// Its path below a backend's address.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Completions => "/completions",
            Self::Chat => "/chat/completions",
        }
    }
}

/// Which text of a choice a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// The answer itself.
    Content,
    /// What a model thinks aloud.
    Reasoning,
    /// The arguments of a tool's call, by its place.
    ToolCall(usize),
}

/// The text that an event added to a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDelta {
    /// The choice.
    pub index: usize,
    /// Which of its texts.
    pub channel: Channel,
    /// The text to add.
    pub text: String,
    /// Bytes of the stream before the event.
    pub start: u64,
}

/// The longest event, bytes.
const LONGEST_EVENT: usize = 1 << 20;
/// Choices that are looked at.
const MOST_CHOICES: usize = 8;
/// Calls of tools in a choice that are looked at.
const MOST_CALLS: usize = 64;

/// What an answer has said so far.
#[derive(Debug)]
pub struct StreamState {
    endpoint: Endpoint,
    parser: SseParser,
    texts: Vec<String>,
    finishes: Vec<Option<String>>,
    /// Tokens, once the backend said.
    pub usage: Option<Usage>,
    pieces: u64,
    kept: usize,
    limit: usize,
    begun: bool,
    done: bool,
    broken: bool,
    /// Once it has ended, whether that was between two events.
    ended: Option<bool>,
}

impl StreamState {
    /// Before the first byte. Text over `limit` bytes is not kept.
    #[must_use]
    pub fn new(endpoint: Endpoint, limit: usize) -> Self {
        Self {
            endpoint,
            parser: SseParser::new(LONGEST_EVENT),
            texts: Vec::new(),
            finishes: Vec::new(),
            usage: None,
            pieces: 0,
            kept: 0,
            limit,
            begun: false,
            done: false,
            broken: false,
            ended: None,
        }
    }

    /// Takes bytes as they pass; the text that they bring.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<TextDelta> {
        if self.broken {
            return Vec::new();
        }
        let Ok(events) = self.parser.push(bytes) else {
            self.broken = true;
            return Vec::new();
        };
        self.read(events)
    }

    /// The stream has ended: the text of an event that nothing has completed.
    pub fn finish(&mut self) -> Vec<TextDelta> {
        if self.broken || self.ended.is_some() {
            return Vec::new();
        }
        self.ended = Some(self.parser.is_between());
        let event = self.parser.end();
        self.read(event)
    }

    fn read(&mut self, events: impl IntoIterator<Item = SseEvent>) -> Vec<TextDelta> {
        let mut pieces = Vec::new();
        for event in events {
            let data = event.data.trim();
            if event.name == "error" {
                self.broken = true;
            } else if matches!(data, "" | "null") {
                // Some write what they have none of.
            } else if data == "[DONE]" {
                (self.begun, self.done) = (true, true);
            } else if self.done {
                // Nothing else may follow the end.
                self.broken = true;
            } else if let Ok(value) = serde_json::from_str(data) {
                self.begun = true;
                self.value(&value, event.start, &mut pieces);
            } else {
                self.broken = true;
            }
        }
        pieces
    }

    /// Takes a whole answer that is one JSON object.
    pub fn push_json(&mut self, value: &Value) -> Vec<TextDelta> {
        let mut pieces = Vec::new();
        self.value(value, 0, &mut pieces);
        self.done = true;
        pieces
    }

    /// Whether a whole event has come.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Whether the stream stands between two events.
    #[must_use]
    pub fn is_between(&self) -> bool {
        self.ended.unwrap_or_else(|| self.parser.is_between())
    }

    /// Bytes of the stream up to the last place between two events, or up to its end.
    #[must_use]
    pub fn between(&self) -> u64 {
        if self.ended.is_some() && !self.broken { self.parser.taken() } else { self.parser.between() }
    }

    /// What a stream that has ended whole lacks of the end that clients wait for.
    #[must_use]
    pub fn missing(&self) -> &'static str {
        match (self.is_between(), self.done) {
            (true, true) => "",
            (true, false) => "data: [DONE]\n\n",
            (false, true) => "\n\n",
            (false, false) => "\n\ndata: [DONE]\n\n",
        }
    }

    /// Whether a choice told why it ended.
    #[must_use]
    pub fn has_finished(&self, index: usize) -> bool {
        self.finishes.get(index).is_some_and(Option::is_some)
    }

    /// Whether the stream said that it is over.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether nothing is lacking: it said that it is over, or why each choice is.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let told = !self.finishes.is_empty() && self.finishes.iter().all(Option::is_some);
        !self.broken && self.parser.is_between() && (self.done || told)
    }

    /// Whether something in it is not as it should be.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Tokens that were written: what the backend said, else one an event.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.usage.map_or(self.pieces, |usage| usage.completion_tokens)
    }

    /// The answer's `n` choices, if it is clean.
    #[must_use]
    pub fn clean(&self, n: usize) -> Option<Vec<CachedChoice>> {
        if !self.is_whole() || self.kept > self.limit || self.texts.len() != n {
            return None;
        }
        self.texts
            .iter()
            .zip(&self.finishes)
            .map(|(text, finish)| {
                let finish = finish.clone().filter(|finish| finish == "stop" || finish == "length")?;
                Some(CachedChoice { text: text.clone(), finish })
            })
            .collect()
    }

    fn value(&mut self, value: &Value, start: u64, pieces: &mut Vec<TextDelta>) {
        let has_failed = |said: &Value| !matches!(said, Value::Null | Value::Bool(false)) && said != "";
        if !value.is_object() || has_failed(&value["error"]) || value["object"] == "error" {
            self.broken = true;
            return;
        }
        if let Ok(usage) = serde_json::from_value::<Usage>(value["usage"].clone()) {
            self.usage = Some(usage);
        }
        for choice in value["choices"].as_array().into_iter().flatten() {
            let index = choice["index"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
            if index >= MOST_CHOICES {
                self.broken = true;
                return;
            }
            if self.texts.len() <= index {
                self.texts.resize(index + 1, String::new());
                self.finishes.resize(index + 1, None);
            }
            let text = match self.endpoint {
                Endpoint::Completions => choice["text"].as_str(),
                Endpoint::Chat => {
                    choice["delta"]["content"].as_str().or_else(|| choice["message"]["content"].as_str())
                }
            };
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                self.pieces += 1;
                self.kept = self.kept.saturating_add(text.len());
                if self.kept <= self.limit {
                    self.texts[index].push_str(text);
                }
                pieces.push(TextDelta { index, channel: Channel::Content, text: text.to_owned(), start });
            }
            if self.endpoint == Endpoint::Chat {
                self.asides(choice, index, start, pieces);
            }
            if let Some(finish) = choice["finish_reason"].as_str().filter(|finish| !finish.is_empty()) {
                self.broken |= finish == "error";
                self.finishes[index] = Some(finish.to_owned());
            }
        }
    }

    /// What a chat says beside its text: thoughts, and what tools are called with.
    fn asides(&mut self, choice: &Value, index: usize, start: u64, pieces: &mut Vec<TextDelta>) {
        for said in [&choice["delta"], &choice["message"]] {
            let mut add = |channel: Channel, text: &Value| {
                if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
                    pieces.push(TextDelta { index, channel, text: text.to_owned(), start });
                }
            };
            for name in ["reasoning_content", "reasoning", "refusal"] {
                add(Channel::Reasoning, &said[name]);
            }
            add(Channel::ToolCall(0), &said["function_call"]["arguments"]);
            for (nth, call) in said["tool_calls"].as_array().into_iter().flatten().enumerate() {
                let at = call["index"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(nth);
                if at >= MOST_CALLS {
                    self.broken = true;
                    return;
                }
                add(Channel::ToolCall(at), &call["function"]["arguments"]);
            }
        }
    }
}
