//! The parser of everything before the tensor data.
//!
//! The idea: a plain synchronous [`Cursor`] parses one item (a key with its value, a tensor entry) from a window of
//! the file. When the item is cut off by the window's end, the window drops what is done, grows to at least double
//! and the item is parsed again; when it is cut off by the file's end, that is the error. So nothing is ever
//! allocated for bytes that were not read, and each byte is parsed a bounded number of times.
//!
//! What it does not do: judge tensors' shapes and places (see `model`), know any metadata key's meaning.

use std::str;

use crate::{
    error::GgufError,
    metadata::{Array, Strings, Value},
    source::Source,
};

/// Largest header in bytes, everything before the tensor data. The largest vocabularies known need about 20 MB.
pub const MAX_HEADER_BYTES: u64 = 64 << 20;
/// Longest metadata key in bytes, as the format says.
const MAX_KEY_BYTES: u64 = 65_535;
/// Longest tensor name in bytes. The format says 64; some writers go over.
pub(crate) const MAX_NAME_BYTES: u64 = 256;
/// Most dimensions of a tensor, as the format says.
pub(crate) const MAX_DIMS: u64 = 4;
/// Arrays within arrays in metadata, at most. Known models use none.
const MAX_ARRAY_DEPTH: u64 = 4;
/// Largest alignment of tensors in bytes.
pub const MAX_ALIGNMENT: u64 = 1 << 20;

const MAGIC: [u8; 4] = *b"GGUF";
/// What is read at first, and the least the window grows by, in bytes: most models' headers take one or two reads.
const SLICE: u64 = 1 << 20;
/// The least bytes of a key with its value: length, no name, type, one byte.
const MIN_ENTRY: u64 = 8 + 4 + 1;
/// The least bytes of a tensor entry: length, no name, dimension count, type, offset.
const MIN_TENSOR: u64 = 8 + 4 + 4 + 8;

/// What stands before the tensor data, not yet judged.
pub(crate) struct Header {
    pub(crate) version: u32,
    pub(crate) entries: Vec<(String, Value)>,
    pub(crate) tensors: Vec<TensorEntry>,
    /// Length of the header in bytes.
    pub(crate) end: u64,
}

/// A tensor entry as the file has it.
pub(crate) struct TensorEntry {
    pub(crate) name: String,
    pub(crate) dims: Vec<u64>,
    pub(crate) code: u32,
    /// Bytes from the start of the data section.
    pub(crate) offset: u64,
}

/// Reads the header of `source`.
pub(crate) async fn read<S: Source + ?Sized>(source: &S) -> Result<Header, GgufError> {
    let mut magic = vec![0; source.len().min(4) as usize];
    source.read_at(0, &mut magic).await?;
    if magic != MAGIC {
        return Err(GgufError::NotGguf { found: magic });
    }

    let mut window = Window::new(source);
    let (version, tensor_count, key_count) = window.parse("header", prologue).await?;
    window.check_count("metadata keys", key_count, MIN_ENTRY)?;
    window.check_count("tensor list", tensor_count, MIN_TENSOR)?;

    let mut entries = Vec::new();
    for i in 0..key_count {
        entries.push(window.parse(format_args!("metadata key {i} of {key_count}"), entry).await?);
    }
    let mut tensors = Vec::new();
    for i in 0..tensor_count {
        tensors.push(window.parse(format_args!("tensor entry {i} of {tensor_count}"), tensor_entry).await?);
    }
    Ok(Header { version, entries, tensors, end: window.offset() })
}

/// The part of the file that is in memory, and how far it is parsed.
struct Window<'s, S: ?Sized> {
    source: &'s S,
    /// Length of the file.
    len: u64,
    /// Where `bytes` begins in the file.
    base: u64,
    bytes: Vec<u8>,
    /// Bytes of `bytes` that are parsed.
    done: usize,
}

impl<'s, S: Source + ?Sized> Window<'s, S> {
    fn new(source: &'s S) -> Self {
        Self { source, len: source.len(), base: 0, bytes: Vec::new(), done: 0 }
    }

