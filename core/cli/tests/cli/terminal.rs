//! Every command on a terminal: nothing that a model, a file's name or its metadata says is obeyed by it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use ghostlight_gguf::{Metadata, TensorData, TensorType, Value, write};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;
use tempfile::TempDir;

use crate::{command, conformance, output};

/// Writes to the clipboard, changes colours in two ways, turns text around, and is a file's name all the same.
const HOSTILE: &str = "\u{1b}]52;c;SGVsbG8=\u{7}\u{9b}31m\u{202e}\u{2067}x";

/// What a command writes while stdout or stderr is a terminal; the other one goes nowhere.
fn on_terminal(mut command: Command, is_stderr: bool) -> String {
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&main).unwrap();
    unlockpt(&main).unwrap();
    let name = ptsname(&main, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    if is_stderr {
        command.stdout(Stdio::null()).stderr(terminal);
    } else {
        command.stdout(terminal).stderr(Stdio::null());
    }
    let input = input_of(&command);
    let mut child = command.stdin(input).spawn().unwrap();
    // Only the child holds the terminal now, so that its end is the end.
    drop(command);
    let (mut shown, mut part) = (Vec::new(), [0; 4096]);
    let mut main = File::from(main);
    while let Ok(read @ 1..) = main.read(&mut part) {
        shown.extend_from_slice(&part[..read]);
    }
    child.wait().unwrap();
    String::from_utf8(shown).expect("output is UTF-8")
}

/// `scrub` reads a text; nobody else reads anything.
fn input_of(command: &Command) -> Stdio {
    if command.get_args().next().is_none_or(|name| name != "scrub") {
        return Stdio::null();
    }
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, json!({ "text": HOSTILE, HOSTILE: 1 }).to_string().as_bytes())
        .unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    file.into()
}

/// Line ends are as a terminal has them.
#[track_caller]
fn is_harmless(shown: &str, what: &[&str]) {
    let bad = |c: &char| (c.is_control() && !"\r\n\t".contains(*c)) || "\u{202e}\u{2067}".contains(*c);
    assert!(
        !shown.contains(['\u{202e}', '\u{2067}']) && !shown.chars().any(|c| bad(&c)),
        "{what:?}: {shown:?}"
    );
    assert!(!shown.replace("\r\n", "").contains('\r'), "{what:?}: {shown:?}");
    assert!(!shown.is_empty(), "{what:?} says nothing");
}

/// A folder, whose name is hostile too, with a model file, sources of a project and fingerprints.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix(HOSTILE).tempdir().unwrap();
        let place = Self { folder };
        let text = |text: &str| Value::from(text);
        let metadata = vec![
            ("general.architecture".to_owned(), text(HOSTILE)),
            ("general.name".to_owned(), text(HOSTILE)),
            (format!("key {HOSTILE}"), text(HOSTILE)),
            ("tokenizer.ggml.model".to_owned(), text(HOSTILE)),
        ];
        let tensor = TensorData { name: HOSTILE, dims: &[32], ty: TensorType::F32, bytes: &[0; 128] };
        place.write("model.gguf", &write(&Metadata::new(metadata).unwrap(), &[tensor]).unwrap());
        place.write(
            &format!("{HOSTILE}.py"),
            format!("def helper():\n    \"\"\"{HOSTILE}\"\"\"\n").as_bytes(),
        );
        let statements: String = (0..80).map(|n| format!("value_{n} = helper({n})\n")).collect();
        place.write(&format!("vendor/{HOSTILE}.py"), statements.as_bytes());
        place.write("Cargo.toml", b"[package]\nname = \"x\"\n");
        let case = json!({
            "id": HOSTILE, "kind": "other", "path": format!("{HOSTILE}.py"),
            "prefix": "a = ", "suffix": "\n", "truth": "1",
        });
        place.write("suite.jsonl", case.to_string().as_bytes());
        let outcome = json!({ "id": HOSTILE, "text": HOSTILE }).to_string();
        place.write(&format!("{HOSTILE}.jsonl"), outcome.as_bytes());
        place
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn run(arguments: &[&str], is_stderr: bool) {
    is_harmless(&on_terminal(command(arguments), is_stderr), arguments);
}

