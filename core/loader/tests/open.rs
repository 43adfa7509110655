//! Files that are no usable model, and one that is: what is said, in which order things happen,
//! and that it does not matter where the bytes come from.

#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests read and write files")]

use std::cell::Cell;
use std::path::PathBuf;

use ghostlight_decode::{Cancel, Decoder};
use ghostlight_gguf::{
    Gguf, Metadata, Source, SourceError, TensorData, TensorHead, TensorType, Value, write, write_header,
};
use ghostlight_loader::{Fault, Header, LoadError, LoadOptions, Loaded, ModelFile, Progress, Stage};
use ghostlight_model::{Backend, Precision};
use ghostlight_models::FileSource;
use pollster::block_on;

/// A tiny model of random weights.
fn whole() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/families/llama.gguf");
    std::fs::read(path).unwrap()
}

/// The metadata of the whole model, with one value in place of another, or left out.
fn metadata(key: &str, value: Option<Value>) -> Metadata {
    let bytes = whole();
    let gguf = block_on(Gguf::open(bytes.as_slice())).unwrap();
    let mut entries: Vec<_> =
        gguf.metadata.iter().map(|(k, v)| (k.to_owned(), v.clone())).filter(|(k, _)| k != key).collect();
    entries.extend(value.map(|value| (key.to_owned(), value)));
    Metadata::new(entries).unwrap()
}

/// The whole model with other metadata.
fn with(key: &str, value: Option<Value>) -> Vec<u8> {
    let bytes = whole();
    let gguf = block_on(Gguf::open(bytes.as_slice())).unwrap();
    let tensors: Vec<_> = gguf
        .tensors
        .iter()
        .map(|t| TensorData {
            name: &t.name,
            dims: &t.dims,
            ty: t.ty,
            bytes: &bytes[t.offset as usize..(t.offset + t.bytes) as usize],
        })
        .collect();
    write(&metadata(key, value), &tensors).unwrap()
}

/// A beginning, and zeros up to a length: a large file that takes no room.
struct Sparse {
    head: Vec<u8>,
    len: u64,
}

impl Source for Sparse {
    fn len(&self) -> u64 {
        self.len
    }

    async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        SourceError::check_range(offset, buf.len(), self.len)?;
        for (at, byte) in (offset as usize..).zip(buf) {
            *byte = self.head.get(at).copied().unwrap_or(0);
        }
        Ok(())
    }
}

/// A vocabulary of eight million tokens, in a file that is long enough for it.
fn oversized() -> Sparse {
    let table = TensorHead { name: "token_embd.weight", dims: &[32, 1 << 23], ty: TensorType::Q4_0 };
    let (head, _) = write_header(&metadata("", None), &[table]).unwrap();
    let len = head.len() as u64 + (18 << 23);
    Sparse { head, len }
}

/// What is told of a file by this name, the same from every kind of source.
#[track_caller]
fn refused(name: &str, bytes: &Sparse) -> LoadError {
    let from_memory = block_on(ModelFile::open(name, bytes)).map(drop).unwrap_err();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, &bytes.head).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(bytes.len).unwrap();
    let from_disk = block_on(ModelFile::open(name, FileSource::open(&path).unwrap())).map(drop).unwrap_err();
    assert_eq!(from_memory, from_disk);
    from_memory
}

#[test]
fn a_file_that_is_no_usable_model_is_told_by_name_with_what_to_do() {
    let plain = |head: Vec<u8>| Sparse { len: head.len() as u64, head };
    let whole = whole();
    let mut corrupt = whole.clone();
    // The length of the first key.
    corrupt[24..32].copy_from_slice(&u64::MAX.to_le_bytes());
    for (name, bytes, fault, parts) in [
        ("empty.gguf", plain(vec![]), Fault::InvalidFile, &["not a GGUF file", "whole GGUF file"][..]),
        ("text.gguf", plain(b"# no model\n".to_vec()), Fault::InvalidFile, &["not a GGUF file"]),
        ("corrupt.gguf", plain(corrupt), Fault::InvalidFile, &["over the limit", "fetch the model again"]),
        (
            "cut.gguf",
            plain(whole[..whole.len() / 2].to_vec()),
            Fault::InvalidFile,
            &["the file has", "fetch the model again"],
        ),
        (
            "mamba.gguf",
            plain(with("general.architecture", Some("mamba".into()))),
            Fault::Unsupported,
            &["\"mamba\" is not supported", "starcoder2", "use another model"],
        ),
        (
            "spm.gguf",
            plain(with("tokenizer.ggml.model", Some("llama".into()))),
            Fault::Unsupported,
            &["only \"gpt2\"", "use another model"],
        ),
        (
            "bare.gguf",
            plain(with("llama.embedding_length", None)),
            Fault::InvalidFile,
            &["\"llama.embedding_length\" is missing"],
        ),
        ("huge.gguf", oversized(), Fault::InvalidFile, &["vocab_size = 8388608 cannot be"]),
    ] {
        let error = refused(name, &bytes);
        let message = error.to_string();
        assert_eq!(error.fault, fault, "{message}");
        assert!(message.starts_with(&format!("cannot use {name}: ")), "{message}");
        for part in parts {
            assert!(message.contains(part), "no {part:?} in {message}");
        }
    }
}

