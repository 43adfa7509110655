//! Everything that can be wrong with what a command line names: one line each, and what to do.

use std::path::Path;

use ghostlight_gguf::{Gguf, Metadata, TensorData, TensorHead, TensorType, Value, write, write_header};
use ghostlight_loader::ModelFile;
use ghostlight_models::{Catalog, FileSource};

use crate::{command, command_as_is, conformance, fails, file, output, utf8};

#[test]
fn a_model_that_was_not_fetched_says_how_to_fetch_it() {
    let cache = tempfile::tempdir().unwrap();
    let (_folder, source) = file("a.py", "x = ");
    let place = format!("{source}:1:5");
    let default = Catalog::builtin().unwrap().default;
    for (arguments, id) in [
        (&["complete", &place][..], default.as_str()),
        (&["generate", "--prompt", "x"], &default),
        (&["models", "path"], &default),
        (&["generate", "--prompt", "x", "--model", "smollm2-135m-q4_1"], "smollm2-135m-q4_1"),
        (&["inspect", "tiny"], "smollm2-135m-q4_1"),
    ] {
        let mut command = command_as_is(arguments);
        command.env("GHOSTLIGHT_CACHE", cache.path());
        fails(&mut command, &[&format!("run `ghostlight models fetch {id}`")]);
    }
    // What is left of another file is not taken for the model.
    std::fs::create_dir(cache.path().join("models")).unwrap();
    std::fs::write(cache.path().join("models/smollm2-135m-q4_1.gguf"), "GGUF").unwrap();
    let mut command = command(&["generate", "--prompt", "x", "--model", "tiny"]);
    fails(command.env("GHOSTLIGHT_CACHE", cache.path()), &["run `ghostlight models fetch"]);
}

#[test]
fn unknown_models_are_named() {
    fails(&mut command(&["models", "fetch", "gpt-9"]), &["`gpt-9`", "smollm2-135m-q4_1"]);
    fails(&mut command(&["models", "path", "gpt-9"]), &["`gpt-9`", "smollm2-135m-q4_1"]);
    for arguments in [&["generate", "--prompt", "x", "--model", "none.gguf"][..], &["inspect", "none.gguf"]] {
        fails(&mut command(arguments), &["open none.gguf", "ghostlight models list"]);
    }
    let folder = tempfile::tempdir().unwrap();
    fails(&mut command(&["inspect", folder.path().to_str().unwrap()]), &["it is not a file"]);
}

/// A GGUF file of one tensor.
fn gguf(metadata: Vec<(&str, Value)>, tensor: &str) -> Vec<u8> {
    let metadata = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let tensor = TensorData { name: tensor, dims: &[2], ty: TensorType::F32, bytes: &[0; 8] };
    write(&Metadata::new(metadata).unwrap(), &[tensor]).unwrap()
}

#[test]
fn files_that_are_no_usable_model_say_why() {
    let whole = std::fs::read(conformance("families/llama.gguf")).unwrap();
    let cut = &whole[..whole.len() / 2];
    let mamba = gguf(vec![("general.architecture", "mamba".into())], "w");
    let hostile = gguf(vec![("general.architecture", "\u{1b}[2J\nmamba".into())], "w");
    let bare = gguf(vec![("general.architecture", "llama".into())], "w");
    let big_endian = [&b"GGUF"[..], &3_u32.to_be_bytes(), &[0; 64]].concat();
    for (name, bytes, parts) in [
        ("empty.gguf", &b""[..], &["cannot use", "empty.gguf"][..]),
        ("text.gguf", b"# not a model\nprint('hello')\n", &["not a GGUF file"]),
        ("binary.gguf", &[0xff; 4096], &["not a GGUF file"]),
        ("endian.gguf", &big_endian, &["big-endian"]),
        ("cut.gguf", cut, &["cannot use", "the file has"]),
        ("mamba.gguf", &mamba, &["\"mamba\" is not supported", "llama", "qwen2", "starcoder2"]),
        ("hostile.gguf", &hostile, &["mamba", "is not supported"]),
        ("bare.gguf", &bare, &["cannot use", "llama.embedding_length", "is missing"]),
    ] {
        let (_folder, path) = file(name, bytes);
        fails(&mut command(&["generate", "--prompt", "x", "--model", &path]), parts);
    }
}

