//! `ghostlight explain`: what the model would be shown, from the files of a project.

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{command, fails, output, prints, utf8};

const CACHE: &str = "/// Keeps answers.\npub struct Cache {\n    size: usize,\n}\n";
const APP: &str = "use crate::cache::Cache;\n\nfn main() {\n    let cache = Cache { \n}\n";

/// A project with a manifest, and a cache folder of its own for what is kept of it.
struct Project {
    folder: TempDir,
    cache: TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder, cache: tempfile::tempdir().unwrap() }
    }

    fn path(&self, path: &str) -> String {
        self.folder.path().join(path).to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let model = prints(&["models", "path", "tiny"]);
        let mut command = command(arguments);
        command.args(["--model", model.trim_end()]).env("GHOSTLIGHT_CACHE", self.cache.path());
        command
    }

    fn explain(&self, more: &[&str]) -> Value {
        let place = self.path("src/app.rs") + ":4:25";
        let output = output(&mut self.command(&[&["explain", &place, "--json"], more].concat()));
        assert_eq!(output.status.code(), Some(0), "{}", utf8(&output.stderr));
        serde_json::from_str(utf8(&output.stdout)).unwrap()
    }
}

/// Paths of pieces and of what was left out, each once.
fn paths(answer: &Value) -> Vec<&str> {
    let all = ["pieces", "left_out"].into_iter().flat_map(|list| answer[list].as_array().unwrap());
    let mut paths: Vec<&str> = all.map(|piece| piece["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", "[package]\nname = \"x\"\n\n[dependencies]\nserde = \"1\"\n"),
    ("src/app.rs", APP),
    ("src/cache.rs", CACHE),
    ("src/made/cache.rs", CACHE),
    ("target/cache.rs", CACHE),
    (".env", "CACHE=1\n"),
    (".gitignore", "made/\n"),
];

#[test]
fn pieces_and_what_was_left_out_are_told_with_their_places() {
    let project = Project::new(FILES);
    let answer = project.explain(&[]);
    // What is ignored, made, or a file of secrets is not looked at.
    assert_eq!(paths(&answer), ["", "Cargo.toml", "src/app.rs", "src/cache.rs"], "{answer}");
    assert_eq!(answer["index"]["files"], 3);
    let all = answer["pieces"].as_array().unwrap().iter().chain(answer["left_out"].as_array().unwrap());
    let definition = all.into_iter().find(|piece| piece["origin"] == "definition").unwrap();
    assert_eq!((&definition["path"], &definition["line"]), (&"src/cache.rs".into(), &2.into()));
    let tokens: u64 =
        answer["pieces"].as_array().unwrap().iter().map(|piece| piece["tokens"].as_u64().unwrap()).sum();
    assert_eq!(answer["tokens"], tokens);
    let steps: Vec<_> = answer["costs"].as_array().unwrap().iter().map(|cost| &cost["step"]).collect();
    assert_eq!((steps[0], *steps.last().unwrap()), (&"syntax".into(), &"assemble".into()));
    assert!(answer["total_ms"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_next_run_reads_only_what_has_changed() {
    let project = Project::new(FILES);
    assert_eq!(project.explain(&[])["index"]["read"], 3);
    assert_eq!(project.explain(&[])["index"]["read"], 0);
    fs::write(project.path("src/cache.rs"), CACHE.replace("size", "length")).unwrap();
    fs::remove_file(project.path("Cargo.toml")).unwrap();
    let changed = project.explain(&["--workspace", &project.path("")]);
    assert_eq!((&changed["index"]["read"], &changed["index"]["files"]), (&1.into(), &2.into()));
    // A damaged index is made anew.
    let kept = fs::read_dir(project.cache.path().join("index")).unwrap().next().unwrap().unwrap().path();
    fs::write(&kept, b"GLIX\x01nonsense").unwrap();
    assert_eq!(project.explain(&["--workspace", &project.path("")])["index"]["read"], 2);
}

#[test]
fn alone_the_prompt_is_the_file() {
    let project = Project::new(FILES);
    let answer = project.explain(&["--alone"]);
    assert_eq!(paths(&answer), ["", "app.rs"]);
    assert_eq!(answer["index"], Value::Null);
}

#[test]
fn people_get_a_table() {
    let project = Project::new(FILES);
    let place = project.path("src/app.rs") + ":4:25";
    let output = output(&mut project.command(&["explain", &place]));
    let shown = utf8(&output.stdout);
    for part in [
        "of 512 tokens, in the form of prefix-only",
        "before",
        "src/app.rs:1  use crate::cache::Cache;",
        "index: 3 files",
    ] {
        assert!(shown.contains(part), "no {part:?} in\n{shown}");
    }
}

#[test]
fn what_cannot_be_explained_is_said() {
    let project = Project::new(&[(".env", "A=1\n"), ("a.rs", "\0\0"), ("b/b.rs", "fn b() {}\n")]);
    let place = |path: &str| project.path(path) + ":1:1";
    fails(&mut project.command(&["explain", &place(".env")]), &["rules keep this file out of any prompt"]);
    fails(&mut project.command(&["explain", &place("a.rs")]), &["the text is binary"]);
    let elsewhere = &["explain", &place("a.rs"), "--workspace", &project.path("b")];
    fails(&mut project.command(elsewhere), &["is not in it, name a folder above it"]);
}

#[test]
fn with_embeddings_what_means_something_alike_is_told() {
    let project = Project::new(&[
        FILES[0],
        ("src/app.rs", "fn buy() {\n    // remove the customer from the database\n\n    \n}\n"),
        ("src/a.rs", "/// Deletes a user's record permanently from storage.\nfn drop_account(id: u64) {}\n"),
        (
            "src/b.rs",
            "/// The colour of a pixel after blending.\nfn blend(a: u8, b: u8) -> u8 { a / 2 + b / 2 }\n",
        ),
    ]);
    fails(
        &mut project.command(&["explain", &(project.path("src/app.rs") + ":3:1"), "--embeddings"]),
        &["run `ghostlight models fetch minilm`"],
    );
    // Only what is kept of the project goes into a cache of its own.
    let model = prints(&["models", "path", "minilm"]);
    let models = std::path::Path::new(model.trim_end()).parent().unwrap();
    for name in ["minilm.safetensors", "minilm.vocab.txt"] {
        fs::create_dir_all(project.cache.path().join("models")).unwrap();
        let place = project.cache.path().join("models").join(name);
        fs::hard_link(models.join(name), &place)
            .or_else(|_| fs::copy(models.join(name), &place).map(drop))
            .unwrap();
    }
    let explain = || {
        let place = project.path("src/app.rs") + ":4:5";
        let output = output(&mut project.command(&["explain", &place, "--json", "--embeddings"]));
        assert_eq!(output.status.code(), Some(0), "{}", utf8(&output.stderr));
        serde_json::from_str::<Value>(utf8(&output.stdout)).unwrap()
    };
    let answer = explain();
    let vectors = &answer["index"]["vectors"];
    assert_eq!((&vectors["pieces"], &vectors["new"]), (&4.into(), &4.into()));
    let all = answer["pieces"].as_array().unwrap().iter().chain(answer["left_out"].as_array().unwrap());
    let related: Vec<&Value> = all.filter(|piece| piece["origin"] == "related").collect();
    assert_eq!(related[0]["path"], "src/a.rs", "{related:?}");
    // The next run has them.
    assert_eq!(explain()["index"]["vectors"]["new"], 0);
}
