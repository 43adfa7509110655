//! `ghostlight generate`: the default model against committed goldens, and how a generation ends.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::{command, conformance, file, json, prints, utf8};

#[derive(Deserialize)]
struct Goldens {
    prompts: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    name: String,
    prompt_tokens: Vec<u32>,
    f32: Answer,
}

#[derive(Deserialize)]
struct Answer {
    tokens: Vec<u32>,
    /// The two best logits that each token was chosen from, `[id, logit]`.
    top2: Vec<[(u32, f32); 2]>,
}

#[derive(Deserialize)]
struct Prompt {
    name: String,
    text: String,
}

#[derive(Deserialize)]
struct Generated {
    prompt_tokens: Vec<u32>,
    tokens: Vec<u32>,
    text: String,
    prefill_tps: f64,
    decode_tps: f64,
    drafted: usize,
    accepted: usize,
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(conformance(name)).unwrap()).unwrap()
}

fn generated(arguments: &[&str]) -> Generated {
    let value = json(arguments);
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["accepted", "decode_tps", "drafted", "prefill_tps", "prompt_tokens", "text", "tokens"]);
    serde_json::from_value(value).unwrap()
}

#[test]
fn prompts_become_llama_cpps_tokens() {
    let goldens: Goldens = read("smollm2/goldens.json");
    let prompts: Vec<Prompt> = read("smollm2/prompts.json");
    for (golden, prompt) in goldens.prompts.iter().zip(&prompts).take(5) {
        assert_eq!(golden.name, prompt.name);
        let (_folder, path) = file("prompt.txt", &prompt.text);
        let arguments = ["generate", "--prompt-file", &path, "--max-tokens", "4", "--ignore-end", "--json"];
        let got = generated(&arguments);
        assert_eq!(got.prompt_tokens, golden.prompt_tokens, "{}", golden.name);
        assert_eq!(got.tokens.len(), 4, "{}", golden.name);
        assert!(got.prefill_tps > 0.0 && got.decode_tps > 0.0, "{}", golden.name);
    }
}

#[test]
fn exact_tokens_are_the_references_as_far_as_nothing_is_tied() {
    let goldens: Goldens = read("smollm2/goldens.json");
    let prompts: Vec<Prompt> = read("smollm2/prompts.json");
    for (golden, prompt) in goldens.prompts.iter().zip(&prompts).take(2) {
        let (_folder, path) = file("prompt.txt", &prompt.text);
        let arguments =
            ["generate", "--prompt-file", &path, "--max-tokens", "16", "--ignore-end", "--json", "--exact"];
        let got = generated(&arguments);
        let clear =
            golden.f32.top2.iter().position(|[best, next]| best.1 - next.1 <= 0.01).unwrap_or(16).min(16);
        assert!(clear > 0, "{}: a prompt whose first token is tied shows nothing", golden.name);
        assert_eq!(got.tokens[..clear], golden.f32.tokens[..clear], "{}", golden.name);
    }
}

#[test]
fn text_streams_without_the_prompt_and_all_inputs_are_one() {
    let prompt = "def fibonacci(n):\n    ";
    fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
        [&["generate", "--max-tokens", "12"], arguments].concat()
    }
    let text = prints(&with(&["--prompt", prompt]));
    assert!(!text.is_empty() && !text.contains("def fibonacci"), "{text:?}");
    assert_eq!(generated(&with(&["--prompt", prompt, "--json"])).text, text);

    let (_folder, path) = file("prompt.txt", prompt);
    assert_eq!(prints(&with(&["--prompt-file", &path])), text);

    let mut child = command(&with(&["-"])).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(prompt.as_bytes()).unwrap();
    assert_eq!(utf8(&child.wait_with_output().unwrap().stdout), text);
}

#[test]
fn a_stop_text_ends_it_and_is_not_printed() {
    let whole = prints(&["generate", "--prompt", "1, 2, 3, 4,", "--max-tokens", "16"]);
    let stop = &whole[4..7];
    let got = prints(&[
        "generate",
        "--prompt",
        "1, 2, 3, 4,",
        "--max-tokens",
        "16",
        "--stop",
        "zzz",
        "--stop",
        stop,
    ]);
    assert_eq!(got, whole[..whole.find(stop).unwrap()]);
}

