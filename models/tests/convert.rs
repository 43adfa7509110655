//! Checkpoints and GGUF files into other GGUF files.
//!
//! The oracle of `convert` are the files of `tests/conformance/families`, which
//! were made by another program from checkpoints of the same form: their tensors
//! are put back into such a checkpoint, and converting it has to give them again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ghostlight_gguf::{Array, Gguf, Metadata, TensorType, Value, dequantize};
use ghostlight_models::{ConvertOptions, FileSource, ModelsError, Silent, Target, convert, requantize};
use serde_json::{Value as Json, json};

fn conformance(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance").join(name)
}

/// A file's header, and its tensors as floats.
fn open(path: &Path) -> (Gguf, BTreeMap<String, Vec<f32>>) {
    let source = FileSource::open(path).unwrap();
    let gguf = pollster::block_on(Gguf::open(&source)).unwrap();
    let mut tensors = BTreeMap::new();
    for info in &gguf.tensors {
        let mut bytes = Vec::new();
        pollster::block_on(gguf.read(&source, info, &mut bytes)).unwrap();
        let mut floats = vec![0.0; info.elements() as usize];
        dequantize(info.ty, &bytes, &mut floats).unwrap();
        tensors.insert(info.name.clone(), floats);
    }
    (gguf, tensors)
}

/// Neighbours (2i, 2i + 1) back to halves (i, i + n / 2), head by head.
fn halves(floats: &[f32], head: usize, row: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for head in floats.chunks_exact(head * row) {
        for start in [0, 1] {
            head.chunks_exact(row).skip(start).step_by(2).for_each(|row| out.extend_from_slice(row));
        }
    }
    out
}

fn number(metadata: &Metadata, key: &str) -> u64 {
    metadata.u64(key).unwrap().unwrap()
}

/// The name that the tensor has in a checkpoint.
fn checkpoint_name(name: &str) -> String {
    let Some(rest) = name.strip_prefix("blk.") else {
        return match name {
            "token_embd.weight" => "model.embed_tokens.weight",
            "output_norm.weight" => "model.norm.weight",
            _ => "lm_head.weight",
        }
        .to_owned();
    };
    let mut parts = rest.split('.');
    let (layer, part, kind) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let part = match part {
        "attn_norm" => "input_layernorm",
        "attn_q" => "self_attn.q_proj",
        "attn_k" => "self_attn.k_proj",
        "attn_v" => "self_attn.v_proj",
        "attn_output" => "self_attn.o_proj",
        "ffn_norm" => "post_attention_layernorm",
        "ffn_gate" => "mlp.gate_proj",
        "ffn_up" => "mlp.up_proj",
        _ => "mlp.down_proj",
    };
    format!("model.layers.{layer}.{part}.{kind}")
}

/// A safetensors file of f32 tensors.
fn safetensors(tensors: &[(String, Vec<u64>, Vec<f32>)]) -> Vec<u8> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, shape, floats) in tensors {
        let start = data.len();
        data.extend(floats.iter().flat_map(|float| float.to_le_bytes()));
        header.insert(
            name.clone(),
            json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, data.len()] }),
        );
    }
    let header = Json::Object(header).to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

