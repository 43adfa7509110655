//! `ghostlight models quantize`, `convert` and `verify`.

use serde_json::Value;

use crate::{command, conformance, fails, file, json, output, prints, utf8};

#[test]
fn a_file_is_packed_and_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("small.gguf").to_str().unwrap().to_owned();
    let model = conformance("families/qwen2.gguf");
    let output = output(&mut command(&["models", "quantize", &model, &out, "--type", "Q4_0", "--json"]));
    assert_eq!(output.status.code(), Some(0), "{}", utf8(&output.stderr));
    let rows: Vec<Value> =
        utf8(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!(of("blk.0.attn_q.weight")["to"], "Q4_0");
    assert_eq!(of("token_embd.weight")["to"], "Q8_0");
    assert_eq!(of("output_norm.weight")["error"], 0.0);
    let error = of("blk.0.ffn_up.weight")["error"].as_f64().unwrap();
    assert!(error > 0.01 && error < 0.12, "{error}");

    let shown = json(&["inspect", &out, "--json"]);
    assert_eq!((&shown["supported"], &shown["quantization"][0]["type"]), (&true.into(), &"Q4_0".into()));
    let arguments =
        ["generate", "--model", &out, "--prompt", "let a", "--max-tokens", "4", "--ignore-end", "--json"];
    assert_eq!(json(&arguments)["tokens"].as_array().unwrap().len(), 4);
}

#[test]
fn what_cannot_be_done_is_one_line() {
    let model = conformance("families/qwen2.gguf");
    let quiet = |arguments: &[&str], parts: &[&str]| fails(&mut command(arguments), parts);
    quiet(&["models", "quantize", &model, &model, "--type", "q8_0"], &["being read"]);
    let (_folder, text) = file("a.gguf", "no model");
    quiet(&["models", "quantize", &text, "out.gguf", "--type", "q8_0"], &["a.gguf", "GGUF"]);
    quiet(&["models", "convert", "nowhere", "out.gguf", "--type", "q8_0"], &["config.json"]);
    let output = output(&mut command(&["models", "quantize", &model, "out.gguf", "--type", "q3"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(utf8(&output.stderr).contains("Q4_0"), "it says which types there are");
}

#[test]
fn what_was_fetched_is_verified() {
    let output = output(&mut command(&["models", "verify", "smollm2-135m-q4_1"]));
    assert_eq!(utf8(&output.stdout), "smollm2-135m-q4_1: ok\n");
    assert_eq!(output.status.code(), Some(0));
    assert!(prints(&["models", "list"]).contains("qwen2.5-coder-0.5b-q8_0"));
}

#[test]
fn tokens_are_counted_in_files_folders_and_json_lines() {
    let model = conformance("families/qwen2.gguf");
    let (folder, path) = file("a.py", "let x = 1\n");
    let counted = |text: &str| prints(&["models", "vocabulary", &model, text]);
    let one = counted(&path);
    assert!(one.starts_with("1 files, ") && one.contains(", and with them 100.000 % of all"), "{one}");
    let row = serde_json::json!({ "path": "a.py", "text": "let x = 1\n" });
    let (_rows, rows) = file("train.jsonl", format!("{row}\n"));
    assert_eq!(counted(&rows), one, "a row is counted as the file that it holds");
    std::fs::write(folder.path().join("b.bin"), [0xff, 0xfe]).unwrap();
    assert_eq!(counted(folder.path().to_str().unwrap()), one, "what is no text is passed over");

    let (_broken, broken) = file("train.jsonl", format!("{row}\n{{\"path\": \"a.py\"}}\n"));
    fails(&mut command(&["models", "vocabulary", &model, &broken]), &["train.jsonl", "line 2"]);
    let (_empty, empty) = file("empty.txt", "");
    fails(&mut command(&["models", "vocabulary", &model, &empty]), &["no text was found"]);
}
