//! Pieces with vectors: whatever happens to files, vectors and pieces stay together, and
//! without an embedder nothing is different.

use std::collections::BTreeMap;

use ghostlight_context::index::{Index, IndexRules, Question, Updated};
use ghostlight_context::syntax::Lexical;
use ghostlight_context::{
    ContextQuery, EmbedFailed, Embedder, Snippet, SnippetKind, Source, meaning, retrieve, words,
};
use proptest::prelude::*;

use crate::support::{Letters, vector};

fn index(files: &[(&str, &str)]) -> Index {
    let mut index = Index::default();
    for (path, text) in files {
        assert_eq!(index.update(path, 1, text, &mut Lexical), Updated::Read, "{path}");
    }
    index
}

const SHOP: &[(&str, &str)] = &[
    ("src/order.rs", "fn place(client: &Client, order: Order) -> Receipt {\n    todo\n}\n"),
    ("src/color.rs", "fn mix(a: Rgb, b: Rgb) -> Rgb {\n    blend(a, b)\n}\n"),
    ("src/log.rs", "fn log(text: &str) {\n    write(text)\n}\n"),
];

const APP: Source<'static> =
    Source { path: "src/app.rs", prefix: "fn buy(customer: X, purchase: Y) {\n    ", suffix: "\n}\n" };

#[test]
fn pieces_are_embedded_in_steps_and_once() {
    let (mut index, mut embedder) = (index(SHOP), Letters::default());
    assert_eq!(index.embed(&mut embedder, 2), Ok(1));
    assert_eq!((index.embedded(), embedder.asked), (2, 2));
    assert_eq!(index.embed(&mut embedder, 2), Ok(0));
    assert_eq!(index.embed(&mut embedder, 2), Ok(0));
    assert_eq!((index.embedded(), embedder.asked), (3, 3));
    // One file changes, another one goes.
    index.update("src/log.rs", 2, "fn log() {}\n", &mut Lexical);
    index.remove("src/color.rs");
    assert_eq!(index.embedded(), 1);
    assert_eq!(index.embed(&mut embedder, 9), Ok(0));
    assert_eq!((index.embedded(), embedder.asked), (2, 4));
}

#[test]
fn a_failure_changes_nothing() {
    let mut index = index(SHOP);
    let failed = index.embed(&mut Letters { fails: true, ..Letters::default() }, 1);
    assert_eq!(failed.unwrap_err().to_string(), "embed text: out of letters");
    assert_eq!(index.embedded(), 0);

    struct Wrong(Vec<Vec<f32>>);
    impl Embedder for Wrong {
        fn name(&self) -> &str {
            "wrong"
        }
        fn dimensions(&self) -> usize {
            2
        }
        fn embed(&mut self, _: &[&str]) -> Result<Vec<Vec<f32>>, EmbedFailed> {
            Ok(self.0.clone())
        }
    }
    for vectors in [vec![], vec![vec![1.0]], vec![vec![f32::NAN, 0.0]], vec![vec![1.0, 0.0]; 2]] {
        let message = index.embed(&mut Wrong(vectors), 1).unwrap_err().to_string();
        assert!(message.contains("wrong gave no vectors of its form"), "{message}");
        assert_eq!(index.embedded(), 0);
    }
}

#[test]
fn vectors_outlast_the_index() {
    let (mut first, mut embedder) = (index(SHOP), Letters::default());
    while first.embed(&mut embedder, 1).unwrap() > 0 {}
    let (files, vectors) = (first.to_bytes(), first.vectors_to_bytes(&embedder));
    // The index's own bytes know nothing of them.
    assert_eq!(files, index(SHOP).to_bytes());

    let mut second = Index::from_bytes(&files, IndexRules::default()).unwrap();
    second.update("src/log.rs", 2, "fn log() {}\n", &mut Lexical);
    assert_eq!(second.restore_vectors(&vectors, &embedder), 2);
    assert_eq!(second.embed(&mut embedder, 9), Ok(0));
    assert_eq!(embedder.asked, 4);
    let found = second.search_vector(&vector("order client"), "", 1);
    assert_eq!(found[0].path, "src/order.rs");
    assert_eq!(Index::default().restore_vectors(&vectors[..9], &embedder), 0);
}

