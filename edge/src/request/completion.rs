//! The body of `POST /v1/completions`: a hole in a file (fill-in-the-middle), checked, and its prompt.

use std::fmt::Write;

use ghostlight_context::{FimTemplate, Piece, Source, render};
use ghostlight_text::Language;
use serde_json::{Value, json};

use super::{BodyFields, MAX_TOKENS, MODEL, N, STOP, STREAM, STREAM_OPTIONS, TEMPERATURE, TOP_P, object};
use crate::EdgeError;
use crate::config::{Model, Variant};
use crate::schema::{Field, Form, Schema};

/// The most snippets of context, and the longest one, bytes.
const MOST_SNIPPETS: usize = 32;
const LONGEST_SNIPPET: usize = 16 << 10;

const PROMPT: Field = Field::required(
    "prompt",
    Form::Either(&[Form::Text, Form::List(&Form::Text, 1)]),
    "The text before the cursor.",
);
const SUFFIX: Field = Field::optional("suffix", Form::Text, "The text after the cursor.");
const PATH: Field = Field::optional("path", Form::Text, "Path of the file.");
const LANGUAGE: Field =
    Field::optional("language", Form::Text, "Id of its language as LSP has it, such as `python`.");
const SNIPPETS: Field = Field::optional(
    "snippets",
    Form::List(
        &Form::Object(&[
            Field::optional("path", Form::Text, ""),
            Field::required("text", Form::Text, "At most 16384 bytes."),
        ]),
        MOST_SNIPPETS,
    ),
    "Text of other files.",
);
const REPO_CONTEXT: Field = Field::optional("repo_context", Form::Object(&[SNIPPETS]), "");
const ECHO: Field = Field::optional("echo", Form::Flag, "Not supported: `false` if it is there.");
const SEED: Field = Field::optional("seed", Form::Whole(0, 1 << 53), "For answers that can be repeated.");

/// What the body holds.
pub static SCHEMA: Schema = Schema {
    name: "CompletionRequest",
    form: Form::Object(&[
        MODEL,
        PROMPT,
        SUFFIX,
        PATH,
        LANGUAGE,
        REPO_CONTEXT,
        MAX_TOKENS,
        N,
        STREAM,
        STREAM_OPTIONS,
        TEMPERATURE,
        TOP_P,
        STOP,
        SEED,
        ECHO,
    ]),
};

/// A piece of another file that the client found to be of use.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Snippet {
    /// Its path.
    #[serde(default)]
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A request, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The public name of the model.
    pub model: String,
    /// Text before the cursor.
    pub prompt: String,
    /// Text after the cursor.
    pub suffix: String,
    /// Path of the file, or empty.
    pub path: String,
    /// Id of its language, or empty.
    pub language: String,
    /// Text of other files.
    pub snippets: Vec<Snippet>,
    /// The most tokens of an answer; `None` for the model's default.
    pub max_tokens: Option<u32>,
    /// How many answers.
    pub n: u32,
    /// Whether the answer is an event stream.
    pub stream: bool,
    /// Whether the stream ends with a count of tokens.
    pub wants_usage: bool,
    /// 0 for the likeliest.
    pub temperature: Option<f64>,
    /// Share of likely tokens to choose from.
    pub top_p: Option<f64>,
    /// What ends an answer.
    pub stops: Vec<String>,
    /// For answers that can be repeated.
    pub seed: Option<u64>,
}

/// What a model and a variant say about requests that leave it open.
#[derive(Debug, Clone, Copy)]
pub struct Defaults<'a> {
    /// The model that answers.
    pub model: &'a Model,
    /// Tokens, if the request says no number.
    pub tokens: u32,
    /// Temperature, if the request says none.
    pub temperature: f64,
}

impl<'a> Defaults<'a> {
    /// The model's, as far as no variant says otherwise.
    #[must_use]
    pub fn new(model: &'a Model, variants: &[&Variant]) -> Self {
        let tokens = variants.iter().find_map(|variant| variant.default_tokens);
        let temperature = variants.iter().find_map(|variant| variant.temperature);
        Self {
            model,
            tokens: tokens.unwrap_or(model.default_tokens).clamp(1, model.max_tokens),
            temperature: temperature.unwrap_or(0.0),
        }
    }
}