    /// Where parsing stands, bytes from the start of the file.
    fn offset(&self) -> u64 {
        self.base + self.done as u64
    }

    /// Checks that `count` items of at least `least` bytes can follow.
    fn check_count(&self, what: &str, count: u64, least: u64) -> Result<(), GgufError> {
        let (need, have) = (count.saturating_mul(least), self.len - self.offset());
        if need > have {
            return Err(GgufError::Truncated { what: format!("{what} ({count} items)"), need, have });
        }
        Ok(())
    }

    /// Parses one item, growing the window until it holds the item. `what` names the item in errors.
    async fn parse<T>(
        &mut self,
        what: impl ToString,
        item: impl Fn(&mut Cursor<'_>) -> Result<T, Stop>,
    ) -> Result<T, GgufError> {
        loop {
            let left = self.len - self.offset();
            let mut cursor = Cursor { bytes: &self.bytes[self.done..], at: 0, left };
            match item(&mut cursor) {
                Ok(value) => {
                    self.done += cursor.at;
                    return Ok(value);
                }
                Err(Stop::Short { need }) => self.grow(need, &what).await?,
                Err(Stop::Truncated { need }) => {
                    return Err(GgufError::Truncated { what: what.to_string(), need, have: left });
                }
                Err(Stop::Limit { part, have, limit }) => {
                    return Err(GgufError::Limit {
                        what: format!("{} {part}", what.to_string()),
                        have,
                        limit,
                    });
                }
                Err(Stop::Utf8 { valid }) => return Err(GgufError::Utf8 { what: what.to_string(), valid }),
                Err(Stop::Error(error)) => return Err(error),
            }
        }
    }

    /// Drops what is parsed and reads on until `need` bytes follow, which the file is known to have.
    async fn grow(&mut self, need: u64, what: &impl ToString) -> Result<(), GgufError> {
        self.base = self.offset();
        self.bytes.drain(..self.done);
        self.done = 0;

        let have = self.bytes.len() as u64;
        let left = (self.len - self.base).min(MAX_HEADER_BYTES.saturating_sub(self.base));
        if need > left {
            let what = format!("header at {}", what.to_string());
            return Err(GgufError::Limit { what, have: self.base + need, limit: MAX_HEADER_BYTES });
        }
        let target = need.max(2 * have).max(have + SLICE).min(left);
        let more = (target - have) as usize;
        if self.bytes.try_reserve_exact(more).is_err() {
            return Err(GgufError::Memory { what: what.to_string(), need: target });
        }
        self.bytes.resize(target as usize, 0);
        self.source.read_at(self.base + have, &mut self.bytes[have as usize..]).await?;
        Ok(())
    }
}

/// Why an item could not be parsed from the window.
enum Stop {
    /// The window ends too early, the file does not: the item needs at least `need` bytes from its start.
    Short { need: u64 },
    /// The file ends too early.
    Truncated { need: u64 },
    /// A part of the item is over a limit.
    Limit { part: &'static str, have: u64, limit: u64 },
    /// A text is not UTF-8.
    Utf8 { valid: u64 },
    /// Anything else.
    Error(GgufError),
}

impl Stop {
    /// Names the key in errors that know only the item's number so far.
    fn of_key(self, key: &str, left: u64) -> Self {
        let what = || format!("metadata key {:?}", brief(key));
        match self {
            Self::Truncated { need } => Self::Error(GgufError::Truncated { what: what(), need, have: left }),
            Self::Limit { part, have, limit } => {
                Self::Error(GgufError::Limit { what: format!("{} {part}", what()), have, limit })
            }
            Self::Utf8 { valid } => Self::Error(GgufError::Utf8 { what: what(), valid }),
            other => other,
        }
    }
}

/// One item's bytes, as far as the window has them.
struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
    /// Bytes from the item's start to the end of the file.
    left: u64,
}

impl<'b> Cursor<'b> {
    /// Checks that `n` more bytes can be taken.
    fn want(&self, n: u64) -> Result<(), Stop> {
        let need = (self.at as u64).saturating_add(n);
        if need > self.left {
            Err(Stop::Truncated { need })
        } else if need > self.bytes.len() as u64 {
            Err(Stop::Short { need })
        } else {
            Ok(())
        }
    }

