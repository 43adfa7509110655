//! A prepared file: which tokens and rows stay, in which types, always the same bytes.

use std::path::Path;

use ghostlight_gguf::{Array, Gguf, Metadata, TensorData, TensorType, Value, dequantize, quantize, write};
use ghostlight_models::{FileSource, ModelsError, Recipe, Silent, prepare, write_tokens};

/// Columns of every matrix.
const K: usize = 64;
/// Letters, then what merges make of them, then control tokens and one without use.
const TOKENS: [&str; 12] =
    ["a", "b", "c", "Ġ", "ab", "bc", "abc", "Ġa", "Ġabc", "<|fim_prefix|>", "<|end|>", "[PAD]"];
const TYPES: [i32; 12] = [1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 5];
/// `abc` comes about in two ways.
const MERGES: [&str; 6] = ["a b", "b c", "ab c", "a bc", "Ġ a", "Ġ abc"];

fn weights(seed: u32, count: usize) -> Vec<f32> {
    let value = |i: usize| (i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8;
    (0..count).map(|i| value(i) as f32 / (1 << 23) as f32 - 1.0).collect()
}

/// A published file: two tables in different types, one layer's matrix and a norm.
fn published(path: &Path) {
    let texts = |list: &[&str]| Value::Array(Array::Strings(list.iter().collect()));
    let metadata = Metadata::new(vec![
        ("general.architecture".into(), "qwen2".into()),
        ("general.name".into(), "Tiny Coder".into()),
        ("tokenizer.ggml.tokens".into(), texts(&TOKENS)),
        ("tokenizer.ggml.token_type".into(), Value::Array(Array::I32(TYPES.to_vec()))),
        ("tokenizer.ggml.merges".into(), texts(&MERGES)),
        ("tokenizer.ggml.eos_token_id".into(), Value::U32(10)),
        ("tokenizer.ggml.add_bos_token".into(), Value::Bool(false)),
        ("qwen2.vocab_size".into(), Value::U32(12)),
    ])
    .unwrap();
    let packed = |ty, values: &[f32]| {
        let mut out = Vec::new();
        quantize(ty, values, &mut out).unwrap();
        out
    };
    let rows = TOKENS.len();
    let table = packed(TensorType::Q5_0, &weights(1, rows * K));
    let head = packed(TensorType::Q8_0, &weights(2, rows * K));
    let matrix = packed(TensorType::Q5_0, &weights(3, 8 * K));
    let norm = packed(TensorType::F32, &weights(4, K));
    let (k, n) = (K as u64, rows as u64);
    let tensors = [
        TensorData { name: "token_embd.weight", dims: &[k, n], ty: TensorType::Q5_0, bytes: &table },
        TensorData { name: "output.weight", dims: &[k, n], ty: TensorType::Q8_0, bytes: &head },
        TensorData { name: "blk.0.ffn_up.weight", dims: &[k, 8], ty: TensorType::Q5_0, bytes: &matrix },
        TensorData { name: "blk.0.ffn_norm.weight", dims: &[k], ty: TensorType::F32, bytes: &norm },
    ];
    std::fs::write(path, write(&metadata, &tensors).unwrap()).unwrap();
}

fn recipe(wanted: &[u32], more: &str) -> Result<Recipe, ModelsError> {
    let list = write_tokens(&wanted.iter().copied().collect(), "of a test");
    let text = format!("version = 3\ntokens = 'list'\njoin_tables = true\nmatrices = 'q4_0'\n{more}");
    Recipe::parse("test", &text, |file| (file == "list").then(|| list.clone()))
}

fn open(path: &Path) -> (FileSource, Gguf) {
    let source = FileSource::open(path).unwrap();
    let gguf = pollster::block_on(Gguf::open(&source)).unwrap();
    (source, gguf)
}

/// What is in a tensor, as floats.
fn floats(path: &Path, name: &str) -> (TensorType, Vec<u64>, Vec<f32>) {
    let (source, gguf) = open(path);
    let info = gguf.tensor(name).unwrap();
    let (mut bytes, mut values) = (Vec::new(), vec![0.0; info.elements() as usize]);
    pollster::block_on(gguf.read(&source, info, &mut bytes)).unwrap();
    dequantize(info.ty, &bytes, &mut values).unwrap();
    (info.ty, info.dims.clone(), values)
}

fn strings(gguf: &Gguf, key: &str) -> Vec<String> {
    let list = gguf.metadata.require_strings(key).unwrap();
    list.iter().map(|text| String::from_utf8(text.to_vec()).unwrap()).collect()
}

#[test]
fn what_a_token_is_made_of_stays_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.gguf"), folder.path().join("out.gguf"));
    published(&input);
    // `abc` alone is wanted: letters, both ways to it, and control tokens stay; `Ġa`, `Ġabc` and the pad go.
    let report = prepare(&input, &output, &recipe(&[6], "").unwrap(), &mut Silent).unwrap();
    assert_eq!((report.tokens_before, report.tokens), (12, 9));
    let (_, gguf) = open(&output);
    let kept = ["a", "b", "c", "Ġ", "ab", "bc", "abc", "<|fim_prefix|>", "<|end|>"];
    assert_eq!(strings(&gguf, "tokenizer.ggml.tokens"), kept);
    assert_eq!(strings(&gguf, "tokenizer.ggml.merges"), ["a b", "b c", "ab c", "a bc"]);
    let types = gguf.metadata.i32s("tokenizer.ggml.token_type").unwrap().unwrap();
    assert_eq!(&*types, [1, 1, 1, 1, 1, 1, 1, 3, 3]);
    // What named a token names it still.
    assert_eq!(gguf.metadata.u32("tokenizer.ggml.eos_token_id").unwrap(), Some(8));
    assert_eq!(gguf.metadata.u32("qwen2.vocab_size").unwrap(), Some(9));
    assert_eq!(gguf.metadata.str("ghostlight.recipe").unwrap(), Some("test"));
    assert_eq!(gguf.metadata.u32("ghostlight.recipe.version").unwrap(), Some(3));
}

