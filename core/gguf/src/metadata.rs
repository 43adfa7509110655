//! A model's metadata: keys with typed values, compact in memory.
//!
//! The idea: values stay in the type the file gave them; arrays of numbers are plain vectors and arrays of texts
//! share one buffer, so a vocabulary of 150,000 tokens is two allocations. Accessors convert where nothing is lost
//! and say clearly when a value is missing or of another type.
//!
//! What it does not do: know what any key means.

use std::borrow::Cow;

use crate::error::GgufError;

/// A metadata value.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the variants are the format's value types under their usual names")]
pub enum Value {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    F32(f32),
    U64(u64),
    I64(i64),
    F64(f64),
    Bool(bool),
    Str(String),
    Array(Array),
}

/// A metadata array: elements of one type.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the variants are the format's value types under their usual names")]
pub enum Array {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    U64(Vec<u64>),
    I64(Vec<i64>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
    Strings(Strings),
    Arrays(Vec<Array>),
}

/// Many byte strings in one buffer. Vocabularies hold pieces of text that need not be UTF-8 by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strings {
    bytes: Vec<u8>,
    /// Where each string ends in `bytes`.
    ends: Vec<u32>,
}

impl Strings {
    /// Room for `count` strings of `bytes` bytes together.
    pub fn with_capacity(count: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(count) }
    }

    /// Adds a string at the end.
    ///
    /// # Panics
    /// When all strings together pass 4 GiB, which the reader's header limit rules out.
    pub fn push(&mut self, string: &[u8]) {
        self.bytes.extend_from_slice(string);
        self.ends.push(u32::try_from(self.bytes.len()).expect("a header is far below 4 GiB"));
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all strings together.
    pub fn total_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The string at `index`.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        Some(&self.bytes[start..end])
    }

    /// All strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        (0..self.len()).map(|i| self.get(i).expect("the index is below the length"))
    }
}

impl<S: AsRef<[u8]>> FromIterator<S> for Strings {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        let mut all = Self::default();
        strings.into_iter().for_each(|s| all.push(s.as_ref()));
        all
    }
}

impl Array {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::U32(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::U64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Strings(v) => v.len(),
            Self::Arrays(v) => v.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Name of the element type, such as `u32`.
    pub fn element_type(&self) -> &'static str {
        match self {
            Self::U8(_) => "u8",
            Self::I8(_) => "i8",
            Self::U16(_) => "u16",
            Self::I16(_) => "i16",
            Self::U32(_) => "u32",
            Self::I32(_) => "i32",
            Self::F32(_) => "f32",
            Self::U64(_) => "u64",
            Self::I64(_) => "i64",
            Self::F64(_) => "f64",
            Self::Bool(_) => "bool",
            Self::Strings(_) => "string",
            Self::Arrays(_) => "array",
        }
    }

    /// The elements as integers, `None` when they are none.
    fn integers(&self) -> Option<Box<dyn Iterator<Item = i128> + '_>> {
        Some(match self {
            Self::U8(v) => Box::new(v.iter().map(|&n| n.into())),
            Self::I8(v) => Box::new(v.iter().map(|&n| n.into())),
            Self::U16(v) => Box::new(v.iter().map(|&n| n.into())),
            Self::I16(v) => Box::new(v.iter().map(|&n| n.into())),
            Self::U32(v) => Box::new(v.iter().map(|&n| n.into())),
            Self::I32(v) => Box::new(v.iter().map(|&n| n.into())),
            Self::U64(v) => Box::new(v.iter().map(|&n| n.into())),
            Self::I64(v) => Box::new(v.iter().map(|&n| n.into())),
            _ => return None,
        })
    }
}

