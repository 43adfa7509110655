//! One GGUF file into another whose weights are packed in another type.
//!
//! The idea: a tensor goes through memory in slices of rows: unpacked to floats,
//! packed again, and unpacked once more to say what was lost. What the floats
//! mean is `ghostlight-gguf`'s scalar definition; nothing here computes faster or
//! better than that. Vectors stay as they are, and so do rows that fit no block.
//!
//! It does not search for better scales or weigh by importance.

use std::path::Path;

use ghostlight_gguf::{Gguf, Metadata, TensorInfo, TensorType, Value, dequantize, quantize};

use crate::error::gguf;
use crate::writer::{Head, Writer};
use crate::{FileSource, ModelsError, Progress};

/// Floats in memory at once, and again as they were packed.
const SLICE: u64 = 1 << 18;

/// Into what a model is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Type of the layers' matrices.
    pub matrices: TensorType,
    /// Type of the embedding table and of the head. They are a large part of a
    /// small model and lose most.
    pub embeddings: TensorType,
}

impl Target {
    /// The usual mixture: four and five bits keep their embeddings in eight.
    pub fn of(ty: TensorType) -> Self {
        let embeddings = match ty {
            TensorType::F32 | TensorType::F16 | TensorType::BF16 => ty,
            _ => TensorType::Q8_0,
        };
        Self { matrices: ty, embeddings }
    }

    /// The type of one tensor: `dims` has the row length first, `have` is what it is today.
    pub(crate) fn choose(self, name: &str, dims: &[u64], have: TensorType) -> TensorType {
        if dims.len() < 2 {
            return have;
        }
        let is_embedding = matches!(name, "token_embd.weight" | "output.weight");
        let wanted = if is_embedding { self.embeddings } else { self.matrices };
        // Rows of 576 are no multiple of a K block's 256.
        let fits = |ty: &TensorType| dims[0].is_multiple_of(ty.block_len() as u64);
        [wanted, TensorType::Q8_0, TensorType::F16].into_iter().find(fits).unwrap_or(have)
    }

    /// The number that `general.file_type` has for this mixture.
    pub(crate) fn file_type(self) -> u32 {
        match self.matrices {
            TensorType::F32 => 0,
            TensorType::F16 => 1,
            TensorType::Q4_0 => 2,
            TensorType::Q4_1 => 3,
            TensorType::Q8_0 => 7,
            TensorType::Q5_0 => 8,
            TensorType::Q5_1 => 9,
            TensorType::Q4K => 14,
            TensorType::Q5K => 16,
            TensorType::Q6K => 18,
            TensorType::BF16 => 32,
            TensorType::Unsupported(_) => 1024, // "guessed"
        }
    }
}

/// What became of one tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorReport {
    /// Its name.
    pub name: String,
    /// Its type before.
    pub from: TensorType,
    /// Its type now.
    pub to: TensorType,
    /// How many numbers it has.
    pub elements: u64,
    /// Packed bytes now.
    pub bytes: u64,
    /// Root of the mean squared difference, in parts of the root of the mean
    /// square; 0 where nothing changed.
    pub error: f64,
}

/// Sums that give [`TensorReport::error`].
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Loss {
    difference: f64,
    signal: f64,
}

impl Loss {
    pub(crate) fn add(&mut self, want: &[f32], got: &[f32]) {
        for (&want, &got) in want.iter().zip(got) {
            let (want, got) = (f64::from(want), f64::from(got));
            self.difference += (want - got) * (want - got);
            self.signal += want * want;
        }
    }

    pub(crate) fn relative(self) -> f64 {
        if self.signal > 0.0 { (self.difference / self.signal).sqrt() } else { 0.0 }
    }
}

/// Packs floats as `ty` into `packed` and adds up what that loses.
pub(crate) fn pack(
    ty: TensorType,
    floats: &[f32],
    packed: &mut Vec<u8>,
    again: &mut Vec<f32>,
    loss: &mut Loss,
) -> Result<(), ghostlight_gguf::GgufError> {
    packed.clear();
    quantize(ty, floats, packed)?;
    again.resize(floats.len(), 0.0);
    dequantize(ty, packed, again)?;
    loss.add(floats, again);
    Ok(())
}

