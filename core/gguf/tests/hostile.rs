//! Hostile files: the fuzz target's body over its committed corpus and over random mutations of good files, and
//! round trips of random models.

#[path = "../../../tests/fuzz/bodies/gguf_open.rs"]
mod fuzz_body;

use crate::common;
use std::{fs, path::Path};

use ghostlight_gguf::{Array, Gguf, Metadata, TensorData, TensorType, Value, write};
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::RngSeed};

#[test]
#[allow(clippy::disallowed_methods, reason = "the corpus is a folder that fuzzing adds to")]
fn the_corpus_neither_panics_nor_breaks_a_promise() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus/gguf");
    let (mut opened, mut refused) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let input = fs::read(entry.unwrap().path()).unwrap();
        *if fuzz_body::run(&input) { &mut opened } else { &mut refused } += 1;
    }
    assert!(opened >= 5, "only {opened} files of the corpus open");
    assert!(refused >= 20, "only {refused} files of the corpus are refused");
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Default::default() }
}

fn number_array() -> impl Strategy<Value = Array> {
    prop_oneof![
        vec(any::<u8>(), 0..9).prop_map(Array::U8),
        vec(any::<i8>(), 0..9).prop_map(Array::I8),
        vec(any::<u16>(), 0..9).prop_map(Array::U16),
        vec(any::<i16>(), 0..9).prop_map(Array::I16),
        vec(any::<u32>(), 0..9).prop_map(Array::U32),
        vec(any::<i32>(), 0..9).prop_map(Array::I32),
        vec(-1e9..1e9f32, 0..9).prop_map(Array::F32),
        vec(any::<u64>(), 0..9).prop_map(Array::U64),
        vec(any::<i64>(), 0..9).prop_map(Array::I64),
        vec(-1e9..1e9f64, 0..9).prop_map(Array::F64),
        vec(any::<bool>(), 0..9).prop_map(Array::Bool),
        vec(vec(any::<u8>(), 0..6), 0..9).prop_map(|v| Array::Strings(v.into_iter().collect())),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let array = number_array().prop_recursive(3, 16, 4, |inner| vec(inner, 0..4).prop_map(Array::Arrays));
    prop_oneof![
        any::<u8>().prop_map(Value::U8),
        any::<i8>().prop_map(Value::I8),
        any::<u16>().prop_map(Value::U16),
        any::<i16>().prop_map(Value::I16),
        any::<u32>().prop_map(Value::U32),
        any::<i32>().prop_map(Value::I32),
        (-1e9..1e9f32).prop_map(Value::F32),
        any::<u64>().prop_map(Value::U64),
        any::<i64>().prop_map(Value::I64),
        (-1e9..1e9f64).prop_map(Value::F64),
        any::<bool>().prop_map(Value::Bool),
        "\\PC{0,12}".prop_map(Value::Str),
        array.prop_map(Value::Array),
    ]
}

/// A tensor's type, blocks a row and further dimensions.
fn shape() -> impl Strategy<Value = (TensorType, u64, Vec<u64>)> {
    (0..TensorType::READABLE.len(), 1..3u64, vec(1..4u64, 0..4))
        .prop_map(|(i, blocks, rest)| (TensorType::READABLE[i], blocks, rest))
}

#[derive(Debug, Clone)]
struct Model {
    metadata: Metadata,
    tensors: Vec<(String, Vec<u64>, TensorType, Vec<u8>)>,
}

impl Model {
    fn file(&self) -> Vec<u8> {
        let tensors: Vec<_> = self
            .tensors
            .iter()
            .map(|(name, dims, ty, bytes)| TensorData { name, dims, ty: *ty, bytes })
            .collect();
        write(&self.metadata, &tensors).unwrap()
    }
}

prop_compose! {
    fn model()(
        entries in prop::collection::btree_map("[a-z.]{0,8}", value(), 0..8),
        alignment in prop::option::of(0..8u32),
        shapes in prop::collection::btree_map("[a-z.0-9]{0,8}", shape(), 0..5),
        byte in any::<u8>(),
    ) -> Model {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.extend(alignment.map(|a| ("general.alignment".to_owned(), Value::U32(1 << a))));
        let tensor = |(name, (ty, blocks, rest)): (String, (TensorType, u64, Vec<u64>))| {
            let k = blocks * ty.block_len() as u64;
            let dims: Vec<u64> = [k].into_iter().chain(rest.into_iter().take(3)).collect();
            let len = ty.row_bytes(dims.iter().product()).unwrap() as usize;
            let bytes = (0..len).map(|i| byte.wrapping_mul(i as u8).wrapping_add(byte)).collect();
            (name, dims, ty, bytes)
        };
        Model { metadata: Metadata::new(entries).unwrap(), tensors: shapes.into_iter().map(tensor).collect() }
    }
}

/// One change of a file.
#[derive(Debug, Clone)]
enum Edit {
    Byte(Index, u8),
    /// Eight bytes become a number at the edge of some range.
    Number(Index, u64),
    Cut(Index),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let edge = prop_oneof![
        (0..64u32, -2..3i64).prop_map(|(bit, off)| (1u64 << bit).wrapping_add_signed(off)),
        Just(u64::MAX),
        0..300u64,
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(i, b)| Edit::Byte(i, b)),
        (any::<Index>(), edge).prop_map(|(i, n)| Edit::Number(i, n)),
        any::<Index>().prop_map(Edit::Cut),
        (any::<Index>(), 1..40usize).prop_map(|(i, n)| Edit::Remove(i, n)),
        (any::<Index>(), vec(any::<u8>(), 1..40)).prop_map(|(i, b)| Edit::Insert(i, b)),
    ]
}

