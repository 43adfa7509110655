//! What `ghostlight inspect` prints: for people, and as JSON.
//!
//! Names and values come from a file that anybody may have made, so nothing of
//! it reaches a terminal unescaped, and long values are cut for people. JSON has
//! texts whole; of long arrays both have only type and length, since a
//! vocabulary is no metadata that one reads.

use std::fmt;

use ghostlight_gguf::{Array, Gguf, TensorType, Value};
use ghostlight_model::Config;
use ghostlight_text::printable;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::terminal::count;

/// Longest array that is written out.
const SHORT: usize = 16;
/// Characters of a text that people see.
const SHOWN: usize = 100;

/// All that is told about a file.
pub(crate) struct Report<'a> {
    pub(crate) path: String,
    pub(crate) name: Option<&'a str>,
    pub(crate) architecture: Option<&'a str>,
    /// `None` when the engine cannot run it.
    pub(crate) config: Option<Config>,
    pub(crate) quantization: Vec<Quantization>,
    pub(crate) tokenizer: TokenizerKind,
    /// `None` without a tokenizer.
    pub(crate) fim: Option<FillInMiddle>,
    /// Why the engine does not run it; empty when it does.
    pub(crate) problems: Vec<String>,
    pub(crate) gguf: &'a Gguf,
}

/// What of the model is of one tensor type.
#[derive(Serialize)]
pub(crate) struct Quantization {
    #[serde(rename = "type")]
    pub(crate) ty: &'static str,
    pub(crate) tensors: usize,
    pub(crate) parameters: u64,
    pub(crate) bytes: u64,
}

impl Quantization {
    pub(crate) fn of(ty: TensorType) -> Self {
        Self { ty: ty.name(), tensors: 0, parameters: 0, bytes: 0 }
    }
}

/// `tokenizer.ggml.model` and `.pre`, as the file has them.
#[derive(Serialize)]
pub(crate) struct TokenizerKind {
    pub(crate) model: Option<String>,
    pub(crate) pre: Option<String>,
    pub(crate) tokens: usize,
    pub(crate) supported: bool,
}

/// How prompts are made for it.
#[derive(Serialize)]
pub(crate) struct FillInMiddle {
    pub(crate) template: &'static str,
    pub(crate) supported: bool,
    pub(crate) order: &'static str,
    pub(crate) markers: Vec<&'static str>,
}

impl Report<'_> {
    pub(crate) fn json(&self) -> Json {
        let summary = self.gguf.summary();
        let metadata: Map<String, Json> =
            self.gguf.metadata.iter().map(|(key, value)| (key.to_owned(), value_json(value))).collect();
        let tensors: Vec<Json> = (self.gguf.tensors.iter())
            .map(|t| json!({"name": t.name, "type": t.ty.name(), "dims": t.dims, "offset": t.offset, "bytes": t.bytes}))
            .collect();
        json!({
            "path": self.path,
            "file_bytes": self.gguf.file_bytes,
            "version": self.gguf.version,
            "name": self.name,
            "architecture": self.architecture,
            "context": self.config.as_ref().map(|config| config.trained_context),
            "parameters": summary.parameters,
            "tensor_bytes": summary.bytes,
            "quantization": self.quantization,
            "tokenizer": self.tokenizer,
            "fim": self.fim,
            "supported": self.problems.is_empty(),
            "problems": self.problems,
            "metadata": metadata,
            "tensors": tensors,
        })
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let unknown = || "unknown".to_owned();
        let summary = self.gguf.summary();
        let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        let mut facts = vec![
            ("file", format!("{}, GGUF version {}", megabytes(self.gguf.file_bytes), self.gguf.version)),
            ("architecture", self.architecture.map_or_else(unknown, short)),
        ];
        if let Some(c) = &self.config {
            facts.extend([
                (
                    "shape",
                    format!(
                        "{} layers, width {}, {} heads of {} ({} for keys and values), feed-forward {}",
                        c.layers, c.width, c.heads, c.head_dim, c.kv_heads, c.ffn
                    ),
                ),
                ("context", format!("{} tokens", c.trained_context)),
            ]);
        }
        let parts: Vec<_> = (self.quantization.iter())
            .map(|row| {
                let share = 100.0 * row.parameters as f64 / summary.parameters.max(1) as f64;
                let tensors = count(row.tensors, "tensor");
                format!("{} {share:.1} % ({tensors}, {})", row.ty, megabytes(row.bytes))
            })
            .collect();
        facts.push(("weights", format!("{:.1} M", summary.parameters as f64 / 1e6)));
        facts.push(("types", parts.join(", ")));
        let TokenizerKind { model, pre, tokens, .. } = &self.tokenizer;
        facts.push((
            "tokenizer",
            match model {
                None => "none".to_owned(),
                Some(model) => format!(
                    "{}, pre-tokenizer {}, {tokens} tokens",
                    short(model),
                    pre.as_deref().map_or_else(unknown, short)
                ),
            },
        ));
        if let Some(fim) = &self.fim {
            let how = match fim.supported {
                true => format!("{}: {}, with {}", fim.template, fim.order, fim.markers.join(" ")),
                false => "no, prompts end at the cursor".to_owned(),
            };
            facts.push(("fill in middle", how));
        }
        match &self.problems[..] {
            [] => facts.push(("engine", "can run it".to_owned())),
            problems => facts
                .extend(problems.iter().map(|why| ("engine", format!("cannot run it: {}", printable(why))))),
        }
        facts
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name.map_or_else(|| printable(&self.path).into_owned(), short))?;
        for (what, value) in self.facts() {
            writeln!(f, "  {what:<14}  {}", value.trim_end())?;
        }
        let metadata = &self.gguf.metadata;
        writeln!(f, "\nMetadata ({})", metadata.len())?;
        let rows = metadata
            .iter()
            .map(|(key, value)| [printable(key).into_owned(), value.type_name(), value_text(value)]);
        table(f, &rows.collect::<Vec<_>>())?;
        writeln!(f, "\nTensors ({})", self.gguf.tensors.len())?;
        let rows = self.gguf.tensors.iter().map(|t| {
            let dims: Vec<_> = t.dims.iter().map(ToString::to_string).collect();
            [printable(&t.name).into_owned(), t.ty.name().to_owned(), dims.join(" x ")]
        });
        table(f, &rows.collect::<Vec<_>>())
    }
}

