//! Reads tensors out of a safetensors file in memory.
//!
//! The format is eight bytes of length, that many bytes of JSON, then the data
//! (safetensors format description). The length is checked against the file, every
//! place against the data, every shape against the bytes that it should take, before
//! anything is copied. It is a reader of our own since the crate `safetensors` (0.8)
//! adds a hostile header's offsets unchecked; `ghostlight-models` has another one, for
//! files that are not in memory.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::EmbedError;

/// Longest header, in bytes: the model's own has 11 KB.
const LONGEST_HEADER: usize = 1 << 20;

/// The tensors of a file.
#[derive(Debug)]
pub(crate) struct Weights<'a> {
    entries: BTreeMap<String, Entry>,
    data: &'a [u8],
}

/// An entry of the header's JSON.
#[derive(Debug, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

impl<'a> Weights<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`EmbedError::Weights`].
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, EmbedError> {
        let fail = |reason: String| EmbedError::Weights(reason);
        let (length, rest) =
            bytes.split_first_chunk().ok_or_else(|| fail(format!("a file of {} bytes", bytes.len())))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > LONGEST_HEADER.min(rest.len()) {
            return Err(fail(format!("a header of {length} bytes, {} follow", rest.len())));
        }
        let (header, data) = rest.split_at(length);
        let mut entries: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header)
            .map_err(|error| fail(format!("its header is no JSON object: {error}")))?;
        entries.remove("__metadata__");
        let parsed = entries.into_iter().map(|(name, value)| {
            let entry = serde_json::from_value(value).map_err(|error| fail(format!("{name:?}: {error}")))?;
            Ok((name, entry))
        });
        Ok(Self { entries: parsed.collect::<Result<_, EmbedError>>()?, data })
    }

    /// Whether there is a tensor of a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The numbers of a tensor and its shape, which has to be this one; 0 stands for any
    /// size.
    ///
    /// # Errors
    /// [`EmbedError::Missing`], [`EmbedError::Shape`], and [`EmbedError::Weights`] for
    /// another type or for places outside of the file.
    pub(crate) fn read<const D: usize>(
        &self,
        name: &str,
        expected: [usize; D],
    ) -> Result<(Vec<f32>, [usize; D]), EmbedError> {
        let entry = self.entries.get(name).ok_or_else(|| EmbedError::Missing { name: name.to_owned() })?;
        let fits = |shape: &[usize; D]| {
            shape.iter().zip(&expected).all(|(&got, &want)| if want == 0 { got > 0 } else { got == want })
        };
        let shape = <[usize; D]>::try_from(entry.shape.as_slice()).ok().filter(fits);
        let shape = shape.ok_or_else(|| EmbedError::Shape {
            name: name.to_owned(),
            expected: expected.to_vec(),
            got: entry.shape.clone(),
        })?;
        let fail = |reason: String| EmbedError::Weights(format!("{name}: {reason}"));
        if entry.dtype != "F32" {
            return Err(fail(format!("type {:?}, only F32 is read", entry.dtype)));
        }
        let (start, end) = entry.data_offsets;
        let bytes = self
            .data
            .get(start..end)
            .ok_or_else(|| fail(format!("bytes {start} to {end}, the file has {}", self.data.len())))?;
        let need = shape.iter().try_fold(4usize, |bytes, &size| bytes.checked_mul(size));
        if need != Some(bytes.len()) {
            return Err(fail(format!("shape {shape:?} does not take {} bytes", bytes.len())));
        }
        let (numbers, _) = bytes.as_chunks::<4>();
        let numbers: Vec<f32> = numbers.iter().map(|&number| f32::from_le_bytes(number)).collect();
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(fail("a number is not finite".to_owned()));
        }
        Ok((numbers, shape))
    }
}