/// A checkpoint that holds what the GGUF file does, in two files.
fn checkpoint(path: &Path) -> tempfile::TempDir {
    let (gguf, floats) = open(path);
    let metadata = &gguf.metadata;
    let architecture = metadata.require_str("general.architecture").unwrap();
    let key = |name: &str| format!("{architecture}.{name}");
    let (heads, kv_heads) =
        (number(metadata, &key("attention.head_count")), number(metadata, &key("attention.head_count_kv")));
    let mut tensors = Vec::new();
    for info in &gguf.tensors {
        let mut values = floats[&info.name].clone();
        let shape: Vec<u64> = info.dims.iter().rev().copied().collect();
        let heads = match info.name.split('.').nth(2) {
            Some("attn_q") => heads,
            Some("attn_k") => kv_heads,
            _ => 0,
        };
        if architecture == "llama" && heads > 0 {
            let row = if shape.len() > 1 { shape[1] } else { 1 };
            values = halves(&values, (shape[0] / heads) as usize, row as usize);
        }
        tensors.push((checkpoint_name(&info.name), shape, values));
    }
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = tensors.split_at(tensors.len() / 2);
    std::fs::write(folder.path().join("model-00001.safetensors"), safetensors(first)).unwrap();
    std::fs::write(folder.path().join("model-00002.safetensors"), safetensors(second)).unwrap();
    let config = json!({
        "model_type": architecture,
        "num_hidden_layers": number(metadata, &key("block_count")),
        "hidden_size": number(metadata, &key("embedding_length")),
        "intermediate_size": number(metadata, &key("feed_forward_length")),
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": gguf.tensor("token_embd.weight").unwrap().rows(),
        "max_position_embeddings": number(metadata, &key("context_length")),
        "rms_norm_eps": metadata.f32(&key("attention.layer_norm_rms_epsilon")).unwrap().unwrap(),
        "rope_theta": metadata.f32(&key("rope.freq_base")).unwrap().unwrap(),
        "tie_word_embeddings": gguf.find_tensor("output.weight").is_none(),
        "bos_token_id": number(metadata, "tokenizer.ggml.bos_token_id"),
        "eos_token_id": number(metadata, "tokenizer.ggml.eos_token_id"),
    });
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();

    let texts = |key: &str| -> Vec<String> {
        let strings = metadata.require_strings(key).unwrap();
        strings.iter().map(|text| String::from_utf8(text.to_vec()).unwrap()).collect()
    };
    let Some(Array::I32(kinds)) = metadata.array("tokenizer.ggml.token_type").unwrap() else {
        panic!("types")
    };
    let (mut vocab, mut added) = (serde_json::Map::new(), Vec::new());
    for (id, (text, kind)) in texts("tokenizer.ggml.tokens").into_iter().zip(kinds).enumerate() {
        if *kind == 3 {
            added.push(json!({ "id": id, "content": text, "special": true }));
        } else {
            vocab.insert(text, json!(id));
        }
    }
    let tokenizer = json!({
        "model": { "type": "BPE", "vocab": vocab, "merges": texts("tokenizer.ggml.merges") },
        "added_tokens": added,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{ "type": "Digits", "individual_digits": true }, { "type": "ByteLevel" }],
        },
    });
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let begins = json!({ "add_bos_token": metadata.bool("tokenizer.ggml.add_bos_token").unwrap() });
    std::fs::write(folder.path().join("tokenizer_config.json"), begins.to_string()).unwrap();
    folder
}

fn options(ty: TensorType) -> ConvertOptions {
    ConvertOptions { target: Target::of(ty), pre_tokenizer: None, name: Some("tiny".to_owned()) }
}

#[test]
fn a_checkpoint_becomes_the_file_that_another_converter_made() {
    for name in ["families/llama.gguf", "families/llama-tied.gguf", "families/qwen2.gguf"] {
        let (want, want_tensors) = open(&conformance(name));
        let folder = checkpoint(&conformance(name));
        let path = folder.path().join("out.gguf");
        let reports = convert(folder.path(), &path, &options(TensorType::F32), &mut Silent).unwrap();
        assert!(reports.iter().all(|report| report.error == 0.0), "{name}: f32 loses nothing");

        let (got, got_tensors) = open(&path);
        assert_eq!(got_tensors, want_tensors, "{name}");
        let architecture = want.metadata.require_str("general.architecture").unwrap();
        for (key, value) in want.metadata.iter() {
            let has_own_value = ["general.name", "tokenizer.ggml.pre"].contains(&key);
            let is_of_shape = key.starts_with(architecture) || key.starts_with("tokenizer.ggml.");
            // Where it is what a head has anyway.
            let may_miss = key.ends_with("key_length") || key.ends_with("value_length");
            if is_of_shape && !has_own_value && !(may_miss && got.metadata.get(key).is_none()) {
                assert_eq!(got.metadata.get(key), Some(value), "{name}: {key}");
            }
        }
        assert_eq!(got.metadata.str("tokenizer.ggml.pre").unwrap(), Some("smollm"), "as tokenizer.json says");
        assert!(!folder.path().join("out.gguf.part").exists());
    }
}

#[test]
fn packing_while_converting_is_packing_afterwards() {
    let folder = checkpoint(&conformance("families/qwen2.gguf"));
    let [floats, packed, twice] = ["a.gguf", "b.gguf", "c.gguf"].map(|name| folder.path().join(name));
    convert(folder.path(), &floats, &options(TensorType::F32), &mut Silent).unwrap();
    let direct = convert(folder.path(), &packed, &options(TensorType::Q4_0), &mut Silent).unwrap();
    let later = requantize(&floats, &twice, Target::of(TensorType::Q4_0), &mut Silent).unwrap();
    assert_eq!(open(&packed).1, open(&twice).1);
    assert_eq!(direct, later);
}