impl Value {
    /// Name of the type, such as `u32` or `array of string`.
    pub fn type_name(&self) -> String {
        match self {
            Self::U8(_) => "u8",
            Self::I8(_) => "i8",
            Self::U16(_) => "u16",
            Self::I16(_) => "i16",
            Self::U32(_) => "u32",
            Self::I32(_) => "i32",
            Self::F32(_) => "f32",
            Self::U64(_) => "u64",
            Self::I64(_) => "i64",
            Self::F64(_) => "f64",
            Self::Bool(_) => "bool",
            Self::Str(_) => "string",
            Self::Array(array) => return format!("array of {}", array.element_type()),
        }
        .to_owned()
    }

    fn integer(&self) -> Option<i128> {
        Some(match *self {
            Self::U8(n) => n.into(),
            Self::I8(n) => n.into(),
            Self::U16(n) => n.into(),
            Self::I16(n) => n.into(),
            Self::U32(n) => n.into(),
            Self::I32(n) => n.into(),
            Self::U64(n) => n.into(),
            Self::I64(n) => n.into(),
            _ => return None,
        })
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}
value_from!(u8 => U8, i8 => I8, u16 => U16, i16 => I16, u32 => U32, i32 => I32, f32 => F32, u64 => U64, i64 => I64,
    f64 => F64, bool => Bool, &str => Str, String => Str, Array => Array);

/// All metadata of a model, in the file's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    entries: Vec<(String, Value)>,
    /// Places in `entries`, ordered by key.
    by_key: Vec<u32>,
}

impl Metadata {
    /// Metadata of these keys and values.
    ///
    /// # Errors
    /// [`GgufError::DuplicateKey`] when a key stands twice.
    pub fn new(entries: Vec<(String, Value)>) -> Result<Self, GgufError> {
        let by_key = sorted(&entries, |(key, _)| key)
            .map_err(|twice| GgufError::DuplicateKey { key: entries[twice].0.chars().take(80).collect() })?;
        Ok(Self { entries, by_key })
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keys and values in the file's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        find(&self.entries, &self.by_key, |(key, _)| key, key).map(|(_, value)| value)
    }