impl Completion {
    /// Reads a body.
    ///
    /// # Errors
    /// With the field that is wrong.
    pub fn parse(body: &[u8]) -> Result<Self, EdgeError> {
        let mut fields = BodyFields(object(body)?);
        let missing =
            |name: &str, what: &str| EdgeError::invalid(name, format!("`{name}` is missing: {what}"));
        let model = fields.string(&MODEL)?.ok_or_else(|| missing("model", "name one of GET /v1/models"))?;
        let prompt =
            prompt(fields.take(&PROMPT))?.ok_or_else(|| missing("prompt", "the text before the cursor"))?;
        if fields.flag(&ECHO)? {
            return Err(EdgeError::invalid("echo", "`echo` is not supported: leave it out"));
        }
        let max_tokens = fields.whole(&MAX_TOKENS)?;
        Ok(Self {
            model,
            prompt,
            suffix: fields.string(&SUFFIX)?.unwrap_or_default(),
            path: fields.string(&PATH)?.unwrap_or_default(),
            language: language(&mut fields)?,
            snippets: snippets(fields.take(&REPO_CONTEXT))?,
            max_tokens: max_tokens.map(|number| u32::try_from(number).unwrap_or(u32::MAX)),
            n: u32::try_from(fields.whole(&N)?.unwrap_or(1)).unwrap_or(1),
            stream: fields.flag(&STREAM)?,
            wants_usage: fields.wants_usage()?,
            temperature: fields.number(&TEMPERATURE)?,
            top_p: fields.number(&TOP_P)?,
            stops: fields.stops()?,
            seed: fields.whole(&SEED)?,
        })
    }

    /// Tokens to ask for.
    #[must_use]
    pub fn tokens(&self, defaults: &Defaults<'_>) -> u32 {
        self.max_tokens.unwrap_or(defaults.tokens).clamp(1, defaults.model.max_tokens)
    }

    /// A guess of all tokens that an answer costs: four bytes a token going in.
    #[must_use]
    pub fn cost(&self, defaults: &Defaults<'_>) -> u32 {
        let read = u32::try_from(self.read_cost(defaults.model.context_bytes)).unwrap_or(u32::MAX);
        read.saturating_add(self.tokens(defaults).saturating_mul(self.n))
    }

    /// The part of it that is read, with at most `room` bytes of context.
    #[must_use]
    pub fn read_cost(&self, room: usize) -> u64 {
        let context: usize = self.snippets.iter().map(|snippet| snippet.text.len()).sum();
        ((self.prompt.len() + self.suffix.len() + context).min(room) / 4) as u64
    }

    /// The body for a backend that calls the model `name`.
    #[must_use]
    pub fn upstream(&self, defaults: &Defaults<'_>, name: &str) -> Value {
        let mut body = json!({
            "model": name,
            "max_tokens": self.tokens(defaults),
            "temperature": self.temperature.unwrap_or(defaults.temperature),
            "stream": self.stream,
        });
        let room = defaults.model.context_bytes;
        let stops = match template(defaults.model) {
            None => {
                let (prefix, suffix) = self.window(room);
                body["prompt"] = json!(prefix);
                if !suffix.is_empty() {
                    body["suffix"] = json!(suffix);
                }
                self.stops.clone()
            }
            Some(template) => {
                body["prompt"] = json!(self.fill(template, room));
                let own = self.stops.iter().cloned();
                own.chain(template.stops.iter().map(|stop| (*stop).to_owned()))
                    .take(super::MOST_STOPS)
                    .collect()
            }
        };
        if self.stream && self.wants_usage {
            body["stream_options"] = json!({ "include_usage": true });
        }
        if self.n > 1 {
            body["n"] = json!(self.n);
        }
        if let Some(top_p) = self.top_p {
            body["top_p"] = json!(top_p);
        }
        if !stops.is_empty() {
            body["stop"] = json!(stops);
        }
        if let Some(seed) = self.seed {
            body["seed"] = json!(seed);
        }
        body
    }

