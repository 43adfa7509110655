//! `ghostlight inspect`: what a model file's header says, and whether the engine runs it.
//!
//! The weights are not read, so the answer takes no time however large the
//! file; a tensor that a family needs and the file lacks is found out only by
//! loading it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use ghostlight_context::{FimTemplate, Order};
use ghostlight_gguf::{Gguf, TensorType};
use ghostlight_loader::{Header, facts};
use ghostlight_tokenizer::{Tokenizer, TokenizerError};

use crate::args::InspectOptions;
use crate::report::{FillInMiddle, Quantization, Report, TokenizerKind};
use crate::terminal::{self, print};
use crate::{engine, models};

pub(crate) async fn main(options: &InspectOptions) -> Result<ExitCode> {
    let path = models::locate(Some(&options.model))?;
    let header = engine::header(&path).await?;
    let unsupported = unsupported_types(&header);
    let Header { gguf, config, tokenizer } = header;
    let mut problems: Vec<String> = config.as_ref().err().map(ToString::to_string).into_iter().collect();
    problems.extend(tokenizer.as_ref().err().map(ToString::to_string));
    problems.extend(unsupported);

    let report = Report {
        path: path.display().to_string(),
        name: text(&gguf, "general.name"),
        architecture: text(&gguf, "general.architecture"),
        config: config.ok(),
        quantization: quantization(&gguf),
        tokenizer: kind(&gguf, &tokenizer),
        fim: tokenizer.ok().map(|tokenizer| fim(&gguf, &tokenizer)),
        problems,
        gguf: &gguf,
    };
    if options.json {
        terminal::json(&report.json())?;
    } else {
        print(&report.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A text of the metadata; a value of another type is no reason not to show the rest.
fn text<'a>(gguf: &'a Gguf, key: &str) -> Option<&'a str> {
    gguf.metadata.str(key).ok().flatten()
}

/// One line for each type of weights that the kernels do not take.
fn unsupported_types(header: &Header) -> Vec<String> {
    let mut found: BTreeMap<TensorType, (usize, &str)> = BTreeMap::new();
    for tensor in header.unsupported() {
        found.entry(tensor.ty).or_insert((0, &tensor.name)).0 += 1;
    }
    let supported = TensorType::READABLE.map(TensorType::name).join(", ");
    let line = |(ty, (count, first)): (TensorType, (usize, &str))| {
        format!(
            "load model: type {ty} of {count} tensors, {first:?} first, is not supported (supported: {supported})"
        )
    };
    found.into_iter().map(line).collect()
}

/// How much of the model each type of weights holds, most first.
fn quantization(gguf: &Gguf) -> Vec<Quantization> {
    let mut types: BTreeMap<TensorType, Quantization> = BTreeMap::new();
    for tensor in &gguf.tensors {
        let row = types.entry(tensor.ty).or_insert_with(|| Quantization::of(tensor.ty));
        row.tensors += 1;
        row.parameters = row.parameters.saturating_add(tensor.elements());
        row.bytes = row.bytes.saturating_add(tensor.bytes);
    }
    let mut rows: Vec<_> = types.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.parameters));
    rows
}

/// What the file says of its tokenizer, whether or not it can be used.
fn kind(gguf: &Gguf, tokenizer: &Result<Tokenizer, TokenizerError>) -> TokenizerKind {
    let tokens = gguf.metadata.strings("tokenizer.ggml.tokens").ok().flatten();
    TokenizerKind {
        model: text(gguf, "tokenizer.ggml.model").map(str::to_owned),
        pre: text(gguf, "tokenizer.ggml.pre").map(str::to_owned),
        tokens: tokens.map_or(0, |tokens| tokens.len()),
        supported: tokenizer.is_ok(),
    }
}

fn fim(gguf: &Gguf, tokenizer: &Tokenizer) -> FillInMiddle {
    let template = FimTemplate::select(facts(gguf), tokenizer);
    let order = template.preferred();
    FillInMiddle {
        template: template.family,
        supported: template.fills_in_middle(),
        order: match order {
            _ if !template.fills_in_middle() => "prefix only",
            Order::Psm => "prefix, suffix, middle",
            Order::Spm => "suffix, prefix, middle",
        },
        markers: template.markers(order).map(|marker| marker.text).collect(),
    }
}