#[test]
fn one_table_is_left_and_it_is_the_better_one() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.gguf"), folder.path().join("out.gguf"));
    published(&input);
    prepare(&input, &output, &recipe(&[6], "").unwrap(), &mut Silent).unwrap();
    assert!(open(&output).1.find_tensor("output.weight").is_none());
    let (_, _, before) = floats(&input, "output.weight");
    let (ty, dims, after) = floats(&output, "token_embd.weight");
    assert_eq!((ty, dims), (TensorType::Q8_0, vec![K as u64, 9]));
    let rows = [0, 1, 2, 3, 4, 5, 6, 9, 10];
    for (row, from) in after.chunks_exact(K).zip(rows) {
        assert_eq!(row, &before[from * K..(from + 1) * K]);
    }
}

#[test]
fn types_are_those_of_the_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.gguf"), folder.path().join("out.gguf"));
    published(&input);
    for (more, want) in [
        ("", TensorType::Q4_0),
        ("[tensors]\n'blk.0.ffn_up.weight' = 'q8_0'", TensorType::Q8_0),
        ("[tensors]\n'blk.0.ffn_up.weight' = 'Q5_0'", TensorType::Q5_0),
    ] {
        let report = prepare(&input, &output, &recipe(&[], more).unwrap(), &mut Silent).unwrap();
        assert_eq!(floats(&output, "blk.0.ffn_up.weight").0, want);
        assert_eq!(floats(&output, "blk.0.ffn_norm.weight"), floats(&input, "blk.0.ffn_norm.weight"));
        let said = report.tensors.iter().find(|tensor| tensor.name == "blk.0.ffn_up.weight").unwrap();
        assert_eq!((said.to, said.error == 0.0), (want, want == TensorType::Q5_0));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.gguf");
    published(&input);
    let made = |name: &str| {
        let output = folder.path().join(name);
        prepare(&input, &output, &recipe(&[8], "").unwrap(), &mut Silent).unwrap();
        std::fs::read(output).unwrap()
    };
    assert_eq!(made("one.gguf"), made("two.gguf"));
}

#[test]
fn what_does_not_fit_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.gguf"), folder.path().join("out.gguf"));
    published(&input);
    let fault = |wanted: &[u32], more: &str| {
        let made = recipe(wanted, more).and_then(|recipe| prepare(&input, &output, &recipe, &mut Silent));
        made.unwrap_err().to_string()
    };
    for (message, what) in [
        (fault(&[99], ""), "token 99 is not in a vocabulary of 12 tokens"),
        (fault(&[11], ""), "token 11"),
        (fault(&[], "embeddings = 'q9'"), "no tensor type `q9`"),
        (fault(&[], "surprise = 1"), "surprise"),
        (Recipe::builtin("none").unwrap_err().to_string(), "`none`"),
        (
            Recipe::parse("x", "version = 1\ntokens = 'gone'\njoin_tables = true\nmatrices = 'q4_0'", |_| {
                None
            })
            .unwrap_err()
            .to_string(),
            "there is no list gone",
        ),
        (
            Recipe::parse("x", "version = 1\ntokens = 'l'\njoin_tables = true\nmatrices = 'q4_0'", |_| {
                Some("# list\n!!".to_owned())
            })
            .unwrap_err()
            .to_string(),
            "no base64",
        ),
    ] {
        assert!(message.contains(what), "{message}");
    }
    assert!(!output.exists());
    assert!(Recipe::builtin("qwen2.5-coder-0.5b").is_ok());
    let same = prepare(&input, &input, &recipe(&[], "").unwrap(), &mut Silent);
    assert!(matches!(same, Err(ModelsError::SameFile { .. })));
}
