//! `ghostlight complete`: ghost text from a file on disk, whatever is in it.

use std::time::{Duration, Instant};

use crate::{conformance, file, json, prints};

const SOURCE: &str = "\
def add(a, b):
    \"\"\"Return the sum of a and b.\"\"\"
    return a + b


def multiply(a, b):
    \"\"\"Return the product of a and b.\"\"\"
    return 
";

#[test]
fn ghost_text_is_printed_and_told_in_json() {
    let (_folder, path) = file("numbers.py", SOURCE);
    let place = format!("{path}:8:12");
    let text = prints(&["complete", &place]);
    assert_eq!(text, "a * b\n");
    let answer = json(&["complete", &place, "--json"]);
    assert_eq!(answer["text"], text.trim_end_matches('\n'));
    assert_eq!(answer["finish"], "stop");
    assert_eq!(answer["reused_tokens"], 0);
    assert!(answer["prompt_tokens"].as_u64().unwrap() > 40, "{answer}");
    assert!(answer["tokens"].as_u64().unwrap() >= 3, "{answer}");
    assert!((0.0..=1.0).contains(&answer["confidence"].as_f64().unwrap()), "{answer}");
    let short = json(&["complete", &place, "--json", "--max-tokens", "1"]);
    assert_eq!((&short["tokens"], &short["finish"]), (&1.into(), &"length".into()), "{short}");
}

#[test]
fn the_file_name_tells_the_language_and_its_folder_stays_here() {
    // The prompt is longer by the header only, and the header by the name only.
    let tokens = |name: &str| {
        let (_folder, path) = file(name, SOURCE);
        json(&["complete", &format!("{path}:8:12"), "--json", "--max-tokens", "1"])["prompt_tokens"]
            .as_u64()
            .unwrap()
    };
    let (python, none) = (tokens("n.py"), tokens("n.unknown"));
    assert!(none < python && python < none + 12, "{none} and {python}");
}

#[test]
fn hard_files_give_an_answer_and_soon() {
    let model = conformance("families/llama.gguf");
    let line = "let value = compute(1, 2, 3); ".repeat(7000);
    let lines = "let value = compute(1, 2, 3);\n".repeat(180_000);
    for (name, bytes, place, skipped) in [
        ("empty.rs", Vec::new(), "1:1", false),
        ("binary.rs", b"\0\xff\x01\0".repeat(5000), "1:1", true),
        ("latin1.rs", b"// caf\xe9\nlet x = ".to_vec(), "2:9", false),
        ("line.rs", line.into_bytes(), "1:100001", false),
        ("five-megabytes.rs", lines.into_bytes(), "90000:5", false),
    ] {
        let (_folder, path) = file(name, bytes);
        let start = Instant::now();
        let place = format!("{path}:{place}");
        let answer =
            json(&["complete", &place, "--json", "--max-tokens", "4", "--model", &model, "--context", "128"]);
        assert_eq!(answer["finish"] == "skipped", skipped, "{name}: {answer}");
        assert!(start.elapsed() < Duration::from_secs(20), "{name}: {:?}", start.elapsed());
    }
}