#[test]
fn no_result_is_obeyed() {
    let place = Place::new();
    let path = |name: &str| place.path(name);
    let (model, hostile) = (path("model.gguf"), path(&format!("{HOSTILE}.py")));
    let known = path(&format!("{HOSTILE}.glfp"));
    for arguments in [
        &["inspect", &model][..],
        &["inspect", &model, "--json"],
        &["models", "list"],
        &["models", "quantize", &model, &path("out.gguf"), "--type", "q8_0"],
        &["models", "quantize", &model, &path("out.gguf"), "--type", "q8_0", "--json"],
        &["explain", &format!("{hostile}:3:1"), "--model", "tiny"],
        &["explain", &format!("{hostile}:3:1"), "--model", "tiny", "--json"],
        &["fingerprint", "build", &path("vendor"), "--output", &known],
        &["fingerprint", "find", &known, &path(&format!("vendor/{HOSTILE}.py"))],
        &["eval", &path("suite.jsonl"), "--outcomes", &path(&format!("{HOSTILE}.jsonl")), "--json"],
        &["scrub"],
    ] {
        run(arguments, false);
    }
}

#[test]
fn nothing_that_is_said_beside_results_is_obeyed() {
    let place = Place::new();
    let path = |name: &str| place.path(name);
    let none = path(&format!("none {HOSTILE}"));
    let at = format!("{none}:1:1");
    for arguments in [
        &["inspect", &none][..],
        &["generate", "--prompt-file", &none],
        &["generate", "--prompt", "x", "--model", &path("model.gguf")],
        &["complete", &at],
        &["complete", &none],
        &["explain", &at],
        &["bench", &at, "--model", &path("model.gguf")],
        &["perplexity", &none, "--model", &path("model.gguf")],
        &["scrub", "--tokens", &none],
        &["models", "quantize", &none, &none, "--type", "q8_0"],
        &["models", "convert", &none, &none, "--type", "q8_0"],
        &["models", "vocabulary", &none, &none],
        &["models", "fetch", HOSTILE],
        &["fingerprint", "build", &none],
        &["fingerprint", "find", &none, &none],
        &["eval", &none],
        &["eval", &path("suite.jsonl"), "--outcomes", &path(&format!("{HOSTILE}.jsonl"))],
        &[HOSTILE],
        &["complete", "--model", HOSTILE],
        &["inspect", "x", &format!("--{HOSTILE}")],
        &["models", "quantize", "x", "y", "--type", HOSTILE],
    ] {
        run(arguments, true);
    }
}

/// What a model writes on a terminal is harmless, and in a file what it was, byte for byte.
#[track_caller]
fn is_shown_harmless_and_kept_whole(arguments: &[&str]) {
    run(arguments, false);
    run(&[arguments, &["--json"]].concat(), false);
    let plain = output(&mut command(arguments)).stdout;
    let json = output(&mut command(&[arguments, &["--json"]].concat())).stdout;
    let told: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let plain = String::from_utf8(plain).unwrap();
    assert_eq!(plain.trim_end_matches('\n'), told["text"].as_str().unwrap().trim_end_matches('\n'));
    assert!(plain.contains('\u{1b}'), "{arguments:?}: nothing that could be obeyed in {plain:?}");
}

/// The weights of this model are random, and so is what it says: bytes of all kinds.
#[test]
fn what_a_model_generates_is_not_obeyed() {
    let model = conformance("families/qwen2.gguf");
    let arguments = ["generate", "--model", &model, "--prompt", "x", "--max-tokens", "480", "--ignore-end"];
    is_shown_harmless_and_kept_whole(&[&arguments[..], &["--temperature", "1", "--seed", "1"]].concat());
}

#[test]
fn what_a_model_completes_is_not_obeyed() {
    let place = Place::new();
    // Colours of a terminal, each switched off again, which a model goes on with.
    let colours = ["black", "red", "green", "yellow", "blue", "magenta"];
    let lines =
        colours.iter().zip(30..).map(|(name, n)| format!("{name} = \"\u{1b}[{n}m{name}\u{1b}[0m\"\n"));
    let file = lines.collect::<String>() + "cyan = \"\u{1b}[36m";
    place.write("colours.py", file.as_bytes());
    let at = place.path("colours.py") + ":7:14";
    is_shown_harmless_and_kept_whole(&["complete", &at, "--alone", "--model", "tiny"]);
}
