//! What a prompt quotes: its exact form in every family, its share of the budget, where
//! it comes from, and that it stays.

use crate::support::Words;
use ghostlight_context::index::{Index, Place};
use ghostlight_context::syntax::{Lexical, Syntax};
use ghostlight_context::{
    Assembler, ContextQuery, FimTemplate, Piece, Snippet, SnippetKind, Source, StableSuffix, StickySelection,
    TokenBudget, render, retrieve,
};
use proptest::prelude::*;

const SOURCE: Source<'static> =
    Source { path: "src/sum.py", prefix: "def add(a, b):\n    return ", suffix: "\n\nprint(add(1, 2))\n" };

fn snippet(path: &str, text: &str) -> Snippet {
    Snippet {
        kind: SnippetKind::Definition,
        path: path.to_owned(),
        line: 1,
        text: text.to_owned(),
        score: 1.0,
    }
}

/// One golden file a family, with strings escaped so that every byte shows.
#[test]
fn snippets_are_byte_exact() {
    let snippets =
        [snippet("src/a.py", "class A:\n    <|fim_prefix|> = 1"), snippet("src/b.py", "def b(): ...")];
    for template in FimTemplate::all() {
        let pieces = template.pieces_with(template.preferred(), SOURCE, &snippets);
        let mut golden = format!("{:?}\n", render(&pieces));
        for piece in &pieces {
            golden += &match piece {
                Piece::Text(text) => format!("  text   {text:?}\n"),
                Piece::Marker(marker) => format!("  {:?} {:?}\n", marker.role, marker.text),
            };
        }
        insta::assert_snapshot!(format!("with-{}", template.family), golden);
        let without = template.pieces_with(template.preferred(), SOURCE, &[]);
        assert_eq!(without, template.pieces(template.preferred(), SOURCE), "{}", template.family);
    }
}

const QWEN: &[&str] =
    &["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>", "<|repo_name|>"];

fn assembler(budget: usize, tokens: &Words) -> Assembler {
    let template = FimTemplate::by_family("qwen-coder").expect("a family of the table");
    Assembler::new(template, TokenBudget(budget), tokens).expect("the markers are there")
}

#[test]
fn a_vocabulary_without_file_markers_gets_comments() {
    let snippets = [snippet("src/a.py", "class A: ...")];
    for (markers, text) in [
        (QWEN, "<|repo_name|>workspace\n<|file_sep|>src/a.py\n"),
        (&QWEN[..3], "<|fim_middle|># src/a.py\n# class A: ...\ndef"),
    ] {
        let tokens = Words::with(markers);
        let prompt = assembler(200, &tokens).assemble_with(SOURCE, &snippets, &tokens).unwrap();
        let shown = tokens.show(&prompt.tokens);
        assert!(shown.contains(text), "{shown}");
        assert_eq!(prompt.snippets.len(), 1);
    }
}

proptest! {
    #[test]
    fn snippets_never_break_the_budget(
        prefix in "([a-z ]{0,9}[(\n]){0,120}", suffix in "([a-z ]{0,9}[)\n]){0,60}", budget in 60usize..300,
        texts in prop::collection::vec("([a-z ]{0,9}[(\n]){0,40}", 0..6),
    ) {
        let tokens = Words::with(QWEN);
        let assembler = assembler(budget, &tokens);
        let snippets: Vec<Snippet> = texts.iter().map(|text| snippet("a.py", text)).collect();
        let source = Source { path: "src/sum.py", prefix: &prefix, suffix: &suffix };
        let prompt = assembler.assemble_with(source, &snippets, &tokens).unwrap();
        prop_assert!(prompt.tokens.len() <= budget);
        let spent: usize = prompt.snippets.iter().map(|(_, cost)| cost).sum();
        prop_assert!(spent <= budget * 35 / 100);
        prop_assert_eq!(assembler.assemble_with(source, &[], &tokens).unwrap(), assembler.assemble(source, &tokens).unwrap());
    }
}

fn workspace() -> Index {
    let mut index = Index::default();
    for (path, text) in [
        (
            "src/cache.rs",
            "/// Keeps answers.\npub struct Cache {\n    size: usize,\n}\n\nimpl Cache {\n    pub fn load(&self, key: &str) -> Option<String> {\n        None\n    }\n}\n",
        ),
        (
            "src/app.rs",
            "use crate::cache::Cache;\n\nfn main() {\n    let cache = Cache { size: 1 };\n    \n}\n",
        ),
        ("src/other.rs", "pub fn unrelated() {\n    let x = 1;\n}\n"),
        ("tests/app_test.rs", "#[test]\nfn runs() {}\n"),
        ("Cargo.toml", "[package]\nname = \"x\"\n\n[dependencies]\nserde = \"1\"\n"),
    ] {
        index.update(path, 1, text, &mut Lexical);
    }
    index
}