    /// The prompt in the form that a family was trained on.
    fn fill(&self, template: &FimTemplate, room: usize) -> String {
        let context = self.context(room / 4);
        let (prefix, suffix) = self.window(room - context.len().min(room));
        let prefix = format!("{context}{prefix}");
        let source = Source { path: &self.path, prefix: &prefix, suffix };
        // A backend heals no tokens.
        let order = template.unhealed_order();
        let mut pieces = template.pieces(order, source);
        let markers: Vec<&str> =
            template.ends.iter().copied().chain(pieces.iter().filter_map(marker)).collect();
        for piece in &mut pieces {
            if let Piece::Text(text) = piece {
                *text = defuse(text, &markers).into();
            }
        }
        render(&pieces)
    }

    /// Snippets as comments of the file's language, as far as they fit `room` bytes.
    fn context(&self, room: usize) -> String {
        let by_id = Language::from_id(&self.language);
        let Some(language) = by_id.or_else(|| Language::from_path(&self.path)) else { return String::new() };
        let mut text = String::new();
        for snippet in &self.snippets {
            let mut part = String::new();
            let lines = std::iter::once(snippet.path.as_str()).chain(snippet.text.lines());
            for line in lines.filter(|line| !line.trim().is_empty()) {
                if let Some(comment) = language.comment(line) {
                    let _ = writeln!(part, "{comment}");
                }
            }
            if text.len() + part.len() > room {
                break;
            }
            text.push_str(&part);
        }
        text
    }

    /// What is nearest to the cursor: of `room` bytes, 70 % before it and 30 % after,
    /// and what one side does not need is the other's.
    fn window(&self, room: usize) -> (&str, &str) {
        let after = self.suffix.len().min(room * 3 / 10);
        let before = self.prompt.len().min(room - after);
        let after = self.suffix.len().min(room - before);
        let start = self.prompt.ceil_char_boundary(self.prompt.len() - before);
        let end = self.suffix.floor_char_boundary(after);
        (&self.prompt[start..], &self.suffix[..end])
    }
}

/// The template of a model's family; `None` if its backends do that themselves.
fn template(model: &Model) -> Option<&'static FimTemplate> {
    FimTemplate::by_family(&model.fim)
}

fn marker<'a>(piece: &Piece<'a>) -> Option<&'a str> {
    match piece {
        Piece::Marker(marker) => Some(marker.text.trim()),
        Piece::Text(_) => None,
    }
}

/// Puts a blank after the first character of every marker's name in a text of a
/// user: a server reads markers out of the prompt, wherever they stand.
fn defuse(text: &str, markers: &[&str]) -> String {
    let mut text = text.to_owned();
    for marker in markers.iter().filter(|marker| !marker.is_empty()) {
        if text.contains(marker) {
            let first = marker.chars().next().map_or(0, char::len_utf8);
            text = text.replace(marker, &format!("{} {}", &marker[..first], &marker[first..]));
        }
    }
    text
}

/// `prompt`: a string, or a list of one, which some clients send.
fn prompt(value: Option<Value>) -> Result<Option<String>, EdgeError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Array(mut list)) if list.len() == 1 && list[0].is_string() => prompt(list.pop()),
        Some(_) => Err(EdgeError::invalid("prompt", "`prompt` has to be a string, or a list of one string")),
    }
}

fn language(fields: &mut BodyFields) -> Result<String, EdgeError> {
    let id = fields.string(&LANGUAGE)?.unwrap_or_default();
    if id.is_empty() || Language::from_id(&id).is_some() {
        return Ok(id);
    }
    Err(EdgeError::invalid("language", "`language` has to be an id as LSP has them, such as `python`"))
}

fn snippets(value: Option<Value>) -> Result<Vec<Snippet>, EdgeError> {
    let fault = || {
        let what = "`repo_context` has to be {\"snippets\": [{\"path\", \"text\"}]}, at most 32, each 16384 bytes at most";
        EdgeError::invalid("repo_context", what)
    };
    let Some(value) = value else { return Ok(Vec::new()) };
    let Value::Object(mut context) = value else { return Err(fault()) };
    let list = context.remove("snippets").unwrap_or_else(|| json!([]));
    let snippets: Vec<Snippet> = serde_json::from_value(list).map_err(|_| fault())?;
    let fine = |snippet: &Snippet| snippet.text.len() <= LONGEST_SNIPPET && snippet.path.len() <= 512;
    if snippets.len() <= MOST_SNIPPETS && snippets.iter().all(fine) { Ok(snippets) } else { Err(fault()) }
}
