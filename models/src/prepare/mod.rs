//! A model's file made smaller for browsers, from the file as it was published.
//!
//! The idea: three things in a published file are of no use in a tab, and a [`Recipe`] says
//! what becomes of each. Tokens that neither code nor English uses go, with their rows of the
//! embedding table ([`pruning`]). A table that stands there twice, once to read tokens and
//! once to predict them, stands there once, as the better copy of the two. And the layers'
//! matrices are packed in as few bits as each of them bears, with scales that are fitted to
//! the weights ([`fit`]).
//!
//! The same input and recipe give the same bytes, on every machine: whoever has the published
//! file can make the prepared one and compare its hash with the catalogue's.
//!
//! It trains nothing, and does not decide what is left out: recipes are made by
//! `models/prepare/README.md`.

mod fit;
mod pruning;
mod recipe;

use std::path::Path;

use ghostlight_gguf::{Gguf, Metadata, TensorInfo, TensorType, Value, dequantize};

pub use pruning::prune;
pub use recipe::{Recipe, write_tokens};

use crate::error::gguf;
use crate::requantize::{Loss, pack};
use crate::writer::{Head, Writer};
use crate::{FileSource, ModelsError, Progress, TensorReport};

/// Floats in memory at once.
const SLICE: u64 = 1 << 18;

/// The table that reads tokens, and in a prepared file the one that predicts them too.
const EMBEDDING: &str = "token_embd.weight";
/// The table that predicts tokens, where a file has it besides.
const HEAD: &str = "output.weight";

/// What preparing a file did.
#[derive(Debug, Clone, PartialEq)]
pub struct PrepareReport {
    /// What became of each tensor, in the order of the file.
    pub tensors: Vec<TensorReport>,
    /// Tokens of the published file.
    pub tokens_before: usize,
    /// Tokens of the prepared one.
    pub tokens: usize,
}

/// Writes the file that `recipe` makes of `input`.
///
/// # Errors
/// [`ModelsError::Recipe`] when the recipe does not fit the file; [`ModelsError::Gguf`],
/// [`ModelsError::Io`] and [`ModelsError::SameFile`] as for [`crate::requantize`].
pub fn prepare(
    input: &Path,
    output: &Path,
    recipe: &Recipe,
    progress: &mut dyn Progress,
) -> Result<PrepareReport, ModelsError> {
    crate::writer::check_other(input, output)?;
    let source = FileSource::open(input)?;
    let model = pollster::block_on(Gguf::open(&source)).map_err(gguf(input))?;
    let unfit = |reason: String| ModelsError::Recipe { recipe: recipe.name().to_owned(), reason };

    let kept = recipe.kept(&model.metadata).map_err(unfit)?;
    let metadata = pruning::metadata(&model.metadata, &kept).map_err(unfit)?;
    let metadata = named(metadata, recipe).map_err(gguf(input))?;
    let better = model.find_tensor(HEAD).filter(|_| recipe.joins_tables());
    let table = better.map_or(EMBEDDING, |head| &head.name);

    let mut plan = Vec::new();
    for info in model.tensors.iter().filter(|info| better.is_none() || info.name != HEAD) {
        let is_table = info.name == EMBEDDING || info.name == HEAD;
        let from = if info.name == EMBEDDING { model.tensor(table).map_err(gguf(input))? } else { info };
        let rows = if is_table { Some(&*kept) } else { None };
        if is_table
            && from.rows()
                != model.metadata.strings(pruning::TOKENS).map_err(gguf(input))?.map_or(0, |t| t.len() as u64)
        {
            return Err(unfit(format!("{} has {} rows, one a token is wanted", from.name, from.rows())));
        }
        let ty = recipe.type_of(&info.name, &from.dims, from.ty);
        plan.push(Step { name: &info.name, from, ty, rows });
    }
    let heads: Vec<Head> = plan.iter().map(Step::head).collect();
    let mut writer = Writer::create(output, &metadata, &heads)?;
    let total = plan.iter().map(|step| step.from.bytes).sum();
    progress.begin("preparing", total);
    let mut reader = Reader { model: &model, source: &source, input, bytes: Vec::new(), done: 0, progress };
    let mut tensors = Vec::with_capacity(plan.len());
    for step in &plan {
        let error = reader.tensor(step, &mut writer)?;
        let elements = step.head().dims.iter().product();
        tensors.push(TensorReport {
            name: step.name.to_owned(),
            from: step.from.ty,
            to: step.ty,
            elements,
            bytes: step.ty.row_bytes(elements).unwrap_or(0),
            error,
        });
    }
    reader.progress.end();
    writer.finish()?;
    let tokens_before = plan.iter().find(|step| step.rows.is_some()).map_or(0, |step| step.from.rows());
    Ok(PrepareReport { tensors, tokens_before: tokens_before as usize, tokens: kept.len() })
}