#[test]
fn every_command_says_the_same_of_a_file_that_is_no_usable_model() {
    let whole = std::fs::read(conformance("families/llama.gguf")).unwrap();
    let (_source_folder, source) = file("a.py", "x = ");
    let place = format!("{source}:1:5");
    let huge = TensorHead { name: "token_embd.weight", dims: &[32, 1 << 23], ty: TensorType::Q4_0 };
    let whole_gguf = pollster::block_on(Gguf::open(whole.as_slice())).unwrap();
    let (huge, _) = write_header(&whole_gguf.metadata, &[huge]).unwrap();
    let huge_length = huge.len() as u64 + (18 << 23);
    for (name, bytes, length) in [
        ("corrupt.gguf", &b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"[..], 4096),
        ("cut.gguf", &whole[..whole.len() / 2], whole.len() as u64 / 2),
        ("mamba.gguf", &gguf(vec![("general.architecture", "mamba".into())], "w"), 0),
        // Eight million tokens, in a file that is long enough for them and takes no room.
        ("huge.gguf", &huge, huge_length),
    ] {
        let (_folder, path) = file(name, bytes);
        let opened = std::fs::File::options().write(true).open(&path).unwrap();
        opened.set_len(length.max(bytes.len() as u64)).unwrap();
        let model = FileSource::open(Path::new(&path)).unwrap();
        let expected = pollster::block_on(ModelFile::open(path.as_str(), model)).map(drop).unwrap_err();
        for arguments in [
            &["generate", "--prompt", "x", "--model", &path][..],
            &["complete", &place, "--model", &path],
            &["explain", &place, "--model", &path],
            &["bench", &place, "--model", &path],
            &["perplexity", &source, "--model", &path],
            &["scrub", "--tokens", &path],
            &["models", "vocabulary", &path, &source],
        ] {
            let output = output(&mut command(arguments));
            assert_eq!(utf8(&output.stderr), format!("error: {expected}\n"), "{arguments:?}");
        }
        // What is a whole GGUF file is shown with what is wrong with it.
        let output = output(&mut command(&["inspect", &path]));
        let told = [utf8(&output.stdout), utf8(&output.stderr)].concat();
        assert!(told.contains(&expected.cause), "no {:?} in {told}", expected.cause);
    }
}

#[test]
fn places_that_are_not_there_are_told_before_a_model_is_loaded() {
    // No model at all, so that it would be the complaint if it came first.
    let cache = tempfile::tempdir().unwrap();
    let (folder, path) = file("a.py", "def f():\n    return 1\n");
    let large = folder.path().join("large.txt");
    std::fs::write(&large, vec![b'a'; (16 << 20) + 1]).unwrap();
    for (place, parts) in [
        (format!("{path}:4:1"), &["a.py:4:1", "the file has 3 lines"][..]),
        (format!("{path}:1:10"), &["a.py:1:10", "line 1 has 8 characters"]),
        (format!("{path}x:1:1"), &["open ", "a.pyx", "No such file"]),
        (format!("{}:1:1", folder.path().display()), &["it is a folder"]),
        (format!("{}:1:1", large.display()), &["large.txt", "more than 16 MiB"]),
    ] {
        fails(command(&["complete", &place]).env("GHOSTLIGHT_CACHE", cache.path()), parts);
    }
    let mut generate = command(&["generate", "--prompt-file", "none.txt"]);
    fails(generate.env("GHOSTLIGHT_CACHE", cache.path()), &["open none.txt"]);
}

#[test]
fn prompts_that_do_not_fit_say_what_would() {
    let model = conformance("families/llama.gguf");
    let with = |arguments: &[&str]| command(&[&["generate", "--model", &model], arguments].concat());
    let (_folder, long) = file("long.txt", "word ".repeat(1 << 20));
    fails(&mut with(&["--prompt-file", &long]), &["tokens, this model takes", "shorten it"]);
    fails(
        &mut with(&["--prompt", "fn main() { println!(); }", "--context", "2"]),
        &["the context 2", "--context"],
    );
    let (_folder, source) = file("a.py", "x = ");
    let complete = ["complete", &format!("{source}:1:5"), "--model", &model, "--context", "8"];
    fails(&mut command(&complete), &["context of 8 tokens", "--max-tokens"]);
}

#[test]
#[cfg(not(feature = "webgpu"))]
fn a_build_without_webgpu_says_so() {
    let model = conformance("families/llama.gguf");
    let arguments = ["generate", "--prompt", "x", "--model", &model, "--engine", "webgpu"];
    fails(&mut command(&arguments), &["--engine cpu"]);
}

#[test]
#[cfg(all(feature = "webgpu", target_os = "linux"))]
fn a_machine_without_vulkan_says_so() {
    let model = conformance("families/llama.gguf");
    let mut command = command(&["generate", "--prompt", "x", "--model", &model, "--engine", "webgpu"]);
    // The loader takes drivers from these alone when they are set.
    fails(
        command.env("VK_DRIVER_FILES", "/nonexistent.json").env("VK_ICD_FILENAMES", "/nonexistent.json"),
        &["start the webgpu engine", "--engine cpu"],
    );
}