/// Writes the model of `input` to `output` with other types of weights.
///
/// # Errors
/// [`ModelsError::Gguf`] when the input is no model, has a tensor that cannot be read, or a weight
/// that the type cannot hold; [`ModelsError::Io`]; [`ModelsError::SameFile`].
pub fn requantize(
    input: &Path,
    output: &Path,
    target: Target,
    progress: &mut dyn Progress,
) -> Result<Vec<TensorReport>, ModelsError> {
    crate::writer::check_other(input, output)?;
    let source = FileSource::open(input)?;
    let model = pollster::block_on(Gguf::open(&source)).map_err(gguf(input))?;
    let metadata = retyped(&model.metadata, target).map_err(gguf(input))?;
    let heads: Vec<Head> = model
        .tensors
        .iter()
        .map(|info| Head {
            name: info.name.clone(),
            dims: info.dims.clone(),
            ty: target.choose(&info.name, &info.dims, info.ty),
        })
        .collect();
    let mut writer = Writer::create(output, &metadata, &heads)?;
    progress.begin("quantizing", model.summary().bytes);
    let mut slices = Slices { model: &model, source: &source, input, done: 0, progress };
    let mut reports = Vec::with_capacity(heads.len());
    for (info, head) in model.tensors.iter().zip(&heads) {
        let error = slices.tensor(info, head.ty, &mut writer)?;
        reports.push(TensorReport {
            name: head.name.clone(),
            from: info.ty,
            to: head.ty,
            elements: info.elements(),
            bytes: head.ty.row_bytes(info.elements()).unwrap_or(0),
            error,
        });
    }
    slices.progress.end();
    writer.finish()?;
    Ok(reports)
}

/// The way of one tensor after the other through memory.
struct Slices<'a> {
    model: &'a Gguf,
    source: &'a FileSource,
    input: &'a Path,
    done: u64,
    progress: &'a mut dyn Progress,
}

impl Slices<'_> {
    /// Copies or packs one tensor; what that lost.
    fn tensor(&mut self, info: &TensorInfo, ty: TensorType, writer: &mut Writer) -> Result<f64, ModelsError> {
        writer.next_tensor()?;
        let (mut bytes, mut packed) = (Vec::new(), Vec::new());
        let (mut floats, mut again) = (Vec::new(), Vec::new());
        let mut loss = Loss::default();
        let row = info.row_len();
        let step = (SLICE / row.max(1)).max(1);
        let mut first = 0;
        while first < info.rows() {
            let rows = first..(first + step).min(info.rows());
            first = rows.end;
            let elements = (rows.end - rows.start) * row;
            pollster::block_on(self.model.read_rows(self.source, info, rows, &mut bytes))
                .map_err(gguf(self.input))?;
            if ty == info.ty {
                writer.write(&bytes)?;
            } else {
                floats.resize(elements as usize, 0.0);
                dequantize(info.ty, &bytes, &mut floats).map_err(gguf(self.input))?;
                pack(ty, &floats, &mut packed, &mut again, &mut loss).map_err(gguf(self.input))?;
                writer.write(&packed)?;
            }
            self.done += bytes.len() as u64;
            self.progress.at(self.done);
        }
        Ok(loss.relative())
    }
}

/// The metadata, but for what it says about the types.
fn retyped(metadata: &Metadata, target: Target) -> Result<Metadata, ghostlight_gguf::GgufError> {
    let said = ["general.file_type", "general.quantization_version"];
    let mut entries: Vec<(String, Value)> = metadata
        .iter()
        .filter(|(key, _)| !said.contains(key))
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect();
    entries.push((said[0].to_owned(), Value::U32(target.file_type())));
    entries.push((said[1].to_owned(), Value::U32(2)));
    Metadata::new(entries)
}