fn apply(file: &mut Vec<u8>, edit: &Edit) {
    // Mostly the header, where the structure is.
    let place = |i: &Index, file: &[u8]| i.index(file.len().clamp(1, 600));
    match edit {
        Edit::Byte(i, b) => {
            let at = place(i, file);
            file.get_mut(at).into_iter().for_each(|byte| *byte = *b);
        }
        Edit::Number(i, n) => {
            let at = place(i, file);
            for (byte, new) in file.iter_mut().skip(at).zip(n.to_le_bytes()) {
                *byte = new;
            }
        }
        Edit::Cut(i) => file.truncate(place(i, file)),
        Edit::Remove(i, n) => {
            let at = place(i, file).min(file.len());
            file.drain(at..(at + n).min(file.len()));
        }
        Edit::Insert(i, bytes) => {
            let at = place(i, file).min(file.len());
            file.splice(at..at, bytes.iter().copied());
        }
    }
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn what_is_written_is_read(model in model()) {
        let file = model.file();
        let read = pollster::block_on(Gguf::open(&file)).unwrap();
        prop_assert_eq!(&read.metadata, &model.metadata);
        prop_assert_eq!(read.tensors.len(), model.tensors.len());
        for (info, (name, dims, ty, bytes)) in read.tensors.iter().zip(&model.tensors) {
            prop_assert_eq!((&info.name, &info.dims, info.ty), (name, dims, *ty));
            let mut packed = Vec::new();
            pollster::block_on(read.read(&file, info, &mut packed)).unwrap();
            prop_assert_eq!(&packed, bytes);
        }
        prop_assert!(fuzz_body::run(&file));
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn mutated_files_never_panic(model in model(), edits in vec(edit(), 1..4)) {
        let mut file = model.file();
        edits.iter().for_each(|edit| apply(&mut file, edit));
        fuzz_body::run(&file);
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn noise_after_the_magic_never_panics(noise in vec(any::<u8>(), 0..300)) {
        fuzz_body::run(&common::Raw(b"GGUF\x03\0\0\0".to_vec()).bytes(&noise).0);
        fuzz_body::run(&noise);
    }
}