    fn take(&mut self, n: u64) -> Result<&'b [u8], Stop> {
        self.want(n)?;
        let start = self.at;
        self.at += n as usize;
        Ok(&self.bytes[start..self.at])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        Ok(self.take(N as u64)?.try_into().expect("took N bytes"))
    }

    fn u32(&mut self) -> Result<u32, Stop> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Stop> {
        self.array().map(u64::from_le_bytes)
    }

    /// A text with its length before it, at most `limit` bytes long.
    fn text(&mut self, part: &'static str, limit: u64) -> Result<String, Stop> {
        let len = self.u64()?;
        if len > limit {
            return Err(Stop::Limit { part, have: len, limit });
        }
        let text =
            str::from_utf8(self.take(len)?).map_err(|e| Stop::Utf8 { valid: e.valid_up_to() as u64 })?;
        Ok(text.to_owned())
    }

    /// `count` numbers of `N` bytes each.
    fn numbers<T, const N: usize>(
        &mut self,
        count: u64,
        number: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, Stop> {
        let bytes = self.take(count.saturating_mul(N as u64))?;
        Ok(bytes.chunks_exact(N).map(|b| number(b.try_into().expect("chunks of N bytes"))).collect())
    }
}

/// Magic, version, tensor count, key count.
fn prologue(c: &mut Cursor<'_>) -> Result<(u32, u64, u64), Stop> {
    let _magic: [u8; 4] = c.array()?;
    let version = c.u32()?;
    if version != 0 && version & 0xffff == 0 {
        return Err(Stop::Error(GgufError::BigEndian { field: version }));
    }
    if !(2..=3).contains(&version) {
        return Err(Stop::Error(GgufError::Version { version }));
    }
    Ok((version, c.u64()?, c.u64()?))
}

/// A key with its value.
fn entry(c: &mut Cursor<'_>) -> Result<(String, Value), Stop> {
    let key = c.text("key length", MAX_KEY_BYTES)?;
    let code = c.u32()?;
    let left = c.left;
    let value = value(c, code, &key).map_err(|stop| stop.of_key(&key, left))?;
    Ok((key, value))
}

/// Value type numbers of the format.
mod code {
    pub(super) const U8: u32 = 0;
    pub(super) const I8: u32 = 1;
    pub(super) const U16: u32 = 2;
    pub(super) const I16: u32 = 3;
    pub(super) const U32: u32 = 4;
    pub(super) const I32: u32 = 5;
    pub(super) const F32: u32 = 6;
    pub(super) const BOOL: u32 = 7;
    pub(super) const STRING: u32 = 8;
    pub(super) const ARRAY: u32 = 9;
    pub(super) const U64: u32 = 10;
    pub(super) const I64: u32 = 11;
    pub(super) const F64: u32 = 12;
}

fn value(c: &mut Cursor<'_>, code: u32, key: &str) -> Result<Value, Stop> {
    Ok(match code {
        code::U8 => Value::U8(c.array().map(u8::from_le_bytes)?),
        code::I8 => Value::I8(c.array().map(i8::from_le_bytes)?),
        code::U16 => Value::U16(c.array().map(u16::from_le_bytes)?),
        code::I16 => Value::I16(c.array().map(i16::from_le_bytes)?),
        code::U32 => Value::U32(c.u32()?),
        code::I32 => Value::I32(c.array().map(i32::from_le_bytes)?),
        code::F32 => Value::F32(c.array().map(f32::from_le_bytes)?),
        code::BOOL => {
            let [byte] = c.array()?;
            Value::Bool(truth(byte, key)?)
        }
        code::STRING => Value::Str(c.text("text length", MAX_HEADER_BYTES)?),
        code::ARRAY => Value::Array(array(c, key, 1)?),
        code::U64 => Value::U64(c.u64()?),
        code::I64 => Value::I64(c.array().map(i64::from_le_bytes)?),
        code::F64 => Value::F64(c.array().map(f64::from_le_bytes)?),
        code => return Err(Stop::Error(GgufError::UnknownValueType { key: brief(key), code })),
    })
}

fn array(c: &mut Cursor<'_>, key: &str, depth: u64) -> Result<Array, Stop> {
    if depth > MAX_ARRAY_DEPTH {
        return Err(Stop::Limit { part: "array depth", have: depth, limit: MAX_ARRAY_DEPTH });
    }
    let (code, count) = (c.u32()?, c.u64()?);
    Ok(match code {
        code::U8 => Array::U8(c.numbers(count, u8::from_le_bytes)?),
        code::I8 => Array::I8(c.numbers(count, i8::from_le_bytes)?),
        code::U16 => Array::U16(c.numbers(count, u16::from_le_bytes)?),
        code::I16 => Array::I16(c.numbers(count, i16::from_le_bytes)?),
        code::U32 => Array::U32(c.numbers(count, u32::from_le_bytes)?),
        code::I32 => Array::I32(c.numbers(count, i32::from_le_bytes)?),
        code::F32 => Array::F32(c.numbers(count, f32::from_le_bytes)?),
        code::BOOL => {
            let bytes = c.take(count)?;
            Array::Bool(bytes.iter().map(|&byte| truth(byte, key)).collect::<Result<_, _>>()?)
        }
        code::STRING => Array::Strings(strings(c, count)?),
        code::ARRAY => {
            // An empty inner array still has its type and count.
            c.want(count.saturating_mul(4 + 8))?;
            let mut arrays = Vec::new();
            for _ in 0..count {
                arrays.push(array(c, key, depth + 1)?);
            }
            Array::Arrays(arrays)
        }
        code::U64 => Array::U64(c.numbers(count, u64::from_le_bytes)?),
        code::I64 => Array::I64(c.numbers(count, i64::from_le_bytes)?),
        code::F64 => Array::F64(c.numbers(count, f64::from_le_bytes)?),
        code => return Err(Stop::Error(GgufError::UnknownValueType { key: brief(key), code })),
    })
}

/// `count` texts: measured first, then copied into one allocation of the right size.
fn strings(c: &mut Cursor<'_>, count: u64) -> Result<Strings, Stop> {
    c.want(count.saturating_mul(8))?;
    let start = c.at;
    for _ in 0..count {
        let len = c.u64()?;
        c.take(len)?;
    }
    let total = (c.at - start) - 8 * count as usize;
    let mut strings = Strings::with_capacity(count as usize, total);
    c.at = start;
    for _ in 0..count {
        let len = c.u64()?;
        strings.push(c.take(len)?);
    }
    Ok(strings)
}

/// The key as errors show it: a hostile one is long.
fn brief(key: &str) -> String {
    const SHOWN: usize = 80;
    if key.len() <= SHOWN { key.to_owned() } else { key.chars().take(SHOWN).chain(['…']).collect() }
}

fn truth(value: u8, key: &str) -> Result<bool, Stop> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        value => Err(Stop::Error(GgufError::Bool { key: brief(key), value })),
    }
}

/// Name, dimensions, type and offset of a tensor.
fn tensor_entry(c: &mut Cursor<'_>) -> Result<TensorEntry, Stop> {
    let name = c.text("name length", MAX_NAME_BYTES)?;
    let left = c.left;
    let named = |stop: Stop| match stop {
        Stop::Truncated { need } => {
            Stop::Error(GgufError::Truncated { what: format!("entry of tensor {name:?}"), need, have: left })
        }
        other => other,
    };
    let count = u64::from(c.u32().map_err(named)?);
    if count > MAX_DIMS {
        let what = format!("tensor {name:?} dimension count");
        return Err(Stop::Error(GgufError::Limit { what, have: count, limit: MAX_DIMS }));
    }
    let dims = c.numbers(count, u64::from_le_bytes).map_err(named)?;
    let code = c.u32().map_err(named)?;
    let offset = c.u64().map_err(named)?;
    Ok(TensorEntry { name, dims, code, offset })
}