fn candidates(index: &Index, path: &str, cursor: &str) -> Vec<Snippet> {
    let text = index.text(path).unwrap();
    let at = text.find(cursor).unwrap() + cursor.len();
    let source = Source { path, prefix: &text[..at], suffix: &text[at..] };
    let facts = std::borrow::Cow::Owned(Lexical.facts(source));
    retrieve(index, &ContextQuery { source, facts, window: (at, text.len() - at) }, None)
}

#[test]
fn what_is_used_is_quoted() {
    let mut index = workspace();
    index.note_edit(Place { path: "src/other.rs".to_owned(), first: 1, last: 1 });
    let found = candidates(&index, "src/app.rs", "size: 1 };\n    ");
    let of = |kind| found.iter().find(|snippet| snippet.kind == kind);
    let definition = of(SnippetKind::Definition).expect("the type that is used");
    assert_eq!(
        (definition.path.as_str(), definition.text.lines().next()),
        ("src/cache.rs", Some("pub struct Cache {"))
    );
    assert!(of(SnippetKind::Import).is_some_and(|one| one.text.contains("pub fn load(&self, key: &str)")));
    assert!(of(SnippetKind::Edit).is_some_and(|one| one.path == "src/other.rs"));
    assert!(of(SnippetKind::Test).is_some_and(|one| one.path == "tests/app_test.rs"));
    assert!(of(SnippetKind::Manifest).is_some_and(|one| one.text.starts_with("[dependencies]")));
    assert!(found.iter().all(|one| one.path != "src/app.rs"), "what the window shows is not quoted");
    assert!(found.is_sorted_by(|a, b| a.score >= b.score));
}

#[test]
fn a_choice_stays_while_it_is_good_enough() {
    let all: Vec<Snippet> =
        (0..9).map(|i| Snippet { score: 9.0 - i as f32, ..snippet(&format!("{i}.rs"), "text") }).collect();
    let mut choice = StickySelection::default();
    let first = choice.update("a.rs", all.clone()).to_vec();
    assert_eq!(first.len(), 9);
    // Other scores are no reason.
    let mut turned = all.clone();
    turned.reverse();
    assert_eq!(choice.update("a.rs", turned), first);
    // Nor is one that went.
    assert_eq!(choice.update("a.rs", all[..8].to_vec()), first);
    // Half of them are, and so is another file.
    assert_eq!(choice.update("a.rs", all[..4].to_vec()).len(), 4);
    assert_eq!(choice.update("b.rs", all.clone()).len(), 9);
}

#[test]
fn a_suffix_stays_while_it_changes_little() {
    let mut stable = StableSuffix::default();
    let text = "\n}\n".to_owned() + &"let value = 1;\n".repeat(20);
    let at = |suffix: &str, stable: &mut StableSuffix| {
        stable.update(Source { path: "a.rs", prefix: "", suffix }).to_owned()
    };
    assert_eq!(at(&text, &mut stable), text);
    let edited = text.replacen("value", "total", 1);
    assert_eq!(at(&edited, &mut stable), text, "five bytes of three hundred");
    let line = format!(" + 1{text}");
    assert_eq!(at(&line, &mut stable), line, "the rest of the cursor's line always counts");
    assert_eq!(at("\nother", &mut stable), "\nother");
}

/// An editor closes brackets and quotes while one types: that costs no KV cache, and what is
/// no longer there is not shown.
#[test]
fn closing_brackets_that_an_editor_wrote_change_no_suffix() {
    for after in ["", "\n", " + 1", ");", "\n}\n", "\r\n}\r\n"] {
        let mut stable = StableSuffix::default();
        let mut at = |suffix: &str| {
            let source = Source { path: "a.rs", prefix: "", suffix };
            stable.update(source).to_owned()
        };
        assert_eq!(at(after), after);
        for closers in [")", "\")", "});", ""] {
            assert_eq!(at(&format!("{closers}{after}")), after, "{closers:?} before {after:?}");
        }
        let other = format!(" x{after}");
        assert_eq!(at(&other), other);
    }
    // A file that was opened with the cursor in a call: its bracket is seen until it is passed.
    let mut stable = StableSuffix::default();
    for (suffix, shown) in [(")\n", ")\n"), ("))\n", ")\n"), (")\n", ")\n"), ("\n", "\n"), (")\n", "\n")] {
        assert_eq!(stable.update(Source { path: "a.rs", prefix: "", suffix }), shown);
    }
}