#[test]
fn a_header_tells_of_a_model_that_cannot_be_run() {
    let bytes = with("general.architecture", Some("mamba".into()));
    let header = block_on(Header::read("mamba.gguf", bytes.as_slice())).unwrap();
    assert!(header.config.is_err() && header.tokenizer.is_ok());
    assert_eq!(header.unsupported().count(), 0);
    let error = block_on(Header::read("text.gguf", &b"text"[..])).unwrap_err();
    assert_eq!(error, block_on(ModelFile::open("text.gguf", &b"text"[..])).map(drop).unwrap_err());
}

fn load(
    options: LoadOptions,
    cancel: &Cancel,
    mut progress: impl FnMut(Progress),
) -> Result<Loaded, LoadError> {
    let bytes = whole();
    block_on(async {
        let file = ModelFile::open("llama.gguf", bytes.as_slice()).await?;
        file.load(&Backend::cpu(), options, &mut progress, cancel).await
    })
}

#[test]
fn kernels_are_tried_before_weights_are_read_and_every_byte_is_counted() {
    let mut seen = Vec::new();
    let options = LoadOptions { context: 64, ..LoadOptions::default() };
    let loaded = load(options, &Cancel::new(), |progress| seen.push(progress)).unwrap();
    let stage = |stage, done| Progress { stage, done, total: 1 };
    assert_eq!(seen[..2], [stage(Stage::SelfTest, 0), stage(Stage::SelfTest, 1)]);
    assert!(seen[2..].iter().all(|progress| progress.stage == Stage::Weights));
    assert!(seen[2..].is_sorted_by(|a, b| a.done < b.done));
    let last = seen.last().unwrap();
    assert_eq!((last.done, last.total), (loaded.info.weights.bytes, loaded.info.weights.bytes));

    assert_eq!(loaded.info.architecture, "llama");
    assert_eq!(loaded.info.facts().architecture, "llama");
    assert_eq!((loaded.info.context, loaded.model.capacity(), loaded.model.len()), (64, 64, 0));
    assert_eq!(loaded.info.memory, loaded.info.weights.bytes + loaded.model.cache_bytes());
}

#[test]
fn exact_weights_run_on_no_kernel_that_could_be_tried() {
    let options = LoadOptions { precision: Precision::Exact, ..LoadOptions::default() };
    load(options, &Cancel::new(), |progress| assert_eq!(progress.stage, Stage::Weights)).unwrap();
}

#[test]
fn a_load_can_be_cancelled_before_and_between_slices() {
    let read = Cell::new(0);
    let cancel = Cancel::new();
    cancel.cancel();
    let count = |progress: Progress| read.set(read.get() + u32::from(progress.stage == Stage::Weights));
    let error = load(LoadOptions::default(), &cancel, count).unwrap_err();
    assert_eq!((error.fault, read.get()), (Fault::Cancelled, 0));
    assert_eq!(error.to_string(), "cannot use llama.gguf: load model: the request was cancelled");

    let cancel = Cancel::new();
    let third = |progress: Progress| {
        count(progress);
        if read.get() == 3 {
            cancel.cancel();
        }
    };
    let error = load(LoadOptions::default(), &cancel, third).unwrap_err();
    assert_eq!((error.fault, read.get()), (Fault::Cancelled, 3));
}

#[test]
fn weights_that_do_not_fit_the_hyper_parameters_are_told_by_name() {
    let bytes = with("llama.feed_forward_length", Some(Value::U32(8)));
    let error = block_on(async {
        let file = ModelFile::open("odd.gguf", bytes.as_slice()).await?;
        let (backend, options) = (Backend::cpu(), LoadOptions::default());
        file.load(&backend, options, &mut |_| {}, &Cancel::new()).await
    })
    .map(drop)
    .unwrap_err();
    assert_eq!(error.fault, Fault::InvalidFile);
    assert!(error.to_string().starts_with("cannot use odd.gguf: load model: tensor blk.0.ffn_"), "{error}");
}