fn found(index: &Index, vector: Option<&[f32]>) -> Vec<Snippet> {
    retrieve(index, &ContextQuery { source: APP, ..ContextQuery::default() }, vector)
}

#[test]
fn what_means_something_alike_is_found_without_a_shared_word() {
    let (mut index, mut embedder) = (index(SHOP), Letters::default());
    while index.embed(&mut embedder, 1).unwrap() > 0 {}
    let asked = vector(&meaning(APP));
    let related = found(&index, Some(&asked));
    let first = related.iter().find(|one| one.kind == SnippetKind::Related).expect("there is one");
    assert_eq!((first.path.as_str(), first.line), ("src/order.rs", 1));
    // Without a vector, and with one of another length, words alone decide.
    assert!(found(&index, None).iter().all(|one| one.kind != SnippetKind::Related));
    assert!(found(&index, Some(&asked[1..])).iter().all(|one| one.kind != SnippetKind::Related));
    assert!(!words(APP, None).is_empty());
}

/// A thing that happens to a workspace.
#[derive(Debug, Clone)]
enum Step {
    Write(u8, String),
    Remove(u8),
    Embed(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let text =
        prop::collection::vec(prop::sample::select(vec!["alpha", "beta", "order", "\n\n", "x"]), 1..90);
    prop_oneof![
        4 => (0..5u8, text).prop_map(|(file, words)| Step::Write(file, words.join(" "))),
        1 => (0..5u8).prop_map(Step::Remove),
        2 => (0..6usize).prop_map(Step::Embed),
    ]
}

proptest! {
    #[test]
    fn vectors_follow_their_pieces(steps in prop::collection::vec(step(), 0..30), asked in "[a-z ]{0,30}") {
        let (mut with, mut without, mut embedder) = (Index::default(), Index::default(), Letters::default());
        let path = |file: u8| format!("f{file}.txt");
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Write(file, text) => {
                    with.update(&path(file), 1, &text, &mut Lexical);
                    without.update(&path(file), 1, &text, &mut Lexical);
                    texts.insert(path(file), text);
                }
                Step::Remove(file) => {
                    with.remove(&path(file));
                    without.remove(&path(file));
                    texts.remove(&path(file));
                }
                Step::Embed(most) => {
                    with.embed(&mut embedder, most).unwrap();
                }
            }
            prop_assert!(with.embedded() <= with.size().pieces);
        }
        // Words find what they found, and nobody is told of vectors.
        let mut question = Question::default();
        question.add(&asked, 1.0);
        prop_assert_eq!(with.search(&question, "f0.txt", 6), without.search(&question, "f0.txt", 6));
        prop_assert_eq!(with.to_bytes(), without.to_bytes());

        while with.embed(&mut embedder, 3).unwrap() > 0 {}
        prop_assert_eq!(with.embedded(), with.size().pieces);
        let asked = vector(&asked);
        let hits = with.search_vector(&asked, "f0.txt", usize::MAX);
        let others: usize = texts.iter().filter(|(path, _)| *path != "f0.txt").map(|(_, text)| text.len()).sum();
        prop_assert_eq!(hits.iter().map(|hit| hit.text.len()).sum::<usize>(), others);
        for hit in hits {
            // Each hit's vector is that of the text that stands there now.
            prop_assert_eq!(&texts[hit.path][hit.span.start.0..hit.span.end.0], hit.text);
            let cosine: f32 = vector(hit.text).iter().zip(&asked).map(|(a, b)| a * b).sum();
            prop_assert!((hit.score - cosine).abs() < 0.03, "{} {}", hit.score, cosine);
        }
    }
}
