//! Queries for snippets and their responses as bytes: what goes in comes out, and any
//! bytes give something or nothing.

use std::borrow::Cow;

use ghostlight_context::context_wire::{
    ContextResponse, NEAREST, read_query, read_response, write_query, write_response,
};
use ghostlight_context::syntax::{Lexical, Syntax, SyntaxFacts};
use ghostlight_context::{ContextQuery, Snippet, SnippetKind, Source};
use proptest::prelude::*;

fn code() -> impl Strategy<Value = String> {
    let pieces = [
        "fn f(a: A) {\n",
        "}\n",
        "struct S {\n",
        "use a::b;\n",
        "let x = ",
        "\"",
        "é",
        "🙂",
        "// ",
        "\n",
        "    x.y(z)",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..60).prop_map(|pieces| pieces.concat())
}

fn snippets() -> impl Strategy<Value = Vec<Snippet>> {
    let one = (prop::sample::select(SnippetKind::ALL.to_vec()), code(), any::<u32>(), 0f32..2.0).prop_map(
        |(kind, text, line, score)| Snippet { kind, path: "src/é.rs".to_owned(), line, text, score },
    );
    prop::collection::vec(one, 0..24)
}

fn looked() -> impl Strategy<Value = Vec<(SnippetKind, f64)>> {
    let one = (prop::sample::select(SnippetKind::ALL.to_vec()), 0u32..1_000_000);
    prop::collection::vec(one.prop_map(|(kind, us)| (kind, f64::from(us) / 1000.0)), 0..8)
}

/// Every span that says where something is.
fn spans(facts: &SyntaxFacts) -> Vec<(usize, usize)> {
    let scopes = facts.scopes.iter().map(|one| one.span);
    let imports = facts.imports.iter().map(|one| one.span);
    let definitions = facts.definitions.iter().map(|one| one.span);
    let references = facts.references.iter().map(|one| one.span);
    let others = facts.statement.into_iter().chain(facts.errors.iter().copied());
    let all = scopes.chain(imports).chain(definitions).chain(references).chain(others);
    all.map(|span| (span.start.0, span.end.0)).collect()
}

proptest! {
    #[test]
    fn a_question_is_what_was_asked(prefix in code(), suffix in code(), before in 0usize..9999, after in 0usize..9999) {
        let source = Source { path: "src/a.rs", prefix: &prefix, suffix: &suffix };
        let facts = Cow::Owned(Lexical.facts(source));
        let query = ContextQuery { source, facts, window: (before, after) };
        let bytes = write_query(&query);
        prop_assert_eq!(read_query(&bytes), Some(query));
    }

    #[test]
    fn of_a_large_file_crosses_what_is_near(
        prefix in code(), suffix in code(), times in 200usize..400, path in prop::sample::select(vec!["a.rs", "a.py"]),
    ) {
        let (prefix, suffix) = (format!("x{prefix}").repeat(times), format!("{suffix}y").repeat(times));
        let source = Source { path, prefix: &prefix, suffix: &suffix };
        let facts = Lexical.facts(source);
        let bytes = write_query(&ContextQuery { source, facts: Cow::Borrowed(&facts), window: (100, 100) });
        let query = read_query(&bytes).unwrap();
        prop_assert!(prefix.ends_with(query.source.prefix) && suffix.starts_with(query.source.suffix));
        for (text, whole) in [(query.source.prefix, &prefix), (query.source.suffix, &suffix)] {
            prop_assert!(text.len() <= NEAREST && text.len() + 4 > NEAREST.min(whole.len()));
        }
        // What lies within is where it was.
        let whole = [prefix.as_str(), &suffix].concat();
        let near = [query.source.prefix, query.source.suffix].concat();
        let skipped = prefix.len() - query.source.prefix.len();
        for ((start, end), (was_start, was_end)) in spans(&query.facts).into_iter().zip(spans(&facts)) {
            let there = near.get(start..end);
            prop_assert!(there.is_some());
            if was_start >= skipped && was_end <= skipped + near.len() {
                prop_assert_eq!(there, whole.get(was_start..was_end));
            }
        }
    }

    #[test]
    fn an_answer_is_what_was_found(snippets in snippets(), looked in looked()) {
        let found = ContextResponse { snippets, looked };
        let read = read_response(&write_response(&found)).unwrap();
        prop_assert_eq!(&read.snippets, &found.snippets);
        for ((kind, ms), (was_kind, was_ms)) in read.looked.into_iter().zip(found.looked) {
            prop_assert!(kind == was_kind && (ms - was_ms).abs() < 0.0011, "{ms} {was_ms}");
        }
    }

    #[test]
    fn any_bytes_are_a_question_and_an_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = read_query(&bytes);
        let _ = read_response(&bytes);
    }

    #[test]
    fn damage_never_gives_what_does_not_fit(
        prefix in code(), snippets in snippets(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let source = Source { path: "src/a.rs", prefix: &prefix, suffix: "}\n" };
        let query = ContextQuery { source, facts: Cow::Owned(Lexical.facts(source)), window: (10, 10) };
        let damaged = |mut bytes: Vec<u8>| {
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            bytes
        };
        let question = damaged(write_query(&query));
        if let Some(query) = read_query(&question) {
            let text = [query.source.prefix, query.source.suffix].concat();
            prop_assert!(spans(&query.facts).into_iter().all(|(start, end)| text.get(start..end).is_some()));
        }
        let answer = damaged(write_response(&ContextResponse { snippets, looked: Vec::new() }));
        if let Some(found) = read_response(&answer) {
            prop_assert!(found.snippets.iter().all(|one| one.score.is_finite()));
        }
    }
}