    /// A text, `None` without the key.
    ///
    /// # Errors
    /// [`GgufError::ValueType`] when the value is no text.
    pub fn str(&self, key: &str) -> Result<Option<&str>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Str(text)) => Ok(Some(text)),
            Some(value) => Err(wrong_type(key, "a string", value)),
        }
    }

    /// An integer of any width that fits `u32`, `None` without the key.
    ///
    /// # Errors
    /// [`GgufError::ValueType`] when the value is no integer, [`GgufError::ValueRange`] when it does not fit.
    pub fn u32(&self, key: &str) -> Result<Option<u32>, GgufError> {
        self.integer(key, "u32")
    }

    /// An integer of any width that fits `u64`, `None` without the key.
    ///
    /// # Errors
    /// As [`Metadata::u32`].
    pub fn u64(&self, key: &str) -> Result<Option<u64>, GgufError> {
        self.integer(key, "u64")
    }

    /// A float, `None` without the key.
    ///
    /// # Errors
    /// [`GgufError::ValueType`] when the value is no float.
    pub fn f32(&self, key: &str) -> Result<Option<f32>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::F32(number)) => Ok(Some(*number)),
            Some(Value::F64(number)) => Ok(Some(*number as f32)),
            Some(value) => Err(wrong_type(key, "a float", value)),
        }
    }

    /// A truth value, `None` without the key.
    ///
    /// # Errors
    /// [`GgufError::ValueType`] when the value is no truth value.
    pub fn bool(&self, key: &str) -> Result<Option<bool>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(value) => Err(wrong_type(key, "a bool", value)),
        }
    }

    /// An array of any type, `None` without the key.
    ///
    /// # Errors
    /// [`GgufError::ValueType`] when the value is no array.
    pub fn array(&self, key: &str) -> Result<Option<&Array>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(array)) => Ok(Some(array)),
            Some(value) => Err(wrong_type(key, "an array", value)),
        }
    }

    /// An array of texts, `None` without the key.
    ///
    /// # Errors
    /// [`GgufError::ValueType`] when the value is anything else.
    pub fn strings(&self, key: &str) -> Result<Option<&Strings>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(Array::Strings(strings))) => Ok(Some(strings)),
            Some(value) => Err(wrong_type(key, "an array of string", value)),
        }
    }

    /// An array of integers that all fit `i32`, `None` without the key. Borrowed where the file has that very type.
    ///
    /// # Errors
    /// [`GgufError::ValueType`] when the elements are no integers, [`GgufError::ValueRange`] when one does not fit.
    pub fn i32s(&self, key: &str) -> Result<Option<Cow<'_, [i32]>>, GgufError> {
        let array = match self.array(key)? {
            None => return Ok(None),
            Some(Array::I32(numbers)) => return Ok(Some(Cow::Borrowed(numbers))),
            Some(array) => array,
        };
        let wrong = || GgufError::ValueType {
            key: key.to_owned(),
            need: "an array of integers",
            have: format!("array of {}", array.element_type()),
        };
        let fits = |value| {
            i32::try_from(value).map_err(|_| GgufError::ValueRange {
                key: key.to_owned(),
                need: "i32",
                value,
            })
        };
        array.integers().ok_or_else(wrong)?.map(fits).collect::<Result<_, _>>().map(Some)
    }

    /// As [`Metadata::str`], the key must be there.
    ///
    /// # Errors
    /// Also [`GgufError::MissingKey`].
    pub fn require_str(&self, key: &str) -> Result<&str, GgufError> {
        require(key, self.str(key))
    }

    /// As [`Metadata::u32`], the key must be there.
    ///
    /// # Errors
    /// Also [`GgufError::MissingKey`].
    pub fn require_u32(&self, key: &str) -> Result<u32, GgufError> {
        require(key, self.u32(key))
    }

    /// As [`Metadata::strings`], the key must be there.
    ///
    /// # Errors
    /// Also [`GgufError::MissingKey`].
    pub fn require_strings(&self, key: &str) -> Result<&Strings, GgufError> {
        require(key, self.strings(key))
    }

    fn integer<T: TryFrom<i128>>(&self, key: &str, need: &'static str) -> Result<Option<T>, GgufError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let value = value.integer().ok_or_else(|| wrong_type(key, need, value))?;
        T::try_from(value).map(Some).map_err(|_| GgufError::ValueRange { key: key.to_owned(), need, value })
    }
}

fn wrong_type(key: &str, need: &'static str, have: &Value) -> GgufError {
    GgufError::ValueType { key: key.to_owned(), need, have: have.type_name() }
}

fn require<T>(key: &str, value: Result<Option<T>, GgufError>) -> Result<T, GgufError> {
    value?.ok_or_else(|| GgufError::MissingKey { key: key.to_owned() })
}

/// Places of `items` ordered by key, or the place of an item whose key stands twice.
pub(crate) fn sorted<T>(items: &[T], key: impl Fn(&T) -> &String) -> Result<Vec<u32>, usize> {
    let mut places: Vec<u32> =
        (0..items.len()).map(|i| u32::try_from(i).expect("counted in a header")).collect();
    places.sort_unstable_by_key(|&i| key(&items[i as usize]));
    let same = |pair: &&[u32]| key(&items[pair[0] as usize]) == key(&items[pair[1] as usize]);
    match places.windows(2).find(same) {
        Some(pair) => Err(pair[0] as usize),
        None => Ok(places),
    }
}

/// The item with this key, by the places that [`sorted`] gave.
pub(crate) fn find<'a, T>(
    items: &'a [T],
    places: &[u32],
    key: impl Fn(&T) -> &String,
    wanted: &str,
) -> Option<&'a T> {
    let place = places.binary_search_by(|&i| key(&items[i as usize]).as_str().cmp(wanted)).ok()?;
    Some(&items[places[place] as usize])
}