/// One tensor to be written.
struct Step<'a> {
    name: &'a str,
    from: &'a TensorInfo,
    ty: TensorType,
    /// The rows that stay, in their order; all of them for `None`.
    rows: Option<&'a [u32]>,
}

impl Step<'_> {
    fn head(&self) -> Head {
        let mut dims = self.from.dims.clone();
        if let (Some(rows), Some(count)) = (self.rows, dims.last_mut()) {
            *count = rows.len() as u64;
        }
        Head { name: self.name.to_owned(), dims, ty: self.ty }
    }
}

/// The way of one tensor after the other through memory.
struct Reader<'a> {
    model: &'a Gguf,
    source: &'a FileSource,
    input: &'a Path,
    bytes: Vec<u8>,
    done: u64,
    progress: &'a mut dyn Progress,
}

impl Reader<'_> {
    /// Writes one tensor; what packing it lost, as [`TensorReport::error`].
    fn tensor(&mut self, step: &Step<'_>, writer: &mut Writer) -> Result<f64, ModelsError> {
        writer.next_tensor()?;
        let Step { from, ty, rows, .. } = *step;
        let (mut floats, mut packed, mut again) = (Vec::new(), Vec::new(), Vec::new());
        let mut loss = Loss::default();
        let slice = (SLICE / from.row_len().max(1)).max(1);
        let row_bytes = from.row_bytes() as usize;
        let mut kept = Vec::new();
        let mut rows = rows.map(|rows| rows.iter().map(|&row| u64::from(row)).peekable());
        for first in (0..from.rows()).step_by(slice as usize) {
            let end = (first + slice).min(from.rows());
            pollster::block_on(self.model.read_rows(self.source, from, first..end, &mut self.bytes))
                .map_err(gguf(self.input))?;
            self.done += self.bytes.len() as u64;
            self.progress.at(self.done);
            let bytes = match &mut rows {
                None => &self.bytes,
                Some(rows) => {
                    kept.clear();
                    while let Some(row) = rows.next_if(|&row| row < end) {
                        let at = (row - first) as usize * row_bytes;
                        kept.extend_from_slice(&self.bytes[at..at + row_bytes]);
                    }
                    &kept
                }
            };
            if ty == from.ty {
                writer.write(bytes)?;
                continue;
            }
            floats.resize(bytes.len() / from.ty.block_bytes() * from.ty.block_len(), 0.0);
            dequantize(from.ty, bytes, &mut floats).map_err(gguf(self.input))?;
            if ty == TensorType::Q4_0 {
                fit::q4_0(&floats, &mut packed);
                again.resize(floats.len(), 0.0);
                dequantize(ty, &packed, &mut again).map_err(gguf(self.input))?;
                loss.add(&floats, &again);
            } else {
                pack(ty, &floats, &mut packed, &mut again, &mut loss).map_err(gguf(self.input))?;
            }
            writer.write(&packed)?;
        }
        Ok(loss.relative())
    }
}

/// The metadata with what says how the file was made.
fn named(entries: Vec<(String, Value)>, recipe: &Recipe) -> Result<Metadata, ghostlight_gguf::GgufError> {
    let own = [
        ("general.file_type", Value::U32(recipe.file_type())),
        ("general.quantization_version", Value::U32(2)),
        ("ghostlight.recipe", Value::from(recipe.name())),
        ("ghostlight.recipe.version", Value::U32(recipe.version())),
    ];
    let is_own = |key: &str| own.iter().any(|(known, _)| *known == key);
    let mut all: Vec<_> = entries.into_iter().filter(|(key, _)| !is_own(key)).collect();
    all.extend(own.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    Metadata::new(all)
}
