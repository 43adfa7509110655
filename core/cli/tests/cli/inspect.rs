//! `ghostlight inspect` on committed files.

use std::process::Stdio;

use ghostlight_models::Catalog;

use crate::{command, conformance, file, json, prints};

#[test]
fn every_family_is_shown_and_supported() {
    for (name, architecture) in [
        ("llama", "llama"),
        ("deepseek-coder", "llama"),
        ("granite", "granite"),
        ("qwen2", "qwen2"),
        ("qwen3", "qwen3"),
        ("starcoder2", "starcoder2"),
    ] {
        let path = conformance(&format!("families/{name}.gguf"));
        let shown = json(&["inspect", &path, "--json"]);
        assert_eq!(shown["architecture"], architecture, "{name}");
        assert_eq!(shown["supported"], true, "{name}: {}", shown["problems"]);
        assert_eq!(shown["metadata"]["general.architecture"], architecture);
        assert_eq!(shown["file_bytes"], std::fs::metadata(&path).unwrap().len());
        let tensors = shown["tensors"].as_array().unwrap();
        assert!(tensors.iter().any(|tensor| tensor["name"] == "blk.0.attn_q.weight"), "{name}");
        let counted: u64 = shown["quantization"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["tensors"].as_u64().unwrap())
            .sum();
        assert_eq!(counted, tensors.len() as u64, "{name}: every tensor is of one type");

        let text = prints(&["inspect", &path]);
        for part in
            [architecture, "can run it", "pre-tokenizer", "blk.0.attn_q.weight", "general.architecture"]
        {
            assert!(text.contains(part), "{name}: no {part:?} in\n{text}");
        }
    }
}

#[test]
fn quantization_is_counted_by_weights() {
    let shown = json(&["inspect", &conformance("quantized/q4_k.gguf"), "--json"]);
    assert_eq!(shown["quantization"][0]["type"], "Q4_K", "most first");
    assert!(prints(&["inspect", &conformance("quantized/q4_k.gguf")]).contains("Q4_K"));
}

#[test]
fn a_model_is_known_by_its_names() {
    let shown = json(&["inspect", "tiny", "--json"]);
    assert_eq!(shown["quantization"][0]["type"], "Q4_1");
    assert_eq!(shown["tokenizer"]["pre"], "smollm");
    assert_eq!(shown["tokenizer"]["tokens"], 49152);
    assert_eq!(shown["metadata"]["tokenizer.ggml.tokens"]["length"], 49152);
    assert_eq!(shown["fim"]["supported"], false, "it has markers, but was not trained on them");
    assert_eq!(shown["context"], 8192);
    let path = prints(&["models", "path", "smollm2-135m-q4_1"]);
    assert_eq!(shown["path"], path.trim_end());
    assert_eq!(prints(&["models", "fetch", "tiny"]), path, "what is there is not fetched again");
    let list = prints(&["models", "list"]);
    let ends = |id: &str, end: &str| list.lines().any(|line| line.starts_with(id) && line.ends_with(end));
    assert!(ends("smollm2-135m-q4_1 ", ": fetched"), "{list}");
    assert!(ends(&Catalog::builtin().unwrap().default, ", default"), "{list}");
}

#[test]
fn what_cannot_be_run_is_shown_all_the_same_and_says_why() {
    use ghostlight_gguf::{Metadata, TensorData, TensorType, Value, write};

    let metadata = [
        ("general.architecture", Value::from("rwkv7")),
        ("general.name", Value::from("bad \u{1b}]0;name\u{7}\nnext")),
        ("tokenizer.ggml.model", Value::from("rwkv")),
    ];
    let metadata = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let tensor = TensorData { name: "w", dims: &[2], ty: TensorType::F32, bytes: &[0; 8] };
    let bytes = write(&Metadata::new(metadata).unwrap(), &[tensor]).unwrap();
    let (_folder, path) = file("rwkv.gguf", bytes);

    let shown = json(&["inspect", &path, "--json"]);
    assert_eq!(shown["supported"], false);
    let problems = shown["problems"].to_string();
    assert!(problems.contains("rwkv7") && problems.contains("tokenizer"), "{problems}");
    let text = prints(&["inspect", &path]);
    assert!(text.contains("cannot run it: load model: architecture \"rwkv7\""), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{7}']), "a file's text does not reach the terminal as it is");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = command(&["inspect", "smollm2-135m-q4_1"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