/// Columns as wide as their widest cell, within reason.
fn table(f: &mut fmt::Formatter<'_>, rows: &[[String; 3]]) -> fmt::Result {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0).min(48);
    let (first, second) = (width(0), width(1));
    for [a, b, c] in rows {
        writeln!(f, "  {a:first$}  {b:second$}  {c}")?;
    }
    Ok(())
}

fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    printable(&shown).into_owned()
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Str(text) => short(text),
        Value::Array(array) if array.len() > SHORT => format!("{} elements", array.len()),
        value => short(&value_json(value).to_string()),
    }
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::U8(n) => json!(n),
        Value::I8(n) => json!(n),
        Value::U16(n) => json!(n),
        Value::I16(n) => json!(n),
        Value::U32(n) => json!(n),
        Value::I32(n) => json!(n),
        Value::F32(n) => float(*n),
        Value::U64(n) => json!(n),
        Value::I64(n) => json!(n),
        Value::F64(n) => json!(n),
        Value::Bool(truth) => json!(truth),
        Value::Str(text) => json!(text),
        Value::Array(array) if array.len() > SHORT => {
            json!({"array_of": array.element_type(), "length": array.len()})
        }
        Value::Array(array) => match array {
            Array::U8(v) => json!(v),
            Array::I8(v) => json!(v),
            Array::U16(v) => json!(v),
            Array::I16(v) => json!(v),
            Array::U32(v) => json!(v),
            Array::I32(v) => json!(v),
            Array::F32(v) => v.iter().map(|&n| float(n)).collect(),
            Array::U64(v) => json!(v),
            Array::I64(v) => json!(v),
            Array::F64(v) => json!(v),
            Array::Bool(v) => json!(v),
            Array::Strings(v) => v.iter().map(|text| Json::from(String::from_utf8_lossy(text))).collect(),
            Array::Arrays(v) => v.iter().map(|array| value_json(&Value::Array(array.clone()))).collect(),
        },
    }
}

/// The shortest number that is this one, not the digits of its double; null for what JSON has no number for.
fn float(n: f32) -> Json {
    json!(n.to_string().parse::<f64>().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short_and_harmless() {
        for (value, want) in [
            (Value::from(1e-5_f32), "0.00001"),
            (Value::from("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb"),
            (Value::from("x".repeat(101).as_str()), &format!("{}…", "x".repeat(100))),
            (Value::from(Array::U32(vec![1, 2])), "[1,2]"),
            (Value::from(Array::Bool(vec![true; 17])), "17 elements"),
        ] {
            assert_eq!(value_text(&value), want);
        }
        assert_eq!(float(0.1), json!(0.1));
        assert_eq!(float(f32::NAN), Json::Null);
        assert_eq!(
            value_json(&Value::from(Array::Strings(["a"; 17].into_iter().collect()))),
            json!({"array_of": "string", "length": 17})
        );
    }
}
