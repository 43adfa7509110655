//! Files that are wrong in every way: an error that says what, never a panic.

use ghostlight_context::Embedder;
use ghostlight_embed::{EmbedError, MiniLm};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const WIDTH: usize = 24;
const INNER: usize = 8;
const POSITIONS: usize = 16;
const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\n";

type Shapes = Vec<(String, Vec<usize>)>;

/// The tensors of a model of one layer.
fn shapes() -> Shapes {
    let mut shapes = Vec::new();
    let mut add = |name: &str, shape: &[usize]| shapes.push((name.to_owned(), shape.to_vec()));
    add("embeddings.word_embeddings.weight", &[VOCABULARY.lines().count(), WIDTH]);
    add("embeddings.position_embeddings.weight", &[POSITIONS, WIDTH]);
    add("embeddings.token_type_embeddings.weight", &[2, WIDTH]);
    let layer = "encoder.layer.0";
    let matrices = [
        ("attention.self.query", WIDTH, WIDTH),
        ("attention.self.key", WIDTH, WIDTH),
        ("attention.self.value", WIDTH, WIDTH),
        ("attention.output.dense", WIDTH, WIDTH),
        ("intermediate.dense", INNER, WIDTH),
        ("output.dense", WIDTH, INNER),
    ];
    for (name, out, from) in matrices {
        add(&format!("{layer}.{name}.weight"), &[out, from]);
        add(&format!("{layer}.{name}.bias"), &[out]);
    }
    let norms = ["embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"];
    for name in norms {
        add(&format!("{name}.LayerNorm.weight"), &[WIDTH]);
        add(&format!("{name}.LayerNorm.bias"), &[WIDTH]);
    }
    shapes
}

/// The header, and as many numbers as it asks for.
fn parts(shapes: &Shapes) -> (Map<String, Value>, Vec<u8>) {
    let (mut header, mut data) = (Map::new(), Vec::new());
    header.insert("__metadata__".to_owned(), json!({"format": "pt"}));
    for (name, shape) in shapes {
        let start = data.len();
        for nth in 0..shape.iter().product::<usize>() {
            let number = ((nth * 37 + start) % 17) as f32 / 17.0 - 0.4;
            data.extend(number.to_le_bytes());
        }
        let offsets = json!([start, data.len()]);
        header.insert(name.clone(), json!({"dtype": "F32", "shape": shape, "data_offsets": offsets}));
    }
    (header, data)
}

fn file(header: &[u8], data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header, data].concat()
}

fn sound() -> Vec<u8> {
    let (header, data) = parts(&shapes());
    file(&serde_json::to_vec(&header).unwrap(), &data)
}

/// Loads and, where that works, runs.
fn try_all(bytes: &[u8], vocabulary: &str) -> Result<Vec<f32>, EmbedError> {
    let mut model = MiniLm::load(bytes, vocabulary)?;
    let long = "ab ".repeat(40);
    Ok(model.embed(&["", "a ab?", &long]).unwrap().remove(1))
}

#[test]
fn a_small_model_runs() {
    let vector = try_all(&sound(), VOCABULARY).unwrap();
    let length: f32 = vector.iter().map(|number| number * number).sum();
    assert!(vector.len() == WIDTH && (length - 1.0).abs() < 1e-4, "{vector:?}");
}

#[test]
fn what_is_wrong_is_said() {
    let say = |shapes: Shapes, change: &dyn Fn(&mut Map<String, Value>)| {
        let (mut header, data) = parts(&shapes);
        change(&mut header);
        let bytes = file(&serde_json::to_vec(&header).unwrap(), &data);
        try_all(&bytes, VOCABULARY).unwrap_err().to_string()
    };
    let words = "embeddings.word_embeddings.weight";
    let key = "encoder.layer.0.attention.self.key.weight";
    let without = |name: &str| shapes().into_iter().filter(|(one, _)| one != name).collect::<Shapes>();
    let with = |name: &str, shape: &[usize]| {
        let change = |(one, old): (String, Vec<usize>)| {
            let shape = if one == name { shape.to_vec() } else { old };
            (one, shape)
        };
        shapes().into_iter().map(change).collect::<Shapes>()
    };
    let none = |_: &mut Map<String, Value>| ();
    for (message, part) in [
        (say(without(key), &none), "no tensor encoder.layer.0.attention.self.key.weight"),
        (say(without("encoder.layer.0.attention.self.query.weight"), &none), "the number of layers is 0"),
        (say(with(key, &[WIDTH, WIDTH + 1]), &none), "has shape [24, 25], expected [24, 24]"),
        (say(with(words, &[6, 25]), &none), "shape"),
        (say(with(words, &[5, WIDTH]), &none), "6 pieces in the vocabulary, 5 in the weights"),
        (
            say(with("embeddings.position_embeddings.weight", &[1, WIDTH]), &none),
            "the number of positions is 1",
        ),
        (say(shapes(), &|header| header[key]["dtype"] = json!("F16")), "type \"F16\", only F32"),
        (say(shapes(), &|header| header[key]["data_offsets"] = json!([0, 8])), "does not take 8 bytes"),
        (say(shapes(), &|header| header[key]["data_offsets"] = json!([8, 0])), "bytes 8 to 0"),
        (say(shapes(), &|header| header[key]["data_offsets"] = json!([0, u64::MAX])), "the file has"),
        (say(shapes(), &|header| header[key]["shape"] = json!([u64::MAX, 24])), "shape"),
        (say(shapes(), &|header| header[key] = json!(1)), "self.key.weight"),
    ] {
        assert!(message.contains(part), "{message}");
    }
    for (bytes, part) in [
        (Vec::new(), "a file of 0 bytes"),
        (vec![0xff; 40], "a header of 18446744073709551615 bytes"),
        (file(b"[]", b""), "no JSON object"),
        (file(b"{}", b""), "no tensor embeddings.word_embeddings.weight"),
    ] {
        let message = try_all(&bytes, VOCABULARY).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(try_all(&sound(), "a\nb").unwrap_err(), EmbedError::Marker("[CLS]"));
    let mut damaged = sound();
    let last = damaged.len() - 4;
    damaged[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(try_all(&damaged, VOCABULARY).unwrap_err().to_string().contains("not finite"));
}

proptest! {
    #[test]
    fn damage_is_an_error_or_another_model(changes in proptest::collection::vec((0..6000usize, any::<u8>()), 1..6), cut in 0..20_000usize) {
        let mut bytes = sound();
        for (at, byte) in changes {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        bytes.truncate(cut.max(8));
        let _ = try_all(&bytes, VOCABULARY);
    }
}