#[test]
fn the_same_seed_gives_the_same_text() {
    let sampled = |seed: &str| {
        let with = ["--temperature", "1.5", "--top-k", "200", "--top-p", "0.99", "--seed", seed];
        generated(&[&["generate", "--prompt", "Once", "--max-tokens", "12", "--json"], &with[..]].concat())
            .tokens
    };
    let seeds = ["1", "2", "3"].map(sampled);
    assert_eq!(sampled("1"), seeds[0]);
    assert!(seeds[1..].iter().any(|tokens| *tokens != seeds[0]), "three seeds and one text: {seeds:?}");
}

#[test]
fn speculation_gives_the_same_tokens() {
    // A text that repeats itself, so that there is something to draft.
    let prompt = "[0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1,";
    let with = |speculate: &str| {
        let arguments = ["--max-tokens", "48", "--ignore-end", "--json", "--speculate", speculate];
        generated(&[&["generate", "--prompt", prompt], &arguments[..]].concat())
    };
    let (off, on) = (with("off"), with("on"));
    assert_eq!((on.tokens, on.text), (off.tokens, off.text));
    assert_eq!((off.drafted, off.accepted), (0, 0));
    assert!(on.accepted <= on.drafted);
}

#[test]
fn tiny_models_run_both_ways() {
    let model = conformance("families/qwen2.gguf");
    let arguments =
        ["generate", "--prompt", "let x", "--max-tokens", "6", "--ignore-end", "--json", "--model", &model];
    let packed = generated(&arguments);
    let exact = generated(&[&arguments[..], &["--exact"]].concat());
    assert_eq!(packed.prompt_tokens, exact.prompt_tokens);
    assert_eq!((packed.tokens.len(), exact.tokens.len()), (6, 6));
}

#[test]
#[cfg(feature = "webgpu")]
fn webgpu_gives_the_cpus_tokens_or_says_why_it_cannot_start() {
    let model = conformance("families/qwen2.gguf");
    let arguments =
        ["generate", "--prompt", "let x", "--max-tokens", "6", "--ignore-end", "--json", "--model", &model];
    let cpu = generated(&arguments);
    let output = command(&[&arguments[..], &["--engine", "webgpu"]].concat()).output().unwrap();
    if output.status.success() {
        let gpu: Generated = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((gpu.prompt_tokens, gpu.tokens), (cpu.prompt_tokens, cpu.tokens));
    } else {
        // No driver on this machine. Libraries of the system may have written lines of their own before.
        let errors = utf8(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.lines().last().unwrap().starts_with("error: start the webgpu engine"), "{errors}");
    }
}

#[test]
fn a_full_context_ends_it_and_says_so() {
    let model = conformance("families/llama.gguf");
    let arguments =
        ["generate", "--prompt", "x", "--model", &model, "--context", "6", "--ignore-end", "--json"];
    let output = command(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let got: Generated = serde_json::from_slice(&output.stdout).unwrap();
    // The last token is predicted by a full cache and not put into it.
    assert_eq!(got.prompt_tokens.len() + got.tokens.len(), 7);
    assert_eq!(utf8(&output.stderr), "stopped: the context of 6 tokens is full\n");
}

#[test]
fn bytes_that_are_no_text_are_a_prompt_too() {
    let (_folder, path) = file("noise.bin", (160..=255).chain([0]).collect::<Vec<u8>>());
    let model = conformance("families/llama.gguf");
    let got =
        generated(&["generate", "--prompt-file", &path, "--max-tokens", "2", "--json", "--model", &model]);
    assert!(!got.prompt_tokens.is_empty());
}

/// A generation of minutes that has begun: its first byte was read.
fn long_generation(more: &[&str]) -> (std::process::Child, impl Read) {
    let arguments =
        [&["generate", "--prompt", "1, 2, 3,", "--max-tokens", "8000", "--ignore-end"], more].concat();
    let mut child = command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0]).unwrap();
    (child, out)
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_it_cleanly() {
    let (mut child, mut out) = long_generation(&[]);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest.len() < 8000, "it went on");
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(errors, "");
}

#[test]
fn it_ends_when_nobody_reads() {
    let (child, out) = long_generation(&[]);
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), utf8(&output.stderr)), (Some(0), ""));
}

#[test]
fn one_object_holds_what_was_said() {
    let value: Value = json(&["generate", "--prompt", "x", "--max-tokens", "0", "--json"]);
    assert_eq!(
        (&value["tokens"], &value["text"], &value["decode_tps"]),
        (&Value::Array(vec![]), &"".into(), &0.0.into())
    );
}