#[test]
fn errors_are_those_of_the_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gguf");
    let input = conformance("families/llama-tied.gguf");
    let (_, want) = open(&input);
    // Bits of the type, and the most that a matrix of random numbers may lose.
    for (ty, most) in [
        (TensorType::F16, 0.001),
        (TensorType::BF16, 0.005),
        (TensorType::Q8_0, 0.01),
        (TensorType::Q5_1, 0.05),
        (TensorType::Q5_0, 0.06),
        (TensorType::Q4_1, 0.1),
        (TensorType::Q4_0, 0.12),
    ] {
        let reports = requantize(&input, &path, Target::of(ty), &mut Silent).unwrap();
        let (gguf, got) = open(&path);
        for report in &reports {
            let info = gguf.tensor(&report.name).unwrap();
            assert_eq!((info.ty, info.bytes), (report.to, report.bytes));
            let sum = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v * v)).sum::<f64>();
            let (want, got) = (&want[&report.name], &got[&report.name]);
            let difference = sum(&mut want.iter().zip(got).map(|(a, b)| a - b));
            let error = (difference / sum(&mut want.iter().copied())).sqrt();
            assert!((error - report.error).abs() < 1e-6, "{}: {error} and {}", report.name, report.error);
            if info.dims.len() == 1 {
                assert_eq!((report.to, report.error), (report.from, 0.0), "vectors stay");
            } else {
                assert!(error > 0.0 && error < most, "{ty} {}: {error}", report.name);
            }
        }
        let kept = gguf.tensor("token_embd.weight").unwrap().ty;
        let floats = matches!(ty, TensorType::F16 | TensorType::BF16);
        assert_eq!(kept, if floats { ty } else { TensorType::Q8_0 });
    }
}

#[test]
fn rows_that_fit_no_block_get_another_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gguf");
    // Rows of 64 and 96 are no multiple of 256.
    let target = Target { matrices: TensorType::Q4K, embeddings: TensorType::Q6K };
    requantize(&conformance("families/llama-tied.gguf"), &path, target, &mut Silent).unwrap();
    let (gguf, _) = open(&path);
    let matrices = gguf.tensors.iter().filter(|info| info.dims.len() > 1);
    assert!(matrices.clone().count() > 0);
    assert!(matrices.into_iter().all(|info| info.ty == TensorType::Q8_0));
    assert_eq!(gguf.metadata.get("general.file_type"), Some(&Value::U32(14)));
}

#[test]
fn the_same_type_changes_no_byte_of_a_tensor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gguf");
    let input = conformance("quantized/q4_0.gguf");
    let (before, _) = open(&input);
    let embeddings = before.tensor("token_embd.weight").unwrap().ty;
    let target = Target { matrices: TensorType::Q4_0, embeddings };
    let reports = requantize(&input, &path, target, &mut Silent).unwrap();
    assert!(reports.iter().all(|report| report.error == 0.0));
    assert_eq!(open(&path).1, open(&input).1);
}

#[test]
fn what_cannot_be_converted_is_named() {
    let folder = checkpoint(&conformance("families/llama-tied.gguf"));
    let out = folder.path().join("out.gguf");
    let try_with = |file: &str, change: &dyn Fn(String) -> String| {
        let path = folder.path().join(file);
        let good = std::fs::read(&path).unwrap();
        let text = change(String::from_utf8_lossy(&good).into_owned());
        std::fs::write(&path, text).unwrap();
        let error = convert(folder.path(), &out, &options(TensorType::F16), &mut Silent).unwrap_err();
        std::fs::write(&path, good).unwrap();
        assert!(matches!(error, ModelsError::Checkpoint { .. }), "{error}");
        assert!(!out.exists(), "nothing half-made is left under the final name");
        error.to_string()
    };
    let replaced = |from: &'static str, to: &'static str| move |text: String| text.replace(from, to);
    for (file, from, to, what) in [
        ("config.json", "\"llama\"", "\"bert\"", "only llama and qwen2"),
        ("config.json", "{", "[", "config.json"),
        ("config.json", "\"vocab_size\"", "\"vocabulary\"", "vocab_size is null"),
        ("config.json", "\"hidden_size\":64", "\"hidden_size\":32", "the configuration asks for"),
        ("config.json", "\"num_hidden_layers\":2", "\"num_hidden_layers\":3", "is missing"),
        ("config.json", "\"num_hidden_layers\":2", "\"num_hidden_layers\":1", "has no place"),
        ("tokenizer.json", "Digits", "Whitespace", "name it with --pre"),
    ] {
        let message = try_with(file, &replaced(from, to));
        assert!(message.contains(what), "{message}");
    }
    let path = folder.path().join("model-00001.safetensors");
    let good = std::fs::read(&path).unwrap();
    for (bytes, what) in [
        (Vec::new(), "bytes at 0"),
        (vec![255; 64], "a header of"),
        (good[..good.len() - 1].to_vec(), "the file has"),
        ([&8u64.to_le_bytes()[..], b"{\"a\":  }"].concat(), "no JSON object"),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        let message =
            convert(folder.path(), &out, &options(TensorType::F16), &mut Silent).unwrap_err().to_string();
        assert!(message.contains(what), "{message}");
    }
    let input = conformance("families/llama-tied.gguf");
    let error = requantize(&input, &input, Target::of(TensorType::Q8_0), &mut Silent).unwrap_err();
    assert!(matches!(error, ModelsError::SameFile { .. }), "{error}");
}
